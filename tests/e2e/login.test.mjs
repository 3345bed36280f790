// Logins: the form, its cookies and their token, tokens, and what ends them.
import assert from 'node:assert/strict';
import { pbkdf2Sync } from 'node:crypto';
import test from 'node:test';
import { Session } from './lib/http.mjs';
import { Wire, bytes } from './lib/wire.mjs';
import { DatabaseRows, change } from './lib/rows.mjs';
import { withWorld } from './lib/world.mjs';

const form = '/accounts/login/';

// The login page as a browser has it: its session and the token in its form.
async function openForm(world, path = form, session = new Session(world.url)) {
  const page = await session.get(path);
  assert.equal(page.status, 200, page.text);
  const [, token] = page.text.match(
    /name="csrfmiddlewaretoken"[^>]*value="([^"]+)"/);
  const [, next] = page.text.match(/name="next" value="([^"]*)"/);
  return { session, page, token, next };
}

async function submit(world, fields, headers = {}) {
  const { session, token } = await openForm(world);
  const answer = await session.form(form, { csrfmiddlewaretoken: token,
    username: 'demo', password: 'demo-secret', next: '/', ...fields },
    { 'X-CSRFToken': null, ...headers });
  return { session, answer };
}

// The text of the page's error.
function reason(answer) {
  return answer.text.match(/role="alert">([^<]*)</)[1];
}

function cookies(answer) {
  return Object.fromEntries((answer.headers['set-cookie'] ?? []).map((line) => {
    const [first, ...attributes] = line.split(/; */);
    const [name, value] = first.split('=');
    return [name, { value,
                    attributes: attributes.map((a) => a.toLowerCase()) }];
  }));
}

const me = (session) => session.get('/api/me/').then(({ status }) => status);

test('a login by form sets its cookies and goes on', withWorld({},
  async (world) => {
    const { session, page, token } = await openForm(world);
    const before = cookies(page);
    assert.equal(before.sessionid, undefined);
    assert.equal(before.csrftoken.value, token);
    assert.ok(before.csrftoken.attributes.includes('samesite=lax'));
    assert.equal(page.headers['cache-control'], 'no-store');
    assert.match(page.headers['content-security-policy'], /form-action 'self'/);
    assert.match(page.headers['content-security-policy'],
                 /frame-ancestors 'none'/);

    const answer = await session.form(form, { csrfmiddlewaretoken: token,
      username: 'demo', password: 'demo-secret', next: '/' },
      { 'X-CSRFToken': null });
    assert.equal(answer.status, 302);
    assert.equal(answer.headers.location, '/');
    const { sessionid, csrftoken } = cookies(answer);
    for (const wanted of ['path=/', 'samesite=lax', 'httponly'])
      assert.ok(sessionid.attributes.includes(wanted), wanted);
    for (const wanted of ['path=/', 'samesite=lax'])
      assert.ok(csrftoken.attributes.includes(wanted), wanted);
    assert.ok(!csrftoken.attributes.includes('httponly'));
    assert.ok(!sessionid.attributes.includes('secure'));
    assert.ok(sessionid.value.length >= 32);
    assert.notEqual(csrftoken.value, token);

    const { body } = await session.get('/api/me/');
    assert.equal(body.username, 'demo');
    assert.equal(body.csrf_token, csrftoken.value);
    assert.equal((await session.get('/')).status, 200);
    // A name regardless of case, from another case: the same account.
    const upper = await submit(world, { username: 'DEMO' });
    assert.equal(upper.answer.status, 302);
    assert.equal((await upper.session.get('/api/me/')).body.username, 'demo');
  }));

