// Orders over HTTP: every rule of the resource, from outside.
import assert from 'node:assert/strict';
import test from 'node:test';
import { withWorld } from './lib/world.mjs';

const base = { instrument: 'EDF01', quantity: '100', price: '10.5' };

// What each of these does to the base; expected: {field: message pattern}.
async function refused(session, body, fields, status = 400) {
  const answer = await session.post('/api/data/', body);
  const what = JSON.stringify(body).slice(0, 200);
  assert.equal(answer.status, status, `${what}: ${answer.text}`);
  assert.match(answer.headers['content-type'], /^application\/problem\+json/);
  assert.equal(answer.body.status, status);
  assert.deepEqual(Object.keys(answer.body.errors ?? {}).sort(),
                   Object.keys(fields).sort(), `${what}: ${answer.text}`);
  for (const [name, pattern] of Object.entries(fields))
    assert.match(answer.body.errors[name].join(), pattern, what);
}

async function count(session) {
  return (await session.get('/api/data/')).body.count;
}

test('a created order is answered whole, with its place and its version',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    const answer = await demo.post('/api/data/', base);
    assert.equal(answer.status, 201);
    assert.equal(answer.headers.location, `/api/data/${answer.body.id}/`);
    assert.equal(answer.headers.etag, '"1"');
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.equal(answer.headers.vary, 'Accept, Cookie, Authorization');
    const { id, created, updated, ...rest } = answer.body;
    assert.deepEqual(rest, {
      owner: 'demo', instrument: 'EDF01', side: 'buy', quantity: '100',
      price: '10.5', status: 'new', filled_quantity: '0', average_price: null,
      client_order_id: null, version: 1, position: 1 });
    assert.ok(Number.isInteger(id));
    assert.match(created, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    assert.equal(created, updated);
    const again = await demo.get(answer.headers.location);
    assert.deepEqual(again.body, answer.body);
    assert.equal(again.headers.etag, '"1"');
  }));

test('decimals come back canonical', withWorld({}, async (world) => {
  const demo = await world.token('demo');
  const cases = [
    ['338.670', '338.67'], ['100.00000000', '100'], ['+1', '1'],
    ['007', '7'], ['1e2', '100'], ['1E2', '100'], ['1.5e-3', '0.0015'],
    ['-12.50', '-12.5'], ['0', '0'], ['-0', '0'], ['-0.00', '0'],
    ['0.00000001', '0.00000001'], ['1.100000000', '1.1'],
    ['92233720368.54775807', '92233720368.54775807'],
    ['-92233720368.54775807', '-92233720368.54775807'],
    ['123456789.12345678', '123456789.12345678'],
    [338.67, '338.67'], [1e2, '100'], [-3, '-3'], [0.1, '0.1'],
    [1e-8, '0.00000001'], [123456789.123456, '123456789.123456'],
  ];
  for (const [price, canonical] of cases) {
    const answer = await demo.post('/api/data/', { ...base, price });
    assert.equal(answer.status, 201, `${price}: ${answer.text}`);
    assert.equal(answer.body.price, canonical);
    const read = await demo.get(`/api/data/${answer.body.id}/`);
    assert.equal(read.body.price, canonical);
  }
  // As written in the JSON text, not as a script would print it.
  for (const [token, canonical] of [['1.10', '1.1'], ['1E+1', '10'],
                                    ['0.000', '0'], ['-0', '0']]) {
    const answer = await demo.post('/api/data/',
      `{"instrument":"A","quantity":1,"price":${token}}`,
      { 'Content-Type': 'application/json' });
    assert.equal(answer.body.price, canonical, token);
  }
}));

