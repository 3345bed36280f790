// lws-app feed: market data from a file or a pipe, to a server or by Redis.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { Process, run } from './lib/processes.mjs';
import { bin, withWorld } from './lib/world.mjs';

const program = join(bin, 'lws-app');
const at = (ms = 0) => new Date(Date.now() + ms).toISOString();
const ndjson = (...lines) =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join('');

function flags(world, token) {
  return token ? ['--url', world.url]
    : ['--database', world.database, ...world.redisFlags()];
}

const environment = (token) =>
  ({ ...process.env, ...(token && { LWSAPP_TOKEN: token }) });

// Of a file or of input, to its end. token: over HTTP; else by Redis.
function feed(world, args, { input = '', token } = {}) {
  return run(program, ['feed', ...args, ...flags(world, token)],
             { cwd: world.dir, input, env: environment(token) });
}

// One that goes on.
function begin(world, args, token) {
  return new Process(program, ['feed', ...args, ...flags(world, token)],
                     { cwd: world.dir, env: environment(token) });
}

async function quote(session, symbol, fits) {
  for (;;) {
    const { status, body } = await session.get(`/api/market/${symbol}/`);
    if (status === 200 && fits(body)) return body;
  }
}

test('a file of either kind comes to be quotes and trades, over HTTP',
  withWorld({}, async (world) => {
    const boss = await world.token('boss');
    const file = join(world.dir, 'day.csv');
    const time = at(-1000);
    await writeFile(file, [
      'Symbol;time;seq;bid;ask;last;status;trade.price;trade.size;trade.side',
      `EDF01;${time};1;338.66;338.68;;open;;;`,
      '',
      `"A;""B""";${time};7;1;2;1.5;;1.5;10;buy`,
      `EDF01;${time};2;;null;338.67;;;;`,
      ';;;;;;;;;',
    ].join('\r\n'));
    const done = await feed(world, [file], { token: boss.token });
    assert.equal(done.code, 0, done.err);
    assert.match(done.err, /sent 3\n/);
    const edf = await quote(boss, 'EDF01', ({ seq }) => seq === 2);
    assert.equal(edf.bid, '338.66');
    assert.equal(edf.ask, null);
    assert.equal(edf.last, '338.67');
    assert.equal(edf.status, 'open');
    assert.equal(edf.accepted, 2);
    const odd = (await boss.get('/api/market/?symbols=A*')).body.results[0];
    assert.equal(odd.symbol, 'A;"B"');
    assert.equal(odd.seq, 7);
    const { bars } = (await boss.get(
      `/api/market/${encodeURIComponent(odd.symbol)}/bars/`)).body;
    assert.deepEqual(bars[0].slice(1), ['1.5', '1.5', '1.5', '1.5', '10', 1]);
    const lines = await feed(world, ['-', '--session', 'next'], {
      token: boss.token, input: ndjson({ symbol: 'EDF01', time: at(), seq: 1,
                                         bid: 5 }, { heartbeat: true, time }) });
    assert.match(lines.err, /sent 2\n/);
    await quote(boss, 'EDF01', ({ seq, bid }) => seq === 1 && bid === '5');
  }));

test('a fault is named by its line and field, and ends it unless it is skipped',
  withWorld({}, async (world) => {
    const boss = await world.token('boss');
    const { token } = boss;
    const input = ndjson({ symbol: 'A', time: at(), last: 1 },
                         { symbol: 'A', time: at(), bid: 'much', x: 1 }) +
      `\n{"symbol":\n${ndjson({ symbol: 'A', time: at(), last: 2 })}`;
    const ended = await feed(world, ['-'], { input, token });
    assert.equal(ended.code, 1);
    assert.match(ended.err, /^-:2: bid: must be /m);
    assert.match(ended.err, /^-:2: x: is not a field/m);
    assert.doesNotMatch(ended.err, /-:4/);
    assert.match(ended.err, /sent 1, 1 with errors\n/);
    await quote(boss, 'A', ({ last }) => last === '1');
    const skipped = await feed(world, ['-', '--skip-faults'], { input, token });
    assert.equal(skipped.code, 1);
    assert.match(skipped.err, /^-:2: bid: [^]*^-:4: not valid JSON/m);
    assert.match(skipped.err, /sent 2, 2 with errors\n/);
    await quote(boss, 'A', ({ last }) => last === '2');
    const cases = [
      ['symbol,time,price\n', /-:1: price: unknown field/],
      ['symbol,bid\n', /-:1: time: is required/],
      ['symbol,time,bid,BID\n', /-:1: BID: named twice/],
      ['symbol,time,trade.bid\n', /-:1: trade\.bid: unknown field/],
      ['', /-:1: must begin with a row of column names/],
      ['symbol,time\nA,2026-01-31\nB\n', /-:3: has 1 cells, but the first row has 2/],
      ['symbol,time,trade.size\nA,2026-01-31,5\n',
       /-:2: trade\.price: is required/],
      ['symbol,time\n"A\n', /has a quote that does not end/],
    ];
    for (const [text, fault] of cases) {
      const { code, err } = await feed(world, ['-', '--format', 'csv'],
                                       { input: text, token });
      assert.equal(code, 1);
      assert.match(err, fault);
    }
  }));