test('under https cookies are Secure', withWorld(
  { settings: ['--public-url', 'https://desk.example',
               '--allowed-hosts', 'desk.example,127.0.0.1'] },
  async (world) => {
    const { answer } = await submit(world, {},
                                    { Origin: 'https://desk.example' });
    assert.equal(answer.status, 302, answer.text);
    for (const { attributes } of Object.values(cookies(answer)))
      assert.ok(attributes.includes('secure'));
    const foreign = await submit(world, {}, { Origin: world.url });
    assert.equal(foreign.answer.status, 403);
    // Links are those of the outside.
    const demo = await world.token('demo');
    await demo.post('/api/data/', Array.from({ length: 21 }, () => (
      { instrument: 'A', quantity: '1', price: '1' })));
    const { next } = (await demo.get('/api/data/')).body;
    assert.ok(next.startsWith('https://desk.example/api/data/?'), next);
  }));

test('a failed login says the same of a user that is none', withWorld({},
  async (world) => {
    const wrong = await submit(world, { password: 'wrong' });
    const unknown = await submit(world, { username: 'nobody',
                                          password: 'wrong' });
    for (const { answer, session } of [wrong, unknown]) {
      assert.equal(answer.status, 401);
      assert.match(answer.headers['content-type'], /text\/html/);
      assert.equal(cookies(answer).sessionid, undefined);
      assert.equal(await me(session), 401);
    }
    assert.equal(reason(wrong.answer), reason(unknown.answer));
    assert.match(wrong.answer.text, /value="demo"/); // need not be typed again
    const same = (answer) => answer.text
      .replace(/name="csrfmiddlewaretoken" value="[^"]*"/, '')
      .replace(/value="(demo|nobody)"/, '');
    assert.equal(same(wrong.answer), same(unknown.answer));

    for (const fields of [{ password: '' }, { username: '' },
                          { username: 'demo\0' }, { username: ' demo' },
                          { username: 'demo ' }, { password: 'demo-secret ' },
                          { password: 'DEMO-SECRET' },
                          { username: 'u'.repeat(5000) },
                          { password: 'p'.repeat(10_000) },
                          { username: '"><script>' }]) {
      const { answer } = await submit(world, fields);
      assert.ok([400, 401].includes(answer.status), JSON.stringify(fields)
        .slice(0, 50) + answer.status);
      assert.doesNotMatch(answer.text, /"><script>/);
    }
  }));

test('a login needs the token of its own page', withWorld({},
  async (world) => {
    const other = await openForm(world);
    const tokens = ['', 'x', 'x.y', other.token, '.', 'a'.repeat(5000)];
    for (const csrfmiddlewaretoken of tokens) {
      const { answer, session } = await submit(world, { csrfmiddlewaretoken });
      assert.equal(answer.status, 403, csrfmiddlewaretoken.slice(0, 20));
      assert.equal(cookies(answer).sessionid, undefined);
      assert.equal(await me(session), 401);
    }
    // A pair that agrees but was never signed here.
    const made = new Session(world.url);
    made.cookies.set('csrftoken', 'AAAA.BBBB');
    assert.equal((await made.form(form, { csrfmiddlewaretoken: 'AAAA.BBBB',
      username: 'demo', password: 'demo-secret' })).status, 403);
    // No cookie at all.
    const none = new Session(world.url);
    assert.equal((await none.form(form, { csrfmiddlewaretoken: other.token,
      username: 'demo', password: 'demo-secret' })).status, 403);
    // By header instead of the form, as a script would.
    const script = await openForm(world);
    assert.equal((await script.session.form(form, { username: 'demo',
      password: 'demo-secret' })).status, 302);
  }));

test('only from our own Origin and by our own name', withWorld({},
  async (world) => {
    const origins = [
      ['https://evil.example', 403], ['null', 403],
      [`${world.url}.evil.example`, 403], [`http://127.0.0.1`, 403],
      [`https://127.0.0.1:${world.port}`, 403],
      [world.url, 302], [`http://localhost:${world.port}`, 302],
    ];
    for (const [Origin, status] of origins) {
      const { answer } = await submit(world, {}, { Origin });
      assert.equal(answer.status, status, Origin);
    }
    const demo = await world.login('demo');
    for (const [Origin, status] of origins) {
      const answer = await demo.post('/api/data/',
        { instrument: 'A', quantity: '1', price: '1' }, { Origin });
      assert.equal(answer.status, status === 302 ? 201 : 403, Origin);
    }

    const token = await world.token('demo');
    const cookie = { Cookie: demo.cookie() };
    const hosts = [
      // Host, path, further headers, status
      ['localhost', form, {}, 200], ['127.0.0.1', form, {}, 200],
      [`localhost:${world.port}`, form, {}, 200], ['[::1]:80', form, {}, 200],
      ['LOCALHOST', form, {}, 200], ['localhost:1', form, {}, 200],
      ['evil.example', form, {}, 421],
      ['localhost.evil.example', form, {}, 421],
      ['', form, {}, 400], ['localhost@evil', form, {}, 421],
      ['[::1', form, {}, 421], ['127.0.0.1.', form, {}, 421],
      ['evil.example', '/api/token/', {}, 421],
      ['evil.example', '/api/me/', cookie, 421],
      ['evil.example', '/', cookie, 421],
      ['localhost.', form, {}, 200], ['LocalHost.:80', form, {}, 200],
      ['[0:0:0:0:0:0:0:1]', form, {}, 200],
      ['localhost..', form, {}, 421], ['.', form, {}, 421],
      ['localhost:65536', form, {}, 421], ['::1', form, {}, 421],
      // Whoever asks how it is may call it what he likes; nobody else.
      ['evil.example', '/healthz', { Origin: 'http://x' }, 200],
      ['evil.example', '/healthz', {}, 200],
      ['evil.example', '/readyz', {}, 200],
      ['evil.example', '/metrics', {}, 421],
      ['evil.example', '/', {}, 421], ['evil.example', '/nothing', {}, 421],
      ['evil.example', '/assets/css/app.css', {}, 421],
      ['evil.example', '/api/schema/', {}, 421],
      ['evil.example', '/api/me/',
       { Authorization: `Token ${token.token}` }, 421],
      ['localhost', '/api/me/', cookie, 200],
    ];
    for (const [host, path, headers, status] of hosts) {
      const wire = await Wire.open(world.port);
      await wire.send(bytes('GET', path, { host, headers }));
      const answer = await wire.answer();
      assert.equal(answer?.status, status, `${host} ${path}`);
      if (status === 421)
        assert.match(answer.headers['content-type'], /problem\+json/);
      wire.close();
    }
  }));

test('a login goes on to a path of ours alone', withWorld({},
  async (world) => {
    const cases = [
      ['/', '/'], ['/api/', '/api/'], ['/?a=b&c=d', '/?a=b&c=d'],
      ['/x/../y', '/x/../y'], ['', '/'], ['//evil.example', '/'],
      ['/\\evil.example', '/'], ['https://evil.example', '/'],
      ['javascript:alert(1)', '/'], ['evil', '/'], ['/\t/evil', '/'],
      ['/\r\nSet-Cookie: a=b', '/'], ['/\n', '/'], ['\t//evil', '/'],
      [' //evil', '/'], ['/ü?é=à#ö', '/ü?é=à#ö'],
      ['/%0d%0aX:y', '/%0d%0aX:y'], ['/a b', '/'],
      ['/a\\b', '/'], ['/\u0000', null], [`/${'a'.repeat(6000)}`, null],
      ['/"><script>', '/"><script>'],
    ];
    for (const [next, expected] of cases) {
      const { answer } = await submit(world, { next });
      const what = JSON.stringify(next).slice(0, 40);
      if (expected === null) {
        assert.ok([302, 400].includes(answer.status), what);
        assert.doesNotMatch(answer.headers.location ?? '/', /evil/);
        continue;
      }
      assert.equal(answer.status, 302, what);
      assert.equal(answer.headers.location, encodeURI(expected)
        .replaceAll('%25', '%'), what); // what is escaped stays so
      assert.equal(answer.headers.a, undefined);
      assert.equal(answer.headers.x, undefined);

      if (/[\r\n]/.test(next)) continue; // no argument can hold one
      const shown = await openForm(world,
        `${form}?next=${encodeURIComponent(next)}`);
      assert.doesNotMatch(shown.page.text, /"><script>/, what);
      const text = shown.next.replaceAll('&amp;', '&')
        .replaceAll('&gt;', '>').replaceAll('&lt;', '<')
        .replaceAll('&quot;', '"');
      assert.equal(text, expected, what);
    }
    const dashboard = await new Session(world.url).get('/');
    assert.equal(dashboard.status, 302);
    assert.equal(dashboard.headers.location, `${form}?next=/`);
  }));

test('each login has an id of its own, and the old one ends', withWorld({},
  async (world) => {
    const session = await world.login('demo');
    const first = session.cookies.get('sessionid');
    const { token } = await openForm(world, form, session);
    const again = await session.form(form, { csrfmiddlewaretoken: token,
      username: 'demo', password: 'demo-secret', next: '/' });
    assert.equal(again.status, 302);
    assert.notEqual(session.cookies.get('sessionid'), first);
    assert.equal(await me(session), 200);
    const old = new Session(world.url);
    old.cookies.set('sessionid', first);
    assert.equal(await me(old), 401);

    // An id chosen by somebody else is not taken over.
    const planted = new Session(world.url);
    planted.cookies.set('sessionid', 'planted');
    const shown = await openForm(world, form, planted);
    const answer = await planted.form(form, { csrfmiddlewaretoken: shown.token,
      username: 'demo', password: 'demo-secret', next: '/' });
    assert.equal(answer.status, 302, answer.text);
    assert.notEqual(planted.cookies.get('sessionid'), 'planted');
  }));

test('logout is a POST and ends the session and its sockets', withWorld({},
  async (world) => {
    const session = await world.login('demo');
    const elsewhere = await world.login('demo');
    const stream = await world.follow(session);
    const kept = new Session(world.url);
    for (const [name, value] of session.cookies) kept.cookies.set(name, value);

    assert.equal((await session.get('/accounts/logout/')).status, 405);
    assert.equal((await session.post('/accounts/logout/', undefined,
      { 'X-CSRFToken': null })).status, 403);
    assert.equal((await session.post('/accounts/logout/', undefined,
      { 'X-CSRFToken': 'x' })).status, 403);
    assert.equal((await session.post('/accounts/logout/', undefined,
      { 'X-CSRFToken': elsewhere.cookies.get('csrftoken') })).status, 403);
    assert.equal(await me(session), 200);

    const answer = await session.form('/accounts/logout/',
      { csrfmiddlewaretoken: session.cookies.get('csrftoken') },
      { 'X-CSRFToken': null });
    assert.equal(answer.status, 302);
    // The browser is known on.
    assert.deepEqual([...session.cookies.keys()], ['device']);
    assert.equal((await stream.closed).code, 4401);
    assert.equal(await me(kept), 401);
    assert.equal(await me(elsewhere), 200);
    // Again, with cookies that were good once: to the login, not an error.
    const late = await kept.post('/accounts/logout/');
    assert.equal(late.status, 302);
    assert.match(late.headers.location, /^\/accounts\/login\//);
  }));

test('a cookie needs the CSRF token for what it may change', withWorld({},
  async (world) => {
    const session = await world.login('demo');
    const made = await session.order();
    const path = `/api/data/${made.id}/`;
    const attempts = [
      ['POST', '/api/data/', { instrument: 'A', quantity: 1, price: 1 }],
      ['PUT', path, { instrument: 'A', quantity: 1, price: 1 }],
      ['PATCH', path, { price: 1 }], ['DELETE', path],
      ['POST', '/api/token/', {}], ['POST', '/api/ticket/', {}],
      ['DELETE', '/api/token/1/'],
      ['POST', '/api/data/?format=datatables', { draw: 1 }],
    ];
    for (const [method, to, body] of attempts) {
      for (const token of [null, '', 'wrong',
                           session.cookies.get('sessionid')]) {
        const answer = await session.request(method, to, body,
                                             { 'X-CSRFToken': token });
        assert.equal(answer.status, 403, `${method} ${to} ${token}`);
      }
    }
    assert.deepEqual((await session.get(path)).body, made);
    assert.equal((await session.get('/api/data/')).body.count, 1);
    // In the body it is as good, and no field of the order.
    const field = await session.form('/api/data/', { instrument: 'A',
      quantity: 1, price: 1,
      csrfmiddlewaretoken: session.cookies.get('csrftoken') },
      { 'X-CSRFToken': null });
    assert.equal(field.status, 201, field.text);
    assert.equal((await session.delete(path)).status, 204);
  }));

test('401 without a login, 403 without the right', withWorld({},
  async (world) => {
    const paths = ['/api/', '/api/data/', '/api/data/1/', '/api/me/',
                   '/api/token/', '/api/data/?format=datatables'];
    const nobody = new Session(world.url);
    const wrong = [
      { Authorization: 'Token x' }, { Authorization: 'Token ' },
      { Authorization: 'Bearer' }, { Authorization: 'Basic ZGVtbzpkZW1v' },
      { Authorization: `Token ${'0'.repeat(64)}` },
      { Cookie: 'sessionid=x' }, { Cookie: 'sessionid=' },
      { Cookie: 'sessionid' }, {},
    ];
    for (const path of paths) {
      for (const headers of wrong) {
        const answer = await nobody.get(path, headers);
        assert.equal(answer.status, 401, `${path} ${JSON.stringify(headers)}`);
        assert.ok(answer.headers['www-authenticate']);
        assert.match(answer.headers['content-type'], /problem\+json/);
      }
    }
    assert.equal((await nobody.post('/api/data/', {})).status, 401);
    // A wrong token is not saved by a good cookie.
    const session = await world.login('demo');
    assert.equal((await nobody.get('/api/me/', { Cookie: session.cookie(),
      Authorization: 'Token x' })).status, 401);
    // Never in the address.
    const { token } = await world.token('demo');
    for (const name of ['token', 'access_token', 'sessionid', 'key'])
      assert.equal((await nobody.get(`/api/me/?${name}=${token}`)).status, 401);
  }));

test('a token is had by password alone', withWorld({}, async (world) => {
  const nobody = new Session(world.url);
  const good = { username: 'demo', password: 'demo-secret' };
  const json = await nobody.post('/api/token/', { ...good, name: 'script' });
  assert.equal(json.status, 200);
  assert.equal(json.body.name, 'script');
  assert.ok(json.body.token.length >= 32);
  const byForm = await nobody.form('/api/token/', good);
  assert.equal(byForm.status, 200);
  assert.notEqual(byForm.body.token, json.body.token);
  for (const scheme of ['Token', 'token', 'Bearer', 'BEARER']) {
    const headers = { Authorization: `${scheme} ${json.body.token}` };
    assert.equal((await nobody.get('/api/me/', headers)).status, 200, scheme);
  }
  const days = (Date.parse(json.body.expires) -
                Date.parse(json.body.created)) / 86_400_000;
  assert.equal(days, 90);

  const refusals = [
    [{ ...good, password: 'wrong' }, 401], [{ ...good, username: 'x' }, 401],
    [{ username: 'demo' }, 400], [{ password: 'x' }, 400], [{}, 400],
    [{ ...good, username: 7 }, 400], [{ ...good, password: null }, 400],
    [{ ...good, name: 'n'.repeat(65) }, 400],
    [{ ...good, name: 'a\u0001' }, 400], ['[]', 400], ['{', 400],
  ];
  for (const [body, status] of refusals) {
    const answer = await nobody.post('/api/token/', body,
      { 'Content-Type': 'application/json' });
    assert.equal(answer.status, status, JSON.stringify(body) + answer.text);
    assert.doesNotMatch(answer.text, /"token"/);
  }
  const texts = await Promise.all(['demo', 'nobody'].map((username) =>
    nobody.post('/api/token/', { username, password: 'wrong' })));
  assert.equal(texts[0].text, texts[1].text);
}));

test('a token makes, lists and revokes no tokens; a cookie does', withWorld({},
  async (world) => {
    const session = await world.login('demo');
    const token = await world.token('demo');
    for (const [method, path, body] of [
      ['GET', '/api/token/'], ['POST', '/api/token/', {}],
      ['POST', '/api/token/', { name: 'x' }], ['DELETE', '/api/token/1/']]) {
      const answer = await token.request(method, path, body);
      assert.equal(answer.status, 403, `${method} ${path}: ${answer.text}`);
    }
    const made = await session.post('/api/token/', { name: 'mine' });
    assert.equal(made.status, 200, made.text);
    const list = (await session.get('/api/token/')).body;
    assert.equal(list.count, 2);
    assert.deepEqual(list.results.map(({ name }) => name).sort(),
                     ['', 'mine']);
    for (const row of list.results) assert.equal(row.token, undefined);

    // Not another's.
    const other = await world.login('other');
    assert.equal((await other.delete(`/api/token/${made.body.id}/`)).status,
                 404);
    const user = new Session(world.url);
    user.token = made.body.token;
    const stream = await world.follow(user);
    assert.equal((await session.delete(`/api/token/${made.body.id}/`)).status,
                 204);
    assert.equal((await stream.closed).code, 4401);
    assert.equal(await me(user), 401);
    assert.equal(await me(token), 200);
    assert.equal((await session.delete(`/api/token/${made.body.id}/`)).status,
                 404);
  }));

test('at most 50 live tokens', withWorld({}, async (world) => {
  const session = await world.login('demo');
  for (let i = 0; i < 50; i++)
    assert.equal((await session.post('/api/token/', {})).status, 200);
  const nobody = new Session(world.url);
  const more = await nobody.post('/api/token/',
    { username: 'demo', password: 'demo-secret' });
  assert.equal(more.status, 409);
  assert.equal((await session.post('/api/token/', {})).status, 409);
  const { results, count } = (await session.get('/api/token/')).body;
  assert.equal(count, 50);
  assert.equal((await session.delete(`/api/token/${results[0].id}/`)).status,
               204);
  assert.equal((await session.post('/api/token/', {})).status, 200);
  await world.token('other'); // another's are counted for themselves
}));

test('failed logins of one account are throttled, by form and token together',
  withWorld({ settings: ['--login-per-account', '3'] }, async (world) => {
    const nobody = new Session(world.url);
    const wrong = { username: 'demo', password: 'wrong' };
    assert.equal((await submit(world, wrong)).answer.status, 401);
    assert.equal((await nobody.post('/api/token/', wrong)).status, 401);
    assert.equal((await nobody.post('/api/token/',
      { ...wrong, username: 'Demo' })).status, 401);

    const form429 = (await submit(world, {})).answer; // even the right one
    assert.equal(form429.status, 429);
    assert.match(form429.headers['content-type'], /text\/html/);
    assert.ok(reason(form429));
    const token429 = await nobody.post('/api/token/',
      { username: 'demo', password: 'demo-secret' });
    assert.equal(token429.status, 429);
    for (const answer of [form429, token429]) {
      const seconds = Number(answer.headers['retry-after']);
      assert.ok(seconds >= 1 && seconds <= 300, seconds);
    }
    // Others go on, as does who is in already; a daemon anew remembers.
    await world.login('other');
    await world.restartDaemon();
    assert.equal((await submit(world, {})).answer.status, 429);
  }));

test('a good login clears the account, not the address', withWorld(
  { settings: ['--login-per-account', '3', '--login-per-address', '6'] },
  async (world) => {
    const nobody = new Session(world.url);
    const ask = async (username, password = 'wrong') =>
      (await nobody.post('/api/token/', { username, password })).status;
    for (let round = 0; round < 2; round++) {
      assert.equal(await ask('demo'), 401);
      assert.equal(await ask('demo'), 401);
      assert.equal(await ask('demo', 'demo-secret'), 200);
    }
    assert.equal(await ask('nobody'), 401);
    assert.equal(await ask('somebody'), 401);
    assert.equal(await ask('other', 'other-secret'), 429);
    assert.equal((await submit(world, {})).answer.status, 429);
  }));

test('a new password ends logins, tokens and sockets', withWorld({},
  async (world) => {
    const session = await world.login('demo');
    const token = await world.token('demo');
    const other = await world.token('other');
    const streams = [await world.follow(session), await world.follow(token)];
    const kept = await world.follow(other);
    await world.command(['changepassword', '--username', 'demo',
      '--password-stdin'], { input: 'another-secret\n' });
    for (const stream of streams)
      assert.equal((await stream.closed).code, 4401);
    assert.equal(await me(session), 401);
    assert.equal(await me(token), 401);
    await kept.silent();
    assert.equal((await submit(world, {})).answer.status, 401);
    await world.login('demo', 'another-secret');
  }));

test('beyond loopback not while a superuser has a default password', withWorld(
  {}, async (world) => {
    await world.command(['createsuperuser', '--username', 'admin',
      '--password-stdin'], { input: 'admin\n' });
    await world.stopDaemon();
    const refused = await world.command(['serve', '--listen', '0.0.0.0:0'],
                                        { code: 1 });
    assert.match(refused.err, /listen/);
    assert.match(refused.err, /password/);
    assert.doesNotMatch(refused.out, /ready/);
    await world.startDaemon(); // on loopback it may
    await world.login('admin', 'admin');
    await world.stopDaemon();

    await world.command(['changepassword', '--username', 'admin',
      '--password-stdin'], { input: 'better-than-that\n' });
    world.settings.push('--allow-root');
    await world.startDaemon({ host: '0.0.0.0' });
    await world.login('admin', 'better-than-that');
  }));

test('a default password is one in any case of the name', withWorld(
  {}, async (world) => {
    await world.command(['createsuperuser', '--username', 'Admin',
      '--password-stdin'], { input: 'good-enough-for-now\n' });
    await world.stopDaemon();
    for (const [username, password] of [['ADMIN', 'Admin'], ['admin', 'ADMIN'],
                                        ['admin', 'admin']]) {
      await world.command(['changepassword', '--username', 'Admin',
        '--password-stdin'], { input: 'good-enough-for-now\n' });
      await world.command(['changepassword', '--username', username,
        '--password-stdin'], { input: `${password}\n` });
      const refused = await world.command(['serve', '--listen', '0.0.0.0:0'],
                                          { code: 1 });
      assert.match(refused.err, /password/);
    }
  }));

test('a hash of other iterations than the setting is made anew at the login',
  withWorld({}, async (world) => {
    const rows = new DatabaseRows(world.database);
    const read = () => rows.rows('SELECT password, password_work AS work ' +
                                 'FROM "user" WHERE username = \'demo\'');
    for (const iterations of [900, 3000]) {
      const key = pbkdf2Sync('demo-secret', 'salt', iterations, 32, 'sha256');
      await change(world.database, `UPDATE "user" SET password_work = ` +
        `${iterations}, password = 'pbkdf2_sha256$${iterations}$salt$` +
        `${key.toString('base64')}' WHERE username = 'demo'`);
      const session = await world.login('demo');
      const [{ password, work }] = await read();
      assert.match(password, /^pbkdf2_sha256\$1000\$/);
      assert.equal(work, 1000);
      assert.equal((await session.get('/api/me/')).status, 200);
      await world.login('demo');
    }
  }));
