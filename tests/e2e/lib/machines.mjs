// More daemons of a world's database, each as on a machine of its own.
import { join } from 'node:path';
import { Session } from './http.mjs';
import { Postgres } from './postgres.mjs';
import { Process } from './processes.mjs';
import { Stream } from './stream.mjs';
import { bin, withWorld } from './world.mjs';

// body gets a world on a server of its own.
export const withServer = (options, body) => async () => {
  const server = await Postgres.start();
  try {
    await withWorld({ ...options, database: server.url },
                    (world) => body(world, server))();
  } finally {
    await server.stop();
  }
};

// database: another address of the same one.
export async function second(world, { database = world.database } = {}) {
  const daemon = new Process(join(bin, 'lws-app'), ['serve', '--listen',
    '127.0.0.1:0', '--database', database, ...world.redisFlags(),
    ...world.settings], { env: world.env, cwd: world.dir });
  world.daemons.push(daemon);
  const [, port] = await daemon.line(/^ready port=(\d+)$/m);
  return { daemon, port, url: `${world.scheme}://127.0.0.1:${port}` };
}

// The same login, at another daemon.
export function at(url, session) {
  const other = new Session(url);
  other.token = session.token;
  return other;
}

export async function followAt(world, url, session) {
  const stream = new Stream(url, session, {});
  world.streams.push(stream);
  await stream.opened;
  stream.joined = await stream.subscribe();
  return stream;
}
