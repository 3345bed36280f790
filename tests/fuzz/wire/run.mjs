// Hostile bytes to a running daemon: mutated HTTP and websocket frames, many
// connections at once, in plain, over TLS, and to several workers joined by a
// Redis. A client that does nothing wrong is served all the while.
//   node tests/fuzz/wire/run.mjs [--seconds N] [--seed N]
// LWSAPP_BIN: the programs under test, a sanitizer build. The same seed sends
// the same bytes, one client as another (logins apart, which are new each
// time); that of a run that failed is taken again until one with it passes.
// Loopback alone. Ends with a line of JSON; exit 0 only when the daemon
// was well to its end and no sanitizer has said anything.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { World, bin } from '../../e2e/lib/world.mjs';
import { Good } from './good.mjs';
import { Hostile } from './hostile.mjs';

const CLIENTS = 8;
// Long before that many a run is over; it bounds what a fault of ours can do.
const CONNECTIONS_MAX = 1_000_000;
const LOG_SHOWN = 10_000; // bytes of its end
// The seed of a run that failed: the next one begins with it.
const kept = join(bin, '..', 'fuzz', 'wire-seed');
const modes = [
  { name: 'plain', options: {} },
  { name: 'tls', options: { tls: true } },
  { name: 'workers', options: { redis: true, workers: 3 } },
];

function keptSeed() {
  try {
    return readFileSync(kept, 'utf8').trim();
  } catch {
    return undefined;
  }
}

const { values } = parseArgs({ options: {
  help: { type: 'boolean', short: 'h' },
  seconds: { type: 'string', default: '60' },
  seed: { type: 'string',
          default: keptSeed() ?? String(Date.now() % 1_000_000) },
} });
if (values.help) {
  process.stdout.write('usage: tests/fuzz/wire/run.mjs [--seconds N] ' +
                       '[--seed N]\n');
  process.exit(0);
}
const seed = Number(values.seed);
const seconds = Number(values.seconds);
const counts = { connections: 0, requests: 0, sockets: 0, frames: 0, bytes: 0,
                 orders: 0, slowest_ms: 0 };

// Staff, so that most is open to them; no superuser, who could end the good
// client's login by right.
async function makeStaff(world, name) {
  const boss = await world.login('boss');
  const { body } = await boss.get(`/api/users/?search=${name}`);
  const answer = await boss.patch(`/api/users/${body.results[0].id}/`,
                                  { is_staff: true });
  if (answer.status !== 200) throw new Error(answer.text);
  return (await world.token(name)).token;
}

async function attack(world, began, ends) {
  const tokens = [(await world.token('demo')).token,
                  await makeStaff(world, 'clerk')];
  const good = await Good.start(world, 'other');
  const { epoch } = good.stream.joined.position;
  const first = counts.connections;
  let failed = false;
  const isOver = () => failed || performance.now() > ends ||
    counts.connections - first > CONNECTIONS_MAX;
  const hostiles = Array.from({ length: CLIENTS }, (_, i) =>
    new Hostile(world, { seed: seed * 1000 + began * 100 + i, tokens, epoch,
                         counts }));
  const all = [good, ...hostiles].map((client) =>
    client.run(isOver).catch((error) => {
      failed = true;
      throw error;
    }));
  try {
    await Promise.all(all);
  } finally {
    await Promise.allSettled(all);
  }
  counts.orders += good.orders;
  counts.slowest_ms = Math.round(Math.max(counts.slowest_ms, good.slowest_ms));
  if (!good.orders || counts.connections === first || !counts.bytes)
    throw new Error('nothing was sent: this shows nothing');
  await good.stream.close();
}

// From the first line of a sanitizer's report on.
function reports(world) {
  return world.daemons.map(({ err }) => {
    const at = err.search(/^.*(Sanitizer|runtime error:)/m);
    return at < 0 ? '' : err.slice(at, at + 20_000);
  }).join('');
}

async function run(mode, index) {
  const world = await World.start({ ...mode.options,
                                    users: ['demo', 'other', 'clerk'] });
  try {
    await attack(world, index,
                 performance.now() + seconds * 1000 / modes.length);
    const health = await (await world.token('other')).get('/healthz');
    if (health.status !== 200) throw new Error(health.text);
  } catch (error) {
    for (const daemon of world.daemons)
      process.stderr.write(daemon.err.slice(-LOG_SHOWN));
    for (const daemon of world.daemons) {
      if (!daemon.ended) await daemon.stop('SIGKILL');
    }
    throw error;
  } finally {
    // Ends by SIGTERM with 0, and without a sanitizer's report.
    await world.stop().finally(() => process.stderr.write(reports(world)));
  }
}

process.stderr.write(`wire: ${seconds} s; again with --seed ${seed}\n`);
try {
  for (const [index, mode] of modes.entries()) {
    process.stderr.write(`wire: ${mode.name}\n`);
    await run(mode, index);
  }
  rmSync(kept, { force: true });
} catch (error) {
  mkdirSync(dirname(kept), { recursive: true });
  writeFileSync(kept, `${seed}\n`);
  process.stderr.write(`FAILED: ${error.stack}\nagain: LWSAPP_BIN=${bin} node ` +
    `tests/fuzz/wire/run.mjs --seconds ${seconds} --seed ${seed}\n`);
  process.exitCode = 1;
}
process.stdout.write(`${JSON.stringify({ seed, seconds, ...counts })}\n`);
