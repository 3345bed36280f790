// All orders that match, as a file: over HTTP and by the command.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import test from 'node:test';
import { change } from './lib/rows.mjs';
import { withWorld } from './lib/world.mjs';

const nasty = ['EDF01', 'a,b', 'say "hi"', "it's", ';semi', 'tab?', ' lead',
               '=1+1', '\u00fcber', '\u{1f4b9}', '"', 'x'.repeat(255)];

async function seed(session) {
  const orders = nasty.map((instrument, i) => ({
    instrument, quantity: `${i + 1}.5`, price: `-${i}.25`,
    side: i % 2 ? 'sell' : 'buy',
    ...i % 3 ? { client_order_id: `c"${i}` } : {} }));
  const answer = await session.post('/api/data/', orders);
  assert.equal(answer.status, 201, answer.text);
  return answer.body;
}

// RFC 4180, every cell in quotes.
function parse(text) {
  assert.ok(text.endsWith('\r\n'));
  return text.slice(0, -2).split('\r\n').map((line) =>
    [...line.matchAll(/"((?:[^"]|"")*)"(,|$)/g)].map(([, cell]) =>
      cell.replaceAll('""', '"')));
}

const asCells = (columns) => (order) =>
  columns.map((name) => order[name] === null ? '' : String(order[name]));

test('CSV and NDJSON hold what the list shows, oldest first or as asked', withWorld(
  {}, async (world) => {
    const demo = await world.token('demo');
    await seed(demo);
    for (const query of ['', 'side=sell', 'search=SAY', 'ordering=price,-id',
                         'instrument__contains=a&quantity__gte=2',
                         'search=nothing-like-it']) {
      const list = await demo.get(`/api/data/?page_size=1000&ordering=id&${query}`
        .replace(/ordering=id&(?=.*ordering)/, ''));
      const csv = await demo.get(`/api/data/?format=csv&${query}`);
      assert.equal(csv.status, 200, csv.text);
      assert.equal(csv.headers['content-type'], 'text/csv; charset=utf-8');
      assert.equal(csv.headers['content-disposition'],
                   'attachment; filename="orders.csv"');
      const [head, ...rows] = parse(csv.text);
      assert.deepEqual(head, Object.keys((await demo.request('OPTIONS', '/api/data/'))
        .body.fields));
      assert.deepEqual(rows, list.body.results.map(asCells(head)), query);
      const { epoch, seq } = list.body.position;
      assert.equal(csv.headers['x-position'], `${epoch}:${seq}`);
      assert.equal(csv.headers['x-count'], String(list.body.count));

      const ndjson = await demo.get(`/api/data/?format=ndjson&${query}`);
      assert.equal(ndjson.headers['content-type'], 'application/x-ndjson');
      assert.deepEqual(ndjson.text.split('\n').filter(Boolean)
        .map((line) => JSON.parse(line)), list.body.results, query);
    }
    const bad = await demo.get('/api/data/?format=csv&nothing=1&' +
                               'price__gte=x');
    assert.equal(bad.status, 400);
    assert.deepEqual(Object.keys(bad.body.errors).sort(),
                     ['nothing', 'price__gte']);
    const pages = await demo.get('/api/data/?format=csv&page=2&page_size=3');
    assert.deepEqual(Object.keys(pages.body.errors).sort(),
                     ['page', 'page_size']);
    assert.equal((await demo.get('/api/data/?format=xml')).status, 400);
  }));

test("others' orders for staff alone", withWorld({}, async (world) => {
  const demo = await world.token('demo');
  const other = await world.token('other');
  const boss = await world.token('boss');
  await seed(demo);
  await other.post('/api/data/', { instrument: 'AXA02', quantity: 1, price: 1 });
  const count = async (session, query) => {
    const answer = await session.get(`/api/data/?format=ndjson${query}`);
    return answer.status === 200 ? Number(answer.headers['x-count'])
                                 : answer.status;
  };
  assert.equal(await count(demo, ''), nasty.length);
  assert.equal(await count(demo, '&scope=all'), 403);
  assert.equal(await count(demo, '&owner=other'), 403);
  assert.equal(await count(boss, '&scope=all'), nasty.length + 1);
  assert.equal(await count(boss, '&owner=other'), 1);
  assert.equal(await count(boss, ''), 0);
}));

