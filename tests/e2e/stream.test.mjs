// The websocket "orders": handshake, commands, streams, limits, close codes.
import assert from 'node:assert/strict';
import test from 'node:test';
import { deadline } from './lib/processes.mjs';
import { Wire } from './lib/wire.mjs';
import { withWorld } from './lib/world.mjs';

async function refused(promise, status) {
  await assert.rejects(promise, (error) => {
    assert.equal(error.status, status, error.message);
    return true;
  });
}

test('the handshake asks for a login, our Origin and our Host',
  withWorld({}, async (world) => {
    const demo = await world.login('demo');
    const { url } = world;
    await refused(world.open(null), 401);
    await refused(world.open(null, { headers: { Cookie: 'sessionid=x' } }),
                  401);
    await refused(world.open(null, { headers: { Authorization: 'Token x' } }),
                  401);
    await refused(world.open(demo, { headers: { Origin: 'http://evil.test' } }),
                  403);
    await refused(world.open(demo, { headers: { Host: 'evil.test' } }), 421);
    await (await world.open(demo, { headers: { Origin: url } })).close();
    await (await world.open(await world.token('demo'))).close();
  }));

test('no subprotocol is taken as orders, an unknown one is refused',
  withWorld({}, async (world) => {
    const demo = await world.login('demo');
    const plain = await world.open(demo, { protocols: null });
    await plain.subscribe();
    const both = await world.open(demo, { protocols: ['x', 'orders'] });
    assert.equal(both.socket.protocol, 'orders');
    await assert.rejects(world.open(demo, { protocols: ['x'] }));
  }));

test('a ticket logs in a client that can set no header, once',
  withWorld({ workers: 2 }, async (world) => {
    const demo = await world.token('demo');
    const { status, body } = await demo.post('/api/ticket/');
    assert.equal(status, 201);
    const stream = await world.open(null, { query: '?login=ticket' });
    const early = await stream.ask({ command: 'subscribe' });
    assert.equal(early.code, 'unauthenticated');
    const login = await stream.ask({ command: 'login', ticket: body.ticket,
                                     ref: 'r' });
    assert.equal(login.status, 'ok');
    assert.equal(login.ref, 'r');
    await stream.subscribe();
    await demo.order();
    assert.equal((await stream.next()).seq, 1);

    const again = await world.open(null, { query: '?login=ticket' });
    again.send({ command: 'login', ticket: body.ticket });
    assert.equal((await again.closed).code, 4401);
    // The socket ends with the token that asked for the ticket.
    await world.command(['changepassword', '--username', 'demo',
                         '--password-stdin'], { input: 'another-secret\n' });
    assert.equal((await stream.closed).code, 4401);
  }));

test('without its ticket a socket is closed',
  withWorld({}, async (world) => {
    const stream = await world.open(null, { query: '?login=ticket' });
    assert.equal((await stream.closed).code, 4401);
  }));

test('commands are answered, faults named, and the socket stays open',
  withWorld({}, async (world) => {
    const stream = await world.open(await world.token('demo'));
    const faults = [
      ['{', 'malformed'], ['[]', 'malformed'], ['"x"', 'malformed'],
      ['{"command":"x"}{}', 'malformed'],
      ['{"command":"dance","ref":1}', 'unknown_command'],
      ['{"ref":"a"}', 'invalid'],
      ['{"command":7}', 'invalid'],
      ['{"command":"subscribe","position":7}', 'invalid'],
      ['{"command":"subscribe","position":{"epoch":"x","seq":-1}}', 'invalid'],
      ['{"command":"subscribe","heartbeat":0}', 'invalid'],
      ['{"command":"subscribe","heartbeat":61}', 'invalid'],
      ['{"command":"subscribe","stream":"nothing"}', 'invalid'],
      ['{"command":"subscribe","stream":"all"}', 'forbidden'],
      ['{"command":"subscribe","stream":"user:other"}', 'forbidden'],
      ['{"command":"login","ticket":"x"}', 'conflict'],
    ];
    for (const [text, code] of faults) {
      const answer = await stream.ask(text);
      assert.equal(answer.status, 'error', text);
      assert.equal(answer.code, code, text);
      assert.equal(typeof answer.detail, 'string');
    }
    const known = await stream.ask('{"command":"dance","ref":"r1"}');
    assert.equal(known.command, 'dance');
    assert.equal(known.ref, 'r1');
    const time = 1764048000.1234567;
    const pong = await stream.ask({ command: 'ping', time, ref: 9 });
    assert.equal(pong.time, time);
    assert.equal(pong.ref, 9);
    assert.match(pong.server_time, /^\d{4}-.*\.\d{6}Z$/);
  }));

