// Rows of --engine postgres: a PostgreSQL of the bench's own, behind one daemon
// and several, with trips that take longer, and with a standby that is waited for.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { second } from '../../e2e/lib/machines.mjs';
import { Postgres } from '../../e2e/lib/postgres.mjs';
import { bin } from '../../e2e/lib/world.mjs';
import { endWorld, worldOf } from './data.mjs';
import { counter, figure, order, pages } from './http_rows.mjs';
import { besideDisk, cpuUs, launch, load, medians, spread, started,
         wrk } from './measure.mjs';

const CONNECTIONS = 64; // of each daemon
const TRIP_US = 500;
const DAEMONS = 4;

async function serve(options) {
  const server = await Postgres.start(options);
  server.kill = () => server.stop();
  started.add(server);
  return server;
}

async function end(server) {
  await server.stop();
  started.delete(server);
}

// Of 16 MB: as many as a row fills.
const SEGMENTS = 40;

// One in service writes its log over old segments. A new one makes each as it comes
// to it, while a commit waits: 15 to 30 ms. And none that writes so much would be
// left to checkpoint every half minute.
async function age(server) {
  await server.ask("ALTER SYSTEM SET min_wal_size = '1GB'");
  await server.ask("ALTER SYSTEM SET max_wal_size = '4GB'");
  await server.ask('SELECT pg_reload_conf()');
  await server.ask("SELECT pg_logical_emit_message(false, 'bench', ''), " +
    `pg_switch_wal() FROM generate_series(1, ${SEGMENTS})`);
  await server.ask('CHECKPOINT');
}

// body gets a world on such a server; what each of its daemons is, is {url, pid}.
async function* withServer(orders, body) {
  const server = await serve();
  await age(server);
  const world = await worldOf(orders, { database: server.url, redis: true });
  yield* body(world, { url: world.url, pid: world.daemon.child.pid }, server);
  await endWorld(world);
  await end(server);
}

async function further(world, options) {
  const { daemon, url } = await second(world, options);
  return { url, pid: daemon.child.pid };
}

// At all of them at once. server_us: of the database's processes.
async function create(world, bench, server, daemons) {
  const pid = server.process.child.pid;
  const before = cpuUs(pid);
  const ask = (daemon, i) => wrk(world.dir, daemon.url,
    [{ method: 'POST', path: '/api/data/', body: order }],
    { connections: CONNECTIONS, seconds: bench.seconds, pid: daemon.pid,
      script: `wrk${i}.lua`, headers: { ...world.demo.headers(),
                                        'Content-Type': 'application/json' } });
  const { result: sides, disk_us } = await besideDisk(world.dir, () =>
    Promise.all(daemons.map(ask)));
  const sum = (one) => sides.reduce((all, side) => all + one(side), 0);
  const most = (name) => Math.max(...sides.map((side) => side[name]));
  const requests = sum((side) => side.requests);
  return { rate: sum((side) => side.rate), requests,
           p50_us: most('p50_us'), p99_us: most('p99_us'),
           max_us: most('max_us'), disk_us, rss: sum((side) => side.rss),
           cpu_us: sum((side) => side.cpu_us * side.requests) / requests,
           // Of several at a time it is not known whose was which.
           generator_us: daemons.length === 1 ? sides[0].generator_us : undefined,
           server_us: (cpuUs(pid) - before) / requests };
}

// The sides in turn, as often as there are rounds; of each the median of every
// figure, so that p99 is not the one of a round in which the disk stood still.
async function turns(bench, sides) {
  const taken = sides.map(() => []);
  for (let i = 0; i < bench.rounds; i++)
    for (let j = 0; j < sides.length; j++) taken[j].push(await sides[j]());
  return taken.map((results) => ({ ...medians(results),
    spread: spread(results.map(({ rate }) => rate)) }));
}

// A page that was written by itself, meanwhile.
const told = (side) => `PostgreSQL ${side.server_us.toFixed(0)} us each` +
  (side.disk_us ? `; the disk ${(side.disk_us / 1000).toFixed(0)} ms at most` : '');

function compared(what, side, base, name, least, more = {}) {
  const { met = true, bar = '', note = '' } = more;
  return figure(what, side, { baseline: name, base: base.rate,
    base_cpu_us: base.cpu_us, base_spread: base.spread,
    base_p50_us: base.p50_us, base_p99_us: base.p99_us, base_max_us: base.max_us,
    bar: `ratio >= ${least}${bar}`, met: met && side.rate >= least * base.rate,
    note: [told(side), note].filter(Boolean).join('; ') });
}

export async function* creates(bench) {
  yield* withServer(0, async function* rows(world, one, server) {
    const before = { batches: await counter(world, 'lwsapp_commits_total'),
                     jobs: await counter(world, 'lwsapp_commit_jobs_total') };
    const [side] = await turns(bench, [() =>
      create(world, bench, server, [one])]);
    const jobs = await counter(world, 'lwsapp_commit_jobs_total') - before.jobs;
    const batches = await counter(world, 'lwsapp_commits_total') - before.batches;
    yield figure(`durable creates, ${CONNECTIONS} connections`, side, {
      bar: '>= 10000/s', met: side.rate >= 10000,
      note: `${told(side)}; batches of ${(jobs / batches).toFixed(0)}` });
  });
}

