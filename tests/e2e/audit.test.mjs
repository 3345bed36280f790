// Who did what: orders' events and the audit as one list, for staff.
import assert from 'node:assert/strict';
import test from 'node:test';
import { change, countAnew } from './lib/rows.mjs';
import { withWorld } from './lib/world.mjs';

const base = { instrument: 'EDF01', quantity: '100', price: '10.5' };
const rows = [ // beside the orders: who, action, whom, changes
  ['boss', 'user.change', 'demo', { is_staff: [false, true] }],
  ['demo', 'login', 'demo', {}],
  [null, 'password.set', 'other', {}],
];

// A second between each two of them, so that all times differ: the orders'
// events first and third and so on.
async function story(world) {
  const demo = await world.token('demo');
  const boss = await world.token('boss');
  await change(world.database, 'DELETE FROM audit',
               countAnew(world.database, 'audit'));
  const { body } = await demo.post('/api/data/', base);
  await boss.patch(`/api/data/${body.id}/`, { owner: 'other' });
  await boss.delete(`/api/data/${body.id}/`);
  const id = (name) => name ? `(SELECT id FROM "user" WHERE username='${name}')`
                            : 'NULL';
  const sql = rows.map(([actor, action, subject, changes], i) =>
    'INSERT INTO audit (time, actor, address, action, subject, detail) VALUES ' +
    `(${(2 * i + 2) * 1e6}, ${id(actor)}, '10.0.0.${i}', '${action}', ` +
    `${id(subject)}, '${JSON.stringify(changes)}')`);
  await change(world.database, 'UPDATE event SET time = (2 * id - 1) * 1000000',
               sql.join(';'));
  return { demo, boss, order: body.id };
}

async function list(session, query = '') {
  const answer = await session.get(`/api/audit/${query}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.body.results.map(({ actor, action, subject, order, changes }) =>
    [actor, action, subject, order, changes]);
}

test('one list, newest first, by whichever was later', withWorld(
  {}, async (world) => {
    const { boss, order } = await story(world);
    const moved = { owner: ['demo', 'other'] };
    const all = [
      ['boss', 'order.delete', 'other', order, {}],
      [null, 'password.set', 'other', null, {}],
      ['boss', 'order.new', 'other', order, moved],
      ['demo', 'login', 'demo', null, {}],
      ['boss', 'order.delete', 'demo', order, {}],
      ['boss', 'user.change', 'demo', null, { is_staff: [false, true] }],
      ['demo', 'order.new', 'demo', order, {}],
    ];
    assert.deepEqual(await list(boss), all);
    const { body } = await boss.get('/api/audit/?page_size=2');
    assert.deepEqual(body.results.map(({ id, time, address }) =>
      [id, time, address]), [
      ['event-4', '1970-01-01T00:00:07.000000Z', '127.0.0.1'],
      ['audit-3', '1970-01-01T00:00:06.000000Z', '10.0.0.2']]);

    for (const size of [1, 2, 3, 5, 7, 100]) {
      const seen = [];
      let address = `?page_size=${size}`;
      while (address) {
        const answer = await boss.get(`/api/audit/${address}`);
        seen.push(...answer.body.results.map(({ action }) => action));
        address = answer.body.next && new URL(answer.body.next).search;
      }
      assert.deepEqual(seen, all.map(([, action]) => action), `pages of ${size}`);
    }

    const filters = [
      ['?actor=boss', (row) => row[0] === 'boss'],
      ['?actor=DEMO', (row) => row[0] === 'demo'],
      ['?subject=other', (row) => row[2] === 'other'],
      ['?action=order', (row) => row[1].startsWith('order.')],
      ['?action=order.new', (row) => row[1] === 'order.new'],
      ['?action=user', (row) => row[1] === 'user.change'],
      ['?action=login', (row) => row[1] === 'login'],
      ['?action=log', () => false],
      [`?order=${order}`, (row) => row[3] === order],
      [`?order=${order}&action=order.delete`, (row) => row[1] === 'order.delete'],
      ['?order=999', () => false],
      ['?actor=boss&subject=demo', (row) => row[0] === 'boss' &&
        row[2] === 'demo'],
      ['?since=1970-01-01T00:00:04Z', (_, i) => i < 4],
      ['?until=1970-01-01T00:00:04Z', (_, i) => i >= 3],
      ['?since=1970-01-01T00:00:03Z&until=1970-01-01T00:00:05.5Z',
        (_, i) => i >= 2 && i <= 4],
      ['?until=1970-01-01T00:00:00Z', () => false],
    ];
    for (const [query, fits] of filters)
      assert.deepEqual(await list(boss, query), all.filter(fits), query);
  }));

test('for staff alone, and bad arguments are named', withWorld(
  {}, async (world) => {
    const { demo, boss } = await story(world);
    assert.equal((await demo.get('/api/audit/')).status, 403);
    const bad = await boss.get('/api/audit/?actor=nobody&subject=no&order=x&' +
      'since=yesterday&until=x&page_size=1001&cursor=1&nothing=1');
    assert.equal(bad.status, 400);
    assert.deepEqual(Object.keys(bad.body.errors).sort(),
      ['nothing', 'order', 'page_size', 'since', 'until']);
    const names = await boss.get('/api/audit/?actor=nobody&subject=no&cursor=1');
    assert.deepEqual(Object.keys(names.body.errors).sort(),
      ['actor', 'cursor', 'subject']);
  }));

// More events than one request looks at: rare ones are found by going on.
test('a rare one among many is found by going on', withWorld(
  {}, async (world) => {
    const demo = await world.token('demo');
    const boss = await world.token('boss');
    const first = (await boss.post('/api/data/', base)).body.id;
    for (let i = 0; i < 45; i++)
      assert.equal((await demo.post('/api/data/', Array(1000).fill(base))).status,
                   201);
    let address = '?actor=boss&action=order';
    let requests = 0;
    const seen = [];
    while (address) {
      const { body } = await boss.get(`/api/audit/${address}`);
      seen.push(...body.results.map(({ order }) => order));
      address = body.next && new URL(body.next).search;
      requests++;
    }
    assert.deepEqual(seen, [first]);
    assert.ok(requests > 1, `${requests} requests`);
  }));
