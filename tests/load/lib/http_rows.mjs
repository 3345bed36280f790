// Rows of requests: lists, searches, creates, and what a second worker gives.
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bin } from '../../e2e/lib/world.mjs';
import { bare, end, nginx } from './baselines.mjs';
import { endWorld, numbers, pidOf, worldOf } from './data.mjs';
import { cpuUs, finish, median, spread, wrk } from './measure.mjs';

export const pages = (from, to) => Array.from({ length: to - from + 1 }, (_, i) =>
  ({ path: `/api/data/?page=${from + i}&page_size=25` }));

// The median round of each side, the sides taken in turn. by: the figure that
// decides.
export async function rounds(count, sides, by = 'rate') {
  const taken = sides.map(() => []);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < sides.length; j++) taken[j].push(await sides[j]());
  }
  return taken.map((results) => {
    const figures = results.map((result) => result[by]);
    return { ...results[figures.indexOf(median(figures))],
             spread: spread(figures),
             cpu_us: median(results.map((result) => result.cpu_us)),
             generator_us: median(results.map((result) =>
               result.generator_us)) };
  });
}

export const figure = (what, side, more) => ({ what, unit: '/s',
  ours: side.rate, p50_us: side.p50_us, p99_us: side.p99_us, max_us: side.max_us,
  cpu_us: side.cpu_us, generator_us: side.generator_us, rss: side.rss,
  spread: side.spread, ...more });

const against = (base, name) => ({ baseline: name, base: base.rate,
  base_cpu_us: base.cpu_us });

function headBytes(answer) {
  const head = Object.entries(answer.headers)
    .reduce((sum, [name, value]) => sum + name.length + value.length + 4, 2);
  return head + 'HTTP/1.1 200 OK\r\n'.length;
}

export async function list(bench) {
  const world = await bench.orders();
  const headers = world.demo.headers();
  const answer = await world.demo.get('/api/data/?page=1&page_size=25');
  const size = Buffer.byteLength(answer.text);
  const plain = await bare(headBytes(answer), size);
  const web = await nginx(world.dir, size);
  const options = { connections: 8, seconds: bench.seconds, headers };
  const ask = (server, paths) => () => wrk(world.dir, server.url, paths,
    { ...options, pid: server.pid ?? pidOf(world) });
  const [ours, theirs, file] = await rounds(bench.rounds, [
    ask(world, pages(1, 40)), ask(plain, [{ path: '/' }]),
    ask(web, [{ path: '/page.json' }])]);
  await end(plain);
  await end(web);
  // What is not the page would be compared with the page.
  const whole = headBytes(answer) + size;
  for (const side of [ours, theirs]) {
    if (Math.abs(side.bytes / whole - 1) > 0.1)
      throw new Error(`answers of ${side.bytes} bytes, not ${whole}`);
  }
  const last = bench.size / 25;
  const [later] = await rounds(1, [ask(world, pages(last - 39, last))]);
  return [
    figure(`list, 25 of ${bench.size}, pages 1-40`, ours,
           { ...against(theirs, 'bare lws'), bar: 'ratio >= 0.5',
             met: ours.rate >= 0.5 * theirs.rate }),
    figure('the same beside a file', ours, against(file, 'nginx')),
    figure(`list, 25 of ${bench.size}, pages ${last - 39}-${last}`, later),
  ];
}

export async function million(bench) {
  const world = await bench.many();
  const [side] = await rounds(bench.rounds, [() => wrk(world.dir, world.url,
    pages(1, 40), { connections: 4, seconds: bench.seconds,
      headers: world.demo.headers(), pid: pidOf(world) })]);
  return [figure(`list, 25 of ${bench.manySize}, 4 connections`, side,
    { bar: 'p99 < 2 ms', met: side.p99_us < 2000 })];
}

export const searchFor = (needle, i) => ({ path: '/api/data/?page_size=25' +
  `&search=${needle}&ordering=${['-price', 'instrument', '-quantity'][i % 3]}` });

// Needles that match at most 1% of the rows, and any.
export async function needles(world, bench) {
  const next = numbers(11);
  const rare = [];
  for (let tries = 0; rare.length < 100 && tries < 1000; tries++) {
    const needle = next(4) ? next(65536).toString(16).padStart(4, '0')
      : `SYM${String(next(500)).padStart(3, '0')}`;
    const { body } = await world.demo.get(searchFor(needle, 0).path);
    if (body.count > 0 && body.count <= bench.size / 100) rare.push(needle);
  }
  const short = Array.from({ length: 30 }, (_, i) => i % 2
    ? next(16).toString(16) : next(256).toString(16).padStart(2, '0'));
  return { rare, short };
}

