// Rows stay where somebody looks at them, while 20 changes arrive each second,
// and are up to date there.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { byId, cell, closeBrowser, idsOf, info, loaded, many,
         openBrowser, place, row, rowsOf, search, state, turnOn, UNREACHABLE,
         withDesk }
  from './lib/page.mjs';
import { withTraffic } from './lib/traffic.mjs';

before(openBrowser);
after(closeBrowser);

const waiting = (page) => byId(page, 'rows-waiting');
const scroller = (page) => page.locator('.dt-layout-table > .dt-layout-cell');

const pageNumber = (page, text) => page.locator('.dt-paging')
  .getByText(text, { exact: true });
const chosen = (page) => page.locator('#orders tr[aria-selected=true]');

// What makes the rows stay, and what lets them go again, by mouse and by keys.
const LOOKS = {
  'of a page that is not the first': {
    mouse: [(page) => pageNumber(page, '2').click(),
            (page) => pageNumber(page, '1').click()],
    keys: [(page) => pageNumber(page, '2').press('Enter'),
           (page) => pageNumber(page, '1').press('Enter')],
  },
  'that were scrolled to': {
    mouse: [async (page) => {
      await page.locator('#orders tbody').hover();
      await page.mouse.wheel(0, 120);
      await page.waitForFunction(() => document.querySelector(
        '.dt-layout-table > .dt-layout-cell').scrollTop > 0);
      await page.locator('#orders-title').hover();
    }, async (page) => {
      await page.locator('#orders tbody').hover();
      await page.mouse.wheel(0, -2000);
      await page.locator('#orders-title').hover();
    }],
    keys: [async (page) => {
      await page.locator('#orders-title').click();
      await page.keyboard.press('End');
      await page.waitForFunction(() => document.querySelector(
        '.dt-layout-table > .dt-layout-cell').scrollTop > 0);
    }, async (page) => {
      await page.keyboard.press('Home');
      await page.keyboard.press('Escape');
    }],
  },
  'of which one is chosen': {
    mouse: [async (page) => {
      await rowsOf(page).nth(3).click();
      await page.locator('#orders-title').hover();
    }, (page) => page.keyboard.press('Escape')],
    keys: [async (page) => {
      await page.locator('#orders-title').click();
      await page.keyboard.press('ArrowDown');
      await chosen(page).waitFor();
    }, (page) => page.keyboard.press('Escape')],
  },
  'of which one has its box set': {
    mouse: [(page) => rowsOf(page).nth(3).locator('.choose').click(),
            (page) => page.locator('#chosen-clear').click()],
    keys: [async (page) => {
      await page.locator('#orders-title').click();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Space');
      await byId(page, 'chosen-count').getByText('1 selected').waitFor();
    }, async (page) => {
      await page.keyboard.press('Space');
      await page.keyboard.press('Escape');
    }],
  },
  'with a cell that is edited': {
    mouse: [(page) => rowsOf(page).nth(3).locator('.col-price').dblclick(),
            async (page) => {
      await page.locator('.cell-editor input').fill('7');
      await page.locator('.cell-editor').getByText('Discard').click();
      await page.locator('.cell-editor').waitFor({ state: 'detached' });
      await page.keyboard.press('Escape');
    }],
    keys: [async (page) => {
      await page.locator('#orders-title').click();
      await page.keyboard.press('ArrowDown');
      await chosen(page).waitFor();
      await page.keyboard.press('Enter');
      await page.locator('.cell-editor').waitFor();
    }, async (page) => {
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');
    }],
  },
};

