// Secrets that come from files, as Docker and systemd hand them over.
import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { Process, run } from './lib/processes.mjs';
import { Session } from './lib/http.mjs';
import { bin, withWorld } from './lib/world.mjs';

const program = join(bin, 'lws-app');
const client = join(bin, 'lws-app-client');
const secret = 'hush-hush-7';

function call(world, args, { env = {}, input = '' } = {}) {
  return run(program, args, { cwd: world.dir, input,
    env: { ...process.env, LWSAPP_PASSWORD_ITERATIONS: '1000', ...env } });
}

async function put(world, name, text, mode = 0o600) {
  const path = join(world.dir, name);
  await writeFile(path, text, { mode });
  await chmod(path, mode);
  return path;
}

// A Redis that asks for the secret; returns its URL.
async function guardedRedis(world) {
  const socket = join(world.dir, 'guarded.sock');
  world.redis = new Process('redis-server', ['--port', '0', '--unixsocket',
    socket, '--save', '', '--appendonly', 'no', '--dir', world.dir,
    '--requirepass', secret]);
  await world.redis.line(/eady to accept connections/);
  return `unix://:${secret}@${socket}`;
}

const redisUp = async (world) => (await new Session(world.url)
  .get('/metrics')).text.match(/^lwsapp_redis_up\{worker="0"\} (.*)$/m)[1];

for (const how of ['flag', 'variable', 'line'])
  test(`the URL of Redis comes from a file named by a ${how}`, withWorld({},
    async (world) => {
      await world.stopDaemon();
      const file = await put(world, 'redis', `${await guardedRedis(world)}\n`);
      world.workers = 2;
      if (how === 'flag') world.settings.push('--redis-file', file);
      if (how === 'variable')
        world.env = { ...world.env, LWSAPP_REDIS_FILE: file, LWSAPP_REDIS: '' };
      if (how === 'line')
        world.settings.push('--config', await put(world, 'settings',
          `redis_file = ${file}\nlog_level = debug\n`));
      await world.startDaemon();
      await world.daemon.line(/redis\.up server=/, 'err');
      const { pid } = world.daemon.child;
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8');
      assert.ok(line.includes(world.database) && !line.includes(secret), line);
      // A command tells the server's Redis too.
      const told = await call(world, ['changepassword', '--username', 'demo',
        '--database', world.database, '--redis-file', file,
        '--password-stdin'], { input: 'another-secret-7\n' });
      assert.equal(told.code, 0, told.err);
      assert.equal(told.err, '');
      await world.stopDaemon();
      assert.ok(!world.daemon.err.includes(secret));
      assert.doesNotMatch(world.daemon.err, /secret_shared/);
    }));

test('a file of another secret is read at SIGHUP', withWorld({},
  async (world) => {
    await world.stopDaemon();
    const url = await guardedRedis(world);
    const file = await put(world, 'redis', url.replace(secret, 'wrong'));
    world.settings.push('--redis-file', file);
    await world.startDaemon();
    assert.equal(await redisUp(world), '0');
    await put(world, 'redis', '');
    world.daemon.child.kill('SIGHUP');
    await world.daemon.line(
      /serve\.reload_failed text="redis_file: names a file that is empty"/,
      'err');
    await put(world, 'redis', url);
    world.daemon.child.kill('SIGHUP');
    await world.daemon.line(/redis\.up server=/, 'err');
    await world.stopDaemon();
    assert.ok(!world.daemon.err.includes(secret));
  }));

