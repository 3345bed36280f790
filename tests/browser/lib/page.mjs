// The page in a real Chromium: one browser per file, a fresh context per test,
// and whatever the console complains of is a fault. It is Chromium's headless
// shell: the same engine for half the processor time, as the browser's own
// windows, which a page knows nothing of, are not drawn beside it.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { Session } from '../../e2e/lib/http.mjs';
import { DEADLINE_MS } from '../../e2e/lib/processes.mjs';
import { withWorld } from '../../e2e/lib/world.mjs';
import { Line } from './line.mjs';

let browser;

export async function openBrowser() {
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium-headless-shell',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic',
           '--no-first-run', '--disable-background-networking',
           '--disable-component-update', '--disable-sync',
           // Nothing but this machine can be reached, whatever a page asks for.
           '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
  });
}

export const closeBrowser = () => browser.close();

// What the console says, by itself, of a server that is not there.
export const UNREACHABLE = [
  /ERR_(CONNECTION|EMPTY_RESPONSE|CONTENT_LENGTH|INCOMPLETE_CHUNKED)/,
  /WebSocket connection to/];

// And of a login that has ended, when something is asked for or a socket opened.
export const LOGGED_OUT = [/401/, /HTTP Authentication failed/];

// As the browser says it, where the login is made for it.
const agent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 ' +
  '(KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

// A browser of its own cookies. expected: console lines that are no fault;
// line: what it reaches the daemon over, or null; colours: are those of rows
// remembered (see coloured()), which takes ever more of a page's memory?
export class Desk {
  static async open(world, { expected = [], line = null, colours = true,
    viewport = { width: 1280, height: 800 }, ...options } = {}) {
    const desk = new Desk();
    desk.world = world;
    desk.line = line;
    desk.url = line?.url ?? world.url;
    desk.expected = expected;
    desk.complaints = [];
    desk.heard = new Map(); // page -> frames of its websockets, in order
    desk.context = await browser.newContext({ viewport, baseURL: desk.url,
                                              ...options });
    desk.context.setDefaultTimeout(DEADLINE_MS);
    if (colours) await desk.context.addInitScript(rememberColours);
    desk.context.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(`${desk.url}/`) && !url.startsWith('data:'))
        desk.complaints.push(`request to ${url}`);
    });
    return desk;
  }

  async page(path = '/') {
    const page = await this.context.newPage();
    const heard = [];
    this.heard.set(page, heard);
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type()))
        this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('websocket', (socket) => {
      if (!socket.url().startsWith(`${this.url}/`.replace('http', 'ws')))
        this.complaints.push(`websocket to ${socket.url()}`);
      socket.on('framereceived', ({ payload }) => {
        heard.push(JSON.parse(String(payload)));
      });
    });
    await page.goto(path.startsWith('/') ? this.url + path : path);
    return page;
  }

  async login(name = 'demo', { realtime = true } = {}) {
    const page = await this.at('/', name);
    await loaded(page);
    await state(page, 'live');
    if (!realtime) {
      await byId(page, 'realtime-button').click();
      await state(page, 'connected');
    }
    return page;
  }

  // A page behind the login, which has its own tests.
  async at(path, name) {
    const session = new Session(this.world.url);
    session.agent = agent;
    await session.login(name, `${name}-secret`);
    await this.context.addCookies([...session.cookies].map(
      ([cookie, value]) => ({ name: cookie, value, url: this.url })));
    return this.page(path);
  }

  async close() {
    await this.context.close();
    const faults = this.complaints.filter((text) =>
      !this.expected.some((pattern) => pattern.test(text)));
    assert.deepEqual(faults, []);
  }
}

// Runs in the page: a colour lasts seconds, so that each is written down as it
// comes, not looked for. struckMs: how long a row was struck before it left.
function rememberColours() {
  const struckAt = new Map();
  window.colours = [];
  window.struckMs = {};
  const note = (node) => {
    if (!node.matches?.('#orders tr[id]')) return;
    for (const name of node.classList) {
      if (!name.startsWith('flash-')) continue;
      window.colours.push(`${node.id} ${name}`);
      if (name === 'flash-delete' && !struckAt.has(node.id))
        struckAt.set(node.id, performance.now());
    }
  };
  const left = ({ id }) => {
    if (struckAt.has(id))
      window.struckMs[id] = performance.now() - struckAt.get(id);
  };
  new MutationObserver((changes) => {
    for (const { target, addedNodes, removedNodes } of changes) {
      note(target);
      addedNodes.forEach(note);
      removedNodes.forEach(left);
    }
  }).observe(document, { subtree: true, childList: true, attributes: true,
                         attributeFilter: ['class'] });
}

