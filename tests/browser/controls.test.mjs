// Rows are those that the search and the filters ask for, or it is said that
// they are not, and that is mended by itself: while 20 changes arrive each
// second.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { UNREACHABLE, byId, closeBrowser, idsOf, info, loaded, many,
         openBrowser, place, row, rowsOf, state, withDesk }
  from './lib/page.mjs';
import { withTraffic } from './lib/traffic.mjs';

before(openBrowser);
after(closeBrowser);

const bar = (page) => byId(page, 'error-bar');
const unapplied = (page) => page.locator('.orders.is-unapplied');
const instruments = (page) => rowsOf(page).locator('.instrument')
  .allInnerTexts();

// What is asked for, by keys or mouse, and the instruments that it leaves.
const ASKS = {
  'a search': ['/', async (page) => {
    await page.keyboard.press('/');
    await page.keyboard.type('INS1');
  }, /^INS1/],
  'a search of everybody’s orders': ['/admin/orders/', async (page) => {
    await page.keyboard.press('/');
    await page.keyboard.type('INS1');
  }, /^INS1/],
  'a filter that is chosen': ['/admin/orders/', (page) =>
    byId(page, 'filter-side').selectOption('sell'), /^SOLD/],
  'a filter that is typed': ['/admin/orders/', async (page) => {
    await page.keyboard.press('f');
    await page.keyboard.press('Tab');
    await page.keyboard.type('sold');
  }, /^SOLD/],
};

// How reads fail; each gives what ends that.
const FAILS = {
  unreachable: async (page, desk) => {
    await desk.line.cut();
    await bar(page).or(byId(page, 'stale')).first().waitFor();
    return () => desk.line.mend();
  },
  503: (page) => refuse(page, 503),
  429: (page) => refuse(page, 429),
};

// Neither a view nor a request is answered with rows.
async function refuse(page, status) {
  const rows = /\/api\/data\/\?/;
  await page.route(rows, (route) => route.fulfill({ status,
    contentType: 'application/problem+json',
    body: JSON.stringify({ title: 'Not now', status }) }));
  await page.evaluate(() => {
    const { send } = WebSocket.prototype;
    window.answerViews = () => { WebSocket.prototype.send = send; };
    WebSocket.prototype.send = function refused(text) {
      const { command, id, ref } = JSON.parse(text);
      if (command !== 'view') {
        send.call(this, text);
      } else if (ref !== undefined) {
        queueMicrotask(() => this.onmessage({ data: JSON.stringify({ command,
          id, ref, status: 'error', code: 'unavailable', detail: 'Not now' }),
        }));
      }
    };
  });
  return async () => {
    await page.evaluate(() => window.answerViews());
    await page.unroute(rows);
  };
}

for (const [what, [path, ask, left]] of Object.entries(ASKS)) {
  for (const [how, fail] of Object.entries(FAILS)) {
    test(`${what} that failed (${how}) is said not to be applied, then is`,
      withDesk({}, { expected: [...UNREACHABLE, /status of (503|429)/],
                     line: how === 'unreachable' },
        async (world, desk) => {
          const boss = await world.token('boss');
          const [busy, chosen] = await place(boss, many(20));
          await place(boss, many(3, { instrument: 'SOLD', side: 'sell' }));
          const page = await desk.at(path, 'boss');
          await loaded(page);
          await state(page, 'live');
          await info(page, '1–23 of 23');
          // Somebody looks at these rows, which hold for that.
          await row(page, chosen.id).click();
          await withTraffic(boss, [busy.id], async () => {
            const ids = await idsOf(page);
            const mend = await fail(page, desk);
            await ask(page);
            await bar(page).filter(
              { hasText: 'search and filters above are not applied yet' }).waitFor();
            await unapplied(page).waitFor();
            assert.deepEqual(await idsOf(page), ids);
            await mend();
            await bar(page).waitFor({ state: 'hidden' });
            await unapplied(page).waitFor({ state: 'detached' });
            const shown = await instruments(page);
            assert.ok(shown.length > 0);
            for (const one of shown) assert.match(one, left);
          });
        }));
  }
}

