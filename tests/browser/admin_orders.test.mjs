// Everybody's orders, as staff sees and changes them.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test, { after, before } from 'node:test';
import { byId, cell, closeBrowser, coloured, idsOf, info, many, openBrowser,
         place, row, rowsOf, said, search, state, takeSide, withDesk }
  from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const REFUSED = [/status of 4\d\d/];
const PATH = '/admin/orders/';
const editor = (page) => page.locator('.cell-editor :is(input, select)');
const open = (page, id) => page.locator(`#${id}[open]`).waitFor();
const choose = (page, id) => row(page, id).locator('.choose').click();

async function seed(world) {
  const demo = await world.token('demo');
  const other = await world.token('other');
  return {
    demo, other,
    demos: await place(demo, many(30)),
    others: await place(other, many(10, { side: 'sell',
                                          instrument: 'AXA02' })),
  };
}

test('who is no staff gets a page that says why',
  withDesk({}, { expected: [/403/] }, async (world, desk) => {
    for (const path of ['/admin/', PATH, '/admin/users/', '/admin/users/1/',
                        '/admin/audit/']) {
      const page = path === '/admin/' ? await desk.at(path, 'demo')
        : await desk.page(path);
      await page.getByText('only staff may do this').waitFor();
      assert.equal(await page.title(), 'Forbidden - lws-app');
      await page.close();
    }
    const page = await desk.page('/');
    await byId(page, 'user-menu').click();
    await byId(page, 'account-link').waitFor();
    assert.equal(await byId(page, 'admin-link').isVisible(), false);
  }));

test('filters, search and order: shown, counted, in the address and the files',
  withDesk({}, { expected: REFUSED }, async (world, desk) => {
    await seed(world);
    const page = await desk.at('/', 'boss');
    await byId(page, 'user-menu').click();
    await byId(page, 'admin-link').click();
    await page.locator('#places a', { hasText: 'Orders' }).click();
    await info(page, '1–25 of 40');
    await byId(page, 'filter-owner').fill('OTHER');
    await info(page, '1–10 of 10 (40 in all)');
    assert.match(page.url(), /owner=OTHER/);
    await search(page, 'nothing like it');
    await info(page, 'None of 40');
    await page.getByText('No order matches the search and the filters. ' +
      'Clear them to see all orders.').waitFor();
    await byId(page, 'orders-search').press('Escape');
    await byId(page, 'filters-clear').click();
    await info(page, '1–25 of 40');
    await byId(page, 'filter-side').selectOption('sell');
    await info(page, '1–10 of 10 (40 in all)');
    await byId(page, 'filter-instrument').fill('axa');
    await byId(page, 'filter-status').click();
    await page.locator('#filters [name=status][value=new]').check();
    await page.keyboard.press('Escape');
    await page.locator('#orders thead th', { hasText: 'Price' }).click();
    await page.locator('#export-csv[href*="=axa"][href*="status__in=new"]' +
      '[href*="=price"]').waitFor();
    const { searchParams } = new URL(await byId(page, 'export-csv')
      .evaluate(({ href }) => href));
    assert.deepEqual(Object.fromEntries(searchParams),
      { instrument__contains: 'axa', side: 'sell', status__in: 'new',
        ordering: 'price', scope: 'all', format: 'csv', safe: '1', asked_by: 'boss' });
    await page.reload();
    await info(page, '1–10 of 10 (40 in all)');
    assert.equal(await byId(page, 'filter-side').inputValue(), 'sell');

    // Days are those of the one who looks: today to today has them all.
    await byId(page, 'filters-clear').click();
    const day = (offset) => new Date(Date.now() + offset * 86400000)
      .toLocaleDateString('sv');
    await byId(page, 'filter-since').fill(day(0));
    await byId(page, 'filter-until').fill(day(0));
    await info(page, '1–25 of 40');
    await byId(page, 'filter-until').fill(day(-1));
    await info(page, 'None of 40');
  }));