test('ref and time come back byte for byte, or are refused by name',
  withWorld({ settings: ['--commands-per-socket', '0', '--commands-per-user',
                         '0'] }, async (world) => {
    const stream = await world.open(null, { query: '?login=ticket' });
    const login = await world.token('demo');
    const { body } = await login.post('/api/ticket/');
    // A long number is as harmless before the login as behind it.
    for (const round of ['before', 'behind']) {
      for (const n of [65, 100, 1000, 4000]) {
        for (const number of ['1'.repeat(n), `1e${'9'.repeat(n - 2)}`,
                              `0.${'1'.repeat(n - 5)}e-5`]) {
          for (const name of ['ref', 'time', 'x']) {
            const answer = await stream.ask(
              `{"command":"ping","${name}":${number}}`);
            assert.equal(answer.code, 'invalid', `${name} ${number}`);
            assert.match(answer.detail, new RegExp(`^${name}: `));
          }
        }
      }
      if (round === 'before')
        assert.equal((await stream.ask({ command: 'login',
                                         ticket: body.ticket })).status, 'ok');
    }
    const echoes = ['1', '-0', '0.10', '1.50e+2', '1E400', '1e-400',
      '9007199254740993', '1764347078231123456', '1'.repeat(64),
      '""', '"a"', '"\\u0041\\n\\/"', '"<&>é\u2028"', `"${'x'.repeat(254)}"`];
    for (const echo of echoes) {
      await stream.ask(`{"command":"ping","ref": ${echo} ,"time":${echo}}`);
      assert.ok(stream.lastText.includes(`"ref":${echo},"time":${echo},`),
                `${echo} -> ${stream.lastText}`);
    }
    for (const [echo, code] of [[`"${'x'.repeat(255)}"`, 'invalid'],
      ['null', 'invalid'], ['true', 'invalid'], ['[1]', 'invalid'],
      ['{}', 'invalid'], ['01', 'malformed'], ['+1', 'malformed'],
      ['.5', 'malformed'], ['1e', 'malformed']])
      assert.equal((await stream.ask(`{"command":"ping","ref":${echo}}`)).code,
                   code, echo);
    // Known as soon as it is read, whatever comes behind it.
    assert.equal((await stream.ask('{"ref":7,"command":}')).ref, 7);
  }));

test('subscribing again changes nothing, unsubscribing is silence',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    const stream = await world.open(demo);
    stream.send({ command: 'subscribe', ref: 1 });
    stream.send({ command: 'subscribe', ref: 2 });
    const answers = await stream.nextOf(2);
    assert.deepEqual(answers.map((answer) => answer.ref).sort(), [1, 2]);
    await demo.order();
    assert.equal((await stream.next()).seq, 1);
    assert.equal((await stream.subscribe()).position.seq, 1);
    await stream.silent(); // one event, once
    const left = await stream.ask({ command: 'unsubscribe' });
    assert.deepEqual(left, { command: 'unsubscribe', status: 'ok',
                             stream: 'orders' });
    await demo.order();
    await stream.silent();
    assert.equal((await stream.subscribe()).position.seq, 2);
  }));

