// Bodies and connections that no good client sends or makes: each gets its
// stated answer, and the daemon serves on.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { held } from './lib/rows.mjs';
import { Wire, bytes } from './lib/wire.mjs';
import { alive, chunks, count, order, post, withUser }
  from './lib/wire_user.mjs';

const MIB = 1024 * 1024;

test('a length that is none is refused, and the connection closed',
  withUser(async (world) => {
    const cases = [
      ['chunked and a length', { 'Transfer-Encoding': 'chunked',
                                 'Content-Length': order.length }],
      ['chunked and no length', { 'Transfer-Encoding': 'chunked',
                                  'Content-Length': 0 }],
      ['identity and a length', { 'Transfer-Encoding': 'identity' }],
      ['identity', { 'Transfer-Encoding': 'identity', 'Content-Length': null }],
      ['gzip', { 'Transfer-Encoding': 'gzip, chunked',
                 'Content-Length': null }],
      ['none', { 'Content-Length': null }],
      ['empty', { 'Content-Length': '' }],
      ['blanks', { 'Content-Length': ' \t ' }],
      ['two that are empty', { 'Content-Length': ['', ''] }],
      ['an empty one behind', { 'Content-Length': ['57', ''] }],
      ['an empty one before', { 'Content-Length': ['', '57'] }],
      ['an empty coding and a length', { 'Transfer-Encoding': '' }],
      ['a blank coding and a length', { 'Transfer-Encoding': ' ' }],
      ['an empty length and chunked', { 'Transfer-Encoding': 'chunked',
                                        'Content-Length': '' }],
      ['an empty coding', { 'Transfer-Encoding': '', 'Content-Length': null }],
      ['a word', { 'Content-Length': 'zz' }],
      ['hex', { 'Content-Length': '0x10' }],
      ['two in one', { 'Content-Length': '3, 5' }],
      ['two alike in one', { 'Content-Length': '3,3' }],
      ['negative', { 'Content-Length': '-3' }],
      ['signed', { 'Content-Length': '+3' }],
      ['with a point', { 'Content-Length': '3.0' }],
      ['with a unit', { 'Content-Length': '3 bytes' }],
      ['of 20 digits', { 'Content-Length': '99999999999999999999' }],
      ['of 200 digits', { 'Content-Length': '9'.repeat(200) }],
      ['two headers', { 'Content-Length': ['3', '5'] }],
      ['two headers alike', { 'Content-Length': ['57', '57'] }],
    ];

    for (const [what, headers, body] of cases) {
      const wire = await Wire.open(world.port);
      await wire.send(post(world, headers, body));
      const answer = await wire.answer();
      assert.equal(answer?.status, what === 'none' ? 411
        : /digits/.test(what) ? 413
          : /^(identity|gzip)$/.test(what) ? 501 : 400, what);
      assert.match(answer.headers['content-type'], /problem\+json/, what);
      assert.equal(answer.headers.connection, 'close', what);
      assert.equal(await wire.closed(), '', what);
      wire.close();
      await alive(world);
    }
    assert.equal(await count(world), 0);
  }));

test('PUT and PATCH without a length are refused too',
  withUser(async (world) => {
    const { id } = await world.session.order();
    for (const method of ['PUT', 'PATCH']) {
      const wire = await Wire.open(world.port);
      await wire.send(bytes(method, `/api/data/${id}/`,
        { headers: { ...world.headers, 'Content-Length': null },
          body: '{"price":"9"}' }));
      assert.equal((await wire.answer()).status, 411);
      await wire.closed();
    }
    const { body } = await world.session.get(`/api/data/${id}/`);
    assert.equal(body.version, 1);
  }));

test('a body is at most 1 MiB', withUser(async (world) => {
  const pad = ' '.repeat(MIB - order.length);
  const whole = await Wire.open(world.port);
  await whole.send(post(world, {}, order + pad));
  assert.equal((await whole.answer()).status, 201);

  // Answered even to a client that is still sending.
  for (const [length, sent] of [[MIB + 1, MIB + 1], [10 * MIB, 10 * MIB],
                                [10 * MIB, 0], [1024 * MIB, 0]]) {
    const wire = await Wire.open(world.port);
    const body = 'x'.repeat(sent);
    wire.send(post(world, { 'Content-Length': length }, body));
    const answer = await wire.answer();
    assert.equal(answer?.status, 413, `${length} ${sent}`);
    assert.equal(answer.headers.connection, 'close');
    if (!sent) wire.close();
    await wire.closed();
  }
  assert.equal(await count(world), 1);
}));

