// What is only being looked at before it is sent can be stopped, and what is on
// its way can't: each is said. And what an earlier press has placed is named.
// While changes arrive; the API is asked afterwards.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { byId, cell, closeBrowser, later, loaded, many, openBrowser, place, row,
         said, state, takeSide, withDesk } from './lib/page.mjs';
import { withTraffic } from './lib/traffic.mjs';

before(openBrowser);
after(closeBrowser);

const ADMIN = '/admin/orders/';
const REFUSED = [/status of 4\d\d/, /ERR_FAILED/];
const submit = (page) => page.locator('#ticket button[type=submit]');
const editor = (page) => page.locator('.cell-editor :is(input, select)');
const error = (page, text) => page.locator('.cell-error')
  .filter({ hasText: text }).waitFor();
const told = (page, text) => page.locator('#ticket .form-error')
  .filter({ hasText: text }).waitFor();
const closed = (page) => page.locator('#ticket:not([open])')
  .waitFor({ state: 'attached' });
const gone = (page) => editor(page).waitFor({ state: 'detached' });
const title = (page, text) => page.locator('#confirm[open] #confirm-title')
  .getByText(text, { exact: true }).waitFor();
const read = async (session, { id }) =>
  (await session.get(`/api/data/${id}/`)).body;

// Requests of this method get no answer until goOn().
async function hold(page, method, url) {
  let goOn;
  const isOver = new Promise((resolve) => { goOn = resolve; });
  await page.route(url, async (route) => {
    if (route.request().method() === method) await isOver;
    await route.continue().catch(() => {}); // who asked may be gone
  });
  return goOn;
}

const lookUp = (url) => url.pathname === '/api/data/' &&
  url.searchParams.get('ordering') === '-id';

async function at(desk, path, name) {
  const page = await desk.at(path, name);
  await loaded(page);
  await state(page, 'live');
  return page;
}

async function fillTicket(page, fields) {
  await page.keyboard.press('n');
  await takeSide(page);
  for (const [name, text] of Object.entries({ instrument: 'EDF01', quantity: '7',
                                              price: '3', ...fields }))
    await page.fill(`#ticket-${name}`, text);
}

const LEAVE = {
  mouse: (page) => page.locator('#ticket [data-leave]').click(),
  keys: (page) => page.keyboard.press('Escape'),
};
const PRESS = {
  mouse: (page) => submit(page).click(),
  keys: (page) => page.locator('#ticket-price').press('Enter'),
};
const SAVE = {
  mouse: (page) => page.locator('.cell-editor').getByText('Save', { exact: true })
    .click(),
  keys: (page) => editor(page).press('Enter'),
};
const DISCARD = {
  mouse: (page) => page.locator('.cell-editor').getByText('Discard').click(),
  keys: (page) => page.keyboard.press('Escape'),
};

