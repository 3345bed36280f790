// The faults that a run goes through: each is given the site, numbers to choose
// by, and the crowd. Each breaks something, waits until those
// whom it concerns say so, and mends it.
import { cut, join } from './machine.mjs';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const isUnready = (said) => said?.status === 503;
const isReady = (said) => said?.status === 200 && said.word === 'ready';
const isDegraded = (said) => said?.status === 200 && said.word === 'degraded';
const hasNoRedis = (said) => isDegraded(said) && said.redis === 'down';
const cannotWrite = (said) => isDegraded(said) && said.writes === 'failing';

const others = (list, one) => list.filter((other) => other !== one);

async function killAndStart(site, machine, felt) {
  await machine.kill();
  await felt?.();
  await site.start(machine);
}

// While a and b do not hear each other.
async function whileCut(a, b, felt) {
  cut(a, b);
  await felt();
  join(a, b);
}

async function stall(machine, felt) {
  machine.stall();
  await felt();
  machine.wake();
}

async function powerOff(machine) {
  machine.unplug();
  await machine.kill();
}

// The old primary comes back as the new one's standby.
async function letIn({ cluster }, random) {
  if (random.below(2)) await cluster.rewindStandby();
  else await cluster.makeStandby();
}

const daemons = {
  async 'a daemon killed'(site, random) {
    await killAndStart(site, random.pick(site.daemons));
  },
  async 'a daemon stalled'(site, random) {
    await stall(random.pick(site.daemons),
                () => pause(1000 + random.below(7000)));
  },
  async "a daemon's machine off"(site, random) {
    const daemon = random.pick(site.daemons);
    await powerOff(daemon);
    await pause(random.below(4000));
    await daemon.plug();
    await site.start(daemon);
  },
  async 'a daemon cut off from the balancer'(site, random) {
    const daemon = random.pick(site.daemons);
    await whileCut(daemon, site.balancer, () => pause(random.below(6000)));
    await site.tell([daemon], isReady, 'one that is cut off from the balancer');
  },
  async 'a daemon cut off from the primary'(site, random) {
    const daemon = random.pick(site.daemons);
    await whileCut(daemon, site.cluster.primary.machine, async () => {
      await site.tell([daemon], isUnready, 'the primary to be missed by one');
      await site.tell(others(site.daemons, daemon), isReady,
                      'the primary not to be missed by others');
    });
  },
  async 'a daemon does not hear the primary'(site, random) {
    const daemon = random.pick(site.daemons);
    const { machine } = site.cluster.primary;
    machine.loseWay(daemon);
    await site.tell([daemon], isUnready, 'the primary to be missed by one');
    machine.findWay(daemon);
  },
  async 'a daemon cut off from a Redis'(site, random) {
    const daemon = random.pick(site.daemons);
    await whileCut(daemon, random.pick(site.redises), async () => {
      await site.tell([daemon], isDegraded, 'a Redis to be missed by one');
      await site.tell(others(site.daemons, daemon), isReady,
                      'a Redis not to be missed by others');
    });
  },
  async 'the balancer killed'(site) {
    await killAndStart(site, site.balancer);
  },
  async 'the balancer stalled'(site, random) {
    await stall(site.balancer, () => pause(random.below(4000)));
  },
};

const redises = {
  async 'a Redis killed'(site, random) {
    await killAndStart(site, random.pick(site.redises), () =>
      site.tell(site.daemons, isDegraded, 'a Redis to be missed'));
  },
  async 'a Redis stalled'(site, random) {
    await stall(random.pick(site.redises), () =>
      site.tell(site.daemons, isDegraded, 'a Redis to be missed'));
  },
  async 'a Redis cut off'(site, random) {
    const redis = random.pick(site.redises);
    redis.unplug();
    await site.tell(site.daemons, isDegraded, 'a Redis to be missed');
    await redis.plug();
  },
  async 'both Redis cut off'(site, random) {
    for (const redis of site.redises) redis.unplug();
    await site.tell(site.daemons, hasNoRedis, 'both Redis to be missed');
    await pause(random.below(2000));
    for (const redis of site.redises) await redis.plug();
  },
};

const databases = {
  async 'the primary killed'(site) {
    await killAndStart(site, site.cluster.primary.machine, () =>
      site.tell(site.daemons, isUnready, 'the primary to be missed'));
  },
  async 'the primary stalled'(site) {
    await stall(site.cluster.primary.machine, () =>
      site.tell(site.daemons, isUnready, 'the primary to be missed'));
  },
  async 'the primary off'(site) {
    const { machine } = site.cluster.primary;
    await powerOff(machine);
    await site.tell(site.daemons, isUnready, 'the primary to be missed');
    await machine.plug();
    await site.start(machine);
  },
};

// What only those that wait for the standby come through.
const safe = {
  async 'the standby killed'(site) {
    await killAndStart(site, site.cluster.standby.machine, () =>
      site.tell(site.daemons, cannotWrite, 'the standby to be missed'));
  },
  async 'the standby stalled'(site) {
    await stall(site.cluster.standby.machine, () =>
      site.tell(site.daemons, cannotWrite, 'the standby to be missed'));
  },
  async 'the standby cut off'(site) {
    const { primary, standby } = site.cluster;
    await whileCut(primary.machine, standby.machine, () =>
      site.tell(site.daemons, cannotWrite, 'the standby to be missed'));
    await site.cluster.follows();
  },
  async 'the primary off, and its standby promoted'(site, random) {
    const old = site.cluster.primary.machine;
    await powerOff(old);
    await site.cluster.promote();
    await site.tell(site.daemons, cannotWrite,
                    'the promoted one to be read without a standby');
    await old.plug();
    await letIn(site, random);
  },
  // It goes on for one daemon, whose writes it keeps waiting.
  async 'the primary cut off with a daemon, and its standby promoted'(
    site, random) {
    const daemon = random.pick(site.daemons);
    const old = site.cluster.primary.machine;
    const rest = others(site.daemons, daemon);
    const here = [daemon, old];
    const there = [...rest, site.cluster.standby.machine];
    for (const a of here) for (const b of there) cut(a, b);
    await site.cluster.promote();
    await site.tell([daemon], cannotWrite, 'the standby to be missed by one');
    await powerOff(old);
    for (const a of here) for (const b of there) join(a, b);
    await old.plug();
    await letIn(site, random);
  },
};

// What the standby did not have is gone, and no more than that.
async function loseEnd({ cluster }, random, crowd) {
  const old = cluster.primary;
  cut(old.machine, cluster.standby.machine);
  await crowd.hasWritten(50 + random.below(500));
  await crowd.rest();
  await powerOff(old.machine);
  await cluster.promote();
  join(old.machine, cluster.primary.machine);
  await old.serve(); // where nobody sees it
  await crowd.lose(old.url, cluster.primary.url);
  await old.machine.kill();
  return old.machine;
}

const unsafe = {
  async 'the primary lost before its standby had all'(site, random, crowd) {
    const old = await loseEnd(site, random, crowd);
    await old.plug();
    await letIn(site, random);
    crowd.write();
  },
  async 'the primary lost so, and the promoted one killed'(site, random, crowd) {
    const old = await loseEnd(site, random, crowd);
    crowd.write();
    await crowd.hasWritten(50);
    await killAndStart(site, site.cluster.primary.machine);
    await crowd.hasWritten(50);
    await site.ready(); // without the other
    await old.plug();
    await letIn(site, random);
  },
};

// Those of a site whose commits wait for the standby, or do not.
export const faults = (isSafe) => ({ ...daemons, ...redises, ...databases,
                                     ...isSafe ? safe : unsafe });
