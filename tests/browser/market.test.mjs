// Market data beside the orders: a watch list, what quotes say of each order,
// and bars.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { roundDecimal } from '../../assets/js/lib/decimal.js';
import { limitDistance, unrealized } from '../../assets/js/market/market_sums.js';
import { axisOf, keepTexts } from './lib/axis.mjs';
import { Desk, UNREACHABLE, byId, cell, closeBrowser, many, openBrowser, place,
         withDesk } from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const at = () => new Date().toISOString();
const line = (symbol, more) => ({ symbol, time: at(), ...more });

async function feed(boss, ...lines) {
  const { status, text } = await boss.post('/api/market/', lines);
  assert.equal(status, 202, text);
}

const rowOf = (page, symbol) =>
  page.locator(`#market-rows tr[data-symbol=${JSON.stringify(symbol)}]`);
const shows = (locator, text) => locator.filter({ hasText: text }).waitFor();

async function watch(page, ...symbols) {
  for (const symbol of symbols) {
    await page.fill('#market-symbol', symbol);
    await page.locator('#market-add button').click();
    await rowOf(page, symbol).waitFor();
  }
}

async function open(desk, name = 'demo') {
  const page = await desk.login(name);
  await byId(page, 'market-toggle').click();
  await byId(page, 'market').waitFor();
  return page;
}

const isLive = (page) => shows(byId(page, 'market-state'), 'live');

test('a watch list follows its symbols, is kept, and can be emptied',
  withDesk({}, { expected: [/status of 404/] }, async (world, desk) => {
    const boss = await world.token('boss');
    await feed(boss, line('EDF01', { bid: '338.66', ask: '338.68', last: 338 }));
    const page = await open(desk);
    await page.getByText('You are not watching any symbols yet.').waitFor();
    await watch(page, 'EDF01', 'A<b>"\'', 'EDF01');
    assert.equal(await page.locator('#market-rows tr').count(), 2);
    const edf = rowOf(page, 'EDF01');
    await shows(edf.locator('.quote-bid'), '338.66');
    await shows(edf.locator('.quote-ask'), '338.68');
    await isLive(page);
    await feed(boss, line('EDF01', { last: '1338.5', ask: null }));
    await shows(edf.locator('.quote-last.is-up'), '1,338.5');
    await shows(edf.locator('.quote-last'), '\u25b2');
    assert.equal(await edf.locator('.quote-ask').innerText(), '');
    await feed(boss, line('EDF01', { last: '7' }));
    await shows(edf.locator('.quote-last.is-down'), '7');
    // It is there again, with what it shows; and gone for good once removed.
    await page.reload();
    await shows(edf.locator('.quote-last'), '7');
    await page.getByLabel('Remove A<b>"\' from the list').click();
    await page.reload();
    await shows(edf.locator('.quote-last'), '7');
    assert.equal(await page.locator('#market-rows tr').count(), 1);
    await page.fill('#market-symbol', 'EDF*');
    await page.keyboard.press('Enter');
    await shows(page.locator('#market-said'), 'EDF* is not a symbol.');
    // Off, it is away, with its columns and its line.
    await byId(page, 'market-toggle').click();
    await byId(page, 'market').waitFor({ state: 'hidden' });
    await page.locator('#orders th.col-last').waitFor({ state: 'detached' });
    const { body: { id } } = await (await world.token('demo')).get('/api/me/');
    for (;;) {
      const { body } = await boss.get(`/api/users/${id}/sockets/`);
      if (body.results.length === 1) break;
    }
  }));

test('what is shown in the grid can be watched at once',
  withDesk({}, { expected: [/status of 404/] }, async (world, desk) => {
    const demo = await world.token('demo');
    await place(demo, [...many(3), ...many(3), ...many(1, { instrument: 'X*' })]);
    const page = await open(desk);
    await byId(page, 'market-fill').click();
    await rowOf(page, 'INS0').waitFor();
    assert.equal(await page.locator('#market-rows tr').count(), 3);
    await page.locator('#market-rows tr:first-child .market-symbol:focus')
      .waitFor();
    await byId(page, 'market-fill').waitFor({ state: 'hidden' });
    // A key of the page is one of the page still.
    await page.keyboard.press('m');
    await byId(page, 'market').waitFor({ state: 'hidden' });
  }));