export async function* daemons(bench) {
  yield* withServer(0, async function* rows(world, one, server) {
    const all = [one];
    while (all.length < DAEMONS) all.push(await further(world));
    const [alone, two, four] = await turns(bench, [1, 2, DAEMONS].map((count) =>
      () => create(world, bench, server, all.slice(0, count))));
    for (const [count, side, least] of [[2, two, 0.9], [DAEMONS, four, 0.8]]) {
      yield compared(`creates, ${count} daemons, ${CONNECTIONS} connections each`,
        side, alone, 'one', least,
        { bar: ', p99 <= 30 ms', met: side.p99_us <= 30000 });
    }
  });
}

// By a socket that passes on what comes half a trip later.
async function delayed(world, server) {
  const dir = join(world.dir, 'delayed');
  const name = '.s.PGSQL.5432';
  mkdirSync(dir);
  const delay = launch(join(bin, 'load_delay'), [join(dir, name),
    join(server.dir, 'socket', name), String(TRIP_US / 2)]);
  await delay.line(/ready/);
  return { delay, daemon: await further(world, {
    database: server.url.replace(/host=[^&]*/, `host=${dir}`) }) };
}

export async function* trips(bench) {
  yield* withServer(0, async function* rows(world, near, server) {
    const { delay, daemon: far } = await delayed(world, server);
    const [here, there] = await turns(bench, [near, far].map((daemon) => () =>
      create(world, bench, server, [daemon])));
    yield compared(`creates, ${TRIP_US / 1000} ms more a trip`, there, here,
                   'none', 0.7);
    yield await frames(world, bench, far,
      `POST to frame, ${TRIP_US / 1000} ms more a trip`, TRIP_US);
    yield await frames(world, bench, near, 'POST to frame', 0);
    await delay.stop();
  });
}

// One create at a time. Its trips: the login, the turn, the commit.
async function frames(world, bench, daemon, what, tripUs) {
  const count = bench.quick ? 100 : 500;
  const { out, server_us, generator_us, rss } = await load(
    join(bin, 'lws-app-client'), ['--url', daemon.url, '--username', 'demo',
      '--token', world.demo.token, '--json', 'bench', 'latency', '--count',
      String(count), '--warmup', '50'], daemon.pid);
  const side = JSON.parse(out).post_to_frame;
  const most = 2000 + 3 * tripUs;
  return { what, unit: 'us', ours: side.p50_us, ...side, rss,
    cpu_us: server_us / (count + 50), generator_us: generator_us / (count + 50),
    bar: `p50 <= 2 ms${tripUs ? ' and 3 trips' : ''}, p99 <= 10 ms`,
    met: side.p50_us <= most && side.p99_us <= 10000 };
}

export async function* standby(bench) {
  yield* withServer(0, async function* rows(world, one, server) {
    const copy = await serve({ of: server });
    const wait = async (names) => {
      await server.ask(`ALTER SYSTEM SET synchronous_standby_names = '${names}'`);
      await server.ask('SELECT pg_reload_conf()');
      while (await server.ask("SELECT string_agg(sync_state, ',') FROM " +
        'pg_stat_replication') !== (names ? 'sync' : 'async'));
      while (await counter(world, 'lwsapp_database_standby') !== Number(!!names));
    };
    const taken = [];
    const side = (names) => async () => {
      await wait(names);
      taken.push(await create(world, bench, server, [one]));
      return taken.at(-1);
    };
    const [free, bound] = await turns(bench, [side(''), side('*')]);
    yield compared('creates, a synchronous standby', bound, free,
                   'an asynchronous one', 0.7, { note: 'on the same disk' });
    await wait('');
    await end(copy);
  });
}

// Whose orders are asked for by name: no such page is kept.
const made = (from, to) => pages(from, to).map(({ path }) =>
  ({ path: `${path}&scope=own` }));

// Once the server knows the table, as it does a minute after so many rows came.
export async function* list(bench) {
  yield* withServer(bench.size, async function* rows(world, one, server) {
    await server.ask('VACUUM ANALYZE');
    const pid = server.process.child.pid;
    const ask = (requests) => async () => {
      const before = cpuUs(pid);
      const side = await wrk(world.dir, world.url, requests, { connections: 8,
        seconds: bench.seconds, headers: world.demo.headers(), pid: one.pid });
      return { ...side, server_us: (cpuUs(pid) - before) / side.requests };
    };
    const last = bench.size / 25;
    const parts = [[1, 40], [last / 2 - 19, last / 2 + 20], [last - 39, last]];
    const [kept, ...others] = await turns(bench, [ask(pages(1, 40)),
      ...parts.map(([from, to]) => ask(made(from, to)))]);
    const what = ([from, to]) => `list, 25 of ${bench.size}, pages ${from}-${to}`;
    yield figure(`${what(parts[0])}, kept`, kept, {
      bar: '>= 20000 a core of PostgreSQL', met: kept.server_us <= 50,
      note: told(kept) });
    yield figure(`${what(parts[0])}, made`, others[0], {
      bar: '>= 5000 a core of PostgreSQL', met: others[0].server_us <= 200,
      note: told(others[0]) });
    for (const i of [1, 2])
      yield figure(`${what(parts[i])}, made`, others[i],
                   { note: told(others[i]) });
  });
}
