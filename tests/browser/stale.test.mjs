// A grid that is not live says so, since when, and offers to connect. Meanwhile
// 20 changes arrive at the daemon each second, and the API says what was done.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { UNREACHABLE, agreeByKeys, byId, cell, closeBrowser, idsOf, loaded,
         many, openBrowser, place, row, rowsOf, said, search, state, withDesk }
         from './lib/page.mjs';
import { withTraffic } from './lib/traffic.mjs';

before(openBrowser);
after(closeBrowser);

const PATHS = ['/', '/admin/orders/'];
const OFF = /Not live: Realtime has been off since \d\d:\d\d:\d\d/;
const SILENT = /Not live: nothing has been heard from the server since \d\d:\d\d:\d\d/;
const TRIED = /\. Last tried at \d\d:\d\d:\d\d UTC/;
const GONE = /Not live: no connection since \d\d:\d\d:\d\d UTC/;

const stale = (page, text) => byId(page, 'stale').filter({ hasText: text })
  .waitFor();
const words = (page) => page.locator('#stale-text').innerText();
const live = (page) => byId(page, 'stale').waitFor({ state: 'hidden' });
const colourOf = (page, id) => page.locator(`#${id}`).evaluate((one) =>
  getComputedStyle(one).backgroundColor);
const isGrey = (page) => page.locator('#orders tbody').evaluate((one) =>
  getComputedStyle(one).filter !== 'none');
// Three parts of a colour that are near each other.
const grey = (colour) => {
  const parts = colour.match(/\d+/g).slice(0, 3).map(Number);
  return Math.max(...parts) - Math.min(...parts) < 24;
};
const statusOf = async (session, { id }) =>
  (await session.get(`/api/data/${id}/`)).body.status;

const HOWS = {
  mouse: {
    connect: (page) => byId(page, 'stale-connect').click(),
    sort: (page) => page.locator('#orders thead th', { hasText: 'Price' })
      .click(),
    choose: (page, { id }) => row(page, id).click(),
    cancel: (page) => byId(page, 'order-cancel').click(),
    confirm: (page) => byId(page, 'confirm-yes').click(),
  },
  keys: {
    // Before the search box, or behind it and the filters.
    async connect(page) {
      const step = page.url().includes('/admin/') ? 'Tab' : 'Shift+Tab';
      await page.keyboard.press('/');
      await page.locator('#orders-search:focus').waitFor();
      for (let i = 0; i < 60; i++) {
        await page.keyboard.press(step);
        if (await page.locator('#stale-connect:focus').count()) break;
      }
      await page.locator('#stale-connect:focus').waitFor();
      await page.keyboard.press('Enter');
    },
    async sort(page) {
      await page.locator('#orders thead th', { hasText: 'Price' })
        .locator('[role=button]').focus();
      await page.keyboard.press('Enter');
    },
    // Rows are where they were as long as the grid is not live.
    async choose(page, { id }) {
      await page.locator('body').press('ArrowDown');
      await page.keyboard.press('Home');
      for (const one of await idsOf(page)) {
        await page.locator(`#order-${one}:focus`).waitFor();
        if (one === id) return;
        await page.keyboard.press('ArrowDown');
      }
      assert.fail(`order ${id} is not shown`);
    },
    cancel: (page) => page.keyboard.press('c'),
    confirm: agreeByKeys,
  },
};

// Connections are tried in vain unless by "Connect", so that it is the
// button that helps, and not a timer.
const onlyIfAsked = (page) => page.evaluate(() => {
  const { WebSocket } = window;
  let asked = false;
  window.addEventListener('click', ({ target }) => {
    asked = target.id === 'stale-connect';
  }, { capture: true });
  window.addEventListener('click', () => { asked = false; });
  window.WebSocket = class extends WebSocket {
    constructor(...args) {
      if (!asked) throw new Error('not asked');
      super(...args);
    }
  };
});

// The rows shown, once all is shown that waits, are those of the API.
async function assertCaughtUp(page, session) {
  const { body } = await session.get('/api/data/?scope=all&page_size=25');
  await page.locator('body').press('Escape');
  await page.waitForFunction((expected) => {
    const waits = document.querySelector('#rows-waiting');
    if (!waits.hidden) waits.click();
    return [...document.querySelectorAll('#orders > tbody > tr[id]')].map(
      (one) => `${one.id} ${one.querySelector('.col-quantity').innerText}`)
      .join() === expected;
  }, body.results.map(({ id, quantity }) =>
    `order-${id} ${Number(quantity).toLocaleString('en-US')}`).join());
}

