// node scripts/screenshots.mjs DIR: the pictures of the pages, of a demo that it
// starts and ends; see scripts/screenshots --help.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const [into] = process.argv.slice(2);
const scripts = dirname(fileURLToPath(import.meta.url));
const DESK = { width: 1440, height: 900 };
const NEWEST = '/?sort=-updated'; // what has changed last stands first
const PHONE = { width: 390, height: 844 };
const PATIENCE_MS = 60000; // the demo may do little for a while
// The demo has traded for a while: so many orders are filled.
const FILLED = 12;

const WATCHED = ['AIR.PA', 'BNP.PA', 'EDF01', 'SAP.DE', 'ASML.AS', 'BUND-DEC',
                 'BRENT-FEB', 'EURUSD'];

// Others whose orders staff see beside the demo's.
const TRADERS = {
  anna: [['NESN.SW', 'buy', '120', '86.3'], ['TTF-JAN', 'sell', '25', '43.3'],
         ['EUA-DEC', 'buy', '40', '68.9'], ['ENEL.MI', 'sell', '1500', '6.94']],
  marc: [['AXA.PA', 'sell', '350', '33.2'], ['BRENT-FEB', 'buy', '12', '74.35'],
         ['BUND-DEC', 'buy', '4', '132.4'], ['OAT-DEC', 'sell', '6', '125']],
  'fx-desk': [['EURUSD', 'buy', '250000', '1.0871'],
              ['USDJPY', 'sell', '180000', '151.35'],
              ['EURGBP', 'buy', '90000', '0.834']],
};

let browser;
let url;

// One page of somebody who has logged in by the form.
async function open(name, path, viewport, scheme, settings = {}) {
  const context = await browser.newContext({
    viewport, baseURL: url, colorScheme: scheme, deviceScaleFactor: 1.5,
    locale: 'en-GB', timezoneId: 'Europe/Paris', hasTouch: viewport === PHONE,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  await page.addInitScript((kept) => {
    for (const [key, value] of Object.entries(kept))
      localStorage.setItem(`lws-app.${key}`, value);
  }, settings);
  await page.goto(`/accounts/login/?next=${encodeURIComponent(path)}`);
  await page.fill('[name=username]', name);
  await page.fill('[name=password]', name);
  await page.click('button[type=submit]');
  await page.locator('[data-testid=connection-state][data-state=live]').waitFor();
  await page.locator('#orders > tbody > tr[id]').first().waitFor();
  return page;
}

async function ask(page, method, path, body) {
  const answer = await page.request.fetch(path, {
    method, data: body, headers: {
      'X-CSRFToken': await page.locator('meta[name=csrf-token]')
        .getAttribute('content') },
  });
  if (!answer.ok()) throw new Error(`${path}: ${await answer.text()}`);
  return answer.json();
}

async function save(page, name) {
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(into, `${name}.png`) });
  await page.context().close();
  console.log(`${name}.png`);
}

// So many rows of a change have come into the monitor.
const watched = (page, count) => page.locator('#monitor-rows tr')
  .nth(count - 1).waitFor({ state: 'attached' });

async function traded(page) {
  for (;;) {
    const { count } = await ask(page, 'GET',
                                '/api/data/?scope=all&status=filled&page_size=1');
    if (count >= FILLED) return;
    await page.waitForTimeout(1000);
  }
}

// One of those whose order is open, from the top.
const openRow = (page, nth) => page.locator(
  '#orders > tbody > tr[id]:has(.pill-new)').nth(nth);

const openIds = (page, nths) => Promise.all(nths.map((nth) =>
  openRow(page, nth).getAttribute('id')));

// A press on a row that had just moved does nothing.
async function choose(page, id) {
  const box = page.locator(`#${id} .choose`);
  while (!await box.isChecked()) await box.click();
}

