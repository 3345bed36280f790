// Curves of requests: how much what they cost grows with the orders of one
// owner, with the owners, with the workers.
import { copyFileSync, renameSync, rmSync, statSync, writeFileSync }
  from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { bin } from '../../e2e/lib/world.mjs';
import { endWorld, pidOf, worldOf, writeOrders } from './data.mjs';
import { paced } from './growth_events.mjs';
import { counter, needles, order, pages, searchFor } from './http_rows.mjs';
import { cpuUs, finish, medians, rssBytes, wrk } from './measure.mjs';

// So many that a worker has let go of the first answers when they come again.
const UNKEPT = 28500;

async function rounds(growth, ask) {
  const taken = [];
  for (let i = 0; i < growth.rounds; i++) taken.push(await ask(i));
  return medians(taken);
}

// kept: the share of the answers that had been sent before.
const load = (growth, world, requests, options) => rounds(growth, async (round) => {
  const kept = () => counter(world, 'lwsapp_answers_kept_total');
  const before = await kept();
  const result = await wrk(world.dir, world.url, requests, {
    seconds: growth.seconds, pid: pidOf(world),
    first: Math.floor(round * requests.length / growth.rounds),
    headers: { 'Content-Type': 'application/json',
               ...(options.tokens ? {} : world.demo.headers()) },
    ...options });
  return { ...result, kept: (await kept() - before) / result.requests };
});

const creates = (growth, world, options) => load(growth, world,
  [{ method: 'POST', path: '/api/data/', body: order }],
  { connections: 64, ...options });

// The figures of one kind of request, each name with its kind before it.
const named = (kind, { rate, cpu_us, p50_us, p99_us, kept }) =>
  Object.fromEntries(Object.entries({ rate, cpu_us, p50_us, p99_us, kept })
    .map(([name, value]) => [`${kind}_${name}`, value]));

async function startMs(growth, world) {
  return (await rounds(growth, async () => {
    await world.stopDaemon();
    const begun = performance.now();
    await world.startDaemon({ port: world.port });
    return { ms: performance.now() - begun };
  })).ms;
}

// Around the middle of that many orders. A page's number may have zeros before
// it, which make it another request.
function deep(count) {
  const middle = Math.floor(count / 2);
  const size = (i) => 16 + i % 19;
  const byPage = Array.from({ length: UNKEPT }, (_, i) => {
    const page = Math.floor(middle / size(i)) + Math.floor(i / 19) % 25;
    return { path: `/api/data/?page_size=${size(i)}&page=` +
                   '0'.repeat(Math.floor(i / 19 / 25)) + page };
  });
  const byCursor = Array.from({ length: UNKEPT }, (_, i) => {
    const after = Buffer.alloc(8);
    after.writeBigInt64BE(BigInt(middle + Math.floor(i / 19) % 1500));
    return { path: `/api/data/?page_size=${size(i)}&cursor=` +
                   after.toString('base64url') };
  });
  return { byPage, byCursor };
}

// What is searched in memory is brought there by the first searches; where it
// is more than may be there, a search takes so long that a round must, too.
async function searches(growth, world, count, rare) {
  let took;
  for (let i = 0; i < 12; i++) {
    const begun = performance.now();
    const { body } = await world.demo.get(searchFor(rare[i], 0).path);
    took = performance.now() - begun;
    if (body.count > count / 100)
      throw new Error(`${rare[i]} is in ${body.count} of ${count} orders`);
  }
  const side = await load(growth, world, rare.map(searchFor),
    took > 50 ? { connections: 1, seconds: 4 } : { connections: 4 });
  return { side, rss: rssBytes(pidOf(world)),
           bytes: await counter(world, 'lwsapp_search_bytes') };
}

// With a GiB per million orders for them.
async function amply(growth, world, count, rare) {
  const { settings } = world;
  world.settings = [...settings, '--search-memory', String(2 ** 30 *
    Math.ceil(count / 1e6))];
  await world.restartDaemon();
  const { side, rss } = await searches(growth, world, count, rare);
  world.settings = settings;
  await world.restartDaemon();
  return { ...named('ample', side), ample_rss: rss };
}

async function rowsPoint(growth, world, count, rare) {
  const wide = deep(count);
  const of = (requests) => load(growth, world, requests, { connections: 8 });
  const start_ms = await startMs(growth, world);
  const point = { orders: count, start_ms,
    ...named('list', await of(pages(1, 40))),
    ...named('page', await of(wide.byPage)),
    ...named('cursor', await of(wide.byCursor)),
    rss: rssBytes(pidOf(world)) };
  const { side, rss, bytes } = await searches(growth, world, count, rare);
  return { ...point, ...named('search', side), searched_rss: rss,
           search_bytes: bytes,
           ...(bytes < count ? await amply(growth, world, count, rare) : {}),
           ...named('create', await creates(growth, world)) };
}