test('what quotes say of each order is written in place, to the last decimal',
  withDesk({}, {}, async (world, desk) => {
    const boss = await world.token('boss');
    const demo = await world.token('demo');
    const orders = await place(demo, [
      { instrument: 'EDF01', side: 'buy', quantity: '10', price: '338.5' },
      { instrument: 'EDF01', side: 'sell', quantity: '10', price: '338.65' },
      { instrument: 'TTE', side: 'buy', quantity: '10', price: '1' },
      { instrument: 'EDF01', side: 'sell', quantity: '3', price: '400' },
    ].map((order) => ({ ...order, client_order_id: null })));
    const [buy, sell, other, part] = orders.map(({ id }) => id);
    const page = await open(desk);
    assert.equal((await boss.patch(`/api/data/${part}/`, {
      status: 'partially_filled', filled_quantity: '2.5',
      average_price: '400.00000001' })).status, 200);
    await feed(boss, line('EDF01', { bid: '338.66', ask: '338.68',
                                     last: '338.67' }));
    await shows(cell(page, buy, 'last'), '338.67');
    await shows(cell(page, buy, 'distance'), '0.18');
    await shows(cell(page, sell, 'distance'), 'marketable');
    assert.ok(await cell(page, sell, 'distance').locator('.quote').evaluate(
      (node) => node.scrollWidth <= node.clientWidth), 'it is cut');
    await shows(cell(page, part, 'distance'), '61.34');
    // (400.00000001 - 338.67) x 2.5 = 153.325000025
    await shows(cell(page, part, 'unrealized'), '153.33');
    assert.equal(await cell(page, part, 'unrealized').locator('.quote')
      .getAttribute('title'), '153.33 (153.325000025)');
    assert.equal(await cell(page, buy, 'unrealized').innerText(), '');
    assert.equal(await cell(page, other, 'last').innerText(), '');
    // In place: the row that is there stays, and so does what is chosen.
    await page.evaluate((id) => {
      window.kept = document.getElementById(`order-${id}`);
    }, buy);
    await feed(boss, line('EDF01', { bid: '500', ask: '501', last: null }));
    await shows(cell(page, part, 'unrealized').locator('.is-loss'),
                '\u2212251.25');
    await shows(cell(page, buy, 'distance'), '162.5');
    assert.ok(await page.evaluate((id) =>
      window.kept === document.getElementById(`order-${id}`), buy));
    // Without sorting: the server knows nothing of them.
    await page.locator('#orders th.col-last').click();
    assert.equal(await page.locator('#orders th.col-last[aria-sort]').count(), 0);
    assert.equal((await demo.patch(`/api/data/${buy}/`,
                                   { price: '499' })).status, 200);
    await shows(cell(page, buy, 'distance'), /^2$/);
  }));

test('the sums of an order and a quote are exact', () => {
  const cases = [
    // side, filled, average; last, bid, ask; gain
    ['buy', '1', '1', ['2', null, null], '1'],
    ['sell', '1', '1', ['2', null, null], '-1'],
    ['buy', '92233720368.54775807', '0.00000001',
     ['92233720368.54775807', null, null],
     '8507059173023461583817.3535747377725442'],
    ['buy', '3', '1', [null, '1', '2'], '1.5'],
    ['buy', '3', '1', [null, '1', null], null],
    ['buy', '0', null, ['2', null, null], null],
    ['buy', '0', '1', ['2', null, null], null],
    ['sell', '0.00000001', '-1.5', ['-1.5', null, null], '0'],
  ];
  for (const [side, filled, average, [last, bid, ask], gain] of cases)
    assert.equal(unrealized({ side, filled_quantity: filled,
                              average_price: average }, { last, bid, ask }),
                 gain, JSON.stringify([side, filled, average, last]));
  const quote = { last: '5', bid: '4', ask: null };
  assert.deepEqual(['buy', 'sell'].flatMap((side) =>
    ['new', 'filled'].map((status) =>
      limitDistance({ side, status, price: '4.5' }, quote))),
  ['0.5', null, '0.5', null]);
  assert.deepEqual(
    ['1.005', '-1.005', '1.0049', '-0.004', '7', '0.995'].map((one) =>
      roundDecimal(one, 2)), ['1.01', '-1.01', '1', '0', '7', '1']);
});