test('the rows that match, all of them, as a file',
  withDesk({}, {}, async (world, desk) => {
    await seed(world);
    const page = await desk.at(PATH, 'boss');
    await info(page, '1–25 of 40');
    await byId(page, 'filter-owner').fill('demo');
    await info(page, '1–25 of 30 (40 in all)');
    for (const [format, lines] of [['csv', 31], ['ndjson', 30]]) {
      const coming = page.waitForEvent('download');
      await byId(page, `export-${format}`).click();
      const download = await coming;
      assert.match(download.suggestedFilename(), new RegExp(`\\.${format}$`));
      const text = await readFile(await download.path(), 'utf8');
      assert.equal(text.trim().split('\n').length, lines);
      assert.match(text, /INS29/);
      assert.ok(text.search(/INS0\b/) < text.indexOf('INS29'), 'oldest first');
      assert.match(text, /INS0\b/);
      assert.doesNotMatch(text, /AXA02/);
    }
  }));

test('it is live: every owner, new, changed, moved and removed',
  withDesk({ redis: true }, {}, async (world, desk) => {
    const { demo, other, demos } = await seed(world);
    const page = await desk.at(PATH, 'boss');
    await state(page, 'live');
    await info(page, '1–25 of 40');
    const fresh = await other.order({ instrument: 'FRESH' });
    await coloured(page, fresh.id, 'new');
    await info(page, '1–25 of 41');
    await demo.patch(`/api/data/${demos[29].id}/`, { price: '4321' });
    await coloured(page, demos[29].id, 'update');
    await cell(page, demos[29].id, 'price').filter({ hasText: '4,321' })
      .waitFor();
    const boss = await world.token('boss');
    await boss.patch(`/api/data/${fresh.id}/`, { owner: 'demo' });
    await cell(page, fresh.id, 'owner').filter({ hasText: 'demo' }).waitFor();
    await demo.delete(`/api/data/${fresh.id}/`);
    await coloured(page, fresh.id, 'delete');
    await info(page, '1–25 of 40');
  }));

test('a cell by keys: Enter edits, Tab goes on, Esc leaves, faults are said',
  withDesk({}, { expected: REFUSED }, async (world, desk) => {
    const { others: [{ id }] } = await seed(world);
    const page = await desk.at(PATH, 'boss');
    const { keyboard } = page;
    await cell(page, id, 'price').click();
    await keyboard.press('Enter');
    assert.equal(await editor(page).getAttribute('aria-label'),
                 `Price of order ${id}`);
    await keyboard.type('dear');
    await keyboard.press('Enter');
    await page.locator('.cell-error').filter({ hasText: /number/i }).waitFor();
    assert.ok(await editor(page).evaluate((one) =>
      one === document.activeElement && one.ariaInvalid === 'true'));
    await keyboard.press('Escape');
    await page.locator(`#order-${id}:focus`).waitFor();
    assert.equal(await editor(page).count(), 0);
    assert.equal(await cell(page, id, 'price').innerText(), '0.5');

    await keyboard.press('Enter');
    await keyboard.type('7.25');
    // Tab writes nothing: it comes to the button that does.
    await keyboard.press('Tab');
    await page.locator('.cell-editor button[type=submit]:focus').waitFor();
    await keyboard.press('Enter');
    await said(page, `Order ${id} (Sell AXA02) is saved: price 0.5 → 7.25.`);
    await page.locator(`#order-${id}:focus`).waitFor();
    await keyboard.press('Enter');
    await keyboard.press('Tab');
    await page.locator(`[aria-label="Filled of order ${id}"]`).waitFor();
    await keyboard.press('Tab');
    await page.locator(`[aria-label="Status of order ${id}"]`).waitFor();
    await editor(page).selectOption('rejected');
    await keyboard.press('Enter');
    await cell(page, id, 'status').filter({ hasText: 'rejected' }).waitFor();
    await page.locator(`#order-${id}:focus`).waitFor();
    assert.equal(await cell(page, id, 'price').innerText(), '7.25');

    // A double click edits the cell it hits.
    await cell(page, id, 'instrument').locator('.instrument').dblclick();
    await editor(page).fill('RENAMED');
    await keyboard.press('Enter');
    await cell(page, id, 'instrument').filter({ hasText: 'RENAMED' })
      .waitFor();
  }));

