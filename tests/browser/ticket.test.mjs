// The dashboard's order ticket, and what is done with an order by key.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { agreeByKeys, byId, cell, closeBrowser, info, later, loaded, many,
         openBrowser, place, row, said, state, takeSide, withDesk } from
         './lib/page.mjs';
import { withTraffic } from './lib/traffic.mjs';

before(openBrowser);
after(closeBrowser);

const REFUSED = [/status of 4\d\d/];
const focused = (page) => page.evaluate(() => document.activeElement.name ||
  document.activeElement.id);

test('n opens the ticket: faults at their fields, then the order is there',
  withDesk({}, { expected: REFUSED }, async (world, desk) => {
    const page = await desk.login('demo', { realtime: false });
    await page.keyboard.press('n');
    await page.locator('#ticket[open]').waitFor();
    assert.equal(await focused(page), 'instrument');
    // What is staff's to set is not offered.
    assert.deepEqual(await page.locator('#ticket :is(input, select)')
      .evaluateAll((fields) => [...new Set(fields
        .filter((field) => field.checkVisibility())
        .map(({ name }) => name))]),
      ['instrument', 'side', 'quantity', 'price', 'client_order_id', '']);
    await page.keyboard.type('EDF01');
    await takeSide(page);
    await page.fill('#ticket [name=quantity]', '-1');
    await page.fill('#ticket [name=price]', 'dear');
    await page.keyboard.press('Enter');
    await page.locator('#ticket-quantity[aria-invalid=true]').waitFor();
    assert.equal(await focused(page), 'quantity');
    const quantity = page.locator('#ticket-quantity');
    const error = await quantity.getAttribute('aria-describedby');
    assert.match(await page.locator(`#${error}`).innerText(), /0/);
    await page.locator('#ticket-price-error').waitFor();
    await page.fill('#ticket [name=quantity]', '100');
    await page.fill('#ticket [name=price]', '338.67');
    await page.locator('#ticket label', { hasText: 'Sell' }).click();
    await page.locator('#ticket button[type=submit]').click();
    await page.locator('#ticket:not([open])').waitFor({ state: 'attached' });
    await said(page, 'Order 1 (Sell EDF01) is placed.');
    await info(page, '1–1 of 1');
    assert.match(await row(page, 1).innerText(), /EDF01.*Sell.*100.*338\.67/s);
  }));

test('two clicks and two Enters place one order',
  withDesk({}, {}, async (world, desk) => {
    const page = await desk.login('demo', { realtime: false });
    let sent = 0;
    await desk.context.route('**/api/data/', async (route) => {
      if (route.request().method() === 'POST') sent++;
      await route.continue();
    });
    await page.keyboard.press('n');
    await page.fill('#ticket [name=instrument]', 'ONCE');
    await takeSide(page);
    await page.fill('#ticket [name=quantity]', '1');
    await page.fill('#ticket [name=price]', '1');
    await page.evaluate(() => {
      const form = document.querySelector('#ticket form');
      for (let i = 0; i < 4; i++) form.requestSubmit();
    });
    await said(page, 'Order 1 (Buy ONCE) is placed.');
    await info(page, '1–1 of 1');
    assert.equal(sent, 1);
  }));

test('no answer: it is said that nobody knows whether the order is placed',
  withDesk({}, { expected: [/ERR_FAILED/] }, async (world, desk) => {
    const page = await desk.login();
    await desk.context.route('**/api/data/', async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      await route.fetch();
      return route.abort();
    });
    await page.keyboard.press('n');
    await page.fill('#ticket [name=instrument]', 'ONCE');
    await takeSide(page);
    await page.fill('#ticket [name=quantity]', '1');
    await page.fill('#ticket [name=price]', '1');
    await page.keyboard.press('Enter');
    await page.locator('#ticket .form-error').filter({ hasText:
      'it is not known whether the order was placed' }).waitFor();
    // What was typed is there still, and so, this time, is the order.
    await page.locator('#ticket[open]').waitFor();
    await info(page, '1–1 of 1');
  }));

for (const [how, leave] of [
  ['Esc', (page) => page.keyboard.press('Escape')],
  ['Close', (page) => page.locator('#ticket [data-leave]').click()],
]) {
  test(`${how} drops no order that is out, and no outcome unknown unasked`,
    withDesk({}, { expected: [/ERR_FAILED/] }, async (world, desk) => {
      const page = await desk.login('demo', { realtime: false });
      const ids = [];
      let end;
      await desk.context.route('**/api/data/', async (route) => {
        if (route.request().method() !== 'POST') return route.continue();
        ids.push(route.request().postDataJSON().client_order_id);
        if (ids.length > 1) return route.continue();
        await new Promise((resolve) => { end = resolve; });
        return route.abort();
      });
      await page.keyboard.press('n');
      await page.fill('#ticket [name=instrument]', 'ONCE');
      await takeSide(page);
      await page.fill('#ticket [name=quantity]', '1');
      await page.fill('#ticket [name=price]', '1');
      const out = page.waitForRequest((request) =>
        request.method() === 'POST' && request.url().endsWith('/api/data/'));
      await page.keyboard.press('Enter');
      await out;
      await leave(page);
      await page.locator('#ticket .form-error').filter({ hasText:
        'The order is being placed' }).waitFor();
      assert.equal(await page.locator('#confirm[open]').count(), 0);
      end();
      await page.locator('#ticket .form-error').filter({ hasText:
        'it is not known whether the order was placed' }).waitFor();
      await leave(page);
      await page.locator('#confirm[open]').waitFor();
      const asked = await page.locator('#confirm').innerText();
      assert.match(asked, /not known whether the order was placed/);
      assert.ok(asked.includes(ids[0]), asked);
      assert.doesNotMatch(asked, /No order is placed/);
      await page.keyboard.press('Escape');
      await page.locator('#ticket button[type=submit]').click();
      await said(page, '(Buy ONCE) is placed.');
      assert.equal(ids[0], ids[1]);
    }));
}

