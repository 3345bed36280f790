// Rows of market data: quotes to sockets that follow them, beside bare
// libwebsockets with the same bytes, and orders beside them.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { bin } from '../../e2e/lib/world.mjs';
import { bare, end } from './baselines.mjs';
import { endWorld, pidOf, worldOf } from './data.mjs';
import { launch, load, median, medians, rssBytes } from './measure.mjs';

const client = join(bin, 'lws-app-client');
const MAX_RATE = 20;
const quiet = { settings: ['--log-level', 'error'] };

const flags = (server, ...bench) => ['--url', server.url, '--username', 'boss',
  '--token', server.token, '--json', 'bench', ...bench.map(String)];

async function serverOf(options) {
  const world = await worldOf(0, { ...quiet, ...options });
  const { token } = await world.token('boss');
  return { world, url: world.url, token, pid: pidOf(world) };
}

async function follow(server, sockets, symbols, rate, seconds, more = []) {
  const { out, server_us, generator_us, rss } = await load(client, flags(server,
    'market', '--sockets', sockets, '--symbols', symbols, '--rate', rate,
    '--seconds', seconds, '--max-rate', MAX_RATE, ...more), server.pid);
  return { ...JSON.parse(out), server_us, generator_us, rss };
}

// Every figure of it, and what of that is asked for.
async function* grid(bench, server) {
  const points = bench.quick ? [[1, 10, 1000], [100, 10, 10000]]
    : [1, 100, 1000].flatMap((sockets) => [10, 100].flatMap((symbols) =>
      [1000, 10000, 100000].map((rate) => [sockets, symbols, rate])));
  for (const [sockets, symbols, rate] of points) {
    const one = await follow(server, sockets, symbols, rate, bench.seconds);
    const least = 1e6 / MAX_RATE + 5000;
    yield { what: `${sockets} socket${sockets > 1 ? 's' : ''} x ${symbols} ` +
      `symbols, ${rate} lines/s`, unit: '/s', ours: one.quotes_per_s,
      p50_us: one.wait_p50_us, p99_us: one.wait_p99_us, max_us: one.wait_max_us,
      cpu_us: one.server_us / one.quotes,
      generator_us: one.generator_us / one.quotes, rss: one.rss,
      bar: `p99 of a line's wait <= ${least / 1000} ms`,
      met: one.wait_p99_us <= least,
      note: `${one.lines_per_s} lines/s in; server ${Math.round(
        100 * one.server_us / one.us)}% of a core; age p99 ${one.age_p99_us} us` };
  }
}

// By processor time: of what a frame costs, and a quote.
async function* beside(bench, server) {
  const [sockets, symbols] = [100, 100];
  const plain = { ...await bare(), token: 'none' };
  const taken = [[], [], []];
  for (let i = 0; i < bench.rounds; i++) {
    const same = [sockets, symbols, symbols * MAX_RATE, bench.seconds];
    taken[0].push(await follow(server, ...same, ['--each', symbols]));
    taken[1].push(await follow(plain, ...same, ['--plain', '--each', symbols]));
    taken[2].push(await follow(plain, ...same, ['--plain']));
  }
  await end(plain);
  const [ours, frames, quotes] = taken.map(medians);
  const per = (one, what) => one[what] / (one.server_us / 1e6);
  const cost = (one, what) => one.server_us / one[what];
  const ratio = (base, what) => per(ours, what) / per(base, what);
  yield { what: `frames of ${symbols} quotes to ${sockets} sockets, per ` +
    'processor second', unit: '/s', ours: per(ours, 'frames'),
    baseline: 'bare lws, the same bytes', base: per(frames, 'frames'),
    cpu_us: cost(ours, 'frames'), base_cpu_us: cost(frames, 'frames'),
    bar: 'ratio >= 0.8', met: ratio(frames, 'frames') >= 0.8 };
  yield { what: 'the same quotes, per processor second', unit: '/s',
    ours: per(ours, 'quotes'), baseline: 'bare lws, each line a message',
    base: per(quotes, 'quotes'), cpu_us: cost(ours, 'quotes'),
    base_cpu_us: cost(quotes, 'quotes'), bar: 'ratio >= 10',
    met: ratio(quotes, 'quotes') >= 10 };
}

