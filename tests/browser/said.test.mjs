// What is said beside the buttons is true, can be read as a whole, and every
// button names what it acts on: while 20 changes arrive each second.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { UNREACHABLE, byId, cell, closeBrowser, loaded, many, openBrowser,
         place, row, said, typeSearch, state, withDesk } from './lib/page.mjs';
import { withTraffic } from './lib/traffic.mjs';

before(openBrowser);
after(closeBrowser);

const ADMIN = '/admin/orders/';
const nothing = (page) => page.waitForFunction(() =>
  document.querySelector('#said').textContent === '');
const labels = (page) => page.locator('.tools button').allInnerTexts();
const open = (page, id) => page.locator(`#${id}[open]`).waitFor();
const shut = (page, id) => page.locator(`#${id}:not([open])`)
  .waitFor({ state: 'attached' });

for (const path of ['/', ADMIN]) {
  test(`${path}: what stands in the way is said as long as it does`,
    withDesk({}, { expected: UNREACHABLE, line: true },
      async (world, desk) => {
        const boss = await world.token('boss');
        const [busy, order] = await place(boss, many(3));
        const page = await desk.at(path, 'boss');
        await loaded(page);
        await state(page, 'live');
        // What comes meanwhile takes the order to no other page, and moves no row.
        const answers = () => desk.heard.get(page).filter(
          ({ command }) => command === 'view').length;
        const before = answers();
        await typeSearch(page, 'INS');
        while (answers() === before)
          await page.evaluate(() => new Promise(requestAnimationFrame));
        await page.locator('#orders-title').click();
        await withTraffic(boss, [busy.id], async () => {
          await page.keyboard.press('c');
          await said(page, 'Select a row first.');
          // By mouse: no row of those that come is chosen instead.
          await row(page, order.id).click();
          await nothing(page);
          await page.keyboard.press('Escape');
          for (const key of ['e', 'h', 'Delete']) {
            await page.keyboard.press(key);
            await said(page, 'Select a row first.');
            await page.keyboard.press('n');
            await nothing(page);
            await open(page, 'ticket');
            await page.keyboard.press('Escape');
            await shut(page, 'ticket');
          }
          await row(page, order.id).click();
          await desk.line.cut();
          await page.keyboard.press('c');
          await byId(page, 'confirm-yes').click();
          await said(page, 'The server cannot be reached.');
          await desk.line.mend();
          await state(page, 'live');
          await said(page, new RegExp('^It is not known whether order ' +
            `${order.id} \\(Buy INS1\\) was canceled`));
          // And then it can be done, which is said until the next begins.
          await page.keyboard.press('c');
          await byId(page, 'confirm-yes').click();
          await said(page, `Order ${order.id} (Buy INS1) is canceled.`);
          await page.keyboard.press('n');
          await nothing(page);
        });
        assert.equal((await boss.get(`/api/data/${order.id}/`)).body.status,
                     'canceled');
      }));

  for (const width of [1400, 800, 390]) {
    test(`${path} at ${width}: what is said is never cut off`,
      withDesk({}, { viewport: { width, height: 900 } },
        async (world, desk) => {
          const boss = await world.token('boss');
          const [order] = await place(boss, many(1,
            { instrument: `LONG-${'X'.repeat(245)}` }));
          const page = await desk.at(path, 'boss');
          await loaded(page);
          await row(page, order.id).click({ position: { x: 60, y: 8 } });
          await page.keyboard.press('c');
          await byId(page, 'confirm-yes').click();
          await said(page, 'is canceled.');
          await cell(page, order.id, 'instrument').waitFor();
          await page.keyboard.press('r');
          await byId(page, 'stale').waitFor();
          for (const id of ['said', 'stale-text']) {
            const [wide, high, width, height, right] = await page
              .locator(`#${id}`).evaluate((one) => [one.scrollWidth,
                one.scrollHeight, one.clientWidth || one.offsetWidth,
                one.clientHeight || one.offsetHeight,
                one.getBoundingClientRect().right]);
            assert.ok(wide <= width + 1 && high <= height + 1 &&
              right <= await page.evaluate(() => innerWidth),
              `${id}: ${wide} ${high} in ${width} ${height}, to ${right}`);
          }
        }));
  }
}

test('a box and a row: each button names what it would act on, and does',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const [busy, ...made] = await place(demo, many(8));
    const [first, second, third, meant] = made.map(({ id }) => id);
    const page = await desk.at(ADMIN, 'boss');
    await loaded(page);
    await state(page, 'live');
    assert.deepEqual(await labels(page),
      ['New order', 'Change', 'Copy', 'Cancel', 'Cancel all…', 'Remove',
       'History']);
    await row(page, meant).click();
    await withTraffic(demo, [busy.id], async () => {
      assert.deepEqual(await labels(page), ['New order',
        `Change order ${meant}`, `Copy order ${meant}`,
        `Cancel order ${meant}`, 'Cancel all…', `Remove order ${meant}`,
        `History of ${meant}`]);
      for (const id of [first, second, third])
        await row(page, id).locator('.choose').click();
      await row(page, meant).click();
      assert.deepEqual(await labels(page), ['New order',
        'Change 3 orders…', `Copy order ${meant}`, 'Cancel 3 orders',
        'Cancel all…',
        'Remove 3 orders', `History of ${meant}`]);
      await byId(page, 'order-change').click();
      await page.locator('#change-many-title').getByText('Change 3 orders')
        .waitFor();
      await page.keyboard.press('Escape');
      // One that is over is not among them any more.
      await demo.patch(`/api/data/${first}/`, { status: 'canceled' });
      await byId(page, 'order-cancel').filter({ hasText: 'Cancel 2 orders' })
        .click();
      await page.locator('#confirm-title').getByText('Cancel 2 orders?')
        .waitFor();
      await byId(page, 'confirm-yes').click();
      await said(page, '2 orders canceled, 1 left as it is.');
    });
    const { body } = await demo.get(`/api/data/${meant}/`);
    assert.deepEqual([body.status, body.version], ['new', 1]);
  }));