test('a field that breaks a rule is named', withWorld({}, async (world) => {
  const demo = await world.token('demo');
  const long = 'ü'.repeat(256);
  const cases = [
    [{ price: '0.000000001' }, { price: /decimals/ }],
    [{ price: '92233720368.54775808' }, { price: /between|most|range/ }],
    [{ price: '1e99999' }, { price: /./ }],
    [{ price: '1e-99999' }, { price: /decimals/ }],
    [{ price: 'ten' }, { price: /number/ }],
    [{ price: '' }, { price: /./ }],
    [{ price: ' 1' }, { price: /number/ }],
    [{ price: '1,5' }, { price: /number/ }],
    [{ price: '0x10' }, { price: /number/ }],
    [{ price: 'NaN' }, { price: /number/ }],
    [{ price: 'Infinity' }, { price: /number/ }],
    [{ price: '1\u0001' }, { price: /number/ }],
    [{ price: '٣' }, { price: /number/ }],
    [{ price: null }, { price: /null/ }],
    [{ price: true }, { price: /./ }],
    [{ price: [1] }, { price: /./ }],
    [{ price: {} }, { price: /./ }],
    [{ quantity: '0' }, { quantity: /greater than 0/ }],
    [{ quantity: '-1' }, { quantity: /greater than 0/ }],
    [{ quantity: '0.00000000' }, { quantity: /greater than 0/ }],
    [{ instrument: '' }, { instrument: /empty/ }],
    [{ instrument: long }, { instrument: /255/ }],
    [{ instrument: 'a\nb' }, { instrument: /control/ }],
    [{ instrument: '\u007f' }, { instrument: /control/ }],
    [{ instrument: 'a\u0085b' }, { instrument: /control/ }],
    [{ instrument: null }, { instrument: /null/ }],
    [{ instrument: 7 }, {}],
    [{ side: 'hold' }, { side: /buy, sell/ }],
    [{ side: 'BUY' }, { side: /buy, sell/ }],
    [{ side: null }, { side: /null/ }],
    [{ client_order_id: 'c'.repeat(65) }, { client_order_id: /64/ }],
    [{ client_order_id: '' }, { client_order_id: /empty/ }],
    [{ nonsense: 1 }, { nonsense: /unknown/ }],
    [{ Price: '1' }, { Price: /unknown/ }],
    [{ '': 1 }, { '': /unknown/ }],
    [{ ['f'.repeat(5000)]: 1 }, null],
    [{ id: 7 }, { id: /read-only/ }],
    [{ version: 7, position: 1, created: 'x', updated: 'x' },
     { version: /read-only/, position: /read-only/, created: /read-only/,
       updated: /read-only/ }],
    [{ status: 'filled' }, { status: /you may/ }],
    [{ status: 'nonsense' }, { status: /must be one of/ }],
    [{ filled_quantity: '1' }, { filled_quantity: /you may/ }],
    [{ average_price: '1' }, { average_price: /you may/ }],
    [{ price: 'x', quantity: '-1', side: 'no', zzz: 1 },
     { price: /./, quantity: /./, side: /./, zzz: /./ }],
  ];
  let taken = 0;
  for (const [change, fields] of cases) {
    if (fields && !Object.keys(fields).length) {
      const answer = await demo.post('/api/data/', { ...base, ...change });
      assert.equal(answer.status, 201, answer.text);
      taken++;
    } else if (fields) {
      await refused(demo, { ...base, ...change }, fields);
    } else {
      const answer = await demo.post('/api/data/', { ...base, ...change });
      assert.equal(answer.status, 400);
    }
  }
  assert.equal(await count(demo), taken);
}));

test('all that is missing is named at once, with all that is wrong',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    const all = { instrument: /required/, quantity: /required/,
                  price: /required/ };
    await refused(demo, {}, all);
    await refused(demo, { side: 'x' }, { ...all, side: /buy/ });
    await refused(demo, { zzz: 1, price: '-' },
      { ...all, price: /number/, zzz: /unknown/ });
    const form = await demo.form('/api/data/', { side: 'x', quantity: '0' });
    assert.deepEqual(Object.keys(form.body.errors).sort(),
                     ['instrument', 'price', 'quantity', 'side']);
    const order = await demo.order();
    const put = await demo.put(`/api/data/${order.id}/`,
                               { quantity: 'x', id: 3 });
    assert.equal(put.status, 400);
    assert.deepEqual(Object.keys(put.body.errors).sort(),
                     ['id', 'instrument', 'price', 'quantity']);
  }));

