// Which of the pages that are asked for is waited for: no browser needed.
import assert from 'node:assert/strict';
import test from 'node:test';

// What it imports listens to a page.
globalThis.document = { addEventListener() {} };
globalThis.addEventListener = () => {};
const { OrdersReader } = await import('../../assets/js/grid/orders_reader.js');

test('a page that another took the place of dims nothing, however late it is',
  async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const told = [];
    const loads = [];
    const reader = new OrdersReader({}, {
      catchUp() {}, slow: (is) => told.push(is), late: () => told.push('late'),
      failed: (failure) => told.push(failure), done: () => told.push('done') });
    reader.live = { load: () => new Promise((resolve) => loads.push(resolve)) };
    const first = reader.load({}, () => {});
    const second = reader.load({}, () => {});
    loads[1](true);
    await second;
    assert.deepEqual(told.splice(0), [false, 'done']);
    t.mock.timers.tick(60_000);
    loads[0](false);
    await first;
    assert.deepEqual(told, []);
    const third = reader.load({}, () => {});
    t.mock.timers.tick(60_000);
    loads[2](true);
    await third;
    assert.deepEqual(told, [true, 'late', false, 'done']);
  });
