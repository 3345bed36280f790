// Market data by HTTP: lines in, quotes and bars out.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Session } from './lib/http.mjs';
import { change } from './lib/rows.mjs';
import { withWorld } from './lib/world.mjs';

const at = (ms = 0) => new Date(Date.now() + ms).toISOString();
const line = (symbol, more = {}) => ({ symbol, time: at(), ...more });

async function feed(session, ...lines) {
  const { status, body, text } = await session.post('/api/market/', lines);
  assert.equal(status, 202, text);
  assert.deepEqual(body, { queued: lines.length });
}

async function scoped(world, name, scopes) {
  const session = new Session(world.url);
  const { status, body, text } = await session.post('/api/token/', {
    username: name, password: `${name}-secret`, scopes });
  assert.equal(status, 200, text);
  session.token = body.token;
  return session;
}

test('a line that was fed is the quote that everybody reads', withWorld(
  {}, async (world) => {
    const boss = await world.login('boss');
    const demo = await world.token('demo');
    const none = await demo.get('/api/market/');
    assert.deepEqual(none.body.results, []);
    assert.equal(none.body.feed.state, 'stale');
    const time = '2026-01-31T23:59:59.123456Z';
    await feed(boss, { symbol: 'EDF01', seq: 7, time, bid: '338.66',
                       bid_size: 100, ask: 338.68, last: '338.67000',
                       status: 'open' });
    const { body } = await demo.get('/api/market/');
    assert.deepEqual(body.results, [{
      symbol: 'EDF01', seq: 7, time, bid: '338.66', bid_size: '100',
      ask: '338.68', ask_size: null, last: '338.67', last_size: null,
      open: null, high: null, low: null, volume: null, status: 'open' }]);
    assert.equal(body.feed.state, 'live');
    assert.equal(body.feed.time, time);
    // What is left out stays, null clears.
    await feed(boss, { symbol: 'EDF01', seq: 8, time, ask: null });
    const one = await demo.get('/api/market/EDF01/');
    assert.equal(one.body.bid, '338.66');
    assert.equal(one.body.ask, null);
    assert.equal(one.body.accepted, 2);
    assert.equal((await demo.get('/api/market/EDF02/')).status, 404);
    assert.equal((await demo.get('/api/market/EDF01')).status, 301);
  }));

test('a symbol with a + is asked for by it', withWorld({}, async (world) => {
  const boss = await world.token('boss');
  assert.equal((await boss.post('/api/market/', [line('BRK+B', { seq: 1 })]))
    .status, 202);
  for (const path of ['/api/market/BRK+B/', '/api/market/BRK%2BB/'])
    assert.equal((await boss.get(path)).body.symbol, 'BRK+B', path);
  assert.equal((await boss.get('/api/market/BRK+B')).headers.location,
               '/api/market/BRK%2BB/');
}));

test('NDJSON is taken as an array is, and what breaks a rule is counted',
  withWorld({}, async (world) => {
    const boss = await world.token('boss');
    const lines = [line('A', { seq: 5 }), line('A', { seq: 5 }),
                   line('A', { seq: 9 }), line('A', { seq: 10, time: at(9000) }),
                   line('A', { seq: 11, bid: 2, ask: 1 }),
                   { heartbeat: true, time: at() }];
    const { status, body } = await boss.post('/api/market/',
      `${lines.map((one) => JSON.stringify(one)).join('\r\n\n')}\n`,
      { 'Content-Type': 'application/x-ndjson' });
    assert.equal(status, 202);
    assert.deepEqual(body, { queued: 6 });
    const one = (await boss.get('/api/market/A/')).body;
    assert.equal(one.accepted, 3);
    assert.deepEqual(one.dropped,
      { out_of_order: 1, old_session: 0, stale: 0, future: 1 });
    assert.equal(one.gaps, 2);
    assert.equal(one.crossed, 1);
    assert.deepEqual((await boss.post('/api/market/', [])).body,
                     { queued: 0 });
  }));

