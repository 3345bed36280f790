// HTTP as RFC 9110 has it, above the bytes: who is logged in by what, which
// versions are meant, which methods there are.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Session } from './lib/http.mjs';
import { Wire, bytes } from './lib/wire.mjs';
import { withWorld } from './lib/world.mjs';

const base = { instrument: 'EDF01', quantity: '1', price: '1' };
const foreign = ['Basic ZGVtbzpkZW1v', 'Negotiate YIIabc==', 'NTLM TlRMTVNT',
  'Digest username="x", realm="a, Token b", nc=00000001', 'basic x', 'Basic',
  'Bearer nobody-knows-it', `Bearer ${'x.y'.repeat(400)}`, 'Bearer',
  'AWS4-HMAC-SHA256 Credential=a/b, token = "c"', 'Tokenx abc',
  'Basic a,Basic b'];

async function statusOf(world, ...request) {
  const wire = await Wire.open(world.port);
  await wire.send(bytes(...request));
  const answer = await wire.answer();
  wire.close();
  return answer.status;
}

test('an Authorization that is none of ours does not end a login by cookie',
  withWorld({}, async (world) => {
    const demo = await world.login('demo');
    const nobody = new Session(world.url);
    const { token } = await world.token('demo');
    for (const Authorization of foreign) {
      for (const path of ['/', '/api/me/', '/api/token/', '/accounts/'])
        assert.equal((await demo.get(path, { Authorization })).status, 200,
                     `${path} ${Authorization}`);
      const page = await demo.get('/api/data/', { Authorization,
                                                  Accept: 'text/html' });
      assert.equal(page.status, 200, Authorization);
      const stream = await world.open(demo, { headers: { Authorization } });
      await stream.subscribe();
      await stream.close();
      // It is a login by cookie, with all that belongs to one.
      const write = (headers) => demo.post('/api/data/', base,
                                           { Authorization, ...headers });
      assert.equal((await write({})).status, 201, Authorization);
      assert.equal((await write({ 'X-CSRFToken': null })).status, 403);
      assert.equal((await write({ Origin: 'http://evil.test' })).status, 403);
      await assert.rejects(world.open(demo, { headers: { Authorization,
        Origin: 'http://evil.test' } }), { status: 403 });
      assert.equal((await demo.post('/api/token/', {}, { Authorization }))
        .status, 200, Authorization);
      // And by itself it is none.
      const alone = await nobody.get('/api/me/', { Authorization });
      assert.equal(alone.status, 401, Authorization);
      assert.equal(alone.headers['www-authenticate'], 'Token');
      assert.equal((await nobody.get('/', { Authorization })).status, 302);
      await assert.rejects(world.open(null, { headers: { Authorization } }),
                           { status: 401 });
      assert.equal((await nobody.post('/api/token/', { username: 'demo',
        password: 'demo-secret' }, { Authorization })).status, 200);
    }
    for (const [Authorization, status] of [
      ['Token nobody-knows-it', 401], ['Token', 401], ['token x', 401],
      ['Token a b', 401], [`Token ${'x'.repeat(500)}`, 401],
      [`Token ${token}, Basic abc`, 400], [`Basic abc, Token ${token}`, 400],
      [`Bearer a, Bearer ${token}`, 400], [`Basic abc,bearer\t${token}`, 400],
      [`token  ${token}`, 200], [`BEARER ${token}`, 200]]) {
      for (const path of ['/', '/api/me/', '/api/data/'])
        assert.equal((await demo.get(path, { Authorization })).status, status,
                     `${path} ${Authorization}`);
      const opened = world.open(demo, { headers: { Authorization } });
      if (status === 200) await opened;
      else await assert.rejects(opened, { status });
    }
    // Two headers are one list.
    for (const two of [['Basic abc', `Token ${token}`],
                       [`Token ${token}`, 'Token x']])
      assert.equal(await statusOf(world, 'GET', '/api/me/',
        { headers: { Authorization: two, Cookie: demo.cookie() } }), 400);
    // No page that leads to a login which would not count.
    const stuck = await demo.get('/api/data/', { Accept: 'text/html',
                                                 Authorization: 'Token x' });
    assert.equal(stuck.status, 401);
  }));

