// Numbers typed as this browser shows them, and what was placed by that: the
// API is asked.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Desk, byId, cell, closeBrowser, info, later, many, openBrowser, place,
         row, rowsOf, said, search, state, stopTime, takeSide, withDesk } from './lib/page.mjs';
import { withTraffic } from './lib/traffic.mjs';

before(openBrowser);
after(closeBrowser);

const REFUSED = [/status of 4\d\d/];
const submit = (page) => page.locator('#ticket button[type=submit]');
const editor = (page) => page.locator('.cell-editor :is(input, select)');
const warning = (page, text) => byId(page, 'ticket-warning')
  .filter({ hasText: text }).waitFor();
const closed = (page) => page.locator('#ticket:not([open])')
  .waitFor({ state: 'attached' });
const fill = async (page, fields) => {
  for (const [name, text] of Object.entries(fields))
    await page.fill(`#ticket-${name}`, text);
};

// The ways of hands.
const HANDS = {
  mouse: {
    change: (page) => byId(page, 'order-change').click(),
    submit: (page) => submit(page).click(),
    save: (page) => page.locator('.cell-editor')
      .getByText('Save', { exact: true }).click(),
  },
  keys: {
    change: (page) => page.keyboard.press('e'),
    submit: (page) => page.locator('#ticket-quantity').press('Enter'),
    save: (page) => editor(page).press('Enter'),
  },
};

for (const [how, hand] of Object.entries(HANDS)) for (const [locale, quantity,
  price, echo, sent] of [
  ['de-DE', '1.234', ' 12,5 ', 'Buy 1.234 EDF01 @ 12,5 = 15.425',
    ['1234', '12.5']],
  ['en-US', '1,234', '.5', 'Buy 1,234 EDF01 @ 0.5 = 617', ['1234', '0.5']],
  ['fr-FR', '1 234,5', '−2', 'Buy 1\u202f234,5 EDF01 @ −2 = −2\u202f469',
    ['1234.5', '-2']]]) {
  test(`${locale}: ${quantity} at ${price} is placed as it is read, by ${how}`,
    withDesk({}, { locale }, async (world, desk) => {
      const demo = await world.token('demo');
      const made = await place(demo, many(3));
      const page = await desk.login();
      await page.keyboard.press('n');
      await takeSide(page);
      await fill(page, { instrument: 'EDF01', quantity, price });
      assert.equal(await submit(page).innerText(), echo);
      await withTraffic(demo, [made[0].id], async () => {
        await hand.submit(page);
        await closed(page);
        await said(page, '(Buy EDF01) is placed.');
      });
      const { results: [order] } = (await demo.get(
        '/api/data/?instrument=EDF01')).body;
      assert.deepEqual([order.quantity, order.price], sent);
      // As it is shown, so it is typed.
      await row(page, order.id).click();
      const shown = await cell(page, order.id, 'quantity').innerText();
      await hand.change(page);
      await fill(page, { quantity: shown });
      await hand.submit(page);
      await closed(page);
      assert.equal((await demo.get(`/api/data/${order.id}/`)).body.version, 1);
    }));
}

test('where there are other digits all of a number is in them',
  withDesk({}, { locale: 'ar-EG' }, async (world, desk) => {
    const demo = await world.token('demo');
    const [{ id }] = await place(demo, many(1, { price: '1234.56' }));
    const page = await desk.at('/', 'demo');
    await cell(page, id, 'price').filter({ hasText: '١٬٢٣٤٫٥٦' }).waitFor();
    await page.keyboard.press('n');
    await takeSide(page);
    await fill(page, { instrument: 'INS0', quantity: '٧', price: '١٢٣٤٫٥' });
    assert.match(await submit(page).innerText(), /١٬٢٣٤٫٥\P{Nd}/u);
    await page.keyboard.press('Enter');
    await closed(page);
    const { results: [order] } = (await demo.get('/api/data/')).body;
    assert.deepEqual([order.quantity, order.price], ['7', '1234.5']);
  }));