async function latency(server, bench) {
  const { out } = await load(client, flags(server, 'latency', '--count',
    bench.quick ? 100 : 1000, '--warmup', 20), server.pid);
  return JSON.parse(out).post_to_frame;
}

async function* orders(bench, server) {
  const [sockets, rate] = bench.quick ? [100, 10000] : [1000, 100000];
  const without = [];
  const beside = [];
  for (let i = 0; i < bench.rounds; i++) {
    without.push(await latency(server, bench));
    const feed = launch(client, flags(server, 'market', '--sockets', sockets,
      '--symbols', 10, '--rate', rate, '--seconds', 900));
    await feed.line(/subscribed/, 'err');
    beside.push(await latency(server, bench));
    await feed.stop('SIGKILL');
  }
  const [ours, alone] = [beside, without].map(medians);
  yield { what: `POST to frame beside ${rate} lines/s, ${sockets} sockets, p99`,
    unit: 'us', ours: ours.p99_us, baseline: 'without', base: alone.p99_us,
    ...ours, base_p50_us: alone.p50_us, base_p99_us: alone.p99_us,
    base_max_us: alone.max_us, bar: 'p99 <= without + 2.5 ms, and <= 5 ms',
    met: ours.p99_us <= Math.min(alone.p99_us + 2500, 5000) };
}

async function* byRedis(bench) {
  const server = await serverOf({ redis: true });
  const { world } = server;
  const count = bench.quick ? 20000 : 300000;
  const file = join(world.dir, 'lines.ndjson');
  const out = createWriteStream(file);
  for (let i = 0; i < count; i++) {
    out.write(`${JSON.stringify({ symbol: `M${i % 100}`, seq: 1 + i / 100 | 0,
      time: new Date().toISOString(), bid: String(i % 977), ask: '978.01' })}\n`);
  }
  out.end();
  await once(out, 'finish');
  const { server_us, generator_us } = await load(join(bin, 'lws-app'), ['feed',
    file, '--rate', '100000', '--database', world.database, '--redis',
    world.redisUrl], server.pid);
  await endWorld(world);
  yield { what: 'a line by Redis, 100000 lines/s', unit: 'us',
    ours: server_us / count, cpu_us: server_us / count,
    generator_us: generator_us / count, bar: '<= 1.5 us',
    met: server_us / count <= 1.5 };
}

// Servers start anew: memory that was free would hide what these take.
async function each(server, sockets, symbols, more = []) {
  const before = rssBytes(server.pid);
  const held = launch(client, flags(server, 'market', '--sockets', sockets,
    '--symbols', symbols, '--rate', 1, '--seconds', 3600, ...more));
  await held.line(/subscribed/, 'err');
  const bytes = (rssBytes(server.pid) - before) / sockets;
  await held.stop('SIGKILL');
  return bytes;
}

async function* sessions(bench) {
  const [sockets, symbols] = [bench.quick ? 500 : 5000, 100];
  const taken = [[], []];
  for (let i = 0; i < bench.rounds; i++) {
    const server = await serverOf();
    taken[0].push(await each(server, sockets, symbols));
    await endWorld(server.world);
    const plain = { ...await bare(), token: 'none' };
    taken[1].push(await each(plain, sockets, symbols, ['--plain']));
    await end(plain);
  }
  const [ours, base] = taken.map(median);
  yield { what: `socket that follows ${symbols} symbols, ${sockets} of them`,
    unit: 'B', ours, baseline: 'bare lws', base,
    bar: '<= bare + 1 KB + 40 B a symbol',
    met: ours <= base + 1024 + 40 * symbols };
}

export async function* market(bench) {
  const server = await serverOf();
  yield* grid(bench, server);
  yield* beside(bench, server);
  yield* orders(bench, server);
  await endWorld(server.world);
  yield* byRedis(bench);
  yield* sessions(bench);
}
