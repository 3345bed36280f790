// Orders from a file that staff sends: looked at first, then placed, all or none.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { withWorld } from './lib/world.mjs';

const path = '/api/data/import/';
const csv = (...rows) => `${['instrument,quantity,price,side,client_order_id',
                             ...rows].join('\n')}\n`;
const count = async (session) =>
  (await session.get('/api/data/?scope=all')).body.count;

test('a dry run says what would become of each row, and does nothing', withWorld(
  {}, async (world) => {
    const boss = await world.token('boss');
    const stream = await world.follow(boss, { stream: 'all' });
    const { status, body } = await boss.post(path, { format: 'csv',
      dry_run: true, owner: 'demo', decimal: '.', text: csv('EDF01,100,10.5,buy,a',
        'TTE,"1,000",9,S,b', 'XX,-1,abc,sell,', 'EDF01,100,10.5,buy,a',
        'EDF01,7,1,buy,a', ',,,,', '"two\nlines",1,1,maybe,') });
    assert.equal(status, 200);
    assert.deepEqual({ ...body, faults: body.faults.map(({ line, errors }) =>
      [line, Object.keys(errors ?? {})]) }, {
      dry_run: true, rows: 6, placed: 2, existing: 1, fault_count: 3,
      faults: [[4, ['quantity', 'price']], [6, ['client_order_id']],
               [8, ['instrument', 'side']]],
      orders: [
        { line: 2, instrument: 'EDF01', owner: 'demo', side: 'buy',
          quantity: '100', price: '10.5', status: 'new', existing: false },
        { line: 3, instrument: 'TTE', owner: 'demo', side: 'sell',
          quantity: '1000', price: '9', status: 'new', existing: false },
        { line: 5, instrument: 'EDF01', owner: 'demo', side: 'buy',
          quantity: '100', price: '10.5', status: 'new', existing: true }],
      client_order_ids: [
        { line: 2, owner: 'demo', client_order_id: 'a', instrument: 'EDF01',
          side: 'buy', quantity: '100', price: '10.5' },
        { line: 3, owner: 'demo', client_order_id: 'b', instrument: 'TTE',
          side: 'sell', quantity: '1000', price: '9' }],
    });
    assert.equal(await count(boss), 0);
    const { id } = await boss.order();
    const event = await stream.until(() => stream.frames.find(({ type }) =>
      type === 'data.new'), 'an order');
    assert.equal(event.order.id, id); // and none before it
    assert.equal(event.seq, 1);
  }));

test('one client_order_id twice names the line that has it, not an order',
  withWorld({}, async (world) => {
    const boss = await world.token('boss');
    const text = csv('A,1,1,buy,j', 'B,1,1,buy,k', 'C,1,1,buy,k');
    const wanted = [[4, { client_order_id:
      ['is also that of line 3, which is a different order'] }]];
    for (const rest of [{ dry_run: true }, {}, { owner: 'demo' }]) {
      const { body } = await boss.post(path, { format: 'csv', text, ...rest });
      assert.deepEqual(body.faults.map(({ line, errors }) => [line, errors]),
                       wanted);
    }
    assert.equal(await count(boss), 0);
    // Of an order that is there, as ever.
    const { id } = await boss.order({ client_order_id: 'k', instrument: 'Z' });
    const { body } = await boss.post(path, { format: 'csv', text });
    assert.deepEqual(body.faults.map(({ line }) => line), [3, 4]);
    assert.match(body.faults[1].detail, new RegExp(`order ${id}, .*different content`));
  }));

test('then all are placed, with an event each, or none', withWorld(
  {}, async (world) => {
    const boss = await world.token('boss');
    const demo = await world.token('demo');
    const stream = await world.follow(demo);
    const text = csv('A,1,1,buy,a', 'B,2,2,sell,b');
    const done = await boss.post(path, { format: 'csv', owner: 'demo', text });
    assert.equal(done.status, 200);
    assert.equal(done.body.placed, 2);
    for (const name of ['A', 'B'])
      await stream.until(() => stream.frames.find(({ order }) =>
        order?.instrument === name), name);
    const again = await boss.post(path, { format: 'csv', owner: 'demo', text });
    assert.deepEqual([again.body.placed, again.body.existing], [0, 2]);
    const bad = await boss.post(path, { format: 'csv', owner: 'demo',
      text: csv('C,1,1,buy,c', 'D,0,1,buy,d'), lines_before: 1000 });
    assert.equal(bad.status, 400);
    assert.match(bad.headers['content-type'], /problem\+json/);
    assert.equal(bad.body.detail, '1 of the rows has an error: none is placed');
    assert.deepEqual(bad.body.faults.map(({ line, errors }) => [line, errors]),
                     [[1003, { quantity: ['must be greater than 0'] }]]);
    assert.equal(await count(boss), 2);
  }));