test('a fault is named by its line and field, and then nothing is taken',
  withWorld({}, async (world) => {
    const boss = await world.token('boss');
    const { status, body } = await boss.post('/api/market/', [
      line('A'), line('B', { bid: 'much' }), line('C', { volume: -1, x: 1 }),
      { time: 'now' }]);
    assert.equal(status, 400);
    assert.deepEqual(body.errors, {
      '1.bid': ['must be a number'],
      '2.volume': ['must not be negative'],
      '2.x': ['is not a field of a line'],
      '3.time': ['must be a time like 2026-01-31T23:59:59.123456Z'],
      '3.symbol': ['is required'] });
    for (const text of ['[', '[{}', '{"symbol":1', '[{"symbol":"A"},]', 'A',
                        `${JSON.stringify(line('A'))} {}`,
                        `[${JSON.stringify(line('A'))}] []`,
                        '{"symbol":"A","symbol":"A"}']) {
      const answer = await boss.post('/api/market/', text);
      assert.equal(answer.status, 400, text);
    }
    const many = Array.from({ length: 10001 },
                            () => '{"symbol":"A","time":"2026-01-31"}');
    assert.equal((await boss.post('/api/market/', many.join('\n'))).status, 413);
    assert.deepEqual((await boss.get('/api/market/')).body.results, []);
  }));

test('who may feed, and who sees what, superusers say', withWorld(
  {}, async (world) => {
    const boss = await world.login('boss');
    const demo = await world.token('demo');
    const { body: { id } } = await demo.get('/api/me/');
    await feed(boss, line('EDF01'), line('EDF02'), line('TTE'), line('AXA'));
    assert.equal((await demo.post('/api/market/', [line('A')])).status, 403);
    assert.equal((await boss.patch(`/api/users/${id}/`,
      { may_feed: true, market_symbols: 'EDF*,AXA' })).status, 200);
    const me = (await demo.get('/api/me/')).body;
    assert.equal(me.may_feed, true);
    assert.equal(me.market_symbols, 'EDF*,AXA');
    await feed(demo, line('EDF03'), line('TTF'));
    const seen = async (symbols) => (await demo.get(
      `/api/market/?symbols=${encodeURIComponent(symbols)}`))
      .body.results.map(({ symbol }) => symbol);
    assert.deepEqual(await seen('*'), ['AXA', 'EDF01', 'EDF02', 'EDF03']);
    assert.deepEqual(await seen('TTE,AXA,T*,EDF0*,AXA'),
                     ['AXA', 'EDF01', 'EDF02', 'EDF03']);
    assert.equal((await demo.get('/api/market/TTE/')).status, 404);
    assert.equal((await demo.get('/api/market/TTE/bars/')).status, 404);
    assert.equal((await demo.get('/api/market/?symbol=A')).status, 400);
    // A scope only narrows.
    const read = await scoped(world, 'demo', ['market:read']);
    const write = await scoped(world, 'demo', ['market:write']);
    assert.equal((await read.get('/api/market/AXA/')).status, 200);
    assert.equal((await read.post('/api/market/', [line('A')])).status, 403);
    assert.equal((await read.get('/api/data/')).status, 403);
    assert.equal((await write.get('/api/market/AXA/')).status, 403);
    await feed(write, line('AXA'));
    const other = await scoped(world, 'other', ['market:write']);
    assert.equal((await other.post('/api/market/', [line('A')])).status, 403);
    const nobody = new Session(world.url);
    assert.equal((await nobody.get('/api/market/')).status, 401);
    assert.equal((await nobody.get('/api/market/AXA/')).status, 401);
    // A cookie needs its token for what changes something.
    const noToken = await world.login('boss');
    noToken.cookies.delete('csrftoken');
    noToken.cookies.delete('__Host-csrftoken');
    assert.equal((await noToken.post('/api/market/', [])).status, 403);
    // No login, no right that has gone.
    await change(world.database, 'UPDATE "user" SET is_active = 0 ' +
                                 `WHERE id = ${id}`);
    assert.equal((await demo.get('/api/market/')).status, 401);
  }));

