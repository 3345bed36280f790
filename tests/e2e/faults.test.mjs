// What breaks: Redis, workers, the daemon, readers that do not read.
import assert from 'node:assert/strict';
import net from 'node:net';
import test from 'node:test';
import { DatabaseRows } from './lib/rows.mjs';
import { Process } from './lib/processes.mjs';
import { withWorld, World } from './lib/world.mjs';

const order = (i) => ({ instrument: `F${i}`, quantity: '1', price: `${i}`,
                        client_order_id: `c${i}` });

async function places(session, from, to) {
  for (let i = from; i < to; i++)
    assert.equal((await session.post('/api/data/', order(i))).status, 201);
}

function isRun(events, from) {
  assert.deepEqual(events.map((event) => event.seq),
                   events.map((_, i) => from + i));
}

test('Redis killed and started again: nothing is missed, nothing twice',
  withWorld({ workers: 2 }, async (world) => {
    const demo = await world.token('demo');
    const streams = [];
    for (let i = 0; i < 6; i++) streams.push(await world.follow(demo));
    await places(demo, 0, 10);
    await world.redis.stop('SIGKILL');
    await places(demo, 10, 30);
    assert.equal((await demo.get('/readyz')).status, 200);
    for (const stream of streams) isRun(await stream.nextOf(30), 1);
    await world.startRedis();
    await places(demo, 30, 40);
    for (const stream of streams) {
      isRun(await stream.nextOf(10), 31);
      await stream.silent();
    }
  }));

test('of two Redis servers either will do: nothing is missed, nothing twice',
  withWorld({ redis: 2, workers: 2 }, async (world) => {
    const demo = await world.token('demo');
    const figure = async (name) => {
      const { text } = await demo.get('/metrics');
      return [...text.matchAll(new RegExp(`^${name}\\{.*\\} (\\S+)$`, 'gm'))]
        .reduce((sum, [, value]) => sum + Number(value), 0);
    };
    const until = async (name, value) => {
      while (await figure(name) !== value);
    };
    await until('lwsapp_redis_up', 2); // of each worker, one at least
    await until('lwsapp_redis_servers_down', 0);
    const streams = [];
    for (let i = 0; i < 6; i++) streams.push(await world.follow(demo));
    let placed = 0;
    const place = async () => {
      await places(demo, placed, placed + 10);
      for (const stream of streams) isRun(await stream.nextOf(10), placed + 1);
      placed += 10;
    };
    await place();
    for (const down of [0, 1]) {
      await world.redises[down].stop('SIGKILL');
      await until('lwsapp_redis_servers_down', 2); // of each worker, one
      assert.equal((await demo.get('/readyz')).body.status, 'degraded');
      const received = await figure('lwsapp_redis_received_total');
      await place();
      // What other workers committed still came by Redis.
      while (await figure('lwsapp_redis_received_total') <= received);
      await world.startRedis(down);
      await until('lwsapp_redis_servers_down', 0);
      await place();
    }
    world.redises[0].child.kill('SIGSTOP');
    await place();
    world.redises[0].child.kill('SIGCONT');
    await world.redises[1].stop('SIGKILL');
    await place();
    // A command tells each of them.
    await world.command(['createuser', '--username', 'late', '--password-stdin'],
                        { input: 'late-secret\n' });
    for (const stream of streams) await stream.silent();
  }));

test('a Redis server that is wrong among right ones is a state, and is named',
  withWorld({ redis: true }, async (world) => {
    const path = `${world.dir}/late.sock`;
    world.settings.push('--redis', 'redis://no-such-host.invalid:7',
                        '--redis', `unix://${path}`);
    await world.restartDaemon();
    const said = (what) => world.daemon.line(new RegExp(
      `warn redis\\.lost server=${what}`), 'err');
    await said('no-such-host\\.invalid:7 link=\\w+ why="the host is not known');
    await said(`${path} link=\\w+ why="No such file`);
    const demo = await world.token('demo');
    const stream = await world.follow(demo);
    await places(demo, 0, 3);
    isRun(await stream.nextOf(3), 1);
    let ready;
    do ready = (await demo.get('/readyz')).body; while (ready.redis !== 'up');
    assert.equal(ready.status, 'degraded');
    // It is there by now, and refuses: another reason than before.
    const late = new Process('redis-server', ['--port', '0', '--unixsocket',
      path, '--save', '', '--dir', world.dir, '--requirepass', 'secret']);
    await said(`${path} link=\\w+ why="NOAUTH`);
    await late.stop();
  }));