for (const [how, hand] of Object.entries(HANDS)) {
  test(`what may mean another number is refused, each at its field, by ${how}`,
    withDesk({}, { locale: 'de-DE' }, async (world, desk) => {
      const demo = await world.token('demo');
      const [busy] = await place(demo, many(1));
      const page = await desk.login();
      await withTraffic(demo, [busy.id], async () => {
        await page.keyboard.press('n');
        await takeSide(page);
        await fill(page, { instrument: 'EDF01' });
        for (const [quantity, price, ...words] of [
          ['1.5', '1.23',
            /“1\.5” could be read two ways.*“,” is the decimal mark/,
            /“1\.23” could be read two ways/],
          ['1e3', '1k', /“1e3” is not accepted:.*without a power of ten/,
            /“1k” is not accepted:.*without “k”/],
          ['0', 'dear', /greater than 0/, /Must be a number, as in 1\.234,5/]]) {
          await fill(page, { quantity, price });
          assert.equal(await submit(page).innerText(), 'Place order');
          await hand.submit(page);
          for (const [i, name] of ['quantity', 'price'].entries())
            await page.locator(`#ticket-${name}-error`).filter(
              { hasText: words[i] }).waitFor();
        }
      });
      assert.equal((await demo.get('/api/data/?instrument=EDF01')).body.count, 0);
    }));
}

for (const [how, hand] of Object.entries(HANDS)) {
  test('a price far from the last one is asked about, however fast one types, by ' +
    how,
    withDesk({}, {}, async (world, desk) => {
      const demo = await world.token('demo');
      await place(await world.token('other'), many(1, { instrument: 'EDF01' }));
      const [busy] = await place(demo, many(1));
      await place(demo, [{ instrument: 'EDF01', quantity: '9', price: '12.5' }]);
      const count = async () =>
        (await demo.get('/api/data/?instrument=EDF01')).body.count;
      const page = await desk.login();
      await withTraffic(demo, [busy.id], async () => {
        await page.keyboard.press('n');
        for (const text of ['EDF01', ' ', '10', '1.25']) { // Space takes Buy
          await page.keyboard.type(text);
          if (text === '1.25') await hand.submit(page);
          else await page.keyboard.press('Tab');
        }
        await page.locator('#ticket .form-error').filter({ hasText:
          '1.25 is 90 % away from your last order of EDF01, 12.5. Press' })
          .waitFor();
        assert.equal(await count(), 1);
        // Near it, no word; far from it, one that stands there before it is sent.
        await fill(page, { price: '13.75' });
        await page.waitForFunction(() =>
          !document.querySelector('#ticket-warning').textContent);
        await fill(page, { price: '13.76' });
        await warning(page, '13.76 is 10.1 % away from your last order');
        // Even that is asked about once, and not answered by a key that bounces.
        await stopTime(page);
        await hand.submit(page);
        await hand.submit(page);
        await page.locator('#ticket .form-error').filter({ hasText:
          '13.76 is 10.1 % away' }).waitFor();
        assert.equal(await count(), 1);
        await later(page);
        await hand.submit(page);
        await closed(page);
      });
      const { results: [order] } = (await demo.get(
        '/api/data/?instrument=EDF01')).body;
      assert.deepEqual([await count(), order.price], [2, '13.76']);
    }));
}

test('a limit is told while one types, and held to by the server',
  withDesk({ redis: true }, { expected: REFUSED }, async (world, desk) => {
    const boss = await world.login('boss');
    const demo = await world.token('demo');
    const page = await desk.login();
    const { id } = (await demo.get('/api/me/')).body;
    const limits = { max_quantity: '1000', max_notional: '5000.5' };
    const { status, text } = await boss.patch(`/api/users/${id}/`, limits);
    assert.equal(status, 200, text);
    await page.keyboard.press('n');
    await takeSide(page);
    await fill(page, { instrument: 'EDF01', quantity: '1,001', price: '1' });
    await warning(page, 'The quantity is above your limit of 1,000 per order.');
    await page.keyboard.press('Enter');
    await page.locator('#ticket-quantity-error')
      .filter({ hasText: 'must be at most 1,000,' }).waitFor();
    await fill(page, { quantity: '1000', price: '−5.01' });
    await warning(page, 'Quantity times price is 5,010, above your limit of 5,000.5 per order.');
    await page.keyboard.press('Enter');
    await page.locator('#ticket-quantity-error')
      .filter({ hasText: 'must be at most 5,000.5,' }).waitFor();
    await fill(page, { price: '5.0005' });
    await page.waitForFunction(() =>
      !document.querySelector('#ticket-warning').textContent);
    await page.keyboard.press('Enter');
    await closed(page);
    const { results, count } = (await demo.get('/api/data/')).body;
    assert.deepEqual([count, results[0].quantity, results[0].price],
                     [1, '1000', '5.0005']);
  }));

