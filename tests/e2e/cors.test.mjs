// Pages of other origins: those of the list use the API with a token, and no
// others; never with a cookie.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Session } from './lib/http.mjs';
import { Wire, bytes } from './lib/wire.mjs';
import { World, withWorld } from './lib/world.mjs';

const app = 'https://app.example:8443';
const settings = ['--cors-origins', `https://Other.example:443, ${app}`];
const order = { instrument: 'VIA', quantity: '1', price: '1' };
const cors = ({ headers }) => Object.fromEntries(Object.entries(headers)
  .filter(([name]) => name.startsWith('access-control-')));
const strangers = ['https://evil.example', 'https://app.example', 'null',
  'http://app.example:8443', `${app}.evil.example`, 'https://xapp.example:8443',
  'https://app.example:8443/', 'app.example:8443'];

test('a page of the list may ask, change and read what it is answered',
  withWorld({ settings }, async (world) => {
    const page = new Session(world.url);
    const by = { Origin: app };
    const preflight = (path, method) => page.request('OPTIONS', path, undefined,
      { ...by, 'Access-Control-Request-Method': method,
        'Access-Control-Request-Headers': 'authorization,content-type' });
    for (const [path, method] of [['/api/token/', 'POST'],
      ['/api/data/', 'POST'], ['/api/data/7/', 'PATCH'],
      ['/api/data/7/', 'DELETE'], ['/api/me/', 'GET'],
      ['/api/ticket/', 'POST'], ['/api/data/bulk/', 'POST'],
      ['/api/users/', 'GET'], ['/api/schema/', 'GET']]) {
      const answer = await preflight(path, method);
      assert.ok(answer.status === 204 || answer.status === 200, path);
      const said = cors(answer);
      assert.equal(said['access-control-allow-origin'], app, path);
      assert.ok(said['access-control-allow-methods'].split(', ')
        .includes(method), path);
      for (const name of ['authorization', 'content-type', 'if-match'])
        assert.ok(said['access-control-allow-headers'].toLowerCase()
          .includes(name));
      assert.equal(said['access-control-max-age'], '600');
      assert.equal(said['access-control-allow-credentials'], undefined);
      assert.match(answer.headers.vary, /\bOrigin\b/);
    }
    const { status, body: { token } } = await page.post('/api/token/',
      { username: 'demo', password: 'demo-secret' }, by);
    assert.equal(status, 200);
    page.token = token;
    const made = await page.post('/api/data/', order, by);
    assert.equal(made.status, 201);
    const path = `/api/data/${made.body.id}/`;
    for (const answer of [made, await page.get(path, by),
      await page.patch(path, { price: '2' }, { ...by, 'If-Match': '"1"' }),
      await page.patch(path, { price: '2' }, { ...by, 'If-Match': '"1"' }),
      await page.get('/api/data/?format=csv', by),
      await page.get('/api/none/', by), await page.post('/api/me/', {}, by),
      await page.get('/api/users/', by), await page.get('/api/schema/', by)]) {
      assert.equal(answer.headers['access-control-allow-origin'], app);
      assert.match(answer.headers['access-control-expose-headers'],
                   /ETag.*Location.*Retry-After/);
      assert.match(answer.headers.vary, /\bOrigin\b/);
    }
    assert.equal((await page.get('/api/data/',
      { Origin: 'https://other.example' }))
      .headers['access-control-allow-origin'], 'https://other.example');
  }));

