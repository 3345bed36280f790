// Requests made to be read otherwise than they are, answers without their
// guards, clients that never end, and what the log tells of it.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Session } from './lib/http.mjs';
import { stored } from './lib/rows.mjs';
import { Wire, bytes } from './lib/wire.mjs';
import { alive, count, order, post, withUser } from './lib/wire_user.mjs';
import { withWorld } from './lib/world.mjs';

// All that comes back for bytes that end: the statuses, until it is closed.
async function statuses(world, request, { head = false } = {}) {
  const wire = await Wire.open(world.port);
  await wire.send(request);
  wire.halfClose();
  const seen = [];
  for (let answer;
       (answer = await wire.answer({ head: head && !seen.length })); )
    seen.push(answer.status);
  wire.close();
  return seen;
}

test('no header hides a second request', withUser(async (world) => {
  const head = `Host: localhost\r\nAuthorization: ${
    world.headers.Authorization}\r\nContent-Type: application/json\r\n`;
  const length = `Content-Length: ${order.length}\r\n`;
  const cases = [
    // A Transfer-Encoding that one of two readers does not see.
    `${length}Transfer-Encoding : chunked\r\n`,
    `${length}Transfer-Encoding\t: chunked\r\n`,
    `${length}\x0bTransfer-Encoding: chunked\r\n`,
    `${length}Transfer-Encoding: \x0bchunked\r\n`,
    `${length}Transfer-Encoding: identity, chunked\r\n`,
    `${length}Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n`,
    `${length}X: y\r\nTransfer-Encoding: chunked\r\n`,
    `${length}X: y\nTransfer-Encoding: chunked\r\n`,
    `${length}Accept: y\nTransfer-Encoding: chunked\r\n`,
    `${length}X-Longer: y\nTransfer-Encoding: chunked\r\n`,
    `${length}A: b\r\nTransfer-Encoding: chunked\r\n`,
    // A length that one of two readers does not see.
    `Content-Length : ${order.length}\r\n`,
    `${length}Content-Length : 5\r\n`,
    `${length}Content-Length: 5\r\n`,
    `Content-Length: 5\r\n${length}`,
    // What is no name, or no value.
    `${length}X\0Y: z\r\n`, `${length}: z\r\n`, `${length}X Y: z\r\n`,
    `${length}"X": z\r\n`, `${length}X(Y): z\r\n`,
    `${length}Accept: a\0b\r\n`, `${length}Accept: a\x01b\r\n`,
    `${length}Accept: a\rX: y\r\n`, `${length}X-Y: a\rX: y\r\n`,
    `${length}Cookie: a=\x7f\r\n`,
  ];
  for (const headers of cases) {
    const what = JSON.stringify(headers);
    const seen = await statuses(world,
      `POST /api/data/ HTTP/1.1\r\n${head}${headers}\r\n${order}` +
      bytes('DELETE', '/api/data/1/', { headers: world.headers }));
    assert.deepEqual(seen, [400], what);
    assert.equal(await count(world), 0, what);
  }
  // The same with a method that has no body.
  for (const method of ['GET', 'DELETE', 'HEAD', 'OPTIONS'])
    for (const [headers, wanted] of [
      ['Transfer-Encoding : chunked\r\n', [400]],
      ['Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', [501]],
      ['Transfer-Encoding: chunked\r\n', null],
      ['X: y\r\nTransfer-Encoding: chunked\r\n', null]]) {
      const what = `${method} ${headers}`;
      const before = await count(world);
      const seen = await statuses(world,
        `${method} /healthz HTTP/1.1\r\n${head}${headers}\r\n` +
        `5\r\nhello\r\n0\r\n\r\n${post(world)}`,
        { head: method === 'HEAD' });
      if (wanted) assert.deepEqual(seen, wanted, what);
      else assert.equal(seen[1], 201, what);
      assert.equal(await count(world), before + (wanted ? 0 : 1), what);
    }
  // A folded header is not read on, and a line without a colon is none.
  for (const line of [' c: d', '\tc: d', 'no colon', 'c']) {
    const seen = await statuses(world,
      `GET /healthz HTTP/1.1\r\n${head}X-A: b\r\n${line}\r\n\r\n`);
    assert.deepEqual(seen, [400], line);
  }
}));

