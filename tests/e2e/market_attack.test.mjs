// Market data from a Redis that says anything, and beside readers that take
// more than their share: what can't be is left out, and all goes on.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { FakeRedis, reply } from './lib/fake_redis.mjs';
import { withWorld } from './lib/world.mjs';

const at = (ms = 0) => new Date(Date.now() + ms).toISOString();
const line = (symbol, more = {}) =>
  `${JSON.stringify({ symbol, time: at(), ...more })}\n`;

const deep = '*1\r\n'.repeat(30);
const huge = 'x'.repeat(20_000_000);
// What an answer may be in place of a true one. ends: and then nothing more.
const garbage = [
  { text: '+OK\r\n' }, { text: ':-9223372036854775808\r\n' },
  { text: '$-1\r\n' }, { text: '*-1\r\n' }, { text: '*0\r\n' },
  { text: '-ERR no\r\n' }, { text: '-\r\n' }, { text: '$0\r\n\r\n' },
  { text: reply([null, null]) }, { text: reply([[[[[[]]]]]]) },
  { text: reply(['', '9'.repeat(60), 'A', '5-5.5 {}', 'B']) },
  { text: reply([[['k'], [[[['1-1'], ['l', 'x']]], [null], ['9-9'], 7]]]) },
  { text: reply([['k', [['18446744073709551615-1', ['l', line('A')]],
                        ['0-0', ['l', line('A')]], ['1--1', ['l', line('A')]],
                        ['1-1', ['l', null]], ['1-2', ['x', line('A')]]]]]) },
  { text: reply(['length', -1, 'entries-added', -7, 'first-entry', [[]]]) },
  { text: reply(['length', 9, 'entries-added', 3, 'last-generated-id',
                 'x'.repeat(300), 'first-entry', ['x', 'y']]) },
  { text: `*2\r\n$20000000\r\n${huge}\r\n$1\r\nx\r\n` },
  { text: '*2\r\n$5\r\nab', ends: true }, { text: '*1000000\r\n', ends: true },
  { text: deep, ends: true }, { text: 'nonsense\r\n', ends: true },
  { text: '%1\r\n+a\r\n+b\r\n', ends: true }, { text: '*99999999999\r\n',
                                                 ends: true },
];

async function withFake(body) {
  const dir = await mkdtemp(join(tmpdir(), 'lws-app-fake-'));
  const path = join(dir, 'redis.sock');
  const fake = await FakeRedis.start(path);
  try {
    await withWorld({ settings: ['--market-redis', `unix://${path}`,
                                 '--log-level', 'error'] },
                    (world) => body(world, fake))();
  } finally {
    await fake.stop();
    await rm(dir, { recursive: true });
  }
}

// A stream of A's quotes, and the first whose last price is that.
async function watch(world, session) {
  const stream = await world.open(session, { protocols: 'market' });
  return { joined: await stream.subscribe({ symbols: ['A'], max_rate: 60 }),
           last: (price) => stream.until(() => stream.frames.splice(0).find(
             ({ quotes = [] }) => quotes.some(({ symbol, last }) =>
               symbol === 'A' && last === `${price}`)), `A at ${price}`) };
}

// A Redis that is up for moments is tried less and less: a daemon gets a few of
// these. What is kept is written once a second: fewer of those.
const FEW = 4;
const wrongs = [
  ...['GET', 'HGETALL', 'XINFO', 'XREAD', 'XADD'].map((one) => [one, garbage]),
  ['EXEC', garbage.slice(0, 6)],
].flatMap(([command, all]) =>
  Array.from({ length: Math.ceil(all.length / FEW) }, (_, i) =>
    [command, i, all.slice(i * FEW, (i + 1) * FEW)]));
const parts = wrongs.map(([command, part, answers]) => [
  `a Redis that answers ${command} with anything, part ${part + 1}`,
  () => withFake(async (world, fake) => {
    const boss = await world.token('boss');
    const quotes = await watch(world, boss);
    fake.add(line('A', { last: 0 }));
    await quotes.last(0);
    for (const [i, wrong] of answers.entries()) {
      const seen = fake.next(command);
      fake.wrong[command] = [wrong];
      fake.drop(); // so that it is begun anew
      if (command === 'XADD') {
        let status;
        do {
          ({ status } = await boss.post('/api/market/', line('B')));
        } while (status !== 202);
      }
      await seen;
      fake.wrong = {};
      fake.add(line('A', { last: i + 1 }));
      await quotes.last(i + 1);
    }
    const { body } = await boss.get('/api/market/');
    assert.equal(body.feed.state, 'live');
  })]);

// They wait most of the time, to try again.
test('a Redis that answers with anything', { concurrency: 8 }, (t) =>
  Promise.all(parts.map(([name, body]) => t.test(name, body))));

test('a Redis that has forgotten all, its clock behind, is another feed', () =>
  withFake(async (world, fake) => {
    const boss = await world.token('boss');
    const add = (id, last, session) => fake.entries.push([id, ['l', line('A',
      { seq: 1, session, last, time: '2020-01-01T00:00:00Z' })]]);
    const quotes = await watch(world, boss);
    add('1800000000000-0', 1, 'a');
    await quotes.last(1);
    assert.equal((await watch(world, boss)).joined.position.epoch, 'e1');
    for (const [i, epoch] of ['e2', 'e3', 'e4'].entries()) {
      fake.entries.length = 0;
      fake.epoch = epoch;
      add(`${1600000000000 - i}-0`, i + 2, epoch);
      await quotes.last(i + 2);
    }
    assert.deepEqual((await watch(world, boss)).joined.position,
                     { epoch: 'e4', at: '1599999999998-0.0' });
  }));