for (const [what, hows] of Object.entries(LOOKS)) {
  for (const [how, [look, leave]] of Object.entries(hows)) {
    test(`rows ${what} stay, and follow, by ${how}`, withDesk({}, {},
      async (world, desk) => {
        const demo = await world.token('demo');
        await place(demo, many(60));
        const page = await desk.at('/admin/orders/', 'boss');
        await loaded(page);
        await state(page, 'live');
        await look(page);
        if (what.includes('first')) await info(page, '26–50 of 60');
        const ids = await idsOf(page);
        const top = await scroller(page).evaluate((one) => one.scrollTop);
        await withTraffic(demo, ids.slice(10, 13), async () => {
          await waiting(page).filter(
            { hasText: /([5-9]|\d\d) new orders · show/ }).waitFor();
          await cell(page, ids[10], 'quantity').filter({ hasText: /^1,\d{3}$/ })
            .waitFor();
          assert.deepEqual(await idsOf(page), ids);
          assert.equal(await scroller(page).evaluate((one) => one.scrollTop),
                       top);
          await leave(page);
          await rowsOf(page).first().filter({ hasText: 'TRAFFIC' }).waitFor();
        });
        // They are those that the server has, as it has them.
        const { results } = (await demo.get('/api/data/?page_size=25')).body;
        await page.waitForFunction((wanted) => [...document.querySelectorAll(
          '#orders > tbody > tr[id]')].map((one) => `${one.id} ${
          one.querySelector('.col-quantity').textContent}`).join() === wanted,
        results.map(({ id, quantity }) =>
          `order-${id} ${Number(quantity).toLocaleString('en-US')}`).join());
        // And nothing was done to any of them by being looked at.
        for (const id of ids.slice(0, 10)) {
          const { version } = (await demo.get(`/api/data/${id}/`)).body;
          assert.equal(version, 1);
        }
      }));
  }
}

test('rows that are looked at are brought up to date after a loss',
  withDesk({}, { expected: [/status of 404/] }, async (world, desk) => {
    const demo = await world.token('demo');
    const made = await place(demo, many(30));
    const page = await desk.login();
    const [kept, changed, removed] = made.slice(-3).map(({ id }) => id);
    await row(page, kept).click();
    const ids = await idsOf(page);
    await byId(page, 'realtime-button').click();
    await state(page, 'connected');
    await demo.patch(`/api/data/${changed}/`, { price: '77' });
    await demo.delete(`/api/data/${removed}/`);
    await place(demo, many(25, { instrument: 'FRESH' }));
    await turnOn(page);
    await cell(page, changed, 'price').filter({ hasText: '77' }).waitFor();
    await page.locator(`#order-${removed}.is-gone`).waitFor();
    await waiting(page).filter({ hasText: '25 new orders, 1 removed' })
      .waitFor();
    assert.deepEqual(await idsOf(page), ids);
    assert.equal(await row(page, kept).getAttribute('aria-selected'), 'true');
    await waiting(page).click();
    await info(page, '1–25 of 54');
    await rowsOf(page).first().filter({ hasText: 'FRESH' }).waitFor();
  }));

for (const [path, ask, name] of [
  ['/', (page) => search(page, 'INS1'), 'INS1-B'],
  ['/admin/orders/', (page) => byId(page, 'filter-instrument').fill('ins1'),
    'INS1-B'],
  ['/admin/orders/', (page) => byId(page, 'filter-side').selectOption('buy'),
    'BOUGHT']]) {
  test(`${path}: what waits in a search is what could be in it (${name})`,
    withDesk({}, {}, async (world, desk) => {
      const boss = await world.token('boss');
      const made = await place(boss, many(30, { side: 'buy' }));
      const [away, ...others] = await place(boss, many(3, {
        instrument: 'ELSEWHERE', side: 'sell' }));
      const page = await desk.at(path, 'boss');
      await loaded(page);
      await state(page, 'live');
      await ask(page);
      await row(page, others[0].id).waitFor({ state: 'detached' });
      await row(page, made[16].id).click();
      // Neither in it before nor after, some new, some changed.
      await withTraffic(boss, [others[0].id], async () => {
        await boss.patch(`/api/data/${others[1].id}/`, { price: '7' });
        await boss.patch(`/api/data/${made[15].id}/`, { price: '8' });
        await cell(page, made[15].id, 'price').filter({ hasText: '8' })
          .waitFor();
        assert.ok(await waiting(page).isHidden());
        // One leaves it, one comes into it, one is new altogether.
        if (name === 'INS1-B') {
          await boss.patch(`/api/data/${made[14].id}/`,
            { instrument: 'GONE' });
          await boss.patch(`/api/data/${away.id}/`, { instrument: 'INS1-A' });
        } else {
          await boss.patch(`/api/data/${made[14].id}/`, { side: 'sell' });
          await boss.patch(`/api/data/${away.id}/`, { side: 'buy' });
        }
        await boss.post('/api/data/', { instrument: name, quantity: '1',
                                        price: '1', side: 'buy' });
        await waiting(page).filter({ hasText: '2 new orders, 1 moved · show' })
          .waitFor();
      }, { name: 'TRAFFIC', side: 'sell' });
    }));
}

