// What one machine's admin shows of the others that serve the same database.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { at, followAt, second, withServer } from './lib/machines.mjs';
import { Process } from './lib/processes.mjs';
import { bin, withWorld } from './lib/world.mjs';

const next = () => new Promise((resolve) => { setTimeout(resolve, 50); });

// Until each of them has told of itself.
async function machines(boss, count) {
  for (;;) {
    const { status, body, text } = await boss.get('/api/admin/');
    assert.equal(status, 200, text);
    if (body.machines.length === count) return body.machines;
    await next();
  }
}

// Two machines, each with a socket of demo.
async function pair(world) {
  const demo = await world.token('demo');
  const boss = await world.token('boss');
  const other = await second(world);
  await machines(boss, 2);
  const { body: { id } } = await demo.get('/api/me/');
  const streams = [await followAt(world, world.url, demo),
                   await followAt(world, other.url, at(other.url, demo))];
  const list = async (session = boss) => {
    const { status, body, text } =
      await session.get(`/api/users/${id}/sockets/`);
    assert.equal(status, 200, text);
    return body;
  };
  const isAt = ({ port }) => ({ machine }) => machine.endsWith(`:${port}`);
  return { boss, id, list, other, streams, isHere: isAt(world),
           isThere: isAt(other) };
}

test('sockets of every machine are listed, and closed from any',
  withServer({ redis: true }, async (world) => {
    const { boss, id, list, other, streams, isHere, isThere } =
      await pair(world);
    for (const session of [boss, at(other.url, boss)]) {
      // A machine that others keep busy may be late.
      let answer = await list(session);
      while (answer.unanswered.length) answer = await list(session);
      const { count, results } = answer;
      assert.equal(count, 2);
      assert.equal(results.filter(isHere).length, 1);
      assert.equal(results.filter(isThere).length, 1);
      assert.ok(results.every(({ address, token, opened }) =>
        address === '127.0.0.1' && token > 0 && Date.parse(opened) > 0));
      // Pages are of all of them.
      const { body } = await session.get(
        `/api/users/${id}/sockets/?page_size=1&page=2`);
      assert.equal(body.count, 2);
      assert.deepEqual(body.results, [results[1]]);
    }
    const { results } = await list();
    const there = results.find(isThere);
    const { status } = await boss.delete(`/api/users/${id}/sockets/${there.id}/`);
    assert.equal(status, 204);
    await streams[1].closed;
    assert.deepEqual((await list()).results.map(({ id: one }) => one),
                     [results.find(isHere).id]);
    assert.equal(streams[0].ended, undefined);
  }));

test('a machine that does not answer is named, and nothing waits for it',
  withServer({ redis: true }, async (world, server) => {
    const { boss, list, other, isHere } = await pair(world);
    other.daemon.child.kill('SIGSTOP');
    try {
      const { count, results, unanswered } = await list();
      assert.equal(count, 1);
      assert.ok(results.every(isHere));
      assert.equal(unanswered.length, 1);
      assert.ok(unanswered[0].endsWith(`:${other.port}`));
      // Those that have not been seen for long are told of, but not asked.
      await server.ask('UPDATE machine SET seen = seen - 20000000 ' +
        `WHERE name LIKE '%:${other.port}'`);
      assert.deepEqual((await list()).unanswered, []);
      const rows = await machines(boss, 2);
      const seen = rows.map((row) => Date.parse(row.seen));
      assert.ok(Math.abs(seen[0] - seen[1]) > 15000);
    } finally {
      other.daemon.child.kill('SIGCONT');
    }
    while ((await list()).count !== 2) await next();
  }));

test('without Redis its own are listed, and that there are others is said',
  withServer({ redis: false }, async (world) => {
    const { list, other, isHere } = await pair(world);
    const { results, unanswered } = await list();
    assert.equal(results.length, 1);
    assert.ok(results.every(isHere));
    assert.equal(unanswered.length, 1);
    assert.ok(unanswered[0].endsWith(`:${other.port}`));
  }));

test('machines tell how busy they are, and what they run',
  withServer({ redis: true }, async (world) => {
    const { boss, other } = await pair(world);
    let rows;
    do {
      await next();
      rows = await machines(boss, 2);
    } while (!rows.every(({ sockets }) => sockets === 1));
    const { out } = await world.command(['--version']);
    for (const { name, version, started, seen, workers } of rows) {
      assert.ok([world.port, other.port].some((port) =>
        name.endsWith(`:${port}`)));
      assert.ok(out.startsWith(`lws-app ${version}\n`), out);
      assert.equal(workers, 1);
      assert.ok(Date.parse(started) <= Date.parse(seen));
    }
  }));

