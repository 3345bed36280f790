// The disk full, files that can't be used, backups and what they restore.
import assert from 'node:assert/strict';
import { copyFile, mkdir, readlink, rename, rm, stat, truncate, writeFile }
  from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { Disk } from './lib/disk.mjs';
import { Session } from './lib/http.mjs';
import { Process, run } from './lib/processes.mjs';
import { change, DatabaseRows } from './lib/rows.mjs';
import { bin, withWorld, World } from './lib/world.mjs';

const many = (n) => Array.from({ length: n }, (_, i) => (
  { instrument: `S${i}`, quantity: '1', price: String(i) }));

test('a full disk refuses writes, keeps reads, and is forgiven', async () => {
  const disk = await Disk.make(24);
  const world = await World.start({ dir: disk.dir });
  try {
    const demo = await world.token('demo');
    const stream = await world.follow(demo);
    await demo.post('/api/data/', many(100));
    await disk.fill();
    let acknowledged = 100;
    let refused;
    while (!refused) {
      const answer = await demo.post('/api/data/', many(100));
      if (answer.status === 201) acknowledged += 100;
      else refused = answer;
    }
    assert.equal(refused.status, 503, refused.text);
    assert.ok(Number(refused.headers['retry-after']) > 0);
    const list = await demo.get('/api/data/');
    assert.equal(list.status, 200);
    assert.equal(list.body.count, acknowledged);

    await disk.free();
    let again;
    do again = await demo.post('/api/data/', many(1));
    while (again.status === 503);
    assert.equal(again.status, 201, again.text);
    const events = await stream.nextOf(acknowledged + 1);
    events.forEach((event, i) => assert.equal(event.seq, i + 1));
    const { out } = await world.command(['check']);
    assert.match(out, /all is well/);
  } finally {
    await world.stop();
    await disk.drop();
  }
});

// A daemon that must not start: what it says on the way out.
async function refusedStart(world, args = []) {
  const { code, err } = await run(join(bin, 'lws-app'), ['serve', '--listen',
    '127.0.0.1:0', '--database', world.database, ...args]);
  assert.notEqual(code, 0);
  return err;
}

test('a file that can not be used stops the start, by name',
  withWorld({}, async (world) => {
    await world.stopDaemon();
    const good = world.database;
    const bad = join(world.dir, 'bad.db');
    world.database = bad;

    await writeFile(bad, 'this is no database, but it is long enough. '
      .repeat(100));
    assert.match(await refusedStart(world), /not a database/);

    await copyFile(good, bad);
    await truncate(bad, 5000);
    assert.match(await refusedStart(world), /malformed|not a database|I\/O/);

    await rm(bad);
    await mkdir(bad);
    assert.match(await refusedStart(world), /bad\.db/);

    world.database = join(world.dir, 'no', 'where.db');
    assert.match(await refusedStart(world), /where\.db/);

    await copyFile(good, join(world.dir, 'newer.db'));
    world.database = join(world.dir, 'newer.db');
    await change(world.database, 'PRAGMA user_version = 999');
    assert.match(await refusedStart(world), /newer/);
    world.database = good;
    await world.startDaemon();
  }));

test('a database moved under the daemon: no write is acknowledged and lost',
  withWorld({ workers: 2 }, async (world) => {
    const demo = await world.token('demo');
    const stream = await world.follow(demo);
    const rows = new DatabaseRows(world.database);
    const placed = new Set();
    const refused = [];
    let n = 0;
    const place = async () => {
      const id = `m${n++}`;
      const answer = await demo.post('/api/data/',
        { instrument: 'M', quantity: '1', price: '1', client_order_id: id });
      if (answer.status === 201) placed.add(id);
      else refused.push(answer);
      return answer;
    };
    const known = async () => new Set(await rows.column(
      'SELECT client_order_id FROM orders'));

    for (const end of ['', '-wal']) {
      const moved = join(world.dir, 'moved');
      let over = false;
      const writers = Array.from({ length: 4 }, async () => {
        while (!over) await place();
      });
      const before = placed.size;
      while (placed.size < before + 50) await place();
      await rename(world.database + end, moved);
      const first = refused.length;
      while (refused.length < first + 20) await place();
      over = true;
      await Promise.all(writers);
      for (let i = 0; i < 10; i++) assert.equal((await place()).status, 503);
      refused.forEach((answer) => assert.equal(answer.status, 503));
      await world.daemon.line(/writer\.failed .*put it back/, 'err');
      // Nothing was made in its place by who looks for it there.
      await assert.rejects(stat(world.database + end));

      await rename(moved, world.database + end);
      let answer;
      do answer = await place();
      while (answer.status === 503);
      assert.equal(answer.status, 201);
      const there = await known();
      for (const id of placed) assert.ok(there.has(id), id);
    }
    const { count } = (await demo.get('/api/data/')).body;
    const events = await stream.nextOf(count);
    events.forEach((event, i) => assert.equal(event.seq, i + 1));
    assert.match((await world.command(['check'])).out, /all is well/);
  }));

test('a backup made while many write is whole, and checks clean',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    await demo.post('/api/data/', many(1000));
    let over = false;
    const writers = Array.from({ length: 4 }, async () => {
      while (!over)
        assert.equal((await demo.post('/api/data/', many(10))).status, 201);
    });
    const copy = join(world.dir, 'copy.db');
    const { out } = await world.command(['backup', copy]);
    assert.match(out, /up to event \d+/);
    const again = await world.command(['backup', copy], { code: 1 });
    assert.match(again.err, /exists already/);
    over = true;
    await Promise.all(writers);
    const rows = new DatabaseRows(copy);
    assert.deepEqual(await rows.column('PRAGMA integrity_check'), ['ok']);
    const checked = await run(join(bin, 'lws-app'),
                              ['check', '--database', copy]);
    assert.equal(checked.code, 0, checked.out + checked.err);
  }));