test('an instrument is counted in characters', withWorld({}, async (world) => {
  const demo = await world.token('demo');
  for (const one of ['a', 'ü', '漢', '😀']) {
    const instrument = one.repeat(255);
    const made = await demo.order({ instrument });
    assert.equal(made.instrument, instrument);
    await refused(demo, { ...base, instrument: instrument + one },
                  { instrument: /255/ });
  }
  // Text is text: nothing of it is read as anything else.
  for (const instrument of ['<script>alert(1)</script>', '"; DROP TABLE',
    "' OR 1=1 --", '%00', '\\u0041', '{{csrf_token}}',
    ' leading and trailing ', 'null', '\\', '"']) {
    const made = await demo.order({ instrument });
    assert.equal(made.instrument, instrument);
    const { body } = await demo.get(`/api/data/${made.id}/`);
    assert.equal(body.instrument, instrument);
  }
  for (const hidden of ['\u202eabc', 'a\u2028b', 'a\u200bb'])
    await refused(demo, { ...base, instrument: hidden },
                  { instrument: /invisible characters/ });
}));

test('JSON that is none, or more than we take', withWorld({}, async (world) => {
  const demo = await world.token('demo');
  const json = { 'Content-Type': 'application/json' };
  const deep = (levels) => '['.repeat(levels) + ']'.repeat(levels);
  const order = JSON.stringify(base);
  const cases = [
    // body, detail, errors
    ['', /./], ['{', /byte \d+|at \d+|position/],
    [`${order}x`, /\d/], [`${order}${order}`, /\d/], [`${order},`, /\d/],
    ['{"instrument":"A","instrument":"B"}', /duplicate|instrument/],
    [deep(33), /32|deep|level/], [deep(100_000), /./],
    [`{"a":${deep(32)}}`, /32|deep|level/],
    ['{"instrument":"\\u0000"}', /0000|NUL/],
    ['{"instrument":"\\ud800"}', /./], ['{"instrument":"\\uZZZZ"}', /./],
    ['{"instrument":"a\nb"}', /./], ['{"price":01}', /./],
    ['{"price":.5}', /./], ['{"price":1.}', /./], ['{"price":+1}', /./],
    ['{"price":NaN}', /./], ['{"price":1e}', /./], ["{'price':1}", /./],
    ['{"price":1,}', /./], ['[1,]', /./], ['{price:1}', /./],
    ['\ufeff{}', /./], ['// c\n{}', /./],
    [Buffer.from('{"instrument":"\xff\xfe"}', 'latin1'), /UTF-8/],
    ['null', /./], ['7', /./], ['"text"', /./], ['true', /./],
    ['[]', /1 to 1000/], ['[[]]', /./], ['[null]', /./], ['[1]', /./],
  ];
  for (const [body, detail] of cases) {
    const answer = await demo.post('/api/data/', body, json);
    const what = String(body).slice(0, 60);
    assert.equal(answer.status, 400, `${what}: ${answer.text}`);
    assert.match(answer.headers['content-type'], /problem\+json/, what);
    assert.match(answer.body.detail + JSON.stringify(answer.body.errors),
                 detail, what);
  }
  // A double would bend these: they are refused by name.
  for (const [body, field] of [
    ['{"price":1234567890.1234567}', 'price'],
    ['{"quantity":1234567890123456}', 'quantity'],
    ['[{"price":1},{"price":0.12345678901234567}]', '1.price']]) {
    const answer = await demo.post('/api/data/', body, json);
    assert.equal(answer.status, 400);
    assert.match(answer.body.errors[field].join(), /string/, answer.text);
  }
  // 32 levels are JSON still, though no order.
  const answer = await demo.post('/api/data/', deep(32), json);
  assert.equal(answer.status, 400);
  assert.doesNotMatch(answer.text, /32|deep/);
  assert.equal(await count(demo), 0);
}));

