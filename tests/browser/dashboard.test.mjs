// The trader's page, live.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { byId, closeBrowser, loaded, openBrowser, row, state, turnOn, withDesk }
  from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const many = (n, fields = {}) => Array.from({ length: n }, (_, i) => (
  { instrument: `INS${i}`, quantity: String(i + 1), price: `${i}.5`,
    ...fields }));

const cell = (page, id, column) => row(page, id).locator(`td.col-${column}`);

test('both tables are there, counts are exact, pages and search work',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    await demo.post('/api/data/', many(117));
    await demo.order({ instrument: 'Über-Straße', price: '1000' });
    const page = await desk.login();
    const info = page.locator('.dt-info');
    const rows = page.locator('[data-testid=orders-table] tbody tr');
    await info.filter({ hasText: /of 118/ }).waitFor();
    await byId(page, 'monitor-table').waitFor();
    await page.selectOption('.dt-length select', '50');
    await info.filter({ hasText: /1.50 of 118/ }).waitFor();
    assert.equal(await rows.count(), 50);

    await byId(page, 'orders-search').fill('STRASSE');
    await info.filter({ hasText: /1.1 of 1\b/ }).waitFor();
    assert.match(await rows.first().innerText(), /Über-Straße/);
    await byId(page, 'orders-search').fill('');
    await info.filter({ hasText: /of 118/ }).waitFor();

    // Numbers sort as numbers.
    await page.locator('thead th', { hasText: 'Price' }).first().click();
    await rows.first().filter({ hasText: 'INS0' }).waitFor();
    await page.locator('thead th', { hasText: 'Price' }).first().click();
    await rows.first().filter({ hasText: 'Über' }).waitFor();
  }));

test('a change by another process lights up in place',
  withDesk({ workers: 2 }, {}, async (world, desk) => {
    const demo = await world.token('demo');
    await demo.post('/api/data/', many(60));
    const page = await desk.login();
    await page.locator('.dt-paging button', { hasText: '2' }).click();
    await page.locator('.dt-info').filter({ hasText: /26.50 of 60/ })
      .waitFor();
    const first = page.locator('[data-testid=orders-table] tbody tr').first();
    const id = Number((await first.getAttribute('id')).replace('order-', ''));
    await demo.patch(`/api/data/${id}/`, { price: '4321.25' });
    await page.locator(`#order-${id}.flash-update`).waitFor();
    await cell(page, id, 'price').filter({ hasText: '4,321.25' }).waitFor();
    // A new order: the totals follow, the page does not jump.
    await world.command(['import', '-', '--owner', 'demo'], { input:
      '{"instrument":"IMPORTED","quantity":"1","price":"2"}\n' });
    await page.locator('.dt-info').filter({ hasText: /26.50 of 61/ })
      .waitFor();
    const monitor = page.locator('#monitor-rows tr');
    await monitor.filter({ hasText: 'IMPORTED' }).waitFor();
  }));

test('new orders are yellow, removed ones leave, the monitor lists them all',
  withDesk({ redis: true }, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const page = await desk.login();
    const order = await demo.order({ instrument: 'FRESH' });
    await page.locator(`#order-${order.id}.flash-new`).waitFor();
    const monitor = page.locator('#monitor-rows tr');
    await monitor.filter({ hasText: 'FRESH' }).waitFor();
    assert.match(await monitor.first().getAttribute('class'), /flash-new/);
    await demo.patch(`/api/data/${order.id}/`, { quantity: '7' });
    await page.locator('#monitor-rows tr.flash-update').waitFor();
    assert.match(await monitor.first().innerText(), /100 → 7/);
    await demo.delete(`/api/data/${order.id}/`);
    await page.locator('#monitor-rows tr.flash-delete').waitFor();
    await row(page, order.id).waitFor({ state: 'detached' });
    await byId(page, 'latency').filter({ hasText: /\d+(\.\d+)? ms p50/ })
      .waitFor();
  }));

test('Realtime off means silent, and the choice is remembered',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const order = await demo.order();
    const page = await desk.login('demo', { realtime: false });
    const button = byId(page, 'realtime-button');
    assert.equal(await button.getAttribute('aria-pressed'), 'false');
    await state(page, 'connected');
    await demo.patch(`/api/data/${order.id}/`, { price: '99' });
    await demo.order();
    // What was silent shows when it is asked for.
    await turnOn(page);
    await cell(page, order.id, 'price').filter({ hasText: '99' }).waitFor();
    assert.equal(await page.locator('#monitor-rows tr').count(), 0);
    await page.reload();
    await loaded(page);
    await state(page, 'live');
    await button.click();
    await state(page, 'connected');
    await page.reload();
    await loaded(page);
    await state(page, 'connected');
    assert.equal(await button.getAttribute('aria-pressed'), 'false');
  }));

test('what users type stays text, and never breaks the layout',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const nasty = ['<img src=x onerror="window.hit=1">', '"><script>window' +
      '.hit=1</script>', '{{username}}', "'`--&amp;", 'L'.repeat(255)];
    for (const instrument of nasty) await demo.order({ instrument });
    const page = await desk.login();
    for (const instrument of nasty) await demo.order({ instrument });
    const monitor = page.locator('#monitor-rows tr');
    await page.waitForFunction(() =>
      document.querySelectorAll('#monitor-rows tr').length === 5);
    await page.locator('.dt-info').filter({ hasText: /of 10/ }).waitFor();
    for (const instrument of nasty.slice(0, 4)) {
      await monitor.filter({ hasText: instrument }).waitFor();
      assert.equal(await page.locator('[data-testid=orders-table] tbody tr')
        .filter({ hasText: instrument }).count(), 2);
    }
    assert.equal(await page.evaluate(() => window.hit), undefined);
    assert.ok(await page.evaluate(() =>
      document.documentElement.scrollWidth <= window.innerWidth));
    assert.ok(await page.evaluate(() =>
      document.documentElement.scrollHeight <= window.innerHeight));
  }));

test('after a restart of the daemon the page is whole again',
  withDesk({}, { expected: [/WebSocket|ERR_CONNECTION|Failed to load/] },
    async (world, desk) => {
      const demo = await world.token('demo');
      const order = await demo.order();
      const page = await desk.login();
      await world.stopDaemon();
      await state(page, 'offline');
      await byId(page, 'connection-state').filter({ hasText: /offline/ })
        .waitFor();
      await world.startDaemon({ port: world.port });
      await demo.patch(`/api/data/${order.id}/`, { price: '55.5' });
      await state(page, 'live');
      await cell(page, order.id, 'price').filter({ hasText: '55.5' })
        .waitFor();

      // An error keeps the rows, and offers to try again.
      await world.stopDaemon();
      await byId(page, 'orders-search').fill('EDF');
      await byId(page, 'error-bar').waitFor();
      assert.equal(await row(page, order.id).count(), 1);
      await world.startDaemon({ port: world.port });
      await byId(page, 'error-bar').locator('button').click();
      await byId(page, 'error-bar').waitFor({ state: 'hidden' });
    }));

test('the monitor keeps 500 rows and says how many it let go',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const page = await desk.login();
    await demo.post('/api/data/', many(620));
    await byId(page, 'monitor-count').filter({ hasText: '120 older let go' }).waitFor();
    await page.waitForFunction(() =>
      document.querySelectorAll('#monitor-rows tr').length <= 500);
  }));
