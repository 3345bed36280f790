// Rows of websockets: POST to frame, fan-out, idle memory; and the start.
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { bin } from '../../e2e/lib/world.mjs';
import { bare, end, nginx } from './baselines.mjs';
import { endWorld, pidOf, worldOf } from './data.mjs';
import { finish, fsyncUs, launch, load, median, rssBytes, spread }
  from './measure.mjs';

const client = join(bin, 'lws-app-client');
const flags = (url, token) =>
  ['--url', url, '--username', 'demo', '--token', token, '--json'];

export async function latency(bench) {
  const world = await worldOf(bench.size, { redis: true, workers: 2 });
  const runs = [];
  const [warmup, count] = [50, bench.quick ? 200 : 500];
  const before = fsyncUs(world.dir);
  for (let i = 0; i < (bench.quick ? 3 : 8); i++) {
    const { out, ...cost } = await load(client, [
      ...flags(world.url, world.demo.token), 'bench', 'latency', '--count',
      String(count), '--warmup', String(warmup)], pidOf(world));
    runs.push({ ...JSON.parse(out).post_to_frame, ...cost });
  }
  const fsync = median([before, fsyncUs(world.dir)]);
  await endWorld(world);
  // A run's two connections may be at one worker, or at two, with Redis between.
  const side = { p50_us: median(runs.map((run) => run.p50_us)),
                 p99_us: median(runs.map((run) => run.p99_us)),
                 max_us: Math.max(...runs.map((run) => run.max_us)),
                 cpu_us: median(runs.map((run) => run.server_us)) /
                         (warmup + count),
                 generator_us: median(runs.map((run) => run.generator_us)) /
                               (warmup + count),
                 rss: runs.at(-1).rss };
  const slowest = Math.max(...runs.map((run) => run.p50_us));
  return [{ what: 'POST to frame, 2 workers and Redis', unit: 'us',
    ours: side.p50_us, ...side, spread: spread(runs.map((run) => run.p50_us)),
    baseline: 'one fsync', base: fsync,
    bar: 'p50 <= fsync + 1 ms, p99 <= 5 ms',
    met: slowest <= fsync + 1000 && side.p99_us <= 5000,
    note: `slowest run's p50 ${slowest} us` }];
}

async function spreadOut(server, token, sockets, count, more) {
  const { out, server_us, generator_us, rss } = await load(client, [
    ...flags(server.url, token), 'bench', 'fanout', '--sockets',
    String(sockets), '--count', String(count), ...more], server.pid);
  const result = JSON.parse(out);
  return { ...result, rate: result.deliveries_per_s, rss,
           cpu_us: server_us / (sockets * count),
           generator_us: generator_us / (sockets * count) };
}

function middle(results) {
  const rate = median(results.map((result) => result.rate));
  return { ...results.find((result) => result.rate === rate),
           spread: spread(results.map((result) => result.rate)),
           cpu_us: median(results.map((result) => result.cpu_us)),
           generator_us: median(results.map((result) => result.generator_us)) };
}

// Processor time holds the handshakes too, on every side.
export async function fanout(bench) {
  const sockets = 2000;
  const count = bench.quick ? 100 : 300;
  const world = await worldOf(0);
  const ours = { url: world.url, pid: pidOf(world) };
  const one = await spreadOut(ours, world.demo.token, 1, 10, ['--keep']);
  const bytes = ['--plain', '--bytes', String(Math.round(one.bytes / 10))];
  const plain = await bare();
  const nchan = await nginx(world.dir, 0);
  const taken = [[], [], []];
  for (let i = 0; i < bench.rounds; i++) {
    taken[0].push(await spreadOut(ours, world.demo.token, sockets, count,
                                  ['--keep']));
    taken[1].push(await spreadOut(plain, 'none', sockets, count, bytes));
    taken[2].push(await spreadOut(nchan, 'none', sockets, count, bytes));
  }
  const [side, theirs, pushed] = taken.map(middle);
  await end(plain);
  await end(nchan);
  await endWorld(world);
  const row = { unit: '/s', ours: side.rate, p50_us: side.p50_us,
                p99_us: side.p99_us, max_us: side.max_us, cpu_us: side.cpu_us,
                generator_us: side.generator_us, rss: side.rss,
                spread: side.spread };
  return [
    { what: `deliveries to ${sockets} sockets of one owner`, ...row,
      baseline: 'bare lws', base: theirs.rate, base_cpu_us: theirs.cpu_us,
      bar: 'ratio >= 0.6', met: side.rate >= 0.6 * theirs.rate,
      note: `per processor second ${(theirs.cpu_us / side.cpu_us).toFixed(2)}` +
            ' of bare lws' },
    { what: 'the same by Nchan', ...row, baseline: 'nchan', base: pushed.rate,
      base_cpu_us: pushed.cpu_us },
  ];
}

async function held(server, token, sockets, more) {
  const before = rssBytes(server.pid);
  const bench = launch(client, [...flags(server.url, token), 'bench', 'idle',
    '--sockets', String(sockets), '--hold', '600', ...more]);
  await bench.line(/subscribed/);
  const rss = rssBytes(server.pid);
  await bench.stop();
  return { each: (rss - before) / sockets, rss };
}

async function oursHeld(sockets, users) {
  const world = await worldOf(0, { settings: ['--log-level', 'error'] });
  let more = [];
  if (users) {
    const tokens = join(world.dir, 'tokens');
    writeFileSync(tokens, await finish(join(bin, 'load_people'),
      [world.database, String(sockets)]));
    more = ['--tokens', tokens];
  }
  const side = await held({ url: world.url, pid: pidOf(world) },
                          world.demo.token, sockets, more);
  await endWorld(world);
  return side;
}

async function bareHeld(sockets) {
  const plain = await bare();
  const side = await held(plain, 'none', sockets, ['--plain']);
  await end(plain);
  return side;
}

// Servers start anew for each round: memory that was free would hide what the
// next sockets take.
async function idleOf(bench, users) {
  const sockets = bench.quick ? 2000 : 10000;
  const taken = [[], []];
  for (let i = 0; i < bench.rounds; i++) {
    taken[0].push(await oursHeld(sockets, users));
    taken[1].push(await bareHeld(sockets));
  }
  const [ours, theirs] = taken.map((side) => median(side.map(({ each }) => each)));
  return { what: `idle socket, ${sockets} ${users ? 'users with one each'
    : 'of one user'}`, unit: 'B', ours, baseline: 'bare lws', base: theirs,
    rss: median(taken[0].map(({ rss }) => rss)),
    spread: spread(taken[0].map(({ each }) => each)),
    base_spread: spread(taken[1].map(({ each }) => each)),
    bar: '<= bare + 1 KB', met: ours <= theirs + 1024 };
}

export async function idle(bench) {
  return [await idleOf(bench, false), await idleOf(bench, true)];
}

export async function start(bench) {
  const world = await bench.many();
  const times = [];
  for (let i = 0; i < 5; i++) {
    await world.stopDaemon();
    const begun = performance.now();
    await world.startDaemon({ port: world.port });
    times.push(performance.now() - begun);
  }
  return [{ what: `start with ${bench.manySize} orders`, unit: 'ms',
    ours: median(times), spread: spread(times), bar: '< 200 ms',
    met: median(times) < 200, rss: rssBytes(pidOf(world)) }];
}