test('an empty header says what an empty one says', withUser(async (world) => {
  const { id } = await world.session.order();
  const path = `/api/data/${id}/`;
  const { cookies } = await world.login('demo');
  const cookie = `sessionid=${cookies.get('sessionid')}`;
  const fromPage = { Cookie: cookie, 'X-CSRFToken': cookies.get('csrftoken') };
  const price = (headers) => bytes('PATCH', path,
    { headers: { ...world.headers, 'Content-Type': 'application/json',
                 ...headers }, body: '{"price":"9"}' });
  const page = (headers) => bytes('GET', '/api/data/',
    { headers: { ...world.headers, ...headers } });
  const wire = await Wire.open(world.port);
  for (const [status, request] of [
    // A write under a condition is none without one.
    [400, price({ 'If-Match': '' })],
    [400, price({ 'If-Match': ['', ''] })],
    [400, bytes('DELETE', path,
                { headers: { ...world.headers, 'If-Match': '' } })],
    [400, bytes('GET', path,
                { headers: { ...world.headers, 'If-None-Match': '' } })],
    [200, bytes('GET', path, { headers: world.headers })],
    // An origin that is none is not ours.
    [403, bytes('POST', '/api/data/', { headers: { ...fromPage, Origin: '' },
                                        body: order })],
    [201, bytes('POST', '/api/data/', { headers: fromPage, body: order })],
    // No type is named, so that what comes is no form either.
    [415, post(world, { 'Content-Type': '' }, 'instrument=A')],
    // No login.
    [401, page({ Authorization: '' })],
    [401, page({ Authorization: ['', world.headers.Authorization] })],
    [400, page({ Authorization: [world.headers.Authorization, ''] })],
    [200, page({ Authorization: '', Cookie: cookie })],
    [401, bytes('GET', '/api/data/', { headers: { Cookie: '' } })],
    // Lists of nothing.
    [200, page({ Cookie: '', Accept: '', 'Accept-Encoding': '', Upgrade: '',
                 Connection: '', 'User-Agent': '', Origin: null })],
    [201, post(world, { 'Content-Encoding': '' })],
  ]) {
    await wire.send(request);
    const answer = await wire.answer();
    assert.equal(answer?.status, status, request);
    assert.equal(answer.headers.connection, undefined, request);
  }
  wire.close();
  const { body } = await world.session.get(path);
  assert.equal(body.version, 1);
}));

test('the request line says what it says, once', withUser(async (world) => {
  const rest = `Host: localhost\r\nAuthorization: ${
    world.headers.Authorization}\r\n\r\n`;
  for (const line of ['GET /healthz x HTTP/1.1', 'GET /healthz HTTP/1.1 x',
    'GET /healthz HTTP/1.1 HTTP/1.1', 'GET /healthz HTTP/2.0',
    'GET /healthz HTTP/1.2', 'GET /healthz XTTP/1.1', 'GET /healthz',
    'GET /healthz HTTP/1.1\x01']) {
    const seen = await statuses(world, `${line}\r\n${rest}`);
    assert.ok(!seen.includes(200), `${line}: ${seen}`);
    await alive(world);
  }
  // Nor does another header or argument choose the method.
  const { id } = await world.session.order();
  const path = `/api/data/${id}/`;
  for (const name of ['X-HTTP-Method-Override', 'X-HTTP-Method',
                      'X-Method-Override', '_method']) {
    const { status } = await world.session.get(path, { [name]: 'DELETE' });
    assert.ok([200, 400].includes(status), name);
    await world.session.get(`${path}?_method=DELETE`);
    await world.session.post('/api/data/', { ...JSON.parse(order),
                                             _method: 'DELETE' });
  }
  assert.equal((await world.session.get(path)).body.version, 1);
}));

test('a Host that only begins like ours is not ours', withWorld({},
  async (world) => {
    const hosts = ['localhost:80@evil.example', 'localhost:x', 'localhost:',
      'localhost:80:80', 'localhost\0.evil.example', 'localhost, evil.example',
      'localhost evil.example', '[::1]evil.example', '[::1]:80@evil.example',
      'localhost/evil.example', '127.0.0.1.evil.example', '.localhost'];
    for (const host of hosts) {
      const wire = await Wire.open(world.port);
      await wire.send(bytes('GET', '/accounts/login/', { host }));
      const answer = await wire.answer();
      if (host === 'localhost:') assert.equal(answer.status, 200);
      else assert.ok([400, 421].includes(answer?.status), host);
      wire.close();
    }
    for (const two of [['localhost', 'evil.example'],
                       ['evil.example', 'localhost']]) {
      const wire = await Wire.open(world.port);
      await wire.send(bytes('GET', '/accounts/login/',
                            { host: null, headers: { Host: two } }));
      assert.equal((await wire.answer()).status, 400);
      wire.close();
    }
  }));

