// A trader's own grid: cells are changed in place, an order is copied into a new
// one, and the ticket stays for the next one; by mouse and by keys.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { byId, cell, closeBrowser, later, loaded, many, openBrowser, place, row,
         said, state, takeSide, withDesk } from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const REFUSED = [/status of 4\d\d/];
const editor = (page) => page.locator('.cell-editor :is(input, select)');
const field = (page, name) => page.locator(`#ticket [name=${name}]`);
const ticket = (page) => page.locator('#ticket[open]').waitFor();
const shut = (page) => page.locator('#ticket:not([open])').waitFor(
  { state: 'attached' });
const orders = async (session) =>
  (await session.get('/api/data/?ordering=id')).body.results;

// What demo may.
async function limit(world, rights) {
  const boss = await world.login('boss');
  const { body } = await boss.get('/api/users/?search=demo');
  const { status, text } = await boss.patch(
    `/api/users/${body.results[0].id}/`, rights);
  assert.equal(status, 200, text);
}

// What new tickets begin with.
async function prefer(session, ticket) {
  const { status, text } = await session.patch('/api/me/settings/', { ticket });
  assert.equal(status, 200, text);
}

// To a cell of an order's row, and what is typed there saved.
const CELLS = {
  mouse: {
    open: (page, id, name) => cell(page, id, name).dblclick(),
    save: (page) => page.locator('.cell-editor [type=submit]').click(),
  },
  keys: {
    async open(page, id, name) {
      await row(page, id).focus();
      if (await row(page, id).getAttribute('aria-selected') !== 'true')
        await page.keyboard.press('Enter');
      await page.keyboard.press('Enter');
      while (!(await editor(page).getAttribute('aria-label')).toLowerCase()
        .startsWith(name))
        await page.keyboard.press('Tab');
    },
    save: (page) => page.keyboard.press('Enter'),
  },
};

for (const [how, { open, save }] of Object.entries(CELLS)) {
  test(`quantity and price are changed in their cells, by ${how}`,
    withDesk({}, {}, async (world, desk) => {
      const boss = await world.token('boss');
      const demo = await world.token('demo');
      await boss.post('/api/instruments/', { symbol: 'INS0', tick: '0.25',
                                             lot: '10' });
      const [{ id }] = await place(demo,
        many(2, { quantity: '100', price: '300' }));
      const page = await desk.login('demo');
      await state(page, 'live');
      await open(page, id, 'price');
      assert.equal(await page.locator('#ticket[open]').count(), 0);
      // The steps are on their way yet.
      await page.waitForFunction(() => {
        const input = document.querySelector('.cell-editor input');
        input.dispatchEvent(new KeyboardEvent('keydown',
          { key: 'ArrowUp', bubbles: true, cancelable: true }));
        return input.value === '300.25';
      });
      await page.keyboard.press('Shift+ArrowDown');
      assert.equal(await editor(page).inputValue(), '297.75');
      await save(page);
      await said(page, 'is saved: price 300 → 297.75.');
      await open(page, id, 'quantity');
      await page.keyboard.press('ArrowUp');
      assert.equal(await editor(page).inputValue(), '110');
      await save(page);
      await said(page, 'quantity 100 → 110.');
      const [now, other] = await orders(demo);
      assert.deepEqual([now.price, now.quantity, other.price],
                       ['297.75', '110', '300']);
    }));
}

test('what staff alone may set has no cell of one\u2019s own; a price off its ' +
  'limit is said at the cell',
withDesk({}, { expected: REFUSED }, async (world, desk) => {
  const demo = await world.token('demo');
  const [{ id }] = await place(demo, many(1, { quantity: '100', price: '300' }));
  await limit(world, { max_quantity: '150' });
  const page = await desk.login('demo');
  await loaded(page);
  for (const name of ['status', 'updated']) {
    await cell(page, id, name).dblclick();
    assert.match(await editor(page).getAttribute('aria-label'), /^Quantity/);
    await page.keyboard.press('Escape');
    await editor(page).waitFor({ state: 'detached' });
  }
  await cell(page, id, 'quantity').dblclick();
  await page.keyboard.type('200');
  await page.keyboard.press('Enter');
  await page.locator('.cell-error', { hasText: '150' }).waitFor();
  await page.keyboard.press('Escape');
  assert.equal((await orders(demo))[0].quantity, '100');
}));

test('somebody else was faster: the cell asks, and what is chosen is written',
  withDesk({}, { expected: REFUSED }, async (world, desk) => {
    const demo = await world.token('demo');
    const [order] = await place(demo, many(1, { quantity: '100', price: '300' }));
    const page = await desk.login('demo', { realtime: false });
    await loaded(page);
    await cell(page, order.id, 'price').dblclick();
    await page.keyboard.type('301');
    await demo.patch(`/api/data/${order.id}/`, { price: '299' });
    await page.keyboard.press('Enter');
    await page.locator('#conflict[open]').waitFor();
    await later(page);
    await byId(page, 'keep-mine').click();
    await said(page, 'is saved');
    assert.equal((await orders(demo))[0].price, '301');
  }));

test('an order that is over is not edited: why is said',
  withDesk({}, {}, async (world, desk) => {
    const boss = await world.token('boss');
    const demo = await world.token('demo');
    const [{ id }] = await place(demo, many(1));
    await boss.patch(`/api/data/${id}/`, { status: 'rejected' });
    const page = await desk.login('demo');
    await loaded(page);
    await cell(page, id, 'price').dblclick();
    await said(page, 'was rejected and can no longer be changed.');
    assert.equal(await editor(page).count(), 0);
    assert.equal(await page.locator('#ticket[open]').count(), 0);
  }));