test('quotes that are not live look so, and come back',
  withDesk({}, { line: true, expected: UNREACHABLE }, async (world, desk) => {
    const boss = await world.token('boss');
    const demo = await world.token('demo');
    const [{ id }] = await place(demo, many(1));
    await feed(boss, line('INS0', { last: 1 }));
    const page = await open(desk);
    await watch(page, 'INS0');
    await isLive(page);
    await shows(cell(page, id, 'last'), '1');
    const stale = page.locator('.quote-last.is-stale');
    await stale.waitFor({ state: 'detached' });
    await desk.line.cut();
    await shows(byId(page, 'market-state'), 'no connection');
    await stale.nth(1).waitFor();
    assert.equal(await stale.count(), 2);
    await desk.line.mend();
    await isLive(page);
    await feed(boss, line('INS0', { last: 2 }));
    await shows(cell(page, id, 'last'), '2');
    await stale.waitFor({ state: 'detached' });
    // Of long ago it is stale, however live the feed is.
    await feed(boss, { symbol: 'OLD', time: '2020-01-01T00:00:00Z', last: 5 });
    await watch(page, 'OLD');
    await shows(rowOf(page, 'OLD').locator('.is-stale').last(), '5');
  }));

test('bars of the chosen symbol are drawn, by second and by minute',
  withDesk({}, { expected: [/willReadFrequently/] }, async (world, desk) => {
    const boss = await world.token('boss');
    await feed(boss, ...[1, 2, 3, 2].map((last, i) => ({ symbol: 'A',
      time: new Date(Date.now() - 9000 + i * 1000).toISOString(), last })));
    const page = await open(desk);
    await watch(page, 'A');
    const drawn = () => page.waitForFunction(() => {
      const plot = document.querySelector('#market-plot canvas');
      if (!plot?.width) return false;
      const { data } = plot.getContext('2d').getImageData(0, 0, plot.width,
                                                         plot.height);
      // The colour of a rise: of each bar, or of all together.
      const has = (r, g, b) => {
        for (let i = 0; i < data.length; i += 4)
          if (data[i] === r && data[i + 1] === g && data[i + 2] === b) return true;
        return false;
      };
      return has(0x1a, 0x7f, 0x37);
    });
    await shows(page.locator('#market-chart-title'), 'A');
    await drawn();
    await page.locator('#market-intervals button').nth(1).click();
    await page.locator('#market-intervals button[value="60"]' +
                       '[aria-pressed=true]').waitFor();
    await drawn();
  }));

test('times below the bars are those of the clock, in every language',
  withDesk({}, { locale: 'de-DE', expected: [/willReadFrequently/] },
  async (world, desk) => {
    const boss = await world.token('boss');
    await feed(boss, ...Array.from({ length: 9 }, (_, i) => ({ symbol: 'A',
      time: new Date(Date.now() - 9000 + i * 1000).toISOString(), last: i })));
    await desk.context.addInitScript(keepTexts);
    const page = await open(desk);
    await watch(page, 'A');
    const { labels, width } = await axisOf(page, '#market-plot');
    for (const { text, right } of labels) {
      assert.match(text, /^\d\d:\d\d:\d\d$/);
      assert.ok(right <= width, `${text} is cut`);
    }
  }));

