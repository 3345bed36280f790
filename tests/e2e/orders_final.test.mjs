// What can no longer be done to an order, and what may not be ordered at all.
import assert from 'node:assert/strict';
import test from 'node:test';
import { change } from './lib/rows.mjs';
import { withWorld } from './lib/world.mjs';

const base = { instrument: 'EDF01', quantity: '100', price: '10.5' };

test('a cancel is of what is open; staff correct what is final by saying so',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    const boss = await world.token('boss');
    const { id } = await demo.order();
    const path = `/api/data/${id}/`;
    const cancel = { status: 'canceled' };
    const first = await demo.patch(path, cancel);
    const stream = await world.follow(demo);
    for (const session of [demo, boss]) {
      const again = await session.patch(path, cancel);
      assert.equal(again.status, 200, again.text);
      assert.deepEqual(again.body, first.body);
    }
    assert.equal((await demo.patch(path, cancel,
                                   { 'if-match': '"1"' })).status, 412);
    await stream.silent();
    for (const status of ['filled', 'rejected', 'expired']) {
      assert.equal((await boss.patch(path, { status })).status, 200);
      await stream.next();
      for (const [session, body] of [[demo, cancel], [boss, cancel],
        [boss, { ...cancel, price: '1' }], [boss, { ...cancel, correct: false }]]) {
        const refused = await session.patch(path, body);
        assert.equal(refused.status, 409, refused.text);
        assert.equal(refused.body.detail,
          `Order ${id} is ${status}: it can no longer be canceled`);
      }
      assert.equal((await boss.put(path, { ...base, ...cancel })).status, 409);
      const theirs = await demo.patch(path, { ...cancel, correct: true });
      assert.equal(theirs.status, 400);
      assert.deepEqual(theirs.body.errors, { correct: ['you may not set this'] });
      await stream.silent();
      const corrected = await boss.patch(path, { ...cancel, correct: true });
      assert.equal(corrected.status, 200, corrected.text);
      assert.equal(corrected.body.status, 'canceled');
      assert.ok(!('correct' in corrected.body));
      assert.ok(!('correct' in (await stream.next()).order));
    }
    for (const correct of ['true', 1, null])
      assert.deepEqual((await boss.patch(path, { correct })).body.errors,
                       { correct: ['must be true or false'] });
    assert.deepEqual((await boss.post('/api/data/', { ...base, correct: true }))
      .body.errors, { correct: ['is only for changes'] });
    const { body } = await boss.get(`/api/data/${id}/history/?page_size=3`);
    assert.deepEqual(body.results.map(({ actor, correction }) =>
      [actor, correction]), [['boss', true], ['boss', false], ['boss', true]]);
    const audit = await boss.get(`/api/audit/?order=${id}&action=order.correct`);
    assert.deepEqual(audit.body.results.map(({ actor, action, changes }) =>
      [actor, action, changes.status]), ['expired', 'rejected', 'filled'].map(
      (was) => ['boss', 'order.correct', [was, 'canceled']]));
  }));

test('what is filled is not removed by its owner', withWorld(
  {}, async (world) => {
    const demo = await world.token('demo');
    const boss = await world.token('boss');
    const { id } = await demo.order({ quantity: '10' });
    const path = `/api/data/${id}/`;
    await boss.patch(path, { status: 'partially_filled', filled_quantity: '4' });
    const refused = await demo.delete(path);
    assert.equal(refused.status, 409, refused.text);
    assert.equal(refused.body.detail, `Order ${id} is filled in part: it can ` +
      'no longer be removed, but what is left can be canceled');
    for (const session of [demo, boss]) {
      const less = await session.put(path, { ...base, quantity: '3' });
      assert.equal(less.status, 400);
      assert.deepEqual(Object.keys(less.body.errors), ['quantity']);
    }
    assert.equal((await boss.delete(path)).status, 204);
  }));

test('an order is within the limits of its owner, whoever writes it', withWorld(
  {}, async (world) => {
    const demo = await world.token('demo');
    const boss = await world.token('boss');
    const before = await demo.order({ quantity: '10', price: '10' });
    await change(world.database, 'UPDATE "user" SET ' +
      'max_quantity = 5000000000, max_notional = 100000000000 ' +
      "WHERE username = 'demo'");
    const path = `/api/data/${before.id}/`;
    for (const session of [demo, boss]) {
      for (const [fields, why] of [
        [{ quantity: '51', price: '1' },
          'must be at most 50, the limit for one order'],
        [{ quantity: '20', price: '-50.1' },
          'the value (quantity times price) must be at most 1000, the limit for one order'],
      ]) {
        const owner = { owner: 'demo' };
        for (const answer of [
          await session.post('/api/data/', { ...base, ...owner, ...fields }),
          await session.patch(path, fields),
          await session.put(path, { ...base, ...owner, ...fields })]) {
          assert.equal(answer.status, 400, answer.text);
          assert.deepEqual(answer.body.errors, { quantity: [why] });
        }
        const array = await session.post('/api/data/',
          [{ ...base, ...owner, quantity: '1', price: '1' },
            { ...base, ...owner, ...fields }]);
        assert.deepEqual(array.body.errors, { '1.quantity': [why] });
      }
      assert.equal((await session.patch(path, { quantity: '50', price: '20' }))
        .status, 200);
    }
    // A limit is its owner's alone.
    assert.equal((await boss.post('/api/data/', { ...base, quantity: '1000' }))
      .status, 201);
  }));
