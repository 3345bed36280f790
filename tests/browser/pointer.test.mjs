// The row under the pointer is the one that a click meets, while 20 changes
// arrive each second.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { byId, cell, closeBrowser, idsOf, info, loaded, many, openBrowser,
         place, row, rowsOf, said, state, withDesk } from './lib/page.mjs';
import { withTraffic } from './lib/traffic.mjs';

before(openBrowser);
after(closeBrowser);

const PATHS = ['/', '/admin/orders/'];
const waiting = (page) => byId(page, 'rows-waiting');
const selected = (page) => page.locator('#orders tr[aria-selected=true]')
  .evaluateAll((rows) => rows.map(({ id }) => Number(id.split('-')[1])));

async function middleOf(page, id, column = 'side') {
  const { x, y, width, height } = await cell(page, id, column).boundingBox();
  return [x + width / 2, y + height / 2];
}

// How many new orders are said to wait.
const waitingNew = async (page) => Number(/\d+/.exec(
  await waiting(page).innerText())[0]);
const moreWait = (page, than) => page.waitForFunction((count) =>
  Number(/\d+/.exec(document.querySelector('#rows-waiting').textContent)) >
    count, than);

for (const path of PATHS) {
  test(`${path}: rows stay under a pointer that moves or presses, and follow`,
    withDesk({}, {}, async (world, desk) => {
      const boss = await world.token('boss');
      await place(boss, many(30));
      const page = await desk.at(path, 'boss');
      await loaded(page);
      await state(page, 'live');
      const ids = await idsOf(page);
      const [x, y] = await middleOf(page, ids[4]);
      await page.mouse.move(x, y);
      await withTraffic(boss, [ids[10]], async () => {
        for (let i = 0, count = 0; count < 12; i++) {
          await page.mouse.move(x + i % 5, y);
          assert.deepEqual(await idsOf(page), ids);
          if (await waiting(page).isVisible()) count = await waitingNew(page);
        }
        // What is shown is up to date all the same.
        await cell(page, ids[10], 'quantity').filter({ hasText: /^1,\d{3}$/ })
          .waitFor();
        // Pressed, for as long as it may be.
        await page.mouse.down();
        await moreWait(page, await waitingNew(page) + 20);
        assert.deepEqual(await idsOf(page), ids);
        await page.mouse.up();
        await row(page, ids[4]).and(page.locator('[aria-selected=true]'))
          .waitFor();
        assert.deepEqual(await selected(page), [ids[4]]);
        // Elsewhere, it is live again.
        await page.keyboard.press('Escape');
        await page.locator('#orders-title').hover();
        await rowsOf(page).first().filter({ hasText: 'TRAFFIC' }).waitFor();
        await waiting(page).waitFor({ state: 'hidden' });
      });
    }));

  test(`${path}: a press just when rows shifted under a pointer at rest is ` +
    'no choice',
    withDesk({}, {}, async (world, desk) => {
      const boss = await world.token('boss');
      await place(boss, many(30));
      const page = await desk.at(path, 'boss');
      await loaded(page);
      await state(page, 'live');
      const ids = await idsOf(page);
      const [x, y] = await middleOf(page, ids[4],
                                    path === '/' ? 'side' : 'choose');
      await page.mouse.move(x, y);
      // Time stands still once the rows have shifted, however slow this test.
      await page.evaluate(() => {
        const { now } = performance;
        new MutationObserver((changes, observer) => {
          const since = now.call(performance);
          observer.disconnect();
          performance.now = () => since;
          window.goOn = () => { delete performance.now; };
        }).observe(document.querySelector('#orders tbody'),
                   { childList: true });
      });
      const fresh = await boss.order({ instrument: 'FRESH' });
      await row(page, fresh.id).waitFor();
      await page.mouse.click(x, y);
      await said(page, 'The rows had just moved');
      assert.deepEqual(await selected(page), []);
      assert.equal(await page.locator('.choose:checked').count(), 0);
      await page.evaluate(() => window.goOn());
      await page.mouse.click(x, y);
      await row(page, ids[3]).and(page.locator('[aria-selected=true]'))
        .waitFor();
    }));
}

// Here the answer has come, and with it time for more.
for (const path of PATHS) {
  test(`${path}: what comes above a page that waits for a press is told`,
    withDesk({}, {}, async (world, desk) => {
      const boss = await world.token('boss');
      await place(boss, many(30));
      const page = await desk.at(path, 'boss');
      const head = page.locator('#orders thead .col-id:not(.col-choose)');
      await loaded(page);
      await state(page, 'live');
      await head.click();
      await page.locator('#orders th[aria-sort=ascending]').waitFor();
      await rowsOf(page).nth(2).click();
      const ids = await idsOf(page);
      const heard = desk.heard.get(page);
      const hear = async (what) => {
        while (!heard.some(what)) await page.evaluate(() => document.title);
      };
      const before = heard.length;
      await page.mouse.move(...await middleOf(page, ids[4]));
      await page.mouse.down();
      await head.locator('[role=button]').focus();
      await page.keyboard.press('Enter');
      await hear(({ command }, i) => command === 'view' && i >= before);
      const fresh = await boss.order();
      await hear(({ type, start }) => type === 'view' && start === 1);
      await page.mouse.up();
      await info(page, '2–26 of 31');
      await waiting(page).filter({ hasText: '1 new order · show' }).waitFor();
      await waiting(page).click();
      await info(page, '1–25 of 31');
      assert.equal((await idsOf(page))[0], fresh.id);
    }));
}

test('a page that was asked for waits for the click that is under way',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    await place(demo, many(30));
    const page = await desk.login('demo', { realtime: false });
    const ids = await idsOf(page);
    const [x, y] = await middleOf(page, ids[4]);
    let answer;
    const asked = new Promise((resolve) => {
      page.route(/\/api\/data\/\?/, (route) => {
        answer = () => route.continue();
        resolve();
      });
    });
    await page.locator('#orders thead th', { hasText: 'Price' }).click();
    await asked;
    await page.mouse.move(x, y);
    await page.mouse.down();
    const come = page.waitForResponse(/\/api\/data\/\?/);
    await answer();
    await (await come).finished();
    await page.evaluate(() => new Promise((resolve) => {
      requestAnimationFrame(() => requestAnimationFrame(resolve));
    }));
    assert.deepEqual(await idsOf(page), ids);
    await page.mouse.up();
    await byId(page, 'chosen-count').or(page.locator(
      `#order-${ids[4]}[aria-selected=true]`)).first().waitFor();
    await info(page, '1–25 of 30');
    await rowsOf(page).first().locator('.col-price').getByText('0.5')
      .waitFor();
    await byId(page, 'chosen-count').getByText(
      `Order ${ids[4]} selected, not shown`).waitFor();
  }));

test('so does a live page',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const made = await place(demo, many(30));
    const page = await desk.login();
    const ids = await idsOf(page);
    const [x, y] = await middleOf(page, ids[4]);
    const heard = desk.heard.get(page);
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.locator('#orders thead th', { hasText: 'Price' })
      .locator('[role=button]').evaluate((one) => one.click());
    while (!heard.some(({ command, data }) => command === 'view' &&
      data?.[0].id === made[0].id))
      await page.evaluate(() => new Promise(requestAnimationFrame));
    assert.deepEqual(await idsOf(page), ids);
    await page.mouse.up();
    await rowsOf(page).first().locator('.col-price').getByText('0.5')
      .waitFor();
    await byId(page, 'chosen-count').getByText(
      `Order ${ids[4]} selected, not shown`).waitFor();
  }));
