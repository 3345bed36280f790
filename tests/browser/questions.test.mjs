// Questions before something is lost or done: what they offer is what can be
// done, and a key pressed by habit drops nothing.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { byId, cell, closeBrowser, loaded, many, openBrowser, place, row, said,
         state, withDesk } from './lib/page.mjs';
import { withTraffic } from './lib/traffic.mjs';

before(openBrowser);
after(closeBrowser);

const REFUSED = [/status of 4\d\d/];
const PATH = '/admin/orders/';
const open = (page, id) => page.locator(`#${id}[open]`).waitFor();
const shut = (page, id) => page.locator(`#${id}:not([open])`)
  .waitFor({ state: 'attached' });
const keepMine = (page) => byId(page, 'keep-mine');

test('mine is not kept where more than that is filled meanwhile',
  withDesk({}, { expected: REFUSED }, async (world, desk) => {
    const demo = await world.token('demo');
    const boss = await world.token('boss');
    const [busy, order] = await place(demo, many(2, { quantity: '100' }));
    const page = await desk.login();
    await row(page, order.id).click();
    await withTraffic(demo, [busy.id], async () => {
      await page.keyboard.press('e');
      await open(page, 'ticket');
      await page.fill('#ticket-quantity', '20');
      await boss.patch(`/api/data/${order.id}/`,
        { status: 'partially_filled', filled_quantity: '60' });
      await page.locator('#ticket-now').getByText('60 of 100 filled, 40 to go')
        .waitFor();
      await page.keyboard.press('Enter');
      await open(page, 'conflict');
      assert.match(await page.locator('#conflict-text').innerText(),
                   /It is now: Buy 100 INS1 @ 1\.5 = 150, 40 to go\./);
      assert.equal(await byId(page, 'conflict-why').innerText(),
        'Yours can’t be kept: 60 are filled already, more than 20.');
      assert.equal(await keepMine(page).isDisabled(), true);
      // Enter, by habit: back to the ticket, with what was typed.
      await page.keyboard.press('Enter');
      await shut(page, 'conflict');
      assert.equal(await page.locator('#ticket-quantity').inputValue(), '20');
      await page.fill('#ticket-quantity', '70');
      await page.locator('#ticket-quantity').press('Enter');
      await open(page, 'conflict');
      await keepMine(page).click();
      await said(page, 'is saved.');
    });
    const { body } = await demo.get(`/api/data/${order.id}/`);
    assert.deepEqual([body.quantity, body.filled_quantity, body.status],
                     ['70', '60', 'partially_filled']);
  }));

test('filled while it was asked about, an order is not canceled',
  withDesk({}, { expected: REFUSED }, async (world, desk) => {
    const demo = await world.token('demo');
    const boss = await world.token('boss');
    const [busy, order] = await place(demo, many(2));
    const page = await desk.login();
    await row(page, order.id).click();
    await withTraffic(demo, [busy.id], async () => {
      await page.keyboard.press('c');
      await open(page, 'confirm');
      await boss.patch(`/api/data/${order.id}/`,
        { status: 'filled', filled_quantity: '2' });
      await byId(page, 'confirm-yes').click();
      await open(page, 'conflict');
      assert.equal(await keepMine(page).isDisabled(), true);
      assert.equal(await byId(page, 'conflict-why').innerText(), 'Yours ' +
        'can’t be kept: the order is filled: nothing is left to cancel.');
      await byId(page, 'take-theirs').click();
      await said(page, 'is as they left it.');
      // And the buttons know it from then on.
      await page.locator('#order-cancel:disabled').waitFor();
      assert.match(await byId(page, 'order-cancel').getAttribute('title'),
                   /is filled: nothing is left to cancel/);
      assert.equal(await byId(page, 'order-change').isDisabled(), true);
      assert.equal(await byId(page, 'order-remove').isDisabled(), true);
      await page.keyboard.press('c');
      await said(page, 'is filled: nothing is left to cancel.');
    });
    assert.equal((await demo.get(`/api/data/${order.id}/`)).body.status,
                 'filled');
  }));

