// No page makes a wrong trade: what is written is what somebody confirmed, and
// it is said what that was. While changes arrive; the API is asked afterwards.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { byId, cell, closeBrowser, later, loaded, many, openBrowser, place, row,
         rowsOf, said, search, state, stopTime, takeSide, withDesk } from './lib/page.mjs';
import { withTraffic } from './lib/traffic.mjs';

before(openBrowser);
after(closeBrowser);

const ADMIN = '/admin/orders/';
const REFUSED = [/status of 4\d\d/];
const open = (page, id) => page.locator(`#${id}[open]`).waitFor();
const shut = (page, id) => page.locator(`#${id}:not([open])`)
  .waitFor({ state: 'attached' });
const editor = (page) => page.locator('.cell-editor :is(input, select)');
const error = (page, text) => page.locator('.cell-error')
  .filter({ hasText: text }).waitFor();
const read = async (session, { id }) =>
  (await session.get(`/api/data/${id}/`)).body;
const isInView = (locator) => locator.evaluate((one) => {
  const { top, bottom, left, right } = one.getBoundingClientRect();
  const over = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  return top >= 0 && bottom <= innerHeight && left >= 0 &&
    right <= innerWidth && one.contains(over);
});

// A button of a dialog: by the pointer, or by keys alone.
const PRESS = {
  mouse: (page, id) => byId(page, id).click(),
  async keys(page, id) {
    const it = byId(page, id);
    while (!await it.evaluate((one) => one === document.activeElement))
      await page.keyboard.press('Tab');
    await it.and(page.locator(':not([aria-disabled])')).waitFor();
    await page.keyboard.press('Enter');
  },
};

async function at(desk, path, name) {
  const page = await desk.at(path, name);
  await loaded(page);
  await state(page, 'live');
  return page;
}

// Somebody is always faster: the order changes just before each attempt.
async function outrun(page, session, { id }) {
  let quantity = 100;
  await page.route(`**/api/data/${id}/`, async (route) => {
    if (route.request().method() !== 'GET')
      await session.patch(`/api/data/${id}/`, { quantity: String(++quantity) });
    await route.continue();
  });
  return () => String(quantity);
}