test('every command is answered, whichever overtakes it',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    const { epoch } = (await demo.get('/api/data/')).body.position;
    const boss = await world.follow(await world.token('boss'));
    const stream = await world.open(demo);
    const from = { command: 'subscribe', position: { epoch, seq: 0 } };
    const again = { command: 'subscribe' };
    const leave = { command: 'unsubscribe' };
    // In one write, so that there is no time for an answer in between.
    const pipelined = (socket, commands) => {
      socket.socket._socket.cork();
      commands.forEach((command, ref) => socket.send({ ...command, ref }));
      socket.socket._socket.uncork();
      return socket.nextOf(commands.length);
    };
    for (const commands of [[again, leave], [from, leave, again, leave],
                            [from, again, from, leave], [from, from, from, leave]]) {
      const answers = await pipelined(stream, commands);
      assert.deepEqual(answers.map(({ ref }) => ref).sort(), [...commands.keys()]);
      assert.deepEqual(answers.at(-1), { command: 'unsubscribe', status: 'ok',
        ref: commands.length - 1, stream: 'orders' });
      for (const { status, code } of answers)
        assert.ok(status === 'ok' || code === 'superseded', code);
    }
    await demo.order();
    await stream.silent();
    const unknown = { ...again, stream: 'user:nobody' };
    assert.deepEqual((await pipelined(boss, [unknown, unknown, unknown]))
      .map(({ ref, code }) => [ref, code]),
      [[0, 'missing'], [1, 'missing'], [2, 'missing']]);
  }));

test('an update tells what it changed, live and replayed alike', withWorld(
  { workers: 2 }, async (world) => {
    const demo = await world.token('demo');
    const boss = await world.token('boss');
    const first = await demo.order({ instrument: 'A "b" } {', price: '10',
                                     client_order_id: 'x' });
    const path = `/api/data/${first.id}/`;
    const start = (await demo.get('/api/data/')).body.position;
    const stream = await world.open(demo);
    await stream.subscribe();
    await demo.patch(path, { price: '11', instrument: 'é {} 1',
                             client_order_id: null });
    await demo.patch(path, { price: '11' }); // changes nothing: no event
    await boss.patch(path, { status: 'partially_filled', side: 'sell',
                             filled_quantity: '1', average_price: '10.9' });
    await demo.delete(`/api/data/${(await demo.order()).id}/`);
    await boss.patch(path, { owner: 'other', price: '7' });
    const live = await stream.nextOf(5);
    assert.deepEqual(live.map(({ type, changed }) => [type, changed]), [
      ['data.update', { instrument: ['A "b" } {', 'é {} 1'],
                        price: ['10', '11'], client_order_id: ['x', null] }],
      ['data.update', { side: ['buy', 'sell'],
                        status: ['new', 'partially_filled'],
                        filled_quantity: ['0', '1'],
                        average_price: [null, '10.9'] }],
      ['data.new', undefined], ['data.delete', undefined],
      ['data.delete', undefined],
    ]);
    const again = await world.open(demo);
    await again.subscribe({ position: start });
    assert.deepEqual(await again.nextOf(5), live);
    // A new owner sees what comes after, and nothing of before.
    const other = await world.token('other');
    const theirs = await world.open(other);
    const { epoch } = start;
    await other.patch(path, { price: '8' });
    await theirs.subscribe({ position: { epoch, seq: 0 } });
    assert.deepEqual((await theirs.nextOf(2)).map((event) => event.changed),
                     [undefined, { price: ['7', '8'] }]);
    const all = await world.open(boss);
    await all.subscribe({ stream: 'all', position: { epoch, seq: 0 } });
    assert.deepEqual((await all.nextOf(8)).map((event) =>
      Object.keys(event.changed ?? {}).length), [0, 3, 4, 0, 0, 0, 0, 1]);
  }));