test('a cookie among many, and many of one name', withWorld({},
  async (world) => {
    const demo = await world.login('demo');
    const own = `sessionid=${demo.cookies.get('sessionid')}`;
    const nobody = new Session(world.url);
    const me = async (Cookie) =>
      (await nobody.get('/api/me/', { Cookie })).status;
    const many = Array.from({ length: 1500 }, (_, i) => `c${i}=v`).join('; ');
    assert.equal(await me(`${many}; ${own}`), 200);
    assert.equal(await me(`xsessionid=y; sessionidx=z; ${own}`), 200);
    // A live one among them counts, of as many as are looked at.
    const planted = (count) => Array.from({ length: count }, (_, i) =>
      `sessionid=planted${i}; `).join('');
    assert.equal(await me(planted(1) + own), 200);
    assert.equal(await me(`${own}; ${planted(3)}`), 200);
    assert.equal(await me(planted(8) + own), 200);
    assert.equal(await me(`sessionid=${'x'.repeat(500)}; ${own}`), 200);
    assert.equal(await me(planted(9) + own), 401);
    for (const odd of ['sessionid', '=', ';;;;', `Sessionid${own.slice(9)}`,
                       `x="; ${own.replace('=', ' =')}"`, `${own}x`,
                       ` ${own.slice(0, -1)}`, 'sessionid="'])
      assert.equal(await me(odd), 401, odd);
  }));

const guards = {
  'x-content-type-options': /^nosniff$/,
  'x-frame-options': /^DENY$/,
  'referrer-policy': /^same-origin$/,
  'content-security-policy':
    /^default-src 'self';.*object-src 'none'.*frame-ancestors 'none'$/,
};

