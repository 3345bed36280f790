// The server goes and comes back; requests fail.
import assert from 'node:assert/strict';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { UNREACHABLE, byId, cell, closeBrowser, coloured, eventsOf, idsOf,
         info, loaded, many, openBrowser, place, row, rowsOf, said, state,
         typeSearch, withDesk } from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

// Requests for rows fail until one is made by "Try again", so that it is the
// button that helps, and not a timer.
async function failUntilRetried(page, fail) {
  await page.evaluate(() => {
    const { fetch } = window;
    let retrying = false;
    let helped = false;
    window.addEventListener('click', ({ target }) => {
      retrying = target.id === 'error-retry';
    }, { capture: true });
    window.addEventListener('click', () => { retrying = false; });
    window.fetch = (url, options) => {
      const forRows = url.startsWith('/api/data/');
      helped ||= forRows && retrying;
      return fetch(forRows && !helped ? `${url}&refused` : url, options);
    };
  });
  await page.route(/&refused$/, fail);
}

test('after a restart of the daemon the page shows what happened meanwhile',
  withDesk({}, { expected: UNREACHABLE }, async (world, desk) => {
    const demo = await world.token('demo');
    const order = await demo.order();
    const page = await desk.login();
    await world.stopDaemon();
    await state(page, 'offline');
    await byId(page, 'connection-state')
      .filter({ hasText: /offline since \d\d:\d\d:\d\d/ }).waitFor();
    assert.deepEqual(await idsOf(page), [order.id]);
    await world.command(['import', '-', '--owner', 'demo'], { input:
      '{"instrument":"MEANWHILE","quantity":"1","price":"2"}\n' });
    await world.startDaemon({ port: world.port });
    await demo.patch(`/api/data/${order.id}/`, { price: '55.5' });
    await state(page, 'live');
    await info(page, '1–2 of 2');
    await rowsOf(page).first().filter({ hasText: 'MEANWHILE' }).waitFor();
    await cell(page, order.id, 'price').filter({ hasText: '55.5' }).waitFor();
    // As events too, each once.
    await eventsOf(page).first().filter({ hasText: '→ 55.5' }).waitFor();
    assert.equal(await eventsOf(page).count(), 2);
    await demo.delete(`/api/data/${order.id}/`);
    await coloured(page, order.id, 'delete');
    await row(page, order.id).waitFor({ state: 'detached' });
  }));

// The user is busy elsewhere in just that moment.
test('a subscription refused for the moment is made again by itself', withDesk(
  { settings: ['--commands-per-user', '9', '--commands-per-socket', '0'] }, {},
  async (world, desk) => {
    let refused = false;
    desk.context.on('page', (page) => page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => {
        refused ||= /"subscribe","status":"error".*"throttled"/.test(payload);
      })));
    await desk.context.addInitScript(() => {
      const { send } = WebSocket.prototype;
      WebSocket.prototype.send = function sendMore(text) {
        if (text.includes('"subscribe"')) {
          WebSocket.prototype.send = send;
          for (let i = 0; i < 20; i++) send.call(this, '{"command":"ping"}');
        }
        send.call(this, text);
      };
    });
    const page = await desk.at('/', 'demo');
    await state(page, 'live');
    assert.ok(refused);
  }));

test('killed and started again, nothing is missed or shown twice',
  withDesk({ redis: true, workers: 2 }, { expected: UNREACHABLE },
    async (world, desk) => {
      const demo = await world.token('demo');
      const page = await desk.login();
      const total = 5;
      for (let i = 1; i <= total; i++) {
        await place(demo, many(1, { instrument: `ROUND${i}` }));
        await world.daemon.stop('SIGKILL');
        await state(page, 'offline');
        await world.startDaemon({ port: world.port });
        await state(page, 'live');
        await info(page, `1–${i} of ${i}`);
      }
      await eventsOf(page).nth(total - 1).waitFor();
      assert.deepEqual(await eventsOf(page).locator('.instrument')
        .allTextContents(), many(total).map((_, i) => `ROUND${total - i}`));
    }));

test('a backup put in place takes the page back with it',
  withDesk({}, { expected: UNREACHABLE }, async (world, desk) => {
    const demo = await world.token('demo');
    const kept = await demo.order({ instrument: 'KEPT' });
    const page = await desk.login();
    const file = join(world.dir, 'backup.db');
    await world.command(['backup', file]);
    const lost = await demo.order({ instrument: 'LOST' });
    await coloured(page, lost.id, 'new');
    await world.stopDaemon();
    for (const end of ['-wal', '-shm'])
      await rm(world.database + end, { force: true });
    await rename(file, world.database);
    await world.startDaemon({ port: world.port });
    await state(page, 'live');
    await row(page, lost.id).waitFor({ state: 'detached' });
    await row(page, kept.id).waitFor();
    const next = await demo.order({ instrument: 'NEXT' });
    await coloured(page, next.id, 'new');
    await info(page, '1–2 of 2');
  }));

