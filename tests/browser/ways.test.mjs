// Which way a number has gone stands beside it for as long as its row is
// coloured, by a sign and a colour.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { cell, closeBrowser, coloured, many, openBrowser, place, row, withDesk }
  from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const sign = (page, id, field) => cell(page, id, field).evaluate((one) =>
  getComputedStyle(one, '::before').content.replace(/["\s/]/g, ''));
const way = (page, id, name, fields) => page.locator(
  `#order-${id}[data-${name}="${fields}"]`).waitFor();

test('up and down, each at its own number, and the last of several',
  withDesk({}, { viewport: { width: 1440, height: 900 } },
    async (world, desk) => {
      const boss = await world.token('boss');
      const demo = await world.token('demo');
      const [{ id }, { id: other }] = await place(demo, many(5));
      const page = await desk.login();
      await demo.patch(`/api/data/${id}/`, { price: '10', quantity: '0.5' });
      await way(page, id, 'up', 'price');
      await way(page, id, 'down', 'quantity');
      assert.equal(await sign(page, id, 'price'), '↑');
      assert.equal(await sign(page, id, 'quantity'), '↓');
      assert.equal(await sign(page, id, 'filled_quantity'), 'none');
      await demo.patch(`/api/data/${id}/`, { price: '9.99' });
      await way(page, id, 'down', 'quantity price');
      assert.equal(await sign(page, id, 'price'), '↓');
      // Rows that are read again have it still.
      await page.locator('#orders th.col-instrument').click();
      await page.locator('#orders th.col-instrument[aria-sort]').waitFor();
      await way(page, id, 'down', 'quantity price');
      // What was not a number before went nowhere, nor does a word.
      await boss.patch(`/api/data/${other}/`, { status: 'partially_filled',
        filled_quantity: '1', average_price: '2' });
      await coloured(page, other, 'update');
      await way(page, other, 'up', 'filled_quantity');
      // It goes with the colour.
      await row(page, id).and(page.locator(':not([data-down])')).waitFor();
    }));
