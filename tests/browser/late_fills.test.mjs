// What was canceled and is filled all the same is said, until it was read: while
// 20 changes arrive each second.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { UNREACHABLE, byId, cell, closeBrowser, loaded, many, openBrowser,
         place, row, said, search, state, withDesk } from './lib/page.mjs';
import { withTraffic } from './lib/traffic.mjs';

before(openBrowser);
after(closeBrowser);

const ADMIN = '/admin/orders/';
const told = (page, text) => byId(page, 'late-fills').filter({ hasText: text })
  .waitFor();
const untold = (page) => byId(page, 'late-fills').waitFor({ state: 'hidden' });
const patch = async (session, { id }, fields) => {
  const { status, text } = await session.patch(`/api/data/${id}/`, fields);
  assert.equal(status, 200, text);
};

for (const how of ['mouse', 'keys']) {
  for (const realtime of ['on', 'off']) {
    test(`a fill after a cancel is said, by ${how}, Realtime ${realtime}`,
      withDesk({}, {}, async (world, desk) => {
        const demo = await world.token('demo');
        const boss = await world.token('boss');
        const [busy, order] = await place(demo, many(2, { quantity: '100' }));
        const page = await desk.login('demo', { realtime: realtime === 'on' });
        await search(page, 'INS');
        await row(page, order.id).click();
        await withTraffic(demo, [busy.id], async () => {
          if (how === 'keys') await page.keyboard.press('c');
          else await byId(page, 'order-cancel').click();
          await byId(page, 'confirm-yes').click();
          await said(page, 'is canceled.');
          await patch(boss, order, { status: 'partially_filled',
                                     filled_quantity: '60' });
          if (realtime === 'off') await page.keyboard.press('r');
          await told(page, `Order ${order.id} (Buy INS1) was canceled, but ` +
            'has been filled since: 60 of 100 filled, 40 remaining.');
          assert.equal(await page.locator('#late-fills-text')
            .getAttribute('role'), 'alert');
          // More of it, and it stays whatever else is done.
          await patch(boss, order, { status: 'filled', filled_quantity: '100' });
          await told(page, '100 of 100 filled');
          await row(page, busy.id).click();
          await page.keyboard.press('e');
          await page.keyboard.press('Escape');
          await told(page, '100 of 100 filled');
          if (how === 'keys') await byId(page, 'late-fills-read').press('Enter');
          else await byId(page, 'late-fills-read').click();
          await untold(page);
        });
        const { body } = await demo.get(`/api/data/${order.id}/`);
        assert.equal(body.filled_quantity, '100');
      }));
  }
}

test('so is one that was filled while nobody was connected',
  withDesk({}, { line: true, expected: UNREACHABLE },
    async (world, desk) => {
      const demo = await world.token('demo');
      const boss = await world.token('boss');
      const [order] = await place(demo, many(1, { quantity: '100' }));
      await patch(demo, order, { status: 'canceled' });
      const page = await desk.login();
      await row(page, order.id).waitFor();
      await desk.line.cut();
      await state(page, 'offline');
      await patch(boss, order, { status: 'filled', filled_quantity: '100' });
      await desk.line.mend();
      await told(page, '(Buy INS0) was canceled, but has been filled since');
    }));

test('an order that is not on the page, one opened again, and several',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const boss = await world.token('boss');
    const orders = await place(demo, many(5, { quantity: '100' }));
    for (const order of orders) await patch(demo, order, { status: 'canceled' });
    const page = await desk.login();
    await search(page, 'NOTHING');
    await page.locator('td.dt-empty').waitFor();
    await page.reload();
    await state(page, 'live');
    await patch(boss, orders[0], { status: 'new' });
    await told(page, `Order ${orders[0].id} (Buy INS0) was canceled, but is ` +
      'open again.');
    for (const order of orders.slice(1))
      await patch(boss, order, { status: 'filled', filled_quantity: '100' });
    await told(page, 'Buy INS4');
    await told(page, 'So did 2 before.');
  }));

test('staff hear of their own alone', withDesk({}, {}, async (world, desk) => {
  const demo = await world.token('demo');
  const boss = await world.token('boss');
  const [theirs] = await place(demo, many(1));
  const [own] = await place(boss, many(1, { instrument: 'OWN' }));
  for (const order of [theirs, own])
    await patch(boss, order, { status: 'canceled' });
  const page = await desk.at(ADMIN, 'boss');
  await loaded(page);
  await state(page, 'live');
  await patch(boss, theirs, { status: 'filled', filled_quantity: '1' });
  await cell(page, theirs.id, 'status').filter({ hasText: 'filled' }).waitFor();
  await untold(page);
  await patch(boss, own, { status: 'filled', filled_quantity: '1' });
  await told(page, '(Buy OWN) was canceled');
  assert.ok(!(await byId(page, 'late-fills').innerText()).includes('INS0'));
}));

test('a cancel, and a fill of what is open, are no news of that kind',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const boss = await world.token('boss');
    const [one, two] = await place(demo, many(2));
    const page = await desk.login();
    await row(page, one.id).waitFor();
    await patch(boss, one, { status: 'filled', filled_quantity: '1' });
    await patch(demo, two, { status: 'canceled' });
    await patch(boss, two, { client_order_id: 'x' });
    await cell(page, two.id, 'status').filter({ hasText: 'canceled' }).waitFor();
    await cell(page, one.id, 'status').filter({ hasText: 'filled' }).waitFor();
    await untold(page);
  }));
