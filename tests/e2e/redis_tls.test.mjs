// Redis by TLS, and as a user with no more rights than docs/operating.md gives.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { documented } from './lib/front.mjs';
import { Session } from './lib/http.mjs';
import { freePort } from './lib/ports.mjs';
import { Process } from './lib/processes.mjs';
import { makePair } from './lib/tls.mjs';
import { World } from './lib/world.mjs';

const password = 'p@ss word%';
const login = `lws-app:${encodeURIComponent(password)}`;

// body(world, redis): redis.url is what the daemon is started with.
async function withRedis({ tls = true, url, ...options }, body) {
  const world = new World();
  const dir = join((await World.start({ ...options, users: [] })
    .then(async (made) => {
      await made.stopDaemon();
      Object.assign(world, made);
      return made;
    })).dir);
  const port = await freePort();
  const { cert, key } = makePair(dir, 'redis');
  const conf = join(dir, 'redis.conf');
  await writeFile(conf, `${tls ? `port 0\ntls-port ${port}\ntls-cert-file ${cert}
tls-key-file ${key}\ntls-ca-cert-file ${cert}\ntls-auth-clients no` :
    `port ${port}`}\nbind 127.0.0.1 127.0.0.2\nsave ""\ndir ${dir}
user default off\n${documented('redis', { SECRET: 'S' })
    .replace('>S', `"${'>'}${password}"`)}`);
  const redis = new Process('redis-server', [conf]);
  try {
    await redis.line(/eady to accept connections/);
    redis.port = port;
    redis.ca = cert;
    world.settings.push('--redis', url(redis));
    await world.createUser('demo');
    await body(world, redis);
  } finally {
    await world.kill();
    await redis.stop();
  }
}

const rediss = ({ port, ca }, host = 'localhost') =>
  `rediss://${login}@${host}:${port}/0?ssl_ca_certs=${ca}`;
const ready = (world) => new Session(world.url).get('/readyz');

for (const [what, options] of [
  ['TLS, by name', { url: rediss }],
  ['TLS, by address', { url: (redis) => rediss(redis, '127.0.0.1') }],
  ['TCP', { tls: false,
            url: ({ port }) => `redis://${login}@127.0.0.1:${port}/0` }],
]) {
  test(`two workers meet there: ${what}`, () => withRedis(options,
    async (world, redis) => {
      world.workers = 2;
      await world.startDaemon();
      // Of whichever worker answers.
      for (let ups = 0, i = 0; ups < 12 && i < 1000; i++) {
        ups = /"redis":"up"/.test((await ready(world)).text) ? ups + 1 : 0;
        if (!ups) await new Promise((resolve) => { setTimeout(resolve, 20); });
      }
      const demo = await world.token('demo');
      const streams = [];
      for (let i = 0; i < 8; i++) streams.push(await world.follow(demo));
      const { id } = await demo.order();
      for (const stream of streams) {
        const event = await stream.until(() => stream.frames.find((frame) =>
          frame.type === 'data.new'), 'an order');
        assert.equal(event.order.id, id);
      }
      // A large one, in many pieces of TLS; and a command without a loop.
      await demo.post('/api/data/', Array.from({ length: 1000 }, (_, i) => ({
        instrument: `BIG${i}`, quantity: '1', price: '1' })));
      await streams[0].until(() => streams[0].frames.find((frame) =>
        frame.order?.instrument === 'BIG999'), 'the last of many');
      const { err } = await world.command(['changepassword', '--username',
        'demo', '--password-stdin', '--redis', world.settings.at(-1)],
      { input: 'demo-secret-2\n', redis: false });
      assert.doesNotMatch(err, /redis/);
      await streams[0].closed;
      assert.doesNotMatch(world.daemon.err, /NOPERM|redis\.tls/);
      assert.doesNotMatch(world.daemon.err, /p@ss|p%40ss/);
      for (const stream of streams) stream.socket.terminate();
      await world.stopDaemon();
      assert.ok(!redis.ended);
    }));
}

test('market data goes by it too', () => withRedis({ url: rediss },
  async (world) => {
    await world.startDaemon();
    const boss = await world.token('boss');
    const line = { symbol: 'EDF01', time: new Date().toISOString(),
                   last: '338.67' };
    let answer;
    for (let i = 0; i < 500; i++) {
      await boss.post('/api/market/', [line]);
      answer = await boss.get('/api/market/EDF01/');
      if (answer.status === 200) break;
      await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
    assert.equal(answer.body.last, '338.67', answer.text);
    assert.doesNotMatch(world.daemon.err, /NOPERM/);
    await world.stopDaemon();
  }));

for (const [what, url, why] of [
  ['of an authority that is not known', ({ port }) =>
    `rediss://${login}@localhost:${port}`, /self.signed certificate/],
  ['for another host', (redis) => rediss(redis, '127.0.0.2'),
   /IP address mismatch/],
]) {
  test(`a certificate ${what} is not spoken to`, () => withRedis({ url },
    async (world) => {
      await world.startDaemon();
      await world.daemon.line(why, 'err');
      assert.match((await ready(world)).text, /"redis":"down"/);
      await world.stopDaemon();
    }));
}

test('a Redis that speaks none is told of', () => withRedis({ tls: false,
  url: (redis) => rediss(redis) }, async (world) => {
  await world.startDaemon();
  await world.daemon.line(/redis\.tls server=localhost:\d+ why="/, 'err');
  assert.match((await ready(world)).text, /"redis":"down"/);
  await world.stopDaemon();
}));
