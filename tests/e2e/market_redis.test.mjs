// Market data on several workers, by a real Redis: one order everywhere, whatever
// happens to Redis.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { promisify } from 'node:util';
import { Process } from './lib/processes.mjs';
import { withWorld } from './lib/world.mjs';

const at = () => new Date().toISOString();
const line = (symbol, more = {}) => ({ symbol, time: at(), ...more });
const run = promisify(execFile);

async function redis(world, ...args) {
  const { stdout } = await run('redis-cli', [
    '-s', `${world.dir}/redis.sock`, ...args.map(String)]);
  return stdout.trim();
}

const keyOf = async (world, end = '') => {
  const keys = (await redis(world, 'KEYS', 'lws-app:*:market:epoch')).split('\n');
  return keys[0].replace(/:epoch$/, end);
};

// Answered with 503 until Redis is up.
async function feed(session, ...lines) {
  for (;;) {
    const { status, text } = await session.post('/api/market/', lines);
    if (status === 202) return;
    assert.equal(status, 503, text);
  }
}

// A socket of each worker, by the names that they have in the list of sockets:
// which worker takes a connection is the kernel's choice.
async function onEach(world, session, command) {
  const streams = [];
  const workers = new Set();
  const { body: { id } } = await session.get('/api/me/');
  while (workers.size < 2) {
    const stream = await world.open(session, { protocols: 'market' });
    const { body: { results } } =
      await session.get(`/api/users/${id}/sockets/`);
    const newest = results[0].worker;
    if (workers.has(newest)) {
      stream.socket.terminate();
      continue;
    }
    workers.add(newest);
    stream.joined = await stream.subscribe(command);
    streams.push(stream);
  }
  return streams;
}

async function until(stream, fits) {
  for (;;) {
    const frame = await stream.next();
    if (fits(frame)) return frame;
  }
}

const quoteOf = (symbol, last) => ({ quotes }) => quotes?.some((quote) =>
  quote.symbol === symbol && quote.last === String(last));

// What a worker answers, whichever it is, is the same: asked until all have been.
async function everywhere(session, path, fits) {
  for (let in_a_row = 0; in_a_row < 20;) {
    const { body } = await session.get(path);
    in_a_row = fits(body) ? in_a_row + 1 : 0;
  }
}

test('what one worker takes, all have, in one order', withWorld(
  { workers: 2 }, async (world) => {
    const boss = await world.token('boss');
    await feed(boss, line('A', { seq: 1, last: 1 }));
    await everywhere(boss, '/api/market/A/', ({ seq }) => seq === 1);
    const streams = await onEach(world, boss, { symbols: ['*'], max_rate: 60,
                                                kinds: ['quotes', 'trades'] });
    const [epoch] = streams.map(({ joined }) => joined.position.epoch);
    for (const { joined } of streams)
      assert.equal(joined.position.epoch, epoch);
    // By one request: two may be taken by two workers, in either order.
    await feed(boss, ...Array.from({ length: 199 }, (_, i) => [
      line('A', { seq: i + 2, last: i + 2,
                  trade: { price: i + 2, size: 1, seq: i + 2 } }),
      line('B', { last: i + 2 })]).flat());
    const places = [];
    for (const stream of streams) {
      const seen = [];
      const counted = { A: 1, B: 0 };
      let place;
      while (seen.length < 199 || counted.A < 200 || counted.B < 199) {
        const frame = await stream.next();
        for (const { seq } of frame.trades ?? []) seen.push(seq);
        place = frame.at ?? place;
        for (const { symbol, skipped = 0 } of frame.quotes ?? [])
          if (!frame.snapshot) counted[symbol] += 1 + skipped;
      }
      assert.deepEqual(seen, Array.from({ length: 199 }, (_, i) => i + 2));
      assert.deepEqual(counted, { A: 200, B: 199 });
      places.push(place);
    }
    assert.equal(places[0], places[1]);
    await everywhere(boss, '/api/market/A/', ({ seq, accepted }) =>
      seq === 200 && accepted === 200);
    const bars = (await boss.get('/api/market/A/bars/')).body.bars;
    await everywhere(boss, '/api/market/A/bars/', (body) =>
      JSON.stringify(body.bars) === JSON.stringify(bars));
    // Whoever writes to the stream feeds.
    await redis(world, 'XADD', await keyOf(world), '*', 'l',
                `${JSON.stringify(line('C', { last: 5 }))}\nno line\n`);
    for (const stream of streams) await until(stream, quoteOf('C', 5));
    // Trades go on behind a place, on any worker.
    const { position } = streams[0].joined;
    for (const again of await onEach(world, boss, { symbols: ['A'], position,
                                                   kinds: ['trades'] })) {
      const { trades } = await until(again, ({ type }) => type === 'trades');
      assert.equal(trades[0].seq, 2);
    }
  }));

