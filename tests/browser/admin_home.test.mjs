// The first page of the admin: figures of this moment.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Desk, UNREACHABLE, byId, closeBrowser, openBrowser, state, withDesk }
  from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const figure = (page, title, value) => page.locator('.figure')
  .filter({ hasText: title }).locator('.figure-value')
  .getByText(value, { exact: true }).waitFor();

test('users and sockets come and go by themselves; what was done is there',
  withDesk({ redis: true }, {}, async (world, desk) => {
    const page = await desk.at('/admin/', 'boss');
    await figure(page, 'Sockets', '0');
    const theirs = await Desk.open(world);
    await theirs.login('demo');
    await figure(page, 'Sockets', '1');
    const demo = await world.token('demo');
    const { id } = await demo.order({ price: '1' });
    await demo.patch(`/api/data/${id}/`, { price: '2.5' });
    await page.locator('#recent tbody tr').first()
      .filter({ hasText: /demo.*changed an order.*price 1 → 2\.5/s }).waitFor();
    // What was placed is told, and a device in a few words.
    const rows = page.locator('#recent tbody tr');
    await rows.filter({ hasText: /placed an order.*Buy 100 EDF01 at 1$/s })
      .waitFor();
    await rows.filter({ hasText: /logged in.*device Chrome 140 on Linux$/s })
      .first().waitFor();
    await demo.delete(`/api/data/${id}/`);
    await rows.filter({ hasText: /removed an order.*Buy 100 EDF01 at 2\.5$/s })
      .waitFor();
    await theirs.close();
    await figure(page, 'Sockets', '0');
    await page.locator('.figure').filter({ hasText: 'Redis up' }).waitFor();
  }));

test('the last hour is drawn, and told to who can not see it',
  withDesk({}, {}, async (world, desk) => {
    const boss = await world.token('boss');
    // The first step that is whole.
    let steps;
    do ({ body: { steps } } = await boss.get('/api/admin/hour/'));
    while (steps.at(-1).requests_per_s === null);
    const page = await desk.at('/admin/', 'boss');
    const charts = page.locator('#hour figure');
    await charts.first().locator('canvas').waitFor();
    assert.equal(await charts.count(), 5);
    assert.match(await page.getByRole('img', { name: 'Requests per second' })
      .getAttribute('aria-label'),
      /^Requests per second in the last 60 minutes: at most [\d,.]+, most recently [\d,.]+$/);
    await page.getByRole('img', { name: 'Commit to socket p99: not known yet' })
      .waitFor();
  }));

test('live views are listed, and one that is ended says so at its page',
  withDesk({}, {}, async (world, desk) => {
    const page = await desk.at('/admin/', 'boss');
    const views = byId(page, 'views');
    await views.getByText('Nobody has a live view open.').waitFor();
    const theirs = await Desk.open(world);
    const trader = await theirs.login('demo');
    await state(trader, 'live');
    const row = views.locator('tbody tr').filter({ hasText: /demo.*orders/s });
    // The page looks again by itself.
    await row.waitFor();
    await row.getByRole('button', { name: 'End now: demo' }).click();
    await page.getByText('End now the live view of demo?').waitFor();
    await page.locator('#confirm-yes').click();
    await views.getByText('The live view of demo has ended.').waitFor();
    await trader.getByText('ended by staff').first().waitFor();

    // The trader takes it up again when he likes to.
    await byId(trader, 'stale-connect').click();
    await state(trader, 'live');
    const { id } = await (await world.token('demo')).order();
    await trader.locator(`#order-${id}`).waitFor();
    await theirs.close();
  }));

test('figures that can not be read say so, and come back',
  withDesk({}, { expected: UNREACHABLE }, async (world, desk) => {
    const page = await desk.at('/admin/', 'boss');
    await figure(page, 'Sockets', '0');
    await world.stopDaemon();
    await byId(page, 'error-bar').filter({
      hasText: 'The figures could not be loaded' }).waitFor();
    await figure(page, 'Sockets', '0');
    await world.startDaemon({ port: world.port });
    await byId(page, 'error-bar').waitFor({ state: 'hidden' });
  }));

test('at 1024 x 768 no figure is cut: what does not fit is scrolled as one',
  withDesk({}, { viewport: { width: 1024, height: 768 } },
    async (world, desk) => {
      const page = await desk.at('/admin/', 'boss');
      await figure(page, 'Workers', '1');
      await page.locator('#recent td').first().waitFor();
      const cut = await page.evaluate(() => [...document.querySelectorAll(
        'main > .panel')].filter((one) => [...one.querySelectorAll(
        '.figure, .hour figure, .list-scroller tr')].some((inside) =>
        inside.getBoundingClientRect().bottom >
          one.getBoundingClientRect().bottom + 1))
        .map(({ innerText }) => innerText.slice(0, 20)));
      assert.deepEqual(cut, []);
    }));