test('forms and content types', withWorld({}, async (world) => {
  const demo = await world.token('demo');
  const form = await demo.form('/api/data/',
    { instrument: 'a&b=ü +', quantity: '1', price: '-2.50', side: 'sell' });
  assert.equal(form.status, 201, form.text);
  assert.equal(form.body.instrument, 'a&b=ü +');
  assert.equal(form.body.price, '-2.5');
  assert.equal(form.body.side, 'sell');
  for (const body of ['instrument=A&quantity=1&price=%zz',
                      'instrument=%ff&quantity=1&price=1',
                      'instrument=A&instrument=B&quantity=1&price=1&zz=%00']) {
    const answer = await demo.post('/api/data/', body,
      { 'Content-Type': 'application/x-www-form-urlencoded' });
    assert.equal(answer.status, 400, `${body}: ${answer.text}`);
  }
  const types = [
    ['text/plain', 415], ['application/xml', 415], ['multipart/form-data', 415],
    ['application/jsonx', 415], ['application/json;charset=utf-8', 201],
    ['application/json ; charset=utf-8', 201], ['Application/JSON', 201],
  ];
  for (const [type, status] of types) {
    const body = status === 415 ? 'instrument=A&quantity=1&price=1'
      : JSON.stringify(base);
    const answer = await demo.post('/api/data/', body,
                                   { 'Content-Type': type });
    assert.equal(answer.status, status, `${type}: ${answer.text}`);
  }
}));

test('a repeated client_order_id', withWorld({}, async (world) => {
  const demo = await world.token('demo');
  const other = await world.token('other');
  const stream = await world.follow(demo);
  const body = { ...base, client_order_id: 'mine-1' };
  const first = await demo.post('/api/data/', body);
  assert.equal(first.status, 201);
  await stream.next();

  const again = await demo.post('/api/data/', body);
  assert.equal(again.status, 200);
  assert.deepEqual(again.body, first.body);
  assert.equal(again.headers.location, first.headers.location);
  // The same said otherwise.
  assert.equal((await demo.post('/api/data/',
    { ...body, price: '10.500', quantity: 100, side: 'buy' })).status, 200);
  for (const change of [{ price: '11' }, { quantity: '1' }, { side: 'sell' },
                        { instrument: 'X' }]) {
    const answer = await demo.post('/api/data/', { ...body, ...change });
    assert.equal(answer.status, 409, JSON.stringify(change));
  }
  // Changed meanwhile, it is still the one that was asked for first.
  const path = first.headers.location;
  assert.equal((await demo.patch(path, { price: '12' })).status, 200);
  await stream.next();
  const later = await demo.post('/api/data/', body);
  assert.equal(later.status, 200);
  assert.equal(later.body.price, '12');
  // Another's is another name.
  assert.equal((await other.post('/api/data/', body)).status, 201);
  // A second order can't take it over.
  const second = await demo.order();
  await stream.next();
  assert.equal((await demo.patch(`/api/data/${second.id}/`,
    { client_order_id: 'mine-1' })).status, 409);
  // Twice in one array: one order.
  const pair = await demo.post('/api/data/', [
    { ...base, client_order_id: 'pair' },
    { ...base, client_order_id: 'pair' }]);
  assert.equal(pair.status, 201, pair.text);
  assert.equal(pair.body[0].id, pair.body[1].id);
  await stream.next();
  // Of a deleted order.
  assert.equal((await demo.delete(path)).status, 204);
  assert.equal((await stream.next()).type, 'data.delete');
  assert.equal((await demo.post('/api/data/', body)).status, 409);
  await stream.silent();
}));

test('an array is taken whole or not at all', withWorld({}, async (world) => {
  const demo = await world.token('demo');
  const stream = await world.follow(demo);
  const many = (n) => Array.from({ length: n }, (_, i) =>
    ({ ...base, price: String(i) }));

  const three = await demo.post('/api/data/', many(3));
  assert.equal(three.status, 201);
  assert.deepEqual(three.body.map((order) => [order.price, order.position]),
                   [['0', 1], ['1', 2], ['2', 3]]);
  await stream.nextOf(3);

  await refused(demo, [base, { ...base, price: 'x' }, base, { zzz: 1 }],
    { '1.price': /number/, '3.zzz': /unknown/, '3.instrument': /required/,
      '3.quantity': /required/, '3.price': /required/ });
  await refused(demo, [base, 7], { '1.order': /object/ });
  const conflict = await demo.post('/api/data/', [
    { ...base, client_order_id: 'c' }, { ...base, client_order_id: 'c',
                                         price: '9' }]);
  assert.equal(conflict.status, 409);
  // What can be told before any of them is written is.
  await refused(demo, [{ ...base, client_order_id: 'c' },
    { ...base, client_order_id: 'c', price: '9' }, { ...base, price: 'x' }],
    { '2.price': /number/ });
  const foreign = await demo.post('/api/data/',
                                  [base, { ...base, owner: 'other' }]);
  assert.equal(foreign.status, 403);
  assert.equal((await demo.post('/api/data/', many(1001))).status, 400);
  assert.equal(await count(demo), 3);
  await stream.silent();

  const thousand = await demo.post('/api/data/', many(1000));
  assert.equal(thousand.status, 201);
  assert.equal(thousand.body.length, 1000);
  const events = await stream.nextOf(1000);
  assert.deepEqual(events.map((event) => event.seq),
                   Array.from({ length: 1000 }, (_, i) => i + 4));
}));