for (const how of ['mouse', 'keys']) {
  test(`an order that is only looked at is left and not sent, by ${how}`,
    withDesk({}, {}, async (world, desk) => {
      const demo = await world.token('demo');
      const [busy] = await place(demo, many(2));
      const page = await at(desk, '/', 'demo');
      const goOn = await hold(page, 'GET', lookUp);
      await withTraffic(demo, [busy.id], async () => {
        await fillTicket(page);
        await page.locator('#ticket-price').press('Enter');
        await submit(page).getByText('Not sent yet, checking: Buy 7 EDF01 @ 3')
          .waitFor();
        await LEAVE[how](page);
        await title(page, 'Discard what you typed?');
        await told(page, 'Nothing was sent.');
        // He thinks better of it, and of that again.
        await page.keyboard.press('Escape');
        await submit(page).getByText('Buy 7 EDF01 @ 3 = 21', { exact: true })
          .click();
        await submit(page).getByText('Not sent yet').waitFor();
        await LEAVE[how](page);
        await title(page, 'Discard what you typed?');
        await page.locator('#confirm-yes:not([aria-disabled])').click();
        await closed(page);
        goOn();
        await page.unrouteAll({ behavior: 'wait' });
        // What comes next finds a ticket as it should be.
        await fillTicket(page, { quantity: '8' });
        await page.keyboard.press('Enter');
        await said(page, '(Buy EDF01) is placed.');
      });
      const { results } = (await demo.get('/api/data/?instrument=EDF01')).body;
      assert.deepEqual(results.map(({ quantity }) => quantity), ['8']);
    }));

  test(`a cell that is only looked at is discarded and not saved, by ${how}`,
    withDesk({}, {}, async (world, desk) => {
      const demo = await world.token('demo');
      const [order, busy] = await place(demo, many(2));
      const page = await at(desk, ADMIN, 'boss');
      const goOn = await hold(page, 'GET', lookUp);
      await withTraffic(demo, [busy.id], async () => {
        await cell(page, order.id, 'price').dblclick();
        await editor(page).fill('0.51');
        await page.keyboard.press('Enter');
        await page.locator('.cell-echo').getByText('Not sent yet').waitFor();
        await DISCARD[how](page);
        await gone(page);
        goOn();
        await page.unrouteAll({ behavior: 'wait' });
        await cell(page, order.id, 'side').dblclick();
        await editor(page).selectOption('sell');
        await page.keyboard.press('Enter');
        await said(page, 'is saved: side Buy → Sell.');
      });
      const { price, version } = await read(demo, order);
      assert.deepEqual([price, version], ['0.5', 2]);
    }));

  test(`a slow look-up sends no order by itself, by ${how}`,
    withDesk({}, {}, async (world, desk) => {
      const demo = await world.token('demo');
      const [busy] = await place(demo, many(2));
      const page = await at(desk, '/', 'demo');
      const goOn = await hold(page, 'GET', lookUp);
      const count = async () =>
        (await demo.get('/api/data/?instrument=EDF01')).body.count;
      await withTraffic(demo, [busy.id], async () => {
        await fillTicket(page);
        await PRESS[how](page);
        await submit(page).getByText('Not sent yet, checking').waitFor();
        await told(page, 'The last price of EDF01 could not be read (no answer ' +
          'came within 3 seconds), so 3 was not checked against it. Press the ' +
          'button again to confirm.');
        goOn();
        await page.unrouteAll({ behavior: 'wait' });
        await page.locator('.monitor-count').filter({ hasText: /\d{2} events/ })
          .waitFor();
        assert.equal(await count(), 0);
        await PRESS[how](page);
        await said(page, '(Buy EDF01) is placed.');
      });
      assert.equal(await count(), 1);
    }));

  test(`nor does a cell’s, by ${how}`,
    withDesk({}, {}, async (world, desk) => {
      const demo = await world.token('demo');
      const [order, busy] = await place(demo, many(2));
      const page = await at(desk, ADMIN, 'boss');
      const goOn = await hold(page, 'GET', lookUp);
      await withTraffic(demo, [busy.id], async () => {
        await cell(page, order.id, 'price').dblclick();
        await editor(page).fill('0.51');
        await SAVE[how](page);
        await page.locator('.cell-echo').getByText('Not sent yet').waitFor();
        await error(page, 'no answer came within 3 seconds');
        goOn();
        await page.unrouteAll({ behavior: 'wait' });
        assert.equal((await read(demo, order)).price, '0.5');
        await later(page);
        await SAVE[how](page);
        await said(page, 'is saved: price 0.5 → 0.51.');
      });
      const { price, version } = await read(demo, order);
      assert.deepEqual([price, version], ['0.51', 2]);
    }));

  test(`a cell that is on its way can’t be discarded, and it is said, by ${how}`,
    withDesk({}, {}, async (world, desk) => {
      const demo = await world.token('demo');
      const [order] = await place(demo, many(2));
      const page = await at(desk, ADMIN, 'boss');
      const goOn = await hold(page, 'PATCH', `**/api/data/${order.id}/`);
      await cell(page, order.id, 'price').dblclick();
      await editor(page).fill('0.51');
      await page.keyboard.press('Enter');
      await page.locator('.cell-echo').getByText('Saving').waitFor();
      await DISCARD[how](page);
      await error(page, `Order ${order.id} is being changed. It is too late`);
      goOn();
      await said(page, 'is saved: price 0.5 → 0.51.');
      await gone(page);
      assert.equal((await read(demo, order)).price, '0.51');
    }));

  test(`what an earlier press has placed is named, by ${how}`,
    withDesk({}, { expected: REFUSED }, async (world, desk) => {
      const demo = await world.token('demo');
      const [busy] = await place(demo, many(1));
      const page = await at(desk, '/', 'demo');
      await page.route('**/api/data/', async (route) => {
        if (route.request().method() === 'POST') {
          await route.fetch();
          await route.abort();
        } else await route.continue();
      });
      await withTraffic(demo, [busy.id], async () => {
        await fillTicket(page);
        await page.locator('#ticket-price').press('Enter');
        await told(page, 'It is not known whether the order was placed.');
        await page.unrouteAll({ behavior: 'wait' });
        await page.fill('#ticket-quantity', '8');
        if (how === 'mouse') await submit(page).click();
        else await page.locator('#ticket-quantity').press('Enter');
        const { results: [{ id }] } =
          (await demo.get('/api/data/?instrument=EDF01')).body;
        await told(page, 'Another order was already placed from here, or with ' +
          `this client id: order ${id}, Buy 7 EDF01 @ 3 = 21. What is typed ` +
          'here was not placed.');
        // Which is known by now.
        await LEAVE[how](page);
        await title(page, 'Discard what you typed?');
        await page.locator('#confirm-yes:not([aria-disabled])').click();
        await closed(page);
      });
      const { results } = (await demo.get('/api/data/?instrument=EDF01')).body;
      assert.deepEqual(results.map(({ quantity }) => quantity), ['7']);
    }));
}