// Another daemon of the world's database, told of these servers.
async function told(world, redis) {
  const daemon = new Process(join(bin, 'lws-app'), ['serve', '--listen',
    '127.0.0.1:0', '--database', world.database, ...redis.flatMap((url) =>
      ['--redis', url]), ...world.settings], { env: world.env, cwd: world.dir });
  world.daemons.push(daemon);
  const [, port] = await daemon.line(/^ready port=(\d+)$/m);
  return { daemon, port, url: `${world.scheme}://127.0.0.1:${port}` };
}

const apart = async (session) => {
  const { text } = await session.get('/metrics');
  return Number(text.match(/^lwsapp_machines_apart\{.*\} (\d+)$/m)[1]);
};

test('machines that are told other Redis servers are noticed, and told of',
  withServer({ redis: 1 }, async (world, server) => {
    const boss = await world.token('boss');
    const same = async (session) => Object.fromEntries(
      (await machines(session, 2)).map((row) =>
        [row.name.split(':')[1], row.same_redis]));
    // A user, a password and the case of a name make no other server.
    const secret = `unix://someone:geheim@${world.redisUrl.slice(7)}`;
    const other = await told(world, [secret]);
    assert.deepEqual(await same(boss), { [world.port]: true,
                                         [other.port]: true });
    assert.equal(await apart(boss), 0);
    await other.daemon.stop();
    await server.ask('DELETE FROM machine');

    const odd = await told(world, [world.redisUrl, 'redis://127.0.0.1:9']);
    assert.deepEqual(await same(boss), { [world.port]: true,
                                         [odd.port]: false });
    const [, name] = await world.daemon.line(
      /warn app\.redis_apart machines=1 one="([^"]+)"/, 'err');
    assert.ok(name.endsWith(`:${odd.port}`), name);
    await odd.daemon.line(/warn app\.redis_apart machines=1/, 'err');
    while (await apart(boss) !== 1) await next();
    assert.deepEqual(await same(at(odd.url, boss)), { [world.port]: false,
                                                      [odd.port]: true });
    // Of an older release nothing is known.
    await odd.daemon.stop();
    await server.ask('UPDATE machine SET redis = NULL WHERE name LIKE ' +
                     `'%:${odd.port}'`);
    assert.deepEqual(await same(boss), { [world.port]: true,
                                         [odd.port]: null });
    await world.daemon.line(/info app\.redis_alike/, 'err');
    while (await apart(boss) !== 0) await next();
    assert.equal(world.daemon.err.match(/app\.redis_apart/g).length, 1);
    const rows = await server.ask('SELECT string_agg(redis, \',\') FROM machine');
    assert.match(rows, /^[0-9a-f]{32}$/);
  }));

// What a look at the log brings may come when all else has been taken down.
test('a machine ends in order while others write', withServer({ redis: false },
  async (world) => {
    const { boss, other } = await pair(world);
    const writer = at(other.url, boss);
    let isOver = false;
    const written = (async () => {
      while (!isOver) {
        const { status, text } = await writer.post('/api/data/',
          Array.from({ length: 20 }, (_, i) => ({
            instrument: `W${i}`, quantity: '1', price: '1' })));
        assert.equal(status, 201, text);
      }
    })();
    for (let i = 0; i < 8; i++) {
      await followAt(world, world.url, boss);
      await world.restartDaemon();
    }
    isOver = true;
    await written;
  }));

test('of a file there is no other machine', withWorld({}, async (world) => {
  const demo = await world.token('demo');
  const boss = await world.token('boss');
  await world.follow(demo);
  const { body: { id } } = await demo.get('/api/me/');
  const { body } = await boss.get(`/api/users/${id}/sockets/`);
  assert.deepEqual(body.results.map(({ machine }) => machine), [null]);
  assert.deepEqual(body.unanswered, []);
  assert.deepEqual((await boss.get('/api/admin/')).body.machines, []);
  const { status } = await boss.delete(`/api/users/${id}/sockets/12345/`);
  assert.equal(status, 404);
}));