const COPY = {
  mouse: async (page, id) => {
    await row(page, id).click();
    await byId(page, 'order-copy').click();
  },
  keys: async (page, id) => {
    await row(page, id).focus();
    if (await row(page, id).getAttribute('aria-selected') !== 'true')
      await page.keyboard.press('Enter');
    await page.keyboard.press('d');
  },
};

for (const [how, copy] of Object.entries(COPY)) {
  test(`an order is copied into a new one, by ${how}`,
    withDesk({}, {}, async (world, desk) => {
      const demo = await world.token('demo');
      await prefer(demo, { side: 'buy', quantity: '7' });
      const [{ id }] = await place(demo, [{ instrument: 'EDF01', side: 'sell',
        quantity: '100', price: '12.5', client_order_id: 'mine' }]);
      const page = await desk.login('demo');
      await state(page, 'live');
      await copy(page, id);
      await ticket(page);
      assert.match(await page.locator('#ticket-title').innerText(),
                   new RegExp(`like order ${id}`));
      const values = {};
      for (const name of ['instrument', 'quantity', 'price', 'client_order_id'])
        values[name] = await field(page, name).inputValue();
      assert.deepEqual(values, { instrument: 'EDF01', quantity: '100',
                                 price: '12.5', client_order_id: '' });
      assert.equal(await page.locator('#ticket [value=sell]').isChecked(), true);
      // Nothing was typed: nothing is asked when it is left.
      await page.keyboard.press('Escape');
      await shut(page);
      assert.equal((await orders(demo)).length, 1);
      await copy(page, id);
      await ticket(page);
      await page.keyboard.type('150');
      await page.keyboard.press('Enter');
      await said(page, 'is placed.');
      const [, made] = await orders(demo);
      assert.deepEqual([made.instrument, made.side, made.quantity, made.price],
                       ['EDF01', 'sell', '150', '12.5']);
      assert.notEqual(made.client_order_id, 'mine');
    }));
}

test('staff copy an order of another for its owner',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const [{ id }] = await place(demo, many(1, { quantity: '5' }));
    const page = await desk.at('/admin/orders/', 'boss');
    await state(page, 'live');
    await COPY.mouse(page, id);
    await ticket(page);
    assert.equal(await field(page, 'owner').inputValue(), 'demo');
    await page.keyboard.press('Enter');
    await said(page, 'is placed.');
    assert.equal((await orders(demo)).length, 2);
  }));

test('nobody who may not add orders can copy one',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const [{ id }] = await place(demo, many(1));
    await limit(world, { may_add: false });
    const page = await desk.login('demo');
    await loaded(page);
    await row(page, id).click();
    await page.keyboard.press('d');
    await said(page, 'You may not add orders.');
    assert.equal(await page.locator('#ticket[open]').count(), 0);
  }));

const PRESS = {
  mouse: (page) => page.locator('#ticket button[type=submit]').click(),
  keys: (page) => page.keyboard.press('Enter'),
};

for (const [how, press] of Object.entries(PRESS)) {
  test(`the ticket stays for the next order, if one wants it, by ${how}`,
    withDesk({}, {}, async (world, desk) => {
      const demo = await world.token('demo');
      await prefer(demo, { instruments: { EDF01: { quantity: '70' } } });
      const page = await desk.login('demo', { realtime: false });
      await page.keyboard.press('n');
      await ticket(page);
      const keep = byId(page, 'ticket-keep');
      if (how === 'mouse') {
        await keep.check();
      } else {
        await keep.focus();
        await page.keyboard.press('Space');
      }
      await field(page, 'instrument').fill('EDF01');
      await takeSide(page);
      await field(page, 'price').fill('12.5');
      await field(page, 'quantity').fill('100');
      await press(page);
      await byId(page, 'ticket-placed')
        .filter({ hasText: 'Order 1 (Buy EDF01) is placed.' }).waitFor();
      await ticket(page);
      assert.deepEqual([await field(page, 'instrument').inputValue(),
                        await field(page, 'quantity').inputValue(),
                        await field(page, 'price').inputValue()],
                       ['EDF01', '70', '']);
      // A second press is none of the same order.
      await press(page);
      await page.locator('#ticket-price-error').waitFor();
      assert.equal((await orders(demo)).length, 1);
      await takeSide(page, 'sell');
      await field(page, 'price').fill('12.75');
      await field(page, 'quantity').fill('50');
      await press(page);
      await byId(page, 'ticket-placed')
        .filter({ hasText: 'Order 2 (Sell EDF01) is placed.' }).waitFor();
      await page.keyboard.press('Escape');
      await shut(page);
      assert.deepEqual((await orders(demo)).map(({ side, quantity, price }) =>
        [side, quantity, price]),
      [['buy', '100', '12.5'], ['sell', '50', '12.75']]);
      // Of a change it is not asked, and it is remembered.
      await row(page, 1).click();
      await page.keyboard.press('e');
      await ticket(page);
      assert.equal(await keep.isVisible(), false);
      await page.keyboard.press('Escape');
      await page.reload();
      await loaded(page);
      await page.keyboard.press('n');
      await ticket(page);
      assert.equal(await keep.isChecked(), true);
    }));
}