const PICTURES = {
  async dashboard() {
    const page = await open('demo', NEWEST, DESK, 'light', { totals: 'yes' });
    await watched(page, 12);
    await save(page, 'dashboard');
  },
  async 'dashboard-dark'() {
    const page = await open('demo', NEWEST, DESK, 'dark');
    await page.click('#market-toggle');
    await page.locator('#market-toggle[aria-pressed=true]').waitFor();
    for (const symbol of WATCHED) {
      await page.fill('#market-symbol', symbol);
      await page.keyboard.press('Enter');
      await page.locator('#market-rows tr').filter({ hasText: symbol }).waitFor();
    }
    await watched(page, 12);
    await page.click('#order-new');
    await page.fill('#ticket-instrument', 'EDF01');
    await page.locator('#ticket [name=side][value=buy]').check();
    await page.fill('#ticket-quantity', '500');
    await page.locator('#ticket-quote').filter({ hasText: /\d/ }).waitFor();
    const { results: [{ ask: price }] } = await ask(page, 'GET',
                                                    '/api/market/?symbols=EDF01');
    await page.fill('#ticket-price', price);
    await page.locator('#ticket button[type=submit].primary').waitFor();
    await save(page, 'dashboard-dark');
  },
  async change() {
    const page = await open('demo', NEWEST, DESK, 'light');
    await watched(page, 12);
    for (const id of await openIds(page, [0, 1, 2, 4]))
      await choose(page, id);
    await page.keyboard.press('e');
    await page.selectOption('#change-many-how', 'up');
    await page.fill('#change-many-amount', '0.02');
    await page.keyboard.press('Enter');
    await page.locator('#confirm-yes:not([aria-disabled])').waitFor();
    await save(page, 'change');
  },
  async admin() {
    const page = await open('admin', '/admin/orders/', DESK, 'dark');
    await others(page);
    await page.locator('#orders .owner').getByText('fx-desk').first().waitFor();
    await openRow(page, 2).locator('.choose').click();
    await openRow(page, 4).locator('.choose').click();
    await openRow(page, 1).locator('.col-price').dblclick();
    await page.locator('.cell-editor input').waitFor();
    await page.locator('#orders tr:is(.flash-update, .flash-new)').first()
      .waitFor();
    await save(page, 'admin');
  },
  async phone() {
    const page = await open('demo', NEWEST, PHONE, 'light');
    await page.locator('#orders tr.flash-update').first().waitFor();
    await save(page, 'phone');
  },
  async 'phone-dark'() {
    const page = await open('demo', NEWEST, PHONE, 'dark');
    await page.locator('#orders > tbody > tr[id] .fold').first().click();
    await save(page, 'phone-dark');
  },
};

async function others(page) {
  for (const [name, orders] of Object.entries(TRADERS)) {
    await ask(page, 'POST', '/api/users/', {
      username: name, password: crypto.randomUUID() });
    const [part, whole] = await ask(page, 'POST', '/api/data/', orders.map(
      ([instrument, side, quantity, price]) => (
        { owner: name, instrument, side, quantity, price })));
    await ask(page, 'PATCH', `/api/data/${part.id}/`, {
      status: 'partially_filled', average_price: part.price,
      filled_quantity: String(part.quantity / 2) });
    await ask(page, 'PATCH', `/api/data/${whole.id}/`, {
      status: 'filled', average_price: whole.price,
      filled_quantity: whole.quantity });
  }
}

// The demo on a free port, with a database of its own. Gives the process, once it
// listens.
async function serve(dir) {
  const daemon = spawn(join(scripts, 'serve'), [
    '--demo', '--listen', '127.0.0.1:0', '--database', join(dir, 'orders.db'),
    '--log-level', 'error'], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: daemon.stdout })) {
    const [, port] = /^ready port=(\d+)$/.exec(line) ?? [];
    if (port) {
      url = `http://127.0.0.1:${port}`;
      daemon.stdout.resume();
      return daemon;
    }
  }
  throw new Error('the demo did not start');
}

const dir = await mkdtemp(join(tmpdir(), 'lws-app-pictures-'));
let daemon;
try {
  daemon = await serve(dir);
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium-headless-shell',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--lang=en-GB'],
  });
  const page = await open('admin', '/admin/orders/', DESK, 'light');
  await traded(page);
  await page.context().close();
  for (const picture of Object.values(PICTURES)) await picture();
} finally {
  await browser?.close();
  if (daemon && daemon.exitCode === null) {
    daemon.kill('SIGTERM');
    await once(daemon, 'exit');
  }
  await rm(dir, { recursive: true, force: true });
}
