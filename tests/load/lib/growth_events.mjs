// Curves of events: how much a delivery costs with many sockets, and when it
// comes while more and more orders are placed.
import { join } from 'node:path';
import { bin } from '../../e2e/lib/world.mjs';
import { endWorld, pidOf, worldOf } from './data.mjs';
import { counter } from './http_rows.mjs';
import { cpuUs, launch, load, medians, rssBytes, waitUs } from './measure.mjs';

const client = join(bin, 'lws-app-client');
const flags = (world) => ['--url', world.url, '--username', 'demo', '--token',
                          world.demo.token, '--json'];

// Creates at that rate, and a socket that hears of each: load_paced sends when
// one is due, whether or not the server keeps up.
export async function paced(world, rate, seconds) {
  const pid = pidOf(world);
  const threads = () => ({ loop: cpuUs(pid, 'lws-app'),
                           writer: cpuUs(pid, 'writer'), all: cpuUs(pid),
                           late: waitUs(pid, 'lws-app') +
                                 waitUs(pid, 'writer') });
  const before = threads();
  const committed = await counter(world, 'lwsapp_commit_seconds_total');
  const { out, generator_us } = await load(join(bin, 'load_paced'),
    [String(world.port), world.demo.token, String(rate), String(seconds)], pid);
  const result = JSON.parse(out);
  const after = threads();
  const share = (us) => us / result.us;
  return { ...result, cpu_us: (after.all - before.all) / result.sent,
           generator_us: generator_us / result.sent,
           loop: share(after.loop - before.loop),
           writer: share(after.writer - before.writer),
           late: share(after.late - before.late),
           server: share(after.all - before.all),
           commits: share(1e6 * (await counter(world,
             'lwsapp_commit_seconds_total') - committed)),
           generator: share(generator_us) };
}

async function held(world, count) {
  const pid = pidOf(world);
  const before = { rss: rssBytes(pid), us: cpuUs(pid) };
  const idle = launch(client, [...flags(world), 'bench', 'idle', '--sockets',
                               String(count), '--hold', '600']);
  await idle.line(/subscribed/);
  const each = { bytes: (rssBytes(pid) - before.rss) / count,
                 handshake_us: (cpuUs(pid) - before.us) / count };
  await idle.stop();
  return each;
}

async function fanout(world, count, events, handshake_us) {
  const { out, server_us, generator_us, rss } = await load(client,
    [...flags(world), 'bench', 'fanout', '--sockets', String(count), '--count',
     String(events), '--keep'], pidOf(world));
  const { deliveries_per_s, p50_us, p99_us } = JSON.parse(out);
  const deliveries = count * events;
  return { rate: deliveries_per_s, p50_us, p99_us, rss,
           cpu_us: (server_us - handshake_us * count) / deliveries,
           generator_us: generator_us / deliveries };
}

// The daemon starts anew for each point: memory that was free would hide what
// the next sockets take. What the handshakes took is not in a delivery's cost.
export async function sockets(growth) {
  const world = await worldOf(0);
  const points = [];
  for (const count of growth.quick ? [10, 100]
    : [10, 100, 1000, 2000, 5000, 10000]) {
    await world.restartDaemon();
    const { bytes, handshake_us } = await held(world, count);
    const events = Math.min(500, Math.max(50, Math.round(200000 / count)));
    const taken = [];
    for (let i = 0; i < growth.rounds; i++)
      taken.push(await fanout(world, count, events, handshake_us));
    // Of a few, memory comes in pages of more than they need.
    points.push({ sockets: count, ...medians(taken), handshake_us,
                  ...(count >= 100 ? { socket_bytes: bytes } : {}) });
    growth.say(points.at(-1));
  }
  await endWorld(world);
  return points;
}

// Ends once the server falls behind: what comes after that is a queue.
export async function events(growth) {
  const world = await worldOf(growth.quick ? 1000 : 20000);
  const points = [];
  for (const rate of growth.quick ? [500, 2000]
    : [500, 1000, 2000, 5000, 10000, 15000, 20000, 25000, 30000, 35000, 40000]) {
    const taken = [];
    for (let i = 0; i < growth.rounds; i++)
      taken.push(await paced(world, rate, growth.quick ? 1 : 2));
    points.push(medians(taken));
    growth.say(points.at(-1));
    if (points.at(-1).rate < 0.9 * rate) break;
  }
  await endWorld(world);
  return points;
}