test('a restored backup has a new epoch: clients resync',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    await demo.post('/api/data/', many(10));
    const copy = join(world.dir, 'copy.db');
    await world.command(['backup', copy]);
    await demo.post('/api/data/', many(10));
    const { position } = (await demo.get('/api/data/')).body;
    await world.stopDaemon();
    for (const end of ['-wal', '-shm'])
      await rm(world.database + end, { force: true });
    await copyFile(copy, world.database);
    await world.startDaemon({ port: world.port });
    const stream = await world.open(demo);
    const joined = await stream.subscribe({ position });
    assert.equal(joined.resync, true);
    assert.notEqual(joined.position.epoch, position.epoch);
    assert.equal(joined.position.seq, 10);
    assert.match((await world.command(['check'])).out, /all is well/);

    // And by hand, but not under a running daemon.
    const refused = await world.command(['check', '--new-epoch'], { code: 1 });
    assert.match(refused.err, /in use/);
    await world.stopDaemon();
    await world.command(['check', '--new-epoch']);
    await world.startDaemon({ port: world.port });
    const last = await demo.get('/api/data/');
    assert.notEqual(last.body.position.epoch, joined.position.epoch);
  }));

test('check tells of planted damage, each by its name',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    await demo.post('/api/data/', many(20));
    await world.stopDaemon();
    const damages = [
      ['DELETE FROM event WHERE id = 5', /the log: 19 events from 1 to 20/],
      ['DELETE FROM event WHERE id IN (4, 5)', /stream \d+: 18 events from 1 to 20/],
      ['DELETE FROM event WHERE id = 20',
       /the log: its newest event is 19, the streams stand at 20/],
      ['UPDATE orders SET price = 1 WHERE id = 7', /order 7: differs/],
      ['UPDATE stream SET order_count = 3', /counts 3 orders, there are 20/],
      ['UPDATE stream SET position = 30', /stands at 30/],
      ['DELETE FROM orders WHERE id = 9', /counts 20 orders, there are 19/],
      [`INSERT INTO tombstone (stream, order_id, position)
        VALUES (0, 7, 99)`, /order 7: is there, and has a tombstone/],
    ];
    const good = join(world.dir, 'good.db');
    await change(world.database, `VACUUM INTO '${good}'`);
    for (const [sql, said] of damages) {
      await copyFile(good, world.database);
      await change(world.database, sql);
      const { out } = await world.command(['check'], { code: 1 });
      assert.match(out, said, sql);
    }
  }));

test('kill -9 in the middle of a backup leaves no half file by its name',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    for (let i = 0; i < 10; i++) await demo.post('/api/data/', many(1000));
    const copy = join(world.dir, 'copy.db');
    const backup = new Process(join(bin, 'lws-app'),
      ['backup', copy, '--database', world.database]);
    await backup.stop('SIGKILL');
    await world.command(['backup', join(world.dir, 'other.db')]);
    if (!backup.out) await world.command(['backup', copy]);
    const checked = await run(join(bin, 'lws-app'),
                              ['check', '--database', copy]);
    assert.equal(checked.code, 0, checked.out);
  }));

test('the database and its backups are for their owner alone',
  withWorld({}, async (world) => {
    const copy = join(world.dir, 'copy.db');
    await world.command(['backup', copy]);
    for (const file of [world.database, `${world.database}-wal`, copy])
      assert.equal((await stat(file)).mode & 0o777, 0o600, file);
  }));

// Under a shell that closes standard input, output and error for it.
const closed = (args, files = '<&- >&- 2>&-') => run('sh',
  ['-c', `exec "$@" ${files}`, 'sh', join(bin, 'lws-app'), ...args]);

test('words for a person never go into a file opened in their place',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    await demo.order({ instrument: 'KEPT' });
    await world.stopDaemon();
    const at = ['--database', world.database];
    const bad = join(world.dir, 'bad.csv');
    await writeFile(bad, 'instrument,quantity,price\nA,x,1\n');
    for (const [args, code] of [[['check'], 0], [['migrate'], 0],
      [['createuser', '--username', 'demo', '--password-stdin'], 1],
      [['import', bad, '--owner', 'demo'], 1],
      [['serve', '--listen', 'nowhere'], 1]])
      assert.equal((await closed([...args, ...at])).code, code, args[0]);
    // And of a server, whose log it would be.
    const child = new Process('sh', ['-c', 'exec "$@" <&- 2>&-', 'sh',
      join(bin, 'lws-app'), 'serve', '--listen', '127.0.0.1:0', '--log-level',
      'debug', ...at]);
    const [, port] = await child.line(/ready port=(\d+)/);
    const session = new Session(`http://localhost:${port}`);
    for (let i = 0; i < 20; i++)
      assert.equal((await session.get('/healthz')).status, 200);
    for (const fd of ['0', '2'])
      assert.equal(await readlink(`/proc/${child.child.pid}/fd/${fd}`),
                   '/dev/null');
    assert.equal((await child.stop()).code, 0);
    const { out } = await world.command(['check']);
    assert.match(out, /all is well/);
    await world.startDaemon({ port: world.port });
    assert.equal((await demo.get('/api/data/')).body.count, 1);
  }));
