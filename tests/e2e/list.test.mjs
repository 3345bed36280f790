// The list of orders: pages, cursors, filters, the position it stands at.
import assert from 'node:assert/strict';
import test from 'node:test';
import { withWorld } from './lib/world.mjs';

test('pages and cursors show each order once', withWorld({}, async (world) => {
  const demo = await world.token('demo');
  const rows = Array.from({ length: 95 }, (_, i) => ({
    instrument: i % 2 ? 'ODD' : 'EVEN & co', quantity: '1',
    price: String(i) }));
  assert.equal((await demo.post('/api/data/', rows)).status, 201);

  const follow = async (path) => {
    const seen = [];
    for (let next = path; next;) {
      const { status, body } = await demo.get(next.replace(world.url, ''));
      assert.equal(status, 200);
      seen.push(...body.results.map((row) => row.price));
      if (body.next) assert.ok(body.next.startsWith(`${world.url}/api/data/?`));
      next = body.next;
    }
    return seen;
  };
  const down = rows.map((row) => row.price).reverse();
  assert.deepEqual(await follow('/api/data/'), down);
  assert.deepEqual(await follow('/api/data/?page_size=7'), down);
  assert.deepEqual(await follow('/api/data/?cursor='), down);
  assert.deepEqual(await follow('/api/data/?cursor=&page_size=95'), down);
  assert.deepEqual(await follow('/api/data/?cursor=&page_size=10'), down);
  assert.deepEqual(
    await follow('/api/data/?instrument=EVEN%20%26%20co&page_size=10&cursor='),
    down.filter((_, i) => i % 2 === 0));
  assert.deepEqual(await follow('/api/data/?ordering=price&page_size=10'),
                   rows.map((row) => row.price));

  // Links keep the filters, first and last page have one less.
  const first = (await demo.get('/api/data/?instrument=ODD&page_size=20')).body;
  assert.equal(first.count, 47);
  assert.equal(first.previous, null);
  const second = (await demo.get(first.next.replace(world.url, ''))).body;
  assert.ok(second.previous && second.next);
  assert.equal(new URL(second.previous).searchParams.get('instrument'), 'ODD');
  const last = (await demo.get(second.next.replace(world.url, ''))).body;
  assert.equal(last.results.length, 7);
  assert.equal(last.next, null);
  const past = await demo.get('/api/data/?page=99');
  assert.equal(past.status, 200);
  assert.deepEqual(past.body.results, []);

  // What comes and goes while one reads on by cursor moves nothing.
  const start = (await demo.get('/api/data/?cursor=&page_size=50')).body;
  await demo.order({ price: '1000' });
  await demo.delete(`/api/data/${start.results[3].id}/`);
  const rest = await follow(start.next.replace(world.url, ''));
  assert.deepEqual(rest, down.slice(50));
}));

test('filters and their faults', withWorld({}, async (world) => {
  const demo = await world.token('demo');
  const made = [];
  for (const fields of [
    { instrument: 'AAPL', price: '9.5', side: 'buy' },
    { instrument: 'MSFT', price: '10.5', side: 'sell', quantity: '7777.25' },
    { instrument: 'Ärger', price: '100', side: 'buy', client_order_id: 'k' },
  ]) made.push(await demo.order(fields));
  const cases = [
    ['instrument=AAPL', [0]], ['side=sell', [1]], ['price=10.50', [1]],
    ['price__gte=10', [1, 2]], ['price__lte=10.5', [0, 1]],
    ['price__gte=10&price__lte=50', [1]], ['instrument__contains=ärg', [2]],
    ['client_order_id=k', [2]], [`id=${made[1].id}`, [1]],
    [`id__gte=${made[1].id}`, [1, 2]], ['status=new', [0, 1, 2]],
    ['status=filled', []], ['status__in=filled,new', [0, 1, 2]],
    ['status__in=filled', []], ['instrument__in=MSFT,AAPL,X', [0, 1]],
    ['price__in=10.50,100.0&side__in=sell', [1]], ['search=aap', [0]], ['search=7777.2', [1]],
    ['search=', [0, 1, 2]], [`created__gte=${made[0].created}`, [0, 1, 2]],
    [`created__lte=${encodeURIComponent(made[0].created)}`, [0]],
    [`position=${made[2].position}`, [2]], ['version__lte=1', [0, 1, 2]],
    ['owner=demo', [0, 1, 2]], ['_=123', [0, 1, 2]],
  ];
  for (const [query, expected] of cases) {
    const { status, body, text } = await demo.get(
      `/api/data/?ordering=id&${query}`);
    assert.equal(status, 200, `${query}: ${text}`);
    assert.deepEqual(body.results.map((row) => row.id),
                     expected.map((i) => made[i].id), query);
    assert.equal(body.count, expected.length, query);
  }
  const faults = [
    ['price=ten', 'price'], ['price__gte=', 'price__gte'],
    ['side=hold', 'side'], ['status__in=new,gone', 'status__in'],
    ['status__in=', 'status__in'], ['status__in=new,', 'status__in'],
    ['created__in=2026-01-31', 'created__in'],
    [`id__in=${Array.from({ length: 21 }, (_, i) => i + 1)}`, 'id__in'], ['status=gone', 'status'], ['id=x', 'id'],
    ['created__gte=yesterday', 'created__gte'], ['zzz=1', 'zzz'],
    ['instrument__gte=A', 'instrument__gte'], ['price__zzz=1', 'price__zzz'],
    ['page=0', 'page'], ['page=-1', 'page'], ['page=x', 'page'],
    ['page=', 'page'], ['page=99999999999999999999', 'page'],
    ['page_size=0', 'page_size'], ['page_size=1001', 'page_size'],
    ['cursor=zzz', 'cursor'], ['cursor=AAAAAAAAAAA', 'cursor'],
    ['cursor=&page=1', 'page'], ['cursor=&ordering=price', 'ordering'],
    ['ordering=zzz', 'ordering'], ['ordering=price,zzz', 'ordering'],
    ['format=xml', 'format'],
  ];
  for (const [query, field] of faults) {
    const { status, body, text } = await demo.get(`/api/data/?${query}`);
    assert.equal(status, 400, `${query}: ${text}`);
    assert.deepEqual(Object.keys(body.errors), [field], query);
  }
  const both = await demo.get('/api/data/?page=x&zzz=1&side=hold');
  assert.deepEqual(Object.keys(both.body.errors).sort(),
                   ['page', 'side', 'zzz']);
}));

test('the position of a list is that of its rows', withWorld({},
  async (world) => {
    const demo = await world.token('demo');
    const other = await world.token('other');
    const epochs = new Set();
    for (let i = 1; i <= 5; i++) {
      await demo.order();
      await other.order();
      const { position } = (await demo.get('/api/data/')).body;
      assert.equal(position.seq, i);
      epochs.add(position.epoch);
    }
    assert.equal(epochs.size, 1);
    const boss = await world.token('boss');
    assert.equal((await boss.get('/api/data/')).body.position.seq, 0);
    const all = (await boss.get('/api/data/?scope=all')).body.position;
    assert.equal(all.seq, 10);
  }));