// What is refused before anybody knows what it asks for, by us and by
// libwebsockets: [status, the request, whether its Origin is seen by then].
const refusals = (Origin, path = '/api/data/') => {
  const ask = (method, headers, to = path, more = {}) =>
    bytes(method, to, { headers: { Origin, ...headers }, ...more });
  const behind = (line) =>
    bytes('GET', path, { headers: { Origin } }).replace(/\r\n$/,
                                                       `${line}\r\n\r\n`);

  return [
    [400, ask('GET', {}, path, { version: 'HTTP/1.7' })],
    [400, ask('GET', {}, path, { host: null })],
    [400, ask('GET', { Host: ['localhost', 'localhost'] })],
    [400, ask('GET', { Accept: 'a\x01b' })],
    [400, ask('GET', {}, `${path}?${'a&'.repeat(2001)}`)],
    [400, ask('POST', { 'Content-Length': 'zz' })],
    [400, ask('POST', { 'Transfer-Encoding': 'chunked',
                        'Content-Length': '3' })],
    [400, `${ask('POST', { 'Transfer-Encoding': 'chunked' })}zz\r\n`],
    [400, behind('no colon')],
    [400, behind(' folded')],
    [400, behind('Transfer-Encoding : chunked')],
    [411, ask('POST', {})],
    [413, ask('POST', { 'Content-Length': 1e9 })],
    [413, ask('POST', { 'Content-Length': 1e5 }, '/api/token/')],
    [414, ask('GET', {}, `${path}?${'q'.repeat(33_000)}`)],
    [417, ask('POST', { Expect: 'a-miracle', 'Content-Length': 3 })],
    [426, ask('GET', { Upgrade: 'websocket', Connection: 'upgrade' })],
    [400, ask('GET', { Upgrade: 'websocket', Connection: 'upgrade',
                       'Sec-WebSocket-Version': '13' })],
    [404, ask('GET', { Upgrade: 'websocket', Connection: 'upgrade',
                       'Sec-WebSocket-Version': '13',
                       'Sec-WebSocket-Key': `${'a'.repeat(22)}==` })],
    [431, ask('GET', { Authorization: `Token ${'t'.repeat(17_000)}` })],
    [431, ask('GET', { 'X-Unknown': 'u'.repeat(17_000) })],
    [431, ask('GET', { 'X-Unknown': 'u'.repeat(60_000) })],
    [501, ask('POST', { 'Transfer-Encoding': 'gzip' })],
  ];
};

test('what no route answers is told to it too', withWorld({ settings },
  async (world) => {
    const answers = async (Origin, path) => {
      const all = [];
      for (const [status, request] of refusals(Origin, path)) {
        const wire = await Wire.open(world.port);
        const what = `${status} ${request.slice(0, 300)}`;
        wire.send(request);
        const answer = await wire.answer();
        assert.equal(answer?.status, status, what);
        all.push({ ...answer, what });
        wire.close();
      }
      return all;
    };
    for (const { headers, body, status, what } of await answers(app)) {
      assert.equal(headers['access-control-allow-origin'], app, what);
      assert.match(headers['access-control-expose-headers'], /Retry-After/);
      assert.match(headers.vary, /\bOrigin\b/, what);
      assert.equal(headers['cache-control'], 'no-store', what);
      assert.equal(body.status, status, what);
    }
    for (const answer of [...await answers(strangers[0]),
                          ...(await answers(app, '/apix/'))
                            .filter(({ what }) => !what.includes('/api/'))])
      assert.deepEqual(cors(answer), {}, answer.what);
  }));

test('below a prefix, and by an absolute target, it is told as well', withWorld(
  { settings: [...settings, '--public-url', 'https://desk.example/desk'] },
  async (world) => {
    const wire = await Wire.open(world.port);
    await wire.ask('POST', '/desk/api/data/', { headers: { Origin: app } });
    const answer = await wire.answer();
    assert.equal(answer.status, 411);
    assert.equal(cors(answer)['access-control-allow-origin'], app);
    wire.close();
    const other = await Wire.open(world.port);
    await other.ask('POST', 'http://desk.example/api/data/',
                    { headers: { Origin: app } });
    assert.equal(cors(await other.answer())['access-control-allow-origin'],
                 app);
    other.close();
  }));

