// One change of several orders, of one's own and by staff of everybody's: one
// question lists each before and after, and what has come of each is said. While
// changes arrive; the API is asked afterwards.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { agreeByKeys, byId, closeBrowser, idsOf, loaded, many, openBrowser, place,
         row, said, search, state, UNREACHABLE, withDesk } from './lib/page.mjs';
import { withTraffic } from './lib/traffic.mjs';

before(openBrowser);
after(closeBrowser);

const ADMIN = '/admin/orders/';
const REFUSED = [/status of 4\d\d/];
const open = (page, id) => page.locator(`#${id}[open]`).waitFor();
const read = async (session, orders) => Promise.all(orders.map(async ({ id }) =>
  (await session.get(`/api/data/${id}/`)).body));
const prices = async (session, orders) =>
  (await read(session, orders)).map(({ price }) => price);
const quantities = async (session, orders) =>
  (await read(session, orders)).map(({ quantity }) => quantity);
const line = (page, id) => byId(page, 'confirm-list').locator(
  `tbody tr:has(td:first-child:text-is("${id}"))`);
const note = (page, id, text) => page.locator('#confirm-list tr.note')
  .filter({ hasText: text }).and(page.locator(
    `tr:has(td:first-child:text-is("${id}")) + tr`)).waitFor();
const title = (page, text) => page.locator('#confirm-title')
  .getByText(text, { exact: true }).waitFor();
const error = (page, text) => page.locator('#change-many .field-error')
  .filter({ hasText: text }).waitFor();
const told = (page, text) => page.locator('#confirm-list li')
  .filter({ hasText: text }).waitFor();

// As DataTables shows them, newest first: what comes meanwhile is not among them.
async function at(desk, path, name) {
  const page = await desk.at(path, name);
  await loaded(page);
  await state(page, 'live');
  await search(page, 'INS');
  await byId(page, 'filtered-words').waitFor();
  return page;
}

// The ways of hands: how orders are chosen, the form is filled, and it is agreed to.
const HANDS = {
  mouse: {
    async choose(page, orders) {
      for (const { id } of orders) await row(page, id).locator('.choose').click();
      await byId(page, 'order-change').filter(
        { hasText: `Change ${orders.length} orders…` }).click();
      await open(page, 'change-many');
    },
    async fill(page, { field = 'price', how = 'to', amount, unit }) {
      await page.locator(`#change-many [name=field][value=${field}]`).check();
      await byId(page, 'change-many-how').selectOption(how);
      if (unit) await byId(page, 'change-many-unit').selectOption(unit);
      await byId(page, 'change-many-amount').fill(amount);
      await page.locator('#change-many').getByText('List them').click();
    },
    agree: (page) => byId(page, 'confirm-yes').click(),
  },
  keys: {
    async choose(page, orders) {
      const ids = await idsOf(page);
      await page.locator('#orders-title').click();
      await page.keyboard.press('Home');
      for (const id of ids) {
        await row(page, id).and(page.locator(':focus')).waitFor();
        if (orders.some((order) => order.id === id)) {
          await page.keyboard.press('Space');
          await row(page, id).locator('.choose:checked').waitFor();
        }
        if (id !== ids.at(-1)) await page.keyboard.press('ArrowDown');
      }
      await page.keyboard.press('e');
      await open(page, 'change-many');
    },
    async fill(page, { field = 'price', how = 'to', amount, unit }) {
      const go = async (selector, key) => {
        while (!await page.locator(selector).evaluateAll((all) =>
          all.includes(document.activeElement))) await page.keyboard.press(key);
      };
      await go('#change-many [name=field]', 'Shift+Tab');
      if (!await page.locator(`#change-many [value=${field}]`).isChecked())
        await page.keyboard.press('ArrowDown');
      const choose = async (name, value) => {
        const list = page.locator(`#change-many [name=${name}]`);
        await go(`#change-many [name=${name}]`, 'Tab');
        await page.keyboard.press('Home');
        while (await list.inputValue() !== value)
          await page.keyboard.press('ArrowDown');
      };
      await choose('how', how);
      await go('#change-many-amount', 'Tab');
      await page.keyboard.press('Control+a');
      await page.keyboard.type(amount);
      if (unit) await choose('unit', unit);
      await go('#change-many-amount', 'Shift+Tab');
      await page.keyboard.press('Enter');
    },
    agree: agreeByKeys,
  },
};