for (const path of PATHS) {
  test(`${path} is live from the start; off is seen, and remembered`,
    withDesk({}, { expected: [/status of 412/] }, async (world, desk) => {
      const boss = await world.token('boss');
      const [busy, ...orders] = await place(boss, many(4));
      const page = await desk.at(path, 'boss');
      await loaded(page);
      await state(page, 'live');
      await live(page);
      assert.equal(await isGrey(page), false);
      assert.ok(!grey(await colourOf(page, 'realtime')));
      await withTraffic(boss, [busy.id], async () => {
        for (const [how, does] of Object.entries(HOWS)) {
          if (how === 'keys') await page.keyboard.press('r');
          else await byId(page, 'realtime-button').click();
          await stale(page, OFF);
          assert.equal(await isGrey(page), true);
          assert.ok(grey(await colourOf(page, 'realtime')));
          await page.reload();
          await loaded(page);
          await stale(page, OFF);
          // Whatever came first meanwhile, these are on the page.
          await search(page, 'INS');
          await row(page, orders[0].id).waitFor();
          await rowsOf(page).filter({ hasText: 'TRAFFIC' }).first()
            .waitFor({ state: 'detached' });
          // What is done to a row that is old by now is done to no other, and
          // not to what is not shown.
          const order = orders[how === 'keys' ? 0 : 1];
          const price = how === 'keys' ? '4321' : '1234';
          const shown = Number(price).toLocaleString('en-US');
          await boss.patch(`/api/data/${order.id}/`, { price });
          await does.choose(page, order);
          await does.cancel(page);
          await does.confirm(page);
          await page.locator('#conflict[open]').waitFor();
          assert.equal(await statusOf(boss, order), 'new');
          await byId(page, 'take-theirs').click();
          await said(page, 'was left as they changed it.');
          await cell(page, order.id, 'price').filter({ hasText: shown })
            .waitFor();
          await boss.patch(`/api/data/${order.id}/`, { quantity: '77' });
          assert.notEqual(await cell(page, order.id, 'quantity').innerText(),
                          '77');
          await does.connect(page);
          await state(page, 'live');
          await live(page);
          assert.equal(await isGrey(page), false);
          await cell(page, order.id, 'quantity').filter({ hasText: '77' })
            .waitFor();
        }
      });
      for (const order of orders)
        assert.equal(await statusOf(boss, order), 'new');
      await byId(page, 'orders-search').press('Escape');
      await assertCaughtUp(page, boss);
      await page.reload();
      await loaded(page);
      await state(page, 'live');
    }));

  for (const [how, does] of Object.entries(HOWS)) {
    test(`${path} without a connection, by ${how}: since when, connect now, ` +
      'and no sort that was not made',
      withDesk({}, { expected: UNREACHABLE, line: true },
        async (world, desk) => {
          const boss = await world.token('boss');
          const [changed, busy, ...orders] = await place(boss, many(30));
          const page = await desk.at(path, 'boss');
          await loaded(page);
          await state(page, 'live');
          const sorts = () => page.locator('#orders thead th')
            .evaluateAll((heads) => heads.filter(({ ariaSort }) => ariaSort)
              .map((one) => [one.innerText.trim(), one.ariaSort]));
          const refused = () => byId(page, 'error-bar').filter(
            { hasText: 'cannot be reached' }).waitFor();
          const order = orders.at(-1);
          await withTraffic(boss, [busy.id], async () => {
            await onlyIfAsked(page);
            await desk.line.cut();
            await stale(page, GONE);
            const since = await words(page);
            const ids = await idsOf(page);
            assert.equal(await isGrey(page), true);
            await does.sort(page);
            await refused();
            assert.deepEqual(await sorts(), [['Id', 'descending']]);
            await page.locator('.dt-paging').getByText('2', { exact: true })
              .click();
            await refused();
            assert.deepEqual(await idsOf(page), ids);
            // Nor is anything done that was not, and that is said.
            await does.choose(page, order);
            await does.cancel(page);
            await does.confirm(page);
            await said(page, 'The server cannot be reached.');
            assert.equal(await statusOf(boss, order), 'new');
            // In vain: it is not live, and not since now.
            await does.connect(page);
            await boss.patch(`/api/data/${order.id}/`, { quantity: '88' });
            await boss.patch(`/api/data/${changed.id}/`, { price: '-7' });
            await state(page, 'offline');
            await stale(page, TRIED);
            assert.equal((await words(page)).replace(TRIED, ''), since);
            await desk.line.mend();
            await stale(page, GONE);
            await does.connect(page);
            await state(page, 'live');
            await live(page);
            assert.equal(await isGrey(page), false);
            await byId(page, 'error-bar').waitFor({ state: 'hidden' });
            await cell(page, order.id, 'quantity').filter({ hasText: '88' })
              .waitFor();
            // What can be made is shown as made.
            await does.sort(page);
            await page.waitForFunction(() => document.querySelector(
              '#orders tbody .col-price').textContent === '\u22127');
            assert.deepEqual(await sorts(), [['Price', 'ascending']]);
            for (const direction of ['ascending', 'descending']) {
              await page.locator('#orders thead .col-id:not(.col-choose)')
                .click();
              await page.locator('#orders thead ' +
                `.col-id:not(.col-choose)[aria-sort=${direction}]`).waitFor();
            }
          });
          assert.equal(await statusOf(boss, order), 'new');
          await assertCaughtUp(page, boss);
        }));
  }

  test(`${path}: the daemon killed and started again, connect now catches up`,
    withDesk({}, { expected: UNREACHABLE }, async (world, desk) => {
      const boss = await world.token('boss');
      const [busy] = await place(boss, many(26));
      const page = await desk.at(path, 'boss');
      await loaded(page);
      await state(page, 'live');
      await onlyIfAsked(page);
      for (const [how, does] of Object.entries(HOWS)) {
        await withTraffic(boss, [busy.id], async () => {
          await rowsOf(page).first().filter({ hasText: 'TRAFFIC' }).waitFor();
        });
        await world.daemon.stop('SIGKILL');
        await stale(page, GONE);
        assert.equal(await isGrey(page), true);
        await world.startDaemon({ port: world.port });
        await withTraffic(boss, [busy.id], async () => {
          const fresh = await boss.order({ instrument: `BACK-${how}` });
          // Rows may be read again meanwhile, but nobody follows them.
          await stale(page, GONE);
          assert.equal(await isGrey(page), true);
          await does.connect(page);
          await state(page, 'live');
          await live(page);
          assert.equal(await isGrey(page), false);
          await row(page, fresh.id).waitFor();
          await boss.patch(`/api/data/${fresh.id}/`, { quantity: '66' });
          await cell(page, fresh.id, 'quantity').filter({ hasText: '66' })
            .waitFor();
        });
        await assertCaughtUp(page, boss);
      }
    }));
}

