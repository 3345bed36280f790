// Nothing sticks out of the window, sideways, whatever its width and whatever
// users are called.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Desk, byId, cell, closeBrowser, many, openBrowser, place, row, rowsOf,
         said, search, state, withDesk } from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const LONG = `w${'W'.repeat(149)}`;
const SIZES = [[1440, 900], [1024, 768], [390, 844]];

const listed = (id) => (page) => page.locator(`#${id} tbody td:not(.empty)`)
  .first().waitFor();

const PAGES = [
  ['/', (page) => rowsOf(page).first().waitFor()],
  ['/orders/1/', (page) => page.locator('#order-path li').first().waitFor()],
  ['/admin/', listed('recent')],
  ['/admin/orders/', (page) => rowsOf(page).first().waitFor()],
  ['/admin/users/', listed('users')],
  ['/admin/users/ID/', listed('sessions')],
  ['/admin/instruments/', listed('instruments')],
  ['/admin/audit/', listed('audit')],
  ['/accounts/', listed('sessions')],
];

// What is said of two things at once leaves the titles of columns and the search
// to be read and used.
const NOTICED = [[1440, 900], [1280, 800], [1024, 768], [820, 1180],
                 [390, 844]];
const NOTICES = {
  'what was canceled': async (page) => {
    await byId(page, 'order-cancel').click();
    await byId(page, 'confirm-yes').click();
    await said(page, 'is canceled.');
  },
  'what is selected': async (page, { id }) => {
    await row(page, id).locator('.choose').click();
    await search(page, 'INS');
    await byId(page, 'chosen-count').filter({ hasText: '1 not shown' }).waitFor();
  },
};

const coveredIn = (page) => page.evaluate(async () => {
  await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  return [...document.querySelectorAll('#orders thead th .dt-column-title, ' +
    '#orders-search, #said, #stale, #chosen-count')]
    .filter((one) => one.checkVisibility()).filter((one) => {
      const { left, top, width, height } = one.getBoundingClientRect();
      const over = document.elementFromPoint(left + width / 2, top + height / 2);
      return width > 2 && !one.contains(over) && !over?.contains(one);
    }).map((one) => one.id || one.textContent);
});

test('on a phone three things said at once cover no row, and move none',
  withDesk({}, { viewport: { width: 390, height: 844 } },
    async (world, desk) => {
      const boss = await world.token('boss');
      await place(boss, many(30));
      for (const path of ['/', '/admin/orders/']) {
        const page = await desk.at(path, 'boss');
        await state(page, 'live');
        const order = await boss.order({ instrument: 'SAID' });
        await row(page, order.id).click();
        const boxes = () => page.evaluate(() => {
          const of = (one) => one.getBoundingClientRect();
          const notices = document.getElementById('notices');
          return {
            top: of(document.querySelector('#orders tbody tr')).top,
            rows: of(document.querySelector('.dt-layout-table')).bottom,
            pager: of(document.querySelector('.dt-paging')).bottom,
            notices: notices.checkVisibility() ? of(notices).top : innerHeight,
          };
        });
        const before = await boxes();
        assert.equal(before.notices, 844);
        await NOTICES['what was canceled'](page);
        const one = await boxes();
        assert.ok(one.pager <= one.notices, JSON.stringify(one));
        await page.locator('#orders tbody .choose').nth(1).click();
        await byId(page, 'realtime-button').click();
        await byId(page, 'stale').waitFor();
        await byId(page, 'chosen-count').waitFor();
        assert.deepEqual(await coveredIn(page), []);
        const after = await boxes();
        assert.deepEqual([after.top, after.rows], [before.top, before.rows]);
        assert.ok(after.rows <= after.notices, JSON.stringify(after));
        // Above the grid there is a row for the tools, not two.
        assert.ok(after.top < (path === '/' ? 220 : 290), `${after.top}`);
        await page.close();
      }
    }));

for (const path of ['/', '/admin/orders/']) {
  for (const [what, notice] of Object.entries(NOTICES)) {
    test(`${path}: ${what} and that it is not live cover neither titles nor ` +
      'the search', withDesk({}, {}, async (world) => {
        const boss = await world.token('boss');
        await place(boss, many(12));
        for (const [width, height] of NOTICED) {
          const desk = await Desk.open(world, { viewport: { width, height } });
          const page = await desk.at(path, 'boss');
          await state(page, 'live');
          const order = await boss.order({ instrument: 'SAID' });
          await row(page, order.id).click();
          await notice(page, order);
          await byId(page, 'realtime-button').click();
          await byId(page, 'stale').waitFor();
          assert.deepEqual(await coveredIn(page), [], `at ${width}`);
          await desk.close();
        }
      }));
  }
}