test('a position recovers, folds or resyncs', withWorld({}, async (world) => {
  const demo = await world.token('demo');
  const kept = await demo.order({ instrument: 'KEPT' });
  const gone = await demo.order({ instrument: 'GONE' });
  const start = (await demo.get('/api/data/')).body.position;
  await demo.patch(`/api/data/${kept.id}/`, { price: '77' });
  await demo.delete(`/api/data/${gone.id}/`);

  const recovered = await world.open(demo);
  const answer = await recovered.subscribe({ position: start });
  assert.equal(answer.recovered, true);
  assert.equal(answer.position.seq, 4);
  assert.deepEqual((await recovered.nextOf(2)).map((e) => [e.type, e.seq]),
                   [['data.update', 3], ['data.delete', 4]]);

  const none = await (await world.open(demo)).subscribe(
    { position: { ...start, seq: 4 } });
  assert.equal(none.recovered, true);

  for (const position of [{ epoch: 'other', seq: 1 },
                          { ...start, seq: 5 }]) {
    const stream = await world.open(demo);
    const foreign = await stream.subscribe({ position });
    assert.equal(foreign.resync, true);
    assert.equal(foreign.position.seq, 4);
    await stream.silent();
  }

  // Further back than events are worth sending: the folded difference.
  const many = Array.from({ length: 1000 }, (_, i) => (
    { instrument: `M${i}`, quantity: '1', price: String(i) }));
  assert.equal((await demo.post('/api/data/', many)).status, 201);
  await demo.post('/api/data/', many.slice(0, 200));
  const folded = await world.open(demo);
  const far = await folded.subscribe({ position: start });
  assert.equal(far.folded, true);
  const table = new Map([[kept.id, kept], [gone.id, gone]]);
  let position = start.seq;
  for (;;) {
    const frame = await folded.next();
    assert.equal(frame.type, 'folded');
    assert.equal(frame.from, position);
    assert.ok(frame.orders.length + frame.deleted.length <= 500);
    assert.ok(Buffer.byteLength(JSON.stringify(frame)) <= 65536);
    for (const order of frame.orders) table.set(order.id, order);
    for (const id of frame.deleted) table.delete(id);
    position = frame.to;
    if (!frame.more) break;
  }
  assert.equal(position, far.position.seq);
  assert.equal(table.size, 1201);
  assert.equal(table.get(kept.id).price, '77');
  await demo.order();
  assert.equal((await folded.next()).seq, position + 1);
}));

test('staff follow everybody, or one user, each in its own order',
  withWorld({ workers: 2 }, async (world) => {
    const demo = await world.token('demo');
    const other = await world.token('other');
    const stream = await world.open(await world.token('boss'));
    await stream.subscribe({ stream: 'all' });
    await stream.subscribe({ stream: 'user:demo' });
    await stream.subscribe();
    const missing = await stream.ask({ command: 'subscribe',
                                       stream: 'user:nobody' });
    assert.equal(missing.status, 'error');
    assert.equal(missing.code, 'missing');
    await demo.order();
    await other.order();
    await demo.order();
    const events = await stream.nextOf(5);
    const of = (name) => events.filter((e) => e.stream === name)
      .map((e) => [e.seq, e.order.owner]);
    assert.deepEqual(of('all'), [[1, 'demo'], [2, 'other'], [3, 'demo']]);
    assert.deepEqual(of('user:demo'), [[1, 'demo'], [2, 'demo']]);
    await stream.silent();
  }));

test('a socket can follow at most 8 streams', withWorld(
  { users: ['u1', 'u2', 'u3', 'u4', 'u5', 'u6', 'u7', 'u8'] },
  async (world) => {
    const stream = await world.open(await world.token('boss'));
    for (let i = 1; i <= 8; i++)
      await stream.subscribe({ stream: `user:u${i}` });
    const ninth = await stream.ask({ command: 'subscribe' });
    assert.equal(ninth.code, 'too_many');
    await stream.ask({ command: 'unsubscribe', stream: 'user:u1' });
    await stream.subscribe();
  }));