test('one too large is refused, and no file stays', withWorld(
  { settings: ['--export-bytes', '1000'] }, async (world) => {
    const demo = await world.token('demo');
    await seed(demo);
    const refused = await demo.get('/api/data/?format=csv');
    assert.equal(refused.status, 400);
    assert.match(refused.body.errors.format[0], /1000 bytes/);
    assert.equal((await demo.get('/api/data/?format=csv&instrument=EDF01'))
      .status, 200);
    assert.deepEqual((await readdir(world.dir)).filter((name) =>
      name.startsWith('export')), []);
  }));

// Some 12 MB: more than the kernel takes at once.
const MANY = 30000;
async function seedMany(session) {
  const order = { instrument: 'x'.repeat(200), quantity: 1, price: 1 };
  for (let i = 0; i < MANY / 1000; i++)
    assert.equal((await session.post('/api/data/', Array(1000).fill(order)))
      .status, 201);
}

function begin(world, session, query = '') {
  return new Promise((resolve, reject) => {
    http.get(`${world.url}/api/data/?format=ndjson${query}`,
             { headers: session.headers(), agent: false }, resolve)
      .on('error', reject);
  });
}

test('slow readers and those that leave hold up nobody', withWorld(
  {}, async (world) => {
    const demo = await world.token('demo');
    await seedMany(demo);
    const slow = [];
    for (let i = 0; i < 3; i++) slow.push(await begin(world, demo));
    // None of them reads yet: others are served, and their exports too.
    const whole = await demo.get('/api/data/?format=ndjson');
    assert.equal(whole.text.length, Number(whole.headers['content-length']));
    assert.equal(whole.text.split('\n').length - 1, MANY);
    assert.equal((await demo.post('/api/data/',
      { instrument: 'EDF01', quantity: 1, price: 1 })).status, 201);
    slow[0].destroy();
    slow[1].socket.resetAndDestroy();
    for (const response of slow.slice(2)) {
      let length = 0;
      for await (const piece of response) length += piece.length;
      assert.equal(length, Number(response.headers['content-length']));
    }
    // On a kept connection the next request is answered behind it.
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (const format of ['ndjson', 'csv', 'json']) {
      const response = await new Promise((resolve) => http.get(
        `${world.url}/api/data/?format=${format}`,
        { headers: demo.headers(), agent }, resolve));
      let length = 0;
      for await (const piece of response) length += piece.length;
      assert.equal(length, Number(response.headers['content-length']), format);
    }
    agent.destroy();
    const head = await demo.request('HEAD', '/api/data/?format=ndjson');
    assert.equal(head.status, 200);
    assert.equal(head.text, '');
  }));

test('files that nobody takes are bounded, of each user and in all', withWorld(
  { users: ['demo', 'other', 'u1', 'u2', 'u3'] }, async (world) => {
    const demo = await world.token('demo');
    await seedMany(demo);
    const boss = await world.token('boss');
    await boss.patch('/api/data/1/', { owner: 'other' });
    const held = [];
    const hold = async (session, count, query = '') => {
      for (let i = 0; i < count; i++)
        held.push(await begin(world, session, query));
    };
    await hold(demo, 4);
    const refused = await demo.get('/api/data/?format=csv');
    assert.equal(refused.status, 429);
    assert.ok(Number(refused.headers['retry-after']) > 0);
    assert.equal((await demo.get('/api/data/')).status, 200);
    // Another's is not held up by it.
    const other = await world.token('other');
    assert.equal((await other.get('/api/data/?format=csv')).status, 200);
    await hold(boss, 4, '&scope=all');
    for (const name of ['u1', 'u2']) {
      await world.command(['createsuperuser', '--username', `s${name}`,
        '--password-stdin'], { input: `s${name}-secret\n` });
      await hold(await world.token(`s${name}`), 4, '&scope=all');
    }
    const full = await other.get('/api/data/?format=csv');
    assert.equal(full.status, 503);
    assert.ok(Number(full.headers['retry-after']) > 0);
    assert.ok(held.every(({ statusCode }) => statusCode === 200));
    // One that goes, and one that is taken whole, make room.
    held[0].destroy();
    for await (const piece of held[1]) assert.ok(piece.length);
    let answer;
    do answer = await demo.get('/api/data/?format=csv');
    while (answer.status !== 200);
    for (const response of held) response.destroy();
  }));

