// Behind the real nginx and haproxy, and scraped by the real Prometheus, as
// docs/operating.md has them configured.
import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { gunzipSync } from 'node:zlib';
import { behind, documented, haproxy, nginx, passwordLine, prometheus }
  from './lib/front.mjs';
import { Session } from './lib/http.mjs';
import { deadline, run } from './lib/processes.mjs';
import { DatabaseRows } from './lib/rows.mjs';
import { trusted } from './lib/tls.mjs';
import { World } from './lib/world.mjs';

// By HTTP/2, as browsers do.
async function ask2(url, headers) {
  const { origin, pathname, search } = new URL(url);
  const client = http2.connect(origin, { ca: trusted() });
  try {
    return await deadline(new Promise((resolve, reject) => {
      client.on('error', reject);
      const stream = client.request({ ':path': pathname + search, ...headers });
      const pieces = [];
      let head;
      stream.on('response', (got) => { head = got; });
      stream.on('data', (piece) => pieces.push(piece));
      stream.on('error', reject);
      stream.on('end', () => resolve({ head, bytes: Buffer.concat(pieces) }));
      stream.end();
    }), `HTTP/2 to ${url}`);
  } finally {
    client.close();
  }
}

const order = { instrument: 'VIA', quantity: '1', price: '1' };

// Where a secret stands beside what others can choose, its length tells nothing.
async function servesSecrets(world, { cookie, ...headers }) {
  for (const [path, more] of [['/', { cookie }], ['/accounts/', { cookie }],
                              ['/api/me/', { cookie }], ['/accounts/login/', {}]]) {
    const { head, bytes } = await ask2(world.url + path, { ...headers, ...more });
    assert.equal(head[':status'], 200, path);
    assert.equal(head['content-encoding'], undefined, path);
    assert.match(bytes.toString(), /csrf/, path);
  }
}

