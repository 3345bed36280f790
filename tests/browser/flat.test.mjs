// A page that is open for a day stays as light as it was.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { byId, closeBrowser, idsOf, info, many, openBrowser, place, withDesk }
  from './lib/page.mjs';

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
    // A draw of DataTables' own left 8 nodes and 27 listeners.
    assert.ok(after.nodes - before.nodes < 400, JSON.stringify([before, after]));
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