test('what can not be fed is said, and who may not', withWorld({},
  async (world) => {
    const { token } = await world.token('boss');
    const demo = await world.token('demo');
    const input = ndjson({ symbol: 'A', time: at() });
    const refused = await feed(world, ['-'], { input, token: demo.token });
    assert.equal(refused.code, 1);
    assert.match(refused.err, /answered 403: .*may not feed/);
    assert.match(refused.err, /sent 0\n/);
    const wrong = await feed(world, ['-'], { input, token: 'nonsense' });
    assert.match(wrong.err, /answered 401/);
    const cases = [
      [[], /file: is missing/],
      [['-', '--speed', '0'], /speed: must be/],
      [['-', '--speed', 'fast'], /speed: must be/],
      [['-', '--rate', '0'], /rate: must be/],
      [['-', '--rate', '5', '--speed', '1'], /rate: is given together with --speed/],
      [['-', '--session', 'x'.repeat(33)], /session: is too long/],
      [['-', '--format', 'xml'], /format: must be csv or ndjson/],
      [['quotes.txt'], /quotes\.txt: must end in/],
      [['none.csv'], /none\.csv: can't be opened/],
      [['-', '--nonsense', '1'], /--nonsense/],
    ];
    for (const [args, fault] of cases) {
      const { code, err } = await feed(world, args, { input, token });
      assert.equal(code, 1, err);
      assert.match(err, fault);
    }
    const nowhere = await run(program, ['feed', '-', '--database',
      world.database], { input, cwd: world.dir, env: process.env });
    assert.match(nowhere.err, /url: say where to send it/);
    const nobody = await run(program, ['feed', '-', '--url', world.url],
      { input, cwd: world.dir, env: process.env });
    assert.match(nobody.err, /token_file: is missing/);
    const { body: { id } } = await demo.get('/api/me/');
    const boss = await world.login('boss');
    assert.equal((await boss.patch(`/api/users/${id}/`,
                                   { may_feed: true })).status, 200);
    const may = await feed(world, ['-'], { input, token: demo.token });
    assert.equal(may.code, 0, may.err);
  }));

test('a pipe is fed as it comes, and a replay by the times of its lines',
  withWorld({ redis: true }, async (world) => {
    const boss = await world.token('boss');
    const pipe = begin(world, ['-']);
    pipe.child.stdin.write(ndjson({ symbol: 'A', time: at(), last: 1 }));
    await quote(boss, 'A', ({ last }) => last === '1');
    pipe.child.stdin.write(ndjson({ symbol: 'A', time: at(), last: 2 }));
    await quote(boss, 'A', ({ last }) => last === '2');
    pipe.child.stdin.end();
    assert.equal((await pipe.untilEnd()).code, 0, pipe.err);
    // The second line is an hour behind the first.
    const file = join(world.dir, 'old.ndjson');
    const [first, second] = ['2020-01-01T09:00:00.000000Z',
                             '2020-01-01T10:00:00.000000Z'];
    const day = [{ symbol: 'B', time: first, bid: 1, seq: 1 },
                 { symbol: 'B', time: second, bid: 2, seq: 2 }];
    await writeFile(file, ndjson(...day));
    const slow = begin(world, [file, '--speed', '1']);
    assert.equal((await quote(boss, 'B', () => true)).time, first);
    const { code } = await slow.stop();
    assert.equal(code, 1);
    assert.match(slow.err, /sent 1\n/);
    const fast = await feed(world, [file, '--speed', '360000', '--now',
                                    '--session', 'again']);
    assert.equal(fast.code, 0, fast.err);
    const { time } = await quote(boss, 'B', ({ seq }) => seq === 2);
    assert.ok(Date.now() - Date.parse(time) < 3600_000, time);
    const paced = begin(world, ['-', '--rate', '1']);
    paced.child.stdin.write(ndjson(
      ...[1, 2, 3].map((last) => ({ symbol: 'C', time: at(), last }))));
    // Line by line: nobody has seen the third when the second is there.
    await quote(boss, 'C', ({ last }) => last === '1');
    await quote(boss, 'C', ({ accepted }) => accepted === 2);
    await paced.stop();
    assert.match(paced.err, /sent 2\n/);
  }));

test('a Redis or a server that is away is waited for', withWorld(
  { redis: true }, async (world) => {
    const boss = await world.token('boss');
    for (const token of [undefined, boss.token]) {
      const symbol = token ? 'H' : 'R';
      const pipe = begin(world, ['-'], token);
      pipe.child.stdin.write(ndjson({ symbol, time: at(), last: 1 }));
      await quote(boss, symbol, ({ last }) => last === '1');
      await world.redis.stop();
      pipe.child.stdin.write(ndjson({ symbol, time: at(), last: 2 }));
      await pipe.line(/waits: /, 'err');
      await world.startRedis();
      await quote(boss, symbol, ({ last }) => last === '2');
      pipe.child.stdin.end();
      assert.equal((await pipe.untilEnd()).code, 0, pipe.err);
      assert.match(pipe.err, /sent 2\n/);
    }
    // Given up when it is told to end.
    await world.redis.stop();
    const pipe = begin(world, ['-']);
    pipe.child.stdin.write(ndjson({ symbol: 'R', time: at(), last: 3 }));
    await pipe.line(/waits: redis /, 'err');
    assert.equal((await pipe.stop()).code, 1);
    assert.match(pipe.err, /sent 0\n/);
  }));
