// HTTP that no good client sends: each attack gets its stated answer, and the
// daemon serves on.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Wire, bytes } from './lib/wire.mjs';
import { World, withWorld } from './lib/world.mjs';

const order = JSON.stringify({ instrument: 'WIRE', quantity: '1', price: '2' });
const MIB = 1024 * 1024;

async function alive(world) {
  const { status, body } = await world.session.get('/healthz');
  assert.equal(status, 200);
  assert.deepEqual(body, { status: 'ok' });
}

async function count(world) {
  return (await world.session.get('/api/data/')).body.count;
}

// A world whose user speaks by token: world.headers are its raw headers.
const withUser = (body, options = {}) => withWorld(options, async (world) => {
  world.session = await world.token('demo');
  world.headers = { Authorization: `Token ${world.session.token}` };
  await body(world);
  await alive(world);
});

const post = (world, headers = {}, body = order) =>
  bytes('POST', '/api/data/', { headers: { ...world.headers, ...headers },
                                body });

test('a length that is none is refused, and the connection closed',
  withUser(async (world) => {
    const cases = [
      ['chunked', { 'Transfer-Encoding': 'chunked', 'Content-Length': null },
       `${order.length.toString(16)}\r\n${order}\r\n0\r\n\r\n`],
      ['chunked and a length', { 'Transfer-Encoding': 'chunked',
                                 'Content-Length': order.length }],
      ['identity', { 'Transfer-Encoding': 'identity' }],
      ['none', { 'Content-Length': null }],
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
      // lws itself ends some of these without a word.
      if (answer) {
        assert.equal(answer.status, 400, what);
        assert.match(answer.headers['content-type'], /problem\+json/, what);
        assert.equal(answer.headers.connection, 'close', what);
      }
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
      assert.equal((await wire.answer()).status, 400);
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

  for (const body of [`${order}${pad} `, '']) {
    const wire = await Wire.open(world.port);
    await wire.send(post(world, { 'Content-Length': body.length || 10 * MIB },
                         body));
    const answer = await wire.answer();
    assert.equal(answer.status, 413);
    assert.equal(answer.headers.connection, 'close');
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
      bytes('GET', '/healthz'),
      post(world),
      post(world) + post(world),
      'x',
      '\r\n',
      '\0\0\0\0',
      'A'.repeat(10_000),
    ];
    for (const [i, more] of behind.entries()) {
      const wire = await Wire.open(world.port);
      await wire.send(post(world) + more);
      const answer = await wire.answer();
      assert.equal(answer.status, 201, JSON.stringify(more.slice(0, 40)));
      assert.equal(answer.body.instrument, 'WIRE');
      assert.equal(answer.headers.connection, 'close');
      await wire.closed();
      assert.equal(await count(world), i + 1);
      await alive(world);
    }
  }));

test('bytes that come while an answer is waited for do no harm',
  withUser(async (world) => {
    for (let i = 0; i < 50; i++) {
      const wire = await Wire.open(world.port);
      await wire.send(post(world));
      await wire.send(bytes('GET', '/healthz'));
      assert.equal((await wire.answer()).status, 201);
      // Read in one go with the body it is dropped, else answered.
      const second = await wire.answer();
      if (second) assert.equal(second.status, 200);
      wire.close();
    }
    assert.equal(await count(world), 50);
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

test('methods with and without a body', withUser(async (world) => {
  const { id } = await world.session.order();
  const path = `/api/data/${id}/`;
  const cases = [
    // method, path, Content-Length (undefined: none), status
    ['PUT', path, 0, 400],
    ['PATCH', path, 0, 200], // changes nothing
    ['POST', '/api/data/', 0, 400],
    ['POST', '/healthz', 0, 405],
    ['DELETE', '/api/data/', undefined, 405],
    ['DELETE', '/api/data/999999/', undefined, 404],
    ['DELETE', '/healthz', 0, 405],
    ['PUT', '/healthz', 0, 405],
    ['OPTIONS', '/api/data/', undefined, 200],
    ['GET', path, 0, 200],
    ['DELETE', path, 0, 204],
  ];
  const wire = await Wire.open(world.port);
  for (const [method, to, length, status] of cases) {
    await wire.send(bytes(method, to, { headers: { ...world.headers,
      ...(length === undefined ? {} : { 'Content-Length': length }) } }));
    const answer = await wire.answer();
    assert.equal(answer?.status, status, `${method} ${to}`);
    if (status === 405) assert.ok(answer.headers.allow, `${method} ${to}`);
  }
  // Bodies where none is wanted.
  for (const method of ['GET', 'DELETE']) {
    await wire.send(bytes(method, path, { headers: world.headers,
                                          body: 'x'.repeat(5000) }));
    assert.equal((await wire.answer()).status, 404, method);
  }
  wire.close();
}));

test('HEAD answers as GET does, without the body', withUser(async (world) => {
  const { id } = await world.session.order();
  const paths = ['/', '/accounts/login/', '/api/', '/api/data/', '/healthz',
    `/api/data/${id}/`, '/api/me/', '/nothing', '/assets/css/base.css'];
  const wire = await Wire.open(world.port);
  for (const path of paths) {
    await wire.send(bytes('GET', path, { headers: world.headers }));
    const get = await wire.answer();
    await wire.send(bytes('HEAD', path, { headers: world.headers }));
    const head = await wire.answer({ head: true });
    assert.equal(head.status, get.status, path);
    for (const name of ['content-length', 'content-type', 'etag'])
      assert.equal(head.headers[name], get.headers[name], `${path} ${name}`);
  }
  wire.close();
}));

test('what is no request of ours is refused and closed',
  withUser(async (world) => {
    const get = '/healthz';
    const cases = [
      bytes('TRACE', get),
      bytes('FOO', get),
      bytes('CONNECT', 'localhost:80'),
      bytes('GET', `http://localhost${get}`),
      bytes('OPTIONS', '*'),
      bytes('PRI', '*', { version: 'HTTP/2.0' }),
      Buffer.from('160301020001000001fc0303'.padEnd(400, 'a5'), 'hex'),
      Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) & 255)),
      '\0'.repeat(100),
      '\r\n\r\n\r\n',
      'GET\r\n\r\n',
      `GET ${get}\r\n\r\n`,
      ' GET / HTTP/1.1\r\n\r\n',
      bytes('GET', '/api/data/%00'),
      bytes('GET', '/%'),
      bytes('GET', '/%zz'),
      bytes('GET', ''),
      bytes('GET', 'healthz'),
    ];
    for (const [i, request] of cases.entries()) {
      const wire = await Wire.open(world.port);
      await wire.send(request);
      wire.halfClose();
      const answer = await wire.answer();
      if (answer) assert.ok(answer.status < 500, `${i}: ${answer.status}`);
      await wire.closed();
      wire.close();
      await alive(world);
    }
  }));

test('headers up to 8 KB are taken, 20 KB are not', withUser(async (world) => {
  const cases = [
    [{ Cookie: `a=${'c'.repeat(8000)}` }, '/healthz', 200],
    [{ 'X-Unknown': 'u'.repeat(9000) }, '/healthz', 200],
    [{}, `/healthz?${'q'.repeat(8000)}`, 200],
    [Object.fromEntries(Array.from({ length: 100 },
      (_, i) => [`X-Header-${i}`, 'v'])), '/healthz', 200],
    [{ Cookie: `a=${'c'.repeat(20_000)}` }, '/healthz', null],
    [{ 'X-Unknown': 'u'.repeat(20_000) }, '/healthz', null],
    [{}, `/healthz?${'q'.repeat(20_000)}`, null],
    [{}, `/${'p'.repeat(20_000)}`, null],
    [{}, `/${'p'.repeat(3000)}`, 404],
    [{ Authorization: `Token ${'t'.repeat(3000)}` }, '/api/me/', 401],
    [{ Cookie: `sessionid=${'s'.repeat(3000)}` }, '/api/me/', 401],
  ];
  for (const [headers, path, status] of cases) {
    const wire = await Wire.open(world.port);
    await wire.send(bytes('GET', path, { headers }));
    const answer = await wire.answer();
    const name = `${Object.keys(headers)[0]} ${path.slice(0, 20)}`;
    if (status) assert.equal(answer?.status, status, name);
    else if (answer) assert.ok(answer.status >= 400, name);
    if (!status) await wire.closed();
    wire.close();
    await alive(world);
  }
}));

test('paths are decoded once and never escape', withUser(async (world) => {
  const cases = [
    ['/api%2Fdata%2F', 200],
    ['//api//data//', 200],
    ['/api/./data/', 200],
    ['/x/../api/data/', 200],
    ['/api/data/..', 200],
    ['/assets/../api/me/', 200],
    ['/%2e%2e/api/me/', 200],
    ['/../../../etc/passwd', 404],
    ['/assets/../../etc/passwd', 404],
    ['/assets/%2e%2e/%2e%2e/etc/passwd', 404],
    ['/assets/..%2f..%2fetc%2fpasswd', 404],
    ['/assets/pages/login.html', 404],
    ['/%2561pi/data/', 404],
    ['/api/data/1%2F2/', 404],
    ['/api/data/01/', 404],
    ['/api/data/-1/', 404],
    ['/api/data/99999999999999999999/', 404],
    ['/api/data/1e3/', 404],
    ['/API/data/', 404],
    ['/api', 301],
    ['/api/data', 301],
    ['/api/data?page=2&x=%26%20y', 301],
  ];
  const wire = await Wire.open(world.port);
  for (const [path, status] of cases) {
    await wire.send(bytes('GET', path, { headers: world.headers }));
    const answer = await wire.answer();
    assert.equal(answer?.status, status, path);
    assert.doesNotMatch(answer.text, /root:/);
  }
  await wire.send(bytes('GET', '/api/data?page=2&x=%26%20y',
                        { headers: world.headers }));
  assert.equal((await wire.answer()).headers.location,
               '/api/data/?page=2&x=%26%20y');
  // Not without a login, by any spelling.
  for (const path of ['/api%2Fdata%2F', '//api//data//', '/x/../api/data/']) {
    await wire.send(bytes('GET', path));
    assert.equal((await wire.answer()).status, 401, path);
  }
  wire.close();
}));

test('HTTP/1.0 is answered and closed', withUser(async (world) => {
  for (const host of ['localhost', null]) {
    const wire = await Wire.open(world.port);
    await wire.send(bytes('GET', '/healthz', { version: 'HTTP/1.0', host }));
    assert.equal((await wire.answer()).status, 200);
    assert.equal(await wire.closed(), '');
  }
}));

test('Connection: close is kept', withUser(async (world) => {
  for (const request of [bytes('GET', '/healthz',
                               { headers: { Connection: 'close' } }),
                         post(world, { Connection: 'close' })]) {
    const wire = await Wire.open(world.port);
    await wire.send(request);
    assert.ok([200, 201].includes((await wire.answer()).status));
    assert.equal(await wire.closed(), '');
  }
}));

test('Expect: 100-continue gets an answer once the body is there',
  withUser(async (world) => {
    const wire = await Wire.open(world.port);
    const request = post(world, { Expect: '100-continue' });
    const cut = request.indexOf('\r\n\r\n') + 4;
    await wire.send(request.slice(0, cut));
    await wire.send(request.slice(cut));
    let answer = await wire.answer();
    if (answer.status === 100) answer = await wire.answer();
    assert.equal(answer.status, 201);
    wire.close();
  }));

test('an upgrade that is none', withUser(async (world) => {
  const cases = [
    ['GET', '/api/data/', { Upgrade: 'websocket', Connection: 'Upgrade' }],
    ['GET', '/healthz', { Upgrade: 'h2c', Connection: 'Upgrade, HTTP2-Settings',
                          'HTTP2-Settings': 'AAMAAABkAAQCAAAAAAIAAAAA' }],
    ['POST', '/api/data/', { Upgrade: 'websocket', Connection: 'Upgrade',
                             'Content-Length': 0 }],
    ['GET', '/data/stream/', { Upgrade: 'websocket', Connection: 'Upgrade',
                               'Sec-WebSocket-Version': '13' }],
    ['GET', '/data/stream/', { Upgrade: 'websocket' }],
    ['GET', '/data/stream/', {}],
  ];
  for (const [method, path, headers] of cases) {
    const wire = await Wire.open(world.port);
    await wire.send(bytes(method, path,
                          { headers: { ...world.headers, ...headers } }));
    wire.halfClose();
    const answer = await wire.answer();
    if (answer) assert.notEqual(answer.status, 101, `${path}`);
    await wire.closed();
    await alive(world);
  }
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

test('a long answer reaches a client that reads it late',
  withUser(async (world) => {
    const rows = Array.from({ length: 1000 }, (_, i) => (
      { instrument: `LATE-${i}-${'x'.repeat(200)}`, quantity: '1',
        price: '2' }));
    assert.equal((await world.session.post('/api/data/', rows)).status, 201);
    const wire = await Wire.open(world.port);
    wire.socket.pause();
    for (let i = 0; i < 10; i++) {
      await wire.send(bytes('GET', '/api/data/?page_size=1000',
                            { headers: world.headers }));
    }
    await alive(world);
    wire.socket.resume();
    for (let i = 0; i < 10; i++) {
      const answer = await wire.answer();
      assert.equal(answer?.body?.results.length, 1000, `answer ${i}`);
    }
    // And one that goes in the middle of it.
    const gone = await Wire.open(world.port);
    gone.socket.pause();
    await gone.send(bytes('GET', '/api/data/?page_size=1000',
                          { headers: world.headers }));
    gone.reset();
  }));

test('the attacks leave no job and no connection behind', async () => {
  const world = await World.start();
  world.session = await world.token('demo');
  world.headers = { Authorization: `Token ${world.session.token}` };
  const wires = [];
  for (let i = 0; i < 20; i++) {
    const wire = await Wire.open(world.port);
    await wire.send(i % 2 ? post(world) : post(world).slice(0, 60 + i));
    wires.push(wire);
  }
  await world.stop(); // exit 0 with all of them open
  for (const wire of wires) {
    await wire.closed();
    wire.close();
  }
});
