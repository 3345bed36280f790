// Market data over websockets: the newest quotes, with what was skipped; trades
// in order; beside orders, and never before them.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Session } from './lib/http.mjs';
import { withWorld } from './lib/world.mjs';

const at = (ms = 0) => new Date(Date.now() + ms).toISOString();
const line = (symbol, more = {}) => ({ symbol, time: at(), ...more });
const trade = (symbol, seq) => line(symbol, {
  trade: { price: '1.5', size: '2', side: 'buy', seq } });

async function feed(session, ...lines) {
  const { status, text } = await session.post('/api/market/', lines);
  assert.equal(status, 202, text);
}

const watch = (world, session, options = {}) =>
  world.open(session, { protocols: 'market', ...options });

// The next frame of a type; those that say how the feed is are passed over.
async function frame(stream, type) {
  for (;;) {
    const next = await stream.next();
    if (next.type === type) return next;
    assert.ok(next.type === 'market' && next.feed, JSON.stringify(next));
  }
}

async function scoped(world, name, scopes) {
  const session = new Session(world.url);
  const { body } = await session.post('/api/token/', {
    username: name, password: `${name}-secret`, scopes });
  session.token = body.token;
  return session;
}

test('the answer, the snapshot, and then what is new', withWorld(
  {}, async (world) => {
    const boss = await world.token('boss');
    const demo = await world.token('demo');
    await feed(boss, line('EDF01', { seq: 7, last: '10' }), line('EDF02'),
               line('TTE'));
    const stream = await watch(world, demo);
    assert.equal(stream.socket.protocol, 'market');
    const answer = await stream.subscribe({ symbols: ['EDF*', 'NEW', 'TTE'],
                                            ref: 1 });
    const { position, feed: state, ...rest } = answer;
    assert.deepEqual(rest, { command: 'subscribe', status: 'ok', ref: 1,
      stream: 'market', symbols: 4, unknown: ['NEW'], max_rate: 20 });
    assert.match(position.at, /^\d+-\d+\.\d+$/);
    assert.ok(position.epoch);
    assert.equal(state.state, 'live');
    const first = await frame(stream, 'quotes');
    assert.equal(first.snapshot, true);
    assert.equal(first.stream, 'market');
    assert.deepEqual(first.quotes.map(({ symbol }) => symbol),
                     ['EDF01', 'EDF02', 'TTE']);
    assert.deepEqual(Object.keys(first.quotes[0]), ['symbol', 'seq', 'time',
      'bid', 'bid_size', 'ask', 'ask_size', 'last', 'last_size', 'open',
      'high', 'low', 'volume', 'status']);
    await feed(boss, line('EDF01', { seq: 8, last: '11' }));
    const second = await frame(stream, 'quotes');
    assert.equal(second.snapshot, undefined);
    assert.equal(second.quotes.length, 1);
    assert.equal(second.quotes[0].last, '11');
    assert.equal(second.quotes[0].skipped, undefined);
    // One that had no quote, and one of the prefix that is new.
    await feed(boss, line('NEW', { last: '1' }), line('EDF03', { last: '2' }));
    const third = await frame(stream, 'quotes');
    assert.deepEqual(third.quotes.map(({ symbol }) => symbol),
                     ['NEW', 'EDF03']);
    // Followed already: no second snapshot.
    const again = await stream.subscribe({ symbols: ['EDF01'], max_rate: 60 });
    assert.equal(again.symbols, 5);
    assert.equal(again.max_rate, 60);
    await stream.silent();
    const left = await stream.ask({ command: 'unsubscribe',
                                    symbols: ['EDF*', 'TTE'] });
    assert.deepEqual(left, { command: 'unsubscribe', status: 'ok',
                             stream: 'market', symbols: 2 });
    await feed(boss, line('TTE'), line('EDF02'), line('EDF01'));
    const fourth = await frame(stream, 'quotes');
    assert.deepEqual(fourth.quotes.map(({ symbol }) => symbol), ['EDF01']);
    const none = await stream.ask({ command: 'unsubscribe' });
    assert.equal(none.symbols, 0);
    await feed(boss, line('NEW'), line('EDF01'));
    await stream.silent();
  }));

