// The daemon as a process: whose it is, and what it lets out.
import assert from 'node:assert/strict';
import { chmod, chown, copyFile, readFile, readdir, stat } from
  'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { Process } from './lib/processes.mjs';
import { Session } from './lib/http.mjs';
import { bin, withWorld } from './lib/world.mjs';

const isRoot = process.getuid() === 0;
const nobody = 65534;

// The world's daemon, ended, again as a user that is not root; where the tests
// are not run by root, as who runs them.
async function serveAsNobody(world, flags) {
  await world.stopDaemon();
  const program = join(world.dir, 'program');
  await copyFile(join(bin, 'lws-app'), program);
  await chmod(program, 0o755);
  if (isRoot) {
    for (const name of ['.', ...await readdir(world.dir)])
      await chown(join(world.dir, name), nobody, nobody);
  }
  const daemon = new Process(program, ['serve', '--database', world.database,
    ...world.redisFlags(), ...flags], { env: world.env, cwd: world.dir,
    ...isRoot && { uid: nobody, gid: nobody } });
  world.daemons.push(daemon);
  world.daemon = daemon;
  const [, port] = await daemon.line(/^ready port=(\d+)$/m);
  world.url = `http://127.0.0.1:${port}`;
  return daemon.child.pid;
}

const childrenOf = async (pid) => (await readFile(
  `/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ');

test('beyond loopback root is refused, unless it is said', withWorld(
  { tls: false }, async (world) => {
    await world.stopDaemon();
    for (const host of isRoot ? ['0.0.0.0', '[::]'] : []) {
      const refused = await world.command(['serve', '--listen', `${host}:0`],
                                          { code: 1 });
      assert.match(refused.err, /listen: refused beyond loopback as root/);
      assert.match(refused.err, /--allow-root/);
      assert.equal(refused.out, '');
    }
    await world.startDaemon({ host: '[::1]' });
    await world.stopDaemon();
    world.settings.push('--allow-root');
    await world.startDaemon({ host: '0.0.0.0' });
    await world.login('demo');
    world.settings.pop();
    await serveAsNobody(world, ['--listen', '0.0.0.0:0']);
    await world.login('demo');
  }));

test('no process of it can be dumped, or looked into by its own user',
  withWorld({ tls: false, workers: 2 }, async (world) => {
    const pid = await serveAsNobody(world, ['--listen', '127.0.0.1:0',
      '--workers', '2']);
    const owner = async (one) => (await stat(`/proc/${one}/environ`)).uid;
    const limits = (one) => readFile(`/proc/${one}/limits`, 'utf8');
    for (const one of [pid, ...await childrenOf(pid)]) {
      assert.match(await limits(one), /^Max core file size +0 +0 /m);
      assert.equal(await owner(one), 0);
    }
    // It still reads what is its own, once a second.
    const session = new Session(world.url);
    for (const name of ['open_fds', 'resident_memory_bytes']) {
      const counted = new RegExp(`^process_${name}{worker="0"} [1-9]`, 'm');
      while (!counted.test((await session.get('/metrics')).text));
    }
    const seen = await serveAsNobody(world, ['--listen', '127.0.0.1:0',
      '--core-dumps']);
    assert.equal(await owner(seen), isRoot ? nobody : process.getuid());
  }));