test('a token counts beside a cookie, and makes it a login by token',
  withWorld({}, async (world) => {
    const other = await world.login('other');
    const { token } = await world.token('demo');
    for (const scheme of ['Token', 'Bearer']) {
      const both = { Authorization: `${scheme} ${token}`,
                     'X-CSRFToken': null, Origin: 'http://evil.test' };
      assert.equal((await other.get('/api/me/', both)).body.username, 'demo');
      assert.equal((await other.post('/api/data/', base, both)).status, 201);
      assert.equal((await other.get('/api/token/', both)).status, 403);
    }
  }));

test('Origin is asked about where a browser logs in by itself', withWorld(
  { settings: ['--public-url', 'https://Desk.Example:443/'] },
  async (world) => {
    const token = await world.token('demo');
    const evil = { headers: { Origin: 'http://evil.test' } };
    await (await world.open(token, evil)).subscribe();
    await (await world.open(token, { headers: { Origin: 'null' } })).close();
    await assert.rejects(world.open(null, { ...evil, query: '?login=ticket' }),
                         { status: 403 });
    await assert.rejects(world.open(token, { ...evil,
                                             query: '?login=ticket' }),
                         { status: 403 });
    const demo = await world.login('demo');
    await assert.rejects(world.open(demo, evil), { status: 403 });
    for (const [Origin, status] of [['https://desk.example', 201],
      ['https://desk.example:443', 201], ['HTTPS://DESK.example', 201],
      ['https://desk.example.', 201], ['http://desk.example', 403],
      ['https://desk.example:444', 403], ['https://desk.example/', 403],
      ['https://desk.example, https://evil.test', 403], ['null', 403],
      ['https://evil.test', 403], ['', 403]])
      assert.equal((await demo.post('/api/data/', base, { Origin })).status,
                   status, Origin);
  }));

test('of several cookies of one name the one with a login counts', withWorld({},
  async (world) => {
    const demo = await world.login('demo');
    const nobody = new Session(world.url);
    const id = demo.cookies.get('sessionid');
    const csrf = demo.cookies.get('csrftoken');
    const ask = (Cookie, token) => nobody.post('/api/data/', base,
      { Cookie, 'X-CSRFToken': token });
    for (const Cookie of [`sessionid=old; sessionid=${id}`,
      `sessionid=${id}; sessionid=old`, `sessionid="old"; sessionid="${id}"`,
      `sessionid=; sessionid=${id}`, `csrftoken=x; sessionid=a; sessionid=${id}`,
    ]) {
      assert.equal((await ask(Cookie, csrf)).status, 201, Cookie);
      assert.equal((await ask(Cookie, 'x')).status, 403, Cookie);
      const me = await nobody.get('/api/me/', { Cookie });
      assert.equal(me.body.csrf_token, csrf);
      await (await world.open(null, { headers: { Cookie } })).close();
    }
    // The token of a session that does not count does not either.
    const other = await world.login('other');
    const both = `sessionid=${id}; sessionid=${other.cookies.get('sessionid')}`;
    assert.equal((await ask(both, csrf)).status, 201);
    assert.equal((await ask(both, other.cookies.get('csrftoken'))).status, 403);
    assert.equal((await nobody.get('/api/me/', { Cookie: both }))
      .body.username, 'demo');
    assert.equal(await statusOf(world, 'GET', '/api/me/', { headers:
      { Cookie: ['sessionid=old', `a=b; sessionid=${id}`] } }), 200);
    for (const name of ['xsessionid', 'sessionidx', 'SESSIONID', 'sessioni'])
      assert.equal((await nobody.get('/api/me/',
        { Cookie: `${name}=${id}` })).status, 401, name);

    // The form, with two csrftoken cookies; and what was there is ended.
    const page = await nobody.get('/accounts/login/', {});
    const [, field] = page.text.match(
      /name="csrfmiddlewaretoken"[^>]*value="([^"]+)"/);
    const form = { username: 'demo', password: 'demo-secret',
                   csrfmiddlewaretoken: field };
    const log = (Cookie) => nobody.form('/accounts/login/', form,
                                        { Cookie, 'X-CSRFToken': null });
    assert.equal((await log(`csrftoken=y; csrftoken=z`)).status, 403);
    assert.equal((await log(`csrftoken=y; csrftoken=${field}`)).status, 302);
    assert.equal((await log(`csrftoken=${field}; sessionid=old; ` +
                            `sessionid=${id}`)).status, 302);
    assert.equal((await nobody.get('/api/me/',
      { Cookie: `sessionid=${id}` })).status, 401);
  }));

