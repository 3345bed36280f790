// PostgreSQL: several daemons of one database, and a server that goes and comes.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { appendFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { Session } from './lib/http.mjs';
import { at, followAt, second, withServer } from './lib/machines.mjs';
import { freePort } from './lib/ports.mjs';
import { Postgres } from './lib/postgres.mjs';
import { Process } from './lib/processes.mjs';
import { withWorld } from './lib/world.mjs';

const order = (i) => ({ instrument: `P${i}`, quantity: '1', price: `${i}` });

// Until it does not throw; the deadline is that of the whole test.
async function eventually(body) {
  for (;;) {
    try {
      return await body();
    } catch (error) {
      if (!/50[0-9]|fetch failed|ECONN|socket|closed/.test(
        `${error.message} ${error.cause ?? ''}`)) throw error;
    }
  }
}

async function places(session, from, to) {
  for (let i = from; i < to; i++) {
    const { status, text } = await session.post('/api/data/', order(i));
    assert.equal(status, 201, text);
  }
}

for (const redis of [true, false]) {
  test(`what one daemon commits sockets of another get, ${
    redis ? 'by Redis' : 'by the log'}`,
    withServer({ redis }, async (world) => {
      const here = await world.token('demo');
      const { daemon, url } = await second(world);
      const there = await at(url, here);
      const streams = [await followAt(world, world.url, here),
                       await followAt(world, url, there)];
      await Promise.all([places(here, 0, 30), places(there, 30, 60)]);
      for (const stream of streams) {
        const frames = await stream.nextOf(60);
        assert.deepEqual(frames.map(({ seq }) => seq),
                         Array.from({ length: 60 }, (_, i) => i + 1));
        assert.deepEqual(frames.map(({ order }) => order.instrument).sort(),
          Array.from({ length: 60 }, (_, i) => `P${i}`).sort());
        await stream.silent();
      }
      const list = await there.get('/api/data/?page_size=100&search=p1');
      assert.equal(list.body.count, 11);
      assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
    }));
}

test('a page that is kept is not sent once another daemon has committed',
  withServer({ redis: true }, async (world) => {
    const here = await world.token('demo');
    const there = await at((await second(world)).url, here);
    const sides = [here, there];
    const paths = ['/api/data/?page_size=100',
                   '/api/data/?format=datatables&length=50&start=0&draw=7'];
    for (let i = 0; i < 40; i++) {
      await places(sides[i % 2], i, i + 1);
      for (const path of paths) {
        const answers = [];
        for (const side of [...sides, ...sides])
          answers.push((await side.get(path)).body);
        const [{ results, data, position }] = answers;
        assert.equal((results ?? data)[0].instrument, `P${i}`);
        assert.equal(position.seq, i + 1);
        for (const answer of answers) assert.deepEqual(answer, answers[0]);
      }
    }
    const counts = await Promise.all(sides.map(async (side) => Number(
      /^lwsapp_answers_kept_total\S* (\d+)/m.exec(
        (await side.get('/metrics')).text)[1])));
    assert.deepEqual(counts, [80, 80]);
  }));

test('a daemon that dies leaves the turn to the others',
  withServer({ redis: true }, async (world) => {
    const here = await world.token('demo');
    const { daemon, url } = await second(world);
    const there = await at(url, here);
    const stream = await followAt(world, world.url, here);
    const placing = places(there, 0, 1000).catch(() => {}); // till it dies
    await stream.nextOf(20);
    await daemon.stop('SIGKILL');
    await placing;
    await places(here, 1000, 1005);
    const { body } = await here.get('/api/data/?page_size=1');
    const seen = 20 + (await stream.nextOf(body.count - 20)).length;
    assert.equal(seen, body.count);
    await stream.silent();
  }));

