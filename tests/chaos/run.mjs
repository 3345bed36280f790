// The chaos test: writers, clients that keep tables or look at live views, and a
// fault every few seconds; at the end every table and every view equals the
// database, row by row, and every acknowledged write is there once.
//   node tests/chaos/run.mjs [--seed N] [--seconds N]
// The same seed chooses the same faults in the same order. Ends with a line of
// JSON; exit 0 only when nothing was lost.
import { execFileSync } from 'node:child_process';
import { access, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Disk } from '../e2e/lib/disk.mjs';
import { World } from '../e2e/lib/world.mjs';
import { faults } from './faults.mjs';
import { Random } from './random.mjs';
import { Replica } from './replica.mjs';
import { Rows } from './rows.mjs';
import { ViewReplica } from './view_replica.mjs';
import { Writer } from './writer.mjs';

const USERS = ['ann', 'bob', 'cat', 'dan'];
const WRITERS_EACH = 2;
const REPLICAS_EACH = 6;
const VIEWERS_EACH = 2;
const DISK_MB = 96;
// Both workers together, once the clients have gone: what SQLite may keep in
// its caches, and no more for what was answered and sent.
const MEMORY_MAX_MB = 300;
const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';

const { values } = parseArgs({ options: {
  seed: { type: 'string', default: '1' },
  seconds: { type: 'string', default: '20' },
} });
const seed = Number(values.seed);
const seconds = Number(values.seconds);
const random = new Random(seed);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const say = (text) => process.stderr.write(`${text}\n`);

const counts = { acknowledged: 0, unanswered: 0, unavailable: 0, events: 0,
                 loads: 0, recoveries: 0, folds: 0, foldedItems: 0, resyncs: 0,
                 heartbeats: 0, views: 0, viewsAgain: 0, patches: 0, drops: 0,
                 stalls: 0, faults: {} };

// A clock that a file moves, where libfaketime is installed.
async function makeClock(dir) {
  const file = join(dir, 'clock');
  try {
    await access(FAKETIME);
  } catch {
    return null;
  }
  await writeFile(file, '+0\n');
  return { file, env: { LD_PRELOAD: FAKETIME, FAKETIME_TIMESTAMP_FILE: file,
                        FAKETIME_NO_CACHE: '1', DONT_FAKE_MONOTONIC: '1' } };
}

async function memoryKb(world) {
  const pids = execFileSync('pgrep', ['-P', String(world.daemon.child.pid)])
    .toString().trim().split('\n');
  let total = 0;
  for (const pid of pids) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    total += Number(status.match(/VmRSS:\s+(\d+)/)[1]);
  }
  return total;
}

async function disturb(replicas, until) {
  while (Date.now() < until) {
    const replica = random.pick(replicas);
    switch (random.below(4)) {
      case 0: replica.drop(); counts.drops++; break;
      case 1: replica.stall(); counts.stalls++; break;
      default: replica.wake();
    }
    await pause(50);
  }
}

async function breakThings(world, until) {
  const names = Object.keys(faults).filter((name) =>
    (world.disk || !name.includes('disk')) &&
    (world.clock || !name.includes('clock')));
  while (Date.now() < until) {
    await pause(300 + random.below(1500));
    const name = random.pick(names);
    say(`  ${name}`);
    counts.faults[name] = (counts.faults[name] ?? 0) + 1;
    await faults[name](world, random);
  }
}

async function judge(world, writers, replicas) {
  const rows = new Rows(world.database);
  const found = [];
  for (const user of USERS) {
    const position = await rows.position(user);
    const mine = replicas.filter((replica) => replica.user === user);
    const orders = await rows.orders(user);
    // Compared at once: a worker that retires closes its sockets any time.
    await Promise.all(mine.map(async (replica) => {
      await replica.reach(position);
      try {
        replica.compare(orders);
      } catch (error) {
        found.push(error.message);
      }
      found.push(...replica.faults);
    }));
    const known = { orders: [], writers: writers.filter((w) =>
      w.user === user) };
    for (const writer of known.writers) {
      writer.check(orders.filter((order) =>
        order.client_order_id.startsWith(`${writer.name}-`)));
      found.push(...writer.faults);
    }
  }
  for (const hole of await rows.holes())
    found.push(`the log has a hole: ${JSON.stringify(hole)}`);
  counts.rows = (await rows.column('SELECT count(*) FROM orders'))[0];
  counts.logged = (await rows.column('SELECT count(*) FROM event'))[0];
  return found;
}

async function main() {
  const disk = await Disk.make(DISK_MB).catch(() => null);
  const clock = await makeClock(disk?.dir ?? tmpdir());
  const world = await World.start({ workers: 2, users: USERS, dir: disk?.dir,
    env: clock?.env, settings: ['--log-level', 'warn'] });
  world.disk = disk;
  world.clock = clock?.file;
  say(`seed ${seed}, ${seconds} s` + (disk ? '' : ', no disk of its own') +
      (clock ? '' : ', no clock of its own'));

  const writers = [];
  const replicas = [];
  for (const user of USERS) {
    for (let i = 0; i < WRITERS_EACH; i++) {
      const writer = new Writer(`${user}${i}`, world, await world.token(user),
        new Random(seed * 1000 + writers.length), counts);
      writer.user = user;
      writers.push(writer);
    }
    for (let i = 0; i < REPLICAS_EACH + VIEWERS_EACH; i++) {
      const session = await world.token(user);
      const Kind = i < REPLICAS_EACH ? Replica : ViewReplica;
      const replica = new Kind(`${user}/${i}`, world.url, session.headers(),
                               counts);
      replica.user = user;
      replicas.push(replica);
    }
  }

  const until = Date.now() + seconds * 1000;
  const running = writers.map((writer) => writer.run());
  await Promise.all([disturb(replicas, until), breakThings(world, until)]);
  for (const writer of writers) writer.stopped = true;
  await Promise.all(running);

  const found = await judge(world, writers, replicas);
  for (const replica of replicas) replica.stop();
  counts.memoryKb = await memoryKb(world);
  if (counts.memoryKb > MEMORY_MAX_MB * 1024)
    found.push(`the workers keep ${counts.memoryKb} KB`);
  await world.stop();
  if (disk) await disk.drop();
  for (const fault of found.slice(0, 20)) say(`LOST: ${fault}`);
  console.log(JSON.stringify({ seed, seconds, ...counts,
                               lost: found.length }));
  process.exitCode = found.length ? 1 : 0;
}

await main();