for (const how of ['mouse', 'keys']) {
  for (const [path, name] of [['/', 'demo'], [ADMIN, 'boss']]) {
    test(`${path}: mine is kept on an order that never stands still, by ${how}`,
      withDesk({}, { expected: REFUSED }, async (world, desk) => {
        const owner = await world.token(name);
        const [order] = await place(owner, many(2, { quantity: '100' }));
        const page = await at(desk, path, name);
        const quantity = await outrun(page, owner, order);
        await row(page, order.id).click();
        await page.keyboard.press('e');
        await open(page, 'ticket');
        await page.fill('#ticket-price', '0.51');
        await page.locator('#ticket-price').press('Enter');
        await open(page, 'conflict');
        assert.equal(await byId(page, 'conflict-what').innerText(),
          '“Keep mine” saves price 0.51; all else stays as it is now.');
        await PRESS[how](page, 'keep-mine');
        await said(page, `Order ${order.id} (Buy INS0) is saved: ` +
          'price 0.5 → 0.51.');
        assert.equal(await page.locator('dialog[open]').count(), 0);
        const { price, quantity: now, side } = await read(owner, order);
        assert.deepEqual([price, now, side], ['0.51', quantity(), 'buy']);
      }));
  }

  test(`who goes back from a conflict has the order as it is now, by ${how}`,
    withDesk({}, { expected: REFUSED }, async (world, desk) => {
      const boss = await world.token('boss');
      const [order, busy] = await place(boss, many(2, { quantity: '100' }));
      const page = await at(desk, ADMIN, 'boss');
      await page.keyboard.press('r');
      await state(page, 'connected');
      await withTraffic(boss, [busy.id], async () => {
        await row(page, order.id).click();
        await page.keyboard.press('e');
        await open(page, 'ticket');
        await page.fill('#ticket-quantity', '99');
        await boss.patch(`/api/data/${order.id}/`, { price: '70' });
        await page.locator('#ticket-quantity').press('Enter');
        await open(page, 'conflict');
        if (how === 'mouse')
          await page.locator('#conflict').getByText('Back').click();
        else await page.keyboard.press('Escape');
        await shut(page, 'conflict');
        await page.locator('#ticket-now').filter({ hasText:
          'Changed in the meantime: price 0.5 → 70' }).waitFor();
        await page.locator('#ticket button[type=submit]').getByText(
          'Save for boss: Buy 99 INS0 @ 70 = 6,930', { exact: true }).waitFor();
        assert.equal(await page.inputValue('#ticket-price'), '70');
        await page.keyboard.press('Escape');
        await byId(page, 'confirm-yes').click();
        // A cell likewise.
        await cell(page, order.id, 'quantity').dblclick();
        await editor(page).fill('98');
        await boss.patch(`/api/data/${order.id}/`, { price: '71' });
        await page.keyboard.press('Enter');
        await open(page, 'conflict');
        await page.keyboard.press('Escape');
        await page.locator('.cell-echo').getByText(
          'quantity 100 → 98: Buy 98 INS0 @ 71 = 6,958').waitFor();
      });
      assert.equal((await read(boss, order)).quantity, '100');
    }));

  test(`a cell’s is kept on an order that never stands still, by ${how}`,
    withDesk({}, { expected: REFUSED }, async (world, desk) => {
      const demo = await world.token('demo');
      const [order] = await place(demo, many(2, { quantity: '100' }));
      const page = await at(desk, ADMIN, 'boss');
      const quantity = await outrun(page, demo, order);
      await cell(page, order.id, 'side').dblclick();
      await editor(page).selectOption('sell');
      await page.keyboard.press('Enter');
      await open(page, 'conflict');
      await PRESS[how](page, 'keep-mine');
      await said(page, `Order ${order.id} (Sell INS0) is saved: ` +
        'side Buy → Sell.');
      const { side, quantity: now } = await read(demo, order);
      assert.deepEqual([side, now], ['sell', quantity()]);
    }));

  test('what is agreed to write over one that is open is not written over one ' +
    `that is filled since, by ${how}`,
    withDesk({}, { expected: REFUSED }, async (world, desk) => {
      const demo = await world.token('demo');
      const boss = await world.token('boss');
      const [busy, order] = await place(demo, many(2, { quantity: '100' }));
      const page = await at(desk, ADMIN, 'boss');
      await page.keyboard.press('r');
      await state(page, 'connected');
      await withTraffic(demo, [busy.id], async () => {
        await cell(page, order.id, 'side').dblclick();
        await editor(page).selectOption('sell');
        await demo.patch(`/api/data/${order.id}/`, { price: '9' });
        await page.keyboard.press('Enter');
        await open(page, 'conflict');
        await boss.patch(`/api/data/${order.id}/`,
          { status: 'filled', filled_quantity: '100' });
        await PRESS[how](page, 'keep-mine');
        await page.locator('#conflict-rows').getByText('filled', { exact: true })
          .first().waitFor();
        assert.equal((await read(demo, order)).side, 'buy');
        await PRESS[how](page, 'keep-editing');
        await error(page, 'Your change was not saved.');
      });
      assert.equal((await read(demo, order)).side, 'buy');
    }));

  for (const [path, name] of [['/', 'demo'], [ADMIN, 'boss']]) {
    test(`${path}: the dialog of a conflict follows its order, by ${how}`,
      withDesk({}, { expected: REFUSED }, async (world, desk) => {
        const owner = await world.token(name);
        const boss = await world.token('boss');
        const [busy, order] = await place(owner, many(2, { quantity: '100' }));
        const page = await at(desk, path, name);
        const text = (words) => page.locator('#conflict-text').filter(
          { hasText: words }).waitFor();
        await row(page, order.id).click();
        await withTraffic(owner, [busy.id], async () => {
          await page.keyboard.press('e');
          await page.fill('#ticket-quantity', '70');
          await owner.patch(`/api/data/${order.id}/`, { client_order_id: 'x' });
          await page.locator('#ticket-now').filter({ hasText: 'client id' })
            .waitFor();
          await page.locator('#ticket-quantity').press('Enter');
          await open(page, 'conflict');
          await text('Buy 100 INS1 @ 1.5 = 150, 100 remaining.');
          const where = () => byId(page, 'keep-mine').boundingBox();
          const before = await where();
          await owner.patch(`/api/data/${order.id}/`, { price: '1.6' });
          await text('Buy 100 INS1 @ 1.6 = 160, 100 remaining.');
          // The buttons stay under the hand.
          assert.deepEqual(await where(), before);
          await boss.patch(`/api/data/${order.id}/`,
            { status: 'partially_filled', filled_quantity: '80' });
          await text('20 remaining.');
          assert.equal(await byId(page, 'conflict-why').innerText(), 'Your change ' +
            'can’t be saved: 80 are filled already, more than 70.');
          assert.equal(await byId(page, 'keep-mine').isDisabled(), true);
          await boss.patch(`/api/data/${order.id}/`,
            { status: 'filled', filled_quantity: '100' });
          await text('0 remaining.');
          await owner.delete(`/api/data/${order.id}/`);
          await boss.delete(`/api/data/${order.id}/`);
          await page.locator('#conflict-title').filter({ hasText:
            `Order ${order.id} (Buy INS1) has been removed` }).waitFor();
          assert.equal(await byId(page, 'take-theirs').isDisabled(), true);
          await PRESS[how](page, 'keep-editing');
          await shut(page, 'conflict');
        });
        assert.equal((await owner.get(`/api/data/${order.id}/`)).status, 404);
      }));
  }

  test(`leaving a cell writes nothing, side included, by ${how}`,
    withDesk({}, {}, async (world, desk) => {
      const demo = await world.token('demo');
      const [busy, other, order] = await place(demo, many(3));
      const page = await at(desk, ADMIN, 'boss');
      await withTraffic(demo, [busy.id], async () => {
        if (how === 'keys') {
          await cell(page, order.id, 'price').click();
          await page.keyboard.press('Enter');
          for (const field of ['Quantity', 'Side']) {
            await page.keyboard.press('Shift+Tab');
            await page.locator(`[aria-label^="${field} of"]`).waitFor();
          }
          await page.keyboard.press('s');
          await page.locator('.cell-echo').getByText('side Buy → Sell: Sell 3 ' +
            'INS2 @ 2.5 = 7.5').waitFor();
          // Past both buttons.
          for (let i = 0; i < 3; i++) await page.keyboard.press('Tab');
        } else {
          await cell(page, order.id, 'side').dblclick();
          await editor(page).selectOption('sell');
          await cell(page, other.id, 'price').click();
          await row(page, other.id).and(page.locator('[aria-selected=true]'))
            .waitFor();
        }
        await error(page, 'Not saved yet. Save or discard it.');
        assert.equal(await editor(page).inputValue(), 'sell');
        // No other cell before that is settled.
        await cell(page, other.id, 'price').dblclick();
        await page.locator('.cell-editor select:focus').waitFor();
        assert.equal((await read(demo, order)).version, 1);
        await page.keyboard.press('Escape');
        await editor(page).waitFor({ state: 'detached' });
        assert.equal((await read(demo, order)).version, 1);
        // And confirmed, it is written and said.
        await cell(page, order.id, 'side').dblclick();
        await editor(page).selectOption('sell');
        if (how === 'keys') await page.keyboard.press('Enter');
        else await page.locator('.cell-editor').getByText('Save').click();
        await said(page, `Order ${order.id} (Sell INS2) is saved: ` +
          'side Buy → Sell.');
      });
      assert.equal((await read(demo, order)).side, 'sell');
      assert.equal((await read(demo, other)).version, 1);
    }));

  for (const path of ['/', ADMIN]) {
    test(`${path}: a ticket takes no side by itself, by ${how}`,
      withDesk({}, {}, async (world, desk) => {
        const boss = await world.token('boss');
        const [busy] = await place(boss, many(1));
        const page = await at(desk, path, 'boss');
        await withTraffic(boss, [busy.id], async () => {
          await page.keyboard.press('n');
          await page.fill('#ticket-instrument', 'SIDES');
          await page.fill('#ticket-quantity', '5');
          await page.fill('#ticket-price', '1');
          await page.locator('#ticket button.primary').waitFor(
            { state: 'detached' });
          await page.locator('#ticket-price').press('Enter');
          await page.locator('#side-error').getByText('Choose Buy or Sell.')
            .waitFor();
          await page.locator('#ticket [value=buy]:focus').waitFor();
          if (how === 'keys') await page.keyboard.press('ArrowRight');
          else await takeSide(page, 'sell');
          await page.locator('#side-error').waitFor({ state: 'detached' });
          await page.locator('#ticket-price').press('Enter');
          await said(page, '(Sell SIDES) is placed.');
        });
        const { results } = (await boss.get('/api/data/?instrument=SIDES')).body;
        assert.deepEqual(results.map(({ side }) => side), ['sell']);
      }));
  }

  test(`to remove what is filled, it is said how much is, by ${how}`,
    withDesk({}, {}, async (world, desk) => {
      const demo = await world.token('demo');
      const boss = await world.token('boss');
      const [busy, part, whole] = await place(demo,
        many(3, { quantity: '100' }));
      await boss.patch(`/api/data/${part.id}/`,
        { status: 'partially_filled', filled_quantity: '60' });
      const page = await at(desk, ADMIN, 'boss');
      const text = (words) => page.locator('#confirm-text').filter(
        { hasText: words }).waitFor();
      await withTraffic(demo, [busy.id], async () => {
        await row(page, part.id).click();
        if (how === 'keys') await page.keyboard.press('Delete');
        else await byId(page, 'order-remove').click();
        await text('60 of 100 are filled: removing the order does not undo');
        await boss.patch(`/api/data/${part.id}/`, { filled_quantity: '70' });
        await text('70 of 100 are filled');
        await byId(page, 'confirm-list').filter(
          { hasText: '70 of 100 filled, 30 remaining' }).waitFor();
        await page.keyboard.press('Escape');
        await shut(page, 'confirm');
        await boss.patch(`/api/data/${whole.id}/`,
          { status: 'filled', filled_quantity: '100' });
        for (const { id } of [part, whole])
          await row(page, id).locator('.choose').click();
        await page.locator('#orders-title').click();
        if (how === 'keys') await page.keyboard.press('Delete');
        else await byId(page, 'order-remove').click();
        await text('2 of them are filled or partly filled');
        await PRESS[how](page, 'confirm-yes');
        await said(page, '2 orders removed.');
      });
      for (const { id } of [part, whole])
        assert.equal((await demo.get(`/api/data/${id}/`)).status, 404);
    }));
}

