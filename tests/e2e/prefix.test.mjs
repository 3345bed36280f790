// public_url with a path: everything is there below it, for browsers, scripts and
// websockets, whether or not the proxy takes it off.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { Session } from './lib/http.mjs';
import { run } from './lib/processes.mjs';
import { Stream } from './lib/stream.mjs';
import { World, bin, withWorld } from './lib/world.mjs';

const settings = ['--public-url', 'https://DESK.example/Trading/desk/',
                  '--trusted-proxy', '127.0.0.1'];
const base = '/Trading/desk';
const host = { Host: 'desk.example' };

test('every path is answered with and without the prefix', withWorld(
  { settings }, async (world) => {
    const demo = await world.token('demo');
    for (const prefix of ['', base]) {
      for (const path of ['/healthz', '/readyz', '/metrics', '/api/schema/',
                          '/assets/css/base.css', '/accounts/login/', '/api/',
                          '/api/data/?format=datatables&draw=1&length=5'])
        assert.equal((await demo.get(prefix + path)).status, 200, prefix + path);
      const stream = new Stream(world.url + prefix, demo);
      world.streams.push(stream);
      await stream.opened;
    }
    for (const [path, status] of [[`${base}x/healthz`, 404],
      [`${base}${base}/healthz`, 404], ['/trading/desk/healthz', 404],
      ['/Trading/healthz', 404], [`${base}//healthz`, 200]])
      assert.equal((await demo.get(path)).status, status, path);
    const bare = await demo.get(base);
    assert.equal(bare.status, 301);
    assert.equal(bare.headers.location, `${base}/`);
  }));

test('whatever leads somewhere leads below the prefix', withWorld(
  { settings }, async (world) => {
    const demo = await world.token('demo');
    for (let i = 0; i < 2; i++) await demo.order();
    for (const prefix of ['', base]) {
      const get = (path, headers) => demo.get(prefix + path, headers);
      assert.equal((await get('/api/data')).headers.location,
                   `${base}/api/data/`);
      const list = await get('/api/data/?page_size=1');
      assert.ok(list.body.next.startsWith(
        `https://desk.example${base}/api/data/?`), list.body.next);
      const root = await get('/api/');
      assert.equal(root.body.data, `https://desk.example${base}/api/data/`);
      const made = await demo.post(`${prefix}/api/data/`,
        { instrument: 'VIA', quantity: '1', price: '1' });
      assert.match(made.headers.location,
                   new RegExp(`^${base}/api/data/\\d+/$`));
      assert.deepEqual((await get('/api/schema/')).body.servers,
                       [{ url: base }]);
      const page = await new Session(world.url).get(`${prefix}/?x=1`, host);
      assert.equal(page.headers.location,
                   `${base}/accounts/login/?next=/%3Fx%3D1`);
      for (const path of ['/accounts/login/', '/api/docs/', '/none/']) {
        const { text } = await new Session(world.url).get(prefix + path,
          { ...host, Accept: 'text/html' });
        const links = [...text.matchAll(/(?:href|src|action)="([^"]+)"/g)]
          .map(([, link]) => link).filter((link) => !link.startsWith('#'));
        assert.ok(links.length > 3);
        for (const link of links) assert.ok(link.startsWith(`${base}/`), link);
      }
    }
  }));

test('a login is of the prefix alone, and leads back to where it began',
  withWorld({ settings }, async (world) => {
    const session = new Session(world.url);
    const by = { ...host, 'X-Forwarded-Proto': 'https' };
    const page = await session.get(
      `${base}/accounts/login/?next=${base}/admin/`, by);
    const [, csrfmiddlewaretoken] = page.text.match(
      /name="csrfmiddlewaretoken"[^>]*value="([^"]+)"/);
    const [, next] = page.text.match(/name="next"[^>]*value="([^"]*)"/);
    const login = await session.form(`${base}/accounts/login/`,
      { csrfmiddlewaretoken, username: 'boss', password: 'boss-secret', next },
      { ...by, Origin: 'https://desk.example' });
    assert.equal(login.status, 302);
    assert.equal(login.headers.location, `${base}/admin/`);
    assert.deepEqual([...session.cookies.keys()].sort(),
                     ['csrftoken', 'device', 'sessionid']);
    for (const line of login.headers['set-cookie'])
      assert.match(line, /; Path=\/Trading\/desk; .*; Secure$/);
    assert.equal((await session.get(`${base}/admin/`, by)).status, 200);
    assert.equal((await session.post(`${base}/api/data/`,
      { instrument: 'VIA', quantity: '1', price: '1' },
      { ...by, Origin: 'https://desk.example' })).status, 201);
    for (const evil of ['//evil.example', `${base}//evil.example`,
                        '/\\evil.example', 'https://evil.example']) {
      const { text } = await session.get(
        `${base}/accounts/login/?next=${encodeURIComponent(evil)}`, by);
      assert.doesNotMatch(text, /value="[^"]*evil/, evil);
    }
  }));

test('lws-app-client takes a URL with a path', withWorld(
  { settings: ['--public-url', 'http://127.0.0.1/desk'] }, async (world) => {
    const { code, err } = await run(join(bin, 'lws-app-client'),
      ['--url', `${world.url}/desk/`, '--username', 'demo', 'order', 'add',
       '--instrument', 'VIA', '--side', 'buy', '--quantity', '1',
       '--price', '1'], { env: { ...process.env,
        LWSAPP_PASSWORD: 'demo-secret' } });
    assert.equal(code, 0, err);
    const { body } = await (await world.token('demo')).get('/api/data/');
    assert.equal(body.results[0].instrument, 'VIA');
  }));

test('a path that can be none is refused by name', async () => {
  for (const [url, wanted] of [['https://a.example/api', 1],
    ['https://a.example/API/x', 1], ['https://a.example/a//b', 1],
    ['https://a.example/a?b', 1], ['https://a.example/a%20', 1],
    ['https://a.example/../x', 1], ['https://a.example/"x', 1],
    [`https://a.example/${'x'.repeat(200)}`, 1], ['https://u@a.example/', 1],
    ['https://', 1], ['HTTPS://A.example/apis', 0]]) {
    let world;
    try {
      world = await World.start({ users: [], settings: ['--public-url', url] });
      assert.equal(wanted, 0, url);
    } catch (error) {
      if (!wanted || !/public_url/.test(error.message)) throw error;
    }
    await world?.stop();
  }
});
