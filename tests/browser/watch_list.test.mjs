// The watch list is the user's, on the server: the same in every tab and browser,
// and nothing of it is lost where two change it.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Desk, byId, closeBrowser, openBrowser, withDesk }
  from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const SETTINGS = '/api/me/settings/';
const OLD = 'lws-app.market-list';
// Nothing has been heard of these symbols, so that they have no bars.
const expected = [/status of 404/, /status of 412/];

const shown = (page) => page.locator('#market-rows .market-symbol')
  .evaluateAll((all) => all.map(({ title }) => title));
const shows = (page, ...symbols) => page.waitForFunction((wanted) =>
  [...document.querySelectorAll('#market-rows .market-symbol')]
    .map(({ title }) => title).join() === wanted, symbols.join());
const said = (page, text) => page.locator('#market-said')
  .filter({ hasText: text }).waitFor();
const kept = async (session) =>
  (await session.get(SETTINGS)).body.settings.watch ?? [];
const looked = (page) => page.evaluate(() =>
  window.dispatchEvent(new Event('focus')));

async function open(desk, name = 'demo') {
  const page = await desk.login(name);
  await byId(page, 'market-toggle').click();
  await byId(page, 'market').waitFor();
  return page;
}

// Until the server has answered what act() changes.
async function changing(page, act) {
  const answer = page.waitForResponse((response) =>
    response.request().method() === 'PATCH' &&
    response.url().endsWith(SETTINGS) && response.status() === 200);
  await act();
  await answer;
}

async function add(page, symbol) {
  await page.fill('#market-symbol', symbol);
  await page.locator('#market-symbol').press('Enter');
}

test('what is watched in one browser is watched in every other',
  withDesk({}, { expected }, async (world, desk) => {
    const demo = await world.token('demo');
    const page = await open(desk);
    await page.getByText('You are not watching any symbols yet.').waitFor();
    await changing(page, () => add(page, 'EDF01'));
    await page.fill('#market-symbol', 'TTE');
    await changing(page, () => page.locator('#market-add button').click());
    assert.deepEqual(await kept(demo), ['EDF01', 'TTE']);
    const second = await Desk.open(world, { expected });
    const there = await open(second);
    await shows(there, 'EDF01', 'TTE');
    // By keys, in the other one; the focus goes on to the next.
    await there.getByLabel('Remove EDF01 from the list').focus();
    await changing(there, () => there.keyboard.press('Enter'));
    await there.locator('.market-symbol[title=TTE]:focus').waitFor();
    assert.deepEqual(await kept(demo), ['TTE']);
    await looked(page);
    await shows(page, 'TTE');
    // A tab beside it in the same browser learns of it at once, and what has the
    // focus there keeps it.
    const tab = await desk.page('/');
    await shows(tab, 'TTE');
    await tab.getByLabel('Remove TTE from the list').focus();
    await add(page, 'FGBL');
    await shows(tab, 'TTE', 'FGBL');
    await tab.locator('[aria-label="Remove TTE from the list"]:focus').waitFor();
    // It is nobody else's.
    const stranger = await Desk.open(world, { expected });
    const other = await open(stranger, 'other');
    await other.getByText('You are not watching any symbols yet.').waitFor();
    await stranger.close();
    await second.close();
  }));

test('of two changes at once none is lost, nor another setting',
  withDesk({}, { expected }, async (world, desk) => {
    const demo = await world.token('demo');
    await demo.patch(SETTINGS, { watch: ['A', 'B'], theme: 'dark' });
    const page = await open(desk);
    await shows(page, 'A', 'B');
    await demo.patch(SETTINGS, { watch: ['A', 'B', 'C'], theme: 'light' });
    await changing(page, () => add(page, 'D'));
    await shows(page, 'A', 'B', 'C', 'D');
    await demo.patch(SETTINGS, { watch: ['E', 'B', 'D'] });
    await changing(page, () =>
      page.getByLabel('Remove B from the list').click());
    await shows(page, 'E', 'D');
    const { body: { settings } } = await demo.get(SETTINGS);
    assert.deepEqual(settings.watch, ['E', 'D']);
    assert.equal(settings.theme, 'light');
  }));

test('a list that a browser kept for itself is taken over once',
  withDesk({}, { expected }, async (world, desk) => {
    const demo = await world.token('demo');
    await demo.patch(SETTINGS, { watch: ['TTE'] });
    const page = await desk.login();
    await page.evaluate(([name, list]) => localStorage.setItem(name, list),
                        [OLD, JSON.stringify(['EDF01', 'TTE', 7, 'X*', ''])]);
    await changing(page, () => byId(page, 'market-toggle').click());
    await shows(page, 'TTE', 'EDF01');
    await page.waitForFunction((name) => localStorage.getItem(name) === null,
                               OLD);
    assert.deepEqual(await kept(demo), ['TTE', 'EDF01']);
    await changing(page, () =>
      page.getByLabel('Remove EDF01 from the list').click());
    await page.reload();
    await shows(page, 'TTE');
  }));

test('what can\'t be saved stays, is said, and is saved when it can be',
  withDesk({}, { expected: [...expected, /ERR_FAILED/] }, async (world, desk) => {
    const demo = await world.token('demo');
    const page = await open(desk);
    await page.getByText('You are not watching any symbols yet.').waitFor();
    await page.route('**/api/me/settings/', (route) => route.abort());
    await add(page, 'EDF01');
    await said(page, 'Not saved yet: the server cannot be reached.');
    await shows(page, 'EDF01');
    await page.unroute('**/api/me/settings/');
    await changing(page, () => looked(page));
    await page.locator('#market-said').waitFor({ state: 'hidden' });
    assert.deepEqual(await kept(demo), ['EDF01']);
    // What was changed just before a page was left holds, even where it still
    // waits for an answer.
    await page.evaluate(() => {
      const { fetch } = window;
      window.fetch = (url, options) => options.method ? fetch(url, options)
        : new Promise(() => {});
      window.dispatchEvent(new Event('focus'));
    });
    await page.getByLabel('Remove EDF01 from the list').click();
    await page.goto('about:blank');
    for (;;) if (!(await kept(demo)).length) break;
  }));

test('a list is bounded, and says what had no room',
  withDesk({}, { expected }, async (world, desk) => {
    const demo = await world.token('demo');
    const many = Array.from({ length: 99 }, (_, i) => `S${i}`);
    await demo.patch(SETTINGS, { watch: many });
    const page = await open(desk);
    await page.waitForFunction(() =>
      document.querySelectorAll('#market-rows tr').length === 99);
    await changing(page, () => add(page, 'LAST'));
    await add(page, 'MORE');
    await said(page, 'Your watch list is full: remove a symbol first.');
    assert.equal((await shown(page)).length, 100);
    // Full by now, as somewhere else one more was added.
    await changing(page, () => page.getByLabel('Remove LAST from').click());
    await demo.patch(SETTINGS, { watch: [...many, 'ELSEWHERE'] });
    await changing(page, () => add(page, 'MORE'));
    await said(page, 'You can watch at most 100 symbols. Left out: MORE.');
    assert.deepEqual(await kept(demo), [...many, 'ELSEWHERE']);
  }));