test('at most so many frames a second, each with the newest, and none is lost',
  withWorld({}, async (world) => {
    const boss = await world.token('boss');
    const stream = await watch(world, boss);
    await stream.subscribe({ symbols: ['A', 'B'], max_rate: 2 });
    const count = { A: 0, B: 0 };
    const last = { A: 0, B: 0 };
    let frames = 0;
    const since = Date.now();
    for (let i = 1; i <= 300; i++)
      await feed(boss, line('A', { seq: i, last: i }),
                 line('B', { seq: 2 * i - 1, last: 2 * i - 1 }),
                 line('B', { seq: 2 * i, last: 2 * i }));
    while (last.A < 300 || last.B < 600) {
      const { quotes } = await frame(stream, 'quotes');
      frames++;
      for (const quote of quotes) {
        assert.ok(quote.seq > last[quote.symbol]);
        assert.equal(quote.last, String(quote.seq));
        last[quote.symbol] = quote.seq;
        count[quote.symbol] += 1 + (quote.skipped ?? 0);
        // sent + skipped = accepted, at each quote.
        assert.equal(count[quote.symbol], quote.seq);
      }
    }
    const seconds = (Date.now() - since) / 1000;
    assert.ok(frames <= 2 + 2 * seconds, `${frames} frames in ${seconds} s`);
  }));

test('a reader that stands still gets the newest, once, when it goes on',
  withWorld({}, async (world) => {
    const boss = await world.token('boss');
    const names = Array.from({ length: 1000 }, (_, i) => `S${i}`);
    const all = (value) => names.map((name) =>
      line(name, { last: value, bid: value, ask: value, volume: value }));
    await feed(boss, ...all(1));
    // So many take several turns of the loop.
    while ((await boss.get('/api/market/S999/')).status !== 200);
    const stream = await watch(world, boss);
    await stream.subscribe({ symbols: names, max_rate: 60 });
    const seen = new Map(); // of each symbol: accepted as counted, and last
    const look = async () => {
      const { quotes, snapshot } = await frame(stream, 'quotes');
      for (const { symbol, last, skipped = 0 } of quotes) {
        const before = seen.get(symbol);
        assert.equal(Boolean(snapshot), before === undefined);
        seen.set(symbol, before === undefined ? Number(last)
          : before + 1 + skipped);
        assert.equal(seen.get(symbol), Number(last));
      }
      return quotes.length;
    };
    for (let got = 0; got < 1000;) got += await look();
    stream.socket.pause();
    // 30 MB as quotes: more than the kernel keeps for one that reads nothing.
    let rounds = 1;
    while (rounds < 100) await feed(boss, ...all(++rounds));
    stream.socket.resume();
    let got = 0;
    while ([...seen.values()].some((value) => value < rounds))
      got += await look();
    assert.ok(got < 99000, `${got} quotes`);
  }));

test('trades come one by one, and go on behind a position', withWorld(
  { settings: ['--market-trade-bytes', '65536'] }, async (world) => {
    const boss = await world.token('boss');
    const stream = await watch(world, boss);
    await feed(boss, trade('A', 1));
    const { position } = await stream.subscribe({ symbols: ['A', 'B'],
                                                  kinds: ['trades'] });
    await feed(boss, trade('A', 2), trade('X', 3), trade('B', 4), line('A'),
               trade('A', 5));
    const { trades, at: place } = await frame(stream, 'trades');
    assert.deepEqual(trades.map(({ seq }) => seq), [2, 4, 5]);
    assert.deepEqual(Object.keys(trades[0]),
                     ['symbol', 'seq', 'time', 'price', 'size', 'side']);
    const wrong = await stream.ask({ command: 'subscribe', symbols: ['A'],
                                     kinds: ['trades'], position });
    assert.equal(wrong.code, 'invalid');
    assert.match(wrong.detail, /^position: /);
    await feed(boss, trade('B', 6));
    await frame(stream, 'trades');

    const resumed = await watch(world, boss);
    await resumed.subscribe({ symbols: ['A', 'B'], kinds: ['trades', 'quotes'],
                              position: { ...position, at: place } });
    const snapshot = await frame(resumed, 'quotes');
    assert.equal(snapshot.snapshot, true);
    assert.deepEqual((await frame(resumed, 'trades')).trades
      .map(({ seq }) => seq), [6]);

    const foreign = await watch(world, boss);
    const answer = await foreign.subscribe({ symbols: ['A'], kinds: ['trades'],
      position: { epoch: 'another', at: place } });
    assert.equal(answer.resync, true);
    await foreign.silent();

    // More than is kept.
    for (let i = 0; i < 10; i++) {
      await feed(boss, ...Array.from({ length: 100 },
                                     (_, k) => trade('A', 7 + 100 * i + k)));
    }
    const late = await watch(world, boss);
    await late.subscribe({ symbols: ['A', 'B'], kinds: ['trades'], position });
    const gap = await frame(late, 'trades_gap');
    assert.ok(gap.missed > 400, JSON.stringify(gap));
    let seq;
    for (seq = 0; seq < 1006;) {
      for (const one of (await frame(late, 'trades')).trades) {
        assert.ok(seq === 0 || one.seq === seq + 1);
        seq = one.seq;
      }
    }
  }));

