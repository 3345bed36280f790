// The first page of the admin: figures of this moment.
import test, { after, before } from 'node:test';
import { Desk, byId, closeBrowser, openBrowser, withDesk }
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
    await theirs.close();
    await figure(page, 'Sockets', '0');
    await page.locator('.figure').filter({ hasText: 'Redis up' }).waitFor();
  }));

test('figures that can not be read say so, and come back',
  withDesk({}, { expected: [/ERR_CONNECTION/] }, async (world, desk) => {
    const page = await desk.at('/admin/', 'boss');
    await figure(page, 'Sockets', '0');
    await world.stopDaemon();
    await byId(page, 'error-bar').filter({
      hasText: 'The figures could not be loaded' }).waitFor();
    await figure(page, 'Sockets', '0');
    await world.startDaemon({ port: world.port });
    await byId(page, 'error-bar').waitFor({ state: 'hidden' });
  }));
