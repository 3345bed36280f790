// The main job: an order made anywhere shows on every page of its owner.
import assert from 'node:assert/strict';
import test from 'node:test';
import { withWorld } from './lib/world.mjs';

for (const options of [{}, { redis: true }, { workers: 2 }]) {
  const how = JSON.stringify(options);

  test(`an order reaches only its owner's sockets ${how}`,
    withWorld(options, async (world) => {
      const demo = await world.token('demo');
      const other = await world.token('other');
      const first = await world.follow(demo);
      const second = await world.follow(await world.login('demo'));
      const stranger = await world.follow(other);

      const made = await demo.order({ instrument: 'EDF01' });
      await other.order({ instrument: 'AXA02' });
      for (const stream of [first, second]) {
        const event = await stream.next();
        assert.equal(event.type, 'data.new');
        assert.equal(event.stream, 'orders');
        assert.equal(event.seq, 1);
        assert.deepEqual(event.order, made);
      }
      const theirs = await stranger.next(); // its first: nothing leaked
      assert.equal(theirs.order.instrument, 'AXA02');
      assert.equal(theirs.seq, 1);
    }));

  test(`changes and removals arrive in order ${how}`,
    withWorld(options, async (world) => {
      const demo = await world.token('demo');
      const streams = [];
      for (let i = 0; i < 4; i++) streams.push(await world.follow(demo));
      const order = await demo.order();
      const path = `/api/data/${order.id}/`;
      assert.equal((await demo.patch(path, { price: '11' })).status, 200);
      assert.equal((await demo.patch(path, { status: 'canceled' })).status,
                   200);
      assert.equal((await demo.delete(path)).status, 204);
      for (const stream of streams) {
        const events = await stream.nextOf(4);
        assert.deepEqual(events.map((event) => [event.type, event.seq]), [
          ['data.new', 1], ['data.update', 2], ['data.update', 3],
          ['data.delete', 4]]);
        assert.equal(events[1].order.price, '11');
        assert.equal(events[2].order.status, 'canceled');
        assert.equal(events[3].order.version, 3);
      }
    }));

  test(`an import by a command reaches open sockets ${how}`,
    withWorld(options, async (world) => {
      const stream = await world.follow(await world.token('demo'));
      const lines = Array.from({ length: 50 }, (_, i) => JSON.stringify(
        { instrument: `IMP${i}`, quantity: '1', price: String(i) })).join('\n');
      await world.command(['import', '-', '--owner', 'demo', '--batch', '20'],
                          { input: lines });
      const events = await stream.nextOf(50);
      assert.deepEqual(events.map((event) => event.seq),
                       Array.from({ length: 50 }, (_, i) => i + 1));
      assert.equal(events[49].order.instrument, 'IMP49');
    }));

  test(`a read after an answer sees the write, on any worker ${how}`,
    withWorld(options, async (world) => {
      const demo = await world.token('demo');
      for (let i = 1; i <= 30; i++) {
        const order = await demo.order({ price: String(i) });
        const list = await demo.get('/api/data/');
        assert.equal(list.body.count, i);
        assert.equal(list.body.results[0].id, order.id);
        assert.equal(list.body.position.seq, i);
      }
    }));
}

test('GET then subscribe from there has neither gap nor overlap',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    await demo.order();
    const { position } = (await demo.get('/api/data/')).body;
    await demo.order({ instrument: 'BETWEEN' });
    const stream = await world.open(demo);
    const joined = await stream.subscribe({ position });
    assert.equal(joined.recovered, true);
    const event = await stream.next();
    assert.equal(event.seq, position.seq + 1);
    assert.equal(event.order.instrument, 'BETWEEN');
    await demo.order({ instrument: 'AFTER' });
    assert.equal((await stream.next()).seq, position.seq + 2);
  }));
