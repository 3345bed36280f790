// A page that is open for a day stays as light as it was.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { byId, closeBrowser, idsOf, info, loaded, many, openBrowser, place,
         withDesk } from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

// Nodes and listeners that live, once what is let go has been collected.
async function weigh(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  for (let i = 0; i < 3; i++)
    await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.getMetrics');
  await session.detach();
  const of = (name) => metrics.find((one) => one.name === name).value;
  return { nodes: of('Nodes'), listeners: of('JSEventListeners') };
}

// To and fro, so many times.
const turnPages = (page, count) => page.evaluate(async (times) => {
  const shown = () => document.querySelector('#orders > tbody > tr[id]').id;
  for (let i = 0; i < times; i++) {
    const was = shown();
    document.querySelector(`.dt-paging .${i % 2 ? 'previous' : 'next'}`).click();
    while (shown() === was) await new Promise(requestAnimationFrame);
  }
}, count);

test('1,000 draws and as many events leave no nodes and no listeners',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const made = await place(demo, many(60));
    const page = await desk.login();
    const ids = made.map(({ id }) => ({ id, price: '7' }));
    const events = async (from, to) => {
      for (let i = from; i < to; i += ids.length) {
        for (const one of ids) one.price = String(i);
        await Promise.all(ids.map(({ id, price }) =>
          demo.patch(`/api/data/${id}/`, { price })));
      }
      await byId(page, 'monitor-count').filter({ hasText: '500 events' })
        .waitFor();
    };
    await turnPages(page, 40);
    await events(1, 601);
    const before = await weigh(page);
    await turnPages(page, 1000);
    await events(1, 1001);
    const after = await weigh(page);
    // A draw of DataTables' own left 8 nodes and 27 listeners. A page of rows
    // that was replaced last has some 800.
    assert.ok(after.nodes - before.nodes < 1500, JSON.stringify([before, after]));
    assert.ok(after.listeners - before.listeners < 100,
              JSON.stringify([before, after]));
  }));

test('the focus stays in the pager, on the page that is shown',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    await place(demo, many(200));
    const page = await desk.login();
    const focused = (text) => page.waitForFunction((wanted) =>
      document.activeElement.closest('.dt-paging') &&
      document.activeElement.textContent === wanted, text);
    await info(page, '1–25 of 200');
    await page.locator('.dt-paging .last').focus();
    await page.keyboard.press('Enter');
    await info(page, '176–200 of 200');
    await focused('»');
    assert.equal(await page.locator('.dt-paging .next')
      .getAttribute('aria-disabled'), 'true');
    await page.keyboard.press('Enter'); // There is no further one.
    const ids = await idsOf(page);
    await page.locator('.dt-paging').getByText('6', { exact: true }).focus();
    await page.keyboard.press('Enter');
    await info(page, '126–150 of 200');
    await focused('6');
    assert.notDeepEqual(await idsOf(page), ids);
    assert.deepEqual(await page.locator('.dt-paging button:visible')
      .allInnerTexts(), ['«', '‹', '1', '…', '6', '7', '8', '›', '»']);
    assert.equal(await page.locator('.dt-paging [aria-current=page]')
      .innerText(), '6');
  }));

// Only what a change is seen in is made anew: the row and its other cells are
// the same nodes, and still the cells of what is shown.
for (const [what, changes, cells] of [
  ['a price', { price: '8' }, ['price', 'updated']],
  // The status tells how much of it is filled.
  ['a quantity', { quantity: '2000' }, ['quantity', 'status', 'updated']],
]) {
  test(`a change of ${what} makes no other cells`,
    withDesk({}, {}, async (world, desk) => {
      const demo = await world.token('demo');
      const [{ id }] = await place(demo, many(1));
      const page = await desk.login();
      await page.locator(`#order-${id}`).waitFor();
      await page.evaluate(() => {
        for (const cell of document.querySelectorAll('#orders tbody td'))
          cell.firstElementChild.dataset.isOld = 'yes';
      });
      await demo.patch(`/api/data/${id}/`, changes);
      await page.locator(`#order-${id} .col-${cells[0]}`)
        .filter({ hasText: /^(8|2,000)$/ }).waitFor();
      const made = await page.locator(`#order-${id} td`).evaluateAll((all) =>
        all.filter((cell) => !cell.firstElementChild.dataset.isOld)
          .map(({ className }) => /col-(\w+)/.exec(className)[1]));
      assert.deepEqual(made, cells);
    }));
}

// However many change at once: what stands in the page is what the API has.
test('cells agree with the API after a thousand changes of every kind',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const made = await place(demo, many(10));
    const page = await desk.login();
    await loaded(page);
    for (let i = 0; i < 100; i++) {
      await Promise.all(made.map(({ id }, k) => demo.patch(`/api/data/${id}/`,
        [{ price: String(i + 1) }, { quantity: String(i + 100) },
         { side: i % 2 ? 'sell' : 'buy' }, { instrument: `I${i}` }][(i + k) % 4])));
    }
    const { body: { results } } = await demo.get('/api/data/?page_size=10');
    const number = (text) => Number(text).toLocaleString('en-US');
    await page.waitForFunction((rows) => rows.every(([id, ...texts]) =>
      ['instrument', 'side', 'quantity', 'price'].every((name, i) =>
        document.querySelector(`#order-${id} > .col-${name} .${
          { instrument: 'instrument', side: 'side-word' }[name] ?? 'decimal'}`)
          ?.textContent === texts[i])),
      results.map(({ id, instrument, side, quantity, price }) =>
        [id, instrument, side === 'buy' ? 'Buy' : 'Sell', number(quantity),
         number(price)]));
  }));

test('a page that nobody sees, which has no frames, keeps up all the same',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const [{ id }] = await place(demo, many(1));
    const page = await desk.login();
    const row = page.locator(`#order-${id}`);
    await row.waitFor();
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { get: () => true });
      window.requestAnimationFrame = () => 0;
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await demo.patch(`/api/data/${id}/`, { price: '8' });
    // Its colour, and the end of it: else colours would heap up.
    for (const isColoured of [true, false]) {
      await page.waitForFunction(([row, is]) => document.querySelector(row)
        .classList.contains('flash-update') === is,
        [`#order-${id}`, isColoured], { polling: 50 });
      assert.equal(await row.locator('.col-price').innerText(), '8');
    }
  }));