test('a correction is asked about with all that the order is, and follows it',
  withDesk({}, { expected: REFUSED }, async (world, desk) => {
    const demo = await world.token('demo');
    const boss = await world.token('boss');
    const [busy, order] = await place(demo, many(2, { quantity: '100' }));
    await boss.patch(`/api/data/${order.id}/`,
      { status: 'expired', filled_quantity: '60' });
    const page = await at(desk, ADMIN, 'boss');
    await withTraffic(demo, [busy.id], async () => {
      await cell(page, order.id, 'status').dblclick();
      await editor(page).selectOption('canceled');
      await page.keyboard.press('Enter');
      await page.locator('#confirm-title').getByText(
        `Correct order ${order.id} (Buy INS1) to canceled?`).waitFor();
      const line = byId(page, 'confirm-list').locator('tbody tr').first();
      await line.getByText('INS1').waitFor();
      assert.deepEqual(await line.locator('td').allInnerTexts(),
        [String(order.id), 'INS1', 'Buy', '100', '0', '1.5']);
      await boss.patch(`/api/data/${order.id}/`, { side: 'sell', price: '2' });
      await page.locator('#confirm-title').getByText('(Sell INS1)').waitFor();
      assert.deepEqual(await line.locator('td').allInnerTexts(),
        [String(order.id), 'INS1', 'Sell', '100', '0', '2']);
      await page.keyboard.press('Escape');
      await error(page, 'Your change was not saved.');
    });
    assert.equal((await read(demo, order)).status, 'expired');
  }));