test('an owner move leaves one stream and enters the other',
  withWorld({ redis: true }, async (world) => {
    const demo = await world.follow(await world.token('demo'));
    const other = await world.follow(await world.token('other'));
    const boss = await world.token('boss');
    const order = await boss.order({ owner: 'demo' });
    const moved = await boss.patch(`/api/data/${order.id}/`,
                                   { owner: 'other' });
    assert.equal(moved.status, 200, moved.text);
    assert.deepEqual((await demo.nextOf(2)).map((e) => [e.type, e.seq]),
                     [['data.new', 1], ['data.delete', 2]]);
    const event = await other.next();
    assert.equal(event.type, 'data.new');
    assert.equal(event.order.owner, 'other');
  }));

test('binary, bad UTF-8 and long messages close with their codes',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    const binary = await world.open(demo);
    binary.socket.send(Buffer.from([1, 2, 3]), { binary: true });
    assert.equal((await binary.closed).code, 1003);
    const long = await world.open(demo);
    long.send(JSON.stringify({ command: 'ping', time: 'x'.repeat(17000) }));
    assert.equal((await long.closed).code, 1009);
    const bad = await world.open(demo);
    bad.socket.send(Buffer.from([0x7b, 0xff, 0xfe]), { binary: false });
    assert.equal((await bad.closed).code, 1007);
    const largest = await world.open(demo);
    const text = JSON.stringify({ command: 'ping', time: 'x' });
    const pong = await largest.ask(text + ' '.repeat(4096 - text.length));
    assert.equal(pong.time, 'x');
    // Only a view may be longer.
    const refused = await largest.ask(text + ' '.repeat(16384 - text.length));
    assert.equal(refused.code, 'too_large');
    const pieces = await world.open(demo);
    for (let i = 0; i < 5; i++) {
      pieces.socket.send('{"command":', { fin: false });
      pieces.socket.send('"pi', { fin: false });
      pieces.socket.send(`ng","time":${i}}`, { fin: true });
      assert.equal((await pieces.next()).time, i);
    }
  }));

test('no data follows a close, whoever found fault', withWorld({},
  async (world) => {
    const demo = await world.token('demo');
    // FIN and opcode, and the payload, masked with nothing.
    const frame = (first, payload) => Buffer.concat([
      Buffer.from(payload.length < 126 ? [first, 0x80 | payload.length]
        : [first, 0xfe, payload.length >> 8, payload.length & 255]),
      Buffer.alloc(4), Buffer.from(payload)]);
    for (const [code, fault] of [
      [1002, frame(0x83, 'x')], // no such opcode
      [1002, frame(0xc1, 'x')], // a bit that is reserved
      [1002, frame(0x80, 'x')], // goes on from nothing
      [1002, Buffer.from([0x81, 2, 0x7b, 0x7d])], // without a mask
      [1002, Buffer.from([0x89, 0])],
      [1003, frame(0x82, 'x')],
      [1007, frame(0x81, [0x7b, 0xff, 0xfe])],
      [1009, frame(0x81, ' '.repeat(17000))],
    ]) {
      const witness = await world.open(demo);
      await witness.subscribe();
      const wire = await Wire.open(world.port);
      await wire.ask('GET', '/data/stream/', { headers: {
        Authorization: `Token ${demo.token}`, Upgrade: 'websocket',
        Connection: 'Upgrade', 'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' } });
      assert.equal((await wire.answer()).status, 101);
      await wire.send(frame(0x81, '{"command":"subscribe"}'));
      await wire.until(() => wire.held.includes('"ok"') || undefined,
                       'a subscription');
      await wire.send(fault);
      const close = Buffer.from([code >> 8, code & 255]);
      const at = await wire.until(() => {
        const found = wire.held.indexOf(close);
        return found >= 0 && wire.held[found - 2] === 0x88 ? found - 2
          : undefined;
      }, `a close with ${code}`);
      await demo.order();
      assert.equal((await witness.next()).type, 'data.new');
      await wire.send(frame(0x88, close));
      await wire.closed();
      const end = at + 2 + wire.held[at + 1];
      assert.equal(wire.held.subarray(end).toString('latin1'), '',
                   `behind ${code}`);
      wire.close();
      await witness.close();
    }
  }));