test('Esc on a changed ticket asks, as often as it is pressed',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const [busy] = await place(demo, many(1));
    const page = await desk.login();
    const { keyboard } = page;
    await withTraffic(demo, [busy.id], async () => {
      await keyboard.press('n');
      await keyboard.press('Escape');
      await shut(page, 'ticket');
      await keyboard.press('n');
      await keyboard.type('EDF01');
      for (let i = 0; i < 3; i++) {
        await keyboard.press('Escape');
        await open(page, 'confirm');
        await keyboard.press('Escape');
        await shut(page, 'confirm');
        assert.equal(await page.locator('#ticket-instrument').inputValue(),
                     'EDF01');
      }
      // Enter, by habit, goes back to it.
      await page.locator('#ticket [data-leave]').click();
      await open(page, 'confirm');
      await keyboard.press('Enter');
      await shut(page, 'confirm');
      await open(page, 'ticket');
      await keyboard.press('Escape');
      await byId(page, 'confirm-yes').click();
      await shut(page, 'ticket');
    });
    assert.equal((await demo.get('/api/data/?instrument=EDF01')).body.count, 0);
  }));

test('an old version of one of many is no dead end with Realtime off',
  withDesk({}, { expected: REFUSED }, async (world, desk) => {
    const demo = await world.token('demo');
    const made = await place(demo, many(6, { price: '10' }));
    const ids = made.slice(1, 5).map(({ id }) => id);
    const page = await desk.at(PATH, 'boss');
    await loaded(page);
    await state(page, 'live');
    await page.keyboard.press('r');
    await state(page, 'connected');
    for (const id of ids) await row(page, id).locator('.choose').click();
    await demo.patch(`/api/data/${ids[0]}/`, { price: '9' });
    await demo.delete(`/api/data/${ids[3]}/`);
    await withTraffic(demo, [made[0].id], async () => {
      await page.keyboard.press('c');
      await open(page, 'confirm');
      await byId(page, 'confirm-yes').click();
      await byId(page, 'confirm-yes').filter({ hasText: 'Cancel 3 orders' })
        .waitFor();
      await byId(page, 'confirm-list').filter({ hasText:
        'changed meanwhile: price 10 → 9' }).waitFor();
      for (const { id } of made)
        if (id !== ids[3])
          assert.equal((await demo.get(`/api/data/${id}/`)).body.status, 'new');
      await byId(page, 'confirm-yes').click();
      await said(page, '3 orders canceled.');
      await cell(page, ids[0], 'status').filter({ hasText: 'canceled' })
        .waitFor();
    });
    for (const id of ids.slice(0, 3))
      assert.equal((await demo.get(`/api/data/${id}/`)).body.status,
                   'canceled');
    assert.equal((await demo.get(`/api/data/${made[5].id}/`)).body.status,
                 'new');
  }));

test('staff correct an order that is over in so many words, or not at all',
  withDesk({}, { expected: REFUSED }, async (world, desk) => {
    const demo = await world.token('demo');
    const boss = await world.token('boss');
    const [busy, order] = await place(demo, many(2));
    await boss.patch(`/api/data/${order.id}/`,
      { status: 'filled', filled_quantity: '2' });
    const page = await desk.at(PATH, 'boss');
    await loaded(page);
    await state(page, 'live');
    const status = async () =>
      (await demo.get(`/api/data/${order.id}/`)).body.status;
    await withTraffic(demo, [busy.id], async () => {
      await row(page, order.id).click();
      assert.equal(await byId(page, 'order-cancel').isDisabled(), true);
      await cell(page, order.id, 'status').dblclick();
      await page.locator('.cell-editor select').selectOption('canceled');
      await page.keyboard.press('Enter');
      await open(page, 'confirm');
      assert.match(await page.locator('#confirm').innerText(),
                   /Correct order 2 to canceled\?\s+It is filled:/);
      await page.keyboard.press('Enter');
      await page.locator('.cell-error').filter({ hasText: 'Nothing of yours' })
        .waitFor();
      assert.equal(await status(), 'filled');
      await page.keyboard.press('Enter');
      await byId(page, 'confirm-yes').click();
      await said(page, 'is saved.');
    });
    assert.equal(await status(), 'canceled');
  }));
