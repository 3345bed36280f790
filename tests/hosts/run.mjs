// Machines that fail: three daemons, a PostgreSQL primary and its standby, two
// Redis and a balancer, each in a network namespace of its own; the writers and
// clients of the chaos test before them, and one fault after the other.
//   node tests/hosts/run.mjs [--seed N] [--faults N | --minutes N]
//                            [--durability standby | local] [--only REGEX]
// local: commits do not wait for the standby. --only: faults whose names match.
// The same seed chooses the same faults in the same order. Ends with a line of
// JSON; exit 0 only when nothing was lost, 77 where there can be no such network.
import { parseArgs } from 'node:util';
import { Crowd, USERS } from '../chaos/crowd.mjs';
import { Random } from '../chaos/random.mjs';
import { faults as faultsOf } from './faults.mjs';
import { enter, isInside, whyNot } from './own_system.mjs';
import { Site } from './site.mjs';

const EACH = { writers: 1, replicas: 3, viewers: 1 };
const SKIPPED = 77;
const TOLD = 4000; // characters of each log, where a run broke off

const { values } = parseArgs({ options: {
  seed: { type: 'string', default: '1' },
  faults: { type: 'string', default: '8' },
  minutes: { type: 'string' },
  durability: { type: 'string', default: 'standby' },
  only: { type: 'string', default: '' },
} });
const seed = Number(values.seed);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const say = (text) => process.stderr.write(`${text}\n`);

// All of them in some order, then all in another.
function* chosen(names, random) {
  const until = Date.now() + Number(values.minutes) * 60_000;
  let left = values.minutes ? Infinity : Number(values.faults);
  for (;;) {
    for (const name of random.shuffle(names)) {
      if (left-- <= 0 || Date.now() >= until) return;
      yield name;
    }
  }
}

async function breakThings(site, crowd, random) {
  const faults = faultsOf(site.isSafe);
  const names = Object.keys(faults).filter((name) =>
    new RegExp(values.only).test(name));
  for (const name of chosen(names, random)) {
    await pause(300 + random.below(1500));
    say(`  ${name}`);
    const began = Date.now();
    await faults[name](site, random, crowd);
    const mended = Date.now();
    await site.ready();
    say(`    ${mended - began} ms, ready after ${Date.now() - mended} ms`);
    site.checkAlive();
    await site.checkEpoch();
    crowd.counts.faults[name] = (crowd.counts.faults[name] ?? 0) + 1;
  }
}

async function go(site) {
  const crowd = await Crowd.gather(site, seed, EACH);
  let isOver = false;
  crowd.write();
  const disturbing = crowd.disturb(new Random(seed + 1), () => isOver);
  await breakThings(site, crowd, new Random(seed));
  isOver = true;
  await disturbing;
  await crowd.rest();
  const found = await crowd.judge(site.cluster.primary.url);
  crowd.leave();
  await site.stop();
  return { counts: crowd.counts, found };
}

async function main() {
  say(`seed ${seed}, durability ${values.durability}`);
  const site = await Site.start({ users: USERS,
                                  isSafe: values.durability === 'standby' });
  try {
    const { counts, found } = await go(site);
    for (const fault of found.slice(0, 20)) say(`LOST: ${fault}`);
    console.log(JSON.stringify({ seed, ...counts, lost: found.length }));
    return found.length ? 1 : 0;
  } catch (error) {
    for (const { name, process } of site.machines)
      say(`${name}: ${(process.out + process.err).slice(-TOLD)}`);
    throw error;
  }
}

if (!isInside()) {
  const reason = whyNot();
  if (reason) say(`[  SKIPPED ] ${reason}`);
  process.exit(reason ? SKIPPED : enter());
}
try {
  process.exitCode = await main();
} catch (error) {
  say(error.stack);
  process.exitCode = 1;
}
process.exit();