for (const [locale, typed, fault, whole, parts, price] of [
  ['en-US', '1.000', 'write 1000, or 1.0000', '1000', '1.0000', '1.125'],
  ['de-DE', '1,000', 'write 1000, or 1,0000', '1.000', '1,0000', '1,125']]) {
  for (const how of ['mouse', 'keys']) {
    test(`${typed} is no quantity of its own in ${locale}, but a price, by ${how}`,
      withDesk({}, { locale }, async (world, desk) => {
        const demo = await world.token('demo');
        const [busy] = await place(demo, many(1));
        const page = await desk.login();
        const press = () => how === 'mouse' ? submit(page).click()
          : page.keyboard.press('Enter');
        await withTraffic(demo, [busy.id], async () => {
          await page.keyboard.press('n');
          await takeSide(page);
          await fill(page, { instrument: 'EDF01', price, quantity: typed });
          await warning(page, fault);
          await press();
          await page.locator('#ticket-quantity-error').filter(
            { hasText: fault }).waitFor();
          await fill(page, { quantity: whole });
          await press();
          await closed(page);
        });
        const { results: [order], count } =
          (await demo.get('/api/data/?instrument=EDF01')).body;
        assert.deepEqual([count, order.quantity, order.price],
                         [1, '1000', '1.125']);
      }));
  }

  test(`a part is written in full in ${locale}, and read again as it stands`,
    withDesk({}, { locale }, async (world, desk) => {
      const demo = await world.token('demo');
      const [order] = await place(demo, many(1, { quantity: '1.125' }));
      const page = await desk.at('/admin/orders/', 'boss');
      await rowsOf(page).first().waitFor();
      await cell(page, order.id, 'quantity').dblclick();
      assert.equal(await editor(page).inputValue(), price + '0');
      await editor(page).fill(typed);
      await page.keyboard.press('Enter');
      await page.locator('.cell-error').filter({ hasText: fault }).waitFor();
      await editor(page).fill(parts);
      await page.keyboard.press('Enter');
      await cell(page, order.id, 'quantity').filter({ hasText: /^1$/ }).waitFor();
      assert.equal((await demo.get(`/api/data/${order.id}/`)).body.quantity, '1');
    }));
}

test('where an instrument is dealt in parts, they are typed as they are',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const boss = await world.token('boss');
    await boss.post('/api/instruments/', { symbol: 'BTC', lot: '0.001' });
    const page = await desk.login();
    await page.keyboard.press('n');
    await takeSide(page);
    await fill(page, { instrument: 'BTC', quantity: '1.125', price: '1' });
    await submit(page).getByText('Buy 1.125 BTC @ 1 = 1.125').waitFor();
    await submit(page).click();
    await closed(page);
    const [order] = (await demo.get('/api/data/')).body.results;
    assert.equal(order.quantity, '1.125');
    // And in the cell of everybody's grid.
    const grid = await (await Desk.open(world)).at('/admin/orders/', 'boss');
    await rowsOf(grid).first().waitFor();
    await cell(grid, order.id, 'quantity').dblclick();
    await editor(grid).fill('1.250');
    await grid.locator('.cell-echo').filter({ hasText: 'Buy 1.25 BTC' }).waitFor();
    await grid.keyboard.press('Enter');
    await cell(grid, order.id, 'quantity').filter({ hasText: '1.25' }).waitFor();
    await grid.context().close();
  }));

test('limits of a user are typed as numbers are shown, too',
  withDesk({}, { locale: 'de-DE' }, async (world, desk) => {
    const demo = await world.token('demo');
    const me = async () => (await demo.get('/api/me/')).body;
    const { id } = await me();
    const page = await desk.at(`/admin/users/${id}/`, 'boss');
    const save = page.locator('#details button[type=submit]');
    await byId(page, 'user-title').filter({ hasText: 'demo' }).waitFor();
    await page.fill('#max_quantity', '1.5');
    await save.click();
    await page.locator('#max_quantity-error').filter({ hasText: 'two ways' })
      .waitFor();
    await page.fill('#max_quantity', '1.500');
    await page.fill('#max_notional', '20000,25');
    const answer = page.waitForResponse((response) =>
      response.request().method() === 'PATCH');
    await save.click();
    assert.equal((await answer).status(), 200);
    const { max_quantity: most, max_notional: worth } = await me();
    assert.deepEqual([most, worth], ['1500', '20000.25']);
  }));