test('the command writes the same, and what it wrote can be placed again',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    const boss = await world.token('boss');
    const made = await seed(demo);
    await boss.patch(`/api/data/${made[0].id}/`, {
      status: 'partially_filled', filled_quantity: '0.5',
      average_price: '0.1' });
    await boss.post('/api/data/', { instrument: 'B', quantity: 1, price: 1 });
    const served = await demo.get('/api/data/?format=csv');
    const command = (...args) => world.command(['export', ...args]);
    assert.equal((await command('--owner', 'demo')).out, served.text);
    const all = await command('--format', 'ndjson');
    assert.equal(all.out.split('\n').length - 1, nasty.length + 1);
    for (const name of ['orders.csv', 'orders.ndjson']) {
      const file = join(world.dir, name);
      await command('--owner', 'DEMO', '--output', file);
      const format = name.split('.')[1];
      assert.equal(await readFile(file, 'utf8'),
                   (await demo.get(`/api/data/?format=${format}`)).text);
      const again = await world.command(['export', '--output', file],
                                        { code: 1 });
      assert.match(again.err, /exists/);
    }
    // Placed again, under new ids, with all that somebody had chosen.
    const chosen = ({ id, version, position, created, updated, ...rest }) =>
      rest;
    const before = (await demo.get('/api/data/?page_size=1000&ordering=id'))
      .body.results.map(chosen);
    // By staff, since something of one is filled.
    const remove = async ({ id }) => assert.equal(
      (await boss.delete(`/api/data/${id}/`)).status, 204);
    for (const order of made) await remove(order);
    await change(world.database, 'DELETE FROM tombstone');
    for (const format of ['csv', 'ndjson']) {
      await world.command(['import', join(world.dir, `orders.${format}`)]);
      const { body } = await demo.get('/api/data/?page_size=1000&ordering=id');
      assert.deepEqual(body.results.map(chosen), before, format);
      for (const order of body.results) await remove(order);
      await change(world.database, 'DELETE FROM tombstone');
    }
    for (const args of [['--owner', 'nobody'], ['--format', 'xml'], ['word']])
      await world.command(['export', ...args], { code: 1 });
    assert.equal((await readdir(world.dir)).filter((name) =>
      name.startsWith('export')).length, 0);
  }));

test('what a user’s page asks for is given to nobody else', withWorld({},
  async (world) => {
    const demo = await world.token('demo');
    const boss = await world.token('boss');
    const [{ id }] = await seed(demo);
    await world.createUser('an other&c');
    const odd = await world.login('an other&c');
    for (const path of ['/api/data/?format=csv', '/api/data/?format=ndjson',
      '/api/data/?page_size=2', '/api/data/?format=datatables&draw=1&length=5',
      `/api/data/${id}/?format=json`, `/api/data/${id}/history/?format=json`,
      '/api/me/?format=json', '/api/instruments/?format=datatables&draw=1',
      '/api/instruments/?search=x']) {
      const own = await demo.get(`${path}&asked_by=demo`);
      assert.equal(own.status, 200, `${path}: ${own.text}`);
      for (const [session, name] of [[boss, 'demo'], [demo, 'boss'],
                                     [demo, ''], [demo, 'Demo']]) {
        const answer = await session.get(`${path}&asked_by=${name}`);
        assert.equal(answer.status, 403, path);
        assert.match(answer.body.detail, /somebody else/);
      }
      assert.equal((await odd.get(`${path}&asked_by=an+other%26c`)).status,
                   path.includes(`/${id}/`) ? 404 : 200, path);
    }
    // A page of a list leads on as the same user.
    assert.match((await demo.get('/api/data/?page_size=2&asked_by=demo')).body.next,
                 /asked_by=demo/);
    for (const path of ['/api/audit/', '/api/users/'])
      assert.equal((await boss.get(`${path}?asked_by=boss`)).status, 200, path);
  }));
