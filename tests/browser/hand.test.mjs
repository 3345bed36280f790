// Nothing that is said moves a row from under the hand, the press decides which
// one is meant, and on small and zoomed screens all of a grid can be reached.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { byId, cell, closeBrowser, idsOf, loaded, many, openBrowser, place, row,
         said, typeSearch, state, withDesk } from './lib/page.mjs';
import { withTraffic } from './lib/traffic.mjs';

before(openBrowser);
after(closeBrowser);

const PATHS = ['/', '/admin/orders/'];
const REFUSED = [/status of (4\d\d|503)/];
const SMALL = { width: 390, height: 844 };
const selected = (page) => page.locator('#orders tr[aria-selected=true]')
  .evaluateAll((rows) => rows.map(({ id }) => Number(id.split('-')[1])));

async function at(desk, path) {
  const page = await desk.at(path, 'boss');
  await loaded(page);
  await state(page, 'live');
  return page;
}

// Where the rows are, and how many pixels of them are seen.
const placeOf = (page) => page.evaluate(() => {
  const grid = document.querySelector('#orders');
  return [grid.getBoundingClientRect().top, grid.parentElement.clientHeight]
    .map(Math.round).join();
});

// What is said, each by what makes it so.
const NOTICES = {
  'nothing is selected': async (page) => {
    await page.locator('#orders-title').click();
    await page.keyboard.press('e');
    await said(page, 'Select a row first.');
  },
  'a long refusal': async (page, order) => {
    await page.route(`**/api/data/${order.id}/`, (route) => route.fulfill({
      status: 409, contentType: 'application/problem+json',
      body: JSON.stringify({ status: 409, detail: 'No. '.repeat(80) }) }));
    await row(page, order.id).locator('.col-price').click();
    await byId(page, 'order-cancel').click();
    await byId(page, 'confirm-yes').click();
    await said(page, 'No. No.');
  },
  'rows that wait': async (page, order, boss) => {
    await place(boss, many(1));
    await byId(page, 'rows-waiting').waitFor();
  },
  'not live': async (page) => {
    await page.locator('#orders-title').click();
    await page.keyboard.press('r');
    await byId(page, 'stale').waitFor();
  },
  'rows that can’t be read': async (page) => {
    await page.route(/api\/data\/\?/, (route) => route.fulfill({ status: 503,
      contentType: 'application/problem+json', body: '{}' }));
    await typeSearch(page, 'INS');
    await byId(page, 'error-bar').waitFor();
  },
};

