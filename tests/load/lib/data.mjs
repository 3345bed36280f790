// A daemon with that many orders of the user demo, always the same ones.
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { bin, World } from '../../e2e/lib/world.mjs';
import { finish, started, starting } from './measure.mjs';

// Numbers that look random and are the same in each run.
export function numbers(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const hex = (next, length) =>
  Array.from({ length }, () => next(16).toString(16)).join('');

function line(next, i) {
  const id = i % 2 ? '' : [8, 4, 4, 4, 12].map((n) => hex(next, n)).join('-');
  return `SYM${String(next(500)).padStart(3, '0')},` +
    `${next(2) ? 'buy' : 'sell'},${next(9999) + 1},` +
    `${next(100000) / 100},${id}\n`;
}

// owner: the name of the one each row is of, if the file shall say it. Files of
// different seeds have no client_order_id in common.
export async function writeOrders(file, count, { seed = 7, owner } = {}) {
  const next = numbers(seed);
  const out = createWriteStream(file);
  out.write(`${owner ? 'owner,' : ''}` +
            'instrument,side,quantity,price,client_order_id\n');
  for (let i = 0; i < count; i += 1000) {
    const lines = Array.from({ length: Math.min(1000, count - i) }, (_, j) =>
      (owner ? `${owner(i + j)},` : '') + line(next, i + j)).join('');
    if (!out.write(lines)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}

// A file of orders, to the user demo, and a daemon that starts with them.
export async function bringIn(world, file) {
  await finish(join(bin, 'lws-app'), ['import', file, '--owner', 'demo',
    '--database', world.database, ...world.redisFlags()]);
  await world.restartDaemon();
}

// One user stands for thousands here, so the rates of one are lifted.
const lifted = ['--commands-per-user', '0', '--commands-per-socket', '0'];

// world.demo: its headers, by token.
export async function worldOf(orders, options = {}) {
  const coming = World.start({ tls: false, ...options, settings: [
    '--log-level', 'error', ...lifted, ...(options.settings ?? [])] })
    .then((world) => {
      started.add(world);
      return world;
    });
  starting.add(coming);
  const world = await coming.finally(() => starting.delete(coming));
  if (orders) {
    const file = join(world.dir, 'orders.csv');
    await writeOrders(file, orders);
    await bringIn(world, file);
  }
  world.demo = await world.token('demo');
  return world;
}

export const pidOf = (world) => world.daemon.child.pid;

export async function endWorld(world) {
  await world.stop();
  started.delete(world);
}