test('a body in pieces is one body', withUser(async (world) => {
  const request = post(world, {}, JSON.stringify(
    { instrument: 'Ünïcode-€', quantity: '1', price: '2' }));
  const wire = await Wire.open(world.port);
  for (const byte of Buffer.from(request)) await wire.send(Buffer.from([byte]));
  const { status, body } = await wire.answer();
  assert.equal(status, 201);
  assert.equal(body.instrument, 'Ünïcode-€');
  // And the connection is good for more.
  await wire.send(bytes('GET', '/api/data/', { headers: world.headers }));
  assert.equal((await wire.answer()).body.count, 1);
}));

test('what stands behind a body is not read as part of it',
  withUser(async (world) => {
    const behind = [
      [bytes('GET', '/healthz'), [200]],
      [post(world), [201]],
      [post(world) + post(world), [201, 201]],
      [chunks(world) + bytes('GET', '/healthz') + chunks(world),
       [201, 200, 201]],
      ['x', []],
      ['\r\n', []],
      ['\r\n\r\n' + bytes('GET', '/healthz'), [200]],
      ['\0\0\0\0', [400]],
      ['A'.repeat(10_000), [400]],
    ];
    for (const first of [post(world), chunks(world)]) {
      for (const [more, statuses] of behind) {
        const before = await count(world);
        const what = JSON.stringify(more.slice(0, 40));
        const wire = await Wire.open(world.port);
        await wire.send(first + more);
        wire.halfClose();
        const answer = await wire.answer();
        assert.equal(answer.status, 201, what);
        assert.equal(answer.body.instrument, 'WIRE');
        for (const status of statuses)
          assert.equal((await wire.answer())?.status, status, what);
        assert.equal(await wire.closed(), '', what);
        assert.equal(await count(world), before + 1 +
          statuses.filter((status) => status === 201).length, what);
      }
    }
  }));

test('requests of every kind behind each other, cut anywhere',
  withUser(async (world) => {
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const requests = [
      [200, bytes('GET', '/healthz')],
      [201, post(world)],
      [200, bytes('GET', '/api/me/', { headers: world.headers })],
      [201, chunks(world)],
      [403, bytes('POST', '/accounts/login/', { headers: form, body: 'a=b' })],
      [201, chunks(world, {}, 1)],
      [204, bytes('DELETE', '/api/data/1/', { headers: world.headers })],
      [404, bytes('GET', '/nothing', { body: 'a body that nobody wants' })],
      [201, post(world, {}, ' '.repeat(600) + order)],
      [400, post(world, {}, '')],
      [200, bytes('GET', '/healthz')],
    ];
    const all = requests.map(([, request]) => request).join('');
    const ask = async (pieces) => {
      const wire = await Wire.open(world.port);
      for (const piece of pieces) await wire.send(piece);
      const seen = [];
      for (let i = 0; i < requests.length; i++)
        seen.push((await wire.answer())?.status);
      // The one order that can be removed once.
      assert.deepEqual(seen.map((s, i) => (i === 6 ? 204 : s)),
                       requests.map(([status]) => status));
      wire.close();
    };
    await ask([all]);
    await ask(requests.map(([, request]) => request));
    for (let at = 1; at < all.length; at += 41)
      await ask([all.slice(0, at), all.slice(at)]);
    for (const size of [7, 100, 500])
      await ask(all.match(new RegExp(`.{1,${size}}`, 'gs')));
  }));