test('a Redis server that is named twice is refused, by commands too',
  withWorld({ redis: true }, async (world) => {
    const twice = ['--redis', world.redisUrl];
    const { err } = await world.command(['createuser', '--username', 'late',
      '--password-stdin', ...twice], { input: 'late-secret\n', code: 1 });
    assert.match(err, /redis: names .*redis\.sock twice/);
    await world.stopDaemon();
    world.settings.push(...twice);
    await world.startDaemon({ ready: false });
    assert.deepEqual(await world.daemon.untilEnd(), { code: 1, signal: null });
    assert.match(world.daemon.err, /redis: names .*redis\.sock twice/);
  }));

test('Redis stopped in its tracks: the log brings the events',
  withWorld({ workers: 2 }, async (world) => {
    const demo = await world.token('demo');
    const streams = [];
    for (let i = 0; i < 6; i++) streams.push(await world.follow(demo));
    world.redis.child.kill('SIGSTOP');
    await places(demo, 0, 20);
    for (const stream of streams) isRun(await stream.nextOf(20), 1);
    world.redis.child.kill('SIGCONT');
    await places(demo, 20, 25);
    for (const stream of streams) {
      isRun(await stream.nextOf(5), 21);
      await stream.silent();
    }
  }));

test('Redis down at the start is a state, not a failed start',
  withWorld({ redis: true }, async (world) => {
    await world.redis.stop('SIGKILL');
    await world.restartDaemon();
    const demo = await world.token('demo');
    const ready = await demo.get('/readyz');
    assert.equal(ready.status, 200);
    assert.equal(ready.body.status, 'degraded');
    const stream = await world.follow(demo);
    await places(demo, 0, 3);
    isRun(await stream.nextOf(3), 1);
  }));

test('two deployments on one Redis do not hear each other', withWorld(
  { redis: true }, async (world) => {
    const second = await World.start();
    try {
      await second.stopDaemon();
      second.redisUrl = world.redisUrl;
      await second.startDaemon();
      const here = await world.follow(await world.token('demo'));
      const there = await second.follow(await second.token('demo'));
      await places(await world.token('demo'), 0, 3);
      await places(await second.token('demo'), 10, 11);
      const event = await there.next();
      assert.equal(event.seq, 1);
      assert.equal(event.order.instrument, 'F10');
      await there.silent();
      isRun(await here.nextOf(3), 1);
      await here.silent();
    } finally {
      await second.stop();
    }
  }));