test('Enter edits the cell that was clicked last in its row, or the quantity',
  withDesk({}, {}, async (world, desk) => {
    const { others: [{ id }, next] } = await seed(world);
    const page = await desk.at(PATH, 'boss');
    const { keyboard } = page;
    const edits = async (order, field) => {
      await page.locator(`#order-${order}:focus`).waitFor();
      await keyboard.press('Enter');
      await page.locator('.cell-editor')
        .getByLabel(`${field} of order ${order}`).waitFor();
      await keyboard.press('Escape');
    };
    await cell(page, id, 'status').click();
    await edits(id, 'Status');
    await cell(page, id, 'quantity').dblclick();
    await keyboard.press('Escape');
    await cell(page, id, 'price').click();
    await edits(id, 'Price');
    await edits(id, 'Price');
    // Not edited: none of the fields.
    await cell(page, id, 'id').click();
    await edits(id, 'Quantity');
    await cell(page, next.id, 'price').click();
    await keyboard.press('ArrowDown');
    await edits(id, 'Quantity');
  }));

test('what is typed survives changes of the rows around it',
  withDesk({}, {}, async (world, desk) => {
    const { demo, others: [{ id }] } = await seed(world);
    const page = await desk.at(PATH, 'boss');
    await state(page, 'live');
    await cell(page, id, 'quantity').dblclick();
    await editor(page).fill('55');
    await demo.order({ instrument: 'FRESH' });
    await byId(page, 'rows-waiting').getByText('1 new order').waitFor();
    assert.equal(await editor(page).inputValue(), '55');
    // It lies over its cell still.
    const [over, under] = await page.evaluate((order) => [
      document.querySelector('.cell-editor input'),
      document.querySelector(`#order-${order} .col-quantity`),
    ].map((one) => Math.round(one.getBoundingClientRect().top)), id);
    assert.ok(Math.abs(over - under) <= 1, `${over} ${under}`);
    await page.keyboard.press('Enter');
    await cell(page, id, 'quantity').filter({ hasText: '55' }).waitFor();
  }));

for (const [what, leave] of [
  ['another page', (page) => page.locator('.dt-paging button.next').click()],
  ['another sort', (page) => page.locator('#orders thead th',
    { hasText: 'Side' }).click()],
]) {
  test(`${what} takes a cell's row away: its editor goes too, and says so`,
    withDesk({}, {}, async (world, desk) => {
      const { other, others } = await seed(world);
      const { id } = others.at(-1);
      const page = await desk.at(PATH, 'boss');
      await state(page, 'live');
      await cell(page, id, 'price').dblclick();
      await editor(page).fill('dear');
      await leave(page);
      await row(page, id).waitFor({ state: 'detached' });
      await editor(page).waitFor({ state: 'detached' });
      await said(page, `Not saved: price \u201cdear\u201d of order ${id}`);
      assert.equal((await other.get(`/api/data/${id}/`)).body.price, '9.5');
    }));
}

test('what was not changed closes with its row, without a word',
  withDesk({}, {}, async (world, desk) => {
    const { others } = await seed(world);
    const page = await desk.at(PATH, 'boss');
    await state(page, 'live');
    await cell(page, others.at(-1).id, 'price').dblclick();
    await editor(page).waitFor();
    await page.locator('.dt-paging button.next').click();
    await editor(page).waitFor({ state: 'detached' });
    assert.equal(await byId(page, 'said').innerText(), '');
  }));

test('a cell editor stays over its cell whatever the window is',
  withDesk({}, {}, async (world, desk) => {
    const { others: [{ id }] } = await seed(world);
    const page = await desk.at(PATH, 'boss');
    await state(page, 'live');
    await cell(page, id, 'price').dblclick();
    await editor(page).fill('55');
    for (const width of [1600, 1000, 1340]) {
      await page.setViewportSize({ width, height: 800 });
      await page.waitForFunction((order) => {
        const [over, under] = ['.cell-editor input', `#order-${order} .col-price`]
          .map((one) => document.querySelector(one).getBoundingClientRect());
        return Math.abs(over.left - under.left) <= 1 &&
          Math.abs(over.top - under.top) <= 1;
      }, id);
    }
    assert.equal(await editor(page).inputValue(), '55');
  }));

