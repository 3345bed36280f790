// Times have their zone beside them, wherever they stand, and one choice says
// which zone that is.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { change } from '../e2e/lib/rows.mjs';
import { byId, cell, closeBrowser, eventsOf, loaded, many, openBrowser, place,
         row, rowsOf, withDesk } from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const choose = async (page, name) => {
  await byId(page, 'user-menu').click();
  await page.locator(`input[name=clock][value=${name}]`).check();
  await page.keyboard.press('Escape');
};
const clock = /^\d\d:\d\d:\d\d/;

for (const [timezoneId, zone] of [
  ['Europe/Paris', /CES?T$/], ['America/New_York', /E[SD]T$/],
  ['Asia/Kolkata', /IST$/], ['Asia/Kathmandu', /UTC\+5:45$/], ['UTC', /UTC$/],
])
  test(`${timezoneId}: each time has its zone, and UTC on demand`,
    withDesk({}, { timezoneId }, async (world, desk) => {
      const demo = await world.token('demo');
      const [order] = await place(demo, many(2));
      const page = await desk.login();
      const updated = () => cell(page, order.id, 'updated').innerText();
      const exact = () => eventsOf(page).first().locator('.col-time')
        .innerText();
      const hour = (utc) => page.evaluate(([time, isUtc]) =>
        new Date(time).toLocaleTimeString('en-GB', isUtc
          ? { timeZone: 'UTC' } : {}), [order.updated, utc]);
      assert.equal((await updated()).replace(/ \S+$/, ''), await hour(false));
      assert.match(await updated(), zone);
      await demo.patch(`/api/data/${order.id}/`, { price: '12' });
      await eventsOf(page).first().waitFor();
      assert.match(await exact(), /^\d\d:\d\d:\d\d\.\d{3} /);
      assert.match(await exact(), zone);
      await choose(page, 'utc');
      for (const text of [await updated(), await exact()]) {
        assert.match(text, /UTC$/);
        assert.match(text, clock);
      }
      // Remembered; the history of a trade is to the millisecond.
      await page.reload();
      await loaded(page);
      const { body } = await demo.get(`/api/data/${order.id}/`);
      assert.equal(await updated(), `${body.updated.slice(11, 19)} UTC`);
      await row(page, order.id).click();
      await page.keyboard.press('h');
      const when = page.locator('#history-list .when').first();
      await when.waitFor();
      assert.equal(await when.innerText(),
                   `${body.updated.slice(11, 23)} UTC`);
      await page.locator('#history').getByText('Close').click();
      await choose(page, 'local');
      assert.match(await updated(), zone);
    }));

test('a time of summer is told by the zone of summer, a day by the one chosen',
  withDesk({}, { timezoneId: 'Europe/Paris' }, async (world, desk) => {
    const demo = await world.token('demo');
    const [summer, winter] = await place(demo, many(2));
    const at = (text) => Date.parse(text) * 1000;
    await change(world.database, ...[[summer, '2024-06-30T22:30:00Z'],
      [winter, '2024-01-31T23:30:00Z']].map(([{ id }, time]) =>
      `UPDATE orders SET updated = ${at(time)} WHERE id = ${id}`));
    const page = await desk.at('/admin/orders/', 'boss');
    await loaded(page);
    const updated = (order) => cell(page, order.id, 'updated').innerText();
    assert.equal(await updated(summer), '2024-07-01 00:30 CEST');
    assert.equal(await updated(winter), '2024-02-01 00:30 CET');
    await choose(page, 'utc');
    assert.equal(await updated(summer), '2024-06-30 22:30 UTC');
    await choose(page, 'local');
    await page.fill('[name=since]', '2024-07-01');
    await page.fill('[name=until]', '2024-07-01');
    await page.waitForFunction(() => document.querySelectorAll(
      '#orders > tbody > tr[id]').length === 1);
    // A day of UTC is another one: it was still June there.
    await choose(page, 'utc');
    await page.waitForFunction(() => document.querySelectorAll(
      '#orders > tbody > tr[id]').length === 0);
    await page.fill('[name=since]', '2024-06-30');
    await row(page, summer.id).waitFor();
    assert.equal(await updated(summer), '2024-06-30 22:30 UTC');
    assert.equal(await rowsOf(page).count(), 1);
  }));

test('traders see what is filled, what remains and at which average price',
  withDesk({}, { viewport: { width: 1440, height: 900 } },
    async (world, desk) => {
      const demo = await world.token('demo');
      const boss = await world.token('boss');
      const order = await demo.order({ quantity: '0.3', price: '7' });
      const page = await desk.login();
      const cells = (...names) => Promise.all(names.map((name) =>
        cell(page, order.id, name).innerText()));
      const names = ['filled_quantity', 'remaining', 'average_price'];
      assert.deepEqual(await cells(...names), ['0', '0.3', '–']);
      await boss.patch(`/api/data/${order.id}/`, { status: 'partially_filled',
        filled_quantity: '0.1', average_price: '6.99' });
      await cell(page, order.id, 'average_price').getByText('6.99').waitFor();
      assert.deepEqual(await cells(...names), ['0.1', '0.2', '6.99']);
      // Where there is no room for them they are in the row's details.
      await page.setViewportSize({ width: 390, height: 844 });
      await row(page, order.id).locator('.pill').filter(
        { hasText: 'partially filled' }).waitFor();
      await row(page, order.id).locator('.fold').click();
      const detail = page.locator('.row-detail');
      assert.match(await detail.innerText(),
                   /Filled\s+0\.1\s+Remaining\s+0\.2\s+Average price\s+6\.99/);
    }));

test('a long name is cut in its middle, and is whole where it is copied',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const name = 'A very long name of an instrument that never ends until DEC-27';
    const order = await demo.order({ instrument: name });
    const page = await desk.login();
    for (const width of [1280, 834, 390]) {
      await page.setViewportSize({ width, height: 844 });
      const shown = row(page, order.id).locator('.instrument');
      await shown.waitFor();
      assert.equal(await shown.textContent(), name);
      const { isCut, end } = await shown.evaluate((one) => {
        const [head, tail] = one.children;
        const box = tail.getBoundingClientRect();
        return { isCut: head.scrollWidth > head.clientWidth,
                 end: box.right <= one.closest('td').getBoundingClientRect()
                   .right && tail.textContent };
      });
      assert.ok(isCut, `${width}`);
      assert.equal(end, ' DEC-27');
    }
  }));

for (const [path, user, width, market] of [['/', 'demo', 1440, false],
  ['/', 'demo', 1440, true], ['/', 'demo', 834, false],
  ['/admin/orders/', 'boss', 1024, false]])
  test(`${path} at ${width}${market ? ' beside the market' : ''}: no number is ` +
    'cut for the fraction of another', withDesk({},
      { viewport: { width, height: 900 } }, async (world, desk) => {
        const demo = await world.token('demo');
        await place(demo, [
          { instrument: 'A', quantity: '12345678.12345678', price: '338.144' },
          { instrument: 'B', quantity: '1000000', price: '-1234567.5' },
        ]);
        const page = await desk.at(path, user);
        await loaded(page);
        if (market) {
          await page.keyboard.press('m');
          await page.locator('#orders th.col-last').waitFor();
        }
        assert.deepEqual(await page.locator('#orders tbody td:is(' +
          '.col-quantity, .col-price, .col-remaining)').evaluateAll((cells) =>
          cells.filter((one) => one.scrollWidth > one.clientWidth)
            .map((one) => one.textContent)), []);
      }));