test('a server that refuses is not asked more often for more changes',
  withDesk({}, { expected: [/status of 429/] }, async (world, desk) => {
    const demo = await world.token('demo');
    const [busy] = await place(demo, many(20));
    const page = await desk.login();
    let asked = 0;
    page.on('request', (request) => {
      asked += request.url().includes('/api/data/?');
    });
    await refuse(page, 429);
    await withTraffic(demo, [busy.id], async () => {
      await byId(page, 'orders-search').fill('INS');
      await unapplied(page).or(bar(page)).first().waitFor();
      const before = asked;
      await page.locator('.monitor-count').filter({ hasText: /\d{3} events/ })
        .waitFor();
      // By events alone it would be every 400 ms.
      assert.ok(asked - before <= 4, `${asked - before} times`);
    });
  }));

test('a search that gets no answer is said to be on its way',
  withDesk({}, { line: true }, async (world, desk) => {
    const demo = await world.token('demo');
    const [busy] = await place(demo, many(20));
    const page = await desk.login();
    await withTraffic(demo, [busy.id], async () => {
      desk.line.hold();
      await page.keyboard.press('/');
      await page.keyboard.type('INS1');
      await unapplied(page).waitFor();
      await bar(page).filter({ hasText: /^\s*Loading the orders… Showing / })
        .waitFor();
      desk.line.release();
      await bar(page).waitFor({ state: 'hidden' });
      await unapplied(page).waitFor({ state: 'detached' });
      for (const one of await instruments(page)) assert.match(one, /^INS1/);
    });
  }));

test('a search that is cleared in vain is said to be there still',
  withDesk({}, { expected: [/status of 503/] }, async (world, desk) => {
    const demo = await world.token('demo');
    await place(demo, many(12));
    const page = await desk.login();
    await page.keyboard.press('/');
    await page.keyboard.type('INS1');
    await info(page, '1–3 of 3 (12 in all)');
    const mend = await refuse(page, 503);
    await page.keyboard.press('Escape');
    await unapplied(page).waitFor();
    assert.equal(await rowsOf(page).count(), 3);
    await mend();
    // The page may have tried again by itself, and the button be gone.
    await bar(page).locator('button').evaluateAll(
      (buttons) => buttons.forEach((button) => button.click()));
    await info(page, '1–12 of 12');
    await unapplied(page).waitFor({ state: 'detached' });
  }));

test('the files are those of the rows shown, not of what failed',
  withDesk({}, { expected: [/status of 503/] }, async (world, desk) => {
    const demo = await world.token('demo');
    const made = await place(demo, many(5));
    const page = await desk.at('/admin/orders/', 'boss');
    await info(page, '1–5 of 5');
    const mend = await refuse(page, 503);
    await byId(page, 'filter-side').selectOption('sell');
    await unapplied(page).waitFor();
    // A cell that changes in place makes the links anew.
    await demo.patch(`/api/data/${made[0].id}/`, { quantity: '77' });
    await row(page, made[0].id).getByText('77', { exact: true }).waitFor();
    assert.doesNotMatch(await byId(page, 'export-csv').getAttribute('href'),
                        /sell/);
    await mend();
    await info(page, 'None of 5');
    assert.match(await byId(page, 'export-csv').getAttribute('href'), /sell/);
  }));

for (const [path, filter, text, left] of [
  ['/admin/users/', '#filters [name=search]', 'dem', '#users tbody a'],
  ['/admin/audit/', '#filters [name=actor]', 'demo', '#audit tbody tr']]) {
  test(`${path}: filters that failed are said not to be applied, then are`,
    withDesk({}, { expected: [/status of 503/] }, async (world, desk) => {
      await (await world.token('demo')).order();
      const page = await desk.at(path, 'boss');
      await page.locator(left).nth(2).waitFor();
      await page.route(/\/api\/(users|audit)\//, (route) =>
        route.fulfill({ status: 503, body: '{}' }));
      await page.fill(filter, text);
      await bar(page).filter({ hasText: 'search and filters above are not applied yet' })
        .waitFor();
      assert.ok(await page.locator(left).count() > 2);
      await page.unrouteAll();
      await bar(page).waitFor({ state: 'hidden' });
      for (const one of await page.locator(left).allInnerTexts())
        assert.match(one, /demo/);
    }));
}