for (const path of PATHS) {
  for (const [width, height] of [[1440, 900], [1280, 800], [834, 1112],
    [720, 450], [390, 844], [320, 568]]) {
    test(`${path} at ${width}: nothing that is said moves a row`,
      withDesk({}, { expected: REFUSED, viewport: { width, height } },
        async (world, desk) => {
          const boss = await world.token('boss');
          const made = await place(boss, many(30));
          const page = await at(desk, path);
          const before = await placeOf(page);
          for (const [what, say] of Object.entries(NOTICES)) {
            await say(page, made[29], boss);
            assert.equal(await placeOf(page), before, what);
          }
        }));
  }

  test(`${path}: at 390 px a tap on a moving page takes the row it began on`,
    withDesk({}, { viewport: SMALL, hasTouch: true },
      async (world, desk) => {
        const boss = await world.token('boss');
        const [busy] = await place(boss, many(30));
        const page = await at(desk, path);
        await page.evaluate(() => {
          addEventListener('pointerdown', ({ target }) => {
            window.pressed = Number(
              target.closest('tr[id]')?.id.split('-')[1]);
          }, true);
        });
        const tap = async (place) => {
          await page.touchscreen.tap(place.x, place.y);
          const pressed = await page.evaluate(() => window.pressed);
          const chosen = await selected(page);
          // Itself, or none because it had only just come there.
          assert.deepEqual(chosen, chosen.length ? [pressed] : []);
          return chosen.length > 0;
        };
        await withTraffic(boss, [busy.id], async () => {
          for (let i = 0; i < 4; i++) {
            const { x, y, width, height } = await page.evaluate((index) =>
              document.querySelectorAll('#orders td.col-price')[index]
                .getBoundingClientRect().toJSON(), 1 + i);
            const middle = { x: x + width / 2, y: y + height / 2 };
            if (!await tap(middle)) {
              await said(page, 'The rows had just moved');
              await page.waitForFunction((from) =>
                performance.now() > from + 600,
              await page.evaluate(() => performance.now()));
              // They wait for the finger to come again.
              assert.ok(await tap(middle));
            }
            await page.keyboard.press('Escape');
            await page.waitForFunction(() => !document.querySelector(
              '#orders tr[aria-selected=true]'));
          }
        });
      }));

  test(`${path}: the press decides where rows shift before it is let go`,
    withDesk({}, { viewport: SMALL }, async (world, desk) => {
      const boss = await world.token('boss');
      const made = await place(boss, many(6, { quantity: '100' }));
      const page = await at(desk, path);
      const { id } = made[0]; // the last row
      const { x, y, width, height } = await cell(page, id, 'price')
        .boundingBox();
      await page.mouse.move(x + width / 2, y + 3);
      await page.mouse.down();
      // The rows above it become higher.
      await page.evaluate(() => {
        for (const one of document.querySelectorAll('#orders td.col-instrument'))
          one.style.paddingBottom = '12px';
      });
      await page.waitForFunction(([order, from]) => document.getElementById(
        `order-${order}`).getBoundingClientRect().top > from + 10,
      [id, y + height / 2]);
      await page.mouse.up();
      await row(page, id).and(page.locator('[aria-selected=true]')).waitFor();
      assert.deepEqual(await selected(page), [id]);
    }));

  test(`${path}: what has no column is in the row’s details, by keys and mouse`,
    withDesk({}, {}, async (world, desk) => {
      const boss = await world.token('boss');
      const [order] = await place(boss, many(2));
      const page = await at(desk, path);
      const detail = page.locator('.row-detail');
      for (const width of path === '/' ? [390, 834] : [390, 834, 1200]) {
        await page.setViewportSize({ width, height: 844 });
        await row(page, order.id).locator('.fold').waitFor();
        await row(page, order.id).locator('.col-price').click();
        await page.keyboard.press('ArrowRight');
        for (const title of ['Id', 'Filled', 'Updated'])
          await detail.getByText(title, { exact: true }).waitFor();
        await page.keyboard.press('ArrowLeft');
        await detail.waitFor({ state: 'detached' });
        await row(page, order.id).locator('.fold').click();
        await detail.getByText('Updated', { exact: true }).waitFor();
        await row(page, order.id).locator('.fold').click();
        await detail.waitFor({ state: 'detached' });
        // Which order it is stands in its row, be there a column or not.
        await row(page, order.id).locator('.order-id')
          .getByText(String(order.id), { exact: true }).waitFor();
      }
    }));

  test(`${path}: zoomed or narrow, rows and pager are whole`,
    withDesk({}, {}, async (world, desk) => {
      const boss = await world.token('boss');
      const made = await place(boss, many(120));
      await place(boss, many(60));
      const page = await at(desk, path);
      await row(page, (await idsOf(page))[3]).click();
      await place(boss, many(1)); // and something waits
      await byId(page, 'rows-waiting').waitFor();
      assert.equal(made.length, 120);
      const faults = () => page.evaluate(() => {
        const found = [];
        const scroller = document.querySelector('#orders').parentElement;
        const tall = document.querySelector('#orders tbody tr[id]').offsetHeight;
        const seen = (one) => {
          one.scrollIntoView({ block: 'nearest' });
          const { top, bottom, left, right } = one.getBoundingClientRect();
          const over = document.elementFromPoint((left + right) / 2,
                                                 (top + bottom) / 2);
          return left >= 0 && right <= innerWidth && top > -1 &&
            bottom < innerHeight + 1 && one.contains(over) &&
            one.scrollWidth <= one.clientWidth + 1;
        };
        if (scroller.clientHeight < 3.5 * tall)
          found.push(`${scroller.clientHeight} pixels for rows of ${tall}`);
        for (const one of document.querySelectorAll(
          '.dt-paging button, .dt-length select, .dt-info, #rows-waiting, ' +
          '.tools button'))
          if (!seen(one)) found.push(`${one.className} ${one.textContent}`);
        return found;
      });
      for (let width = 320; width <= 1600; width += 40) {
        for (const height of [900, Math.round(Math.max(width * 0.625, 320))]) {
          await page.setViewportSize({ width, height });
          await page.waitForFunction((wide) => innerWidth === wide, width);
          // Columns fold a moment later.
          await page.evaluate(() => new Promise((resolve) => {
            requestAnimationFrame(() => requestAnimationFrame(resolve));
          }));
          assert.deepEqual(await faults(), [], `${width} x ${height}`);
        }
      }
    }));
}

test('at 390 px a question says that its list has to be scrolled',
  withDesk({}, { viewport: SMALL }, async (world, desk) => {
    const boss = await world.token('boss');
    const made = await place(boss, many(8));
    const page = await at(desk, '/admin/orders/');
    const more = page.locator('#confirm-more');
    for (const [count, text] of [
      [2, ''], [8, '8 orders in the list: scroll to see all.']]) {
      for (const { id } of made.slice(0, count)) {
        const box = row(page, id).locator('.choose');
        if (!await box.isChecked()) await box.click();
      }
      await byId(page, 'order-cancel').click();
      await page.locator('#confirm[open]').waitFor();
      assert.equal(await more.innerText(), text);
      if (text) {
        assert.ok(await more.evaluate((one) =>
          one.getBoundingClientRect().bottom <= innerHeight));
        assert.equal(await byId(page, 'confirm-list')
          .getAttribute('tabindex'), '0');
      }
      await page.keyboard.press('Escape');
      await page.locator('#confirm:not([open])').waitFor(
        { state: 'attached' });
    }
  }));