test('a body in chunks is taken up to the limit', withUser(async (world) => {
  const large = order + ' '.repeat(MIB - order.length);
  const good = [
    chunks(world), chunks(world, {}, 1), chunks(world, {}, 1000),
    chunks(world).replace(/\r\n14\r\n/, '\r\n0000014;a=b;c="d"\r\n'),
    chunks(world).replace(/\r\n14\r\n/, '\r\n14 ; a\r\n'),
    chunks(world).replace(/0\r\n\r\n$/, '0\r\nX: y\r\nDate: z\r\n\r\n'),
    chunks(world).replace(/0\r\n\r\n$/, '000;x\r\n\r\n'),
    chunks(world, {}, 65536, large),
    chunks(world, { 'Transfer-Encoding': 'Chunked' }),
  ];
  for (const request of good) {
    const wire = await Wire.open(world.port);
    await wire.send(request + bytes('GET', '/healthz'));
    assert.equal((await wire.answer())?.status, 201, request.slice(-60));
    assert.equal((await wire.answer())?.status, 200);
    wire.close();
  }
  assert.equal(await count(world), good.length);
  const bad = [
    [400, '5\nhello\r\n0\r\n\r\n'], [400, '5\r\nhello0\r\n\r\n'],
    [400, '5\r\nhello\n0\r\n\r\n'], [400, 'x\r\n'], [400, '\r\n'],
    [400, '-1\r\n'], [400, '+1\r\n'], [400, '0x5\r\n'], [400, ' 5\r\n'],
    [400, '5 \r\n'], [400, '5 5\r\n'], [400, ';a\r\n'],
    [400, '5;\x01\r\n'], [400, `5;${'a'.repeat(300)}\r\n`],
    [413, '100001\r\n'], [413, 'ffffffffffffffff\r\n'],
    [413, `${'0'.repeat(20)}5\r\n`], [413, 'fffffffffffffffff\r\n'],
    [413, `5\r\nhello\r\nfffff\r\n`],
    [400, '0\r\nX: \0\r\n\r\n'], [400, '0\r\nX: y\n\r\n'],
    [413, `0\r\nX: ${'y'.repeat(5000)}\r\n\r\n`],
    [413, '1;aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n \r\n'.repeat(3000)],
  ];
  for (const [status, body] of bad) {
    const wire = await Wire.open(world.port);
    await wire.send(bytes('POST', '/api/data/', { headers: { ...world.headers,
      'Transfer-Encoding': 'chunked' } }) + body + bytes('GET', '/healthz'));
    const answer = await wire.answer();
    const what = JSON.stringify(body.slice(0, 60));
    assert.equal(answer?.status, status, what);
    assert.equal(answer.headers.connection, 'close', what);
    assert.equal(await wire.closed(), '', what);
  }
  for (const [version, status] of [['HTTP/1.0', 400], ['HTTP/1.1', 201]]) {
    const wire = await Wire.open(world.port);
    await wire.send(chunks(world).replace('HTTP/1.1', version));
    assert.equal((await wire.answer())?.status, status, version);
    wire.close();
  }
}));

test('a refusal reaches a client that is still sending',
  withUser(async (world) => {
    const large = 'x'.repeat(20 * MIB);
    const requests = [
      [413, post(world, {}, large)],
      [413, `${bytes('POST', '/api/data/', { headers: { ...world.headers,
        'Transfer-Encoding': 'chunked' } })}1400000\r\n${large}`],
      [411, post(world, { 'Content-Length': null }, large)],
      [400, post(world, { 'Content-Length': 'x' }, large)],
      [431, bytes('GET', '/', { headers: { Cookie: large } })],
      [414, bytes('GET', `/?${large}`)],
      [400, `GET / HTTP/1.1\r\nno colon\r\n\r\n${large}`],
    ];
    for (const [status, request] of requests) {
      const wire = await Wire.open(world.port);
      // All of it, before anything is read.
      await wire.send(request);
      assert.equal((await wire.answer())?.status, status);
      await wire.closed();
      wire.close();
    }
    await alive(world);
  }));

test('bytes that come while an answer is waited for do no harm',
  withUser(async (world) => {
    for (let i = 0; i < 50; i++) {
      const wire = await Wire.open(world.port);
      await wire.send(post(world));
      await wire.send(bytes('GET', '/healthz'));
      assert.equal((await wire.answer()).status, 201);
      assert.equal((await wire.answer()).status, 200);
      wire.close();
    }
    assert.equal(await count(world), 50);
  }));