// Whatever stands there: pages, the API, websockets, addresses, HTTP/2, gzip.
async function serves(world, { cookies = '__Host-', headers = {},
                               compresses = false } = {}) {
  const session = new Session(world.url);
  if (headers.Authorization) {
    const own = session.headers.bind(session);
    session.headers = (method) => ({ ...own(method), ...headers });
  }
  await session.login('demo', 'demo-secret');
  assert.ok(session.cookies.has(`${cookies}sessionid`));
  const stream = await world.open(session,
    { headers: { Origin: new URL(world.url).origin } });
  await stream.subscribe();
  const made = await session.post('/api/data/', order,
    { Origin: new URL(world.url).origin });
  assert.equal(made.status, 201, made.text);
  const [event] = await Promise.all([stream.until(() =>
    stream.frames.find(({ type }) => type === 'data.new'), 'an order')]);
  assert.equal(event.order.id, made.body.id);
  assert.equal(new URL(made.headers.location, world.url).pathname,
               `${new URL(world.url).pathname.replace(/\/$/, '')
               }/api/data/${made.body.id}/`);

  // Its version comes back, weakened or not.
  const path = `/api/data/${made.body.id}/`;
  const { headers: { etag } } = await session.get(path,
    { 'Accept-Encoding': 'gzip' });
  assert.equal((await session.patch(path, { price: '2' },
    { 'If-Match': `W/${etag.replace('W/', '')}`,
      Origin: new URL(world.url).origin })).status, 200);

  const cookie = session.headers().Cookie;
  for (let i = 0; i < 30; i++) await session.order();
  const lower = Object.fromEntries(
    Object.entries(headers).map(([k, v]) => [k.toLowerCase(), v]));
  const list = await ask2(`${world.url}/api/data/?page_size=100`,
    { cookie, 'accept-encoding': 'gzip', ...lower });
  assert.equal(list.head[':status'], 200);
  assert.equal(list.head['content-encoding'], 'gzip');
  assert.equal(JSON.parse(gunzipSync(list.bytes)).count, 31);
  if (!compresses) await servesSecrets(world, { cookie, 'accept-encoding': 'gzip', ...lower });
  // What DataTables asks for 64 columns.
  const page = await ask2(`${world.url}/api/data/?format=datatables&${
    new URLSearchParams({ draw: 3, ...Object.fromEntries(Array.from(
      { length: 64 }, (_, i) => ['[data]', '[name]', '[searchable]',
        '[orderable]', '[search][value]', '[search][regex]'].map((name) =>
        [`columns[${i}]${name}`, { '[data]': 'instrument', '[searchable]': true,
          '[orderable]': true, '[search][regex]': false }[name] ?? '']))
      .flat()) })}`, { cookie, ...lower });
  assert.equal(page.head[':status'], 200);
  assert.deepEqual([JSON.parse(page.bytes).draw,
    JSON.parse(page.bytes).recordsTotal], [3, 31]);
  if (!headers.Authorization) {
    const asset = await ask2(`${world.url}/assets/css/base.css`,
                             { 'accept-encoding': 'gzip' });
    assert.equal(asset.head['content-encoding'], 'gzip');
    assert.match(gunzipSync(asset.bytes).toString(), /\{/);
    assert.match(asset.head['strict-transport-security'] ?? 'max-age', /max-age/);
  }
}

const lastAddress = async (world) => (await new DatabaseRows(world.database)
  .column('SELECT address FROM event ORDER BY id DESC LIMIT 1'))[0];

for (const [what, path, changes] of [
  ['at the root', '', {}],
  ['below a prefix that it leaves', '/desk', { 'location /': 'location /desk/' }],
  ['below a prefix that it takes off', '/desk', {
    'location /': 'location /desk/',
    'proxy_pass http://lws_app;': 'proxy_pass http://lws_app/;' }],
  ['which compresses all the same', '', { 'gzip off;': `gzip on; gzip_proxied any;
    gzip_types text/css text/javascript application/json;` }],
]) {
  test(`nginx, ${what}`, () => behind({ path, front: (world, port) =>
    nginx(world, { port, changes: { ...changes, 'Host $host': 'Host $http_host' } }) },
  async (world) => {
    await serves(world, { cookies: path ? '' : '__Host-',
                          compresses: 'gzip off;' in changes });
    // Who asks, and not who says so.
    const demo = await world.token('demo');
    await demo.post('/api/data/', order, { 'X-Forwarded-For': '203.0.113.9' });
    assert.equal(await lastAddress(world), '203.0.113.9');
    // The other end of what it appends is this machine, a proxy of ours.
    await world.daemon.line(/address=203\.0\.113\.9/, 'err');
  }));
}

test('nginx, to a unix socket', () => behind({ unix: true, trust: false,
  front: (world, port) => nginx(world, { port, backend: `unix:${world.path}` }) },
(world) => serves(world)));

test('nginx, with basic authentication of its own', () => behind({
  front: async (world, port) => {
    const file = join(world.dir, 'htpasswd');
    await writeFile(file, passwordLine('desk', 'open'));
    return nginx(world, { port, inside: documented('nginx-auth',
      { '/etc/nginx/desk.htpasswd': file }) });
  } }, async (world) => {
  assert.equal((await new Session(world.url).get('/')).status, 401);
  const wrong = await new Session(world.url).get('/', { Authorization:
    `Basic ${Buffer.from('desk:shut').toString('base64')}` });
  assert.equal(wrong.status, 401);
  await serves(world, { headers: { Authorization:
    `Basic ${Buffer.from('desk:open').toString('base64')}` } });
}));

for (const [what, changes] of [
  ['asked by GET', {}],
  ['asked by a bare httpchk', { 'option httpchk GET /readyz': 'option httpchk' }],
  ['not asked', { 'option httpchk GET /readyz': '' }],
  ['asked by GET, which compresses all the same', {
    'default_backend lws_app': `compression algo gzip
    compression type text/html text/css text/javascript application/json
    default_backend lws_app` }],
]) {
  test(`haproxy, health ${what}`, () => behind({ front: (world, port) =>
    haproxy(world, { port, changes: { ...changes,
      check: 'check inter 100 rise 2 fall 1',
      // However long an answer takes here.
      'timeout server 60s': 'timeout server 60s\n timeout check 60s' } }) },
  async (world, proxy) => {
    if (/GET/.test(what))
      await world.daemon.line(/path="\/readyz" status=200[^]*\/readyz/, 'err');
    if (/bare/.test(what))
      await world.daemon.line(/OPTIONS path="\/" status=204[^]*OPTIONS/, 'err');
    await serves(world, { compresses: /compresses/.test(what) });
    assert.doesNotMatch(proxy.err, /is DOWN/);
  }));
}

test('haproxy, below a prefix', () => behind({ path: '/desk',
  front: (world, port) => haproxy(world, { port }) },
(world) => serves(world, { cookies: '' })));

for (const [what, settings, changes] of [
  ['that ends TLS', [], {}],
  ['version 1', [], { 'send-proxy-v2-ssl': 'send-proxy' }],
]) {
  test(`haproxy passes bytes on, by the PROXY protocol, ${what}`, () => behind({
    settings: ['--proxy-protocol', ...settings],
    front: (world, port) => haproxy(world, { port, kind: 'haproxy-tcp',
      changes: { ...changes, check: 'check inter 100',
                 'crt /etc/haproxy/desk.example.pem':
                   'crt /etc/haproxy/desk.example.pem alpn http/1.1' } }) },
  async (world) => {
    const demo = await world.token('demo');
    const stream = await world.open(demo);
    await stream.subscribe();
    await demo.post('/api/data/', order);
    assert.equal(await lastAddress(world), '127.0.0.1');
    // From another address than the proxy's own.
    const { code, out, err } = await run('curl', ['-sk', '--interface',
      '127.0.0.2', '-H', `Authorization: Token ${demo.token}`, '-H',
      'X-Forwarded-For: 203.0.113.9', '-H', 'Content-Type: application/json',
      '-d', JSON.stringify(order), `${world.url}/api/data/`]);
    assert.equal(code, 0, err);
    assert.ok(JSON.parse(out).id, out);
    assert.equal(await lastAddress(world), '127.0.0.2');
  }));
}

test('haproxy passes TLS on to the daemon', () => behind({ tls: true,
  settings: ['--proxy-protocol'],
  front: (world, port) => haproxy(world, { port, kind: 'haproxy-tcp', changes: {
    ' ssl crt /etc/haproxy/desk.example.pem': '' } }) },
async (world) => {
  const demo = await world.token('demo');
  await demo.order();
  await (await world.open(demo)).subscribe();
}));

test('Prometheus scrapes it', async () => {
  const world = await World.start({ tls: false });
  let child;
  try {
    child = await prometheus(world);
    // Nothing yet while it starts: it says 503, and not in JSON.
    const query = async (text) => {
      const answer = await fetch(
        `${child.url}/api/v1/query?query=${encodeURIComponent(text)}`);
      return answer.ok ? (await answer.json()).data.result : [];
    };
    const value = await deadline((async () => {
      for (;;) {
        const [up] = await query('up{job="lws-app"}');
        if (up?.value[1] === '1') return query('lwsapp_sockets');
        await new Promise((resolve) => { setTimeout(resolve, 100); });
      }
    })(), 'a scrape');
    assert.ok(value.length > 0);
    const targets = await (await fetch(`${child.url}/api/v1/targets`)).json();
    assert.equal(targets.data.activeTargets[0].lastError, '');
  } finally {
    await child?.stop();
    await world.stop();
  }
});
