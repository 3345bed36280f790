// The daemon as a process: whose it is, and what it lets out.
import assert from 'node:assert/strict';
import { chmod, chown, copyFile, open, readFile, readdir, stat } from
  'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { Disk } from './lib/disk.mjs';
import { Process, run } from './lib/processes.mjs';
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

// A daemon whose standard error is a pipe that stays as full as it gets; cat
// reads it, when the test says so.
async function serveUnread(world) {
  await world.stopDaemon();
  const fifo = join(world.dir, 'log');
  assert.equal((await run('mkfifo', [fifo])).code, 0);
  const pipe = await open(fifo, 'r+'); // by both ends: it opens at once
  world.daemon = new Process(join(bin, 'lws-app'), ['serve', '--listen',
    '127.0.0.1:0', '--database', world.database, '--workers',
    String(world.workers), ...world.redisFlags(), ...world.settings],
    { env: world.env, cwd: world.dir, stdio: ['pipe', 'pipe', pipe.fd] });
  const [, port] = await world.daemon.line(/^ready port=(\d+)$/m);
  world.url = `http://127.0.0.1:${port}`;
  return { fifo, pipe };
}

const dropped = async (session) => (await session.get('/metrics')).text
  .match(/^lwsapp_log_dropped_total\{worker="\d"\} \d+$/mg)
  .reduce((sum, line) => sum + Number(line.split(' ')[1]), 0);

// More of the log than pipe and queue hold.
async function fillLog(session) {
  const path = `/${'x'.repeat(1000)}`;
  const ask = async () => {
    for (let i = 0; i < 50; i++)
      assert.equal((await session.get(path)).status, 404);
  };
  while (!await dropped(session))
    await Promise.all(Array.from({ length: 8 }, ask));
}

for (const workers of [1, 2])
  test(`a log that nobody reads holds nobody up, ${workers} workers`, withWorld(
    { tls: false, workers }, async (world) => {
      const { fifo, pipe } = await serveUnread(world);
      const demo = await world.token('demo');
      const stream = await world.follow(demo);
      const session = new Session(world.url);
      await fillLog(session);
      // Threads of every kind go on: reading, writing, hashing, telling.
      await demo.order({ instrument: 'UNREAD' });
      assert.equal((await stream.next()).order.instrument, 'UNREAD');
      await world.token('other');
      const reader = new Process('cat', [fifo]);
      world.daemons.push(reader);
      const told = / warn log\.dropped text="(\d+) lines were dropped"\n/;
      const [, lines] = await reader.line(told);
      while (await dropped(session) < Number(lines));
      const paths = Array.from({ length: 20 }, (_, i) => `/late${i}`);
      for (const path of paths)
        await session.get(path);
      for (const path of paths)
        await reader.line(new RegExp(`http\\.request.*path="${path}"`));
      await world.stopDaemon();
      await pipe.close(); // the last that could write
      await reader.untilEnd();
      for (const line of reader.out.trim().split('\n'))
        assert.match(line, /^\d{4}-\d\d-\d\dT[\d:.]+Z (error|warn|info) \S+ /);
      if (workers === 1)
        assert.ok(reader.out.indexOf('/late0"') < reader.out.indexOf('/late19"'));
    }));

for (const workers of [1, 2])
  test(`SIGTERM ends it though its log is stuck, ${workers} workers`, withWorld(
    { tls: false, workers }, async (world) => {
      const { pipe } = await serveUnread(world);
      await fillLog(new Session(world.url));
      await world.stopDaemon();
      await pipe.close();
    }));

test('a log on a full disk goes on once there is room', withWorld(
  { tls: false }, async (world) => {
    await world.stopDaemon();
    const disk = await Disk.make(1);
    try {
      const path = join(disk.dir, 'log');
      const file = await open(path, 'a');
      world.daemon = new Process(join(bin, 'lws-app'), ['serve', '--listen',
        '127.0.0.1:0', '--database', world.database], { env: world.env,
        cwd: world.dir, stdio: ['pipe', 'pipe', file.fd] });
      await file.close();
      const [, port] = await world.daemon.line(/^ready port=(\d+)$/m);
      world.url = `http://127.0.0.1:${port}`;
      const session = new Session(world.url);
      const reader = new Process('tail', ['-n', '+1', '-f', path]);
      world.daemons.push(reader);
      await reader.line(/app\.ready/);
      await disk.fill();
      const paths = Array.from({ length: 200 }, (_, i) => `/full${i}`);
      for (const one of paths)
        assert.equal((await session.get(one)).status, 404);
      await disk.free();
      for (const one of paths)
        await reader.line(new RegExp(`path="${one}"`));
      assert.equal(await dropped(session), 0);
      await world.stopDaemon();
      await reader.stop();
    } finally {
      if (!world.daemon.ended) await world.daemon.stop('SIGKILL');
      await disk.drop();
    }
  }));
