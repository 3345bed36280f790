// The page in a real Chromium: one browser per file, a fresh context per test,
// and whatever the console complains of is a fault.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { DEADLINE_MS } from '../../e2e/lib/processes.mjs';
import { withWorld } from '../../e2e/lib/world.mjs';

let browser;

export async function openBrowser() {
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic',
           '--no-first-run', '--disable-background-networking',
           '--disable-component-update', '--disable-sync'],
  });
}

export const closeBrowser = () => browser.close();

// A browser of its own cookies. expected: console lines that are no fault.
export class Desk {
  static async open(world, { expected = [], viewport =
    { width: 1280, height: 800 }, ...options } = {}) {
    const desk = new Desk();
    desk.world = world;
    desk.expected = expected;
    desk.complaints = [];
    desk.context = await browser.newContext({ viewport, baseURL: world.url,
                                              ...options });
    desk.context.setDefaultTimeout(DEADLINE_MS);
    await desk.context.route(/.*/, (route) => {
      const url = route.request().url();
      if (url.startsWith(world.url) || url.startsWith('data:'))
        return route.continue();
      desk.complaints.push(`request to ${url}`);
      return route.abort();
    });
    return desk;
  }

  async page(path = '/') {
    const page = await this.context.newPage();
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type()))
        this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    await page.goto(path);
    return page;
  }

  async login(name = 'demo', { realtime = true } = {}) {
    const page = await this.page('/');
    await page.fill('[name=username]', name);
    await page.fill('[name=password]', `${name}-secret`);
    await page.click('button[type=submit]');
    await page.waitForURL(`${this.world.url}/`);
    await loaded(page);
    if (realtime) await turnOn(page);
    return page;
  }

  async close() {
    await this.context.close();
    const faults = this.complaints.filter((text) =>
      !this.expected.some((pattern) => pattern.test(text)));
    assert.deepEqual(faults, []);
  }
}

export const byId = (page, id) => page.locator(`[data-testid=${id}]`);

// The first rows (or the word that there are none) are there.
export async function loaded(page) {
  await page.locator('.dt-info').filter({ hasText: /\d/ }).waitFor();
}

export async function turnOn(page) {
  const button = byId(page, 'realtime-button');
  if (await button.getAttribute('aria-pressed') !== 'true')
    await button.click();
  await state(page, 'live');
}

export const state = (page, name) => page.locator(
  `[data-testid=connection-state][data-state=${name}]`).waitFor();

export const row = (page, id) => page.locator(`#order-${id}`);

// withDesk(worldOptions, deskOptions, async (world, desk) => {...})
export function withDesk(worldOptions, deskOptions, body) {
  return withWorld(worldOptions, async (world) => {
    const desk = await Desk.open(world, deskOptions);
    try {
      await body(world, desk);
    } catch (error) {
      console.error(desk.complaints.join('\n'));
      await desk.context.close();
      throw error;
    }
    await desk.close();
  });
}
