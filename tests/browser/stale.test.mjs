// A grid that is not live says so, since when, and offers to connect.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { UNREACHABLE, byId, cell, closeBrowser, idsOf, info, loaded, many,
         openBrowser, place, state, withDesk } from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const stale = (page, text) => byId(page, 'stale').filter({ hasText: text })
  .waitFor();
const live = (page) => byId(page, 'stale').waitFor({ state: 'hidden' });
const colourOf = (page, id) => page.locator(`#${id}`).evaluate((one) =>
  getComputedStyle(one).backgroundColor);
const isGrey = (page) => page.locator('#orders tbody').evaluate((one) =>
  getComputedStyle(one).filter !== 'none');
// Three parts of a colour that are near each other.
const grey = (colour) => {
  const parts = colour.match(/\d+/g).slice(0, 3).map(Number);
  return Math.max(...parts) - Math.min(...parts) < 24;
};

for (const path of ['/', '/admin/orders/']) {
  test(`${path} is live from the start; off is seen, and remembered`,
    withDesk({}, {}, async (world, desk) => {
      const boss = await world.token('boss');
      const [order] = await place(boss, many(1));
      const page = await desk.at(path, 'boss');
      await loaded(page);
      await state(page, 'live');
      await live(page);
      assert.equal(await isGrey(page), false);
      assert.ok(!grey(await colourOf(page, 'realtime')));
      // By key, then by mouse.
      await page.keyboard.press('r');
      await stale(page, /Not live: Realtime is off since \d\d:\d\d:\d\d/);
      assert.equal(await isGrey(page), true);
      assert.ok(grey(await colourOf(page, 'realtime')));
      await page.reload();
      await loaded(page);
      await stale(page, /Realtime is off since/);
      await boss.patch(`/api/data/${order.id}/`, { price: '4321' });
      await byId(page, 'stale-connect').click();
      await state(page, 'live');
      await live(page);
      await cell(page, order.id, 'price').filter({ hasText: '4,321' })
        .waitFor();
      await page.reload();
      await loaded(page);
      await state(page, 'live');
    }));
}

test('without a connection: since when, connect now, and no sort that was not',
  withDesk({}, { expected: UNREACHABLE }, async (world, desk) => {
    await place(await world.token('demo'), many(30));
    const page = await desk.login();
    const ids = await idsOf(page);
    const sorts = () => page.locator('#orders thead th').evaluateAll((heads) =>
      heads.filter(({ ariaSort }) => ariaSort)
        .map((one) => [one.innerText.trim(), one.ariaSort]));
    await world.stopDaemon();
    await stale(page, /Not live: no connection since \d\d:\d\d:\d\d/);
    assert.equal(await isGrey(page), true);
    await page.locator('#orders thead th', { hasText: 'Price' }).click();
    await byId(page, 'error-bar').filter({ hasText: 'cannot be reached' })
      .waitFor();
    assert.deepEqual(await sorts(), [['Id', 'descending']]);
    await page.locator('.dt-paging').getByText('2', { exact: true }).click();
    await byId(page, 'error-bar').filter({ hasText: 'cannot be reached' })
      .waitFor();
    assert.deepEqual(await idsOf(page), ids);
    await world.startDaemon({ port: world.port });
    // It may have come back by itself by now, and then this is of no use.
    await byId(page, 'stale-connect').evaluate((one) => one.click());
    await state(page, 'live');
    await live(page);
    await byId(page, 'error-bar').waitFor({ state: 'hidden' });
    // What can be made is shown as made.
    await page.locator('#orders thead th', { hasText: 'Price' }).click();
    await page.waitForFunction(() => document.querySelector(
      '#orders tbody .col-price').textContent === '0.5');
    assert.deepEqual(await sorts(), [['Price', 'ascending']]);
    await info(page, '1–25 of 30');
  }));
