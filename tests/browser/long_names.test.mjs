// A name that is longer than its place is cut in the middle, and never so that
// what is left could be another name: its end is whole, and where it is cut is
// seen.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { closeBrowser, loaded, openBrowser, withDesk } from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const USER = 'maximiliana.konstantinopoulou-featherstone@derivatives.example';
const SYMBOL = 'EURO-BUND-FUTURE-2027-03-CALENDAR-SPREAD-AGAINST-BOBL-XEUR-0001X';

async function fill(world) {
  const boss = await world.login('boss');
  assert.equal((await boss.post('/api/users/', { username: USER, email: USER,
    first_name: 'Maximiliana Anastasia', last_name: 'Featherstonehaugh',
    password: 'long-enough-secret' })).status, 201);
  assert.equal((await boss.post('/api/instruments/', { symbol: SYMBOL,
    name: 'A calendar spread with a name that is long' })).status, 201);
  assert.equal((await boss.post('/api/data/', { owner: USER,
    instrument: SYMBOL, quantity: '1', price: '7' })).status, 201);
}

// Faults of the long names that are shown: the place of each is its cell.
const faultsOf = (page) => page.evaluate(() =>
  [...document.querySelectorAll('main .name-long')]
    .filter((one) => one.checkVisibility())
    .flatMap((one) => {
      const [head, tail] = one.children;
      const cell = one.closest('td').getBoundingClientRect();
      const end = tail.getBoundingClientRect();
      const isCut = head.scrollWidth > head.clientWidth && head.clientWidth > 0;
      const size = parseFloat(getComputedStyle(head).fontSize);
      return [
        ...end.right > cell.right + 1 ? [`${one.title}: its end is cut`] : [],
        // Room for a letter and the mark of the cut.
        ...isCut && head.clientWidth < 1.6 * size
          ? [`${one.title}: ${head.clientWidth} pixels before its end`] : [],
      ];
    }));

for (const width of [1440, 1024, 834, 390])
  for (const [path, count] of [['/admin/orders/', 2], ['/admin/users/', 3],
    ['/admin/instruments/', 2], ['/admin/audit/', 2]])
    test(`${path} at ${width}: a long name is cut in its middle`,
      withDesk({}, { viewport: { width, height: 900 } },
        async (world, desk) => {
          await fill(world);
          const page = await desk.at(path, 'boss');
          if (path === '/admin/orders/') await loaded(page);
          await page.locator('main .name-long').nth(count - 1).waitFor();
          assert.deepEqual(await faultsOf(page), []);
        }));

test('on a phone a name that has room for itself is on one line', withDesk({},
  { viewport: { width: 390, height: 844 } }, async (world, desk) => {
    const boss = await world.login('boss');
    await fill(world);
    assert.equal((await boss.post('/api/instruments/', { symbol: 'FGBL',
      name: 'Bund future of December' })).status, 201);
    const page = await desk.at('/admin/instruments/', 'boss');
    const lines = (text) => page.locator('.name-long').filter({ hasText: text })
      .evaluate((one) => new Set([...one.children].flatMap((part) =>
        [...part.getClientRects()].map(({ top }) => Math.round(top)))).size);
    await page.getByText(SYMBOL.slice(0, 20)).waitFor();
    assert.equal(await lines('Bund future of December'), 1);
    assert.ok(await lines(SYMBOL.slice(0, 20)) > 1);
  }));

test('where there is room for no more than an end, it is no name by itself',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    await demo.order({ instrument: 'W'.repeat(60) });
    const page = await desk.at('/', 'demo');
    await loaded(page);
    for (const width of [320, 390, 1100]) {
      await page.setViewportSize({ width, height: 844 });
      // Cells are made anew a moment later, where others fold.
      await page.waitForFunction(() => {
        const one = document.querySelector('#orders .name-long');
        const [head, tail] = [...one.children].map((part) =>
          part.getBoundingClientRect());
        return head.width >= 1.6 * parseFloat(getComputedStyle(one).fontSize) &&
          tail.right <= one.closest('td').getBoundingClientRect().right + 1;
      }).catch((error) => assert.fail(`${width}: ${error}`));
    }
  }));

test('at 834 pixels the users have all their columns in sight', withDesk({},
  { viewport: { width: 834, height: 900 } }, async (world, desk) => {
    await fill(world);
    const page = await desk.at('/admin/users/', 'boss');
    await page.locator('main .name-long').nth(2).waitFor();
    const [inside, outside] = await page.locator('#users').evaluate((one) =>
      [one.scrollWidth, one.closest('.list-scroller').clientWidth]);
    assert.ok(inside <= outside, `${inside} > ${outside}`);
  }));