test('a change that got no answer is not said to have changed nothing',
  withDesk({}, { expected: [/ERR_FAILED/] }, async (world, desk) => {
    const { id } = await (await world.token('demo')).order({ price: '10' });
    const page = await desk.login('demo', { realtime: false });
    await desk.context.route(`**/api/data/${id}/`, (route) =>
      route.request().method() === 'PATCH' ? route.abort()
        : route.continue());
    await row(page, id).click();
    await page.keyboard.press('e');
    await page.fill('#ticket-price', '10.5');
    await page.keyboard.press('Enter');
    await page.locator('#ticket .form-error').filter({ hasText:
      `It is not known whether order ${id} (Buy EDF01) was changed: its ` +
        'history will tell.' }).waitFor();
    await page.keyboard.press('Escape');
    const text = page.locator('#confirm-text');
    await text.filter({ hasText: 'not known whether' }).waitFor();
    assert.doesNotMatch(await text.innerText(), /stays as it is/);
  }));

test('a last price that cannot be read is said, and needs a second press',
  withDesk({}, { expected: [/ERR_FAILED/] }, async (world, desk) => {
    const page = await desk.login('demo', { realtime: false });
    let sent = 0;
    await desk.context.route('**/api/data/**', (route) => {
      if (route.request().method() === 'POST') sent++;
      return route.request().url().includes('ordering=-id')
        ? route.abort() : route.continue();
    });
    await page.keyboard.press('n');
    await page.fill('#ticket [name=instrument]', 'BLIND');
    await takeSide(page);
    await page.fill('#ticket [name=quantity]', '1');
    await page.fill('#ticket [name=price]', '1');
    await page.keyboard.press('Enter');
    await page.locator('#ticket .form-error').filter({ hasText:
      'The last price of BLIND could not be read' }).waitFor();
    assert.equal(sent, 0);
    // Sooner than half a second, a press is no answer to what is said.
    await later(page);
    await page.keyboard.press('Enter');
    await said(page, '(Buy BLIND) is placed.');
    assert.equal(sent, 1);
  }));

for (const what of ['ticket', 'cell']) {
  test(`a price that could not be checked is checked at the next press (${what})`,
    withDesk({}, { expected: [/ERR_FAILED/] }, async (world, desk) => {
      const boss = await world.token('boss');
      const [order] = await place(boss, many(1, { price: '10' }));
      const page = await desk.at('/admin/orders/', 'boss');
      const told = (text) => page.locator({
        ticket: '#ticket .form-error', cell: '.cell-error' }[what])
        .filter({ hasText: text }).waitFor();
      await loaded(page);
      await state(page, 'live');
      let isOut = true;
      await desk.context.route('**/api/data/?*', (route) =>
        isOut && route.request().url().includes('ordering=-id')
          ? route.abort() : route.continue());
      await row(page, order.id).click();
      if (what === 'ticket') {
        await page.keyboard.press('e');
        await page.fill('#ticket-price', '9999');
      } else {
        await cell(page, order.id, 'price').dblclick();
        await page.keyboard.type('9999');
      }
      await page.keyboard.press('Enter');
      await told('The last price of INS0 could not be read');
      isOut = false;
      await later(page);
      await page.keyboard.press('Enter');
      await told('away from boss’s last order of INS0');
      assert.equal((await boss.get(`/api/data/${order.id}/`)).body.price, '10');
      await later(page);
      await page.keyboard.press('Enter');
      await said(page, 'is saved: price 10 → 9,999.');
    }));
}

test('a double click on a price edits the price, on any other cell the quantity',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const orders = await place(demo, many(2, { quantity: '100', price: '300' }));
    const page = await desk.login('demo');
    for (const [i, column] of ['price', 'status'].entries()) {
      await cell(page, orders[i].id, column).dblclick();
      await page.locator('.cell-editor input').waitFor();
      await page.keyboard.type('301');
      await page.keyboard.press('Enter');
      await said(page, `Order ${orders[i].id} (Buy INS${i}) is saved`);
    }
    assert.deepEqual((await demo.get('/api/data/?ordering=id')).body.results.map(
      ({ quantity, price }) => [quantity, price]),
    [['100', '301'], ['301', '300']]);
  }));

