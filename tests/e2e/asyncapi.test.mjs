// docs/asyncapi.yaml is a valid document, and what the daemon really says on
// the websocket is in it: every frame is one of its messages, every message and
// every close code of it is seen.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import test, { after, before } from 'node:test';
import Ajv7 from 'ajv';
import Ajv from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { parse } from 'yaml';
import { change } from './lib/rows.mjs';
import { World } from './lib/world.mjs';

const require = createRequire(import.meta.url);
const document = parse(await readFile(
  new URL('../../docs/asyncapi.yaml', import.meta.url), 'utf8'));
const { messages, schemas } = document.components;
const seen = new Set();
const strange = []; // frames and codes that the document does not tell of
const ajv = new Ajv({ strict: false, allErrors: true });
let world;

formats(ajv);
ajv.addSchema(document, 'asyncapi');
before(async () => {
  world = await World.start({ settings: ['--socket-blocked-s', '1',
                                    '--market-trade-bytes', '1000000'] });
});
after(() => world.stop());

// Compiled once for each message: thousands of frames are held against them.
const payloads = new Map(Object.keys(messages).map((name) => [name,
  ajv.compile({ $ref: `asyncapi#/components/messages/${name}/payload` })]));
const fits = (name, frame) => payloads.get(name)(frame);

const named = (operation) => document.operations[operation].messages
  .map(({ $ref }) => $ref.split('/').at(-1));
const out = [...named('deliver'), ...document.operations.command.reply.messages
  .map(({ $ref }) => $ref.split('/').at(-1))];

// A stream whose every frame, to and fro, must be one message of the document.
function watch(stream) {
  const send = stream.send.bind(stream);
  stream.socket.prependListener('message', (bytes) => {
    const frame = JSON.parse(bytes);
    const fitting = out.filter((name) => fits(name, frame));
    if (fitting.length === 1) seen.add(fitting[0]);
    else strange.push(`${bytes}: ${fitting}`.slice(0, 1000));
  });
  stream.say = (command) => {
    assert.ok(named('command').some((name) => fits(name, command)),
              JSON.stringify(command));
    seen.add(named('command').find((name) => fits(name, command)));
    send(command);
    return stream.next();
  };
  stream.socket.on('close', (code) => {
    seen.add(code);
    // 1006: cut by this test's own end.
    if (code !== 1006 && !(code in document.channels.orders['x-close-codes']))
      strange.push(code);
  });
  return stream;
}

const open = async (session, options) =>
  watch(await world.open(session, options));

test('the document is AsyncAPI 3', () => {
  const schema = require('@asyncapi/specs/schemas/3.0.0.json');
  // It brings the meta-schema that it names.
  const validator = new Ajv7({ strict: false, allErrors: true, meta: false,
                               validateSchema: false, validateFormats: false });
  assert.ok(validator.validate(schema, document),
            JSON.stringify(validator.errors?.slice(0, 5), null, 1));
  assert.equal(validator.validate(schema, { ...document, operations: {
    command: { action: 'shout' } } }), false);
  // A reference to nothing is no breach of that schema.
  JSON.stringify(document, (key, value) => {
    if (key === '$ref')
      assert.ok(value.slice(2).split('/').reduce((at, part) => at?.[part],
                                                 document), value);
    return value;
  });
  assert.deepEqual([...named('command'), ...out].sort(),
                   Object.keys(messages).sort());
  assert.deepEqual(Object.keys(document.channels.orders.messages).sort(),
                   Object.keys(messages).sort());
  for (const [name, message] of Object.entries(messages))
    for (const { payload } of message.examples ?? [])
      assert.ok(fits(name, payload), `the example of ${name}: ` +
                JSON.stringify(payloads.get(name).errors));
});

test('an order is what the API says it is', async () => {
  const { body } = await (await world.token('demo')).get('/api/schema/');
  const { description, ...order } = body.components.schemas.Order;
  const { description: own, ...told } = schemas.order;
  assert.ok(description && own);
  assert.deepEqual(told, order);
});

