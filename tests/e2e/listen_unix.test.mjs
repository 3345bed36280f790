// Serving on a unix socket: for a proxy on the same machine, whose word on the
// client counts.
import assert from 'node:assert/strict';
import { stat, writeFile, readFile } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import test from 'node:test';
import WebSocket from 'ws';
import { deadline } from './lib/processes.mjs';
import { DatabaseRows } from './lib/rows.mjs';
import { withWorld } from './lib/world.mjs';

function ask(world, method, path, { headers = {}, body } = {}) {
  return deadline(new Promise((resolve, reject) => {
    const request = http.request({ socketPath: world.path, method, path,
      agent: false, headers: { Host: 'localhost', ...headers,
        ...(body ? { 'Content-Type': 'application/json' } : {}) } },
    async (response) => {
      let text = '';
      for await (const piece of response.setEncoding('utf8')) text += piece;
      resolve({ status: response.statusCode, text,
                headers: response.headers });
    });
    request.on('error', reject);
    request.end(body ? JSON.stringify(body) : undefined);
  }), `${method} ${path}`);
}

async function tokenOf(world) {
  const { status, text } = await ask(world, 'POST', '/api/token/',
    { body: { username: 'demo', password: 'demo-secret' } });
  assert.equal(status, 200, text);
  return { Authorization: `Token ${JSON.parse(text).token}` };
}

for (const workers of [1, 2]) {
  test(`${workers} worker(s) serve HTTP and websockets on it`, withWorld(
    { unix: true, workers, settings: ['--public-url', 'http://desk.example'] },
    async (world) => {
      assert.equal(world.daemon.out, `ready unix=${world.path}\n`);
      assert.equal((await stat(world.path)).mode & 0o7777, 0o660);
      const headers = await tokenOf(world);
      const socket = new WebSocket(`ws+unix://${world.path}:/data/stream/`,
        'orders', { headers: { ...headers, Host: 'localhost' } });
      const frames = [];
      await deadline(new Promise((resolve, reject) => {
        socket.on('error', reject);
        socket.on('open', () => socket.send('{"command":"subscribe"}'));
        socket.on('message', async (bytes) => {
          const frame = JSON.parse(bytes);
          frames.push(frame);
          if (frame.command === 'subscribe')
            assert.equal((await ask(world, 'POST', '/api/data/', { headers,
              body: { instrument: 'VIA', quantity: '1', price: '1' } }))
              .status, 201);
          if (frame.type === 'data.new') resolve();
        });
      }), 'an order by websocket');
      socket.terminate();
      assert.equal(frames.at(-1).order.instrument, 'VIA');
      await world.stopDaemon();
      await assert.rejects(stat(world.path), { code: 'ENOENT' });
      await world.startDaemon();
    }));
}

test('whoever may use it is a proxy that is believed', withWorld(
  { unix: true }, async (world) => {
    const rows = new DatabaseRows(world.database);
    const headers = await tokenOf(world);
    for (const [forwarded, address] of [[null, '127.0.0.1'],
      ['203.0.113.9', '203.0.113.9'],
      ['1.1.1.1, 203.0.113.7', '203.0.113.7'], ['evil', '127.0.0.1']]) {
      const { status } = await ask(world, 'POST', '/api/data/', {
        headers: { ...headers,
          ...(forwarded ? { 'X-Forwarded-For': forwarded } : {}) },
        body: { instrument: 'VIA', quantity: '1', price: '1' } });
      assert.equal(status, 201);
      assert.deepEqual(await rows.column(
        'SELECT address FROM event ORDER BY id DESC LIMIT 1'), [address]);
    }
    const by = await ask(world, 'GET', '/healthz',
                         { headers: { 'X-Forwarded-Proto': 'https' } });
    assert.ok(by.headers['strict-transport-security']);
  }));

test('a socket that was left behind is replaced, anything else is not',
  withWorld({ unix: true }, async (world) => {
    await world.daemon.stop('SIGKILL');
    await stat(world.path);
    await world.startDaemon();
    // Of another database, on the same path.
    const other = join(world.dir, 'other.db');
    const serve = (path) => world.command(['serve', '--listen', `unix:${path}`],
      { code: 1 });
    const mine = world.database;
    world.database = other;
    assert.match((await serve(world.path)).err, /listen: another process is serving there/);
    const file = join(world.dir, 'file');
    await writeFile(file, 'mine');
    assert.match((await serve(file)).err, /listen: there is a file/);
    assert.equal(await readFile(file, 'utf8'), 'mine');
    assert.match((await serve(`/${'x'.repeat(200)}`)).err, /listen: the path is too long/);
    assert.match((await serve('')).err, /listen: no path/);
    assert.match((await serve(join(world.dir, 'none/x'))).err,
                 /listen: No such file/);
    world.database = mine;
    assert.equal((await ask(world, 'GET', '/healthz')).status, 200);
  }));