for (const [how, hand] of Object.entries(HANDS)) {
  for (const [path, name] of [['/', 'demo'], [ADMIN, 'boss']]) {
    test(`${path}: several are changed by one question, by ${how}`,
      withDesk({}, {}, async (world, desk) => {
        const demo = await world.token('demo');
        const made = await place(demo, many(5, { price: '10' }));
        const [busy] = await place(demo, [
          { instrument: 'BUSY', quantity: '1', price: '1' }]);
        const meant = [made[0], made[2], made[3]];
        const page = await at(desk, path, name);
        await withTraffic(demo, [busy.id], async () => {
          await hand.choose(page, meant);
          await hand.fill(page, { how: 'up', amount: '0.25' });
          await title(page, 'Price up by 0.25: change 3 orders?');
          for (const { id } of meant)
            assert.match(await line(page, id).innerText(), /10 → 10\.25/);
          assert.deepEqual(await prices(demo, meant), ['10', '10', '10']);
          await hand.agree(page);
          await said(page, '3 orders changed: price up by 0.25.');
        });
        assert.equal(await page.locator('dialog[open]').count(), 0);
        assert.deepEqual(await prices(demo, made),
                         ['10.25', '10', '10.25', '10.25', '10']);
        assert.deepEqual(await quantities(demo, made), ['1', '2', '3', '4', '5']);
      }));
  }

  test(`what stands in the way of one stops no other, and is said, by ${how}`,
    withDesk({}, { expected: REFUSED }, async (world, desk) => {
      const demo = await world.token('demo');
      const boss = await world.token('boss');
      const made = await place(demo, many(5, { quantity: '100' }));
      const [busy] = await place(demo, [
        { instrument: 'BUSY', quantity: '1', price: '1' }]);
      await boss.patch(`/api/data/${made[1].id}/`,
        { status: 'partially_filled', filled_quantity: '60' });
      await boss.patch(`/api/data/${made[2].id}/`,
        { status: 'filled', filled_quantity: '100' });
      const page = await at(desk, '/', 'demo');
      await withTraffic(demo, [busy.id], async () => {
        await hand.choose(page, made);
        await hand.fill(page, { field: 'quantity', amount: '50' });
        await title(page, 'Quantity to 50: change 3 orders?');
        await note(page, made[1].id,
          'its quantity would be 50: must be at least 60, which is already filled');
        await note(page, made[2].id, 'is filled and can no longer be changed');
        // One changes while it is asked about, one is filled some more, and one
        // changes just before it is written.
        await demo.patch(`/api/data/${made[3].id}/`, { price: '9' });
        await note(page, made[3].id, 'was changed in the meantime: price 3.5 → 9');
        await title(page, 'Quantity to 50: change 2 orders?');
        await boss.patch(`/api/data/${made[0].id}/`,
          { status: 'partially_filled', filled_quantity: '10' });
        await page.route(`**/api/data/${made[4].id}/`, async (route) => {
          if (route.request().method() === 'PATCH')
            await demo.patch(`/api/data/${made[4].id}/`, { price: '7' });
          await route.continue();
        }, { times: 1 });
        await hand.agree(page);
        await title(page, '1 order changed, 4 left as they are');
        await told(page, `Order ${made[0].id} (Buy INS0): quantity 100 → 50`);
        await told(page, `Order ${made[4].id} (Buy INS4): was changed in the ` +
          'meantime: price 4.5 → 7');
        await told(page, `Order ${made[3].id} (Buy INS3): was changed in the ` +
          'meantime: price 3.5 → 9');
        await told(page, `Order ${made[1].id} (Buy INS1): its quantity would be`);
        await told(page, `Order ${made[2].id} (Buy INS2): is filled`);
      });
      assert.deepEqual(await quantities(demo, made),
                       ['50', '100', '100', '100', '100']);
      assert.deepEqual(await prices(demo, made), ['0.5', '1.5', '2.5', '9', '7']);
    }));
}