test('commands and their answers', async () => {
  const demo = await world.token('demo');
  const stream = await open(demo);
  const joined = await stream.say({ command: 'subscribe', heartbeat: 1,
                                    ref: 1 });
  assert.equal(joined.ref, 1);
  await stream.say({ command: 'subscribe', ref: 'again' });
  await stream.say({ command: 'ping', time: 12.5 });
  await stream.say({ command: 'ping' });
  await stream.heartbeat();
  for (const bad of ['{', '[]', { command: 'x' }, { command: 5 },
                     { command: 'subscribe', heartbeat: 0 },
                     { command: 'subscribe', stream: 'all' },
                     { command: 'subscribe', stream: 'nothing' },
                     { command: 'subscribe', position: 7, ref: 2 },
                     { command: 'login', ticket: 'x' }]) {
    const answer = await stream.ask(bad);
    assert.equal(answer.status, 'error');
  }
  await stream.say({ command: 'unsubscribe' });
  const boss = await open(await world.token('boss'));
  await boss.say({ command: 'subscribe', stream: 'all' });
  await boss.say({ command: 'subscribe', stream: 'user:demo', position: null });
  assert.equal((await boss.ask({ command: 'subscribe', stream: 'user:no' })).code,
               'missing');
  for (let i = 0; i < 6; i++) {
    await world.createUser(`u${i}`);
    await boss.say({ command: 'subscribe', stream: `user:u${i}` });
  }
  const ninth = await boss.ask({ command: 'subscribe', stream: 'orders' });
  assert.equal(ninth.code, 'too_many');
});

test('changes live, recovered, folded, and from elsewhere', async () => {
  const demo = await world.token('demo');
  const live = await open(demo);
  const { position: { epoch } } = await live.say({ command: 'subscribe' });
  const order = await demo.order();
  await demo.patch(`/api/data/${order.id}/`, { price: '1' });
  await demo.delete(`/api/data/${order.id}/`);
  assert.deepEqual((await live.nextOf(3)).map(({ type }) => type),
                   ['data.new', 'data.update', 'data.delete']);
  const after = await open(demo);
  const recovered = await after.say({ command: 'subscribe',
                                      position: { epoch, seq: 0 } });
  assert.equal(recovered.recovered, true);
  await after.nextOf(3);
  const many = Array.from({ length: 1000 }, () => (
    { instrument: 'A', quantity: '1', price: '1' }));
  assert.equal((await demo.post('/api/data/', many)).status, 201);
  await live.nextOf(1000);
  const folded = await open(demo);
  assert.equal((await folded.say({ command: 'subscribe',
                                   position: { epoch, seq: 0 } })).folded, true);
  while ((await folded.next()).more);
  const elsewhere = await open(demo);
  assert.equal((await elsewhere.say({ command: 'subscribe',
    position: { epoch: 'another', seq: 3 } })).resync, true);
});

test('views: asked for, brought forward, looked at otherwise, and ended',
  async () => {
    const demo = await world.token('demo');
    const stream = await open(demo);
    const params = { draw: 3, start: 0, length: 2,
                     search: { value: '(a+)+$', regex: true } };
    await stream.say({ command: 'view', id: 'grid', params, anchor: true });
    await stream.say({ command: 'view', id: 'grid', max_rate: 60,
                       anchor: false });
    await stream.say({ command: 'view', id: 'list', ref: 1,
                       query: { ordering: '-price', page_size: 3 },
                       totals: ['side', 'status', 'instrument', 'status_side'] });
    for (const bad of [{ id: 'a b' }, { id: 'v', params: 7 },
                       { id: 'v', params, stream: 'all' }]) {
      const answer = await stream.ask({ command: 'view', ...bad });
      assert.equal(answer.status, 'error');
    }
    await stream.say({ command: 'unview', id: 'list' });
    await demo.order({ instrument: 'aa' });
    assert.equal((await stream.next()).type, 'view');
    // The pattern takes too long here.
    await demo.order({ instrument: `${'a'.repeat(60)}!` });
    assert.equal((await stream.next()).error.code, 'invalid');
  });