// Where a cell or a line ends the browser has a tab, or puts a blank.
for (const [how, hand] of Object.entries(HANDS)) for (const [locale, path, name]
  of [['fr-FR', '/', 'demo'], ['en-US', '/admin/orders/', 'boss']]) {
  test(`${locale}, ${path}: two numbers that are pasted are not one, by ${how}`,
    withDesk({}, { locale, permissions: ['clipboard-read', 'clipboard-write'] },
      async (world, desk) => {
        const demo = await world.token('demo');
        const [order] = await place(demo, many(2, { quantity: '100' }));
        const page = await desk.at(path, name);
        await rowsOf(page).first().waitFor();
        const paste = async (field, text) => {
          await page.evaluate((it) => navigator.clipboard.writeText(it), text);
          await field.fill('');
          await field.press('Control+v');
        };
        const quantity = page.locator('#ticket-quantity');
        await row(page, order.id).click();
        await hand.change(page);
        await withTraffic(demo, [order.id + 1], async () => {
          for (const text of ['100\t250', '100\n250', '100\r\n250\r\n',
                              '1\u2028250']) {
            await paste(quantity, text);
            assert.match(await quantity.inputValue(), /^(100|1); 250$/);
            assert.equal(await submit(page).innerText(), 'Save changes');
            await hand.submit(page);
            await page.locator('#ticket-quantity-error').filter(
              { hasText: 'Must be a number' }).waitFor();
          }
          // One, with what a sheet puts behind it.
          await paste(quantity, '101\r\n');
          await hand.submit(page);
          await closed(page);
          if (name === 'boss') {
            await cell(page, order.id, 'price').dblclick();
            await paste(editor(page), '1\n250');
            await hand.save(page);
            await page.locator('.cell-error').filter(
              { hasText: 'Must be a number' }).waitFor();
          }
        });
        const { quantity: now, price } =
          (await demo.get(`/api/data/${order.id}/`)).body;
        assert.deepEqual([now, price], ['101', '0.5']);
      }));
}

for (const [how, hand] of Object.entries(HANDS)) {
  test(`the cells of a grid and its search read numbers likewise, by ${how}`,
    withDesk({}, { locale: 'de-DE', expected: REFUSED }, async (world, desk) => {
      const demo = await world.token('demo');
      const made = await place(demo, many(6, { instrument: 'EDF01',
                                               price: '1234.5' }));
      const { id } = made[2];
      const page = await desk.at('/admin/orders/', 'boss');
      await state(page, 'live');
      await rowsOf(page).first().waitFor();
      await withTraffic(demo, [made[0].id], async () => {
        await cell(page, id, 'price').dblclick();
        assert.equal(await editor(page).inputValue(), '1234,5');
        await editor(page).fill('1.5');
        await hand.save(page);
        await page.locator('.cell-error').filter({ hasText: 'could be read two ways' })
          .waitFor();
        await editor(page).fill('1.300');
        await page.locator('.cell-echo').filter({ hasText:
          'Buy 3 EDF01 @ 1.300 = 3.900' }).waitFor();
        await hand.save(page);
        await cell(page, id, 'price').filter({ hasText: '1.300' }).waitFor();
        // Far from the last: once more, or not at all.
        await cell(page, id, 'price').dblclick();
        await editor(page).fill('1,3');
        await hand.save(page);
        await page.locator('.cell-error').filter({ hasText:
          '1,3 is 99,9 % away from demo’s last orders of EDF01, 1.234,5. Save ' +
          'again' }).waitFor();
        // Leaving the cell is no answer to that.
        await page.locator('#orders-title').click();
        await page.locator('.cell-error').filter({ hasText: '1,3 is 99,9 %' })
          .waitFor();
        await page.locator('.cell-editor').getByText('Discard').click();
        await page.locator('.cell-editor').waitFor({ state: 'detached' });
      });
      assert.equal((await demo.get(`/api/data/${id}/`)).body.price, '1300');
      // Of how many in all, the traffic has decided.
      const found = (text) => page.locator('.dt-info').filter({ hasText: text })
        .waitFor();
      await search(page, '1.300');
      await found(/^1–1 of 1 \(/);
      await search(page, '1.234,5');
      await found(/^1–5 of 5 \(/);
    }));
}

test('counts are grouped as this browser does it',
  withDesk({}, { locale: 'de-DE' }, async (world, desk) => {
    const demo = await world.token('demo');
    for (let i = 0; i < 2; i++) await place(demo, many(620));
    const page = await desk.login();
    await info(page, '1–25 of 1.240');
    await search(page, 'INS1');
    await info(page, '1–25 of 222 (1.240 in all)');
    await search(page, '');
    const [{ id }] = (await demo.get('/api/data/')).body.results;
    assert.ok(id > 999);
    await row(page, id).click();
    await byId(page, 'order-cancel').getByText(`Cancel order ${id}`,
                                               { exact: true }).waitFor();
  }));