test('If-Match keeps one from writing over what was not seen',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    const { id } = await demo.order();
    const path = `/api/data/${id}/`;
    const moved = await demo.patch(path, { price: '11' },
                                   { 'If-Match': '"1"' });
    assert.equal(moved.status, 200);
    assert.equal(moved.headers.etag, '"2"');

    const attempts = [
      () => demo.patch(path, { price: '12' }, { 'If-Match': '"1"' }),
      () => demo.put(path, base, { 'If-Match': '"1"' }),
      () => demo.delete(path, { 'If-Match': '"1"' }),
      () => demo.delete(path, { 'If-Match': '"3"' }),
    ];
    for (const attempt of attempts) {
      const answer = await attempt();
      assert.equal(answer.status, 412);
      assert.equal(answer.headers.etag, '"2"');
      assert.deepEqual(answer.body.current, moved.body);
    }
    const unread = ['2', '"2', '2"', 'w/"2"', 'W/ "2"', 'W/2', '"2" "3"',
                    '"2", *', '*, "2"', '"2", 3', ',', '**'];
    const others = ['"x"', '""', '"-1"', '"99999999999999999999999"', '"0"',
                    '"02"', '"3", W/"1"', 'W/"3"', '"*"', '"a,\\"'];
    for (const [status, tags] of [[400, unread], [412, others]]) {
      for (const tag of tags) {
        const answer = await demo.patch(path, { price: '12' },
                                        { 'If-Match': tag });
        assert.equal(answer.status, status, tag);
        if (status === 400)
          assert.deepEqual(Object.keys(answer.body.errors), ['If-Match']);
      }
    }
    assert.equal((await demo.get(path)).body.version, 2);
    // As a proxy that compresses hands it on, and as lists.
    const named = ['*', 'W/"3"', '"9", "4"', ' , W/"1",\t"5" ,,', '"a,b", "6"'];
    for (const [i, tag] of named.entries())
      assert.equal((await demo.patch(path, { price: String(20 + i) },
                                     { 'If-Match': tag })).status, 200, tag);
    assert.equal((await demo.delete(path, { 'If-Match': '"7"' })).status, 204);
    assert.equal((await demo.delete(path, { 'If-Match': '"7"' })).status, 404);
  }));

test('PUT replaces, PATCH changes, neither without a change',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    const stream = await world.follow(demo);
    const made = await demo.order({ side: 'sell', client_order_id: 'c1' });
    const path = `/api/data/${made.id}/`;
    await stream.next();

    const patched = await demo.patch(path, { price: '-5' });
    assert.equal(patched.body.price, '-5');
    assert.equal(patched.body.side, 'sell');
    assert.equal(patched.body.version, 2);
    assert.equal(patched.body.created, made.created);
    assert.ok(patched.body.updated > made.updated);
    assert.deepEqual((await stream.next()).order, patched.body);

    for (const body of [{}, { price: '-5.0' }, { side: 'sell' }]) {
      const same = await demo.patch(path, body);
      assert.equal(same.status, 200);
      assert.deepEqual(same.body, patched.body);
    }
    await stream.silent();

    const put = await demo.put(path, base);
    assert.equal(put.status, 200);
    assert.equal(put.body.side, 'buy'); // its default again
    assert.equal(put.body.client_order_id, null);
    assert.equal(put.body.price, '10.5');
    assert.equal((await stream.next()).seq, 3);
    assert.equal((await demo.patch(path, { client_order_id: 'c2' })).status,
                 200);
    const cleared = await demo.patch(path, { client_order_id: null });
    assert.equal(cleared.body.client_order_id, null);
    for (const [method, body] of [['PUT', '[]'], ['PATCH', '[{"price":"1"}]'],
                                  ['PATCH', '7'], ['PATCH', 'null']]) {
      const answer = await demo.request(method, path, body,
        { 'Content-Type': 'application/json' });
      assert.equal(answer.status, 400, `${method} ${body}`);
    }
  }));