for (const [keeps, button, price, words] of [
  ['mine', 'keep-mine', '8', 'is saved'],
  ['theirs', 'take-theirs', '9', 'was left as they changed it.']]) {
  test(`somebody was faster: both sides are shown, ${keeps} is kept`,
    withDesk({}, { expected: REFUSED }, async (world, desk) => {
      const { other, others: [{ id }] } = await seed(world);
      const page = await desk.at(PATH, 'boss');
      await byId(page, 'realtime-button').click();
      await cell(page, id, 'price').dblclick();
      await editor(page).fill('8');
      await other.patch(`/api/data/${id}/`, { price: '9', quantity: '8' });
      await page.keyboard.press('Enter');
      await open(page, 'conflict');
      const rows = page.locator('#conflict-rows tr');
      assert.deepEqual(await rows.allInnerTexts(), [
        'quantity\t1\tas theirs\t8', 'price\t0.5\t8\t9']);
      // Neither side: what was typed is there still, and nothing is written.
      await page.keyboard.press('Escape');
      await page.locator('.cell-error')
        .filter({ hasText: 'Your change was not saved.' }).waitFor();
      assert.equal(await editor(page).inputValue(), '8');
      // Nor does Enter, pressed by habit, drop it.
      await page.keyboard.press('Enter');
      await open(page, 'conflict');
      await page.keyboard.press('Enter');
      await page.locator('#conflict:not([open])').waitFor(
        { state: 'attached' });
      assert.equal(await editor(page).inputValue(), '8');
      await page.keyboard.press('Enter');
      await open(page, 'conflict');
      await byId(page, button).click();
      await said(page, words);
      await cell(page, id, 'price').filter({ hasText: price }).waitFor();
      await cell(page, id, 'quantity').filter({ hasText: '8' }).waitFor();
      const { body } = await other.get(`/api/data/${id}/`);
      assert.deepEqual([body.price, body.quantity], [price, '8']);
    }));
}

test('a new order for a named owner, and all fields of one that is there',
  withDesk({}, { expected: REFUSED }, async (world, desk) => {
    const { demo } = await seed(world);
    const page = await desk.at(PATH, 'boss');
    await rowsOf(page).first().waitFor();
    await page.keyboard.press('n');
    await page.fill('#ticket-owner', 'nobody');
    await page.fill('#ticket-instrument', 'FOR-DEMO');
    await takeSide(page);
    await page.fill('#ticket-quantity', '5');
    await page.fill('#ticket-price', '6');
    await page.keyboard.press('Enter');
    await page.locator('#ticket-owner-error').waitFor();
    await page.fill('#ticket-owner', 'demo');
    await page.keyboard.press('Enter');
    await said(page, 'is placed.');
    await info(page, '1–25 of 41');
    const [id] = await idsOf(page);
    const { body } = await demo.get(`/api/data/${id}/`);
    assert.equal(body.instrument, 'FOR-DEMO');
    await row(page, id).click();
    await page.keyboard.press('e');
    await open(page, 'ticket');
    await page.selectOption('#ticket-status', 'partially_filled');
    await page.fill('#ticket-filled_quantity', '2');
    await page.fill('#ticket-average_price', '6.25');
    await page.locator('#ticket button[type=submit]').click();
    await cell(page, id, 'filled_quantity').filter({ hasText: '2' }).waitFor();
    assert.equal((await demo.get(`/api/data/${id}/`)).body.average_price,
                 '6.25');
  }));