test('on one socket with orders, these come first', withWorld(
  {}, async (world) => {
    const boss = await world.login('boss');
    const demo = await world.token('demo');
    const names = Array.from({ length: 500 }, (_, i) => `S${i}`);
    const lines = (value) => names.map((name) => line(name, { last: value }));
    await feed(boss, ...lines(1));
    const stream = await world.open(demo);
    await stream.subscribe({});
    const answer = await stream.subscribe({ stream: 'market', symbols: ['S*'],
                                            max_rate: 60 });
    assert.equal(answer.symbols, 500);
    const sizes = [];
    stream.socket.on('message', (bytes) => {
      if (bytes.includes('"quotes"')) sizes.push(bytes.length);
    });
    stream.socket.pause();
    for (let i = 2; i < 40; i++) {
      await feed(boss, ...lines(i));
      await demo.order();
    }
    stream.socket.resume();
    const kinds = [];
    let orders = 0;
    const seen = new Set();
    while (orders < 38 || seen.size < 500) {
      const next = await stream.next();
      kinds.push(next.type);
      if (next.type === 'data.new') assert.equal(next.seq, ++orders);
      for (const { symbol, last } of next.quotes ?? [])
        if (last === '39') seen.add(symbol);
    }
    assert.ok(Math.max(...sizes) <= 16 * 1024, `${Math.max(...sizes)} bytes`);
    assert.ok(kinds.includes('quotes'));
    // Heartbeats tell of both.
    await stream.subscribe({ heartbeat: 1 });
    const { streams, market, seq } = await stream.heartbeat();
    assert.deepEqual(streams, { orders: 38 });
    assert.equal(seq, 38);
    assert.equal(market.feed, 'live');
    assert.ok(market.tick);
  }));

test('heartbeats come however many quotes do', withWorld(
  { settings: ['--market-sim', 'A,B@500'] }, async (world) => {
    const demo = await world.token('demo');
    const stream = await watch(world, demo);
    await stream.subscribe({ symbols: ['*'], heartbeat: 1 });
    const { streams, market, seq } = await stream.heartbeat();
    assert.equal(streams, undefined);
    assert.equal(seq, undefined);
    assert.equal(market.feed, 'live');
    assert.ok(stream.frames.length > 1);
  }));

