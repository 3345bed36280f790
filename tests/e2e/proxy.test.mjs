// Behind a proxy: whose word on the client's address and protocol is taken, and
// where that address then goes.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Session } from './lib/http.mjs';
import { DatabaseRows } from './lib/rows.mjs';
import { Wire, bytes } from './lib/wire.mjs';
import { withWorld } from './lib/world.mjs';

const order = { instrument: 'VIA', quantity: '1', price: '1' };
const from = (forwarded, proto) => ({ 'X-Forwarded-For': forwarded,
  ...(proto ? { 'X-Forwarded-Proto': proto } : {}) });

// The address that an order placed with these headers is kept with.
async function addressOf(world, demo, headers) {
  const { status, body } = await demo.post('/api/data/', order, headers);
  assert.equal(status, 201);
  const [address] = await new DatabaseRows(world.database).column(
    `SELECT address FROM event WHERE order_id = ${body.id}`);
  return address;
}

async function secureCookie(world, headers) {
  const page = await new Session(world.url).get('/accounts/login/', headers);
  return { secure: page.headers['set-cookie'].every((c) => /Secure/.test(c)),
           hsts: page.headers['strict-transport-security'] };
}

for (const [what, settings] of [['no proxy', []], ['another proxy',
  ['--trusted-proxy', '10.0.0.0/8, 2001:db8::/32,127.0.0.2']]]) {
  test(`${what} is trusted: nothing forwarded is believed`, withWorld(
    { settings: [...settings, '--login-per-account', '2'] }, async (world) => {
      const demo = await world.token('demo');
      for (const headers of [from('203.0.113.9', 'https'),
        from('127.0.0.1, 10.0.0.1'),
        { Forwarded: 'for=203.0.113.9;proto=https',
          'X-Real-IP': '203.0.113.9', 'Client-IP': '203.0.113.9',
          'X-Client-IP': '203.0.113.9', 'CF-Connecting-IP': '203.0.113.9' }])
        assert.equal(await addressOf(world, demo, headers), '127.0.0.1');
      assert.deepEqual(await secureCookie(world, from('1.2.3.4', 'https')),
                       { secure: false, hsts: undefined });
      // So a new address per try gives no new tries.
      const tries = [];
      for (let i = 0; i < 4; i++)
        tries.push((await demo.post('/api/token/',
          { username: 'other', password: 'x' }, from(`203.0.113.${i}`)))
          .status);
      assert.deepEqual(tries, [401, 401, 429, 429]);
      assert.doesNotMatch(world.daemon.err, /203\.0\.113/);
    }));
}

test('behind a trusted proxy the client is who the proxy says', withWorld(
  { settings: ['--trusted-proxy', '127.0.0.1,10.0.0.0/8,2001:db8:f::/48',
               '--login-per-account', '2'] }, async (world) => {
    const demo = await world.token('demo');
    const cases = [
      ['203.0.113.9', '203.0.113.9'], [undefined, '127.0.0.1'],
      ['2001:DB8::0:7', '2001:db8::7'], ['[2001:db8::7]:443', '2001:db8::7'],
      // What the client wrote before its own address is its own invention.
      ['127.0.0.1, 203.0.113.9', '203.0.113.9'],
      ['1.1.1.1, 203.0.113.9, 10.0.0.7', '203.0.113.9'],
      ['203.0.113.9, 2001:db8:f::1, 10.0.0.7', '203.0.113.9'],
      // And what is no address reaches neither database nor log.
      ["<script>', 10.0.0.7", '10.0.0.7'], ['evil', '127.0.0.1'],
      ['evil, ', '127.0.0.1'], ['9'.repeat(5000), '127.0.0.1'],
      [`${'1.1.1.1,'.repeat(500)}203.0.113.9`, '203.0.113.9'],
    ];
    for (const [forwarded, address] of cases) {
      const headers = forwarded === undefined ? {} : from(forwarded);
      assert.equal(await addressOf(world, demo, headers), address, forwarded);
    }
    // Two headers are one list.
    const wire = await Wire.open(world.port);
    await wire.send(bytes('POST', '/api/data/', { headers: {
      Authorization: `Token ${demo.token}`,
      'X-Forwarded-For': ['198.51.100.1', '203.0.113.77'] },
      body: JSON.stringify(order) }));
    assert.equal((await wire.answer()).status, 201);
    wire.close();
    const rows = new DatabaseRows(world.database);
    assert.deepEqual(await rows.column(
      'SELECT address FROM event ORDER BY id DESC LIMIT 1'), ['203.0.113.77']);

    // Sessions, the throttle and the log.
    const session = new Session(world.url);
    session.proxy = from('198.51.100.20');
    const { headers: own } = session;
    session.headers = function (method) {
      return { ...own.call(this, method), ...this.proxy };
    };
    await session.login('demo', 'demo-secret');
    assert.deepEqual(await rows.column('SELECT address FROM session'),
                     ['198.51.100.20']);
    await world.daemon.line(
      /http\.request.*path="\/accounts\/login\/".*address=198\.51\.100\.20/, 'err');
    const wrong = async (address) => (await demo.post('/api/token/',
      { username: 'other', password: 'x' }, from(address))).status;
    for (const status of [401, 401, 429, 429])
      assert.equal(await wrong('198.51.100.30'), status);
    for (const [i, status] of [401, 401, 429].entries())
      assert.equal(await wrong(`2001:db8:0:5::${i}`), status);
    assert.equal(await wrong('198.51.100.31'), 401);
    assert.doesNotMatch(world.daemon.err, /script|evil/);
  }));

