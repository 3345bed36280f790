// Sums under the grid: of all that is meant, exact, and live.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { UNREACHABLE, byId, closeBrowser, info, loaded, many, openBrowser,
         place, search, state, withDesk } from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const line = (page) => page.locator('#totals-line > div').evaluateAll((all) =>
  Object.fromEntries(all.map(({ children: [name, words] }) =>
    [name.textContent, words.textContent])));
const until = (page, title, words) => page.waitForFunction(
  ([name, wanted]) => [...document.querySelectorAll('#totals-line > div')]
    .some(({ children: [title, { textContent }] }) =>
      title.textContent === name &&
        textContent.replaceAll('\u00a0', ' ') === wanted), [title, words]);
const rows = (page, id) => byId(page, id).locator('tr').evaluateAll((all) =>
  all.map(({ cells }) => [...cells].map(({ textContent }) => textContent)));

async function seed(world) {
  const boss = await world.token('boss');
  const demo = await world.token('demo');
  for (const [symbol, currency, multiplier] of [['FGBL', 'EUR', '1000'],
    ['AAPL', 'USD', '1']])
    await boss.post('/api/instruments/', { symbol, currency, multiplier });
  const made = await place(demo, [
    { instrument: 'FGBL', quantity: '2', price: '130.5' },
    { instrument: 'FGBL', quantity: '0.5', price: '130', side: 'sell' },
    { instrument: 'AAPL', quantity: '10', price: '200.25' },
    { instrument: 'OTHER', quantity: '3', price: '-1', side: 'sell' }]);
  return { boss, demo, made };
}

test('count, bought, sold, net, and notional by currency: live and exact',
  withDesk({}, {}, async (world, desk) => {
    const { demo, made } = await seed(world);
    const page = await desk.login();
    await until(page, 'Notional', '326,000 EUR · 2,002.5 USD · −3');
    assert.deepEqual(await line(page), {
      Orders: '4', Bought: '12', Sold: '3.5', Net: '+8.5',
      Notional: '326,000\u00a0EUR · 2,002.5\u00a0USD · −3' });
    await demo.order({ instrument: 'AAPL', side: 'sell',
                       quantity: '92233720368.54775807', price: '0.00000001' });
    await until(page, 'Sold', '92,233,720,372.04775807');
    await until(page, 'Net', '−92,233,720,360.04775807');
    // Of what is searched and filtered for.
    await search(page, 'FGBL');
    await until(page, 'Orders', '2');
    await until(page, 'Notional', '326,000 EUR');
    await demo.delete(`/api/data/${made[1].id}/`);
    await until(page, 'Net', '+2');
    await until(page, 'Notional', '261,000 EUR');
  }));

test('by instrument, side and status, each as it changes, and off by a key',
  withDesk({}, {}, async (world, desk) => {
    const { boss, demo, made } = await seed(world);
    const page = await desk.login();
    await until(page, 'Orders', '4');
    await byId(page, 'totals-more').click();
    await byId(page, 'totals-instruments').getByText('EUR').waitFor();
    assert.deepEqual(await rows(page, 'totals-instruments'), [
      ['AAPL', '1', '10', '0', '+10', '2,002.5\u00a0USD'],
      ['FGBL', '2', '2', '0.5', '+1.5', '326,000\u00a0EUR'],
      ['OTHER', '1', '0', '3', '−3', '−3']]);
    assert.deepEqual(await rows(page, 'totals-statuses'),
                     [['new', '4', '12', '3.5', '+8.5', '–']]);
    assert.deepEqual(await rows(page, 'totals-sides'), [
      ['Buy', '2', '12', '261,000\u00a0EUR · 2,002.5\u00a0USD'],
      ['Sell', '2', '3.5', '65,000\u00a0EUR · −3']]);
    await boss.patch(`/api/data/${made[3].id}/`, { status: 'rejected' });
    await byId(page, 'totals-statuses').getByText('rejected').waitFor();
    assert.deepEqual(await rows(page, 'totals-statuses'),
                     [['new', '3', '12', '0.5', '+11.5', '–'],
                      ['rejected', '1', '0', '3', '−3', '–']]);
    // Of one currency and multiplier there is a notional by status, too.
    await search(page, 'FGBL');
    await byId(page, 'totals-statuses').getByText('326,000').waitFor();
    assert.deepEqual(await rows(page, 'totals-statuses'),
                     [['new', '2', '2', '0.5', '+1.5', '326,000\u00a0EUR']]);
    await search(page, '');
    await until(page, 'Orders', '4');
    await demo.delete(`/api/data/${made[2].id}/`);
    await byId(page, 'totals-instruments').getByText('AAPL')
      .waitFor({ state: 'detached' });
    // It stays open; and off, the server is asked for none.
    await page.reload();
    await byId(page, 'totals-instruments').getByText('FGBL').waitFor();
    await page.keyboard.press('t');
    await byId(page, 'totals').waitFor({ state: 'hidden' });
    const asked = await page.evaluate(() => new Promise((resolve) => {
      const { send } = WebSocket.prototype;
      WebSocket.prototype.send = function kept(text) {
        const command = JSON.parse(text);
        if (command.command === 'view') resolve(command);
        send.call(this, text);
      };
      document.querySelector('#orders th.col-price').click();
    }));
    assert.equal(asked.totals, undefined);
    await page.keyboard.press('t');
    await until(page, 'Orders', '3');
  }));