test('every answer has its guards, whoever makes it', withWorld({},
  async (world) => {
    const demo = await world.token('demo');
    const cookie = await world.login('demo');
    const rows = Array.from({ length: 1000 }, () => (
      { instrument: 'x'.repeat(250), quantity: '1', price: '2' }));
    for (let i = 0; i < 3; i++)
      assert.equal((await demo.post('/api/data/', rows)).status, 201);
    const token = { Authorization: `Token ${demo.token}` };
    const html = { Accept: 'text/html', Cookie: cookie.cookie() };
    const json = { 'Content-Type': 'application/json' };
    const cases = [
      [200, bytes('GET', '/healthz')], [200, bytes('GET', '/metrics')],
      [200, bytes('GET', '/accounts/login/')],
      [200, bytes('GET', '/', { headers: html })],
      [200, bytes('GET', '/api/data/', { headers: html })],
      [200, bytes('GET', '/assets/js/dashboard.js')],
      [200, bytes('GET', '/assets/icon.svg')],
      [200, bytes('GET', '/api/data/?format=datatables&length=-1',
                  { headers: token })], // more than the kernel takes at once
      [200, bytes('OPTIONS', '/api/data/', { headers: token })],
      [301, bytes('GET', '/api/data', { headers: token })],
      [302, bytes('GET', '/')],
      [400, bytes('GET', '/api/data/?page=x', { headers: token })],
      [400, bytes('GET', '/healthz', { headers: { 'X Y': 'z' } })],
      [401, bytes('GET', '/api/data/')],
      [403, bytes('POST', '/accounts/login/', { body: 'a=b', headers:
        { 'Content-Type': 'application/x-www-form-urlencoded' } })],
      [404, bytes('GET', '/nothing')],
      [404, bytes('GET', '/api/data/999999/', { headers: token })],
      [404, bytes('GET', '/assets/nothing.js')],
      [405, bytes('PUT', '/api/data/', { body: '{}', headers: token })],
      [405, bytes('CONNECT', 'localhost:80')],
      [411, bytes('POST', '/api/data/', { headers: token })],
      [412, bytes('PATCH', '/api/data/1/', { body: '{"price":"9"}', headers:
        { ...token, ...json, 'If-Match': '"9"' } })],
      [413, bytes('POST', '/api/data/', { headers: { ...token,
        'Content-Length': 2 ** 22 } })],
      [415, bytes('POST', '/api/data/', { body: 'x', headers:
        { ...token, 'Content-Type': 'text/xml' } })],
      [414, bytes('GET', `/api/data/?${'q'.repeat(40_000)}`)],
      [414, bytes('GET', `/api/data/?${'q'.repeat(60_000)}`)],
      [417, bytes('GET', '/healthz', { headers: { Expect: 'x' } })],
      [421, bytes('GET', '/accounts/login/', { host: 'evil.example' })],
      [426, bytes('GET', '/data/stream/')],
      [431, bytes('GET', '/', { headers: { X: 'x'.repeat(20_000) } })],
      [431, bytes('GET', '/', { headers: { X: 'x'.repeat(60_000) } })],
      [501, bytes('FOO', '/')],
      [401, bytes('GET', '/data/stream/', { headers: { Connection: 'Upgrade',
        Upgrade: 'websocket', 'Sec-WebSocket-Version': 13,
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' } })],
    ];
    for (const [status, request] of cases) {
      const what = `${status} ${request.slice(0, 60)}`;
      const wire = await Wire.open(world.port);
      await wire.send(request);
      const { headers, ...answer } = await wire.answer();
      wire.close();
      assert.equal(answer.status, status, what);
      for (const [name, pattern] of Object.entries(guards))
        assert.match(headers[name] ?? '(none)', pattern, `${what}: ${name}`);
      assert.doesNotMatch(headers['content-security-policy'],
                          /unsafe-inline|unsafe-eval|\*|https?:/, what);
      assert.equal(headers.server, undefined, what);
      assert.equal(headers['strict-transport-security'], undefined, what);
      assert.match(headers.date, /^\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT$/, what);
      if (status >= 400 && !/html/.test(headers['content-type']))
        assert.equal(headers['content-type'], 'application/problem+json', what);
      if (!/assets/.test(request))
        assert.equal(headers['cache-control'], 'no-store', what);
      // Nobody else's pages may read it.
      assert.equal(headers['access-control-allow-origin'], undefined, what);
    }
  }));

test('who sends a byte at a time does not stay for ever', withUser(
  async (world) => {
    // Others are served between any two pieces, and long before a head is too
    // large, too much time has gone by.
    const dribble = async (first) => {
      const wire = await Wire.open(world.port);
      await wire.send(first);
      for (let sent = 0; !wire.ended; sent++) {
        assert.ok(sent < 10000, 'as large as a head may be');
        await wire.send('a');
        for (let i = 0; i < 20 && !wire.ended; i++) await alive(world);
      }
      assert.doesNotMatch(await wire.closed(), / (200|431) /);
    };
    await Promise.all(['', 'GET / HTTP/1.1\r\nX-Never: '].map(dribble));
  }));

test('the log holds neither secrets nor lines of a stranger', withWorld(
  { settings: ['--log-level', 'debug', '--login-per-account', '2'] },
  async (world) => {
    const session = await world.login('demo');
    const token = await world.token('demo');
    const secrets = ['demo-secret', 'PASSWORD-TYPED', token.token,
                     session.cookies.get('sessionid'),
                     session.cookies.get('csrftoken')];
    const { body: { ticket } } = await token.post('/api/ticket/');
    secrets.push(ticket);
    const stream = await world.open(null, { query: '?login=ticket' });
    await stream.ask({ command: 'login', ticket });
    await stream.subscribe();
    await stream.ask({ command: 'login', ticket: 'TICKET-TYPED' });
    secrets.push('TICKET-TYPED');
    // Typed where it does not belong, sent where it can't be read, asked twice.
    const nobody = new Session(world.url);
    for (const fields of [
      { username: 'demo', password: 'PASSWORD-TYPED' },
      { username: 'PASSWORD-TYPED', password: 'x' },
      { username: 'demo', password: 'PASSWORD-TYPED' },
      { username: 'demo', password: 'PASSWORD-TYPED' }])
      await nobody.post('/api/token/', fields);
    await nobody.post('/api/token/', '{"username":"demo","password":"PASSWORD-TYPED',
                      { 'Content-Type': 'application/json' });
    await nobody.form('/accounts/login/', { password: 'PASSWORD-TYPED' });
    await nobody.get(`/api/me/?token=${token.token}&password=PASSWORD-TYPED`);
    await nobody.get('/api/me/', { Authorization: 'Token PASSWORD-TYPED' });
    await nobody.get('/api/me/', { Cookie: 'sessionid=PASSWORD-TYPED',
                                   Host: 'PASSWORD-TYPED' });
    await session.post('/api/data/', { instrument: 'A' },
                       { 'X-CSRFToken': 'PASSWORD-TYPED' });
    // Lines and words that the log did not write.
    const forged = ['/x%20status=200%20user=1', '/x%0astatus=200', '/x%22%20y=1',
                    '/x%0d%0a2026-01-01T00:00:00Z%20error%20forged',
                    "/x'status=200", '/x%1b[31m'];
    for (const path of forged) {
      const wire = await Wire.open(world.port);
      await wire.send(bytes('GET', path));
      await wire.answer();
      wire.close();
    }
    await session.form('/accounts/logout/',
      { csrfmiddlewaretoken: session.cookies.get('csrftoken') });
    await world.stopDaemon();
    const log = world.daemon.err;
    for (const secret of secrets) assert.ok(!log.includes(secret), secret);
    assert.doesNotMatch(log, /\x1b/);
    for (const line of log.split('\n').filter((l) => /http\.request/.test(l))) {
      assert.match(line, /^\S+ info http\.request method=[A-Z]+ path="(?:[^"\\]|\\.)*" status=\d+ us=\d+ user=\d+ address=\S+$/);
    }
    assert.doesNotMatch(log, /^\S+ error forged/m);
    // Nor does the database hold one as it was given out.
    const file = await stored(world.database);
    for (const secret of [token.token, session.cookies.get('sessionid'),
                          'demo-secret', 'PASSWORD-TYPED'])
      assert.ok(!file.includes(secret), secret);
  }));
