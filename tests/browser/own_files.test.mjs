// A page's links to files, and to answers as they come over the wire, give what is
// its own user's, whoever has logged in since in another tab of the browser. While
// changes arrive; the API is asked as others by the same address.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test, { after, before } from 'node:test';
import { LOGGED_OUT, byId, closeBrowser, enter, loaded, many, openBrowser, place,
         withDesk } from './lib/page.mjs';
import { withTraffic } from './lib/traffic.mjs';

before(openBrowser);
after(closeBrowser);

const REFUSED = { expected: [...LOGGED_OUT, /status of 4\d\d/] };
const FOLLOW = {
  mouse: (link) => link.click(),
  keys: (link) => link.press('Enter'),
};
const format = (name) => (page) =>
  byId(page, 'formats').getByText(name, { exact: true });
const LINKS = [
  ['/', 'demo', (page) => byId(page, 'export-csv')],
  ['/admin/orders/', 'boss', (page) => byId(page, 'export-csv')],
  ['/admin/orders/', 'boss', (page) => byId(page, 'export-ndjson')],
  ['/api/data/', 'demo', format('csv')],
  ['/api/data/', 'demo', format('ndjson')],
];

// In another tab of the same browser.
async function logInBeside(desk, name) {
  const page = await desk.page('/accounts/login/');
  await enter(page, name);
  await page.waitForURL(`${desk.url}/`);
}

// The page is not told whose login it is, until goOn().
async function holdWhose(page) {
  let goOn;
  const isOver = new Promise((resolve) => { goOn = resolve; });
  await page.route('**/api/me/', async (route) => {
    await isOver;
    await route.continue();
  });
  return goOn;
}

for (const how of ['mouse', 'keys']) {
  for (const [i, [path, name, linkOf]] of LINKS.entries()) {
    test(`${path}: file ${i} is its own user’s alone, by ${how}`,
      withDesk({}, REFUSED, async (world, desk) => {
        const demo = await world.token('demo');
        const other = await world.token('other');
        const [busy] = await place(demo, many(3));
        await place(other, many(2, { instrument: 'FOREIGN' }));
        const page = await desk.at(path, name);
        if (path === '/api/data/')
          await page.locator('body[data-state=ready]').waitFor();
        else await loaded(page);
        const link = linkOf(page);
        const url = await link.evaluate((node) => node.href);
        await withTraffic(demo, [busy.id], async () => {
          const coming = page.waitForEvent('download');
          await FOLLOW[how](link);
          assert.match(await readFile(await (await coming).path(), 'utf8'),
                       /INS2/);
          const files = [];
          page.on('download', (file) => files.push(file.url()));
          const goOn = await holdWhose(page);
          await logInBeside(desk, 'other');
          await FOLLOW[how](link);
          goOn();
          await page.waitForURL(/accounts.login/);
          await byId(page, 'login-error').filter(
            { hasText: 'Somebody else has logged in here' }).waitFor();
          assert.deepEqual(files, []);
          // Wherever it is followed: in a tab of its own, or saved as a file.
          const answer = await desk.context.request.get(url);
          assert.equal(answer.status(), 403);
          assert.match((await answer.json()).detail, /somebody else/);
        });
      }));
  }

  test(`nor are answers as they come over the wire, by ${how}`,
    withDesk({}, REFUSED, async (world, desk) => {
      const demo = await world.token('demo');
      const other = await world.token('other');
      const [busy, order] = await place(demo, many(2));
      await place(other, many(2, { instrument: 'FOREIGN' }));
      await withTraffic(demo, [busy.id], async () => {
        for (const path of [`/api/data/${order.id}/`, '/api/data/', '/api/me/']) {
          const page = await desk.at(path, 'demo');
          await page.locator('body[data-state=ready]').waitFor();
          const link = format('Raw JSON')(page);
          const url = await link.evaluate((node) => node.href);
          const goOn = await holdWhose(page);
          await logInBeside(desk, 'other');
          await FOLLOW[how](link);
          goOn();
          await page.waitForURL(/accounts.login/);
          assert.equal((await desk.context.request.get(url)).status(), 403);
        }
      });
      const page = await desk.at(`/api/data/${order.id}/`, 'demo');
      await page.locator('body[data-state=ready]').waitFor();
      await FOLLOW[how](format('Raw JSON')(page));
      await page.waitForURL(/format=json/);
      assert.equal(JSON.parse(await page.locator('pre').first().innerText()).id,
                   order.id);
    }));
}

test('one’s own orders are exported as they are searched and sorted',
  withDesk({}, {}, async (world, desk) => {
    await place(await world.token('other'), many(2));
    await place(await world.token('demo'), [
      ...many(3), { instrument: 'EDF', quantity: '1', price: '2' },
      { instrument: 'EDF', quantity: '2', price: '3' }]);
    const page = await desk.at('/?search=EDF&sort=price', 'demo');
    await loaded(page);
    const link = byId(page, 'export-ndjson');
    await link.and(page.locator('[href*="search=EDF"]')).waitFor();
    const coming = page.waitForEvent('download');
    await link.click();
    const lines = (await readFile(await (await coming).path(), 'utf8')).trim()
      .split('\n').map((line) => JSON.parse(line));
    assert.deepEqual(lines.map(({ instrument, price }) => [instrument, price]),
                     [['EDF', '2'], ['EDF', '3']]);
  }));