test('a preflight lets a page hear what is wrong with its request', withWorld(
  { settings: [...settings, '--api-per-address', '1',
               '--trusted-proxy', '127.0.0.1'] }, async (world) => {
    const elsewhere = { 'X-Forwarded-For': '203.0.113.7' };
    const ask = (path, method) => new Session(world.url).request('OPTIONS',
      path, undefined, { ...elsewhere, Origin: app,
                         'Access-Control-Request-Method': method,
                         'Access-Control-Request-Headers': 'authorization' });
    for (const [path, method] of [['/api/none/', 'GET'], ['/api/data', 'GET'],
      ['/api', 'GET'], ['/api/me/', 'DELETE'], ['/api/data/x/', 'PATCH'],
      ['/api/data/', 'POST'], ['/api/data/', 'PUT'],
      [`/api/data/?${'q'.repeat(33_000)}`, 'GET'],
      [`/api/data/?${'a&'.repeat(2001)}`, 'GET'],
      ['/api/data/?a=%zz', 'GET']]) {
      const answer = await ask(path, method);
      assert.equal(answer.status, 204, path);
      assert.ok(cors(answer)['access-control-allow-methods'].split(', ')
        .includes(method), `${path} ${method}`);
      assert.equal(cors(answer)['access-control-allow-origin'], app, path);
    }
    // They take nothing of what one address may ask: what follows does.
    const page = new Session(world.url);
    const by = { ...elsewhere, Origin: app };
    assert.equal((await page.get('/api/', by)).status, 401);
    const late = await page.get('/api/', by);
    assert.equal(late.status, 429);
    assert.equal(cors(late)['access-control-allow-origin'], app);
    assert.equal((await ask('/api/', 'GET')).status, 204);
    const stranger = await new Session(world.url).request('OPTIONS',
      '/api/none/', undefined, { Origin: strangers[0],
        'Access-Control-Request-Method': 'GET' });
    assert.equal(stranger.status, 404);
    assert.deepEqual(cors(stranger), {});
  }));

test('no other page may, nor any of the pages', withWorld(
  { settings }, async (world) => {
    const demo = await world.token('demo');
    for (const Origin of strangers) {
      for (const answer of [await demo.get('/api/data/', { Origin }),
        await new Session(world.url).request('OPTIONS', '/api/data/', undefined,
          { Origin, 'Access-Control-Request-Method': 'POST' })]) {
        assert.deepEqual(cors(answer), {}, Origin);
        assert.match(answer.headers.vary, /\bOrigin\b/);
      }
    }
    assert.deepEqual(cors(await demo.get('/api/data/')), {});
    for (const path of ['/', '/accounts/login/', '/assets/css/base.css',
                        '/healthz', '/metrics'])
      assert.deepEqual(cors(await demo.get(path, { Origin: app })), {}, path);
  }));

test('a cookie changes nothing from there', withWorld(
  { settings }, async (world) => {
    const session = await world.login('demo');
    assert.equal((await session.post('/api/data/', order, { Origin: app }))
      .status, 403);
    const answer = await session.get('/api/data/', { Origin: app });
    assert.equal(answer.headers['access-control-allow-credentials'], undefined);
    await assert.rejects(world.open(session, { headers: { Origin: app } }),
                         { status: 403 });
    const form = await new Session(world.url).form('/accounts/login/',
      { username: 'demo', password: 'demo-secret' }, { Origin: app });
    assert.equal(form.status, 403);
  }));

test('its websocket logs in by a ticket', withWorld(
  { settings }, async (world) => {
    const demo = await world.token('demo');
    const { body: { ticket } } = await demo.post('/api/ticket/', {},
                                                 { Origin: app });
    const stream = await world.open(null, { query: '?login=ticket',
                                            headers: { Origin: app } });
    assert.equal((await stream.ask({ command: 'login', ticket })).status, 'ok');
    await stream.subscribe();
    for (const Origin of strangers)
      await assert.rejects(world.open(null, { query: '?login=ticket',
                                              headers: { Origin } }),
                           { status: 403 }, Origin);
  }));

test('without the setting there is none of it', withWorld({}, async (world) => {
  const demo = await world.token('demo');
  const answer = await demo.get('/api/data/', { Origin: app });
  assert.deepEqual(cors(answer), {});
  assert.doesNotMatch(answer.headers.vary, /Origin/);
}));

test('what is no origin is refused by name', async () => {
  for (const origins of ['*', 'https://*.example', 'app.example', 'null',
    'https://app.example/x', 'https://app.example,*', 'ftp://app.example',
    'https://b\u00fccher.example',
    Array.from({ length: 17 }, (_, i) => `https://a${i}.example`).join()])
    await assert.rejects(World.start({ users: [],
      settings: ['--cors-origins', origins] }), /cors_origins/, origins);
});
