// Pages that are sent again: only while they are true, and only to whom they
// are due.
import assert from 'node:assert/strict';
import test from 'node:test';
import { withWorld } from './lib/world.mjs';

async function kept(session) {
  const { text } = await session.get('/metrics');
  return [...text.matchAll(/^lwsapp_answers_kept_total\{.*\} (\d+)$/gm)]
    .reduce((sum, [, count]) => sum + Number(count), 0);
}

// As DataTables asks.
const table = (draw) => '/api/data/?format=datatables&length=5&start=0' +
  '&columns[0][data]=id&columns[0][name]=&columns[0][searchable]=true' +
  '&columns[0][orderable]=true&columns[0][search][value]=' +
  '&columns[0][search][regex]=false&search[value]=&search[regex]=false' +
  `&order[0][column]=0&order[0][dir]=desc&draw=${draw}`;

test('a page that is kept is not sent once anything has changed',
     withWorld({ workers: 2 }, async (world) => {
  const demo = await world.token('demo');
  const boss = await world.token('boss');
  const other = await world.token('other');
  await other.order({ instrument: 'OTHER' });
  const orders = [];
  for (let i = 0; i < 12; i++) {
    // Asked for often enough that both workers keep the page as it was.
    for (let n = 0; n < 6; n++) {
      const list = (await demo.get('/api/data/?page_size=5')).body;
      assert.deepEqual(list.results.map((order) => order.price),
                       orders.slice(0, 5).map((order) => order.price));
      assert.equal(list.count, orders.length);
      const { body } = await demo.get(table(i * 10 + n));
      assert.deepEqual(body.data.map((order) => order.id),
                       orders.slice(0, 5).map((order) => order.id));
      assert.equal(body.draw, i * 10 + n);
      assert.deepEqual(body.position, list.position);
    }
    if (i % 4 === 3) {
      const gone = orders.splice(1, 1)[0];
      if (i % 8 === 3) await demo.delete(`/api/data/${gone.id}/`);
      else await boss.patch(`/api/data/${gone.id}/`, { owner: 'other' });
    } else if (i % 4 === 2) {
      const changed = await demo.patch(`/api/data/${orders[0].id}/`,
                                       { price: `${i}.25` });
      orders[0] = changed.body;
    } else {
      orders.unshift(await demo.order({ price: String(i + 1) }));
    }
  }
  assert.ok(await kept(demo) > 50);
  const theirs = (await other.get('/api/data/?page_size=5')).body;
  assert.equal(theirs.count, 2);
}));

test('a table without a search is kept, one with a search is not',
     withWorld({}, async (world) => {
  const demo = await world.token('demo');
  await demo.order({});
  const asked = async (more) => {
    const before = await kept(demo);
    for (let draw = 1; draw <= 3; draw++)
      assert.equal((await demo.get(table(draw) + more)).body.draw, draw);
    return await kept(demo) - before;
  };
  assert.equal(await asked(''), 2);
  assert.equal(await asked('&columns[0][search][fixed][0][term]=1'), 0);
  assert.equal(await asked('&status=new'), 0);
}));

test('a page far down, and one in another order, is kept', withWorld({},
  async (world) => {
    const demo = await world.token('demo');
    for (let i = 0; i < 3; i++) await demo.order({ price: String(3 - i) });
    for (const query of ['page=9000&page_size=10', 'ordering=price',
                         'ordering=price&page=2&page_size=2']) {
      const before = await kept(demo);
      const answers = [];
      for (let n = 0; n < 4; n++)
        answers.push((await demo.get(`/api/data/?${query}`)).body);
      assert.equal(await kept(demo) - before, 3, query);
      for (const answer of answers) assert.deepEqual(answer, answers[0]);
    }
    // Not once anything has changed.
    await demo.order({ price: '0.5' });
    const { body } = await demo.get('/api/data/?ordering=price');
    assert.deepEqual(body.results.map(({ price }) => price),
                     ['0.5', '1', '2', '3']);
  }));

test('a login that has ended is given no page that is kept',
     withWorld({}, async (world) => {
  const demo = await world.token('demo');
  const page = await world.login('demo');
  await demo.order({});
  const head = (session) => session.request('HEAD', '/api/data/');
  for (const session of [demo, page]) {
    const first = await session.get('/api/data/');
    const again = await session.get('/api/data/');
    assert.equal(again.text, first.text);
    assert.deepEqual({ ...again.headers, date: 0 },
                     { ...first.headers, date: 0 });
    assert.equal((await head(session)).headers['content-length'],
                 first.headers['content-length']);
    assert.equal((await head(session)).text, '');
  }
  assert.ok(await kept(demo) >= 6);

  const session = page.cookies.get('sessionid');
  await page.post('/accounts/logout/', '', {
    'Content-Type': 'application/x-www-form-urlencoded' });
  page.cookies.set('sessionid', session);
  assert.equal((await page.get('/api/data/')).status, 401);
  await world.command(['changepassword', '--username', 'demo',
                       '--password-stdin'], { input: 'another-secret\n' });
  assert.equal((await demo.get('/api/data/')).status, 401);
  const misled = await world.token('demo', 'another-secret');
  assert.equal((await misled.get('/api/data/')).status, 200);
  const foreign = await misled.request('GET', '/api/data/', undefined,
    { Host: 'evil.example', Cookie: 'a=b' });
  assert.equal(foreign.status, 421);
}));