test('all of it fits its window', withDesk({}, {}, async (world) => {
  const boss = await world.token('boss');
  const demo = await world.token('demo');
  const symbol = 'W'.repeat(255);
  await place(demo, many(30, { instrument: symbol, quantity: '123456.12345678',
                               price: '-12345678.12345678' }));
  for (const [width, height] of [[1600, 900], [1280, 800], [1024, 768],
                                 [390, 844]]) {
    const desk = await Desk.open(world, { viewport: { width, height } });
    const page = await open(desk);
    await feed(boss, line(symbol, { last: '-92233720368.54775807', bid: '1',
                                    ask: '92233720368.54775807' }));
    await watch(page, symbol);
    await shows(rowOf(page, symbol).locator('.quote-last'), '92,233,720,368');
    const wide = await page.evaluate(() => [document.documentElement,
      ...document.querySelectorAll(
        '.panels, .panel, .bar, .dt-layout-cell, .market-scroller')]
      .filter((one) => one.scrollWidth > one.clientWidth)
      .map((one) => `${one.className}#${one.id} ${one.scrollWidth}`));
    assert.deepEqual(wide, [], `at ${width}`);
    await desk.close();
  }
}));

test('symbols of the watch list are told from each other', withDesk({}, {},
  async (world) => {
    const boss = await world.token('boss');
    const whole = ['EURUSD', 'EURGBP', 'USDJPY', 'FGBL', 'BTCUSDT'];
    const long = ['EUROSTOXX50.DEC', 'EUROSTOXX50.MAR'];
    await feed(boss, ...[...whole, ...long].map((symbol) => line(symbol,
      { bid: '18250.25', ask: '18250.75', last: '18250.5' })));
    for (const [width, height] of [[1440, 900], [1280, 800], [390, 844]]) {
      const desk = await Desk.open(world, { viewport: { width, height } });
      const page = await open(desk);
      await watch(page, ...whole, ...long);
      const cut = await page.locator('.market-symbol').evaluateAll((all) =>
        all.filter((one) => [one, ...one.querySelectorAll('*')].some((node) =>
          node.scrollWidth > node.clientWidth && node.clientWidth))
          .map((one) => one.textContent));
      assert.deepEqual(cut.filter((one) => whole.includes(one)), [],
                       `at ${width}`);
      // What tells the long ones apart is there to the last character.
      const ends = await page.locator('.market-symbol .name-tail')
        .evaluateAll((all) => all.filter((node) =>
          node.scrollWidth <= node.clientWidth && node.getBoundingClientRect()
            .right <= node.closest('td').getBoundingClientRect().right)
          .map((node) => node.textContent));
      assert.deepEqual(ends, ['.DEC', '.MAR'], `at ${width}`);
      await page.getByRole('button', { name: 'EUROSTOXX50.MAR', exact: true })
        .waitFor();
      await desk.close();
    }
  }));

// A page that the browser has no time for paints nothing at all.
test('a thousand updates a second are painted as they come', withDesk(
  { settings: ['--market-sim',
               `${Array.from({ length: 50 }, (_, i) => `S${i}`)}@1000:3`] }, {},
  async (world, desk) => {
    const demo = await world.token('demo');
    await place(demo, Array.from({ length: 25 }, (_, i) => ({
      instrument: `S${i}`, quantity: '1', price: '1', side: 'buy' })));
    const page = await open(desk);
    await watch(page, ...Array.from({ length: 25 }, (_, i) => `S${i + 25}`));
    await isLive(page);
    const seen = await page.evaluate(() => new Promise((resolve) => {
      const rows = [...document.querySelectorAll('#orders tr[id]')];
      let writes = 0;
      let draws = 0;
      new MutationObserver((changes) => {
        for (const { type, addedNodes } of changes) {
          if (type === 'characterData') writes++;
          else if ([...addedNodes].some((one) => one.matches?.('tr'))) draws++;
          if (writes >= 5000) {
            resolve({ draws, isSame: rows.every((one) => one.isConnected) });
          }
        }
      }).observe(document.querySelector('.panels'),
                 { subtree: true, childList: true, characterData: true });
    }));
    assert.deepEqual(seen, { draws: 0, isSame: true });
  }));