for (const [how, hand] of Object.entries(HANDS)) {
  test(`by ticks and lots, and what the instrument does not take is left, by ${how}`,
    withDesk({}, { expected: REFUSED }, async (world, desk) => {
      const demo = await world.token('demo');
      const boss = await world.token('boss');
      for (const [symbol, strict] of [['INS0', true], ['INS1', false]]) {
        const { status } = await boss.post('/api/instruments/',
          { symbol, tick: '0.5', lot: '10', strict });
        assert.equal(status, 201);
      }
      const made = await place(demo, many(3, { quantity: '100', price: '10' }));
      const [busy] = await place(demo, [
        { instrument: 'BUSY', quantity: '1', price: '1' }]);
      const page = await at(desk, '/', 'demo');
      await withTraffic(demo, [busy.id], async () => {
        await hand.choose(page, made);
        await hand.fill(page, { how: 'down', amount: '2', unit: 'steps' });
        await title(page, 'Price down by 2 ticks: change 2 orders?');
        await note(page, made[2].id, 'no tick of its instrument is known');
        await hand.agree(page);
        await title(page, '2 orders changed, 1 left as it is');
        await page.keyboard.press('Escape');
        assert.deepEqual(await prices(demo, made), ['9', '9', '10']);
        // They are chosen still.
        await page.keyboard.press('e');
        await open(page, 'change-many');
        await hand.fill(page, { amount: '9.2' });
        await note(page, made[0].id,
          'its price would be 9.2: must be a multiple of the tick, 0.5');
        await note(page, made[1].id, 'The price is not a multiple of the tick, 0.5');
        await title(page, 'Price to 9.2: change 2 orders?');
        await page.keyboard.press('Escape');
        // Back at what was typed.
        await open(page, 'change-many');
        assert.equal(await byId(page, 'change-many-amount').inputValue(), '9.2');
        await hand.fill(page,
          { field: 'quantity', how: 'up', amount: '3', unit: 'steps' });
        await title(page, 'Quantity up by 3 lots: change 2 orders?');
        await hand.agree(page);
        await title(page, '2 orders changed, 1 left as it is');
      });
      assert.deepEqual(await quantities(demo, made), ['130', '130', '100']);
      assert.deepEqual(await prices(demo, made), ['9', '9', '10']);
    }));

  test('numbers that could be read two ways are refused, odd ones are asked ' +
    `about, by ${how}`,
    withDesk({}, { expected: REFUSED }, async (world, desk) => {
      const demo = await world.token('demo');
      const boss = await world.token('boss');
      const made = await place(demo, many(2, { quantity: '100', price: '10' }));
      const { body } = await boss.get('/api/users/');
      const { id } = body.results.find(({ username }) => username === 'demo');
      const admin = await world.login('boss');
      assert.equal((await admin.patch(`/api/users/${id}/`,
        { max_quantity: '2000' })).status, 200);
      const [busy] = await place(demo, [
        { instrument: 'BUSY', quantity: '1', price: '1' }]);
      const page = await at(desk, '/', 'demo');
      await withTraffic(demo, [busy.id], async () => {
        await hand.choose(page, made);
        for (const [fields, words] of [
          [{ amount: '' }, 'Required.'],
          [{ amount: '1e3' }, 'without a power of ten'],
          [{ amount: '10,5' }, 'could be read two ways'],
          [{ field: 'quantity', amount: '1.000' }, 'could be read two ways'],
          [{ field: 'quantity', amount: '0' }, 'Must be greater than 0.'],
          [{ field: 'quantity', how: 'up', amount: '-5' }, 'Must be greater than 0.'],
          [{ how: 'up', unit: 'steps', amount: '1.5' }, 'Must be a whole number.']]) {
          await hand.fill(page, fields);
          await error(page, words);
          assert.equal(await page.locator('#confirm[open]').count(), 0);
        }
        await hand.fill(page, { amount: '100' });
        await note(page, made[0].id,
          /100 is 900\s% away from your last order of INS0, 10/);
        await page.locator('#confirm-text')
          .filter({ hasText: 'Look twice: 2 of them look odd.' }).waitFor();
        await page.keyboard.press('Escape');
        await hand.fill(page, { field: 'quantity', amount: '3000' });
        await note(page, made[1].id, 'is above your limit of 2,000 per order');
        await hand.agree(page);
        await told(page, `Order ${made[0].id} (Buy INS0): quantity`);
        await title(page, '0 orders changed, 2 left as they are');
      });
      assert.deepEqual(await quantities(demo, made), ['100', '100']);
    }));

  test(`a lost connection stops it, and what is not known is said, by ${how}`,
    withDesk({}, { line: true, expected: [...UNREACHABLE, ...REFUSED] },
      async (world, desk) => {
        const demo = await world.token('demo');
        const made = await place(demo, many(12, { price: '10' }));
        const [busy] = await place(demo, [
          { instrument: 'BUSY', quantity: '1', price: '1' }]);
        const page = await at(desk, '/', 'demo');
        await withTraffic(demo, [busy.id], async () => {
          await hand.choose(page, made);
          await hand.fill(page, { amount: '10.5' });
          await title(page, 'Price to 10.5: change 12 orders?');
          // Two are through, the third is written but its answer is lost.
          let sent = 0;
          let lost = null;
          await page.route(/\/api\/data\/\d+\/$/, async (route) => {
            if (route.request().method() !== 'PATCH' || ++sent <= 2)
              return route.continue();
            lost ??= route.fetch().then(() => desk.line.cut());
            await lost;
            return route.abort('connectionreset');
          });
          await hand.agree(page);
          const heading = page.locator('#confirm-title').filter(
            { hasText: /\d unknown, \d+ not sent/ });
          await heading.waitFor();
          const [, done, unknown, unsent] =
            /^(\d+) orders? changed, (\d+) unknown, (\d+) not sent$/
              .exec(await heading.innerText());
          assert.equal(Number(done) + Number(unknown) + Number(unsent), 12);
          assert.ok(Number(unknown) >= 1 && Number(unsent) >= 6);
          await page.locator('#confirm-text')
            .filter({ hasText: 'It was stopped: the server cannot be reached.' })
            .waitFor();
          const groups = await page.locator('#confirm-list .left-list').evaluateAll(
            (lists) => Object.fromEntries(lists.map((list) => [
              list.previousElementSibling.textContent.split(/[ ,]/).slice(0, 2)
                .join(' '),
              [...list.children].map(({ textContent }) =>
                Number(/Order (\d+)/.exec(textContent)[1]))])));
          const by = new Map((await read(demo, made)).map(({ id, price }) =>
            [id, price]));
          for (const id of groups['Not sent']) assert.equal(by.get(id), '10');
          for (const id of groups.Changed ?? []) assert.equal(by.get(id), '10.5');
        });
        await desk.line.mend();
      }));
}