// A size's orders are imported into a file of their own, so that the creates
// measured at one size are not among the orders of the next.
export async function rows(growth) {
  const sizes = growth.quick ? [3000, 10000]
    : [10000, 30000, 100000, 300000, 1000000,
       ...(growth.large ? [10000000] : [])];
  const world = await worldOf(0);
  const file = join(world.dir, 'orders.csv');
  const base = join(world.dir, 'base.db');
  const points = [];
  let rare;
  await world.stopDaemon();
  copyFileSync(world.database, base);
  for (const [i, count] of sizes.entries()) {
    const more = count - (sizes[i - 1] ?? 0);
    await writeOrders(file, more, { seed: count });
    const begun = performance.now();
    await finish(join(bin, 'lws-app'), ['import', file, '--owner', 'demo',
                                        '--database', base]);
    const import_rate = more / (performance.now() - begun) * 1000;
    const bytes = statSync(base).size;
    for (const tail of ['', '-wal', '-shm'])
      rmSync(world.database + tail, { force: true });
    if (i === sizes.length - 1) renameSync(base, world.database);
    else copyFileSync(base, world.database);
    await world.startDaemon({ port: world.port });
    rare ??= (await needles(world, { size: count / 2 })).rare;
    points.push({ ...await rowsPoint(growth, world, count, rare), import_rate,
                  database: bytes, order_bytes: bytes / count });
    growth.say(points.at(-1));
    await world.stopDaemon();
  }
  await endWorld(world);
  return points;
}

async function ownersPoint(growth, count) {
  const world = await worldOf(0);
  const total = Math.max(growth.quick ? 2000 : 100000, count);
  const file = join(world.dir, 'orders.csv');
  const tokens = join(world.dir, 'tokens');
  await world.stopDaemon();
  writeFileSync(tokens, await finish(join(bin, 'load_people'),
                                     [world.database, String(count)]));
  await writeOrders(file, total, { owner: (i) => `u${1 + i % count}` });
  await finish(join(bin, 'lws-app'), ['import', file, '--database',
                                      world.database]);
  const bytes = statSync(world.database).size;
  await world.startDaemon({ port: world.port });
  const start_ms = await startMs(growth, world);
  const list = await load(growth, world, pages(1, 1), { connections: 8, tokens });
  const rss = rssBytes(pidOf(world));
  const create = await creates(growth, world, { tokens });
  const point = { owners: count, orders: total, start_ms, rss,
    ...named('list', list), list_bytes: list.bytes, ...named('create', create),
    created_rss: rssBytes(pidOf(world)), database: bytes };
  await endWorld(world);
  return point;
}

// Every owner in turn, the orders spread evenly over them.
export async function owners(growth) {
  const points = [];
  for (const count of growth.quick ? [1, 100] : [1, 100, 10000, 100000]) {
    points.push(await ownersPoint(growth, count));
    growth.say(points.at(-1));
  }
  return points;
}

async function redisNow(world) {
  const text = await finish('redis-cli', ['-s', join(world.dir, 'redis.sock'),
                                          'info', 'everything']);
  const figure = (name) =>
    Number(text.match(new RegExp(`^${name}:(\\d+)`, 'm'))[1]);
  return { in: figure('total_net_input_bytes'),
           out: figure('total_net_output_bytes'),
           commands: figure('total_commands_processed'),
           memory: figure('used_memory'),
           us: cpuUs(world.redis.child.pid) };
}

// What Redis takes and gives for each event while ask() makes some.
async function redisCost(world, kind, ask) {
  const before = await redisNow(world);
  const { events, ...result } = await ask();
  const after = await redisNow(world);
  const each = (name) => (after[name] - before[name]) / events;
  return { ...result, [`${kind}_in`]: each('in'), [`${kind}_out`]: each('out'),
           [`${kind}_memory`]: each('memory'),
           [`${kind}_commands`]: each('commands'),
           [`${kind}_redis_us`]: each('us') };
}

async function workersPoint(growth, count) {
  const world = await worldOf(growth.quick ? 2000 : 20000,
                              { redis: true, workers: count });
  const list = await load(growth, world, pages(1, 40), { connections: 16 });
  const create = await rounds(growth, () => redisCost(world, 'unheard',
    async () => {
      const made = await creates({ ...growth, rounds: 1 }, world);
      return { ...made, events: made.requests };
    }));
  const frame = await rounds(growth, () => redisCost(world, 'heard',
    async () => {
      const made = await paced(world, 2000, growth.seconds);
      return { ...made, events: made.sent };
    }));
  await endWorld(world);
  return { workers: count, ...named('list', list), ...named('create', create),
    ...named('frame', frame), ...Object.fromEntries(
      Object.entries({ ...create, ...frame })
        .filter(([name]) => /^(un)?heard_/.test(name))) };
}

// The socket that hears is at one worker, the connections that create are
// spread over all: every event must come, those of the others through Redis.
export async function workers(growth) {
  const points = [];
  for (const count of [1, 2]) {
    points.push(await workersPoint(growth, count));
    growth.say(points.at(-1));
  }
  return points;
}
