// SIGHUP: the settings are read again while everybody is served.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { withWorld } from './lib/world.mjs';

for (const options of [{}, { workers: 2 }]) {
  const how = JSON.stringify(options);

  test(`SIGHUP reads the settings again, no connection is refused ${how}`,
    withWorld(options, async (world) => {
      await world.stopDaemon();
      const file = join(world.dir, 'settings');
      await writeFile(file, 'login_per_account = 50\n');
      world.settings.push('--config', file);
      await world.startDaemon();
      const demo = await world.token('demo');
      const stream = await world.follow(demo);
      // Until it has stopped, a worker of before may still answer.
      const done = options.workers
        ? /serve.reloaded(?:[^]*app.stopped){2}/ : /app.stopped[^]*app.ready/;

      await writeFile(file, 'login_per_account = 1\n');
      let reloaded = false;
      world.daemon.child.kill('SIGHUP');
      const reloading = world.daemon.line(done, 'err')
        .then(() => { reloaded = true; });
      let served = 0;
      while (!reloaded || served < 20) {
        assert.equal((await demo.get('/api/me/')).status, 200);
        served++;
      }
      await reloading;
      assert.equal((await stream.closed).code, 1001);

      // The new limit is in force.
      const wrong = { username: 'demo', password: 'x' };
      assert.equal((await demo.post('/api/token/', wrong)).status, 401);
      assert.equal((await demo.post('/api/token/', wrong)).status, 429);

      // A bad setting leaves all as it was, the open sockets too.
      const kept = await world.follow(demo);
      for (const [line, named] of [
        ['login_per_account = none', 'login_per_account'],
        ['public_url = desk.example', 'public_url'],
        ['trusted_proxy = 10.0.0.0/33', 'trusted_proxy'],
        ['tls_cert = /nonexistent', 'tls_key'],
        ['log_level = loud', 'log_level']]) {
        await writeFile(file, `${line}\n`);
        world.daemon.child.kill('SIGHUP');
        await world.daemon.line(
          new RegExp(`serve.reload_failed.*${named}`), 'err');
        assert.equal((await demo.get('/api/me/')).status, 200);
      }
      await kept.silent();

      // And it can be done for ever.
      await writeFile(file, 'login_per_account = 1\n');
      for (let i = 0; i < 6; i++) {
        const from = world.daemon.err.length;
        world.daemon.child.kill('SIGHUP');
        await world.daemon.line(
          new RegExp(`^[^]{${from}}[^]*${done.source}`), 'err');
        assert.equal((await demo.get('/api/me/')).status, 200);
      }
    }));
}