// Seconds since midnight of the time that is said.
const secondsOf = (text) => {
  const [, hours, minutes, seconds] = /(\d\d):(\d\d):(\d\d)/.exec(text);
  return (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
};

for (const path of PATHS) {
  test(`${path}: a server that falls silent is not live; since when it was ` +
    'heard last',
    withDesk({}, { expected: UNREACHABLE, line: true },
      async (world, desk) => {
        const boss = await world.token('boss');
        const [busy, order] = await place(boss, many(2));
        const page = await desk.at(path, 'boss');
        await loaded(page);
        await state(page, 'live');
        await row(page, order.id).click();
        await withTraffic(boss, [busy.id], async () => {
          await byId(page, 'rows-waiting').filter({ hasText: 'new' }).waitFor();
          desk.line.hold();
          const held = await page.evaluate(() =>
            new Date().toTimeString().slice(0, 8));
          await stale(page, SILENT);
          await state(page, 'silent');
          assert.equal(await isGrey(page), true);
          const since = await words(page);
          const ago = secondsOf(held) - secondsOf(since);
          assert.ok(Math.abs(ago) <= 2 || Math.abs(ago) > 86000, `${ago}`);
          await boss.patch(`/api/data/${order.id}/`, { quantity: '88' });
          // It speaks again, and nothing was missed.
          desk.line.release();
          await live(page);
          await state(page, 'live');
          await cell(page, order.id, 'quantity').filter({ hasText: '88' })
            .waitFor();
          // For good, it is without a connection, since the same time.
          desk.line.hold();
          await stale(page, SILENT);
          const heard = secondsOf(await words(page));
          await stale(page, GONE);
          assert.equal(secondsOf(await words(page)), heard);
          // Tried in vain, that is said.
          await byId(page, 'stale-connect').click();
          await stale(page, /\. Trying now/);
          await desk.line.cut();
          await stale(page, TRIED);
          const first = await words(page);
          await page.waitForFunction((before) =>
            new Date().toTimeString().slice(0, 8) !== before,
            first.match(/at (\S+) UTC/)[1]);
          await byId(page, 'stale-connect').click();
          await page.waitForFunction((before) => {
            const now = document.querySelector('#stale-text').textContent;
            return now !== before && now.includes('Last tried at');
          }, first);
          desk.line.release();
          await desk.line.mend();
          await live(page);
        });
        await assertCaughtUp(page, boss);
      }));
}

test('a daemon that is stopped is not live within its next answer',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const page = await desk.login();
    world.daemon.child.kill('SIGSTOP');
    try {
      await stale(page, SILENT);
    } finally {
      world.daemon.child.kill('SIGCONT');
    }
    await live(page);
    const order = await demo.order();
    await row(page, order.id).waitFor();
  }));

