// Reads that take long: ended by their budget, and in nobody's way.
import assert from 'node:assert/strict';
import test from 'node:test';
import { withWorld } from './lib/world.mjs';

// Costly for every row, within the limits of a single match.
const slow = '/api/data/?format=datatables&draw=1&start=0&length=10' +
  `&search[regex]=true&search[value]=${encodeURIComponent('a*a*[0-9]{9}')}`;

async function withRows(world, count) {
  const demo = await world.token('demo');
  const orders = Array.from({ length: 1000 }, (_, i) => (
    { instrument: `${'a'.repeat(200)}${i}`, quantity: '1', price: '1' }));
  for (let i = 0; i < count; i += 1000)
    assert.equal((await demo.post('/api/data/', orders)).status, 201);
  return demo;
}

test('a search beyond its budget is told', withWorld(
  { settings: ['--read-budget-ms', '100'] }, async (world) => {
    const demo = await withRows(world, 30000);
    const { status, body } = await demo.get(slow);
    assert.equal(status, 200);
    assert.deepEqual(body.data, []);
    assert.equal(typeof body.error, 'string');
    assert.equal(body.draw, 1);
    assert.equal(body.recordsTotal, 30000);
  }));

test('lists go on while searches use up their budget', withWorld(
  { settings: ['--read-budget-ms', '500', '--queue-wait-ms', '50000'] },
  async (world) => {
    const demo = await withRows(world, 30000);
    // Four searches are there at any time, until the lists are through, which
    // would wait for two to four of them without readers of their own.
    let searches = 0;
    let over = false;
    const search = async () => {
      while (!over) {
        await demo.get(slow);
        searches++;
      }
    };
    const all = Promise.all(Array.from({ length: 4 }, search));
    const passed = [];
    for (let i = 0; i < 9; i++) {
      const before = searches;
      const list = await demo.get('/api/data/?page_size=5');
      assert.equal(list.status, 200);
      passed.push(searches - before);
    }
    over = true;
    await all;
    passed.sort((a, b) => a - b);
    assert.ok(passed[4] < 2, `searches that a list waited for: ${passed}`);
  }));
