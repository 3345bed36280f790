// A user on a bare connection: what the tests of the wire share.
import assert from 'node:assert/strict';
import { bytes } from './wire.mjs';
import { withWorld } from './world.mjs';

export const order = JSON.stringify(
  { instrument: 'WIRE', quantity: '1', price: '2' });

export async function alive(world) {
  const { status, body } = await world.session.get('/healthz');
  assert.equal(status, 200);
  assert.deepEqual(body, { status: 'ok' });
}

export async function count(world) {
  return (await world.session.get('/api/data/')).body.count;
}

// A world whose user speaks by token: world.headers are its raw headers. It
// must be served still when the test is through.
export const withUser = (body, options = {}) =>
  withWorld(options, async (world) => {
    world.session = await world.token('demo');
    world.headers = { Authorization: `Token ${world.session.token}` };
    await body(world);
    await alive(world);
  });

// The order in chunks of so many bytes.
export function chunks(world, headers = {}, size = 20, body = order) {
  const pieces = body.match(new RegExp(`.{1,${size}}`, 'gs')) ?? [];
  return bytes('POST', '/api/data/', { headers: { ...world.headers,
    'Transfer-Encoding': 'chunked', ...headers } }) +
    pieces.map((piece) =>
      `${Buffer.byteLength(piece).toString(16)}\r\n${piece}\r\n`).join('') +
    '0\r\n\r\n';
}

export const post = (world, headers = {}, body = order) =>
  bytes('POST', '/api/data/', { headers: { ...world.headers, ...headers },
                                body });