// Whoever gets at the Redis server.
function publisher(world) {
  const client = net.connect(`${world.dir}/redis.sock`);
  const publish = (channel, bytes) => client.write(Buffer.concat([
    Buffer.from(`*3\r\n$7\r\nPUBLISH\r\n$${channel.length}\r\n${channel}` +
                `\r\n$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')]));
  // Until Redis has taken all of it.
  const through = () => new Promise((resolve) => {
    let said = '';
    client.on('data', (bytes) => {
      said += bytes;
      if (said.includes('PONG')) resolve(client.removeAllListeners('data'));
    });
    client.write('PING\r\n');
  });
  return { client, publish, through };
}

test('a forged control entry ends nothing, and hides no end', withWorld(
  { workers: 2 }, async (world) => {
    const rows = new DatabaseRows(world.database);
    const { client, publish, through } = publisher(world);
    const me = (await (await world.token('demo')).get('/api/me/')).body.id;
    const forge = (epoch, id, kind, which) => publish(
      `lws-app:${epoch}:control`, Buffer.from(`C ${id} ${me} ${kind} ${which} 1\n`));
    for (let round = 0; round < 3; round++) {
      const leaving = await world.login('demo');
      const staying = await world.follow(await world.token('demo'));
      const sockets = [];
      for (let i = 0; i < 4; i++) sockets.push(await world.follow(leaving));
      const { epoch } = staying.joined.position;
      const [last] = await rows.column(
        'SELECT COALESCE(MAX(id), 0) FROM control');
      for (const id of [last + 1, last + 2, last + 3, last + 1000, 2 ** 52])
        for (const kind of ['rights', 'password', 'active', 'session_ended'])
          forge(epoch, id, kind, 0);
      await through();
      await places(await world.token('other'), round, round + 1);
      await Promise.all([...sockets, staying].map((one) => one.silent()));
      assert.equal((await leaving.delete('/api/sessions/')).status, 204);
      for (const socket of sockets)
        assert.equal((await socket.closed).code, 4401);
      await staying.silent();
    }
    client.destroy();
  }));

test('what can not be read on a Redis channel is dropped', withWorld(
  { redis: true }, async (world) => {
    const demo = await world.token('demo');
    const stream = await world.follow(demo);
    const { epoch } = stream.joined.position;
    const { client, publish } = publisher(world);
    const me = (await demo.get('/api/me/')).body.id;
    for (const name of [`owner:${me}`, 'all', 'control', 'owner:x', '']) {
      for (const text of ['', '\n', 'E', 'E 1 2 3', 'E 9 9 9 new 1 {}',
                          'C 1 2 3', '\u0000\u0001', 'x'.repeat(100000),
                          `E 99999 ${me} 99999 new 1 {"id":1}`])
        publish(`lws-app:${epoch}:${name}`, Buffer.from(text));
    }
    // A line that can be read but lies beyond a hole that the log can't fill
    // is not given either: the log is the truth.
    publish(`lws-app:${epoch}:owner:${me}`,
            Buffer.from(`E 90 ${me} 90 new 1 {"id":1}\n`));
    await new Promise((resolve) => client.end(resolve));
    await places(demo, 0, 5);
    isRun(await stream.nextOf(5), 1);
    await stream.silent();
  }));

test('kill -9 of the daemon loses no acknowledged write',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    const acknowledged = new Set();
    for (let round = 0; round < 3; round++) {
      const writers = Array.from({ length: 8 }, async (_, w) => {
        for (let i = 0; ; i++) {
          const id = `r${round}w${w}i${i}`;
          try {
            const { status } = await demo.post('/api/data/',
              { ...order(i), client_order_id: id });
            if (status !== 201) return;
            acknowledged.add(id);
          } catch {
            return;
          }
          if (acknowledged.size === 100 * (round + 1))
            world.daemon.child.kill('SIGKILL');
        }
      });
      await Promise.all(writers);
      await world.daemon.untilEnd();
      await world.startDaemon({ port: world.port });
    }
    const rows = new DatabaseRows(world.database);
    const there = new Set(await rows.column(
      'SELECT client_order_id FROM orders'));
    for (const id of acknowledged) assert.ok(there.has(id), id);
    // Whole or not at all: as many events as rows, positions without a hole.
    const [count] = await rows.column('SELECT count(*) FROM orders');
    assert.equal((await rows.column('SELECT count(*) FROM event'))[0], count);
    assert.equal((await rows.column('SELECT position FROM stream'))[0], count);
    // The write whose answer never came: asked again, it is there once.
    const again = await demo.post('/api/data/',
      { ...order(0), client_order_id: [...acknowledged][0], price: '0' });
    assert.ok([200, 409].includes(again.status));
  }));

test('kill -9 of a worker: another takes its place, streams go on',
  withWorld({ workers: 2 }, async (world) => {
    const demo = await world.token('demo');
    const stream = await world.follow(demo);
    await places(demo, 0, 5);
    isRun(await stream.nextOf(5), 1);
    const children = (await new Process('pgrep',
      ['-P', String(world.daemon.child.pid)]).line(/(\d+)\n(\d+)\n/))
      .slice(1).map(Number);
    for (const pid of children) process.kill(pid, 'SIGKILL');
    await stream.closed;
    await world.daemon.line(/worker.restarted[^]*worker.restarted/, 'err');
    await places(await world.token('demo'), 5, 8);
    const next = await world.open(await world.token('demo'));
    await next.subscribe({ position: { ...stream.joined.position, seq: 5 } });
    isRun(await next.nextOf(3), 6);
  }));

test('a reader that does not read delays nobody and catches up later',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    const slow = await world.follow(demo);
    const quick = await world.follow(demo);
    slow.socket._socket.pause();
    const long = 'L'.repeat(255);
    let total = 0;
    for (let i = 0; i < 12; i++) {
      const orders = Array.from({ length: 1000 }, () => (
        { instrument: long, quantity: '1', price: '1' }));
      assert.equal((await demo.post('/api/data/', orders)).status, 201);
      total += 1000;
      isRun(await quick.nextOf(1000), total - 999);
    }
    slow.socket._socket.resume();
    // Events, then the folded difference, then events: never a hole.
    let position = 0;
    const seen = new Set();
    while (position < total) {
      const frame = await slow.next();
      if (frame.type === 'folded') {
        assert.equal(frame.from, position);
        for (const { id } of frame.orders) seen.add(id);
        position = frame.to;
      } else {
        assert.equal(frame.seq, position + 1);
        seen.add(frame.order.id);
        position = frame.seq;
      }
    }
    assert.equal(seen.size, total);
    await demo.order();
    assert.equal((await slow.next()).seq, total + 1);
  }));

test('many writers, two workers and an import: all are answered, in order',
  withWorld({ workers: 2 }, async (world) => {
    const demo = await world.token('demo');
    const streams = [];
    for (let i = 0; i < 4; i++) streams.push(await world.follow(demo));
    const lines = Array.from({ length: 2000 }, (_, i) => JSON.stringify(
      { instrument: `I${i}`, quantity: '1', price: '1' })).join('\n');
    const imported = world.command(
      ['import', '-', '--owner', 'demo', '--batch', '100'], { input: lines });
    await Promise.all(Array.from({ length: 8 }, (_, w) =>
      places(demo, w * 1000, w * 1000 + 40)));
    await imported;
    for (const stream of streams) isRun(await stream.nextOf(2320), 1);
  }));
