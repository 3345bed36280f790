// What was done to an order: by whom, from where, what it was before.
import assert from 'node:assert/strict';
import test from 'node:test';
import { change } from './lib/rows.mjs';
import { withWorld } from './lib/world.mjs';

const base = { instrument: 'EDF01', quantity: '100', price: '10.5' };

async function place(session, fields) {
  const answer = await session.post('/api/data/', { ...base, ...fields });
  assert.equal(answer.status, 201, answer.text);
  return answer.body;
}

async function history(session, id, query = '') {
  const answer = await session.get(`/api/data/${id}/history/${query}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.body;
}

const told = (rows) => rows.map(({ kind, actor, owner, changes }) =>
  [kind, actor, owner, changes]);

test('each change tells who, from where, and what was before', withWorld(
  {}, async (world) => {
    const demo = await world.token('demo');
    const boss = await world.token('boss');
    const { id } = await place(demo, {});
    await place(demo, { instrument: 'AXA02' }); // not this one's
    await demo.patch(`/api/data/${id}/`, { price: '11', quantity: '90' });
    await boss.patch(`/api/data/${id}/`, { status: 'partially_filled',
                                           filled_quantity: '10',
                                           average_price: '10.75' });
    const own = await history(demo, id);
    assert.deepEqual(own.results.map(({ actor, address }) => [actor, address]),
      [['staff', null], ['demo', '127.0.0.1'], ['demo', '127.0.0.1']]);
    assert.doesNotMatch(JSON.stringify(own), /boss/);
    const { results, next } = await history(boss, id);
    assert.equal(next, null);
    assert.deepEqual(told(results), [
      ['data.update', 'boss', 'demo', {
        status: ['new', 'partially_filled'], filled_quantity: ['0', '10'],
        average_price: [null, '10.75'] }],
      ['data.update', 'demo', 'demo', { quantity: ['100', '90'],
                                        price: ['10.5', '11'] }],
      ['data.new', 'demo', 'demo', {}],
    ]);
    assert.deepEqual(results.map((row) => row.order.version), [3, 2, 1]);
    assert.deepEqual(results.map((row) => row.position), [4, 3, 1]);
    for (const row of results) {
      assert.equal(row.address, '127.0.0.1');
      assert.match(row.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    }
  }));

test('what an update changed is told by itself, and by older ones with the ' +
     'event before', withWorld({}, async (world) => {
  const demo = await world.token('demo');
  const { id } = await place(demo, {});
  await demo.patch(`/api/data/${id}/`, { price: '11' });
  await demo.patch(`/api/data/${id}/`, { price: '12' });
  // The first update is of a release that recorded nothing; the event before
  // the second is not kept.
  await change(world.database, 'UPDATE event SET changed = NULL WHERE id = 2');
  const changes = async () => (await history(demo, id)).results.map((row) =>
    row.changes);
  const all = [{ price: ['11', '12'] }, { price: ['10.5', '11'] }, {}];
  assert.deepEqual(await changes(), all);
  await change(world.database, 'DELETE FROM event WHERE id = 2');
  assert.deepEqual(await changes(), all.slice(0, 1));
}));

test('a moved order tells each owner of their own time with it', withWorld(
  {}, async (world) => {
    const demo = await world.token('demo');
    const other = await world.token('other');
    const boss = await world.token('boss');
    const { id } = await place(demo, {});
    await boss.patch(`/api/data/${id}/`, { owner: 'other' });
    await other.patch(`/api/data/${id}/`, { price: '12' });

    assert.deepEqual(told((await history(boss, id)).results), [
      ['data.update', 'other', 'other', { price: ['10.5', '12'] }],
      ['data.new', 'boss', 'other', { owner: ['demo', 'other'] }],
      ['data.delete', 'boss', 'demo', {}],
      ['data.new', 'demo', 'demo', {}],
    ]);
    assert.deepEqual(told((await history(other, id)).results).map(([kind]) =>
      kind), ['data.update', 'data.new']);
    assert.deepEqual(told((await history(demo, id)).results).map(([kind]) =>
      kind), ['data.delete', 'data.new']);
    await boss.patch(`/api/data/${id}/`, { owner: 'demo' });
    assert.equal((await history(demo, id)).results.length, 3);
    assert.equal((await history(boss, id)).results.length, 6);
  }));

test('a new owner sees nothing of what was before, in no form', withWorld(
  {}, async (world) => {
    const demo = await world.token('demo');
    const other = await world.token('other');
    const boss = await world.token('boss');
    const browser = await world.login('other');
    const { id } = await place(demo, { quantity: '777', price: '66.6' });
    await demo.patch(`/api/data/${id}/`, { price: '55.5', quantity: '7777' });
    await boss.patch(`/api/data/${id}/`, { owner: 'other', quantity: '5',
                                           price: '1.5' });
    await boss.patch(`/api/data/${id}/`, { price: '2.5' });
    const secret = /777|66\.6|55\.5|demo|boss/;
    const { results } = await history(other, id);
    assert.deepEqual(told(results), [
      ['data.update', 'staff', 'other', { price: ['1.5', '2.5'] }],
      ['data.new', 'staff', 'other', {}],
    ]);
    for (const session of [other, browser])
      for (const path of [
        `/api/data/${id}/history/`, `/api/data/${id}/history/?page_size=1`,
        `/api/data/${id}/history/?cursor=${id}`,
        `/api/data/${id}/history/?cursor=${results[1].event - 1}`,
        `/api/data/${id}/`, '/api/data/', '/api/data/?format=csv',
        '/api/data/?format=ndjson', '/api/data/?format=datatables&draw=1']) {
        const answer = await session.get(path);
        assert.equal(answer.status, 200, answer.text);
        assert.doesNotMatch(answer.text, secret, path);
      }
    for (const path of ['/api/audit/', `/api/audit/?order=${id}`])
      assert.equal((await other.get(path)).status, 403);
    // From the beginning of the stream, and from an empty page.
    const stream = await world.open(other);
    const { position } = (await other.get('/api/data/')).body;
    await stream.subscribe({ position: { epoch: position.epoch, seq: 0 } });
    const first = await stream.next();
    const second = await stream.next();
    assert.deepEqual([first.type, second.type], ['data.new', 'data.update']);
    assert.doesNotMatch(JSON.stringify([first, second]), secret);
    // Whoever had it sees it as it was when it left, and no more.
    const left = await history(demo, id);
    assert.deepEqual(told(left.results), [
      ['data.delete', 'staff', 'demo', {}],
      ['data.update', 'demo', 'demo', { quantity: ['777', '7777'],
                                        price: ['66.6', '55.5'] }],
      ['data.new', 'demo', 'demo', {}],
    ]);
    assert.doesNotMatch(JSON.stringify(left), /other|boss/);
    // Back again: the time in between stays the other's.
    await boss.patch(`/api/data/${id}/`, { owner: 'demo' });
    assert.deepEqual(told((await history(demo, id)).results)[0],
                     ['data.new', 'staff', 'demo', {}]);
  }));

test('a removed order keeps its history; a stranger sees none', withWorld(
  {}, async (world) => {
    const demo = await world.token('demo');
    const other = await world.token('other');
    const boss = await world.token('boss');
    const { id } = await place(demo, {});
    await demo.delete(`/api/data/${id}/`);
    for (const session of [demo, boss])
      assert.deepEqual(told((await history(session, id)).results).map(
        ([kind]) => kind), ['data.delete', 'data.new']);
    assert.equal((await other.get(`/api/data/${id}/history/`)).status, 404);
    assert.equal((await boss.get('/api/data/999/history/')).status, 404);
  }));

test('it comes in pages, and bad arguments are named', withWorld(
  {}, async (world) => {
    const demo = await world.token('demo');
    const { id } = await place(demo, {});
    const stranger = await place(demo, {});
    for (let price = 1; price <= 6; price++)
      await demo.patch(`/api/data/${id}/`, { price: String(price) });
    const seen = [];
    let address = `/api/data/${id}/history/?page_size=3`;
    let pages = 0;
    while (address) {
      const { body } = await demo.get(address);
      seen.push(...body.results.map((row) => row.order.version));
      address = body.next?.replace(/^https?:\/\/[^/]+/, '');
      pages++;
    }
    assert.deepEqual(seen, [7, 6, 5, 4, 3, 2, 1]);
    assert.equal(pages, 3);
    const bad = await demo.get(
      `/api/data/${id}/history/?page_size=0&cursor=x&nothing=1`);
    assert.equal(bad.status, 400);
    assert.deepEqual(Object.keys(bad.body.errors).sort(),
                     ['cursor', 'nothing', 'page_size']);
    const twice = await demo.get(
      `/api/data/${id}/history/?page_size=1&page_size=2`);
    assert.deepEqual(Object.keys(twice.body.errors), ['page_size']);
    // An event of another order is no place to go on from.
    assert.equal((await demo.get(
      `/api/data/${id}/history/?cursor=${stranger.id}`)).status, 404);
  }));
