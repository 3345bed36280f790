// A PostgreSQL that stands still, as one behind a network that is cut: whoever
// needs nothing of it is served as ever, the others are told so.
import assert from 'node:assert/strict';
import net from 'node:net';
import test from 'node:test';
import { Session, raw } from './lib/http.mjs';
import { withServer } from './lib/machines.mjs';
import { Postgres } from './lib/postgres.mjs';
import { PostgresLine } from './lib/postgres_line.mjs';
import { deadline } from './lib/processes.mjs';
import { bytes, Wire } from './lib/wire.mjs';
import { withWorld } from './lib/world.mjs';

const order = { instrument: 'A'.repeat(200), quantity: '1', price: '1' };
const many = JSON.stringify(Array.from({ length: 100 }, () => order));
const chunked = `${many.length.toString(16)}\r\n${many}\r\n0\r\n\r\n`;
const handshake = (headers, frame = '') => Buffer.concat([
  Buffer.from(bytes('GET', '/data/stream/', { headers: {
    Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==', ...headers } })),
  Buffer.from(frame)]);
const hasHead = (text) => text.includes('\r\n\r\n');

const statusOf = (answer) => typeof answer === 'number' ? answer
  : answer.status ?? Number(/^HTTP\/1\.1 (\d+)/.exec(answer.text)?.[1]);

// Whatever has to be looked up before it is known what to do with it.
function asks(world, session, staff) {
  const headers = session.headers();
  return {
    handshake: () => world.open(session).then(() => 101, ({ status }) => status),
    'large body': () => session.post('/api/data/', many,
      { 'content-type': 'application/json' }),
    'large chunked body': () => raw(world.port, bytes('POST', '/api/data/', {
      headers: { ...headers, 'Content-Type': 'application/json',
                 'Transfer-Encoding': 'chunked' } }) + chunked, hasHead),
    'a body that waits': () => raw(world.port, bytes('POST', '/api/data/', {
      headers: { ...headers, 'Content-Length': `${many.length}`,
                 'Content-Type': 'application/json', Expect: '100-continue' } }),
      hasHead),
    password: () => session.post('/api/token/', { username: 'demo',
                                                  password: 'demo-secret' }),
    quotes: () => staff.get('/api/market/'),
    latency: () => session.get('/api/latency/'),
    list: () => session.get('/api/data/'),
  };
}

// The status of each, all asked at once.
const ask = async (all, names) => Object.fromEntries(await Promise.all(
  names.map(async (name) => [name, await all[name]().then(statusOf, String)])));

const endless = ['--login-attempts-per-account', '0'];

test('only who needs it waits for a server that stands still',
  withServer({ settings: endless }, async (world, server) => {
    const demo = await world.token('demo');
    const staff = await world.token('boss');
    const stream = await world.follow(demo, { heartbeat: 1 });
    const all = asks(world, demo, staff);
    await server.stalled(async () => {
      const asked = ask(all, Object.keys(all));
      // Some go while they are looked up.
      for (const sent of [handshake(demo.headers()), bytes('POST', '/api/data/', {
        headers: { ...demo.headers(), 'Content-Length': `${many.length}` },
        body: many.slice(0, 20000) })]) {
        const socket = net.connect(world.port, '127.0.0.1');
        socket.write(sent, () => setImmediate(() => socket.resetAndDestroy()));
      }
      for (let i = 0; i < 20; i++) {
        stream.send({ command: 'ping', time: i });
        assert.equal((await stream.next()).time, i);
        assert.equal((await demo.get('/healthz')).status, 200);
        assert.equal((await demo.get('/metrics')).status, 200);
      }
      for (const [what, status] of Object.entries(await asked))
        assert.equal(status, 503, what);
      const { status, headers } = await demo.get('/api/latency/');
      assert.equal(status, 503);
      assert.ok(headers['retry-after']);
    });
    // Each connection to it is opened anew as it is needed; nothing else is.
    const well = { handshake: 101, 'large body': 201, 'large chunked body': 201,
                   'a body that waits': 100, password: 200, quotes: 200,
                   latency: 200, list: 200 };
    for (let left = Object.keys(well); left.length;) {
      const got = await ask(all, left);
      left = left.filter((name) => got[name] !== well[name]);
      for (const name of left)
        assert.equal(got[name], 503, `${name}: ${got[name]}`);
    }
    await stream.nextOf(200);
    await stream.silent();
    stream.heartbeats.length = 0;
    await stream.heartbeat(); // it says again that nothing is missing
  }));

test('what comes behind a handshake that is looked up is read when it is done',
  withServer({}, async (world) => {
    const demo = await world.token('demo');
    const ping = '{"command":"ping","time":7}';
    const frame = Buffer.concat([Buffer.from([0x81, 0x80 | ping.length,
                                              0, 0, 0, 0]), Buffer.from(ping)]);
    const right = await raw(world.port, handshake(demo.headers(), frame),
                            (text) => text.includes('"time":7'));
    assert.match(right.text, /^HTTP\/1\.1 101 /);
    const { text: wrong } = await raw(world.port, handshake(
      { Authorization: `Token ${'0'.repeat(40)}` }, frame));
    assert.match(wrong, /^HTTP\/1\.1 401 /);
    assert.match(wrong, /the login has ended/);
    assert.doesNotMatch(wrong, /"time":7/);
    // A second request of the same connection, and another behind a body.
    const wire = await Wire.open(world.port);
    await wire.ask('GET', '/healthz');
    assert.equal((await wire.answer()).status, 200);
    wire.send(handshake(demo.headers(), frame));
    assert.equal((await wire.answer({ head: true })).status, 101);
    wire.close();
  }));

const opened = async (world, sent) => {
  const wire = await Wire.open(world.port);
  await wire.send(sent);
  return wire;
};

test('whether it is ready is told in time, whatever else is waited for',
  withServer({ settings: ['--read-budget-ms', '600000'] },
    async (world, server) => {
      const nobody = new Session(world.url);
      const demo = await world.token('demo');
      const ready = () => nobody.get('/readyz');
      assert.equal((await ready()).status, 200);
      let list;
      await server.stalled(async () => {
        list = demo.get('/api/data/');
        // More than there are readers, and then again.
        for (const many of [20, 1]) {
          for (const { status, headers, body } of await Promise.all(
            Array.from({ length: many }, ready))) {
            assert.equal(status, 503);
            assert.equal(headers['retry-after'], '1');
            assert.match(body.detail, /in time/);
          }
        }
        // By a connection that goes on.
        const wire = await opened(world, bytes('HEAD', '/readyz') +
          bytes('GET', '/healthz'));
        assert.equal((await wire.answer({ head: true })).status, 503);
        assert.equal((await wire.answer()).status, 200);
        // And those that go meanwhile.
        for (let i = 0; i < 3; i++)
          (await opened(world, bytes('GET', '/readyz'))).reset();
        wire.close();
      });
      // Nothing that it gave up is in the way.
      assert.equal((await list).status, 200);
      assert.equal((await ready()).status, 200);
      while (!/^lwsapp_http_requests_open\S* 0$/m.test(
        (await demo.get('/metrics')).text));
    }));

test('a daemon ends though its server stands still', withServer({ settings:
  ['--read-budget-ms', '600000'] }, async (world, server) => {
    const demo = await world.token('demo');
    const headers = { ...demo.headers(), 'Content-Type': 'application/json' };
    await server.stalled(async () => {
      const wires = await Promise.all([
        handshake(demo.headers()), bytes('GET', '/api/data/', { headers }),
        bytes('GET', '/api/latency/', { headers }),
        bytes('POST', '/api/data/', { headers, body: many }),
        bytes('POST', '/api/data/', { headers, body: JSON.stringify(order) }),
        bytes('POST', '/api/token/', { headers: { 'Content-Type':
          'application/json' }, body: '{"username":"demo","password":"x"}' }),
      ].map((sent) => opened(world, sent)));
      world.daemon.child.kill('SIGTERM');
      for (const wire of wires) {
        const { status, headers: said } = await wire.answer();
        assert.equal(status, 503);
        assert.ok(said['retry-after']);
        wire.close();
      }
      await world.stopDaemon();
    });
  }));

test('a handshake that is looked up as the daemon ends is told to come again',
  withServer({}, async (world, server) => {
    const demo = await world.token('demo');
    let wire;
    await server.stalled(async () => {
      wire = await opened(world, handshake(demo.headers()));
      // It has been read: what comes behind it on the loop is answered.
      await demo.get('/healthz');
      world.daemon.child.kill('SIGTERM');
      await world.daemon.line(/app\.stopping/, 'err');
    });
    const { status, headers } = await wire.answer();
    assert.equal(status, 503);
    assert.equal(headers['retry-after'], '1');
    await world.stopDaemon();
  }));

test('a connection by which nothing can be looked up is opened anew',
  withServer({}, async (world, server) => {
    const demo = await world.token('demo');
    const ask = async () => (await demo.get('/api/latency/')).status;
    for (let i = 0; i < 20; i++) assert.equal(await ask(), 200);
    // What was prepared before is refused from then on.
    await server.ask('ALTER TABLE token ALTER COLUMN expires TYPE numeric');
    const got = [];
    for (let i = 0; i < 20; i++) got.push(await ask());
    assert.equal(got.at(-1), 200, `${got}`);
  }));

test('a connection that falls silent while it is set up is given up', async () => {
  const server = await Postgres.start();
  const line = await PostgresLine.to(server);
  try {
    await withWorld({ database: line.url }, async (world) => {
      const demo = await world.token('demo');
      await demo.order();
      line.holds = true;
      // The writer's alone: the readers go on.
      await server.ask(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE query ~ 'COMMIT' AND pid <> pg_backend_pid()`);
      // The first may only find out that its connection was ended.
      while (line.held === 0)
        assert.equal((await demo.post('/api/data/', order)).status, 503);
      line.holds = false;
      await deadline((async () => {
        while ((await demo.post('/api/data/', order)).status !== 201);
      })(), 'a write');
    })();
  } finally {
    await line.close();
    await server.stop();
  }
});
