// The faults a run chooses from. Each breaks something, waits until it has
// been felt, and mends it. They touch this world's own processes alone.
import { writeFile } from 'node:fs/promises';
import { run } from '../e2e/lib/processes.mjs';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function redisCommand(world, ...args) {
  await run('redis-cli', ['-s', `${world.dir}/redis.sock`, ...args]);
}

async function workers(world) {
  const { out } = await run('pgrep', ['-P', String(world.daemon.child.pid)]);
  return out.trim().split('\n').filter(Boolean).map(Number);
}

export const faults = {
  async 'Redis killed and started'(world, random) {
    await world.redis.stop('SIGKILL');
    await pause(100 + random.below(1500));
    await world.startRedis();
  },
  async 'Redis restarted'(world) {
    await world.redis.stop();
    await world.startRedis();
  },
  async 'Redis paused'(world, random) {
    world.redis.child.kill('SIGSTOP');
    await pause(200 + random.below(3000));
    world.redis.child.kill('SIGCONT');
  },
  async 'Redis flushed'(world) {
    await redisCommand(world, 'FLUSHALL');
  },
  async 'Redis clients killed'(world, random) {
    await redisCommand(world, 'CLIENT', 'KILL', 'TYPE',
                       random.pick(['pubsub', 'normal']));
  },
  async 'Redis output limit hit'(world) {
    await redisCommand(world, 'CONFIG', 'SET', 'client-output-buffer-limit',
                       'pubsub 2048 1024 1');
    await pause(500);
    await redisCommand(world, 'CONFIG', 'SET', 'client-output-buffer-limit',
                       'pubsub 33554432 8388608 60');
  },
  async 'a worker killed'(world, random) {
    const pids = await workers(world);
    if (pids.length) process.kill(random.pick(pids), 'SIGKILL');
    await pause(300);
  },
  async 'the daemon killed'(world) {
    world.daemon.child.kill('SIGKILL');
    await world.daemon.untilEnd();
    await world.startDaemon({ port: world.port });
  },
  async 'the daemon restarted'(world) {
    await world.stopDaemon();
    await world.startDaemon({ port: world.port });
  },
  async 'settings reloaded'(world) {
    world.daemon.child.kill('SIGHUP');
    await pause(500);
  },
  async 'the disk full and freed'(world, random) {
    if (!world.disk) return;
    await world.disk.fill();
    await pause(200 + random.below(1000));
    await world.disk.free();
  },
  async 'the clock stepped'(world, random) {
    if (!world.clock) return;
    const step = random.below(7200) - 3600;
    await writeFile(world.clock, `${step < 0 ? '-' : '+'}${Math.abs(step)}\n`);
    await pause(300);
    await writeFile(world.clock, '+0\n');
  },
};