for (const path of ['/', ADMIN]) {
  test(`${path}: at 390 px a refusal is in view in the dialog that is open`,
    withDesk({}, { expected: REFUSED, viewport: { width: 390, height: 700 } },
      async (world, desk) => {
        const boss = await world.token('boss');
        const [busy, order] = await place(boss, many(2));
        const page = await at(desk, path, 'boss');
        await search(page, 'INS1');
        await row(page, order.id).waitFor();
        await row(page, order.id).locator('.col-price').click();
        await withTraffic(boss, [busy.id], async () => {
          let answer;
          await page.route(`**/api/data/${order.id}/`, async (route) => {
            await new Promise((resolve) => { answer = resolve; });
            await route.fulfill({ status: 409,
              contentType: 'application/problem+json',
              body: JSON.stringify({ title: 'Conflict', status: 409,
                                     detail: 'Not now, for a reason' }) });
          });
          await byId(page, 'order-cancel').click();
          await Promise.all([
            page.waitForRequest((one) => one.method() === 'PATCH'),
            byId(page, 'confirm-yes').click()]);
          // He goes on with something else meanwhile.
          await byId(page, 'order-new').click();
          await open(page, 'ticket');
          answer();
          const shown = page.locator('#ticket .dialog-said');
          await shown.getByText('Not now, for a reason.').waitFor();
          assert.ok(await isInView(shown));
          assert.equal(await shown.getAttribute('role'), 'alert');
          await page.unrouteAll({ behavior: 'wait' });
          // What the ticket itself is refused.
          await page.route('**/api/data/', (route) => route.fulfill({
            status: 409, contentType: 'application/problem+json', body: '{}' }));
          await page.fill('#ticket-instrument', 'TAKEN');
          await takeSide(page);
          await page.fill('#ticket-quantity', '1');
          await page.fill('#ticket-price', '1');
          await page.locator('#ticket-client_order_id').focus();
          await page.keyboard.press('Enter');
          const fault = page.locator('#ticket .form-error');
          await fault.filter({ hasText: 'already placed' }).waitFor();
          assert.ok(await isInView(fault));
        });
        assert.equal((await read(boss, order)).status, 'new');
      }));

  test(`${path}: a refusal goes when another order is selected`,
    withDesk({}, { expected: REFUSED }, async (world, desk) => {
      const boss = await world.token('boss');
      const [busy, other, order] = await place(boss, many(3));
      const page = await at(desk, path, 'boss');
      await search(page, 'INS');
      await row(page, order.id).click();
      await withTraffic(boss, [busy.id], async () => {
        await page.route(`**/api/data/${order.id}/`, (route) => route.fulfill({
          status: 409, contentType: 'application/problem+json',
          body: JSON.stringify({ status: 409, detail: 'Not now' }) }));
        await page.keyboard.press('c');
        await byId(page, 'confirm-yes').click();
        await said(page, 'Not now.');
        await row(page, other.id).click();
        await page.waitForFunction(() =>
          document.querySelector('#said').textContent === '');
      });
      assert.equal((await read(boss, order)).version, 1);
    }));
}

