// What is open on the page follows what becomes of it: the ticket its order,
// rights and limits, an action what is known of its outcome.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { byId, cell, closeBrowser, loaded, many, openBrowser, place, row, said,
         state, takeSide, withDesk } from './lib/page.mjs';
import { withTraffic } from './lib/traffic.mjs';

before(openBrowser);
after(closeBrowser);

const ADMIN = '/admin/orders/';
const REFUSED = [/status of 4\d\d/];
const open = (page, id) => page.locator(`#${id}[open]`).waitFor();
const now = (page, text) => page.locator('#ticket-now').filter(
  { hasText: text }).waitFor();
const warned = (page, text) => byId(page, 'ticket-warning').filter(
  { hasText: text }).waitFor();
const verb = (page, text) => page.locator('#ticket button[type=submit]')
  .getByText(text, { exact: true }).waitFor();
const valueOf = (page, name) => page.locator(`#ticket-${name}`).inputValue();
const isArmed = (page) => page.locator('#ticket button[type=submit].primary')
  .count();

for (const [path, name] of [['/', 'demo'], [ADMIN, 'boss']]) {
  const whose = name === 'boss' ? ' for boss' : '';

  test(`${path}: the ticket follows its order where nobody types over it`,
    withDesk({}, { expected: REFUSED }, async (world, desk) => {
      const owner = await world.token(name);
      const [busy, order] = await place(owner, many(2, { quantity: '100' }));
      const page = await desk.at(path, name);
      await loaded(page);
      await state(page, 'live');
      await row(page, order.id).click();
      await withTraffic(owner, [busy.id], async () => {
        await page.keyboard.press('e');
        await open(page, 'ticket');
        const place = () => page.locator('#ticket-price').evaluate((one) =>
          one.getBoundingClientRect().top);
        const before = await place();
        await page.fill('#ticket-price', '2.5');
        await owner.patch(`/api/data/${order.id}/`,
          { side: 'sell', instrument: 'OTHER' });
        await now(page, 'Changed in the meantime: instrument INS1 → OTHER, side ' +
          'Buy → Sell');
        // What is far from orders of one instrument is not from those of another.
        await page.locator('#ticket-warning:empty').waitFor({ state: 'attached' });
        assert.equal(await place(), before); // no field has moved
        await verb(page, `Save${whose}: Sell 100 OTHER @ 2.5 = 250`);
        assert.equal(await valueOf(page, 'instrument'), 'OTHER');
        assert.equal(await valueOf(page, 'price'), '2.5');
        // What is chosen in a field stays chosen: typing replaces it.
        await page.locator('#ticket-quantity').selectText();
        await owner.patch(`/api/data/${order.id}/`, { quantity: '80' });
        await verb(page, `Save${whose}: Sell 80 OTHER @ 2.5 = 200`);
        await page.keyboard.type('90');
        await verb(page, `Save${whose}: Sell 90 OTHER @ 2.5 = 225`);
        // What somebody has typed over is told, and asked about.
        await owner.patch(`/api/data/${order.id}/`, { price: '2' });
        await now(page, 'price 1.5 → 2');
        assert.equal(await valueOf(page, 'price'), '2.5');
        await page.keyboard.press('Enter');
        await page.locator('#conflict[open], #ticket .form-error:not(:empty)')
          .first().waitFor();
        // A price far from the last one is asked about before.
        while (!await page.locator('#conflict[open]').count())
          await page.keyboard.press('Enter');
        await byId(page, 'keep-mine').click();
        await said(page, 'is saved');
      });
      const { body } = await owner.get(`/api/data/${order.id}/`);
      assert.deepEqual([body.side, body.instrument, body.quantity, body.price],
                       ['sell', 'OTHER', '90', '2.5']);
    }));

  test(`${path}: the ticket of an order that is gone says so, and saves nothing`,
    withDesk({}, { expected: REFUSED }, async (world, desk) => {
      const owner = await world.token(name);
      const [busy, order] = await place(owner, many(2));
      const page = await desk.at(path, name);
      await loaded(page);
      await state(page, 'live');
      await row(page, order.id).click();
      await withTraffic(owner, [busy.id], async () => {
        await page.keyboard.press('e');
        await page.fill('#ticket-quantity', '5');
        await verb(page, `Save${whose}: Buy 5 INS1 @ 1.5 = 7.5`);
        await owner.delete(`/api/data/${order.id}/`);
        await warned(page, `Order ${order.id} (Buy INS1) has been removed ` +
          'in the meantime and can no longer be changed.');
        await verb(page, 'Save changes');
        assert.equal(await isArmed(page), 0);
        await page.keyboard.press('Enter');
        await page.locator('#ticket .form-error').filter({ hasText:
          'has been removed in the meantime' }).waitFor();
        assert.equal(await valueOf(page, 'quantity'), '5');
      });
    }));
}

test('the ticket of an order that is over says so, as it comes',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const boss = await world.token('boss');
    const [busy, order] = await place(demo, many(2));
    const page = await desk.login();
    await row(page, order.id).click();
    await withTraffic(demo, [busy.id], async () => {
      await page.keyboard.press('e');
      await page.fill('#ticket-price', '5');
      await boss.patch(`/api/data/${order.id}/`,
        { status: 'filled', filled_quantity: '2' });
      await warned(page, `Order ${order.id} (Buy INS1) is filled and can no ` +
        'longer be changed.');
      assert.equal(await isArmed(page), 0);
      await page.keyboard.press('Enter');
      await page.locator('#ticket .form-error').filter({ hasText: 'is filled' })
        .waitFor();
    });
    assert.equal((await demo.get(`/api/data/${order.id}/`)).body.price, '1.5');
  }));