test('what the command reads is read alike: maps, marks, lines of JSON',
  withWorld({}, async (world) => {
    const boss = await world.token('boss');
    const place = async (body) => {
      const answer = await boss.post(path, { owner: 'demo', ...body });
      assert.equal(answer.status, 200, answer.text);
      return answer.body.orders.map(({ instrument, quantity, price }) =>
        [instrument, quantity, price]);
    };
    const text = 'Symbol;Qty;Px;Notes\nA;1.234,5;10,25;x\n';
    const map = 'Symbol=instrument,Qty=quantity,Px=price,Notes=';
    assert.deepEqual(await place({ format: 'csv', decimal: ',', map, text }),
                     [['A', '1234.5', '10.25']]);
    assert.deepEqual(await place({ format: 'ndjson', lines_before: 7, text:
      '{"instrument":"J","quantity":"1","price":2}\n\n' }), [['J', '1', '2']]);
    const file = join(world.dir, 'same.csv');
    await writeFile(file, text);
    await world.command(['import', file, '--owner', 'demo', '--map', map,
                         '--decimal', ',']);
    const { body } = await boss.get('/api/data/?owner=demo&instrument=A');
    assert.deepEqual(body.results.map(({ quantity, price }) =>
      [quantity, price]), [['1234.5', '10.25'], ['1234.5', '10.25']]);
    // Of JSON, one bad line hides no other.
    const two = await boss.post(path, { format: 'ndjson', dry_run: true,
      text: '{"instrument":1}\nnot json\n{"quantity":"0"}\n[]\n' });
    assert.deepEqual(two.body.faults.map(({ line }) => line), [1, 2, 3, 4]);
    const columns = await boss.post(path, { format: 'csv', dry_run: true,
      text: 'Symbol,quantity\nA,1\n' });
    assert.deepEqual(columns.body.faults.map(({ line, errors }) =>
      [line, Object.keys(errors).sort()]), [[1, ['Symbol', 'instrument',
                                                 'price']]]);
  }));

test('each row has its own owner where the file does not say one', withWorld(
  {}, async (world) => {
    const boss = await world.token('boss');
    const text = 'owner,instrument,quantity,price\ndemo,A,1,1\n,B,1,1\n';
    const { body } = await boss.post(path, { format: 'csv', text });
    assert.deepEqual(body.orders.map(({ owner }) => owner), ['demo', 'boss']);
    const other = await boss.post(path, { format: 'csv', text, owner: 'other',
                                          dry_run: true });
    assert.deepEqual(other.body.faults.map(({ line }) => line), [2]);
    const nobody = await boss.post(path, { format: 'csv', dry_run: true,
      text: csv('A,1,1,buy,'), owner: 'nobody' });
    assert.equal(nobody.body.fault_count, 1);
  }));

test('bounds: a thousand rows, a megabyte, staff alone, faults by name',
  withWorld({}, async (world) => {
    const boss = await world.token('boss');
    const many = (n) => csv(...Array.from({ length: n }, (_, i) =>
      `A${i},1,1,buy,`));
    const thousand = await boss.post(path, { format: 'csv', text: many(1000) });
    assert.equal(thousand.body.placed, 1000);
    assert.equal(thousand.body.orders.length, 20);
    const more = await boss.post(path, { format: 'csv', text: many(1001) });
    assert.equal(more.status, 400);
    assert.match(more.body.errors.text[0], /1000 rows/);
    const faulty = await boss.post(path, { format: 'csv', dry_run: true,
      text: csv(...Array.from({ length: 300 }, () => 'A,0,1,buy,')) });
    assert.deepEqual([faulty.body.fault_count, faulty.body.faults.length],
                     [300, 100]);
    assert.equal(await count(boss), 1000);
    assert.equal((await boss.post(path, { format: 'csv',
      text: 'x'.repeat(1024 * 1024) })).status, 413);
    for (const [body, fields] of [[{}, ['format', 'text']],
      [{ text: '', format: 'xml' }, ['format']],
      [{ text: 7, format: 'csv' }, ['text']],
      [{ text: '', format: 'csv', decimal: ';' }, ['decimal']],
      [{ text: '', format: 'csv', lines_before: -1 }, ['lines_before']],
      [{ text: '', format: 'csv', lines_before: 1.5 }, ['lines_before']],
      [{ text: '', format: 'csv', dry_run: 'yes' }, ['dry_run']],
      [{ text: '', format: 'csv', evil: 1 }, ['evil']]]) {
      const answer = await boss.post(path, body);
      assert.equal(answer.status, 400, JSON.stringify(body));
      assert.deepEqual(Object.keys(answer.body.errors).sort(), fields);
    }
    assert.equal((await boss.post(path, [])).status, 400);
    const demo = await world.token('demo');
    assert.equal((await demo.post(path, { format: 'csv', text: csv() }))
      .status, 403);
    const session = await world.login('boss');
    assert.equal((await session.post(path, { format: 'csv',
      text: csv('A,1,1,buy,') }, { 'X-CSRFToken': 'x' })).status, 403);
  }));