export async function search(bench) {
  const world = await bench.orders();
  const { rare, short } = await needles(world, bench);
  const ask = (list) => () => wrk(world.dir, world.url, list.map(searchFor),
    { connections: 4, seconds: bench.seconds, headers: world.demo.headers(),
      pid: pidOf(world) });
  const [few, any] = await rounds(bench.rounds, [ask(rare), ask(short)]);
  return [
    figure('search, needle >= 3, <= 1% match', few,
           { bar: '>= 1000/s', met: few.rate >= 1000 }),
    figure('search, needles of 1 and 2', any,
           { bar: '>= 50/s', met: any.rate >= 50 }),
  ];
}

export async function counter(world, name) {
  const { text } = await world.demo.get('/metrics');
  const [, value] = text.match(new RegExp(`^${name}[^ ]* (\\S+)$`, 'm')) ?? [];
  return Number(value);
}

export const order = JSON.stringify({ instrument: 'EDF01', side: 'buy',
                               quantity: '100', price: '338.67' });

async function create(world, bench) {
  const pid = pidOf(world);
  const before = { cpu: cpuUs(pid, 'writer'),
                   batches: await counter(world, 'lwsapp_commits_total'),
                   jobs: await counter(world, 'lwsapp_commit_jobs_total') };
  const result = await wrk(world.dir, world.url,
    [{ method: 'POST', path: '/api/data/', body: order }],
    { connections: 64, seconds: bench.seconds, pid,
      headers: { ...world.demo.headers(), 'Content-Type': 'application/json' } });
  const jobs = await counter(world, 'lwsapp_commit_jobs_total') - before.jobs;
  return { ...result,
           writer_us: (cpuUs(pid, 'writer') - before.cpu) / result.requests,
           batch: jobs / (await counter(world, 'lwsapp_commits_total') -
                          before.batches) };
}

// The same statements without lws-app, in batches of the same size.
const raw = async (file, token, batch, index) => JSON.parse(await finish(
  join(bin, 'load_creates'), [file, token, '20000', String(Math.round(batch)),
                              ...(index ? [index] : [])]));

const indexes = ['orders_owner', 'orders_position', 'orders_all_position',
                 'orders_client_order_id', 'event_position'];

export async function creates(bench) {
  const world = await worldOf(bench.size);
  const file = join(world.dir, 'raw.db');
  const token = world.demo.token;
  await world.stopDaemon();
  copyFileSync(world.database, `${file}.0`);
  await world.startDaemon({ port: world.port });
  const beside = async (batch, index) => {
    copyFileSync(`${file}.0`, file);
    for (const tail of ['-wal', '-shm']) rmSync(file + tail, { force: true });
    return (await raw(file, token, batch, index)).us;
  };
  const made = [];
  const alone = [];
  for (let i = 0; i < bench.rounds; i++) {
    made.push(await create(world, bench));
    alone.push(await beside(made[i].batch));
  }
  const rate = median(made.map((one) => one.rate));
  const side = { ...made.find((one) => one.rate === rate),
                 spread: spread(made.map((one) => one.rate)) };
  const writer = median(made.map((one) => one.writer_us));
  const base = median(alone);
  const rows = [
    figure('durable creates, 64 connections', side,
           { bar: '>= 15000/s', met: side.rate >= 15000,
             note: `batches of ${side.batch.toFixed(0)}` }),
    { what: "the writer's processor time per create", unit: 'us', ours: writer,
      rss: side.rss, baseline: 'raw SQLite', base, spread: spread(alone),
      bar: 'ratio <= 1.6', met: writer <= 1.6 * base }];
  for (const index of indexes) {
    const times = [];
    const whole = [];
    for (let i = 0; i < bench.rounds; i++) {
      times.push(await beside(side.batch, index));
      whole.push(await beside(side.batch));
    }
    rows.push({ what: `raw, without ${index}`, unit: 'us', ours: median(times),
      baseline: 'with it', base: median(whole), spread: spread(times),
      note: `costs ${(median(whole) - median(times)).toFixed(1)} us` });
  }
  await endWorld(world);
  return rows;
}

export async function workers(bench) {
  const rows = [];
  for (const count of [1, 2]) {
    const world = await worldOf(bench.size, { redis: true, workers: count });
    const [side] = await rounds(bench.rounds, [() => wrk(world.dir, world.url,
      pages(1, 40), { connections: 16, seconds: bench.seconds,
        headers: world.demo.headers(), pid: pidOf(world) })]);
    rows.push(figure(`list, workers ${count}`, side,
      { note: `${Math.round(1e6 / side.cpu_us)} per processor second` }));
    const [made] = await rounds(bench.rounds, [() => create(world, bench)]);
    rows.push(figure(`creates, workers ${count}`, made,
      { note: `${Math.round(1e6 / made.cpu_us)} per processor second` }));
    await endWorld(world);
  }
  return rows;
}
