// No row moves when one is chosen, and no number is broken over two lines.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { change } from '../e2e/lib/rows.mjs';
import { closeBrowser, loaded, many, openBrowser, place, row, state, withDesk }
  from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const WIDTHS = [1440, 1366, 1280, 1100, 1024, 1000, 940, 800, 700, 640, 500, 390,
                360];
const click = (page, { id }) => row(page, id).click(
  { position: { x: 80, y: 8 } });

for (const path of ['/', '/admin/orders/']) {
  test(`${path}: choosing a row moves none, whatever the width`,
    withDesk({}, {}, async (world, desk) => {
      const boss = await world.token('boss');
      await place(boss, many(1));
      // Ids as long as they get.
      await change(world.database,
        'UPDATE sqlite_sequence SET seq = 123456789 WHERE name = \'orders\'');
      const made = await place(boss, many(12));
      const page = await desk.at(path, 'boss');
      await loaded(page);
      await state(page, 'live');
      const top = () => page.locator('#orders').evaluate((one) =>
        one.getBoundingClientRect().top);
      const letGo = () => page.locator('#chosen-clear').evaluate((one) =>
        one.click());
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 844 });
        const tops = [await top()];
        await click(page, made[10]);
        tops.push(await top());
        if (path !== '/') {
          for (const { id } of made.slice(9, 11)) {
            await row(page, id).locator('.choose').click();
            tops.push(await top());
          }
        }
        await letGo();
        tops.push(await top());
        // Nor does it when what was said before goes.
        await page.locator('body').press('c');
        await click(page, made[10]);
        tops.push(await top());
        await letGo();
        assert.ok(Math.max(...tops) - Math.min(...tops) < 1,
                  `${width}: ${tops}`);
      }
    }));

  test(`${path}: a number of up to thirteen characters is on one line`,
    withDesk({}, { locale: 'de-DE' }, async (world, desk) => {
      const boss = await world.token('boss');
      const [order] = await place(boss, [{ instrument: 'EDF01',
        quantity: '12345678.25', price: '-1234567.5' }]);
      const page = await desk.at(path, 'boss');
      await loaded(page);
      await state(page, 'live');
      await row(page, order.id).waitFor();
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 844 });
        // Columns fold a moment after the window has its width.
        await page.waitForFunction(() => [...document.querySelectorAll(
          '#orders .decimal')].every((one) => !one.checkVisibility() ||
            (one.getClientRects().length === 1 && one.closest('td').scrollWidth
              <= one.closest('td').clientWidth)));
      }
    }));
}

test('a long name leaves the numbers of a question whole',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const [order] = await place(demo, [{ instrument: 'X'.repeat(255),
      quantity: '1234567.25', price: '1234567.25' }]);
    const page = await desk.login();
    for (const width of [1024, 390]) {
      await page.setViewportSize({ width, height: 844 });
      await click(page, order);
      await page.keyboard.press('c');
      await page.locator('#confirm[open]').waitFor();
      const lines = await page.locator('.meant td:nth-child(n + 4)')
        .evaluateAll((cells) => cells.map((cell) => {
          const range = document.createRange();
          range.selectNodeContents(cell.lastChild);
          return range.getClientRects().length;
        }));
      assert.deepEqual(lines, [1, 1, 1], String(width));
      await page.keyboard.press('Escape');
    }
  }));