test('keys act after the page is selected by its box',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const made = await place(demo, many(3));
    const page = await at(desk, ADMIN, 'boss');
    await byId(page, 'choose-page').click();
    await page.keyboard.press('c');
    await page.locator('#confirm-title').getByText('Cancel 3 orders?').waitFor();
    await PRESS.keys(page, 'confirm-yes');
    await said(page, '3 orders canceled.');
    for (const order of made)
      assert.equal((await read(demo, order)).status, 'canceled');
  }));

test('what is far from the last price is said once',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    await place(demo, [{ instrument: 'EDF01', quantity: '1', price: '10' }]);
    const page = await at(desk, '/', 'demo');
    await page.keyboard.press('n');
    await takeSide(page);
    await page.fill('#ticket-instrument', 'EDF01');
    await page.fill('#ticket-quantity', '1');
    await page.fill('#ticket-price', '20');
    await byId(page, 'ticket-warning').filter({ hasText: '100 % away' })
      .waitFor();
    await page.locator('#ticket-price').press('Enter');
    await page.locator('#ticket .form-error').filter(
      { hasText: 'Press the button again to confirm.' }).waitFor();
    assert.equal((await page.locator('#ticket').innerText())
      .split(/100\s% away/).length, 2);
    // Another price, another word.
    await page.fill('#ticket-price', '30');
    await byId(page, 'ticket-warning').filter({ hasText: '200 % away' })
      .waitFor();
    assert.equal(await rowsOf(page).count(), 1);
  }));