test('a computer that slept while it was looked up sends nothing when it wakes',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const page = await at(desk, '/', 'demo');
    const goOn = await hold(page, 'GET', lookUp);
    await fillTicket(page);
    await PRESS.keys(page);
    await submit(page).getByText('Not sent yet, checking').waitFor();
    // The answer is the first that is heard of: the timer is due later.
    await page.evaluate(() => {
      const now = Date.now() + 3600000;
      Date.now = () => now;
    });
    goOn();
    await told(page, 'no answer came within 3 seconds');
    assert.equal((await demo.get('/api/data/?instrument=EDF01')).body.count, 0);
    await PRESS.keys(page);
    await said(page, '(Buy EDF01) is placed.');
  }));

for (const how of ['mouse', 'keys']) {
  test(`a status that does not go with what is filled is asked about, in a cell, by ${
    how}`,
    withDesk({}, {}, async (world, desk) => {
      const demo = await world.token('demo');
      const [order, busy] = await place(demo, many(2, { quantity: '129' }));
      const page = await at(desk, ADMIN, 'boss');
      await withTraffic(demo, [busy.id], async () => {
        for (const [status, words] of [
          ['filled', '“filled”, but 0 of 129'],
          ['partially_filled', '“partially filled”, but 0 of 129']]) {
          await cell(page, order.id, 'status').dblclick();
          await editor(page).selectOption(status);
          await SAVE[how](page);
          await error(page, `The status is ${words} are filled. Save again to ` +
            'confirm.');
          assert.equal((await read(demo, order)).status, 'new');
          await DISCARD[how](page);
          await gone(page);
        }
        await cell(page, order.id, 'status').dblclick();
        await editor(page).selectOption('filled');
        await SAVE[how](page);
        await error(page, 'but 0 of 129 are filled');
        await later(page);
        await SAVE[how](page);
        await said(page, 'is saved: status new → filled.');
        // What ends an order without a fill is asked about nowhere.
        await cell(page, order.id, 'status').dblclick();
        await editor(page).selectOption('expired');
        await SAVE[how](page);
        await said(page, 'is saved: status filled → expired.');
      });
      assert.equal((await read(demo, order)).status, 'expired');
    }));

  test(`and in the ticket, where what is filled may be typed beside it, by ${how}`,
    withDesk({}, {}, async (world, desk) => {
      const demo = await world.token('demo');
      const [order, busy] = await place(demo, many(2, { quantity: '129' }));
      const page = await at(desk, ADMIN, 'boss');
      await row(page, order.id).click();
      await withTraffic(demo, [busy.id], async () => {
        await page.keyboard.press('e');
        await page.locator('#ticket-status').selectOption('filled');
        await page.fill('#ticket-filled_quantity', '50');
        await PRESS[how](page);
        await told(page, 'The status is “filled”, but 50 of 129 are filled. Press ' +
          'the button again to confirm.');
        assert.equal((await read(demo, order)).status, 'new');
        await page.fill('#ticket-filled_quantity', '129');
        await PRESS[how](page);
        await closed(page);
      });
      const { status, filled_quantity: filled } = await read(demo, order);
      assert.deepEqual([status, filled], ['filled', '129']);
      assert.equal(await byId(page, 'confirm').getAttribute('open'), null);
    }));
}