test('more beside a login does not lift its limit', withWorld(
  { settings: ['--api-per-token', '3'] }, async (world) => {
    const demo = await world.login('demo');
    const nobody = new Session(world.url);
    const statuses = [];
    for (let i = 0; i < 6; i++) {
      const { status } = await nobody.get('/api/me/', {
        Authorization: `Bearer made-up-${i}`,
        Cookie: `sessionid=made-up-${i}; ${demo.cookie()}` });
      statuses.push(status);
    }
    assert.deepEqual(statuses, [200, 200, 200, 429, 429, 429]);
  }));

test('every path answers OPTIONS, whoever asks', withWorld({},
  async (world) => {
    const read = 'GET, HEAD, OPTIONS';
    const paths = [['/', read], ['/healthz', read], ['/readyz', read],
      ['/metrics', read], ['/accounts/login/', 'GET, HEAD, POST, OPTIONS'],
      ['/accounts/logout/', 'POST, OPTIONS'], ['/admin/', read],
      ['/assets/css/base.css', read], ['/data/stream/', read],
      ['/api/data', read], ['/api/data/', 'GET, HEAD, POST, OPTIONS'],
      ['/api/data/7/', 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS'],
      ['/api/data/bulk/', 'POST, OPTIONS']];
    for (const [path, allow] of paths) {
      for (const how of [{ host: null, version: 'HTTP/1.0' }, {},
        { headers: { Cookie: 'sessionid=old' } },
        { headers: { Authorization: 'Basic x' } },
        { headers: { Authorization: 'Token x' } }]) {
        const wire = await Wire.open(world.port);
        await wire.send(bytes('OPTIONS', path, how));
        const { status, headers, text } = await wire.answer();
        wire.close();
        assert.equal(status, 204, path);
        assert.equal(headers.allow, allow, path);
        assert.equal(text, '');
      }
      const wrong = await new Session(world.url).request('DELETE', path);
      if (!/DELETE/.test(allow)) {
        assert.equal(wrong.status, 405, path);
        assert.equal(wrong.headers.allow, allow, path);
      }
    }
    for (const path of ['/nothing', '/assets/nothing.js', '/assets/',
                        '/assets/pages/login.html', '/api/nothing/'])
      assert.equal(await statusOf(world, 'OPTIONS', path), 404, path);
    assert.equal(await statusOf(world, 'OPTIONS', '/',
                                { host: 'evil.example' }), 421);
    const demo = await world.token('demo');
    assert.ok((await demo.request('OPTIONS', '/api/data/')).body.fields);
  }));

test('HEAD is GET without its body', withWorld({}, async (world) => {
  const demo = await world.login('demo');
  await demo.order();
  for (const path of ['/', '/healthz', '/readyz', '/accounts/login/',
    '/api/', '/api/data/', '/api/data/1/', '/api/data/?format=csv',
    '/api/schema/', '/api/docs/', '/assets/css/base.css', '/nothing',
    '/api/data', '/api/data/999/', '/api/data/bulk/', '/data/stream/']) {
    const get = await demo.get(path);
    const head = await demo.request('HEAD', path);
    assert.equal(head.status, get.status, path);
    assert.equal(head.text, '', path);
    const shown = ({ date, 'set-cookie': cookie, ...rest }) => rest;
    assert.deepEqual(shown(head.headers), shown(get.headers), path);
  }
}));

test('files and the description are asked for by lists of ETags, too',
  withWorld({}, async (world) => {
    const nobody = new Session(world.url);
    for (const path of ['/assets/css/base.css', '/api/schema/']) {
      const { headers: { etag, vary } } = await nobody.get(path);
      for (const [tag, status] of [[etag, 304], [`W/${etag}`, 304], ['*', 304],
        [`"a", ${etag}`, 304], [`"a",W/${etag} ,"b"`, 304], ['"a"', 200],
        [etag.slice(1, -1), 400], [etag.slice(0, -1), 400],
        [`"x${etag.slice(1)}`, 200]]) {
        const answer = await nobody.get(path, { 'If-None-Match': tag });
        assert.equal(answer.status, status, `${path} ${tag}`);
        if (status !== 304) continue;
        assert.equal(answer.headers.etag, etag);
        assert.equal(answer.headers.vary, vary);
        assert.equal(answer.headers['cache-control'], 'no-cache');
      }
      assert.equal((await nobody.get(path, { 'If-Match': '"a"' })).status, 412);
      assert.equal((await nobody.get(path, { 'If-Match': etag })).status, 200);
    }
  }));

test('a body in a content coding is refused, saying which is taken', withWorld(
  {}, async (world) => {
    const demo = await world.token('demo');
    for (const [coding, status] of [['identity', 201], ['Identity', 201],
      ['gzip', 415], ['x-gzip', 415], ['deflate', 415], ['br', 415],
      ['identity, br', 415], ['nonsense', 415]]) {
      const answer = await demo.post('/api/data/', base,
                                     { 'Content-Encoding': coding });
      assert.equal(answer.status, status, coding);
      if (status === 415)
        assert.equal(answer.headers['accept-encoding'], 'identity');
    }
    const page = await new Session(world.url).form('/accounts/login/',
      { username: 'demo' }, { 'Content-Encoding': 'gzip' });
    assert.equal(page.status, 415);
    assert.equal(page.headers['accept-encoding'], 'identity');
    // Without a body there is nothing in it.
    assert.equal((await demo.get('/api/me/', { 'Content-Encoding': 'gzip' }))
      .status, 200);
    const type = await demo.post('/api/data/', 'x',
                                 { 'Content-Type': 'text/xml' });
    assert.equal(type.status, 415);
    assert.equal(type.headers.accept,
                 'application/json, application/x-www-form-urlencoded');
  }));

test('If-None-Match: nothing new is not sent again, what is there not changed',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    const { id } = await demo.order();
    const path = `/api/data/${id}/`;
    const whole = await demo.get(path);
    for (const method of ['GET', 'HEAD']) {
      for (const tag of ['"1"', 'W/"1"', '"9", W/"1"', '*']) {
        const answer = await demo.request(method, path, undefined,
                                          { 'If-None-Match': tag });
        assert.equal(answer.status, 304, `${method} ${tag}`);
        assert.equal(answer.text, '');
        for (const name of ['etag', 'vary', 'cache-control'])
          assert.equal(answer.headers[name], whole.headers[name], name);
        assert.equal(answer.headers['content-type'], undefined);
      }
      for (const tag of ['"2"', 'W/"11"', '"a", "b"'])
        assert.equal((await demo.request(method, path, undefined,
          { 'If-None-Match': tag })).status, 200, tag);
      assert.equal((await demo.request(method, path, undefined,
        { 'If-Match': '"2"' })).status, 412);
      assert.equal((await demo.request(method, path, undefined,
        { 'If-Match': 'W/"1"' })).status, 200);
      const bad = await demo.request(method, path, undefined,
                                     { 'If-None-Match': '1' });
      assert.equal(bad.status, 400);
    }
    const bad = await demo.get(path, { 'If-None-Match': '"1' });
    assert.deepEqual(Object.keys(bad.body.errors), ['If-None-Match']);
    // If-Match comes first.
    assert.equal((await demo.get(path, { 'If-Match': '"2"',
                                         'If-None-Match': '"1"' })).status, 412);
    for (const tag of ['*', '"1"', 'W/"1", "7"']) {
      for (const write of [
        (headers) => demo.put(path, base, headers),
        (headers) => demo.patch(path, { price: '5' }, headers),
        (headers) => demo.delete(path, headers)]) {
        const answer = await write({ 'If-None-Match': tag });
        assert.equal(answer.status, 412, tag);
        assert.deepEqual(answer.body.current, whole.body);
        assert.equal(answer.headers.etag, '"1"');
      }
    }
    assert.equal((await demo.patch(path, { price: '5' },
                                   { 'If-None-Match': '"7"' })).status, 200);
    const other = await world.token('other');
    assert.equal((await other.get(path, { 'If-None-Match': '*' })).status, 404);
    assert.equal((await other.put(path, base, { 'If-None-Match': '*' })).status,
                 404);
    assert.equal((await demo.put('/api/data/999999/', base,
                                 { 'If-None-Match': '*' })).status, 404);
    // A page about the order is not the order.
    const page = await (await world.login('demo')).get(path,
      { Accept: 'text/html', 'If-None-Match': '*' });
    assert.equal(page.status, 200);
    assert.equal(page.headers.etag, undefined);
  }));
