// The PROXY protocol: required from a trusted proxy, before TLS, and from nobody
// else.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import test from 'node:test';
import { DEADLINE_MS, deadline } from './lib/processes.mjs';
import { DatabaseRows } from './lib/rows.mjs';
import { trusted } from './lib/tls.mjs';
import { bytes } from './lib/wire.mjs';
import { withWorld } from './lib/world.mjs';

const settings = ['--trusted-proxy', '127.0.0.1', '--proxy-protocol',
                  '--login-per-account', '2'];
const line = (address) => `PROXY ${address.includes(':') ? 'TCP6' : 'TCP4'} ` +
  `${address} ${address.includes(':') ? '::1' : '10.0.0.1'} 1234 443\r\n`;
const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

function binary(address, { command = 0x21, tlvs = '' } = {}) {
  const tail = Buffer.from(tlvs, 'latin1');
  const body = Buffer.concat([Buffer.from(address.split('.').map(Number)),
    Buffer.from([10, 0, 0, 1, 4, 210, 1, 187]), tail]);
  return Buffer.concat([signature, Buffer.from([command, 0x11,
    body.length >> 8, body.length & 255]), body]);
}

// What is answered to these pieces, each sent once the one before is out; "":
// it was closed without a word.
async function answer(world, pieces, { secure = false } = {}) {
  const tcp = net.connect(world.port, '127.0.0.1');
  await once(tcp, 'connect');
  tcp.setNoDelay(true);
  tcp.on('error', () => {});
  let socket = tcp;
  for (const [i, piece] of pieces.entries()) {
    if (secure && i === pieces.length - 1)
      socket = tls.connect({ socket: tcp, ca: trusted(),
                             servername: 'localhost' });
    if (socket !== tcp) socket.on('error', () => {});
    await new Promise((resolve) => { socket.write(piece, resolve); });
  }
  return deadline(new Promise((resolve) => {
    let text = '';
    socket.on('data', (part) => { text += part; });
    socket.on('close', () => resolve(text));
  }), 'an answer');
}

const close = { Connection: 'close' };
const attempt = (headers = {}) => bytes('POST', '/api/token/', { headers: {
  ...close, 'Content-Type': 'application/json', ...headers },
body: '{"username":"demo","password":"wrong"}' });
const status = (text) => Number(/^HTTP\/1.1 (\d+)/.exec(text)?.[1] ?? 0);

for (const secure of [false, true]) {
  test(`the client is who it says${secure ? ', before TLS' : ''}`, withWorld(
    { settings, tls: secure }, async (world) => {
      const ask = (header, request = attempt()) =>
        answer(world, [header, request].flat(), { secure });
      // Each address has tries of its own.
      for (const header of [line('203.0.113.9'), line('2001:db8::7'),
        binary('198.51.100.4')]) {
        const tries = [];
        for (let i = 0; i < 3; i++) tries.push(status(await ask(header)));
        assert.deepEqual(tries, [401, 401, 429], String(header));
      }
      await world.daemon.line(/address=2001:db8::7\b/, 'err');
      // In any pieces.
      const whole = binary('198.51.100.9');
      const parts = [...whole].map((byte) => Buffer.from([byte]));
      assert.equal(status(await answer(world, [...parts, attempt()],
                                       { secure })), 401);
      if (!secure)
        assert.equal(status(await ask(line('203.0.113.77') + attempt(), '')),
                     401);
      // A proxy that looks how we are speaks for itself.
      for (const header of ['PROXY UNKNOWN\r\n',
        Buffer.concat([signature, Buffer.from([0x20, 0, 0, 0])])])
        assert.equal(status(await ask(header,
          bytes('GET', '/healthz', { headers: close }))), 200);
      await world.daemon.line(/path="\/healthz".*address=127\.0\.0\.1/, 'err');
      // What the client writes of itself is not believed.
      await ask(line('203.0.113.50'), attempt({
        'X-Forwarded-For': '192.0.2.200' }));
      assert.doesNotMatch(world.daemon.err, /192\.0\.2\.200/);
    }));
}

test('without it, or with anything else, the connection ends', withWorld(
  { settings, tls: false }, async (world) => {
    const request = bytes('GET', '/healthz', { headers: close });
    for (const pieces of [[request], ['PROXY TCP4 evil 10.0.0.1 1 2\r\n'],
      [Buffer.concat([signature, Buffer.from([0x21, 0x11, 0xff, 0xff])])],
      ['\x16\x03\x01']])
      assert.equal(await answer(world, [...pieces, request]), '');
    await world.daemon.line(/listener\.no_proxy_header/, 'err');
    // Nor does it wait for ever.
    const mute = net.connect(world.port, '127.0.0.1');
    const begun = Date.now();
    await deadline(once(mute, 'close'), 'the end of a mute one');
    assert.ok(Date.now() - begun < DEADLINE_MS);
  }));

test('where it is not asked for, it is none of HTTP', withWorld(
  { settings: ['--trusted-proxy', '127.0.0.1'], tls: false }, async (world) => {
    assert.equal(status(await answer(world, [line('203.0.113.9') +
      bytes('GET', '/healthz', { headers: close })])), 501);
  }));

test('from others it is not taken, and nobody else needs it', withWorld(
  { settings: ['--trusted-proxy', '10.9.9.9', '--proxy-protocol'],
    tls: false }, async (world) => {
    const request = bytes('GET', '/healthz', { headers: close });
    assert.equal(status(await answer(world, [request])), 200);
    assert.equal(status(await answer(world, [line('203.0.113.9') + request])),
                 501);
  }));

test('it needs to be known whose it is', withWorld({}, async (world) => {
  await world.stopDaemon();
  const { err } = await world.command(['serve', '--proxy-protocol'],
                                      { code: 1 });
  assert.match(err, /proxy_protocol: needs trusted_proxy/);
  await world.startDaemon();
}));

test('a TLS client of a proxy is one of https', withWorld(
  { settings, tls: false, users: ['demo'] }, async (world) => {
    const ask = (tlvs) => answer(world, [binary('203.0.113.9', { tlvs }),
      bytes('GET', '/healthz', { headers: close })]);
    assert.match(await ask('\x20\0\x05\x01\0\0\0\0'),
                 /strict-transport-security/i);
    assert.doesNotMatch(await ask(''), /strict-transport-security/i);
    assert.deepEqual(await new DatabaseRows(world.database).column(
      'SELECT count(*) FROM session'), [0]);
  }));
