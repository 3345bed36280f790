// Rows of live views: pages that are brought forward, beside pages that ask
// again after each change.
import { writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { bin } from '../../e2e/lib/world.mjs';
import { endWorld, pidOf, worldOf } from './data.mjs';
import { cpuUs, finish, launch, load, medians, within } from './measure.mjs';

const client = join(bin, 'lws-app-client');
const RATE = 200; // changes a second
const MAX_RATE = 20; // frames
const DRAWS = 2.5; // of each page that asks again: 400 ms after a change
const quiet = { settings: ['--log-level', 'error'] };

const flags = (server, ...bench) => ['--url', server.url, '--username', 'demo',
  '--token', server.token, '--json', 'bench', ...bench.map(String)];

async function serverOf(orders, people) {
  const world = await worldOf(orders, quiet);
  const { token } = world.demo;
  const tokens = join(world.dir, 'tokens');
  writeFileSync(tokens, await finish(join(bin, 'load_people'),
    [world.database, String(people), 'staff']));
  return { world, url: world.url, token, pid: pidOf(world), tokens };
}

async function look(server, sockets, rate, seconds, more = []) {
  const before = await engine(server);
  const { out, server_us, generator_us, rss } = await load(client, flags(server,
    'views', '--sockets', sockets, '--rate', rate, '--seconds', seconds,
    '--max-rate', MAX_RATE, '--tokens', server.tokens, ...more), server.pid);
  const after = await engine(server);
  const events = after.events - before.events;
  return { ...JSON.parse(out), server_us, generator_us, rss,
           engine_us: events ? (after.us - before.us) / events : 0 };
}

async function engine(server) {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const value = (name) => Number(text.match(new RegExp(`^${name}\\{.*\\} (\\S+)`, 'm'))[1]);
  return { us: 1e6 * value('lwsapp_view_seconds_total'),
           events: value('lwsapp_view_events_total') };
}

// So many draws a second of the page that the views show, for so long.
async function redraw(server, each, seconds) {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  const address = `${server.url}/api/data/?format=datatables&start=0&length=25` +
    '&instrument=BENCH';
  const headers = { Authorization: `Token ${server.token}` };
  const begun = Date.now();
  let made = 0;
  let failed = 0;
  let under = 0;
  await new Promise((resolve) => {
    const timer = setInterval(() => {
      const ms = Date.now() - begun;
      if (ms > seconds * 1000) {
        clearInterval(timer);
        resolve();
        return;
      }
      for (; made < each * ms / 1000 && under < 256; made++) {
        under++;
        get(address, { agent, headers }, (answer) => {
          failed += answer.statusCode !== 200;
          answer.resume().on('end', () => { under--; });
        }).on('error', () => { failed++; under--; });
      }
    }, 5);
  });
  agent.destroy();
  if (failed) throw new Error(`${failed} of ${made} draws failed`);
  return made / seconds;
}

// What the server takes while orders change and every page asks again.
async function asked(server, sockets, seconds) {
  const changes = launch(client, flags(server, 'views', '--sockets', 1, '--rate',
    RATE, '--seconds', seconds + 5, '--max-rate', 1));
  await changes.line(/subscribed/, 'err');
  const before = cpuUs(server.pid);
  const draws = await redraw(server, sockets * DRAWS, seconds);
  const share = (cpuUs(server.pid) - before) / (seconds * 1e6);
  await within(changes.exit, 60_000);
  return { draws, share };
}

const percent = (share) => `${(100 * share).toFixed(0)}%`;

async function* idle(bench, server) {
  const taken = [[], []];
  for (let i = 0; i < bench.rounds; i++) {
    const one = await look(server, 1, 5, 2 * bench.seconds);
    taken[0].push(one);
    const { out } = await load(client, flags(server, 'latency', '--count',
      bench.quick ? 50 : 300, '--warmup', 20), server.pid);
    taken[1].push(JSON.parse(out).post_to_frame);
  }
  const [ours, event] = taken.map(medians);
  yield { what: 'change to view\'s frame, 5 changes/s, p50', unit: 'us',
    ours: ours.age_p50_us, baseline: 'event\'s frame', base: event.p50_us,
    p50_us: ours.age_p50_us, p99_us: ours.age_p99_us, max_us: ours.age_max_us,
    base_p50_us: event.p50_us, base_p99_us: event.p99_us,
    base_max_us: event.max_us, bar: '<= event + 1 ms',
    met: ours.age_p50_us <= event.p50_us + 1000 };
}

async function* many(bench, server) {
  const sockets = bench.quick ? 100 : 1000;
  const most = 1e6 / MAX_RATE + 5000;
  for (const [what, more] of [['one view', []],
    ['views that differ', ['--different']]]) {
    const taken = [];
    for (let i = 0; i < bench.rounds; i++)
      taken.push(await look(server, sockets, RATE, bench.seconds, more));
    const one = medians(taken);
    const again = more.length ? undefined
      : await asked(server, sockets, bench.seconds);
    const share = one.server_us / one.us;
    yield { what: `${sockets} sockets, ${what}, ${RATE} changes/s: ` +
      'of a core', unit: '%', ours: 100 * share,
      ...(again && { baseline: `every page asks again after 400 ms ` +
        `(${Math.round(again.draws)} draws/s)`, base: 100 * again.share }),
      p50_us: one.wait_p50_us, p99_us: one.wait_p99_us, max_us: one.wait_max_us,
      cpu_us: one.server_us / one.frames,
      generator_us: one.generator_us / one.frames, rss: one.rss,
      bar: `<= 15% of a core, p99 of a change's wait <= ${most / 1000} ms`,
      met: share <= 0.15 && one.wait_p99_us <= most,
      note: `${one.frames_per_s} frames/s, ${one.combined} changes combined; ` +
        `engine ${one.engine_us.toFixed(1)} us an event` };
  }
}

async function* back(bench, server) {
  const sockets = bench.quick ? 500 : 10000;
  const one = await look(server, sockets, 1, 1);
  yield { what: `${sockets} sockets return, each with a view`, unit: 'ms',
    ours: one.gathered_us / 1000, cpu_us: one.server_us / sockets,
    generator_us: one.generator_us / sockets, rss: one.rss,
    bar: '10000 within 5 s', met: one.gathered_us * 10000 / sockets <= 5e6,
    note: percent(one.server_us / one.us) + ' of a core' };
}

export async function* views(bench) {
  const server = await serverOf(bench.size, bench.quick ? 500 : 1000);
  yield* idle(bench, server);
  yield* many(bench, server);
  yield* back(bench, server);
  await endWorld(server.world);
}