// For how many seconds its main thread has run, or was ready to and waited for
// a processor.
async function busy(world) {
  const { pid } = world.daemon.child;
  const text = await readFile(`/proc/${pid}/task/${pid}/schedstat`, 'utf8');
  const [ran, waited] = text.split(' ').map(Number);
  return (ran + waited) / 1e9;
}

test('the loop rests while a request waits, whatever came along with it',
  withUser(async (world) => {
    const stream = await world.open(world.session);
    await stream.subscribe({ heartbeat: 1 });
    const healthz = bytes('GET', '/healthz');
    for (const [sent, ...statuses] of [
      [healthz + post(world), 200, 201],
      [post(world) + healthz, 201, 200],
      [healthz + post(world) + healthz, 200, 201, 200],
    ]) {
      const wire = await Wire.open(world.port);
      await held(world.database, async () => {
        await wire.send(sent);
        await stream.heartbeat();
        const [before, start] = [await busy(world), performance.now()];
        await stream.heartbeat();
        await stream.heartbeat();
        const share = (await busy(world) - before) /
          ((performance.now() - start) / 1000);
        assert.ok(share < 0.5, `busy for ${share} of the time`);
      });
      for (const status of statuses)
        assert.equal((await wire.answer()).status, status);
      assert.equal((await stream.next()).type, 'data.new');
      wire.close();
    }
  }));

test('pipelined GETs are all answered, in order', withUser(async (world) => {
  const paths = Array.from({ length: 200 }, (_, i) =>
    ['/healthz', '/api/me/', '/nothing', '/api/data/?page_size=1'][i % 4]);
  const wire = await Wire.open(world.port);
  await wire.send(paths.map((path) =>
    bytes('GET', path, { headers: world.headers })).join(''));
  for (const path of paths) {
    const { status, body } = await wire.answer();
    assert.equal(status, path === '/nothing' ? 404 : 200);
    if (path === '/api/me/') assert.equal(body.username, 'demo');
    if (path === '/healthz') assert.equal(body.status, 'ok');
  }
  wire.close();
}));

test('a connection serves 200 requests of all kinds',
  withUser(async (world) => {
    const wire = await Wire.open(world.port);
    const ask = async (method, path, body) => {
      await wire.send(bytes(method, path, { headers: world.headers, body }));
      const answer = await wire.answer({ head: method === 'HEAD' });
      assert.ok(answer, `${method} ${path}: closed`);
      return answer;
    };
    for (let i = 0; i < 25; i++) {
      const { status, body } = await ask('POST', '/api/data/', order);
      assert.equal(status, 201);
      const path = `/api/data/${body.id}/`;
      assert.equal((await ask('GET', path)).status, 200);
      assert.equal((await ask('HEAD', path)).status, 200);
      assert.equal((await ask('PATCH', path, '{"price":"3"}')).status, 200);
      assert.equal((await ask('PUT', path, order)).status, 200);
      assert.equal((await ask('OPTIONS', path)).status, 200);
      assert.equal((await ask('DELETE', path)).status, 204);
      assert.equal((await ask('GET', path)).status, 404);
    }
    wire.close();
  }));

test('a client that closed its half still gets its answer',
  withUser(async (world) => {
    const requests = [
      [post(world), 201],
      [bytes('GET', '/api/data/', { headers: world.headers }), 200],
      [bytes('GET', '/healthz'), 200],
      [bytes('POST', '/api/token/', { headers:
        { 'Content-Type': 'application/json' },
        body: '{"username":"demo","password":"demo-secret"}' }), 200],
    ];
    for (const [request, status] of requests) {
      const wire = await Wire.open(world.port);
      wire.socket.end(request);
      assert.equal((await wire.answer()).status, status);
      await wire.closed();
    }
  }));

test('a client that goes while its write is under way', withUser(
  async (world) => {
    for (let i = 0; i < 60; i++) {
      const wire = await Wire.open(world.port);
      await wire.send(post(world));
      if (i % 2) wire.reset();
      else wire.close();
    }
    await alive(world);
    // Each is there whole or not at all, and the stream has no hole.
    await world.session.order({ instrument: 'LAST' });
    const { body } = await world.session.get('/api/data/?page_size=1000');
    assert.equal(body.results.length, body.count);
    assert.deepEqual(body.results.map((row) => row.position),
      Array.from({ length: body.count }, (_, i) => body.count - i));
    assert.equal(body.position.seq, body.count);
  }));

