// An order has two columns more, by a row each in columns.h and a step of the
// schema (scripts/build --columns): they are on every wire.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { withWorld } from '../e2e/lib/world.mjs';

const rowsOf = async (session, path) => {
  const { status, body, text } = await session.get(path);
  assert.equal(status, 200, text);
  return body.results ?? body.data;
};
const idsOf = async (session, path) =>
  (await rowsOf(session, path)).map(({ id }) => id);

// Three orders of demo's, whose notes and fees differ.
async function place(demo, boss) {
  const orders = [];
  for (const [i, note] of ['Zürich', null, 'alpha "beta"'].entries()) {
    const { status, body, text } = await demo.post('/api/data/',
      { instrument: 'EDF01', quantity: '1', price: '2', note });
    assert.equal(status, 201, text);
    assert.equal(body.note, note);
    assert.equal(body.fee, '0');
    const changed = await boss.patch(`/api/data/${body.id}/`,
                                     { fee: `${3 - i}.5` });
    assert.equal(changed.status, 200, changed.text);
    orders.push(changed.body);
  }
  return orders;
}

test('REST: written, read, refused by name',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    const boss = await world.token('boss');
    const [first] = await place(demo, boss);
    const at = `/api/data/${first.id}/`;
    assert.deepEqual(Object.keys(first).slice(-4),
                     ['note', 'fee', 'created', 'updated']);
    assert.deepEqual((await demo.get(at)).body, first);

    const refused = await demo.patch(at, { fee: '1', note: 'x'.repeat(41) });
    assert.equal(refused.status, 400);
    assert.deepEqual(Object.keys(refused.body.errors).sort(), ['fee', 'note']);
    assert.equal((await boss.patch(at, { fee: '-1' })).status, 400);
    assert.equal((await boss.patch(at, { fee: null })).status, 400);

    // PUT without what its owner may leave out.
    const { body } = await demo.put(at,
      { instrument: 'EDF01', quantity: '1', price: '2' });
    assert.equal(body.note, null);
    assert.equal(body.fee, '3.5');
  }));

test('lists: filtered, sorted, searched; a page of DataTables',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    const [a, b, c] = await place(demo, await world.token('boss'));
    const list = (query) => idsOf(demo, `/api/data/?${query}`);
    assert.deepEqual(await list('ordering=fee'), [c.id, b.id, a.id]);
    assert.deepEqual(await list('ordering=-fee&fee__gte=2.5'), [a.id, b.id]);
    assert.deepEqual(await list('note=Z%C3%BCrich'), [a.id]);
    assert.deepEqual(await list('search=beta'), [c.id]);
    const sorted = await list('ordering=note,id');
    assert.deepEqual(sorted.filter((id) => id !== b.id), [c.id, a.id]);
    const draw = new URLSearchParams({ draw: '1', start: '0', length: '10',
      'columns[0][data]': 'note', 'columns[1][data]': 'fee',
      'columns[0][searchable]': 'true', 'columns[1][orderable]': 'true',
      'order[0][column]': '1', 'order[0][dir]': 'desc',
      'search[value]': 'a' });
    const rows = await rowsOf(demo, `/api/data/?format=datatables&${draw}`);
    assert.deepEqual(rows.map(({ id, note, fee }) => [id, note, fee]),
                     [[c.id, 'alpha "beta"', '1.5']]);
  }));

test('many orders, which are kept in memory',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    const boss = await world.token('boss');
    const lines = Array.from({ length: 400 }, (_, i) =>
      `EDF01,buy,1,2,note ${String(i).padStart(3, '0')}`);
    const file = join(world.dir, 'orders.csv');
    await writeFile(file, ['instrument,side,quantity,price,note', ...lines]
      .join('\n'));
    await world.command(['import', file, '--owner', 'demo'], { redis: false });
    for (let again = 0; again < 2; again++) {
      const rows = await rowsOf(demo,
        '/api/data/?search=note+39&ordering=-note&page_size=5');
      assert.deepEqual(rows.map(({ note }) => note),
                       [399, 398, 397, 396, 395].map((n) => `note ${n}`));
    }
    const [{ id }] = await rowsOf(demo, '/api/data/?note=note+007');
    await boss.patch(`/api/data/${id}/`, { fee: '7' });
    assert.deepEqual(await idsOf(demo, '/api/data/?search=note&fee__gte=7'),
                     [id]);
  }));

test('streams and views',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    const boss = await world.token('boss');
    const [a] = await place(demo, boss);
    const stream = await world.follow(demo);
    const view = await world.open(demo);
    view.send({ command: 'view', id: 'v',
                query: { ordering: '-fee', note: 'Zürich', page_size: 5 } });
    const answer = await view.next((frame) => frame.command === 'view');
    assert.deepEqual(answer.data.map(({ id }) => id), [a.id]);
    await demo.patch(`/api/data/${a.id}/`, { note: 'Bern' });
    const told = await stream.next((frame) => frame.type === 'data.update');
    assert.equal(told.order.note, 'Bern');
    assert.deepEqual(told.changed, { note: ['Zürich', 'Bern'] });
    const patch = await view.next((frame) => frame.type === 'view');
    assert.deepEqual(patch.ids, []);
    const { body } = await demo.get(`/api/data/${a.id}/history/`);
    assert.ok(JSON.stringify(body).includes('Bern'));
  }));

test('exports and descriptions',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    await place(demo, await world.token('boss'));
    const csv = (await demo.get('/api/data/?format=csv')).text.split('\r\n');
    assert.match(csv[0], /"position","note","fee","created","updated"$/);
    assert.ok(csv.some((line) => line.includes(',"alpha ""beta""","1.5",')));
    const lines = (await demo.get('/api/data/?format=ndjson')).text.trim()
      .split('\n').map((line) => JSON.parse(line));
    assert.deepEqual(lines.map(({ fee }) => fee), ['3.5', '2.5', '1.5']);
    const options = (await demo.request('OPTIONS', '/api/data/')).body;
    assert.equal(options.fields.note.max_length, 40);
    assert.equal(options.fields.note.help_text ?? options.fields.note.help,
                 'A word about it');
    const { body } = await demo.get('/api/schema/');
    assert.ok(JSON.stringify(body).includes('"What it costs to trade"'));
    await world.command(['check'], { redis: false });
  }));