test('its word on the protocol makes cookies Secure and brings HSTS', withWorld(
  { settings: ['--trusted-proxy', '127.0.0.1'] }, async (world) => {
    const yes = { secure: true, hsts: 'max-age=31536000' };
    const no = { secure: false, hsts: undefined };
    for (const [proto, wanted] of [['https', yes], ['HTTPS', yes],
      ['http, https', yes], ['http', no], ['https, http', no], ['', no],
      ['wss', no]])
      assert.deepEqual(await secureCookie(world, from('1.1.1.1', proto)),
                       wanted, proto);
    assert.deepEqual(await secureCookie(world, from('1.1.1.1')), no);
    // On everything, errors and files included.
    const session = new Session(world.url);
    for (const path of ['/healthz', '/nothing', '/api/data/', '/metrics',
                        '/assets/css/app.css', '/', '/api/data'])
      assert.equal((await session.get(path, from('1.1.1.1', 'https')))
        .headers['strict-transport-security'], 'max-age=31536000', path);
  }));

test('over https cookies have names that no other site can set', withWorld(
  { settings: ['--trusted-proxy', '127.0.0.1'] }, async (world) => {
    const by = from('1.1.1.1', 'https');
    const session = new Session(world.url);
    const page = await session.get('/accounts/login/', by);
    const [, token] = page.text.match(
      /name="csrfmiddlewaretoken"[^>]*value="([^"]+)"/);
    assert.deepEqual([...session.cookies], [['__Host-csrftoken', token]]);
    const login = await session.form('/accounts/login/',
      { csrfmiddlewaretoken: token, username: 'demo',
        password: 'demo-secret', next: '/' }, by);
    assert.equal(login.status, 302);
    assert.deepEqual([...session.cookies.keys()].sort(),
                     ['__Host-csrftoken', '__Host-device', '__Host-sessionid']);
    for (const line of login.headers['set-cookie'])
      assert.match(line, /; Path=\/; .*; Secure$/);
    const secret = session.cookies.get('__Host-sessionid');
    const as = (cookie, headers) => new Session(world.url).get('/api/me/',
      { ...headers, Cookie: cookie });
    assert.equal((await as(`__Host-sessionid=${secret}`, by)).status, 200);
    // One that plain http, or another site of the domain, could have set.
    assert.equal((await as(`sessionid=${secret}`, by)).status, 401);
    assert.equal((await as(`sessionid=${secret}`, from('1.1.1.1', 'http')))
      .status, 200);
    assert.equal((await session.post('/api/data/', order, by)).status, 201);
    const planted = new Session(world.url);
    planted.cookies.set('csrftoken', token);
    assert.equal((await planted.form('/accounts/login/',
      { csrfmiddlewaretoken: token, username: 'demo',
        password: 'demo-secret' }, by)).status, 403);
    const logout = await session.form('/accounts/logout/', {}, by);
    assert.equal(logout.status, 302);
    assert.deepEqual([...session.cookies.keys()], ['__Host-device']);
  }));

test('a login page\'s token is good from the address it was given to alone',
  withWorld({ settings: ['--trusted-proxy', '127.0.0.1'] }, async (world) => {
    const attacker = new Session(world.url);
    const page = await attacker.get('/accounts/login/', from('1.1.1.1'));
    const [, csrfmiddlewaretoken] = page.text.match(
      /name="csrfmiddlewaretoken"[^>]*value="([^"]+)"/);
    const login = (session, address) => session.form('/accounts/login/',
      { csrfmiddlewaretoken, username: 'demo', password: 'demo-secret' },
      from(address));
    // Both, cookie and field, tossed into somebody else's browser.
    const victim = new Session(world.url);
    victim.cookies = new Map(attacker.cookies);
    assert.equal((await login(victim, '2.2.2.2')).status, 403);
    assert.equal((await login(attacker, '1.1.1.1')).status, 302);
  }));

test('public_url is what browsers are told, whatever Host they send', withWorld(
  { settings: ['--public-url', 'https://desk.example', '--trusted-proxy',
               '127.0.0.1'] }, async (world) => {
    const demo = await world.token('demo');
    for (let i = 0; i < 2; i++) await demo.order();
    assert.equal((await demo.get('/api/data/', { Host: 'evil.example' }))
      .status, 421);
    const odd = { Host: 'localhost', 'X-Forwarded-Host': 'evil.example',
                  ...from('1.1.1.1', 'https') };
    const list = await demo.get('/api/data/?page_size=1', odd);
    assert.equal(list.status, 200);
    assert.ok(list.body.next.startsWith('https://desk.example/api/data/?'));
    const root = await demo.get('/api/', odd);
    for (const link of Object.values(root.body))
      assert.ok(link.startsWith('https://desk.example/'), link);
    const made = await demo.post('/api/data/', order, odd);
    assert.ok(/^(\/|https:\/\/desk\.example\/)api/.test(made.headers.location),
              made.headers.location);
    assert.doesNotMatch(JSON.stringify([list.body, root.body, made.headers]),
                        /evil/);

    // Its Host and its Origin are good, http's is not.
    const session = new Session(world.url);
    const host = { Host: 'desk.example' };
    const page = await session.get('/accounts/login/', host);
    const [, csrfmiddlewaretoken] = page.text.match(
      /name="csrfmiddlewaretoken"[^>]*value="([^"]+)"/);
    const login = (Origin) => session.form('/accounts/login/',
      { csrfmiddlewaretoken, username: 'demo', password: 'demo-secret' },
      { ...host, Origin });
    assert.equal((await login('http://desk.example')).status, 403);
    assert.equal((await login('https://desk.example.evil.test')).status, 403);
    assert.equal((await login('https://desk.example')).status, 302);
    const handshake = (Origin) => world.open(session,
      { headers: { ...host, Origin } });
    await assert.rejects(handshake('http://desk.example'), { status: 403 });
    await (await handshake('https://desk.example')).subscribe();
  }));
