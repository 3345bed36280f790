// What is compressed, for whom, and that it is the same in both forms.
import assert from 'node:assert/strict';
import http from 'node:http';
import test from 'node:test';
import { gunzipSync } from 'node:zlib';
import { deadline, run } from './lib/processes.mjs';
import { withWorld } from './lib/world.mjs';

function ask(world, path, headers = {}, method = 'GET', body = undefined) {
  return deadline(new Promise((resolve, reject) => {
    const request = http.request(world.url + path,
      { method, headers, agent: false }, async (response) => {
        const pieces = [];
        for await (const piece of response) pieces.push(piece);
        resolve({ status: response.statusCode, headers: response.headers,
                  bytes: Buffer.concat(pieces) });
      });
    request.on('error', reject);
    request.end(body);
  }), path);
}

const plain = { tls: false };
const zip = { 'Accept-Encoding': 'gzip' };
const varies = ({ headers }) => /\bAccept-Encoding\b/.test(headers.vary);

// Both forms say the same; steady: nothing in it changes from time to time.
async function same(world, path, headers, { steady = true, ...request } = {}) {
  const as = (more) => ask(world, path, { ...headers, ...more },
                           request.method, request.body);
  const whole = await as({});
  const packed = await as(zip);
  assert.equal(whole.status, 200, path);
  assert.equal(whole.headers['content-encoding'], undefined, path);
  assert.equal(packed.headers['content-encoding'], 'gzip', path);
  assert.ok(varies(whole) && varies(packed), path);
  assert.equal(Number(packed.headers['content-length']), packed.bytes.length);
  assert.ok(packed.bytes.length < whole.bytes.length / 2, path);
  if (whole.headers.etag)
    assert.equal(packed.headers.etag, `W/${whole.headers.etag}`, path);
  const text = gunzipSync(packed.bytes);
  if (steady) assert.deepEqual(text, whole.bytes, path);
  return { text: text.toString(), packed };
}

test('lists, draws, exports, history, the description, figures and files',
  withWorld(plain, async (world) => {
    const demo = await world.token('demo');
    for (let i = 0; i < 60; i++) await demo.order({ price: `${i}.5` });
    const { id } = await demo.order();
    for (let i = 1; i < 9; i++)
      await demo.patch(`/api/data/${id}/`, { price: String(i) });
    const login = demo.headers();
    const boss = (await world.token('boss')).headers();
    const draw = '/api/data/?format=datatables&start=0&length=50&draw=';
    for (const [path, headers] of [
      ['/api/data/?page_size=50', login], [`${draw}7`, login],
      ['/api/data/?format=csv', login], ['/api/data/?format=ndjson', login],
      [`/api/data/${id}/history/`, login], ['/api/audit/?page_size=100', boss],
      ['/api/schema/', {}], ['/assets/js/dashboard.js', {}]])
      await same(world, path, headers);
    await same(world, '/metrics', {}, { steady: false });
    await same(world, '/api/data/?format=datatables', { ...login,
      'Content-Type': 'application/x-www-form-urlencoded' },
    { method: 'POST', body: 'draw=3&start=0&length=50' });
    // To a HEAD, too, all is said of it.
    const head = await ask(world, '/api/schema/', zip, 'HEAD');
    assert.equal(head.headers['content-encoding'], 'gzip');
    assert.equal(head.bytes.length, 0);
  }));

test('what is kept and sent again begins with each one\'s own draw', withWorld(
  plain, async (world) => {
    const demo = await world.token('demo');
    for (let i = 0; i < 60; i++) await demo.order();
    const draw = (number, headers = zip) => ask(world,
      `/api/data/?format=datatables&start=0&length=50&draw=${number}`,
      { ...demo.headers(), ...headers });
    const kept = async () => Number(/^lwsapp_answers_kept_total\S* (\d+)/m.exec(
      (await ask(world, '/metrics')).bytes.toString())[1]);
    const before = await kept();
    for (const number of [1, 2, 34567, 9]) {
      const { bytes, headers } = await draw(number);
      assert.equal(headers['content-encoding'], 'gzip');
      const body = JSON.parse(gunzipSync(bytes));
      assert.equal(body.draw, number);
      assert.equal(body.data.length, 50);
      assert.deepEqual(JSON.parse((await draw(number, {})).bytes), body);
    }
    assert.equal(await kept(), before + 6);
    await demo.order({ instrument: 'NEW' });
    const body = JSON.parse(gunzipSync((await draw(10)).bytes));
    assert.equal(body.data[0].instrument, 'NEW');
    assert.equal(body.draw, 10);
  }));

test('only who takes it is sent it, and nothing short', withWorld(
  plain, async (world) => {
    const demo = await world.token('demo');
    for (let i = 0; i < 20; i++) await demo.order();
    const path = '/api/data/';
    for (const [header, packed] of [['gzip', true], ['GZIP', true],
      ['deflate, gzip;q=0.5, br', true], ['*', true], ['*;q=0.1', true],
      ['br', false], ['gzip;q=0', false], ['gzip; q=0.000', false],
      ['*, gzip;q=0', false], ['identity', false], ['', false],
      ['xgzip', false], ['gzipx', false], ['*;q=0', false],
      ['gzip;q=0, *', false], ['gzip;q=evil', false]]) {
      for (const one of [path, '/assets/css/base.css']) {
        const { headers } = await ask(world, one, { ...demo.headers(),
                                                    'Accept-Encoding': header });
        assert.equal(headers['content-encoding'] === 'gzip', packed,
                     `${one} ${header}`);
        assert.ok(/\bAccept-Encoding\b/.test(headers.vary), one);
      }
    }
    const short = await ask(world, '/api/data/?page_size=1',
                            { ...demo.headers(), ...zip });
    assert.equal(short.headers['content-encoding'], undefined);
    assert.ok(varies(short));
  }));

test('what holds a secret never is: its length would tell', withWorld(
  plain, async (world) => {
    const session = await world.login('boss');
    const headers = { ...session.headers(), ...zip };
    for (const path of ['/', '/accounts/', '/admin/', '/accounts/login/',
                        '/api/me/', '/api/token/', '/api/sessions/',
                        '/api/docs/', '/none/']) {
      const answer = await ask(world, path, headers);
      assert.equal(answer.headers['content-encoding'], undefined, path);
    }
    const page = await ask(world, '/api/data/',
                           { ...headers, Accept: 'text/html' });
    assert.match(page.bytes.toString(), /csrf/);
    assert.equal(page.headers['content-encoding'], undefined);
  }));

test('the ETag of a compressed form is weak, and good for both', withWorld(plain, async (world) => {
  for (const path of ['/assets/css/base.css', '/api/schema/']) {
    const { headers: { etag } } = await ask(world, path, zip);
    assert.match(etag, /^W\/"/);
    for (const [more, tag] of [[{}, etag], [zip, etag], [zip, etag.slice(2)]]) {
      const again = await ask(world, path, { ...more, 'If-None-Match': tag });
      assert.equal(again.status, 304);
      assert.equal(again.headers['content-encoding'], undefined);
      assert.ok(varies(again));
    }
  }
}));

test('curl --compressed and gunzip read it', withWorld(plain, async (world) => {
  const demo = await world.token('demo');
  for (let i = 0; i < 100; i++) await demo.order();
  const header = `Authorization: Token ${demo.token}`;
  const curl = (...args) => run('curl', ['-s', '-H', header, ...args]);
  const url = `${world.url}/api/data/?format=csv`;
  const { out } = await curl('--compressed', url);
  assert.equal(out.trim().split('\r\n').length, 101);
  assert.equal((await curl(url)).out, out);
}));