test('symbols may be any text, slashes and all', withWorld(
  {}, async (world) => {
    const boss = await world.token('boss');
    for (const symbol of ['EUR/USD', 'É "1" <b>&', 'a b', '100%', 'x'.repeat(255)]) {
      await feed(boss, line(symbol, { last: 1 }));
      const { status, body, text } = await boss.get(
        `/api/market/${encodeURIComponent(symbol)}/`);
      assert.equal(status, 200, text);
      assert.equal(body.symbol, symbol);
      const bars = await boss.get(
        `/api/market/${encodeURIComponent(symbol)}/bars/`);
      assert.equal(bars.body.symbol, symbol);
      assert.equal(bars.body.bars.length, 1);
    }
  }));

test('bars are of the seconds and minutes that had a price', withWorld(
  {}, async (world) => {
    const boss = await world.token('boss');
    const start = Math.floor(Date.now() / 60000) * 60000 - 120000;
    const time = (s) => new Date(start + s * 1000).toISOString();
    const trade = (price, size) => ({ trade: { price, size } });
    await feed(boss,
      { symbol: 'A', time: time(0), ...trade('10', 1) },
      { symbol: 'A', time: time(0.5), ...trade('12.5', 2) },
      { symbol: 'A', time: time(7), ...trade('9', 4) },
      { symbol: 'A', time: time(61), last: '11' });
    const bars = async (query) => {
      const { status, body, text } = await boss.get(
        `/api/market/A/bars/${query}`);
      assert.equal(status, 200, text);
      return body;
    };
    const us = (s) => time(s).replace(/(\.\d+)?Z/, '.000000Z');
    assert.deepEqual(await bars(''), { symbol: 'A', interval: 1, bars: [
      [us(0), '10', '12.5', '10', '12.5', '3', 2],
      [us(7), '9', '9', '9', '9', '4', 1],
      [us(61), '11', '11', '11', '11', '0', 1]] });
    assert.deepEqual((await bars('?interval=60')).bars, [
      [us(0), '10', '12.5', '9', '9', '7', 3],
      [us(60), '11', '11', '11', '11', '0', 1]]);
    for (const query of ['?interval=2', '?minutes=0', '?minutes=61', '?x=1']) {
      const { status } = await boss.get(`/api/market/A/bars/${query}`);
      assert.equal(status, 400, query);
    }
  }));

test('more symbols than there may be are dropped, and counted', withWorld(
  { settings: ['--market-symbols', '2'] }, async (world) => {
    const boss = await world.token('boss');
    await feed(boss, line('A'), line('B'), line('C'), line('B'));
    const { body } = await boss.get('/api/market/');
    assert.deepEqual(body.results.map(({ symbol }) => symbol), ['A', 'B']);
    const wanted = /^lwsapp_market_too_many_symbols_total\{[^}]*\} 1$/m;
    for (;;) {
      const { text } = await boss.get('/metrics');
      if (wanted.test(text)) break;
    }
  }));

test('the simulated market gives the same for the same seed', async () => {
  const seen = [];
  for (let i = 0; i < 2; i++) {
    await withWorld({ settings: ['--market-sim', 'EDF01,TTE@2000:7'] },
      async (world) => {
        const boss = await world.token('boss');
        let quotes = [];
        // The first lines of both: the open is what the seed says.
        while (quotes.length < 2 || quotes.some(({ last }) => !last))
          quotes = (await boss.get('/api/market/')).body.results;
        seen.push(quotes.map(({ symbol, open }) => [symbol, open]));
        const [{ bid, ask }] = quotes;
        assert.ok(Number(bid) < Number(ask));
        const { body } = await boss.get('/api/market/EDF01/');
        assert.deepEqual(Object.values(body.dropped), [0, 0, 0, 0]);
        assert.equal(body.gaps, 0);
      })();
  }
  assert.deepEqual(seen[0], seen[1]);
});