// The row of an order has been coloured: new, update or delete.
export const coloured = (page, id, kind) => page.waitForFunction(
  (wanted) => window.colours.includes(wanted), `order-${id} flash-${kind}`);

export const byId = (page, id) => page.locator(`[data-testid=${id}]`);

export const rowsOf = (page) => page.locator('#orders > tbody > tr[id]');
export const eventsOf = (page) => page.locator('#monitor-rows tr');
export const row = (page, id) => page.locator(`#order-${id}`);
export const cell = (page, id, column) =>
  row(page, id).locator(`td.col-${column}`);
export const typeSearch = (page, text) =>
  byId(page, 'orders-search').fill(text);

// And it is applied: while rows shift for it, a press is a stray one.
export async function search(page, text) {
  await typeSearch(page, text);
  await page.waitForFunction((typed) => (new URLSearchParams(location.search)
    .get('search') ?? '') === typed, text.trim());
}

export async function enter(page, name, password = `${name}-secret`) {
  await page.fill('[name=username]', name);
  await page.fill('[name=password]', password);
  await page.click('button[type=submit]');
}

// The counts under the grid: "1–25 of 118".
export const info = (page, text) => page.locator('.dt-info')
  .getByText(text, { exact: true }).waitFor();

// The first rows (or the word that there are none) are there.
export async function loaded(page) {
  await page.locator('.dt-info, #orders td.dt-empty').filter(
    { hasText: /\d|No order/ }).first().waitFor();
}

export async function turnOn(page) {
  const button = byId(page, 'realtime-button');
  if (await button.getAttribute('aria-pressed') !== 'true')
    await button.click();
  await state(page, 'live');
}

export const state = (page, name) => page.locator(
  `[data-testid=connection-state][data-state=${name}]`).waitFor();

// In the ticket: no side is taken unless somebody takes it.
export const takeSide = (page, side = 'buy') =>
  page.locator(`#ticket [name=side][value=${side}]`).check();

// Yes to what is asked, by keys and once it could be read.
export async function agreeByKeys(page) {
  await page.keyboard.press('Shift+Tab');
  await page.locator('#confirm-yes:focus:not([aria-disabled])').waitFor();
  await page.keyboard.press('Enter');
}

// For a page's scripts no time passes from now on, unless by later().
export const stopTime = (page) => page.evaluate(() => {
  const now = performance.now();
  performance.now = () => now;
});

// What is asked has been read by now: a press is an answer to it.
export const later = (page, ms = 600) => page.evaluate((more) => {
  const now = performance.now.bind(performance);
  performance.now = () => now() + more;
}, ms);

// What an action has come to, beside its button.
export const said = (page, text) => byId(page, 'said').filter(
  { hasText: text }).first().waitFor();

// The ids of the rows shown, from the top.
export const idsOf = (page) => rowsOf(page).evaluateAll((rows) =>
  rows.map(({ id }) => Number(id.replace('order-', ''))));

// Nothing sticks out of the window or, sideways, out of a grid.
export async function assertFits(page, count = 2) {
  const [wide, high, ...grids] = await page.evaluate(() => [
    [document.documentElement.scrollWidth, innerWidth],
    [document.documentElement.scrollHeight, innerHeight],
    ...[...document.querySelectorAll('table.grid')].map(({ parentElement }) =>
      [parentElement.scrollWidth, parentElement.clientWidth]),
  ]);
  assert.equal(grids.length, count);
  for (const [is, may] of [wide, high, ...grids])
    assert.ok(is <= may, `${is} > ${may}`);
}

// n orders of rising price.
export const many = (n, fields = {}) => Array.from({ length: n }, (_, i) => (
  { instrument: `INS${i}`, quantity: String(i + 1), price: `${i}.5`,
    ...fields }));

export async function place(session, orders) {
  const { status, text, body } = await session.post('/api/data/', orders);
  assert.equal(status, 201, text);
  return body;
}

// withDesk(worldOptions, deskOptions, async (world, desk) => {...})
// deskOptions.line true: the desk has a line of its own, desk.line.
export function withDesk(worldOptions, deskOptions, body) {
  return async () => {
    const line = deskOptions.line ? await Line.open() : null;
    const { settings = [] } = worldOptions;
    try {
      await withWorld({ ...worldOptions, settings: line
        ? [...settings, '--public-url', line.url] : settings },
        (world) => atDesk(world, { ...deskOptions, line }, body))();
    } finally {
      await line?.cut();
    }
  };
}

async function atDesk(world, options, body) {
  options.line?.leadTo(world);
  const desk = await Desk.open(world, options);
  try {
    await body(world, desk);
  } catch (error) {
    console.error(desk.complaints.join('\n'));
    await desk.context.close();
    throw error;
  }
  await desk.close();
}