test('faults are named, and the socket stays open', withWorld(
  {}, async (world) => {
    const demo = await world.token('demo');
    const stream = await watch(world, demo);
    const cases = [
      [{ symbols: 'A' }, 'invalid', /^symbols: /],
      [{ symbols: ['A', 7] }, 'invalid', /^symbols\.1: /],
      [{ symbols: ['A', ''] }, 'invalid', /^symbols\.1: /],
      [{ symbols: ['A', 'x'.repeat(256)] }, 'invalid', /^symbols\.1: /],
      [{ symbols: ['A'], max_rate: 61 }, 'invalid', /^max_rate: /],
      [{ symbols: ['A'], max_rate: 0.5 }, 'invalid', /^max_rate: /],
      [{ symbols: ['A'], kinds: [] }, 'invalid', /^kinds: /],
      [{ symbols: ['A'], kinds: ['bars'] }, 'invalid', /^kinds: /],
      [{ symbols: ['A'], position: { epoch: 'x', at: 'y' } }, 'invalid',
       /^position: /],
      [{ symbols: ['A'], position: { epoch: 'x', at: '1-2.3' } }, 'invalid',
       /^position: /],
      [{ symbols: Array.from({ length: 33 }, (_, i) => `P${i}*`) }, 'too_many',
       /32 prefixes/],
      [{ symbols: Array.from({ length: 1001 }, (_, i) => `${i}`) }, 'too_many',
       /1000 symbols/],
    ];
    for (const [command, code, detail] of cases) {
      const answer = await stream.ask({ command: 'subscribe', ...command,
                                        ref: 'r' });
      assert.equal(answer.status, 'error', JSON.stringify(command));
      assert.equal(answer.code, code, JSON.stringify(answer));
      assert.match(answer.detail, detail);
      assert.equal(answer.stream, 'market');
      assert.equal(answer.ref, 'r');
    }
    // Nothing of all that is followed.
    const { symbols, unknown } = await stream.subscribe({ symbols: ['A', 'A'] });
    assert.equal(symbols, 1);
    assert.deepEqual(unknown, ['A']);
  }));

test('a symbol beyond what one may follow is told of once', withWorld(
  {}, async (world) => {
    const boss = await world.token('boss');
    const stream = await watch(world, boss);
    await stream.subscribe({ symbols: [
      'P*', ...Array.from({ length: 999 }, (_, i) => `${i}`)] });
    await feed(boss, line('P1'), line('P2'), line('P3'));
    const told = [await stream.next(), await stream.next(), await stream.next()];
    assert.equal(told.filter(({ too_many: prefix }) => prefix === 'P*').length,
                 1);
    const [quotes] = told.filter(({ type }) => type === 'quotes');
    assert.deepEqual(quotes.quotes.map(({ symbol }) => symbol), ['P1']);
    await stream.silent();
  }));

test('scopes and rights hold, and their change ends it', withWorld(
  {}, async (world) => {
    const boss = await world.login('boss');
    const demo = await world.token('demo');
    const { body: { id } } = await demo.get('/api/me/');
    await feed(boss, line('EDF01'), line('TTE'));
    assert.equal((await boss.patch(`/api/users/${id}/`,
      { market_symbols: 'EDF*' })).status, 200);
    const stream = await watch(world, demo);
    const refused = await stream.ask({ command: 'subscribe',
                                       symbols: ['TTE'] });
    assert.equal(refused.code, 'forbidden');
    const { symbols } = await stream.subscribe({ symbols: ['*'] });
    assert.equal(symbols, 1);
    assert.deepEqual((await frame(stream, 'quotes')).quotes
      .map(({ symbol }) => symbol), ['EDF01']);
    await boss.patch(`/api/users/${id}/`, { market_symbols: '*' });
    assert.equal((await stream.closed).code, 4403);

    const narrow = await scoped(world, 'demo', ['market:read']);
    const only = await watch(world, narrow);
    await only.subscribe({ symbols: ['TTE'] });
    await frame(only, 'quotes');
    const orders = await only.ask({ command: 'subscribe', stream: 'orders' });
    assert.equal(orders.code, 'forbidden');
    const other = await scoped(world, 'demo', ['orders:read']);
    const without = await world.open(other);
    const answer = await without.ask({ command: 'subscribe', stream: 'market',
                                       symbols: ['TTE'] });
    assert.equal(answer.code, 'forbidden');
    assert.match(answer.detail, /market:read/);
    const write = await scoped(world, 'demo', ['market:write']);
    await assert.rejects(watch(world, write), { status: 403 });
    // By a ticket, too.
    const { body: { ticket } } = await narrow.post('/api/ticket/');
    const byTicket = await watch(world, null, { query: '?login=ticket' });
    assert.equal((await byTicket.ask({ command: 'login', ticket })).status,
                 'ok');
    await byTicket.subscribe({ symbols: ['TTE'] });
    await frame(byTicket, 'quotes');
    await boss.patch(`/api/users/${id}/`, { is_active: false });
    assert.equal((await only.closed).code, 4401);
    assert.equal((await byTicket.closed).code, 4401);
  }));