test('Redis goes and comes back: it is said, and nothing jumps back', withWorld(
  { workers: 2 }, async (world) => {
    const boss = await world.token('boss');
    await feed(boss, line('A', { seq: 1, last: 1 }));
    const streams = await onEach(world, boss, { symbols: ['A'], max_rate: 60 });
    for (const stream of streams) await until(stream, quoteOf('A', 1));
    await world.redis.stop();
    for (const stream of streams)
      await until(stream, ({ feed: state }) => state === 'down');
    const refused = await boss.post('/api/market/', [line('A', { seq: 2 })]);
    assert.equal(refused.status, 503);
    assert.ok(Number(refused.headers['retry-after']) >= 1);
    // Readable with its time meanwhile.
    await everywhere(boss, '/api/market/', ({ feed: { state }, results }) =>
      state === 'down' && results[0].seq === 1);
    await world.startRedis(); // empty: another epoch
    await feed(boss, line('A', { seq: 2, last: 2 }));
    for (const stream of streams) {
      await until(stream, quoteOf('A', 2));
    }
    // Live, or stale where nothing has come for some seconds.
    await everywhere(boss, '/api/market/A/', ({ seq, feed: { state } }) =>
      seq === 2 && state !== 'down');
    await onEach(world, boss, { symbols: ['A'], kinds: ['trades'],
      position: streams[0].joined.position }).then((again) => {
      for (const { joined } of again) {
        assert.equal(joined.resync, true);
        assert.notEqual(joined.position.epoch,
                        streams[0].joined.position.epoch);
      }
    });
  }));

test('a daemon that begins has what the feed has come to', withWorld(
  { workers: 2 }, async (world) => {
    const boss = await world.token('boss');
    const symbols = Array.from({ length: 450 }, (_, i) => `S${i}`);
    await feed(boss, ...symbols.map((symbol, i) => line(symbol, {
      seq: 7, session: 'day', last: i, bid: '1.5', volume: 3,
      status: 'open' })));
    const latest = await keyOf(world, ':latest');
    while (await redis(world, 'HLEN', latest) !== '451');
    const wanted = (await boss.get('/api/market/')).body.results;
    await redis(world, 'XTRIM', await keyOf(world), 'MAXLEN', 0);
    await world.restartDaemon();
    await everywhere(boss, '/api/market/', ({ results }) =>
      results?.length === 450);
    await everywhere(boss, '/api/market/', ({ results }) =>
      JSON.stringify(results) === JSON.stringify(wanted));
    // And goes on from there.
    await feed(boss, line('S1', { seq: 7, session: 'day', last: 99 }),
               line('S2', { seq: 8, session: 'day', last: 77 }));
    await everywhere(boss, '/api/market/S2/', ({ last }) => last === '77');
    assert.equal((await boss.get('/api/market/S1/')).body.last, '1');
    // One alone writes it: the lock is somebody's, once it was asked for.
    const keeper = await keyOf(world, ':keeper');
    while (!await redis(world, 'GET', keeper));
  }));