test('many at once: asked once, all or none, and said where it was started',
  withDesk({}, { expected: REFUSED }, async (world, desk) => {
    const { demos, others } = await seed(world);
    const page = await desk.at(PATH, 'boss');
    await state(page, 'live');
    const newest = others.slice(-2).map(({ id }) => id);
    for (const id of newest) await choose(page, id);
    await byId(page, 'chosen-count').filter({ hasText: '2 selected' }).waitFor();
    await byId(page, 'order-cancel').filter({ hasText: 'Cancel 2 orders' })
      .click();
    await open(page, 'confirm');
    assert.match(await page.locator('#confirm').innerText(),
                 /Cancel 2 orders\?\s+Owner: other\./);
    await page.locator('#confirm-no').click();
    await cell(page, newest[0], 'status').filter({ hasText: 'new' }).waitFor();
    // By keys: Space chooses, c cancels.
    await row(page, newest[0]).click();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    await byId(page, 'chosen-count').filter({ hasText: '3 selected' }).waitFor();
    await page.keyboard.press('c');
    await byId(page, 'confirm-yes').click();
    await said(page, '3 orders canceled.');
    for (const id of newest)
      await cell(page, id, 'status').filter({ hasText: 'canceled' }).waitFor();
    assert.equal(await page.locator('#chosen').isVisible(), false);

    // A page of them, over two pages; one is gone meanwhile: none is touched.
    await byId(page, 'choose-page').check();
    await byId(page, 'chosen-count').filter({ hasText: '25 selected' }).waitFor();
    await page.locator('#chosen-clear').click();
    assert.equal(await byId(page, 'choose-page').isChecked(), false);
    assert.equal(await page.locator('#chosen').isVisible(), false);
    await byId(page, 'choose-page').check();
    await page.locator('.dt-paging').getByText('2', { exact: true }).click();
    await info(page, '26–40 of 40');
    await choose(page, demos[0].id);
    await byId(page, 'realtime-button').click();
    const boss = await world.token('boss');
    await boss.patch(`/api/data/${demos[0].id}/`, { price: '9' });
    await byId(page, 'order-remove').filter({ hasText: 'Remove 26 orders' })
      .click();
    await byId(page, 'confirm-yes').click();
    await byId(page, 'confirm').filter({
      hasText: 'Nothing has been removed yet' }).waitFor();
    await info(page, '26–40 of 40');
    await page.keyboard.press('Escape');
    await page.goto(PATH);
    await info(page, '1–25 of 40');
    await byId(page, 'choose-page').check();
    await page.keyboard.press('Tab');
    await byId(page, 'order-remove').click();
    await byId(page, 'confirm-yes').click();
    await said(page, '25 orders removed.');
    await info(page, '1–15 of 15');
  }));

test('the history of an order, in a drawer',
  withDesk({}, {}, async (world, desk) => {
    const { other, others: [{ id }] } = await seed(world);
    await other.patch(`/api/data/${id}/`, { price: '7.5', quantity: '3' });
    const page = await desk.at(PATH, 'boss');
    await row(page, id).click();
    await page.keyboard.press('h');
    await open(page, 'history');
    const items = page.locator('#history-list > li');
    await items.nth(1).waitFor();
    assert.match(await items.nth(0).innerText(),
                 /changed\s+by other\s+from 127\.0\.0\.1/);
    assert.match(await items.nth(0).innerText(), /price 0\.5 → 7\.5/);
    assert.match(await items.nth(0).innerText(), /quantity 1 → 3/);
    assert.match(await items.nth(1).innerText(), /placed\s+by other/);
    await page.keyboard.press('Escape');
    await page.locator(`#order-${id}:focus`).waitFor();
  }));

test('a field that nobody has typed into follows its order; what is typed does not',
  withDesk({}, { expected: REFUSED }, async (world, desk) => {
    const { other, others: [{ id }] } = await seed(world);
    const page = await desk.at(PATH, 'boss');
    await state(page, 'live');
    const holds = (text) => page.waitForFunction((wanted) =>
      document.querySelector('.cell-editor input')?.value === wanted, text);
    await cell(page, id, 'price').dblclick();
    await other.patch(`/api/data/${id}/`, { price: '8' });
    await holds('8');
    // What has been typed stays, and is no less meant where it is what the price
    // was at first.
    await editor(page).fill('7');
    await other.patch(`/api/data/${id}/`, { price: '9' });
    await cell(page, id, 'price').filter({ hasText: '9' }).waitFor();
    await editor(page).fill('8');
    assert.equal(await editor(page).inputValue(), '8');
    await page.keyboard.press('Enter');
    await open(page, 'conflict');
    await byId(page, 'keep-mine').click();
    await said(page, 'is saved: price 9 → 8.');
    assert.equal((await other.get(`/api/data/${id}/`)).body.price, '8');
  }));
