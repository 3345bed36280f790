// A world per test: a daemon, its database and, where asked for, a real Redis,
// in a temporary folder of their own.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { makeDatabase } from './copies.mjs';
import { Process, run } from './processes.mjs';
import { Session } from './http.mjs';
import { freePort } from './ports.mjs';
import { Stream } from './stream.mjs';
import { everywhere, sharedPair } from './tls.mjs';

export const bin = process.env.LWSAPP_BIN ??
  resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname,
          '../../../build/bin');

// Few iterations: these tests are not about the cost of a password.
const environment = { ...process.env, LWSAPP_PASSWORD_ITERATIONS: '1000' };

// The PostgreSQL that every world has a database of; undefined: each has a file
// of SQLite's.
export const server = process.env.LWSAPP_TEST_DATABASE;

// A command of the program; fails the test unless it exits with code.
async function command(args, { code = 0, ...options }) {
  const result = await run(join(bin, 'lws-app'), args,
                           { env: environment, ...options });
  assert.equal(result.code, code, result.out + result.err);
  return result;
}

// The password is the name and "-secret".
const createUser = (name, how, args, options) =>
  command([how, '--username', name, '--password-stdin', ...args],
          { ...options, input: `${name}-secret\n` });

async function createUsers(database, users) {
  const args = ['--database', database];
  for (const name of users) await createUser(name, 'createuser', args);
  await createUser('boss', 'createsuperuser', args);
}

export class World {
  // redis: a real one, or how many; workers: processes; settings: further flags; unix: not a
  // port is listened on, but world.path; dir: where the folder is made; env: more
  // of the daemon's environment; tls: https; database: one that is there.
  static async start({ redis = false, workers = 1, settings = [], dir, env,
                       database, tls = everywhere, unix = false,
                       users = ['demo', 'other'] } = {}) {
    const world = new World();
    world.dir = await mkdtemp(join(dir ?? tmpdir(), 'lws-app-'));
    world.database = database ?? await makeDatabase(
      server, join(world.dir, 'orders.db'), users.join(),
      (where) => createUsers(where, users));
    world.settings = [...settings];
    world.workers = workers;
    if (unix) world.path = join(world.dir, 'http.sock');
    world.scheme = tls ? 'https' : 'http';
    if (tls) {
      const { cert, key } = sharedPair();
      world.settings.push('--tls-cert', cert, '--tls-key', key);
    }
    world.env = { ...environment, ...env };
    world.streams = [];
    world.daemons = [];
    world.redises = [];
    try {
      for (let i = 0; i < (Number(redis) || Number(workers > 1)); i++)
        await world.startRedis(i);
      if (database) await createUsers(database, users);
      await world.startDaemon();
    } catch (error) {
      await world.kill();
      throw error;
    }
    return world;
  }

  // i: which one of several, the first of which is world.redis.
  async startRedis(i = 0) {
    const socket = `${this.dir}/redis${i || ''}.sock`;
    const redis = new Process('redis-server', [
      '--port', '0', '--unixsocket', socket, '--save', '',
      '--appendonly', 'no', '--dir', this.dir]);
    this.redises[i] = redis;
    if (i === 0) {
      this.redis = redis;
      this.redisUrl = `unix://${socket}`;
    }
    await redis.line(/eady to accept connections/);
  }

  redisFlags() {
    if (!this.redisUrl) return [];
    const others = this.redises.map((_, i) =>
      ['--redis', `unix://${this.dir}/redis${i}.sock`]).slice(1);
    return ['--redis', this.redisUrl, ...others.flat()];
  }

  command(args, { redis = true, ...options } = {}) {
    return command([...args, ...this.commandFlags(redis)],
                   { cwd: this.dir, ...options });
  }

  commandFlags(redis) {
    return ['--database', this.database, ...(redis ? this.redisFlags() : [])];
  }

  createUser(name, how = 'createuser') {
    return createUser(name, how, this.commandFlags(true), { cwd: this.dir });
  }

  // path: of a unix socket, in place of host and port.
  async startDaemon({ host = '127.0.0.1', port, ready = true,
                      path = this.path } = {}) {
    port ??= await freePort();
    this.daemon = new Process(join(bin, 'lws-app'), [
      'serve', '--listen', path ? `unix:${path}` : `${host}:${port}`,
      '--database', this.database,
      '--workers', String(this.workers), ...this.redisFlags(),
      ...this.settings], { env: this.env, cwd: this.dir });
    this.daemons.push(this.daemon);
    if (!ready) return;
    if (path) {
      await this.daemon.line(/^ready unix=(.+)$/m);
      return;
    }
    const [, taken] = await this.daemon.line(/^ready port=(\d+)$/m);
    this.port = Number(taken);
    this.url = `${this.scheme}://127.0.0.1:${this.port}`;
  }

  // SIGTERM: it must end by itself, with 0 and nothing from a sanitizer.
  async stopDaemon() {
    const { code, signal } = await this.daemon.stop();
    assert.deepEqual({ code, signal }, { code: 0, signal: null },
                     this.daemon.err);
  }

  async restartDaemon() {
    await this.stopDaemon();
    await this.startDaemon({ port: this.port });
  }

  // A browser-like session: cookies and CSRF token.
  async login(name, password = `${name}-secret`) {
    const session = new Session(this.url);
    await session.login(name, password);
    return session;
  }

  // A session that speaks with a token.
  async token(name, password = `${name}-secret`) {
    const session = new Session(this.url);
    const { status, body } = await session.post('/api/token/',
      { username: name, password });
    assert.equal(status, 200, JSON.stringify(body));
    session.token = body.token;
    return session;
  }

  // An open websocket of a session (or of nobody).
  async open(session, options = {}) {
    const stream = new Stream(this.url, session, options);
    this.streams.push(stream);
    await stream.opened;
    return stream;
  }

  // Opened and subscribed.
  async follow(session, command = {}) {
    const stream = await this.open(session);
    stream.joined = await stream.subscribe(command);
    return stream;
  }

  async kill() {
    for (const process of [...this.daemons, this.redis, ...this.redises]) {
      if (process && !process.ended) await process.stop('SIGKILL');
    }
    await rm(this.dir, { recursive: true, force: true });
  }

  async stop() {
    for (const stream of this.streams) stream.socket.terminate();
    try {
      for (const daemon of this.daemons) {
        // One that begins anew at the moment ends by the signal itself.
        if (!daemon.ended && daemon === this.daemon) await this.stopDaemon();
        else if (!daemon.ended) await daemon.stop('SIGKILL');
        assert.doesNotMatch(daemon.err,
          /(Sanitizer|runtime error:)/, 'a sanitizer reported');
      }
    } finally { // or the test would not end
      for (const redis of new Set([this.redis, ...this.redises])) {
        if (!redis || redis.ended) continue;
        redis.child.kill('SIGCONT');
        await redis.stop();
      }
      await rm(this.dir, { recursive: true, force: true });
    }
  }
}

// withWorld({redis: true}, async (world) => {...}): a test's body.
export function withWorld(options, body) {
  return async () => {
    const world = await World.start(options);
    try {
      await body(world);
    } catch (error) {
      console.error(world.daemons.map((daemon) => daemon.err).join('\n'));
      for (const daemon of world.daemons) {
        if (!daemon.ended) await daemon.stop('SIGKILL');
      }
      throw error;
    } finally {
      await world.stop();
    }
  };
}