test('a server that stops and starts again: 503 meanwhile, and nothing is lost',
  withServer({}, async (world, server) => {
    const demo = await world.token('demo');
    await places(demo, 0, 3);
    const { epoch } = (await demo.get('/api/data/')).body.position;
    await server.halt();
    assert.equal((await demo.post('/api/data/', order(3))).status, 503);
    assert.equal((await demo.get('/api/data/')).status, 503);
    const ready = await demo.get('/readyz');
    assert.equal(ready.status, 503);
    // What libpq says names hosts and paths: the log has it, clients have not.
    assert.equal(ready.body.detail, "the database server can't be reached");
    await world.daemon.line(/warn store\.away text="[^]*\.s\.PGSQL/, 'err');
    assert.equal((await demo.get('/healthz')).status, 200);
    await server.serve();
    await eventually(() => places(demo, 4, 5));
    const { body } = await eventually(async () => {
      const answer = await demo.get('/api/data/');
      assert.equal(answer.status, 200, String(answer.status));
      return answer;
    });
    assert.equal(body.position.epoch, epoch);
    assert.deepEqual(body.results.map(({ instrument }) => instrument),
                     ['P4', 'P2', 'P1', 'P0']);
  }));

test('a server that was restarted costs no request once it is back',
  withServer({}, async (world, server) => {
    const demo = await world.token('demo');
    const all = () => Promise.all(Array.from({ length: 24 }, (_, i) => demo.get(
      ['/readyz', '/api/data/', '/api/data/?search=P'][i % 3])));
    await places(demo, 0, 3);
    await all(); // every connection has been used
    await server.halt();
    await server.serve();
    await demo.order();
    for (const { status, text } of await all()) assert.equal(status, 200, text);
  }));

// The way to a server: while it is cut, who connects hears nothing.
class Way {
  static async to(server) {
    const way = new Way();
    way.path = join(server.dir, 'socket/.s.PGSQL.5432');
    await way.listen(0);
    const { port } = way.listener.address();
    way.url = `postgresql://lwsapp@127.0.0.1:${port}/lwsapp?connect_timeout=2`;
    return way;
  }

  async listen(port) {
    this.sockets = new Set();
    this.asked = 0; // connections by which something came
    this.listener = net.createServer((near) => {
      this.keep(near).once('data', () => { this.asked++; });
      if (this.isCut) return;
      near.pause();
      setTimeout(() => this.connect(near), this.lateMs ?? 0);
    }).listen(port, '127.0.0.1');
    await once(this.listener, 'listening');
    return this;
  }

  connect(near) {
    const far = this.keep(net.connect(this.path));
    near.pipe(far).pipe(near);
  }

  keep(socket) {
    this.sockets.add(socket);
    socket.on('error', () => {});
    return socket.on('close', () => this.sockets.delete(socket));
  }

  turn(isCut) {
    this.isCut = isCut;
    for (const socket of this.sockets) socket.destroy();
  }

  close() {
    this.listener.close();
    this.turn(true);
  }
}

// body gets a world that has such a way to a server of its own.
const withWay = (body) => async () => {
  const server = await Postgres.start();
  const way = await Way.to(server);
  try {
    await withWorld({ database: way.url },
                    (world) => body(world, server, way))();
  } finally {
    way.close();
    await server.stop();
  }
};

// Until the writer has reached it once more.
async function isReached(server, way) {
  const noted = () => server.ask('SELECT max(seen) FROM machine');
  const before = await noted();
  way.turn(true);
  way.turn(false);
  while (await noted() === before);
}

test('readers come back to a server that takes longer than they may',
  withWay(async (world, server, way) => {
    await world.stopDaemon();
    world.database = way.url.replace(/timeout=.*/, 'timeout=20');
    world.settings.push('--read-budget-ms', '100');
    await world.startDaemon();
    way.lateMs = 2000;
    await isReached(server, way);
    const nobody = new Session(world.url);
    let status;
    // Of each of them the first takes too long.
    for (let i = 0; i < 12; i++) ({ status } = await nobody.get('/readyz'));
    assert.equal(status, 200);
  }));

test('of several servers the one that was reached last is tried first',
  withWay(async (world, server, way) => {
    await world.stopDaemon();
    const port = await freePort();
    world.database = way.url.replace('@', `@127.0.0.1:${port},`);
    await world.startDaemon(); // nobody is there
    const silent = new Way();
    silent.isCut = true;
    await silent.listen(port);
    try {
      await isReached(server, way);
      const nobody = new Session(world.url);
      for (let i = 0; i < 12; i++)
        assert.equal((await nobody.get('/readyz')).status, 200);
      assert.equal(silent.asked, 0);
    } finally {
      silent.close();
    }
  }));

// What a client knows means nothing any more.
async function beginsAnew(world, demo, stream, before) {
  await stream.closed;
  return eventually(async () => {
    const again = await world.follow(demo);
    assert.notEqual(again.joined.position.epoch, before, '503: still the old');
    return again;
  });
}

test('another epoch ends all sockets, of every daemon',
  withServer({ redis: true }, async (world) => {
    const demo = await world.token('demo');
    const { url } = await second(world);
    const streams = [await followAt(world, world.url, demo),
                     await followAt(world, url, await at(url, demo))];
    await places(demo, 0, 1);
    const { epoch } = streams[0].joined.position;
    await world.command(['check', '--new-epoch'], { redis: false });
    await streams[1].closed;
    const again = await beginsAnew(world, demo, streams[0], epoch);
    await eventually(() => places(demo, 1, 2));
    assert.equal((await again.next()).order.instrument, 'P1');
  }));

// Somebody who has the turn, in a session that ends with end().
function holdTurn(server, sql) {
  const holder = new Process('psql', ['-X', '-q', '-A', '-t', server.url]);
  holder.child.stdin.write(
    `SELECT pg_advisory_lock(30530634051055728); ${sql};\n`);
  return { end: () => holder.child.stdin.end() };
}

test('SIGTERM while it begins anew is an orderly end',
  withServer({}, async (world, server) => {
    const holder = holdTurn(server,
      "UPDATE meta SET value = reverse(value) WHERE key = 'epoch'");
    await world.daemon.line(/app\.another_database[^]*app\.stopped/, 'err');
    while (await server.ask('SELECT count(*) FROM pg_locks WHERE ' +
                            "locktype = 'advisory' AND NOT granted") !== '1');
    world.daemon.child.kill('SIGTERM');
    holder.end();
    assert.deepEqual(await world.daemon.untilEnd(), { code: 0, signal: null });
  }));

test('a daemon that begins anew while the server is away waits for it',
  withServer({}, async (world, server) => {
    const demo = await world.token('demo');
    await places(demo, 0, 1);
    await server.halt();
    world.daemon.child.kill('SIGHUP');
    await world.daemon.line(/warn app\.waits /, 'err');
    await server.serve();
    const { count } = await eventually(async () => {
      const { status, body } = await demo.get('/api/data/');
      if (status !== 200) throw new Error(`${status}`);
      return body;
    });
    assert.equal(count, 1);
    await server.halt();
    world.daemon.child.kill('SIGHUP');
    await world.daemon.line(/app\.waits [^]*app\.ready [^]*app\.waits /, 'err');
    assert.deepEqual(await world.daemon.stop(), { code: 0, signal: null });
    await server.serve();
  }));

test('a server with another history than before is another database',
  withServer({}, async (world, server) => {
    const demo = await world.token('demo');
    const stream = await world.follow(demo);
    await places(demo, 0, 1);
    const { epoch } = stream.joined.position;
    // As a standby that is promoted, it goes on in a timeline of its own.
    await server.halt();
    await appendFile(join(server.dir, 'data/postgresql.auto.conf'),
      "restore_command = 'false'\nsynchronous_standby_names = 'nobody'\n");
    await writeFile(join(server.dir, 'data/recovery.signal'), '');
    await server.serve();
    while (await server.ask('SELECT pg_is_in_recovery()') === 't');
    assert.equal(await server.ask('SELECT substr(pg_walfile_name(' +
                                  'pg_current_wal_lsn()), 1, 8)'), '00000002');
    // Reading does not wait for a standby, which writing does.
    const again = await beginsAnew(world, demo, stream, epoch);
    await world.daemon.line(/error writer\.waits for=commit/, 'err');
    const { url } = await second(world);
    assert.equal((await at(url, demo).get('/api/data/')).status, 200);
    await server.ask("ALTER SYSTEM SET synchronous_standby_names = ''");
    await server.ask('SELECT pg_reload_conf()');
    await eventually(() => places(demo, 1, 2));
    assert.equal((await again.next()).order.instrument, 'P1');
    assert.match(world.daemon.err, /app\.another_database/);
  }));

test('a server that could lose what it confirms is refused by name',
  withServer({}, async (world, server) => {
    await world.stopDaemon();
    for (const [name, bad] of [['fsync', 'off'], ['full_page_writes', 'off'],
                               ['zero_damaged_pages', 'on']]) {
      await server.ask(`ALTER SYSTEM SET ${name} = ${bad}`);
      await server.halt();
      await server.serve();
      await world.startDaemon({ ready: false });
      assert.deepEqual(await world.daemon.untilEnd(), { code: 1, signal: null });
      assert.match(world.daemon.err, new RegExp(`${name} = ${bad}`));
      await server.ask(`ALTER SYSTEM RESET ${name}`);
    }
    await server.halt();
    await server.serve();
    await world.startDaemon();
  }));

test('whether a standby is waited for is told', withServer({},
  async (world, server) => {
    // Nobody who is logged in: a login's last use would be written.
    const nobody = new Session(world.url);
    const commits = async () => (await nobody.get('/metrics')).text.match(
      /^lwsapp_commits_total\S* (\d+)/m)[1];
    const change = async (sql, durability) => {
      const from = world.daemon.err.length;
      await server.ask(`ALTER SYSTEM ${sql}`);
      await server.ask('SELECT pg_reload_conf()');
      while ((await nobody.get('/readyz')).body.durability !== durability);
      await world.daemon.line(new RegExp(`^[^]{${from}}[^]*` +
        `store\\.durability durability=${durability}\n`), 'err');
    };
    await world.daemon.line(/durability=local/, 'err');
    // Nothing need be written for it; now and then the daemon does, by itself.
    let before;
    do {
      before = await commits();
      await change("SET synchronous_standby_names = 'nobody'", 'standby');
      await change('RESET synchronous_standby_names', 'local');
    } while (await commits() !== before);
  }));

// Whom commits wait for.
async function names(server, value) {
  await server.ask(`ALTER SYSTEM SET synchronous_standby_names = '${value}'`);
  await server.ask('SELECT pg_reload_conf()');
}

const waiting = (server) => server.ask('SELECT count(*) FROM pg_stat_activity ' +
  "WHERE wait_event = 'SyncRep'");

test('what was written before is no answer before it is on a standby',
  withServer({}, async (world, server) => {
    const demo = await world.token('demo');
    const once = { ...order(1), client_order_id: 'once' };
    // As behind a restart of the server in mid-commit: others can see it.
    const { body: { id } } = await demo.post('/api/data/', once);
    await names(server, 'nobody');
    let ended = false;
    const again = demo.post('/api/data/', once).finally(() => { ended = true; });
    while (await waiting(server) === '0') assert.equal(ended, false);
    await names(server, '');
    const { status, body } = await again;
    assert.equal(status, 200);
    assert.equal(body.id, id);
  }));

test('where a standby is demanded, nothing is written without', withServer({},
  async (world, server) => {
    const boss = await world.token('boss');
    const told = async () => [
      (await boss.get('/api/')).body.durability,
      (await boss.get('/metrics')).text.match(
        /^lwsapp_database_standby\S* (\S+)/m)[1]];
    while (`${await told()}` !== 'local,0');
    await world.daemon.line(/warn store\.durability durability=local/, 'err');
    world.settings.push('--database-durability', 'standby');
    await world.restartDaemon();
    const refused = await boss.post('/api/data/', order(1));
    assert.equal(refused.status, 503, refused.text);
    assert.match(refused.body.detail, /standby/);
    assert.ok(refused.headers['retry-after']);
    await world.daemon.line(/synchronous_standby_names is empty/, 'err');
    const command = await world.command(['createuser', '--username', 'new',
      '--password-stdin', '--database-durability', 'standby'],
    { input: 'new-secret\n', code: 1, redis: false });
    assert.match(command.err, /synchronous_standby_names is empty/);
    // Its COMMIT waits for one that never comes, until none is waited for.
    await names(server, 'nobody');
    let ended = false;
    const waits = eventually(async () => {
      const made = await boss.post('/api/data/', order(2));
      if (made.status === 503) throw new Error('503');
      return made;
    }).finally(() => { ended = true; });
    while (await waiting(server) !== '1') assert.equal(ended, false);
    await world.daemon.line(/error writer\.waits for=commit ms=\d+ standby=1/,
                            'err');
    assert.equal((await boss.get('/readyz')).body.writes, 'failing');
    assert.match((await boss.get('/metrics')).text,
                 /^lwsapp_write_wait_seconds\S* [1-9]/m);
    await names(server, '');
    assert.equal((await waits).status, 201);
    await world.daemon.line(/writer\.goes_on/, 'err');
    while (`${await told()}` !== 'local,0');
    assert.equal((await boss.post('/api/data/', order(3))).status, 503);
    while ((await boss.get('/readyz')).body.writes !== 'failing');
    assert.deepEqual((await boss.get('/api/data/')).body.results.map(
      ({ instrument }) => instrument), ['P2']);
    // Where it is the server itself that is away, it says no other reason.
    await server.halt();
    const away = await boss.post('/api/data/', order(4));
    assert.equal(away.status, 503);
    assert.doesNotMatch(away.body.detail, /standby/);
    await server.serve();
  }));

test('what can\'t be had on it is said by name',
  withServer({}, async (world) => {
    const backup = await world.command(['backup', 'copy.db'],
                                       { code: 1, redis: false });
    assert.match(backup.err, /pg_basebackup/);
    await writeFile(join(world.dir, 'a.csv'),
                    'instrument,quantity,price\nEDF01,1,1\n');
    const dry = await world.command(['import', 'a.csv', '--owner', 'demo',
                                     '--dry-run'], { code: 1 });
    assert.match(dry.err, /dry_run.*PostgreSQL/);
    await world.command(['import', 'a.csv', '--owner', 'demo']);
    const all = await world.command(['check'], { redis: false });
    assert.match(all.out, /all is well/);
  }));