test('at 390 px all places of staff are in sight',
  withDesk({}, { viewport: { width: 390, height: 844 } },
    async (world, desk) => {
      const page = await desk.at('/admin/', 'boss');
      for (const path of ['/admin/', '/admin/orders/', '/accounts/']) {
        await page.goto(path);
        const places = page.locator('#places a');
        assert.ok(await places.count() >= (path === '/accounts/' ? 1 : 6));
        for (const place of await places.all())
          assert.ok(await place.evaluate((one) => {
            const { left, right, top, bottom } = one.getBoundingClientRect();
            const over = document.elementFromPoint((left + right) / 2,
                                                   (top + bottom) / 2);
            return left >= 0 && right <= innerWidth && bottom - top >= 24 &&
              one.contains(over);
          }), `${path}: ${await place.innerText()}`);
      }
    }));

test('every page fits its window, with the longest names and numbers',
  withDesk({ users: [] }, {}, async (world) => {
    await world.createUser(LONG, 'createsuperuser');
    const own = await world.token(LONG);
    const { id } = (await own.get('/api/me/')).body;
    await own.post('/api/instruments/', { symbol: 'S'.repeat(255),
      name: 'N'.repeat(255), currency: 'C'.repeat(12),
      tick: '92233720368.54775807', lot: '92233720368.54775807',
      multiplier: '92233720368.54775807' });
    await place(own, many(30, {
      instrument: 'L'.repeat(255), price: '-92233720368.54775807',
      quantity: '92233720368.54775807', client_order_id: null }));
    for (const [width, height] of SIZES) {
      const desk = await Desk.open(world, { viewport: { width, height } });
      const page = await desk.at('/', LONG);
      for (const [path, whole] of PAGES) {
        await page.goto(path.replace('ID', id));
        await whole(page);
        const wide = await page.evaluate(() => [
          document.documentElement, ...document.querySelectorAll(
            '.panels, .panel, .dt-layout-cell, .list-scroller, .bar'),
        ].filter((one) => one.scrollWidth > one.clientWidth)
          .map((one) => `${one.tagName}.${one.className}#${one.id} ` +
            `${one.scrollWidth} > ${one.clientWidth}`));
        assert.deepEqual(wide, [], `${path} at ${width}`);
        // The menu can be reached.
        assert.ok(await byId(page, 'user-menu').evaluate((one) =>
          one.getBoundingClientRect().right <= innerWidth));
      }
      await desk.close();
    }
  }));

test('on a phone every tool can be come to, and none moves when rows are chosen',
  withDesk({}, { viewport: { width: 390, height: 844 } },
    async (world, desk) => {
      const demo = await world.token('demo');
      const made = await place(demo, many(5));
      const page = await desk.login();
      const lefts = () => page.locator('.tools button').evaluateAll((all) =>
        all.map(({ offsetLeft }) => offsetLeft));
      const before = await lefts();
      assert.equal(before.length, 7);
      await row(page, made[2].id).locator('.choose').click();
      await row(page, made[3].id).locator('.choose').click();
      await byId(page, 'order-remove').getByText('Remove 2 orders').waitFor();
      assert.deepEqual(await lefts(), before);
      for (const id of ['order-history', 'order-new']) {
        await byId(page, id).scrollIntoViewIfNeeded();
        const box = await byId(page, id).boundingBox();
        assert.ok(box.x >= 0 && box.x + box.width <= 390, id);
        assert.ok(box.height >= 36, id);
      }
    }));

const cutNumbers = (page) => page.locator(
  '#orders tbody td:is(.col-quantity, .col-price)').evaluateAll((all) => all
  .filter((one) => one.scrollWidth > one.clientWidth)
  .map(({ innerText }) => innerText));