test('what its owner may still change depends on its status',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    const boss = await world.token('boss');
    const stream = await world.follow(demo);
    const { id } = await demo.order({ quantity: '10' });
    const path = `/api/data/${id}/`;
    await stream.next();

    for (const status of ['filled', 'new', 'partially_filled', 'rejected',
                          'expired']) {
      const answer = await demo.patch(path, { status });
      assert.equal(answer.status, 400, status);
      assert.deepEqual(Object.keys(answer.body.errors), ['status']);
    }
    const fill = await boss.patch(path, { status: 'partially_filled',
      filled_quantity: '4', average_price: '10.25' });
    assert.equal(fill.status, 200, fill.text);
    assert.equal(fill.body.average_price, '10.25');
    const event = await stream.next();
    assert.equal(event.type, 'data.update');
    assert.equal(event.order.filled_quantity, '4');

    const less = await demo.patch(path, { quantity: '3' });
    assert.equal(less.status, 400);
    assert.match(less.body.errors.quantity.join(), /filled/);
    assert.equal((await demo.patch(path, { quantity: '4' })).status, 200);
    await stream.next();
    const over = await boss.patch(path, { filled_quantity: '5' });
    assert.equal(over.status, 400);
    assert.deepEqual(Object.keys(over.body.errors), ['filled_quantity']);

    assert.equal((await boss.patch(path, { status: 'filled' })).status, 200);
    await stream.next();
    for (const body of [{ price: '1' }, { status: 'canceled' }]) {
      const answer = await demo.patch(path, body);
      assert.equal(answer.status, 409, JSON.stringify(body));
    }
    assert.equal((await demo.put(path, base)).status, 409);
    await stream.silent();

    const second = await demo.order();
    const to = `/api/data/${second.id}/`;
    const canceled = await demo.patch(to, { status: 'canceled' });
    assert.equal(canceled.body.status, 'canceled');
    assert.equal((await demo.patch(to, { price: '1' })).status, 409);
    assert.equal((await boss.patch(to, { status: 'new' })).status, 200);
    assert.equal((await demo.patch(to, { price: '1' })).status, 200);
  }));

test("another's order is as good as none", withWorld({}, async (world) => {
  const demo = await world.token('demo');
  const other = await world.token('other');
  const stream = await world.follow(demo);
  const made = await demo.order();
  await stream.next();
  const path = `/api/data/${made.id}/`;
  const none = `/api/data/${made.id + 1000}/`;
  const attempts = [
    (to) => other.get(to), (to) => other.put(to, base),
    (to) => other.patch(to, { price: '1' }), (to) => other.delete(to),
    (to) => other.patch(to, { price: '1' }, { 'If-Match': '"9"' }),
    (to) => other.delete(to, { 'If-Match': '"9"' }),
  ];
  for (const attempt of attempts) {
    const theirs = await attempt(path);
    const nothing = await attempt(none);
    assert.equal(theirs.status, 404);
    assert.equal(theirs.text.replaceAll(String(made.id), 'N'),
      nothing.text.replaceAll(String(made.id + 1000), 'N'));
  }
  assert.deepEqual((await demo.get(path)).body, made);
  // Whoever names another as owner is told so, and nothing is written.
  for (const answer of [
    await other.post('/api/data/', { ...base, owner: 'demo' }),
    await other.post('/api/data/', { ...base, owner: 'nobody' }),
    await demo.patch(path, { owner: 'other' }),
    await other.get('/api/data/?owner=demo'),
    await other.get('/api/data/?scope=all'),
    await other.get('/api/data/?owner=nobody')])
    assert.equal(answer.status, 403, answer.text);
  assert.equal(await count(other), 0);
  assert.equal(await count(demo), 1);
  assert.equal((await other.post('/api/data/', { ...base, owner: 'other' }))
    .status, 201);
  await stream.silent();
}));