for (const how of ['held', 'bouncing', 'clicked']) {
  test(`a far price in a cell is not confirmed before it can be read (${how})`,
    withDesk({}, {}, async (world, desk) => {
      const demo = await world.token('demo');
      const [busy, order] = await place(demo, many(2, { price: '10' }));
      const page = await at(desk, ADMIN, 'boss');
      const { keyboard } = page;
      const save = page.locator('.cell-editor button[type=submit]');
      const again = {
        held: () => keyboard.down('Enter'),
        bouncing: () => keyboard.press('Enter'),
        clicked: () => save.click(),
      }[how];
      await cell(page, order.id, 'price').dblclick();
      await keyboard.type('9999');
      await withTraffic(demo, [busy.id], async () => {
        await stopTime(page);
        await again();
        await error(page, 'Save again to confirm.');
        await later(page, how === 'held' ? 600 : 400);
        for (let i = 0; i < 3; i++) {
          await again();
          // It may be looked up again, and is to be said again then.
          await page.locator('.cell-editor:not([aria-busy])').waitFor();
          await error(page, 'Save again to confirm.');
        }
        if (how === 'held') await keyboard.up('Enter');
        assert.equal((await read(demo, order)).price, '10');
        await later(page);
        if (how === 'clicked') await save.click();
        else await keyboard.press('Enter');
        await said(page, 'is saved: price 10 → 9,999.');
      });
      assert.equal((await read(demo, order)).price, '9999');
    }));
}

test('a half is typed as .5 where the comma is the decimal mark',
  withDesk({}, { locale: 'de-DE' }, async (world, desk) => {
    const demo = await world.token('demo');
    const page = await at(desk, '/', 'demo');
    await page.keyboard.press('n');
    await page.fill('#ticket-instrument', 'EDF01');
    await takeSide(page);
    await page.fill('#ticket-quantity', '2');
    await page.fill('#ticket-price', '.5');
    await page.locator('#ticket button.primary').getByText('@ 0,5 = 1')
      .waitFor();
    await page.locator('#ticket-price').press('Enter');
    await said(page, 'is placed.');
    assert.equal((await demo.get('/api/data/')).body.results[0].price, '0.5');
  }));
