// Several orders at once, of one's own and of everybody's: by boxes, Ctrl and
// Shift, by mouse and by keys; one question lists them, and what has come of each
// is said.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { agreeByKeys, byId, closeBrowser, idsOf, info, loaded, many, openBrowser,
         place, row, said, state, UNREACHABLE, withDesk } from './lib/page.mjs';
import { withTraffic } from './lib/traffic.mjs';

before(openBrowser);
after(closeBrowser);

const chosen = (page) => page.locator('#orders tr:has(.choose:checked)')
  .evaluateAll((rows) => rows.map(({ id }) => Number(id.split('-')[1])));
const count = (page, text) => byId(page, 'chosen-count')
  .getByText(text, { exact: true }).waitFor();
const statuses = async (session, ids) => Promise.all(ids.map(async (id) =>
  (await session.get(`/api/data/${id}/`)).body.status));
const press = (page, id, modifiers = []) =>
  row(page, id).locator('.col-price').click({ modifiers });

for (const path of ['/', '/admin/orders/']) {
  test(`${path}: by Ctrl and Shift, on rows and on boxes`,
    withDesk({}, {}, async (world, desk) => {
      await place(await world.token('boss'), many(12));
      const page = await desk.at(path, 'boss');
      await loaded(page);
      await state(page, 'live');
      const ids = await idsOf(page);
      await press(page, ids[2]);
      assert.deepEqual(await chosen(page), []);
      await press(page, ids[5], ['Shift']);
      assert.deepEqual(await chosen(page), ids.slice(2, 6));
      // The other end moves: what is left behind is let go.
      await press(page, ids[1], ['Shift']);
      assert.deepEqual(await chosen(page), ids.slice(1, 3));
      await press(page, ids[8], ['Control']);
      await count(page, '3 selected');
      await press(page, ids[10], ['Shift']);
      assert.deepEqual(await chosen(page),
                       [...ids.slice(1, 3), ...ids.slice(8, 11)]);
      await press(page, ids[9], ['Control']);
      await count(page, '4 selected');
      await page.locator('#chosen-clear').click();
      await row(page, ids[3]).locator('.choose').click();
      await row(page, ids[6]).locator('.choose').click(
        { modifiers: ['Shift'] });
      assert.deepEqual(await chosen(page), ids.slice(3, 7));
      // No text is selected by it.
      assert.equal(await page.evaluate(() => getSelection().isCollapsed), true);
      await byId(page, 'choose-page').check();
      await count(page, '12 selected');
    }));

  test(`${path}: by keys`, withDesk({}, {}, async (world, desk) => {
    const boss = await world.token('boss');
    await place(boss, many(12));
    const page = await desk.at(path, 'boss');
    await loaded(page);
    await state(page, 'live');
    const ids = await idsOf(page);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    const first = ids.indexOf(await page.evaluate(() =>
      Number(document.activeElement.id.split('-')[1])));
    for (let i = 0; i < 3; i++) await page.keyboard.press('Shift+ArrowDown');
    assert.deepEqual(await chosen(page), ids.slice(first, first + 4));
    await page.keyboard.press('Shift+ArrowUp');
    assert.deepEqual(await chosen(page), ids.slice(first, first + 3));
    await page.keyboard.press('c');
    await page.locator('#confirm[open]').waitFor();
    assert.equal(await page.locator('#confirm-title').innerText(),
                 'Cancel 3 orders?');
    for (const id of ids.slice(first, first + 3))
      await byId(page, 'confirm-list').locator('td:first-child')
        .getByText(String(id), { exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+a');
    await count(page, '12 selected');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    assert.deepEqual(await chosen(page), []);
  }));
}

// The ways of hands.
const HANDS = {
  mouse: {
    choose: (page, id) => press(page, id),
    box: (page, id) => row(page, id).locator('.choose').click(),
    next: (page) => page.getByRole('button', { name: 'Next page' }).click(),
    cancel: (page) => byId(page, 'order-cancel').click(),
    async all(page) {
      await byId(page, 'order-cancel-all').click();
      await page.locator('#cancel-all[open]').waitFor();
    },
    async list(page, side = '') {
      await byId(page, 'cancel-all-side').selectOption(side);
      await page.locator('#cancel-all').getByText('List them').click();
    },
    agree: (page) => byId(page, 'confirm-yes').click(),
    more: (page) => byId(page, 'said').getByText('List them').click(),
  },
  keys: {
    async go(page, id) {
      await page.locator('#orders-title').click();
      await page.keyboard.press('Home');
      while (!await page.locator(`#order-${id}:focus`).count())
        await page.keyboard.press('ArrowDown');
    },
    async choose(page, id) {
      await HANDS.keys.go(page, id);
      await page.locator(`#order-${id}[aria-selected=true]`).waitFor();
    },
    async box(page, id) {
      await HANDS.keys.go(page, id);
      await page.keyboard.press('Space');
    },
    next: (page) => page.getByRole('button', { name: 'Next page' })
      .press('Enter'),
    cancel: (page) => page.keyboard.press('c'),
    async all(page) {
      await byId(page, 'order-cancel-all').focus();
      await page.keyboard.press('Enter');
      await page.locator('#cancel-all[open]').waitFor();
    },
    async list(page, side) {
      await byId(page, 'cancel-all-side').focus();
      if (side) await page.keyboard.press(side[0]);
      await byId(page, 'cancel-all-instrument').press('Enter');
    },
    agree: agreeByKeys,
    async more(page) {
      await byId(page, 'said').getByText('List them').focus();
      await page.keyboard.press('Enter');
    },
  },
};

for (const [how, hand] of Object.entries(HANDS)) {
  test(`one’s own are canceled together, and what could not be is said, by ${how}`,
    withDesk({}, {}, async (world, desk) => {
      const boss = await world.token('boss');
      const demo = await world.token('demo');
      const made = await place(demo, many(30));
      const page = await desk.login();
      await info(page, '1–25 of 30');
      const ids = made.slice(20, 24).map(({ id }) => id);
      for (const id of ids) await hand.box(page, id);
      // Chosen on another page they are still.
      await hand.next(page);
      await info(page, '26–30 of 30');
      await hand.box(page, made[0].id);
      await count(page, '5 selected, 4 not shown');
      await boss.patch(`/api/data/${ids[0]}/`,
        { status: 'filled', filled_quantity: '21', average_price: '1' });
      await withTraffic(demo, [made[29].id], async () => {
        await byId(page, 'order-cancel').filter({ hasText: 'Cancel 4 orders' })
          .waitFor();
        await hand.cancel(page);
        await hand.agree(page);
        await page.locator('#confirm').filter({ hasText: 'Left unchanged, and why' })
          .filter({ hasText: `Order ${ids[0]}` }).waitFor();
        await page.keyboard.press('Escape');
        await said(page, '4 orders canceled, 1 left as it is.');
      });
      assert.deepEqual(await statuses(demo, [...ids, made[0].id, made[1].id]),
        ['filled', 'canceled', 'canceled', 'canceled', 'canceled', 'new']);
    }));
}

for (const [how, hand] of Object.entries(HANDS)) {
  test('all open orders of an instrument and a side are listed, then canceled, by ' +
    how,
    withDesk({}, {}, async (world, desk) => {
      const boss = await world.token('boss');
      const demo = await world.token('demo');
      const bought = await place(demo, many(30, { instrument: 'EDF01' }));
      const [other, busy] = await place(demo, many(2, { instrument: 'EDF02' }));
      const sold = await place(demo, many(3, { instrument: 'EDF01',
                                               side: 'sell' }));
      await boss.patch(`/api/data/${bought[0].id}/`,
        { status: 'filled', filled_quantity: '1', average_price: '1' });
      await boss.patch(`/api/data/${bought[1].id}/`,
        { status: 'partially_filled', filled_quantity: '1', average_price: '1' });
      const page = await desk.login();
      let late;
      await hand.choose(page, sold[0].id);
      await withTraffic(demo, [busy.id], async () => {
        await hand.all(page);
        // It begins with the instrument of the row that is selected.
        assert.equal(await byId(page, 'cancel-all-instrument').inputValue(),
                     'EDF01');
        await hand.list(page, 'buy');
        await page.locator('#confirm[open]').waitFor();
        assert.equal(await page.locator('#confirm-title').innerText(),
                     'Cancel 29 orders?');
        assert.equal(await page.locator('#confirm-list tbody tr:not(.note)')
          .count(), 29);
        assert.match(await byId(page, 'confirm-list').innerText(),
          new RegExp(String.raw`${bought[1].id}\s+EDF01\s+Buy\s+2\s+1\s+1\.5`));
        // One that comes meanwhile was not asked about.
        ({ id: late } = await demo.order({ instrument: 'EDF01' }));
        await hand.agree(page);
        // But it is told of, and can be asked about.
        await said(page, '29 orders canceled. 1 more matching order is open by now.');
        assert.deepEqual(await statuses(demo, [bought[0].id, bought[1].id,
          bought[29].id, sold[0].id, other.id, late]),
        ['filled', 'canceled', 'canceled', 'new', 'new', 'new']);
        await hand.more(page);
        await page.locator('#confirm-title').getByText(`Cancel order ${late}`)
          .waitFor();
        await hand.agree(page);
        await said(page, `Order ${late} (Buy EDF01) is canceled`);
      });
      assert.deepEqual(await statuses(demo, [late, sold[0].id, other.id, busy.id]),
                       ['canceled', 'new', 'new', 'new']);
    }));
}

for (const how of ['mouse', 'keys']) {
  for (const [path, name] of [['/', 'demo'], ['/admin/orders/', 'boss']]) {
    test(`${path}: a question says that the selected row is left out, by ${how}`,
      withDesk({}, {}, async (world, desk) => {
        const demo = await world.token('demo');
        const [busy, one, two, other] = await place(demo, many(4));
        const page = await desk.at(path, name);
        await loaded(page);
        await state(page, 'live');
        await withTraffic(demo, [busy.id], async () => {
          for (const { id } of [one, two])
            await row(page, id).locator('.choose').click();
          await row(page, other.id).locator('.col-price').click();
          await row(page, other.id).and(page.locator('[aria-selected=true]'))
            .waitFor();
          if (how === 'mouse') await byId(page, 'order-cancel').click();
          else await page.keyboard.press('c');
          await page.locator('#confirm-text').getByText(`Order ${other.id}, ` +
            'whose row is selected, is not among them.').waitFor();
          if (how === 'mouse') await byId(page, 'confirm-yes').click();
          else await agreeByKeys(page);
          await said(page, '2 orders canceled.');
        });
        assert.deepEqual(await statuses(demo, [one.id, two.id, other.id]),
                         ['canceled', 'canceled', 'new']);
      }));
  }
}

for (const [how, hand] of Object.entries(HANDS)) {
  test('all of what is searched for now, though the rows are of an older search, ' +
    `by ${how}`,
    withDesk({}, { expected: [/status of 503/] }, async (world, desk) => {
      const demo = await world.token('demo');
      const [mine] = await place(demo, many(3, { instrument: 'AXA' }));
      const others = await place(demo, many(3));
      const [busy] = await place(demo, many(1, { instrument: 'ELSEWHERE' }));
      const page = await desk.login('demo', { realtime: false });
      await page.fill('#orders-search', 'INS');
      await info(page, '1–3 of 3 (7 in all)');
      await page.route(/api.data.*format=datatables.*length=25/, (route) =>
        route.fulfill({ status: 503, contentType: 'application/problem+json',
                        body: JSON.stringify({ title: 'Not now', status: 503 }) }));
      await page.fill('#orders-search', 'AXA');
      await page.locator('.orders.is-unapplied').waitFor();
      await withTraffic(demo, [busy.id], async () => {
        await hand.all(page);
        assert.equal(await page.locator('#cancel-all [name=within]').isChecked(),
                     true);
        await byId(page, 'cancel-all-instrument').fill('');
        await hand.list(page);
        await page.locator('#confirm-title').getByText('Cancel 3 orders?').waitFor();
        assert.doesNotMatch(await byId(page, 'confirm-list').innerText(), /INS/);
        await hand.agree(page);
        await said(page, '3 orders canceled.');
      });
      assert.deepEqual(await statuses(demo, [mine.id, others[0].id]),
                       ['canceled', 'new']);
    }));
}

for (const [how, hand] of Object.entries(HANDS)) for (const [path, find] of [
  ['/', (page) => page.fill('#orders-search', 'INS1')],
  ['/admin/orders/', (page) => byId(page, 'filter-instrument').fill('INS1')]]) {
  test(`${path}: all of what is searched and filtered for, by ${how}`,
    withDesk({}, {}, async (world, desk) => {
      const boss = await world.token('boss');
      const made = await place(boss, many(40));
      const page = await desk.at(path, 'boss');
      await loaded(page);
      await state(page, 'live');
      await find(page);
      await info(page, '1–11 of 11 (40 in all)');
      await withTraffic(boss, [made[2].id], async () => {
        await hand.all(page);
        assert.equal(await page.locator('#cancel-all [name=within]').isChecked(),
                     true);
        await byId(page, 'cancel-all-instrument').fill('NONE');
        await hand.list(page);
        await page.locator('#cancel-all .form-error')
          .filter({ hasText: 'No open order matches' }).waitFor();
        await byId(page, 'cancel-all-instrument').fill('');
        await hand.list(page);
        await page.locator('#confirm-title').getByText('Cancel 11 orders?')
          .waitFor();
        await hand.agree(page);
        await said(page, '11 orders canceled.');
      });
      assert.deepEqual(await statuses(boss, [made[1].id, made[2].id,
                                             made[19].id]),
                       ['canceled', 'new', 'canceled']);
    }));
}

async function placeMany(session, n, fields) {
  const made = [];
  for (let left = n; left > 0; left -= 1000)
    made.push(...await place(session, many(Math.min(left, 1000), fields)));
  return made;
}
const canceled = async (session, query) => (await session.get(
  `/api/data/?status=canceled&page_size=1&${query}`)).body.count;
const asked = (page, text) => page.locator('#confirm-title')
  .getByText(text, { exact: true }).waitFor();
const told = (page, text) => page.locator('#confirm-list li')
  .filter({ hasText: text }).first().waitFor();

for (const [path, name, how] of [['/', 'demo', 'mouse'],
                                 ['/admin/orders/', 'boss', 'keys']]) {
  test(`${path}: all of more than a request may have, by ${how}`,
    withDesk({}, { expected: [/status of 4\d\d/] }, async (world, desk) => {
      const hand = HANDS[how];
      const boss = await world.token('boss');
      const demo = await world.token('demo');
      const made = await placeMany(demo, 2300, { instrument: 'EDF01' });
      const [other] = await place(demo, many(1, { instrument: 'EDF02' }));
      const [part, full, moved, gone] = [5, 1200, 1201, 2200].map((i) => made[i]);
      const page = await desk.at(path, name);
      await loaded(page);
      await state(page, 'live');
      await withTraffic(demo, [other.id], async () => {
        await hand.all(page);
        await byId(page, 'cancel-all-instrument').fill('EDF01');
        await hand.list(page);
        await asked(page, 'Cancel 2,300 orders?');
        await page.locator('#confirm-more').getByText('2,300 orders, of which the ' +
          'first 1,000 are in the list: scroll to see them.').waitFor();
        // One is filled some more, one is filled, one is changed and one goes.
        for (const [session, { id }, fields] of [
          [boss, part, { status: 'partially_filled', filled_quantity: '1' }],
          [boss, full, { status: 'filled', filled_quantity: full.quantity }],
          [demo, moved, { price: '7' }]])
          assert.equal((await session.patch(`/api/data/${id}/`, fields)).status, 200);
        assert.equal((await demo.delete(`/api/data/${gone.id}/`)).status, 204);
        await asked(page, 'Cancel 2,298 orders?');
        await hand.agree(page);
        await asked(page, '2,297 orders canceled, 2 left as they are');
        await told(page, `Order ${moved.id} (Buy EDF01): was changed in the ` +
          'meantime: price 201.5 → 7');
        await told(page, `Order ${full.id} (Buy EDF01): is filled`);
      });
      assert.equal(await canceled(demo, 'instrument=EDF01'), 2297);
      assert.deepEqual(await statuses(demo, [part.id, full.id, moved.id, other.id]),
                       ['canceled', 'filled', 'new', 'new']);
    }));
}

for (const [how, hand] of Object.entries(HANDS)) {
  test('a lost connection is told of all of more than a request may have, by ' +
    how,
    withDesk({}, { line: true, expected: [...UNREACHABLE, /status of 4\d\d/] },
      async (world, desk) => {
        const demo = await world.token('demo');
        await placeMany(demo, 2300, { instrument: 'EDF01' });
        const [busy] = await place(demo, many(1, { instrument: 'EDF02' }));
        const page = await desk.login();
        await withTraffic(demo, [busy.id], async () => {
          await hand.all(page);
          await byId(page, 'cancel-all-instrument').fill('EDF01');
          await hand.list(page);
          await asked(page, 'Cancel 2,300 orders?');
          // The second request is done, but nobody here hears of it.
          let sent = 0;
          await page.route('**/api/data/bulk/', async (route) => {
            if (++sent === 1) return route.continue();
            await route.fetch();
            await desk.line.cut();
            return route.abort('connectionreset');
          });
          await hand.agree(page);
          await asked(page, '1,000 orders canceled, 1,000 unknown, ' +
            '300 not sent');
          await page.locator('#confirm-text').getByText(
            'It was stopped: the server cannot be reached.').waitFor();
          await page.keyboard.press('Escape');
          assert.equal(await canceled(demo, ''), 2000);
          // These stay chosen, so that it can be gone on with.
          await page.unroute('**/api/data/bulk/');
          await desk.line.mend();
          await state(page, 'live');
          await count(page, '1,300 selected, 1,300 not shown');
          await hand.cancel(page);
          await hand.agree(page);
          // Some of those that are canceled already may be known to be by now.
          await said(page, /^(1,)?\d+ orders canceled, .*left as they are\.$/);
        });
        assert.equal(await canceled(demo, ''), 2300);
      }));
}

test('a cancel of more than a request may have can be stopped between two',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    await placeMany(demo, 2300, { instrument: 'EDF01' });
    const page = await desk.login();
    await HANDS.mouse.all(page);
    await byId(page, 'cancel-all-instrument').fill('');
    await page.keyboard.press('Enter');
    await asked(page, 'Cancel 2,300 orders?');
    let letGo;
    const held = new Promise((resolve) => { letGo = resolve; });
    await page.route('**/api/data/bulk/', async (route) => {
      await held;
      await route.continue();
    });
    await byId(page, 'confirm-yes').click();
    await byId(page, 'work-stop').click();
    await byId(page, 'work-stop').getByText('Stopping…').waitFor();
    letGo();
    await asked(page, '1,000 orders canceled, 1,300 not sent');
    await page.locator('#confirm-text').getByText(
      'You stopped it. What had been sent by then counts.').waitFor();
    await page.keyboard.press('Escape');
    assert.equal(await canceled(demo, ''), 1000);
    // The others stay chosen, so that it can be gone on with.
    await count(page, '1,300 selected, 1,300 not shown');
  }));