test('staff see and change everything; a move is two events',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    const other = await world.token('other');
    const boss = await world.token('boss');
    const from = await world.follow(demo);
    const to = await world.follow(other);
    const all = await world.follow(boss, { stream: 'all' });
    const made = await demo.order({ client_order_id: 'c' });
    const path = `/api/data/${made.id}/`;
    await from.next();
    await all.next();

    assert.equal((await boss.get(path)).status, 200);
    assert.equal((await boss.get('/api/data/')).body.count, 0);
    assert.equal((await boss.get('/api/data/?scope=own')).body.count, 0);
    assert.equal((await boss.get('/api/data/?scope=all')).body.count, 1);
    assert.equal((await boss.get('/api/data/?owner=demo')).body.count, 1);
    assert.equal((await boss.get('/api/data/?owner=DEMO')).body.count, 1);
    assert.equal((await boss.get('/api/data/?owner=other')).body.count, 0);
    assert.equal((await boss.get('/api/data/?owner=nobody')).status, 400);
    assert.equal((await boss.get('/api/data/?scope=each')).status, 400);

    const moved = await boss.patch(path, { owner: 'other' });
    assert.equal(moved.status, 200, moved.text);
    assert.equal(moved.body.owner, 'other');
    const left = await from.next();
    assert.equal(left.type, 'data.delete');
    assert.equal(left.order.owner, 'demo');
    const came = await to.next();
    assert.equal(came.type, 'data.new');
    assert.deepEqual(came.order, moved.body);
    assert.deepEqual((await all.nextOf(2)).map((event) => event.type),
                     ['data.delete', 'data.new']);
    assert.equal((await demo.get(path)).status, 404);
    assert.equal((await other.get(path)).status, 200);

    // And back again.
    assert.equal((await boss.patch(path, { owner: 'demo' })).status, 200);
    assert.equal((await from.next()).type, 'data.new');
    assert.equal((await to.next()).type, 'data.delete');
    const nobody = await boss.patch(path, { owner: 'nobody' });
    assert.equal(nobody.status, 400);
    assert.deepEqual(Object.keys(nobody.body.errors), ['owner']);

    const placed = await boss.post('/api/data/',
      { ...base, owner: 'other', status: 'filled', filled_quantity: '100' });
    assert.equal(placed.status, 201, placed.text);
    assert.equal((await to.next()).order.status, 'filled');
    assert.equal((await boss.delete(`/api/data/${placed.body.id}/`)).status,
                 204);
    assert.equal((await to.next()).type, 'data.delete');
  }));

test('OPTIONS tells fields, types and limits', withWorld({}, async (world) => {
  const demo = await world.token('demo');
  const boss = await world.token('boss');
  const { status, body, headers } = await demo.request('OPTIONS', '/api/data/');
  assert.equal(status, 200);
  assert.match(headers.allow, /POST/);
  const order = await demo.order();
  assert.deepEqual(Object.keys(body.fields).sort(), Object.keys(order).sort());
  assert.equal(body.fields.instrument.max_length, 255);
  assert.equal(body.fields.instrument.required, true);
  assert.deepEqual(body.fields.side.choices, ['buy', 'sell']);
  assert.equal(body.fields.filled_quantity.read_only, true);
  const staff = await boss.request('OPTIONS', '/api/data/');
  assert.equal(staff.body.fields.filled_quantity.read_only, false);
  const one = await demo.request('OPTIONS', `/api/data/${order.id}/`);
  assert.match(one.headers.allow, /PATCH/);
  const wrong = await demo.request('POST', `/api/data/${order.id}/`, base);
  assert.equal(wrong.status, 405);
  assert.match(wrong.headers.allow, /PUT.*PATCH.*DELETE/);
}));
