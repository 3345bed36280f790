// Searches from memory: what they see, and what they keep.
import assert from 'node:assert/strict';
import test from 'node:test';
import { deadline } from './lib/processes.mjs';
import { withWorld } from './lib/world.mjs';

// More than are searched in the database itself.
const rows = Array.from({ length: 400 }, (_, i) => ({
  instrument: `INS${i % 50}`, quantity: String(i + 1), price: '10.5',
  client_order_id: `key-${i}` }));

// Bytes kept, of all workers; as last counted, once a second.
async function kept(session) {
  const { text } = await session.get('/metrics');
  return [...text.matchAll(/^lwsapp_search_bytes\{.*\} (\d+)$/gm)]
    .reduce((sum, [, bytes]) => sum + Number(bytes), 0);
}

test('a search sees every change at once, on any worker',
     withWorld({ workers: 2 }, async (world) => {
  const demo = await world.token('demo');
  const boss = await world.token('boss');
  const { status, body } = await demo.post('/api/data/', rows);
  assert.equal(status, 201);
  const orders = new Map(body.map((order) => [order.id, order]));

  // Each request is a connection of its own, so both workers are asked.
  const check = async (session, args, needle) => {
    for (let i = 0; i < 4; i++) {
      const found = (await session.get(
        `/api/data/?page_size=1000&ordering=id&search=${needle}${args}`)).body;
      const wanted = [...orders.values()].filter((order) =>
        Object.values(order).some((value) =>
          String(value).toLowerCase().includes(needle)))
        .sort((a, b) => a.id - b.id);
      assert.deepEqual(found.results.map((order) => order.id),
                       wanted.map((order) => order.id));
      assert.equal(found.count, wanted.length);
    }
  };
  await check(demo, '', 'ins7');
  for (let i = 0; i < 8; i++) {
    const [first, second, third] = [...orders.keys()].slice(i * 20);
    const changed = await demo.patch(`/api/data/${first}/`,
                                     { price: `77${i}.5` });
    assert.equal(changed.status, 200);
    orders.set(first, changed.body);
    await check(demo, '', `77${i}.5`);
    assert.equal((await demo.delete(`/api/data/${second}/`)).status, 204);
    orders.delete(second);
    await check(demo, '', `key-${i * 20}`);
    const moved = await boss.patch(`/api/data/${third}/`, { owner: 'other' });
    assert.equal(moved.status, 200);
    orders.delete(third);
    await check(demo, '', 'key-2');
    orders.set(third, moved.body);
    await check(boss, '&scope=all', 'other');
    await boss.patch(`/api/data/${third}/`, { owner: 'demo' });
    orders.set(third, (await demo.get(`/api/data/${third}/`)).body);
    const made = await demo.order({ instrument: `new${i}` });
    orders.set(made.id, made);
    await check(demo, '', `new${i}`);
  }
  await deadline((async () => { while (!await kept(demo)); })(),
                 'rows kept in memory');
}));

test('without memory a search answers the same',
     withWorld({ settings: ['--search-memory', '0'] }, async (world) => {
  const demo = await world.token('demo');
  assert.equal((await demo.post('/api/data/', rows)).status, 201);
  const found = (await demo.get('/api/data/?search=ins7&ordering=-price')).body;
  assert.equal(found.count, 8);
  assert.equal(await kept(demo), 0);
}));