test('on a phone no number is cut for the fractions of others',
  withDesk({}, { viewport: { width: 390, height: 844 } },
    async (world, desk) => {
      const demo = await world.token('demo');
      await place(demo, [
        { instrument: 'A', quantity: '12.5', price: '0.0625' },
        { instrument: 'B', quantity: '1000000', price: '123456' }]);
      const page = await desk.login();
      assert.deepEqual(await cutNumbers(page), []);
    }));

for (const path of ['/', '/admin/orders/'])
  test(`${path}: on a phone no number is cut for its own length`,
    withDesk({}, {}, async (world, desk) => {
      const numbers = ['122839217.5', '1228392171', '12283921712', '12345.678',
                       '999999999.125', '1234567.125', '123.45678', '1234567',
                       '92233720368.54775807'];
      await place(await world.token('demo'), numbers.map((quantity) =>
        ({ instrument: 'A', quantity, price: quantity })));
      const page = await desk.at(path, path === '/' ? 'demo' : 'boss');
      await rowsOf(page).first().waitFor();
      for (const width of [320, 350, 360, 375, 390, 412, 420]) {
        await page.setViewportSize({ width, height: 844 });
        assert.deepEqual(await cutNumbers(page), [], `${width}`);
      }
    }));

test('totals by instrument, side and status are to be read at every width',
  withDesk({}, {}, async (world, desk) => {
    const boss = await world.token('boss');
    const demo = await world.token('demo');
    for (const [symbol, currency] of [['AAPL', 'USD'], ['FGBL', 'EUR']])
      await boss.post('/api/instruments/', { symbol, currency });
    await place(demo, [
      { instrument: 'AAPL', quantity: '1234567', price: '201.25' },
      { instrument: 'FGBL', quantity: '1234567.5', price: '131.42' },
      { instrument: 'W'.repeat(80), quantity: '9876543', price: '10' }]);
    const page = await desk.login();
    await byId(page, 'totals-more').click();
    await byId(page, 'totals-instruments').getByText('AAPL').waitFor();
    for (const width of [1440, 1280, 1024, 834, 700]) {
      await page.setViewportSize({ width, height: 900 });
      // Broken over lines is a sum of several currencies alone.
      const broken = await page.locator('.totals-table :is(td, thead th)')
        .evaluateAll((all) => all.filter((one) => one.offsetHeight > 30 &&
          !one.textContent.includes('\u00b7') &&
          [...one.parentElement.cells].every((cell) =>
            !cell.textContent.includes('\u00b7') && cell.tagName === 'TD' ||
            cell.closest('thead'))).map(({ textContent }) => textContent));
      assert.deepEqual(broken, [], `at ${width}`);
      const panel = await byId(page, 'totals').locator('#totals-panel').evaluate(
        (one) => one.scrollWidth - one.clientWidth);
      assert.ok(panel <= 0, `at ${width} it is ${panel} px too wide`);
    }
  }));

test('the list of keys begins at its top in a low window, and can be closed there',
  withDesk({}, { viewport: { width: 1024, height: 480 } },
    async (world, desk) => {
      const page = await desk.login();
      await page.keyboard.press('?');
      await page.locator('#help[open]').waitFor();
      const seen = await page.evaluate(() => ['#help-title', '#help button']
        .map((one) => {
          const { top, bottom } = document.querySelector(one)
            .getBoundingClientRect();
          return top >= 0 && bottom <= innerHeight;
        }));
      assert.deepEqual(seen, [true, true]);
      await page.locator('#help button').click();
      await page.locator('#help').waitFor({ state: 'hidden' });
    }));

for (const width of [390, 834, 1440])
  test(`at ${width} px the arrow of a number that has changed stands beside it`,
    withDesk({}, { viewport: { width, height: 844 } }, async (world, desk) => {
      const demo = await world.token('demo');
      const [{ id }] = await place(demo, many(1));
      const page = await desk.login();
      await demo.patch(`/api/data/${id}/`, { price: '200', quantity: '1000' });
      for (const column of ['quantity', 'price']) {
        await page.locator(`#order-${id}[data-up~=${column}]`).waitFor();
        const { room, arrow } = await cell(page, id, column).evaluate((td) => {
          const { right, width: wide } = getComputedStyle(td, '::before');
          return { arrow: parseFloat(right) + parseFloat(wide),
                   room: parseFloat(getComputedStyle(td).paddingRight) };
        });
        assert.ok(arrow > 1 && arrow <= room, `${column}: ${arrow} of ${room}`);
      }
    }));
