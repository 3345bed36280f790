// Rows beside a peer: one generator for both, in turn, over the same orders,
// each with its session's cookie and with Redis. Each row is given as it comes.
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { bringIn, endWorld, pidOf, worldOf } from './data.mjs';
import { figure, rounds } from './http_rows.mjs';
import { median, wrk } from './measure.mjs';
import { ask, copyOrders, sideOf, table } from './peer.mjs';
import { calm, closeAll, created, fanoutOf, heldBy, latencyOf, writing }
  from './peer_sockets.mjs';

const number = (value) => value.toLocaleString('en');

const beside = (peer) => ({ baseline: 'peer', base: peer.rate,
  base_p50_us: peer.p50_us, base_p99_us: peer.p99_us, base_max_us: peer.max_us,
  base_cpu_us: peer.cpu_us, base_generator_us: peer.generator_us,
  base_rss: peer.rss, base_spread: peer.spread });

// take(side): one round of it.
const inTurn = (count, sides, take, by) => rounds(count, sides.map((side) =>
  async () => {
    const result = await take(side);
    await calm(side);
    return result;
  }), by);

async function requests(world, sides, count, connections, seconds, of) {
  return inTurn(count, sides, async (side) => {
    const result = await wrk(world.dir, side.url, of(side), { connections,
      seconds, headers: writing(side), pid: side.pid });
    if (!result.requests)
      throw new Error(`${side.url}: no answer within ${seconds} s`);
    return result;
  });
}

async function* lists(bench, world, sides) {
  for (const side of sides) {
    const { data } = await ask(side);
    if (data.length !== Math.min(25, side.total))
      throw new Error(`${side.url}: a page of ${data.length}`);
  }
  for (const connections of [1, 32]) {
    const [ours, peer] = await requests(world, sides, bench.rounds, connections,
      bench.seconds, (side) => [{ path: table(side.price) }]);
    yield figure(`DataTables page of 25, connections ${connections}`, ours,
      { ...beside(peer), note: `orders: ours ${number(sides[0].total)}, ` +
        `peer ${number(sides[1].total)}` });
  }
}

// Another search each time, whatever keeps answers in between.
function searches(needles, pages, from) {
  return Array.from({ length: 4000 }, (_, j) => {
    const i = from + j;
    return { search: needles[i % 10 % needles.length],
             column: 3 - Math.floor(i / 10) % 3,
             dir: Math.floor(i / 30) % 2 ? 'asc' : 'desc',
             start: 25 * (Math.floor(i / 60) % pages) };
  });
}

async function* found(bench, world, sides, needles) {
  const matched = [];
  const times = [];
  let fewest = Infinity;
  for (const side of sides) {
    let sum = 0;
    for (const search of needles) {
      const begun = performance.now();
      const { recordsFiltered } = await ask(side, { search });
      times.push(performance.now() - begun);
      fewest = Math.min(fewest, recordsFiltered);
      sum += recordsFiltered;
    }
    matched.push(Math.round(sum / needles.length));
  }
  const slow = Math.max(median(times.splice(0, needles.length)),
                        median(times));
  const pages = Math.max(1, Math.floor(fewest / 25));
  const turns = new Map(sides.map((side) => [side, 0]));
  const next = (side) => {
    const turn = turns.get(side);
    turns.set(side, turn + 1);
    return searches(needles, pages, 4000 * turn)
      .map((query) => ({ path: table(side.price, query) }));
  };
  for (const connections of [1, 4]) {
    // So many of the slower side's that cutting the last off does not tell.
    const seconds = Math.min(20, Math.max(bench.seconds, Math.ceil(
      slow / 1000 * connections * (bench.quick ? 1 : 10))));
    const [ours, peer] = await requests(world, sides, bench.rounds, connections,
                                        seconds, next);
    yield figure(`search and order, connections ${connections}`, ours,
      { ...beside(peer), note: `${needles.length} needles like ` +
        `${needles[0]}, matches of one: ours ${number(matched[0])}, peer ` +
        number(matched[1]) });
  }
}

async function* creates(bench, world, sides) {
  for (const connections of [1, 32]) {
    const [ours, peer] = await requests(world, sides, bench.rounds, connections,
      bench.seconds, (side) => [{ method: 'POST', path: created,
        body: JSON.stringify(side.order('EDF01')) }]);
    yield figure(`creates, connections ${connections}`, ours,
                 beside(peer));
  }
}

const lateMs = (bench) => bench.quick ? 1000 : 3000;

// Rounds whose frames are counted, all of them.
async function counted(bench, sides, take, by) {
  const sums = sides.map(() => ({ sent: 0, came: 0, twice: 0 }));
  const results = await inTurn(bench.rounds, sides, async (side) => {
    const result = await take(side);
    for (const [name, value] of Object.entries(sums[sides.indexOf(side)]))
      sums[sides.indexOf(side)][name] = value + (result[name] ?? 0);
    return result;
  }, by);
  const say = ({ sent, came, twice }) => `${number(came)} of ${number(sent)}` +
    (twice ? ` (${number(twice)} twice)` : '');
  return [...results, { frames_came: sums[0].came, frames_sent: sums[0].sent,
    base_frames_came: sums[1].came, base_frames_sent: sums[1].sent,
    note: `came: ours ${say(sums[0])}, peer ${say(sums[1])}` }];
}

async function latency(bench, sides) {
  const [ours, peer, more] = await counted(bench, sides, (side) =>
    latencyOf(side, bench.quick ? 50 : 300, lateMs(bench)), 'p50_us');
  return figure('POST to frame, through Redis', ours, { ...beside(peer),
    unit: 'us', ours: ours.p50_us, base: peer.p50_us, ...more });
}

async function fanout(bench, sides) {
  const sockets = 200;
  const events = bench.quick ? 20 : 100;
  const [ours, peer, more] = await counted(bench, sides, (side) =>
    fanoutOf(side, sockets, events, lateMs(bench)));
  return figure(`${events} events to ${sockets} sockets`, ours,
                { ...beside(peer), ...more });
}

// A server that has held more before has room for these: so it is measured
// before anything else.
const idle = (bench, side) => side.pid &&
  heldBy(side, bench.quick ? 200 : 1000);

const idleRow = (ours, peer) => ({ unit: 'B', ours: ours.each, rss: ours.rss,
  what: `idle socket, ${ours.count} of one user`,
  ...(peer && { baseline: 'peer', base: peer.each, base_rss: peer.rss }) });

export async function* peer(bench) {
  const theirs = bench.peer;
  const theirIdle = await idle(bench, theirs);
  const world = await worldOf(0, { redis: true });
  const file = join(world.dir, 'orders.ndjson');
  const needles = await copyOrders(theirs, file);
  await bringIn(world, file);
  const ours = sideOf(world.url, await world.login('demo'), pidOf(world),
                      'price');
  ours.total = (await ask(ours, { length: 1 })).recordsTotal;
  const sides = [ours, theirs];
  try {
    const ourIdle = await idle(bench, ours);
    yield* lists(bench, world, sides);
    yield* found(bench, world, sides, needles);
    yield* creates(bench, world, sides);
    yield latency(bench, sides);
    yield fanout(bench, sides);
    yield idleRow(ourIdle, theirIdle);
    await endWorld(world);
  } finally {
    closeAll();
  }
}