test('a symbol that nothing was heard of is marked, until something is',
  withDesk({}, { expected: [/status of 404/] }, async (world, desk) => {
    const boss = await world.token('boss');
    await feed(boss, line('EDF01', { last: '338' }));
    const page = await open(desk);
    await watch(page, 'EDF01', 'NOPE');
    const none = rowOf(page, 'NOPE').locator('.market-none');
    await none.getByText('no quote yet').waitFor();
    assert.match(await none.getAttribute('title'), /NOPE, or there is no such/);
    assert.ok(await none.evaluate((node) =>
      node.parentElement.scrollWidth <= node.parentElement.clientWidth));
    await rowOf(page, 'EDF01').locator('.market-none')
      .waitFor({ state: 'hidden' });
    await feed(boss, line('NOPE', { bid: '1', last: '2' }));
    await shows(rowOf(page, 'NOPE').locator('.quote-last'), '2');
    await none.waitFor({ state: 'hidden' });
  }));

for (const [width, height] of [[1024, 768], [1100, 700], [820, 1180]]) {
  test(`the grid keeps rows beside the market at ${width} x ${height}`,
    withDesk({}, { viewport: { width, height }, expected: [/status of 404/] },
      async (world, desk) => {
        const demo = await world.token('demo');
        await place(demo, many(25));
        await place(demo, many(12));
        const page = await open(desk);
        await byId(page, 'market-fill').click();
        await rowOf(page, 'INS0').waitFor();
        const { rows, market, below } = await page.evaluate(() => {
          const box = (one) => one.getBoundingClientRect();
          const room = box(document.querySelector('#orders').parentElement);
          const head = box(document.querySelector('#orders thead')).bottom;
          const whole = (selector, top, bottom) =>
            [...document.querySelectorAll(selector)].filter((one) =>
              box(one).top >= top - 1 && box(one).bottom <= bottom + 1).length;
          const list = box(document.querySelector('.market'));
          return {
            rows: whole('#orders > tbody > tr[id]', head, room.bottom),
            market: whole('#market-rows tr', list.top, list.bottom),
            below: box(document.querySelector('.panels')).bottom - Math.max(
              ...[...document.querySelectorAll('.panel')].map((one) =>
                box(one).bottom)),
          };
        });
        assert.ok(rows >= 4, `${rows} rows of orders`);
        assert.ok(market >= 1, `${market} rows of the market`);
        assert.ok(below >= 0, 'panels are cut');
      }));
}

test('on a phone the market is brought into sight, and the bar stays there',
  withDesk({}, { viewport: { width: 390, height: 844 },
                 expected: [/status of 404/, /willReadFrequently/] },
  async (world, desk) => {
    const demo = await world.token('demo');
    await demo.patch('/api/me/settings/', { watch: ['A', 'B'] });
    await place(demo, many(30));
    const page = await open(desk);
    await rowOf(page, 'A').waitFor();
    const { y, height } = await byId(page, 'market').boundingBox();
    assert.ok(y < 844 / 2 && y + height > y + 200, `it begins at ${y}`);
    assert.equal((await page.locator('.bar').boundingBox()).y, 0);
  }));

for (const [width, height] of [[1024, 768], [834, 1112]])
  test(`the bars stand beside the watch list at ${width} x ${height}`,
    withDesk({}, { viewport: { width, height },
                   expected: [/status of 404/, /willReadFrequently/] },
    async (world, desk) => {
      const demo = await world.token('demo');
      await demo.patch('/api/me/settings/', { watch: [...'ABCDEFGH'] });
      await place(demo, many(30));
      const page = await open(desk);
      await rowOf(page, 'H').waitFor({ state: 'attached' });
      const chart = await byId(page, 'market-chart').boundingBox();
      const list = await page.locator('.market-scroller').boundingBox();
      const panel = await byId(page, 'market').boundingBox();
      assert.ok(chart.x >= list.x + list.width, 'it is not beside the list');
      assert.ok(chart.y + chart.height <= panel.y + panel.height + 1,
                'it is cut');
      assert.ok(list.height > 100, `the list has ${list.height} px`);
    }));