test('a client that answers no ping is closed, one that does is not',
  withWorld({ settings: ['--socket-silent-s', '2'] }, async (world) => {
    const demo = await world.token('demo');
    const alive = await world.open(demo);
    const gone = await world.open(demo, { autoPong: false });
    await alive.subscribe();
    await gone.subscribe();
    let pings = 0;
    const asked = new Promise((resolve) => {
      alive.socket.on('ping', () => { if (++pings === 3) resolve(); });
    });
    assert.equal((await gone.closed).code, 1006);
    await deadline(asked, 'three pings');
    await demo.order();
    assert.equal((await alive.next()).type, 'data.new');
  }));

test('a heartbeat comes when it is quiet, with the last position given',
  withWorld({ redis: true }, async (world) => {
    const demo = await world.token('demo');
    const stream = await world.open(demo);
    await stream.subscribe({ heartbeat: 1 });
    await demo.order();
    await stream.next();
    const beat = await stream.heartbeat();
    assert.equal(beat.seq, 1);
    assert.deepEqual(beat.streams, { orders: 1 });
    assert.match(beat.time, /Z$/);
  }));

for (const options of [{}, { workers: 2 }]) {
  const how = JSON.stringify(options);

  test(`a socket ends with the right to have it ${how}`,
    withWorld(options, async (world) => {
      const session = await world.login('demo');
      const token = await world.token('demo');
      const staying = await world.follow(await world.login('demo'));
      const bySession = [];
      const byToken = [];
      for (let i = 0; i < 4; i++) {
        bySession.push(await world.follow(session));
        byToken.push(await world.follow(token));
      }
      const logout = await session.form('/accounts/logout/',
        { csrfmiddlewaretoken: session.cookieOf('csrftoken') });
      assert.equal(logout.status, 302);
      for (const stream of bySession)
        assert.equal((await stream.closed).code, 4401);

      const cookie = await world.login('demo');
      const { body } = await cookie.get('/api/token/');
      const answer = await cookie.delete(
        `/api/token/${body.results[0].id}/`);
      assert.equal(answer.status, 204);
      for (const stream of byToken)
        assert.equal((await stream.closed).code, 4401);
      await staying.silent();

      await world.command(['changepassword', '--username', 'demo',
                           '--password-stdin'], { input: 'another-secret\n' });
      assert.equal((await staying.closed).code, 4401);
      assert.equal((await cookie.get('/api/me/')).status, 401);
    }));

  test(`SIGTERM says so, closes with 1001 and ends with 0 ${how}`,
    withWorld(options, async (world) => {
      const demo = await world.token('demo');
      const streams = [];
      for (let i = 0; i < 6; i++) streams.push(await world.follow(demo));
      await world.stopDaemon();
      const delays = new Set();
      for (const stream of streams) {
        const frame = await stream.next();
        assert.equal(frame.type, 'shutdown');
        delays.add(frame.delay_ms);
        assert.equal((await stream.closed).code, 1001);
      }
      assert.ok(delays.size > 1);
    }));
}

test('a login that expires closes its socket',
  withWorld({ settings: ['--session-lifetime-s', '2'] }, async (world) => {
    const stream = await world.follow(await world.login('demo'));
    assert.equal((await stream.closed).code, 4401);
  }));

test('a client that takes nothing is closed with 1013',
  withWorld({ settings: ['--socket-blocked-s', '1'] }, async (world) => {
    const demo = await world.token('demo');
    const stream = await world.follow(demo);
    stream.socket._socket.pause();
    const orders = Array.from({ length: 1000 }, () => (
      { instrument: 'L'.repeat(255), quantity: '1', price: '1' }));
    const gone = world.daemon.line(/orders.not_reading/, 'err');
    let blocked = false;
    gone.then(() => { blocked = true; });
    for (let i = 0; i < 40 && !blocked; i++)
      assert.equal((await demo.post('/api/data/', orders)).status, 201);
    await gone;
    stream.socket._socket.resume();
    assert.equal((await stream.closed).code, 1013);
  }));
