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
import { Crowd, USERS } from './crowd.mjs';
import { faults } from './faults.mjs';
import { Random } from './random.mjs';

const EACH = { writers: 2, replicas: 6, viewers: 2 };
const DISK_MB = 96;
// Both workers together, once the clients have gone: what SQLite may keep in
// its caches, and no more for what was answered and sent.
const MEMORY_MAX_MB = 300;
const TOLD = 4000; // characters of each log, where a run broke off
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
                        FAKETIME_NO_CACHE: '1', DONT_FAKE_MONOTONIC: '1',
                        // Its lock would stay with a worker that is killed, and
                        // then no other could look at a file any more.
                        NO_FAKE_STAT: '1' } };
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

async function breakThings(world, counts, until) {
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

async function go(world) {
  const crowd = await Crowd.gather(world, seed, EACH);
  const { counts } = crowd;
  const until = Date.now() + seconds * 1000;
  crowd.write();
  await Promise.all([crowd.disturb(random, () => Date.now() >= until),
                     breakThings(world, counts, until)]);
  await crowd.rest();
  const found = await crowd.judge(world.database);
  crowd.leave();
  counts.memoryKb = await memoryKb(world);
  if (counts.memoryKb > MEMORY_MAX_MB * 1024)
    found.push(`the workers keep ${counts.memoryKb} KB`);
  await world.stop();
  return { counts, found };
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
  try {
    const { counts, found } = await go(world);
    for (const fault of found.slice(0, 20)) say(`LOST: ${fault}`);
    console.log(JSON.stringify({ seed, seconds, ...counts,
                                 lost: found.length }));
    return found.length ? 1 : 0;
  } catch (error) {
    for (const daemon of world.daemons) say(daemon.err.slice(-TOLD));
    await world.kill();
    throw error;
  } finally {
    if (disk) await disk.drop();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  say(error.stack);
  process.exitCode = 1;
}
process.exit();
