// Reads that take long: ended by their budget, and in nobody's way.
import assert from 'node:assert/strict';
import test from 'node:test';
import { withWorld } from './lib/world.mjs';

test('a search beyond its budget is told, lists go on meanwhile', withWorld(
  { settings: ['--read-budget-ms', '100'] }, async (world) => {
    const demo = await world.token('demo');
    const orders = Array.from({ length: 1000 }, (_, i) => (
      { instrument: `${'a'.repeat(200)}${i}`, quantity: '1', price: '1' }));
    for (let i = 0; i < 30; i++)
      assert.equal((await demo.post('/api/data/', orders)).status, 201);
    // Costly for every row, within the limits of a single match.
    const slow = '/api/data/?format=datatables&draw=1&start=0&length=10' +
      `&search[regex]=true&search[value]=${encodeURIComponent('a*a*[0-9]{9}')}`;
    let answered = 0;
    const searches = Array.from({ length: 4 }, async () => {
      const answer = await demo.get(slow);
      answered++;
      return answer;
    });
    // Each of them takes all of its budget, one after the other; lists have
    // readers of their own.
    for (let i = 0; i < 5; i++) {
      const list = await demo.get('/api/data/?page_size=5');
      assert.equal(list.status, 200);
    }
    assert.ok(answered < 4, 'the lists waited for the searches');
    for (const { status, body } of await Promise.all(searches)) {
      assert.equal(status, 200);
      assert.deepEqual(body.data, []);
      assert.equal(typeof body.error, 'string');
    }
  }));
