// The admin where several machines serve one database.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { at, followAt, second, withServer } from '../e2e/lib/machines.mjs';
import { Desk, byId, closeBrowser, openBrowser } from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

test('machines are listed; a socket of another is seen, and ended',
  withServer({ redis: true }, async (world, server) => {
    const demo = await world.token('demo');
    const desk = await Desk.open(world);
    const page = await desk.at('/admin/', 'boss');
    await page.locator('#figures .figure').first().waitFor();
    assert.equal(await byId(page, 'machines').isVisible(), false);
    const other = await second(world);
    const rows = page.locator('#machines-list tbody tr');
    const row = rows.filter({ hasText: `:${other.port}` });
    await row.filter({ hasText: 'now' }).waitFor();
    assert.equal(await rows.count(), 2);
    const stream = await followAt(world, other.url, at(other.url, demo));
    await page.locator('#machines-said')
      .filter({ hasText: /^2 machines, 1 socket, / }).waitFor();

    // One that is told another Redis, and is seen for as long as this lasts.
    assert.equal(await rows.filter({ hasText: 'other Redis' }).count(), 0);
    await server.ask(`INSERT INTO machine SELECT 'odd:1', version, started,
      seen + 3600000000, 1, 0, 0, 0, 0, 'another' FROM machine LIMIT 1`);
    await rows.filter({ hasText: 'odd:1' }).getByText('other Redis').waitFor();
    await server.ask("DELETE FROM machine WHERE name = 'odd:1'");
    const { body: { id } } = await demo.get('/api/me/');
    await page.goto(`${world.url}/admin/users/${id}/`);
    const sockets = byId(page, 'sockets');
    await sockets.getByText(new RegExp(`^127.0.0.1, at .*:${other.port}$`))
      .waitFor();
    await sockets.getByRole('button', { name: /^End now/ }).click();
    await byId(page, 'confirm-yes').click();
    await stream.closed;
    await page.reload();
    await sockets.getByText('There are no sockets.').waitFor();
    other.daemon.child.kill('SIGSTOP');
    try {
      await page.reload();
      await sockets.getByText(new RegExp(
        `^Not listed: those at .*:${other.port}, which did not answer\\.$`))
        .waitFor();
    } finally {
      other.daemon.child.kill('SIGCONT');
    }
    await desk.close();
  }));
