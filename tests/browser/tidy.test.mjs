// What stands beside something is in line with it, nothing is cut for want of
// room that there is, and no room is kept blank.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { byId, closeBrowser, loaded, many, openBrowser, place, rowsOf, said,
         state, withDesk } from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const at = (width, height = 844) => ({ viewport: { width, height } });

// Where the text of an element stands: the lower edge of its line.
const lineOf = (locator) => locator.evaluate((one) => {
  const range = document.createRange();
  range.selectNodeContents(one);
  return Math.round(range.getBoundingClientRect().bottom);
});

for (const path of ['/', '/admin/orders/'])
  for (const width of [320, 390, 720, 834])
    test(`${path} at ${width}: nothing is blank between rows and pager`,
      withDesk({}, at(width, 1112), async (world, desk) => {
        const boss = await world.token('boss');
        await place(boss, many(60));
        const page = await desk.at(path, 'boss');
        await loaded(page);
        const blank = await page.locator('.dt-info').evaluate((info) => {
          const row = info.closest('.dt-layout-row').getBoundingClientRect();
          return info.getBoundingClientRect().top - row.top;
        });
        assert.ok(blank < 14, `${blank} pixels`);
      }));

test('on a phone a row is as high whatever its status', withDesk({}, at(390),
  async (world, desk) => {
    const boss = await world.token('boss');
    const [part, done, ...others] = await place(boss,
      many(4, { quantity: '10' }));
    await boss.patch(`/api/data/${part.id}/`,
      { status: 'partially_filled', filled_quantity: '5' });
    await boss.patch(`/api/data/${done.id}/`, { status: 'canceled' });
    await boss.patch(`/api/data/${others[0].id}/`, { status: 'rejected' });
    const page = await desk.at('/', 'boss');
    await rowsOf(page).nth(3).waitFor();
    for (const width of [360, 390, 430]) {
      await page.setViewportSize({ width, height: 844 });
      const [heights, hidden] = await page.evaluate(() => [
        [...document.querySelectorAll('#orders tbody tr')].map(
          ({ offsetHeight }) => offsetHeight),
        [...document.querySelectorAll('#orders .instrument-below .pill')]
          .filter((one) => {
            const { left, top, width: wide, height } = one
              .getBoundingClientRect();
            return [0.1, 0.9].some((part) => !one.contains(
              document.elementFromPoint(left + wide * part, top + height / 2))) ||
              one.scrollWidth > one.clientWidth;
          }).map(({ textContent }) => textContent)]);
      assert.equal(new Set(heights).size, 1, `${width}: ${heights}`);
      assert.deepEqual(hidden, [], `at ${width}`);
    }
  }));

test('at 1,440 pixels the tools of everybody’s orders have one line, and what ' +
  'is said stands beside them', withDesk({}, at(1440, 900),
  async (world, desk) => {
    const boss = await world.token('boss');
    await place(boss, many(3));
    const page = await desk.at('/admin/orders/', 'boss');
    await loaded(page);
    await state(page, 'live');
    const tools = await page.locator('.tools').boundingBox();
    const grid = await page.locator('#orders').boundingBox();
    assert.ok(grid.y - tools.y - tools.height < 14,
      `${grid.y - tools.y - tools.height} pixels`);
    await page.keyboard.press('e');
    await said(page, 'Select a row first.');
    const words = await byId(page, 'said').boundingBox();
    assert.ok(words.x >= tools.x + tools.width);
    assert.ok(words.y + words.height <= grid.y);
  }));

test('what a filter is from and to is on one line, whatever the width',
  withDesk({}, {}, async (world, desk) => {
    const page = await desk.at('/admin/audit/', 'boss');
    for (const path of ['/admin/audit/', '/admin/orders/']) {
      await page.goto(path);
      if (path === '/admin/orders/') await byId(page, 'filters-more').click();
      for (let width = 700; width <= 1440; width += 20) {
        await page.setViewportSize({ width, height: 900 });
        const parted = await page.evaluate(() => {
          const labels = [...document.querySelectorAll('#filters label')]
            .filter((one) => one.checkVisibility());
          return labels.filter((one, i) => /^to\b/.test(one.textContent.trim()) &&
            one.offsetTop !== labels[i - 1].offsetTop)
            .map((one) => one.querySelector('input').name);
        });
        assert.deepEqual(parted, [], `${path} at ${width}`);
      }
    }
  }));

test('on a phone a search and the fields of an import are as wide as the page',
  withDesk({}, at(390), async (world, desk) => {
    const page = await desk.at('/admin/users/', 'boss');
    for (const [path, fields] of [
      ['/admin/users/', '[type=search]'], ['/admin/instruments/', '[type=search]'],
      ['/admin/import/', '#file, #owner, #decimal, #encoding']]) {
      await page.goto(path);
      for (const field of await page.locator(fields).all())
        assert.ok((await field.boundingBox()).width > 330,
          `${path} ${await field.getAttribute('name')}`);
    }
  }));

test('links are in line with what stands beside them', withDesk({},
  { expected: [/404/] }, async (world, desk) => {
    const demo = await world.token('demo');
    const { id } = await demo.order();
    const page = await desk.at('/accounts/', 'demo');
    await page.goto('/nothing/');
    assert.equal(await lineOf(page.locator('.ways a')),
                 await lineOf(page.locator('#back')));
    await page.goto('/api/data/');
    assert.equal(await lineOf(byId(page, 'pager-count')),
                 await lineOf(page.locator('.pager a').first()));
    await page.goto(`/api/data/${id}/`);
    const related = byId(page, 'related');
    await related.locator('a').waitFor();
    const [words, link] = await related.evaluate((one) => {
      const range = document.createRange();
      range.selectNode(one.firstChild);
      const first = range.getBoundingClientRect().bottom;
      range.selectNodeContents(one.querySelector('a'));
      return [first, range.getBoundingClientRect().bottom].map(Math.round);
    });
    assert.equal(words, link);
  }));
