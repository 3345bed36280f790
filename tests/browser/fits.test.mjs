// Nothing sticks out of the window, sideways, whatever its width and whatever
// users are called.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Desk, byId, closeBrowser, many, openBrowser, place, rowsOf, withDesk }
  from './lib/page.mjs';

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