test('market data', async () => {
  const boss = await world.token('boss');
  const feed = async (...lines) => assert.equal((await boss.post('/api/market/',
    lines.map((more) => ({ time: new Date().toISOString(), ...more })))).status, 202);
  const stream = await open(boss, { protocols: 'market' });
  const numbers = Array.from({ length: 999 }, (_, i) => `${i}`);
  const { position } = await stream.say({ command: 'subscribe', stream: 'market',
    symbols: ['P*', ...numbers], max_rate: 60, kinds: ['quotes', 'trades'],
    position: null, heartbeat: 1, ref: 1 });
  const trade = { price: '1', size: '2', side: 'sell', seq: 3 };
  await feed({ symbol: 'P1', seq: 1, bid: '1', ask: '2', status: 'open' },
             { symbol: 'P2', trade }, { symbol: 'P3', trade: { ...trade, side: null,
                                                               seq: null } });
  await stream.nextOf(4); // the feed, too many, trades, quotes
  await stream.heartbeat();
  const foreign = await open(boss);
  const { resync } = await foreign.say({ command: 'subscribe', stream: 'market',
    symbols: ['P1'], kinds: ['trades'], position: { ...position, epoch: 'x' } });
  assert.equal(resync, true);
  await foreign.say({ command: 'subscribe', stream: 'market', symbols: ['P2'],
                      kinds: ['quotes'] });
  const snapshot = await foreign.next();
  assert.equal(snapshot.snapshot, true);
  await stream.say({ command: 'unsubscribe', stream: 'market', symbols: ['P*'] });
  await foreign.say({ command: 'unsubscribe', stream: 'market' });
  for (let i = 0; i < 40; i++)
    await feed(...Array.from({ length: 1000 }, () => ({ symbol: 'P2', trade })));
  const late = await open(boss);
  await late.say({ command: 'subscribe', stream: 'market', symbols: ['P2'],
                   kinds: ['trades'], position });
  assert.equal((await late.next()).type, 'trades_gap');
  const long = await foreign.ask(JSON.stringify({ command: 'ping' }) +
                              ' '.repeat(5000));
  assert.equal(long.code, 'too_large');
});

test('a ticket as the first frame', async () => {
  const demo = await world.token('demo');
  const { body: { ticket } } = await demo.post('/api/ticket/');
  const stream = await open(null, { query: '?login=ticket' });
  assert.equal((await stream.ask({ command: 'subscribe' })).code,
               'unauthenticated');
  assert.equal((await stream.say({ command: 'login', ticket })).username, 'demo');
  assert.equal((await stream.ask({ command: 'login', ticket })).code, 'conflict');
  await stream.say({ command: 'subscribe' });
  const other = await open(null, { query: '?login=ticket' });
  other.send({ command: 'login', ticket: 'no' });
  assert.equal((await other.closed).code, 4401);
});

test('how sockets end', async () => {
  const demo = await world.token('demo');
  const following = async () => {
    const stream = await open(demo);
    await stream.say({ command: 'subscribe' });
    return stream;
  };
  for (const [code, bytes] of [[1003, Buffer.from('{}')],
                               [1009, `{"x":"${'x'.repeat(17000)}"}`]]) {
    const stream = await following();
    stream.send(bytes);
    assert.equal((await stream.closed).code, code);
  }
  const garbled = await following();
  garbled.socket._sender.sendFrame([Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xc3,
                                                 0x28])], () => {});
  assert.equal((await garbled.closed).code, 1007);
  // The rights change, as a command of another process writes it.
  const changed = await following();
  await change(world.database,
    `INSERT INTO control ("user", kind, time) SELECT id,
     'rights', ${Date.now() * 1000} FROM "user" WHERE username = 'demo'`);
  assert.equal((await changed.closed).code, 4403);
  const deaf = await following();
  deaf.socket._socket.pause();
  const gone = world.daemon.line(/orders.not_reading/, 'err');
  let blocked = false;
  // At once: it has some seconds for what it has not read, and the goodbye.
  gone.then(() => {
    blocked = true;
    deaf.socket._socket.resume();
  });
  const many = Array.from({ length: 1000 }, () => (
    { instrument: 'L'.repeat(255), quantity: '1', price: '1' }));
  for (let i = 0; i < 40 && !blocked; i++)
    assert.equal((await demo.post('/api/data/', many)).status, 201);
  await gone;
  assert.equal((await deaf.closed).code, 1013);
  const last = await following();
  await world.stopDaemon();
  assert.equal((await last.next()).type, 'shutdown');
  assert.equal((await last.closed).code, 1001);
});

test('nothing else came, and every message and close code did', () => {
  assert.deepEqual(strange, []);
  const codes = Object.keys(document.channels.orders['x-close-codes'])
    .map(Number);
  assert.deepEqual([...Object.keys(messages), ...codes]
    .filter((one) => !seen.has(one)), []);
});