test('more instruments than are counted are told, and all else is',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    await place(demo, many(1000));
    await place(demo, many(1, { instrument: 'ONE MORE' }));
    const page = await desk.login();
    await byId(page, 'totals-said').filter({ hasText: 'More than 1,000' })
      .waitFor();
    await until(page, 'Orders', '1,001');
    assert.equal((await line(page)).Notional, undefined);
    await search(page, 'INS99');
    await until(page, 'Orders', '11');
    await byId(page, 'totals-said').filter({ hasText: 'More than' })
      .waitFor({ state: 'hidden' });
    await page.waitForFunction(() => [...document.querySelectorAll(
      '#totals-line dt')].some(({ textContent }) => textContent === 'Notional'));
  }));

test('while rows are not live it is said that there are no totals',
  withDesk({}, {}, async (world, desk) => {
    await seed(world);
    const page = await desk.login();
    await until(page, 'Orders', '4');
    await page.keyboard.press('r');
    await state(page, 'connected');
    await byId(page, 'totals-said').filter({ hasText: 'once the rows are live' }).waitFor();
    assert.equal(await page.locator('#totals-line').isVisible(), false);
    await page.keyboard.press('r');
    await until(page, 'Orders', '4');
  }));

test('a daemon that knows no totals by status and side is asked for the others',
  withDesk({}, { expected: UNREACHABLE }, async (world, desk) => {
    const { demo, made } = await seed(world);
    let isOlder = true;
    // Refused as an older one does it: by a name that this one does not know.
    await desk.context.routeWebSocket('**/data/stream/', (socket) => {
      const server = socket.connectToServer();
      socket.onMessage((text) => server.send(
        isOlder ? text.replace('"status_side"', '"of_an_older_one"') : text));
    });
    const page = await desk.at('/', 'demo');
    const drawn = [];
    page.on('request', (request) => {
      if (request.url().includes('/api/data/')) drawn.push(request.url());
    });
    await state(page, 'live');
    await until(page, 'Notional', '326,000 EUR · 2,002.5 USD · −3');
    await byId(page, 'totals-more').click();
    await byId(page, 'totals-sides').getByText('Sell').waitFor();
    assert.equal(await byId(page, 'totals-statuses').isVisible(), false);
    await demo.delete(`/api/data/${made[3].id}/`);
    await until(page, 'Notional', '326,000 EUR · 2,002.5 USD');
    assert.deepEqual(drawn, []);
    // One that knows them has taken its place.
    isOlder = false;
    await world.restartDaemon();
    await byId(page, 'totals-statuses').getByText('new').waitFor();
  }));

test('staff have them of everybody’s orders, when they ask for them',
  withDesk({}, {}, async (world, desk) => {
    await seed(world);
    await place(await world.token('other'), many(2));
    const page = await desk.at('/admin/orders/', 'boss');
    await loaded(page);
    await state(page, 'live');
    assert.equal(await byId(page, 'totals').isVisible(), false);
    await byId(page, 'totals-toggle').click();
    await until(page, 'Orders', '6');
    await byId(page, 'filter-owner').fill('other');
    await info(page, '1–2 of 2 (6 in all)');
    await until(page, 'Orders', '2');
  }));

test('on a phone they fit',
  withDesk({}, { viewport: { width: 390, height: 844 } },
    async (world, desk) => {
      await seed(world);
      const page = await desk.login();
      assert.equal(await byId(page, 'totals').isVisible(), false);
      await byId(page, 'totals-toggle').click();
      await until(page, 'Orders', '4');
      await byId(page, 'totals-more').click();
      await byId(page, 'totals-instruments').getByText('AAPL').waitFor();
      const wide = await page.evaluate(() => [document.documentElement,
        ...document.querySelectorAll('.totals, .totals-panel')]
        .filter((one) => one.scrollWidth > one.clientWidth)
        .map(({ className }) => className));
      assert.deepEqual(wide, []);
    }));

test('those by side and status are seen beside the others, or before them',
  withDesk({}, { viewport: { width: 1024, height: 768 } },
    async (world, desk) => {
      await seed(world);
      await place(await world.token('demo'),
                  many(40, { quantity: '1000000' }));
      const page = await desk.login();
      await byId(page, 'totals-more').click();
      await byId(page, 'totals-instruments').getByText('AAPL').waitFor();
      const tops = () => page.evaluate(() =>
        ['totals-instruments', 'totals-sides'].map((id) =>
          document.getElementById(id).closest('table').offsetTop));
      const [beside, besideToo] = await tops();
      assert.equal(beside, besideToo);
      await page.setViewportSize({ width: 800, height: 768 });
      const [below, above] = await tops();
      assert.ok(above < below, `${above} < ${below}`);
    }));