test('by keys alone: a row is changed, canceled, looked back at, removed',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const below = await demo.order({ instrument: 'BELOW' });
    const order = await demo.order({ instrument: 'KEYS', price: '10' });
    const page = await desk.login('demo');
    const { keyboard } = page;
    await row(page, order.id).waitFor();
    await keyboard.press('ArrowDown');
    await keyboard.press('e');
    await page.locator('#ticket[open]').waitFor();
    assert.equal(await focused(page), 'quantity');
    await keyboard.press('Tab');
    assert.equal(await focused(page), 'price');
    await keyboard.type('10.5');
    await keyboard.press('Enter');
    await said(page, `Order ${order.id} (Buy KEYS) is saved`);
    await cell(page, order.id, 'price').filter({ hasText: '10.5' }).waitFor();
    // Focus is back on the row it came from.
    await page.locator(`#order-${order.id}:focus`).waitFor();

    await keyboard.press('c');
    await page.locator('#confirm[open]').waitFor();
    assert.match(await page.locator('#confirm').innerText(),
                 /Cancel order \d+ \(Buy KEYS\)\?/);
    await keyboard.press('Escape');
    await page.locator('#confirm:not([open])').waitFor({ state: 'attached' });
    await cell(page, order.id, 'status').filter({ hasText: 'new' }).waitFor();
    await keyboard.press('c');
    await agreeByKeys(page);
    await said(page, `Order ${order.id} (Buy KEYS) is canceled.`);
    await cell(page, order.id, 'status').filter({ hasText: 'canceled' })
      .waitFor();

    await keyboard.press('Delete');
    await agreeByKeys(page);
    await said(page, `Order ${order.id} (Buy KEYS) is removed.`);
    await info(page, '1–1 of 1');
    // The focus is on the row that took its place.
    await page.locator(`#order-${below.id}:focus`).waitFor();
  }));

test('a dialog gives the focus back to its row, replaced meanwhile or gone',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const [first, second] = await place(demo, many(2));
    const page = await desk.login('demo');
    const { keyboard } = page;
    await row(page, second.id).waitFor();
    await keyboard.press('ArrowDown');
    await page.locator(`#order-${second.id}:focus`).waitFor();
    await keyboard.press('c');
    await page.locator('#confirm[open]').waitFor();
    await demo.patch(`/api/data/${second.id}/`, { price: '7' });
    await cell(page, second.id, 'price').filter({ hasText: '7' }).waitFor();
    await keyboard.press('Escape');
    await page.locator(`#order-${second.id}:focus`).waitFor();
    await keyboard.press('c');
    await page.locator('#confirm[open]').waitFor();
    // The event of the first closing, come as late as a busy browser has it.
    await page.locator('#confirm').dispatchEvent('close', {}, {});
    await demo.delete(`/api/data/${second.id}/`);
    // Nothing is chosen any more: the list is read again, though not its row.
    await row(page, second.id).waitFor({ state: 'detached' });
    await keyboard.press('Escape');
    await page.locator(`#order-${first.id}:focus`).waitFor();
    assert.equal(await row(page, first.id).getAttribute('aria-selected'),
                 'false');
  }));

for (const how of ['mouse', 'keys']) {
  test(`the buttons follow the rights as they are now, and say why, by ${how}`,
    withDesk({ redis: true }, { expected: REFUSED }, async (world, desk) => {
      const boss = await world.login('boss');
      const staff = await world.token('boss');
      const demo = await world.token('demo');
      const [busy, order] = await place(demo, many(2));
      const { id } = (await demo.get('/api/me/')).body;
      const page = await desk.login('demo');
      const press = (key, button) => (how === 'keys'
        ? page.keyboard.press(key) : byId(page, button).click());
      await row(page, order.id).click();
      assert.equal(await byId(page, 'order-new').isDisabled(), false);
      await withTraffic(staff, [busy.id], async () => {
        assert.equal((await boss.patch(`/api/users/${id}/`,
          { may_add: false, may_delete: false })).status, 200);
        await page.locator('#order-new:disabled').waitFor();
        assert.equal(await byId(page, 'order-new').getAttribute('title'),
                     'You may not add orders.');
        assert.equal(await byId(page, 'order-remove').isDisabled(), true);
        assert.equal(await byId(page, 'order-change').isDisabled(), false);
        await page.keyboard.press('n');
        await said(page, 'You may not add orders.');
        await page.keyboard.press('Delete');
        assert.equal(await page.locator('dialog[open]').count(), 0);
        assert.equal((await boss.patch(`/api/users/${id}/`,
          { may_add: true })).status, 200);
        await page.locator('#order-new:enabled').waitFor();
        await press('n', 'order-new');
        await page.locator('#ticket[open]').waitFor();
      });
      const { body } = await demo.get('/api/data/');
      assert.deepEqual([body.count, body.results.map(({ status }) => status)],
                       [2, ['new', 'new']]);
    }));
}