test('a file of a secret that is no good stops the start, named', withWorld({},
  async (world) => {
    await world.stopDaemon();
    const good = await put(world, 'good', `unix://:${secret}@/none\n`);
    const cases = [
      [['--redis-file', '/nonexistent'], {}, /redis_file.*\/nonexistent/],
      [['--redis-file', world.dir], {}, /redis_file.*not a regular file/],
      [['--redis-file', await put(world, 'empty', '\n')], {},
       /redis_file.*empty/],
      [['--redis-file', await put(world, 'two', `${secret}\n${secret}\n`)], {},
       /redis_file.*more than one line/],
      [['--redis-file', await put(world, 'long', secret.repeat(4096))], {},
       /redis_file.*more than 4095 bytes/],
      [['--redis-file', good, '--redis', 'unix:///none'], {},
       /redis_file.*redis/],
      [['--redis-file', good], { LWSAPP_REDIS: 'unix:///none' },
       /redis_file.*redis/],
      [['--redis', 'unix:///none'], { LWSAPP_REDIS_FILE: good },
       /redis_file.*redis/],
      [['--redis-file', await put(world, 'bad', secret)], {},
       /redis: must be redis/],
    ];
    for (const [flags, env, pattern] of cases) {
      const result = await call(world, ['serve', '--listen', '127.0.0.1:0',
        '--database', world.database, ...flags], { env });
      assert.equal(result.code, 1, flags.join(' '));
      assert.match(result.err, pattern, flags.join(' '));
      assert.ok(!result.err.includes(secret), result.err);
    }
  }));

test('a file with a secret that others may read is warned of', withWorld(
  { tls: false }, async (world) => {
    await world.stopDaemon();
    const file = await put(world, 'redis', 'unix:///none', 0o644);
    world.settings.push('--redis-file', file);
    await world.startDaemon();
    await world.daemon.line(
      /warn config\.secret_shared setting=redis_file file=\S* mode=0644/, 'err');
    const key = await put(world, 'key.pem', '', 0o640);
    const result = await call(world, ['serve', '--listen', '127.0.0.1:0',
      '--database', 'other.db', '--tls-cert', key, '--tls-key', key]);
    assert.equal(result.code, 1);
    assert.match(result.err,
                 /config\.secret_shared setting=tls_key file=\S* mode=0640/);
  }));

test('passwords and tokens come from files too', withWorld({},
  async (world) => {
    const file = await put(world, 'password', `${secret}\n`);
    const make = (name, flags, env) => call(world, ['createuser',
      '--username', name, '--database', world.database, ...flags], { env });
    assert.equal((await make('one', ['--password-file', file])).code, 0);
    assert.equal((await make('two', [], { LWSAPP_PASSWORD_FILE: file })).code, 0);
    for (const [flags, env, pattern] of [
      [['--password-file', '/nonexistent'], {}, /password_file.*nonexistent/],
      [['--password-file', file, '--password-stdin'], {}, /password_file/],
      [['--password-file', file], { LWSAPP_PASSWORD: 'x' }, /password_file/]]) {
      const result = await make('three', flags, env);
      assert.equal(result.code, 1);
      assert.match(result.err, pattern);
      assert.ok(!result.err.includes(secret));
    }
    const ask = (flags, env = {}) => run(client, ['--url', world.url,
      '--username', 'one', ...flags], { env: { ...process.env, ...env } });
    const login = await ask(['--password-file', file, 'login']);
    assert.equal(login.code, 0, login.err);
    assert.equal((await ask(['login'], { LWSAPP_PASSWORD_FILE: file })).code, 0);
    const token = await put(world, 'token', login.out);
    assert.equal((await ask(['order', 'ls', '--token-file', token])).code, 0);
    assert.equal((await ask(['order', 'ls'],
                            { LWSAPP_TOKEN_FILE: token })).code, 0);
    for (const [flags, env, pattern] of [
      [['login', '--password-file', '/nonexistent'], {}, /--password-file: can't/],
      [['login', '--password-file', file], { LWSAPP_PASSWORD: 'x' },
       /--password-file: is given/],
      [['order', 'ls', '--token-file', token, '--token', 'x'], {},
       /--token-file: is given/]]) {
      const result = await ask(flags, env);
      assert.equal(result.code, 2, result.err);
      assert.match(result.err, pattern);
    }
    await chmod(file, 0o644);
    const warned = await ask(['--password-file', file, 'login']);
    assert.equal(warned.code, 0);
    assert.match(warned.err, /warning: .*password.*0644/);
  }));