test('what is trimmed unread is told of, and quotes heal', withWorld(
  {}, async (world) => {
    await world.startRedis();
    await world.stopDaemon();
    await world.startDaemon({ port: world.port });
    const boss = await world.token('boss');
    await feed(boss, line('A', { last: 1 }), line('B', { last: 1 }));
    // What is queued comes by Redis: later, it would be new to the stream.
    await everywhere(boss, '/api/market/B/', ({ last }) => last === '1');
    const stream = await world.open(boss, { protocols: 'market' });
    await stream.subscribe({ symbols: ['A', 'B'], kinds: ['quotes', 'trades'],
                             max_rate: 60 });
    await until(stream, ({ snapshot }) => snapshot);
    const key = await keyOf(world);
    while (await redis(world, 'HLEN', `${key}:latest`) !== '3');
    // All at once, so that the reader finds but the end of it.
    const add = (symbol, last) =>
      `redis.call('XADD', KEYS[1], '*', 'l', '${JSON.stringify(
        line(symbol, { last, trade: { price: last, size: 1 } }))}')`;
    await redis(world, 'EVAL', `${add('A', 2)}; ${add('A', 3)}; ${add('B', 4)};
      redis.call('XTRIM', KEYS[1], 'MAXLEN', 1); ${add('B', 5)}; ${add('B', 6)};
      ${add('B', 7)}`, 1, key);
    let gap;
    for (let newest = false; !gap || !newest;) {
      const frame = await stream.next();
      if (frame.type === 'trades_gap') gap = frame;
      newest ||= quoteOf('B', 7)(frame);
    }
    assert.ok(gap.missed >= 2);
    assert.ok(gap.from < gap.to);
    const wanted = /^lwsapp_market_entries_lost_total\{[^}]*\} 2$/m;
    while (!wanted.test((await boss.get('/metrics')).text));
    // Forgotten whole, without Redis going: another epoch.
    await redis(world, 'FLUSHALL');
    await world.daemon.line(/redis.stream_new/, 'err');
    await feed(boss, line('A', { last: 8 }));
    await until(stream, quoteOf('A', 8));
  }));

test('a key that holds something else is asked for less and less', withWorld(
  { redis: true, settings: ['--market-stream', 'ticks',
                            '--log-level', 'debug'] }, async (world) => {
    const boss = await world.token('boss');
    await feed(boss, line('A', { last: 1 }));
    await redis(world, 'DEL', 'ticks');
    await redis(world, 'SET', 'ticks', 'other');
    await world.daemon.line(
      /warn redis.lost server=\S+ link=stream_[^]* retry_ms=([4-9]|\d\d)\d\d\n/, 'err');
    await redis(world, 'DEL', 'ticks');
    await feed(boss, line('A', { last: 2 }));
  }));

test('a Redis of its own, a key of one\'s choice, and the simulation of one',
  withWorld({ workers: 2, settings: ['--market-sim', 'SIM@200:1',
    '--market-stream', 'ticks'] }, async (world) => {
    const boss = await world.token('boss');
    const seen = async () => (await boss.get('/api/market/SIM/')).body;
    for (let one = {}; !(one.seq > 100); one = await seen());
    const { dropped, gaps } = await seen();
    assert.deepEqual(Object.values(dropped), [0, 0, 0, 0]);
    assert.equal(gaps, 0);
    assert.equal(await redis(world, 'EXISTS', 'ticks', 'ticks:latest',
                             'ticks:epoch'), '3');
    const other = new Process('redis-server', [
      '--port', '0', '--unixsocket', `${world.dir}/other.sock`, '--save', '',
      '--appendonly', 'no', '--dir', world.dir]);
    try {
      await other.line(/eady to accept connections/);
      world.settings.push('--market-redis', `unix://${world.dir}/other.sock`);
      await world.stopDaemon();
      await redis(world, 'DEL', 'ticks');
      await world.startDaemon({ port: world.port });
      for (let one = {}; !(one.seq > 10); one = await seen());
      assert.equal(await redis(world, 'EXISTS', 'ticks'), '0');
      await world.stopDaemon();
    } finally {
      await other.stop();
    }
  }));

test('a symbol that a line of the keeper removes is gone on every worker, and there',
  withWorld({ workers: 2 }, async (world) => {
    const boss = await world.token('boss');
    await feed(boss, line('A', { last: 1 }), line('B', { last: 2 }));
    const latest = await keyOf(world, ':latest');
    const saved = async (symbol) => {
      for (;;) {
        const value = await redis(world, 'HGET', latest, symbol);
        if (value) return value;
      }
    };
    const [place] = (await saved('A')).split(' ');
    await saved('B');
    // Nobody else may: the place is the keeper's to know, the word the workers'.
    const refused = await boss.post('/api/market/',
      [line('A', { removed: place })]);
    assert.equal(refused.status, 400);
    assert.ok(refused.body.errors['0.removed']);
    await redis(world, 'XADD', await keyOf(world), '*', 'l',
                `${JSON.stringify(line('A', { removed: place }))}\n`);
    await everywhere(boss, '/api/market/', ({ results }) =>
      results.length === 1 && results[0].symbol === 'B');
    while (await redis(world, 'HEXISTS', latest, 'A') === '1');
    assert.equal(await redis(world, 'HEXISTS', latest, 'B'), '1');
  }));