for (const realtime of [true, false]) test('a search without a server keeps ' +
  `the rows; ${realtime ? 'the line' : '"Try again"'} makes it good`,
  withDesk({}, { expected: UNREACHABLE }, async (world, desk) => {
    const demo = await world.token('demo');
    const first = await demo.order({ instrument: 'AXA02' });
    const second = await demo.order({ instrument: 'EDF01' });
    const page = await desk.login('demo', { realtime });
    await world.stopDaemon();
    await typeSearch(page, 'EDF');
    const bar = byId(page, 'error-bar');
    await bar.getByText(/could not be loaded: the server cannot be reached/)
      .waitFor();
    await bar.getByText(/Showing those from \d\d:\d\d:\d\d/).waitFor();
    assert.deepEqual(await idsOf(page), [second.id, first.id]);
    await failUntilRetried(page, (route) => route.abort('connectionrefused'));
    await world.startDaemon({ port: world.port });
    await state(page, realtime ? 'live' : 'connected');
    if (!realtime) await bar.locator('button').click();
    await bar.waitFor({ state: 'hidden' });
    await info(page, '1–1 of 1 (2 in all)');
    assert.deepEqual(await idsOf(page), [second.id]);
  }));

test('an error of the server is said in its words',
  withDesk({}, { expected: [/503/] }, async (world, desk) => {
    await place(await world.token('demo'), many(30));
    const page = await desk.login('demo', { realtime: false });
    await failUntilRetried(page, (route) => route.fulfill({ status: 503,
      contentType: 'application/problem+json',
      body: JSON.stringify({ title: 'Busy', status: 503,
                             detail: 'the database is <b>busy</b>' }) }));
    await page.locator('#orders thead th', { hasText: 'Price' }).click();
    const bar = byId(page, 'error-bar');
    await bar.getByText('the database is <b>busy</b>').waitFor();
    assert.equal(await rowsOf(page).count(), 25);
    await bar.locator('button').click();
    await bar.waitFor({ state: 'hidden' });
    await rowsOf(page).first().locator('.col-price').getByText('0.5')
      .waitFor();
  }));

// By a ticket, which has an order of its own, or in a cell.
for (const what of ['ticket', 'cell']) {
  test(`what was said of a broken line goes with it, in a ${what}`,
    withDesk({}, { line: true, expected: UNREACHABLE },
      async (world, desk) => {
        const boss = await world.token('boss');
        const [order] = await place(boss, many(1, { price: '10' }));
        const page = await desk.at('/admin/orders/', 'boss');
        const error = page.locator(
          { ticket: '#ticket .form-error', cell: '.cell-error' }[what]);
        await loaded(page);
        await state(page, 'live');
        await row(page, order.id).click();
        if (what === 'ticket') await page.keyboard.press('e');
        else await cell(page, order.id, 'status').dblclick();
        if (what === 'ticket') await page.fill('#ticket-client_order_id', 'x');
        else await page.locator('.cell-editor select').selectOption('expired');
        await desk.line.cut();
        await state(page, 'offline');
        await page.keyboard.press('Enter');
        await error.filter({ hasText: 'The server cannot be reached. It is ' +
          'not known whether order' }).waitFor();
        await desk.line.mend();
        await state(page, 'live');
        await error.filter({ hasText: /^It is not known whether order/ })
          .waitFor();
        await byId(page, 'error-bar').waitFor({ state: 'hidden' });
        const { body } = await boss.get(`/api/data/${order.id}/`);
        assert.equal(body.version, 1);
      }));
}

for (const count of [1, 2])
  test(`a cancel of ${count} whose outcome is not known stays so when the line ` +
    'is there again', withDesk({}, { line: true, expected: UNREACHABLE },
    async (world, desk) => {
      const demo = await world.token('demo');
      const made = await place(demo, many(count, { price: '10' }));
      const page = await desk.at('/', 'demo');
      await loaded(page);
      await state(page, 'live');
      for (const { id } of made)
        await row(page, id).locator('.choose').click();
      await page.keyboard.press('c');
      await desk.line.cut();
      await state(page, 'offline');
      await byId(page, 'confirm-yes').click();
      await said(page, 'The server cannot be reached. It is not known whether');
      await desk.line.mend();
      await state(page, 'live');
      await byId(page, 'said').filter({ hasText:
        /^It is not known whether orders? .* canceled/ }).waitFor();
      for (const { id } of made)
        assert.equal((await demo.get(`/api/data/${id}/`)).body.status, 'new');
    }));