test('timers that come late, as those of a hidden page do, are no silence',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    await desk.context.addInitScript(() => {
      window.states = new Set();
      new MutationObserver(() => {
        const one = document.querySelector('#connection-state');
        if (one) window.states.add(one.dataset.state);
      }).observe(document, { subtree: true, attributes: true,
                             attributeFilter: ['data-state'] });
    });
    await desk.context.clock.install();
    const page = await desk.login();
    const heard = desk.heard.get(page);
    for (let i = 0; i < 5; i++) {
      const before = heard.length;
      // A minute goes by, and a timer is run once.
      await page.clock.fastForward(60000);
      while (heard.length === before)
        await page.evaluate(() => document.title);
      await page.clock.fastForward(1100);
    }
    const order = await demo.order();
    await row(page, order.id).waitFor();
    assert.deepEqual(await page.evaluate(() => [...window.states]
      .filter((word) => ['silent', 'offline'].includes(word))), []);
  }));

test('a dialog says that the page is not live, as long as it is not',
  withDesk({}, { expected: UNREACHABLE, line: true }, async (world, desk) => {
    const demo = await world.token('demo');
    const [order] = await place(demo, many(1));
    const page = await desk.login();
    const note = (id) => page.locator(`#${id} .dialog-stale`);
    await row(page, order.id).click();
    for (const [key, id] of [['c', 'confirm'], ['e', 'ticket'],
      ['h', 'history']]) {
      await page.keyboard.press(key);
      await page.locator(`#${id}[open]`).waitFor();
      assert.equal(await note(id).isVisible(), false);
      await desk.line.cut();
      await note(id).filter({ hasText: /^Not live: no connection since / })
        .waitFor();
      await desk.line.mend();
      await page.evaluate(() => window.dispatchEvent(new Event('online')));
      await state(page, 'live');
      await note(id).waitFor({ state: 'hidden' });
      await page.keyboard.press('Escape');
      await page.locator(`#${id}:not([open])`)
        .waitFor({ state: 'attached' });
    }
    await page.keyboard.press('r');
    await state(page, 'connected');
    await page.keyboard.press('c');
    await note('confirm').filter({ hasText: /^Not live: Realtime has been off/ })
      .waitFor();
  }));

for (const path of PATHS) {
  test(`${path} is not live at once where the browser says that it is offline`,
    withDesk({}, { expected: [...UNREACHABLE, /ERR_INTERNET/] },
      async (world, desk) => {
        const boss = await world.token('boss');
        const [{ id }] = await place(boss, many(1));
        const page = await desk.at(path, 'boss');
        await loaded(page);
        await state(page, 'live');
        await page.evaluate(() => {
          addEventListener('offline', () => setTimeout(() => {
            window.wasStale = !document.querySelector('#stale').hidden;
          }));
        });
        await desk.context.setOffline(true);
        await stale(page, GONE);
        assert.equal(await page.evaluate(() => window.wasStale), true);
        await boss.patch(`/api/data/${id}/`, { price: '77' });
        await desk.context.setOffline(false);
        await state(page, 'live');
        await live(page);
        await row(page, id).locator('.col-price').filter({ hasText: '77' })
          .waitFor();
      }));
}