// The first of them are written, the others are held until let() is called.
async function holdChanges(page, first) {
  let sent = 0;
  let letGo;
  const held = new Promise((resolve) => { letGo = resolve; });
  await page.route(/\/api\/data\/\d+\/$/, async (route) => {
    if (route.request().method() === 'PATCH' && ++sent > first) await held;
    await route.continue();
  });
  return letGo;
}

for (const [way, stop] of Object.entries({
  mouse: (page) => byId(page, 'work-stop').click(),
  async keys(page) {
    await byId(page, 'work-stop').waitFor();
    await page.keyboard.press('Escape');
  },
})) test(`it can be stopped by ${way}, and what was not sent is told line by line`,
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const made = await place(demo, many(12, { price: '10' }));
    const page = await at(desk, '/', 'demo');
    await HANDS[way].choose(page, made);
    await HANDS[way].fill(page, { amount: '10.5' });
    await title(page, 'Price to 10.5: change 12 orders?');
    const letGo = await holdChanges(page, 3);
    await HANDS[way].agree(page);
    await stop(page);
    await byId(page, 'work-stop').getByText('Stopping…').waitFor();
    letGo();
    // Four at a time are under way: these are written, and nothing behind them.
    await title(page, '7 orders changed, 5 not sent');
    await page.locator('#confirm-text').getByText(
      'You stopped it. What had been sent by then counts.').waitFor();
    const by = new Map((await read(demo, made)).map(({ id, price }) =>
      [id, price]));
    const listed = await page.locator('#confirm-list .left-list').evaluateAll(
      (lists) => lists.map(({ children }) => [...children].map(
        ({ textContent }) => Number(/Order (\d+)/.exec(textContent)[1]))));
    assert.deepEqual(listed.map(({ length }) => length), [5, 7]);
    const [unsent, done] = listed;
    for (const id of unsent) assert.equal(by.get(id), '10');
    for (const id of done) assert.equal(by.get(id), '10.5');
    await page.keyboard.press('Escape');
    await byId(page, 'work-stop').waitFor({ state: 'hidden' });
    await said(page, '7 orders changed, 5 not sent.');
  }));