test('an open ticket follows rights and limits',
  withDesk({ redis: true }, {}, async (world, desk) => {
    const boss = await world.login('boss');
    const demo = await world.token('demo');
    const page = await desk.login();
    const { id } = (await demo.get('/api/me/')).body;
    const set = async (rights) => {
      const { status, text } = await boss.patch(`/api/users/${id}/`, rights);
      assert.equal(status, 200, text);
    };
    await page.keyboard.press('n');
    for (const [field, text] of [['instrument', 'EDF01'], ['quantity', '20'],
      ['price', '3']]) await page.fill(`#ticket-${field}`, text);
    await takeSide(page);
    await verb(page, 'Buy 20 EDF01 @ 3 = 60');
    // Limits are read as one types.
    await set({ max_quantity: '10' });
    const beyond = byId(page, 'ticket-warning').filter({ hasText:
      'The quantity is above your limit of 10 per order.' });
    for (let price = 4; !await beyond.count(); price++) {
      const read = page.waitForResponse((answer) =>
        /api.(me|data)/.test(answer.url()));
      await page.fill('#ticket-price', String(price));
      await read;
    }
    await page.fill('#ticket-price', '3');
    await set({ max_quantity: null, may_add: false });
    await warned(page, 'You may not add orders.');
    await verb(page, 'Place order');
    assert.equal(await isArmed(page), 0);
    await page.keyboard.press('Enter');
    await page.locator('#ticket .form-error').filter({ hasText: 'may not add orders' })
      .waitFor();
    await set({ may_add: true });
    await verb(page, 'Buy 20 EDF01 @ 3 = 60');
    await page.keyboard.press('Enter');
    await said(page, 'is placed.');
  }));

// Holds back the answers to what is written until end() is called.
async function heldWrites(desk, abort) {
  const held = {};
  await desk.context.route('**/api/data/**', async (route) => {
    if (!['POST', 'PATCH', 'DELETE'].includes(route.request().method()))
      return route.continue();
    await new Promise((resolve) => { held.end = resolve; });
    return abort ? route.abort() : route.continue();
  });
  return held;
}

test('what takes its time is said to be under way',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const [one, two, three] = await place(demo, many(3));
    const page = await desk.at(ADMIN, 'boss');
    await loaded(page);
    await state(page, 'live');
    const held = await heldWrites(desk, false);
    await row(page, one.id).click();
    await page.keyboard.press('c');
    await byId(page, 'confirm-yes').click();
    await said(page, `Order ${one.id} (Buy INS0) is being canceled…`);
    held.end();
    await said(page, `Order ${one.id} (Buy INS0) is canceled.`);
    await cell(page, two.id, 'price').click();
    await page.keyboard.press('Enter');
    await page.locator('.cell-editor input').fill('1.6');
    await page.keyboard.press('Enter');
    await page.locator('.cell-echo').getByText('Saving…').waitFor();
    held.end();
    await said(page, 'is saved');
    await page.keyboard.press('e');
    await page.fill('#ticket-quantity', '7');
    await page.keyboard.press('Enter');
    await verb(page, 'Saving: Buy 7 INS1 @ 1.6 = 11.2…');
    held.end();
    await said(page, 'is saved');
    for (const { id } of [two, three])
      await row(page, id).locator('.choose').click();
    await page.keyboard.press('Delete');
    await byId(page, 'confirm-yes').click();
    await said(page, `Orders ${two.id} and ${three.id} are being removed…`);
    held.end();
    await said(page, '2 orders removed.');
    await page.keyboard.press('n');
    for (const [field, text] of [['instrument', 'EDF01'], ['quantity', '20'],
      ['price', '3']]) await page.fill(`#ticket-${field}`, text);
    await takeSide(page);
    await page.keyboard.press('Enter');
    await verb(page, 'Placing: Buy 20 EDF01 @ 3 = 60…');
    held.end();
    await said(page, 'is placed.');
  }));

test('what nobody knows the outcome of is named',
  withDesk({}, { expected: [/ERR_FAILED/] }, async (world, desk) => {
    const demo = await world.token('demo');
    const [one, two] = await place(demo, many(2));
    const page = await desk.at(ADMIN, 'boss');
    await loaded(page);
    await page.keyboard.press('r');
    await state(page, 'connected');
    await desk.context.route('**/api/data/**', (route) =>
      route.request().method() === 'GET' ? route.continue() : route.abort());
    const act = async (key, ...words) => {
      await page.keyboard.press(key);
      await byId(page, 'confirm-yes').click();
      for (const text of words) await said(page, text);
    };
    await row(page, one.id).click();
    await act('c', 'The server cannot be reached. It is not known whether ' +
      `order ${one.id} (Buy INS0) was canceled: its history will tell.`);
    await act('Delete', `It is not known whether order ${one.id} (Buy INS0) ` +
      'was removed: if it was, it is no longer listed.');
    await page.keyboard.press('Enter');
    await page.locator('.cell-editor input').fill('0.51');
    await page.keyboard.press('Enter');
    await page.locator('.cell-error').getByText('It is not known whether ' +
      `order ${one.id} (Buy INS0) was changed: its history will tell.`).waitFor();
    await page.keyboard.press('Escape');
    for (const { id } of [one, two])
      await row(page, id).locator('.choose').click();
    await act('c', 'It is not known whether orders ' +
      `${one.id} and ${two.id} were canceled.`);
  }));