test('a client that goes in the middle of a request',
  withUser(async (world) => {
    const whole = post(world);
    for (let i = 1; i < whole.length; i += 7) {
      const wire = await Wire.open(world.port);
      await wire.send(whole.slice(0, i));
      if (i % 2) wire.reset();
      else wire.halfClose();
      wire.close();
    }
    assert.equal(await count(world), 0);
  }));

test('a request that never ends is cut', withUser(async (world) => {
  const whole = post(world);
  const wires = [];
  for (const length of [0, 10, whole.length - 10]) {
    const wire = await Wire.open(world.port);
    await wire.send(whole.slice(0, length));
    wires.push(wire);
  }
  await Promise.all(wires.map((wire) => wire.closed()));
  assert.equal(await count(world), 0);
}));

test('300 connections at once, each with its own answer',
  withUser(async (world) => {
    const wires = await Promise.all(Array.from({ length: 300 },
      () => Wire.open(world.port)));
    for (const round of [0, 1]) {
      await Promise.all(wires.map((wire, i) => wire.send(
        i % 3 ? bytes('GET', '/api/data/?page_size=1',
                      { headers: world.headers })
          : post(world, {}, JSON.stringify(
            { instrument: `I${i}`, quantity: '1', price: '2' })))));
      const answers = await Promise.all(wires.map((wire) => wire.answer()));
      for (const [i, answer] of answers.entries()) {
        assert.equal(answer?.status, i % 3 ? 200 : 201);
        if (i % 3 === 0) assert.equal(answer.body.instrument, `I${i}`);
      }
      assert.equal(await count(world), 100 * (round + 1));
    }
    for (const wire of wires) wire.close();
  }));

test('an answer too long for the kernel reaches a client that reads it late',
  withUser(async (world) => {
    const rows = Array.from({ length: 1000 }, () => (
      { instrument: 'x'.repeat(250), quantity: '1', price: '2' }));
    for (let i = 0; i < 10; i++)
      assert.equal((await world.session.post('/api/data/', rows)).status, 201);
    const path = '/api/data/?format=datatables&length=-1'; // some 5 MB
    const open = async (times, headers = {}) => {
      const wire = await Wire.open(world.port);
      wire.socket.pause();
      await wire.send(bytes('GET', path, { headers: { ...world.headers,
        ...headers } }).repeat(times));
      return wire;
    };
    const whole = async (wire, times) => {
      for (let i = 0; i < times; i++) {
        const answer = await wire.answer();
        assert.equal(answer?.body?.data.length, 10_000, `${i}`);
      }
    };
    // The more asked for at once, the surer that some of it has to wait.
    const pipelined = await open(8);
    const halfClosed = await open(8);
    halfClosed.halfClose();
    const closing = await open(1, { Connection: 'close' });
    const gone = await open(8);
    const stuck = await open(8);
    await alive(world);
    gone.reset();
    for (const [wire, times] of [[pipelined, 8], [halfClosed, 8],
                                 [closing, 1]]) {
      wire.socket.resume();
      await whole(wire, times);
    }
    await halfClosed.closed();
    await closing.closed();
    await pipelined.send(bytes('GET', '/healthz')); // still good for more
    assert.equal((await pipelined.answer()).status, 200);
    pipelined.close();
    // One that never reads holds nobody up at the end.
    await alive(world);
    await world.stopDaemon();
    stuck.close();
    await world.startDaemon();
    world.session.url = world.url;
  }, { settings: ['--read-budget-ms', '60000'] })); // it is not about speed

test('it ends with 0 whatever is still open', withUser(async (world) => {
  const wires = [];
  for (let i = 0; i < 20; i++) {
    const wire = await Wire.open(world.port);
    await wire.send(i % 2 ? post(world) : post(world).slice(0, 60 + i));
    wires.push(wire);
  }
  await world.stopDaemon();
  for (const wire of wires) {
    await wire.closed();
    wire.close();
  }
  await world.startDaemon();
  world.session.url = world.url;
}));
