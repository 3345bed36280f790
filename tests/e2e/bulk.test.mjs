// Several orders canceled by one request, as far as they can be, or removed, all
// or none.
import assert from 'node:assert/strict';
import test from 'node:test';
import { change } from './lib/rows.mjs';
import { withWorld } from './lib/world.mjs';

const base = { instrument: 'EDF01', quantity: '100', price: '10.5' };

async function place(session, count) {
  const answer = await session.post('/api/data/', Array(count).fill(base));
  assert.equal(answer.status, 201, answer.text);
  return answer.body.map(({ id }) => id);
}

const bulk = (session, action, orders) =>
  session.post('/api/data/bulk/', { action, orders });

async function statuses(session, query = '') {
  const { body } = await session.get(`/api/data/${query}`);
  return body.results.map(({ id, status }) => [id, status]);
}

test('own orders are canceled and removed, and every page hears of it',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    const ids = await place(demo, 3);
    const stream = await world.follow(demo);
    const canceled = await bulk(demo, 'cancel', [ids[0], { id: ids[1] }]);
    assert.equal(canceled.status, 200, canceled.text);
    assert.equal(canceled.body.action, 'cancel');
    assert.equal(canceled.body.count, 2);
    assert.deepEqual(canceled.body.orders.map(({ id, status, version }) =>
      [id, status, version]), [[ids[0], 'canceled', 2], [ids[1], 'canceled', 2]]);
    for (const id of ids.slice(0, 2)) {
      const { type, order } = await stream.next();
      assert.deepEqual([type, order.id, order.status],
                       ['data.update', id, 'canceled']);
    }
    const removed = await bulk(demo, 'delete',
                               [{ id: ids[0], version: 2 }, ids[2]]);
    assert.equal(removed.status, 200, removed.text);
    assert.deepEqual(await statuses(demo), [[ids[1], 'canceled']]);
    for (const id of [ids[0], ids[2]]) {
      const { type, order } = await stream.next();
      assert.deepEqual([type, order.id], ['data.delete', id]);
    }
  }));

test('one that stands in the way is named, and nothing is done', withWorld(
  {}, async (world) => {
    const demo = await world.token('demo');
    const other = await world.token('other');
    const boss = await world.token('boss');
    const ids = await place(demo, 3);
    const [theirs] = await place(other, 1);
    await boss.patch(`/api/data/${ids[1]}/`, { status: 'filled',
                                               filled_quantity: '100' });
    const before = await statuses(boss, '?scope=all');
    for (const [action, wanted] of [
      ['cancel', ['orders.2', 'orders.3']],
      ['delete', ['orders.1', 'orders.2', 'orders.3']],
    ]) {
      const refused = await bulk(demo, action,
        [ids[0], ids[1], { id: ids[2], version: 9 }, theirs]);
      assert.equal(refused.status, 409, refused.text);
      assert.deepEqual(Object.keys(refused.body.errors), wanted);
      assert.match(refused.body.errors['orders.1']?.[0] ?? 'filled', /filled/);
      assert.match(refused.body.errors['orders.2'][0], /version/);
      assert.match(refused.body.errors['orders.3'][0], /no order/);
      assert.deepEqual(await statuses(boss, '?scope=all'), before);
    }
    // Twice the same one: there is none the second time.
    assert.equal((await bulk(demo, 'delete', [ids[0], ids[0]])).status, 409);
    assert.deepEqual(await statuses(boss, '?scope=all'), before);
  }));

test('what is final is left with its status and why, the rest is canceled',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    const boss = await world.token('boss');
    const ids = await place(demo, 5);
    for (const [i, status] of ['filled', 'rejected', 'canceled'].entries())
      await boss.patch(`/api/data/${ids[i + 1]}/`, { status });
    const stream = await world.follow(demo);
    const { status, body, text } = await bulk(demo, 'cancel', ids);
    assert.equal(status, 200, text);
    assert.deepEqual(Object.keys(body), ['action', 'count', 'orders', 'left']);
    assert.equal(body.count, 3);
    // One that is canceled already is unchanged, as it would be alone.
    assert.deepEqual(body.orders.map(({ id, status: is, version }) =>
      [id, is, version]), [[ids[0], 'canceled', 2], [ids[3], 'canceled', 2],
                           [ids[4], 'canceled', 2]]);
    assert.deepEqual(body.left, [
      { id: ids[1], status: 'filled',
        detail: `Order ${ids[1]} is filled: it can no longer be canceled` },
      { id: ids[2], status: 'rejected',
        detail: `Order ${ids[2]} is rejected: it can no longer be canceled` },
    ]);
    for (const id of [ids[0], ids[4]])
      assert.equal((await stream.next()).order.id, id);
    await stream.silent();
    const none = await bulk(boss, 'cancel', [ids[1]]);
    assert.deepEqual([none.status, none.body.count, none.body.orders.length,
                      none.body.left.length], [200, 0, 0, 1]);
    // A correction is made of one order, by whoever has looked at it.
    const corrected = await boss.post('/api/data/bulk/',
      { action: 'cancel', orders: [ids[1]], correct: true });
    assert.deepEqual(corrected.body.errors, { correct: ['unknown field'] });
  }));

test("staff act on everybody's; who may not, may not here", withWorld(
  {}, async (world) => {
    const demo = await world.token('demo');
    const other = await world.token('other');
    const boss = await world.token('boss');
    const ids = [...await place(demo, 1), ...await place(other, 1)];
    const done = await bulk(boss, 'cancel', ids);
    assert.deepEqual(done.body.orders.map(({ owner, status }) =>
      [owner, status]), [['demo', 'canceled'], ['other', 'canceled']]);
    assert.equal((await bulk(boss, 'delete', ids)).status, 200);
    assert.deepEqual(await statuses(boss, '?scope=all'), []);
    await change(world.database, 'UPDATE "user" SET may_delete = 0 ' +
      "WHERE username = 'demo'");
    const [mine] = await place(demo, 1);
    assert.equal((await bulk(demo, 'delete', [mine])).status, 403);
    assert.equal((await bulk(demo, 'cancel', [mine])).status, 200);
  }));

test('what can not be read is named, all of it', withWorld(
  {}, async (world) => {
    const demo = await world.token('demo');
    const [id] = await place(demo, 1);
    const cases = [
      [{}, ['action', 'orders']],
      [{ action: 'sell', orders: [], more: 1 }, ['action', 'more', 'orders']],
      [{ action: 'cancel', orders: 7 }, ['orders']],
      [{ action: 'cancel', orders: Array(1001).fill(id) }, ['orders']],
      [{ action: 'cancel', orders: [id, 'x', 1.5, 0, -1, null] },
        ['orders.1.id', 'orders.2.id', 'orders.3.id', 'orders.4.id',
          'orders.5.id']],
      [{ action: 'cancel', orders: [{ version: 'x', price: '1' }, 999] },
        ['orders.0.id', 'orders.0.price', 'orders.0.version', 'orders.1']],
    ];
    for (const [body, fields] of cases) {
      const answer = await demo.post('/api/data/bulk/', body);
      assert.equal(answer.status, 400, answer.text);
      assert.deepEqual(Object.keys(answer.body.errors).sort(), fields);
    }
    assert.equal((await demo.post('/api/data/bulk/', [])).status, 400);
    assert.deepEqual(await statuses(demo), [[id, 'new']]);
  }));