test('what waits in a search is shown there',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const made = await place(demo, many(30));
    const page = await desk.login();
    await search(page, 'INS1');
    await info(page, '1–11 of 11 (30 in all)');
    await row(page, made[12].id).click();
    await page.keyboard.press('s'); // Nothing waits.
    await demo.order({ instrument: 'INS1-B' });
    await waiting(page).filter({ hasText: '1 new order · show' }).waitFor();
    await page.keyboard.press('s');
    await info(page, '1–12 of 12 (31 in all)');
  }));

test('what waits is shown on page 1, and says so elsewhere',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const made = await place(demo, many(60));
    const page = await desk.login();
    const waiting = byId(page, 'rows-waiting');
    await row(page, made[50].id).click();
    await place(demo, many(3));
    await waiting.getByText('3 new orders · show', { exact: true }).waitFor();
    await page.keyboard.press('s');
    await rowsOf(page).first().filter({ hasText: 'INS2' }).waitFor();
    await page.locator('.dt-paging').getByText('2', { exact: true }).click();
    await info(page, '26–50 of 63');
    await place(demo, many(1));
    await waiting.getByText('1 new order · show on page 1', { exact: true })
      .waitFor();
    assert.match(await waiting.getAttribute('title'), /page 1/);
    await page.keyboard.press('s');
    await info(page, '1–25 of 64');
    // Where they are not on the first page it does not go there.
    await page.locator('#orders thead th', { hasText: 'Price' }).click();
    await page.locator('.dt-paging').getByText('2', { exact: true }).click();
    await info(page, '26–50 of 64');
    await place(demo, many(1));
    await waiting.getByText('1 new order · show', { exact: true }).waitFor();
  }));

// They are read again where they stand, which is not where they go.
for (const path of ['/', '/admin/orders/']) {
  test(`${path}: rows held over a broken connection are let go after it`,
    withDesk({}, { expected: UNREACHABLE, line: true },
      async (world, desk) => {
        const boss = await world.token('boss');
        await place(boss, many(30));
        const page = await desk.at(path, 'boss');
        await loaded(page);
        await state(page, 'live');
        await rowsOf(page).nth(3).click();
        const ids = await idsOf(page);
        const first = await boss.order();
        await info(page, '2–26 of 31');
        await desk.line.cut();
        await state(page, 'offline');
        const second = await boss.order();
        await desk.line.mend();
        await state(page, 'live');
        await info(page, '2–26 of 32');
        assert.deepEqual(await idsOf(page), ids);
        await page.keyboard.press('Escape');
        await info(page, '1–25 of 32');
        await page.waitForFunction(([id]) => document.querySelector(
          '#orders > tbody > tr').id === `order-${id}`, [second.id]);
        assert.deepEqual((await idsOf(page)).slice(0, 3),
          [second.id, first.id, ids[0]]);
        await waiting(page).waitFor({ state: 'hidden' });
      }));
}

// An order that comes just before the page is answered: as if it had been asked
// for one row further down.
for (const path of ['/', '/admin/orders/']) {
  test(`${path}: what comes above rows while they are asked for is told`,
    withDesk({}, {}, async (world, desk) => {
      const boss = await world.token('boss');
      await place(boss, many(31));
      const page = await desk.at(path, 'boss');
      const head = page.locator('#orders thead .col-id:not(.col-choose)');
      const sorted = (how) => page.locator(`#orders th[aria-sort=${how}]`)
        .waitFor();
      await loaded(page);
      await state(page, 'live');
      await head.click();
      await sorted('ascending');
      await rowsOf(page).nth(2).click();
      await page.evaluate(() => {
        const { send } = WebSocket.prototype;
        WebSocket.prototype.send = function sendLater(text) {
          const command = JSON.parse(text);
          const asked = command.params ?? command.query;
          if (command.command === 'view' && asked) {
            asked.start++;
            WebSocket.prototype.send = send;
          }
          send.call(this, JSON.stringify(command));
        };
      });
      await head.click();
      await sorted('descending');
      await info(page, '2–26 of 31');
      await waiting(page).filter({ hasText: '1 new order · show' }).waitFor();
      await waiting(page).click();
      await info(page, '1–25 of 31');
      await waiting(page).waitFor({ state: 'hidden' });
    }));
}
