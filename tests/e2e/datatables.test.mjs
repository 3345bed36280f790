// The server side of DataTables over HTTP: by GET, form and JSON, the same
// answers; whatever can't be done is an answer of 200 with its error.
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  PATH, ask, draw, encode, fails, flat, names, ways,
} from './lib/draws.mjs';
import { withWorld } from './lib/world.mjs';

const ROWS = [
  { instrument: 'Aktie', price: '9', quantity: '1' },
  { instrument: 'Bund', price: '10.5', quantity: '20' },
  { instrument: 'Caïro', price: '100', quantity: '3', side: 'sell' },
  { instrument: 'ÄRGER GmbH', price: '-2', quantity: '100' },
  { instrument: 'false', price: '10.50', quantity: '5' },
  { instrument: '100%_x', price: '0.5', quantity: '7', side: 'sell' },
];

const withRows = (body) => withWorld({}, async (world) => {
  const session = await world.token('demo');
  const made = await session.post('/api/data/', ROWS);
  assert.equal(made.status, 201, made.text);
  await (await world.token('other')).order({ instrument: 'not mine' });
  await body(world, session);
});

test('the whole answer, by every way of asking', withRows(
  async (world, session) => {
    const body = await ask(session, draw());
    assert.equal(body.draw, 3);
    assert.equal(body.recordsTotal, 6);
    assert.equal(body.recordsFiltered, 6);
    assert.equal(body.data.length, 6);
    assert.equal(body.position.seq, 6);
    assert.match(body.position.epoch, /./);
    const { DT_RowId, ...row } = body.data[0];
    assert.equal(DT_RowId, `order-${row.id}`);
    assert.deepEqual((await session.get(`/api/data/${row.id}/`)).body, row);

    const none = (await session.get(PATH)).body; // by hand: all defaults
    assert.equal(none.draw, 0);
    assert.equal(none.recordsTotal, 6);
    const cookie = await world.login('demo');
    assert.deepEqual(await ask(cookie, draw()), body);
    for (const way of ['form', 'JSON'])
      assert.equal((await ways[way]({
        form: (path, fields) => cookie.form(path, fields,
                                            { 'X-CSRFToken': null }),
        post: (path, request) => cookie.post(path, request,
                                             { 'X-CSRFToken': null }),
      }, draw())).status, 403);
  }));

test('draw, start and length', withRows(async (world, session) => {
  const all = ROWS.map((row) => row.instrument);
  const windows = [
    [0, 2, 0, 2], [1, 2, 1, 3], [3, 2, 3, 5], [5, 4, 5, 6], [4, 100, 4, 6],
    [6, 10, 0, 0], [1000, 10, 0, 0], [0, -1, 0, 6], [2, -1, 2, 6],
    [999999999999999, 10, 0, 0],
  ];
  for (const [start, length, from, to] of windows) {
    const body = await ask(session, draw({ start, length }));
    assert.deepEqual(body.data.map((row) => row.instrument),
                     all.slice(from, to), `${start} ${length}`);
    assert.equal(body.recordsTotal, 6);
    assert.equal(body.recordsFiltered, 6);
  }
  for (const number of [0, 1, 2147483648, 999999999999999])
    assert.equal((await ask(session, draw({ draw: number }))).draw, number);
  const faults = [
    [{ draw: 'abc' }, /draw/], [{ draw: '1<script>' }, /draw/],
    [{ draw: -1 }, /draw/], [{ draw: '' }, /draw/], [{ draw: '1.5' }, /draw/],
    [{ draw: '99999999999999999999' }, /draw/],
    [{ start: -1 }, /start/], [{ start: 'x' }, /start/],
    [{ length: -2 }, /length/], [{ length: 'x' }, /length/],
    [{ length: 1e9 }, /length/], [{ length: '' }, /length/],
  ];
  for (const [change, pattern] of faults)
    await fails(session, draw(change), pattern);
  // The draw is echoed as a number even beside a fault, never as text.
  const bad = await ask(session, draw({ draw: 7, start: 'x' }));
  assert.equal(bad.draw, 7);
}));

test('order', withRows(async (world, session) => {
  const by = (column, dir, more = {}) =>
    names(session, draw({ order: [{ column, dir, ...more }] }));
  assert.deepEqual(await by(4, 'asc'), ['ÄRGER GmbH', '100%_x', 'Aktie', 'Bund',
                                        'false', 'Caïro']);
  assert.deepEqual((await by(4, 'desc'))[0], 'Caïro');
  assert.deepEqual(await by(3, 'asc'), ['Aktie', 'Caïro', 'false', '100%_x',
                                        'Bund', 'ÄRGER GmbH']);
  assert.deepEqual(await by(6, 'asc'), ROWS.map((row) => row.instrument));
  // Ties hold still, so that no page shows a row twice.
  const pages = [];
  for (let start = 0; start < 6; start += 2)
    pages.push(...await names(session,
      draw({ start, length: 2, order: [{ column: 2, dir: 'asc' }] })));
  assert.equal(new Set(pages).size, 6);
  // By name, which counts before the number; by several.
  assert.equal((await by(0, 'desc', { name: 'price' }))[0], 'Caïro');
  const two = await names(session, draw({ order: [
    { column: 2, dir: 'desc' }, { column: 4, dir: 'asc' }] }));
  assert.deepEqual(two.slice(0, 2), ['100%_x', 'Caïro']);
  assert.equal((await names(session, draw({ order: [] }))).length, 6);

  for (const order of [
    [{ column: 'abc', dir: 'asc' }], [{ column: -1, dir: 'asc' }],
    [{ column: 99, dir: 'asc' }], [{ column: 1e9, dir: 'asc' }],
    [{ column: 0, dir: 'sideways' }], [{ column: '', dir: 'asc' }],
    [{ column: 0, dir: 'asc; DROP TABLE orders' }]])
    await fails(session, draw({ order }), /order|column/);
}));

test('search', withRows(async (world, session) => {
  const global = (value) => names(session,
    draw({ search: { value, regex: false } }));
  const cases = [
    ['aktie', ['Aktie']], ['AKT', ['Aktie']], ['ärger', ['ÄRGER GmbH']],
    ['GMBH', ['ÄRGER GmbH']], ['CAÏRO', ['Caïro']], ['10.5', ['Bund', 'false']],
    ['10.50', []], ['false', ['false']], ['sell', ['Caïro', '100%_x']],
    ['%_', ['100%_x']], ['%', ['100%_x']], ['_', ['100%_x']],
    ['not mine', []], ["'; DROP TABLE orders --", []], ['.*', []],
    ['\\', []], ['a&b=c', []],
  ];
  for (const [value, expected] of cases) {
    assert.deepEqual(await global(value), expected, value);
    const body = await ask(session, draw({ search: { value, regex: false } }));
    assert.equal(body.recordsFiltered, expected.length, value);
    assert.equal(body.recordsTotal, 6, value);
  }
  assert.equal((await global('')).length, 6);
  assert.equal((await global('new')).length, 6); // its status

  const column = (columnValues) => names(session, draw({ columnValues }));
  assert.deepEqual(await column({ 1: { value: 'a' }, 2: { value: 'sell' } }),
                   ['Caïro']);
  assert.deepEqual(await column({ 4: { value: '10.5' } }), ['Bund', 'false']);
  assert.deepEqual(await names(session, draw({
    search: { value: '10.5', regex: false },
    columnValues: { 1: { value: 'fal' } } })), ['false']);
  // Not in what is not searchable.
  const request = draw({ search: { value: 'aktie', regex: false } });
  request.columns[1].searchable = false;
  assert.deepEqual(await names(session, request), []);
  request.columns[1].search.value = 'aktie';
  await fails(session, request, /columns\[1\]/);
}));

test('regular expressions', withRows(async (world, session) => {
  const global = (value) => draw({ search: { value, regex: true } });
  const cases = [
    ['^a', ['Aktie']], ['^(aktie|bund)$', ['Aktie', 'Bund']],
    ['ä.ger', ['ÄRGER GmbH']], ['^-?\\d+\\.5$', ['Bund', 'false', '100%_x']],
    ['(?!)', []], ['\\p{Lu}mbh', ['ÄRGER GmbH']],
  ];
  for (const [value, expected] of cases) {
    assert.deepEqual((await names(session, global(value))).sort(),
                     [...expected].sort(), value);
  }
  assert.deepEqual(await names(session, draw({ columnValues:
    { 1: { value: '^.{4}$', regex: true } } })), ['Bund']);
  for (const value of ['(', '[', 'a{2,1}', '*', '\\', '(?<n>', '(?P<', '\\p{Zz',
                       'x'.repeat(257)]) {
    await fails(session, global(value), /./);
    await fails(session, draw({ columnValues: { 1: { value, regex: true } } }),
                /./);
    // Also where there is no row to try it on.
    for (const more of [{ id: 1e9 }, { instrument: 'none' }])
      await fails(session, { ...global(value), ...more }, /^search\[value\]: /);
  }
  // As costly as they come: an error, and nobody waits.
  const long = `${'a'.repeat(200)}!`;
  await session.order({ instrument: long });
  for (const value of ['^(a+)+$', '^(a|aa)+$', '^(a|a?)+$', '(.*)*q$',
                       '^(([a-z])+.)+[A-Z]([a-z])+$', '(a?){60}a{60}q',
                       '(?:(?:a{0,50}){0,50}){0,50}q', '((((((a*)*)*)*)*)*)*q',
                       '(?R)', '(a(?1)?)q']) {
    const body = await ask(session, global(value), ['JSON']);
    assert.deepEqual(body.data, [], value);
    assert.equal((await session.get('/healthz')).status, 200);
  }
}));

test('fixed and group searches', withRows(async (world, session) => {
  const base = { value: '', regex: false };
  const cases = [
    [{ search: { ...base, fixed: [{ name: 'a', term: 'sell' }] } },
     ['Caïro', '100%_x']],
    [{ search: { ...base, fixed: [{ name: 'a', term: 'sell' },
                                  { name: 'b', term: 'cai' }] } }, []],
    [{ search: { ...base, fixed: [{ name: 'a', term: 'sell' },
                                  { name: 'b', term: 'caï' }] } }, ['Caïro']],
    [{ search: { ...base, groups: [{ columns: [1, 2], term: 'a' }] } },
     ['Aktie', 'Caïro', 'false']],
    [{ search: { ...base, groups: [{ columns: [4], term: '100' }] } },
     ['Caïro']],
    [{ search: { ...base, groupsFixed: [{ columns: [1], name: 'x',
                                          term: 'bund' }] } }, ['Bund']],
    [{ columnValues: { 1: { value: '', fixed: [{ name: 'x',
                                                 term: 'bund' }] } } },
     ['Bund']],
  ];
  for (const [changes, expected] of cases) {
    assert.deepEqual((await names(session, draw(changes))).sort(),
                     [...expected].sort(), JSON.stringify(changes));
  }
  await fails(session, draw({ search: { ...base,
    fixed: [{ name: 'f', term: 'function' }] } }), /function/);
  await fails(session, draw({ search: { ...base,
    groups: [{ columns: [99], term: 'x' }] } }), /./);
}));

test('words, phrases and what must not be there', withRows(
  async (world, session) => {
    const cases = [
      ['gmbh ärger', ['ÄRGER GmbH']], ['"ärger gmbh"', ['ÄRGER GmbH']],
      ['"gmbh ärger"', []], ['sell !caï', ['100%_x']],
      ['  new\t!"ärger gmbh" !sell !false ', ['Aktie', 'Bund']],
      ['!', ROWS.map((row) => row.instrument)], ['−2', ['ÄRGER GmbH']],
      ['"', []], ['\u200b', []],
    ];
    for (const [value, expected] of cases) {
      assert.deepEqual(await names(session,
        draw({ search: { value, regex: false } })), expected, value);
      if (value === '−2') continue; // the list looks in its times, too
      const { body } = await session.get(
        `/api/data/?ordering=id&search=${encodeURIComponent(value)}`);
      assert.deepEqual(body.results.map((row) => row.instrument), expected,
                         value);
    }
    assert.deepEqual(await names(session, draw({ columnValues: {
      1: { value: 'mb !x' }, 2: { value: '!sell' } } })), ['ÄRGER GmbH']);
    await fails(session, draw({ search: { regex: false,
      value: Array(17).fill('a').join(' ') } }), /search\[value\].*16 words/);
  }));

test('a status is found as it is shown', withRows(async (world, session) => {
  const boss = await world.token('boss');
  const { body: { results: [order] } } =
    await session.get('/api/data/?ordering=id');
  const filled = await boss.patch(`/api/data/${order.id}/`, {
    status: 'partially_filled' });
  assert.equal(filled.status, 200, filled.text);
  const all = ROWS.map((row) => row.instrument);
  const others = all.filter((name) => name !== order.instrument);
  for (const [value, expected] of [
    ['partially filled', [order.instrument]],
    ['"Partially Filled"', [order.instrument]],
    ['"tially f"', [order.instrument]], ['partially_filled', [order.instrument]],
    ['!"partially filled"', others], ['"filled partially"', []],
    ['"partially  filled"', []],
  ])
    assert.deepEqual((await names(session,
      draw({ search: { value, regex: false } }))).sort(),
      [...expected].sort(), value);
}));

test('columns by data, name or neither', withRows(async (world, session) => {
  const ordered = async (columns) => (await names(session, draw({ columns,
    order: [{ column: 0, dir: 'desc' }] })))[0];
  assert.equal(await ordered([{ data: 'price' }]), 'Caïro');
  assert.equal(await ordered([{ data: 0, name: 'price' }]), 'Caïro');
  assert.equal(await ordered([{ data: '', name: 'price' }]), 'Caïro');
  assert.equal(await ordered([{ data: 'function', name: 'price' }]), 'Caïro');
  for (const columns of [[{ data: 'password', name: '' }],
    [{ data: 'zzz' }], [{ data: 'price; DROP TABLE orders' }],
    [{ data: 'owner.password' }], [{ data: 'rowid' }], [{ data: 'Price' }]]) {
    await fails(session, draw({ columns, order: [{ column: 0, dir: 'asc' }] }),
                /column/);
    await fails(session, draw({ order: [], columns: [{ ...columns[0],
      searchable: true, search: { value: 'x', regex: false } }] }), /column/);
  }
  // A column of buttons: not ours, neither sorted nor searched.
  const buttons = draw({ search: { value: 'aktie', regex: false } });
  buttons.columns.push({ data: null, name: '', searchable: false,
    orderable: false, search: { value: '', regex: false } });
  assert.deepEqual(await names(session, buttons), ['Aktie']);
  // The one that DataTables orders by if it is told nothing.
  for (const orderable of [true, false])
    assert.equal((await names(session, draw({
      columns: [{ data: '', name: '', searchable: true, orderable }],
      order: [{ column: 0, dir: 'asc', name: '' }] }))).length, 6);
  await fails(session, draw({ order: [], columns: [{ data: '', name: '',
    searchable: true, search: { value: 'x', regex: false } }] }), /column/);
}));

test('a draw that can\'t be read', withRows(async (world, session) => {
  const json = { 'Content-Type': 'application/json' };
  const bodies = [
    ['{"draw":', json], ['[]', json], ['[1]', json], ['7', json],
    ['{"draw":1,"draw":2}', json], ['{"draw":{"a":1}}', json],
    ['{"draw":[1]}', json], ['{"columns":7}', json], ['{"order":"x"}', json],
    [`{"a":${'['.repeat(40)}${']'.repeat(40)}}`, json],
    [`{"columns":{"1000000":{"data":"id"}}}`, json],
    ['columns[99999999999][data]=id', {}], ['columns[-1][data]=id', {}],
    ['columns[0][data=id&start=x', {}], ['order=x', {}],
    ['draw=1&draw=x', {}],
  ];
  for (const [body, headers] of bodies) {
    const answer = await session.post(PATH, body, {
      'Content-Type': 'application/x-www-form-urlencoded', ...headers });
    assert.equal(answer.status, 200, `${body}: ${answer.text}`);
    assert.ok(Array.isArray(answer.body.data), body);
    assert.ok(Number.isInteger(answer.body.draw), body);
    if (body !== '[]') assert.ok(answer.body.error, body);
  }
  // Staff's scope works here too, and is refused as anywhere.
  const boss = await world.token('boss');
  assert.equal((await boss.get(`${PATH}&scope=all`)).body.recordsTotal, 7);
  assert.equal((await boss.get(`${PATH}&owner=demo`)).body.recordsTotal, 6);
  assert.equal((await session.get(`${PATH}&scope=all`)).status, 403);
  assert.equal((await session.get(`${PATH}&owner=other`)).status, 403);
}));

test('pages of a long table meet without gap or overlap', withWorld({},
  async (world) => {
    const session = await world.token('demo');
    const rows = Array.from({ length: 1000 }, (_, i) => ({
      instrument: `I${i % 7}`, quantity: '1', price: String(i % 13) }));
    for (let i = 0; i < 2; i++)
      assert.equal((await session.post('/api/data/', rows)).status, 201);
    const seen = [];
    for (let start = 0; start < 2000; start += 333) {
      const body = await ask(session, draw({ start, length: 333,
        order: [{ column: 1, dir: 'desc' }, { column: 4, dir: 'asc' }] }),
        ['JSON']);
      assert.equal(body.recordsFiltered, 2000);
      seen.push(...body.data.map((row) => row.id));
    }
    assert.equal(seen.length, 2000);
    assert.equal(new Set(seen).size, 2000);
    const all = await ask(session, draw({ length: -1,
      order: [{ column: 1, dir: 'desc' }, { column: 4, dir: 'asc' }] }),
      ['JSON', 'form']);
    assert.deepEqual(all.data.map((row) => row.id), seen);
  }));

test('filters of the list count beside a draw, and no other is passed over',
  withRows(async (world, session) => {
    const all = (await session.get('/api/data/?page_size=1000')).body.results;
    const sells = all.filter(({ side }) => side === 'sell').length;
    const dear = all.filter(({ price }) => Number(price) >= 10).length;
    assert.ok(sells > 0 && sells < all.length && dear < all.length);
    for (const [filter, count] of [[{ side: 'sell' }, sells],
      [{ price__gte: '10' }, dear], [{ side: 'sell', status: 'filled' }, 0]]) {
      const body = await ask(session, draw(filter));
      assert.equal(body.error, undefined);
      assert.deepEqual([body.recordsTotal, body.recordsFiltered],
                       [all.length, count]);
      // In the address of a POST, too.
      const address = `${PATH}&${encode(filter)}`;
      for (const answer of [await session.form(address, flat(draw())),
                            await session.post(address, draw()),
                            await session.get(`${address}&draw=3`)])
        assert.equal(answer.body.recordsFiltered, count, answer.text);
    }
    // So does its search, beside that of the draw.
    for (const [words, value, count] of [['sell', '', sells],
      ['sell', 'buy', 0], ['"no such"', '', 0], ['!sell', '', 6 - sells],
      ['sell nothing', '', 0], ['\u200b', '', 0], ['', '', 6]]) {
      const address = `${PATH}&${encode({ search: words })}`;
      const request = draw({ search: { value, regex: false } });
      for (const answer of [await session.form(address, flat(request)),
                            await session.post(address, request),
                            await session.get(`${address}&${encode(request)}`)])
        assert.deepEqual([answer.body.error, answer.body.recordsTotal,
                          answer.body.recordsFiltered],
                         [undefined, 6, count], words);
    }
    // What belongs to the draw is not passed over where it stands astray.
    for (const name of ['start', 'length', 'draw', 'search[value]',
                        'order[0][column]', 'searchBuilder[logic]']) {
      const { body } = await session.post(`${PATH}&${encode({ [name]: '1' })}`,
                                          draw());
      assert.equal(body.error, `${name}: belongs with the rest of the draw`);
      assert.deepEqual([body.draw, body.recordsTotal, body.data], [3, 6, []]);
    }
    const other = await session.post(`${PATH}&side=sell`,
                                     draw({ side: 'buy' }));
    assert.equal(other.body.recordsFiltered, 0);
    for (const [filter, pattern] of [[{ side: 'hold' }, /^side: /],
      [{ price__gt: '1' }, /^price__gt: unknown parameter/],
      [{ instrment: 'A' }, /^instrment: unknown parameter/],
      [{ 'search.value': 'A' }, /^search\.value: unknown parameter/]]) {
      await fails(session, draw(filter), pattern);
      const answer = await session.post(`${PATH}&${encode(filter)}`, draw());
      assert.match(answer.body.error, pattern);
    }
  }));

test('an error says which draw it is, and how many orders there are', withRows(
  async (world, session) => {
    for (const request of [draw({ length: 10001 }), draw({ start: 1.5 }),
      draw({ search: { value: '(', regex: true } }), draw({ start: 1e300 }),
      draw({ order: [{ column: 99, dir: 'asc' }] })]) {
      const body = await ask(session, request);
      assert.ok(body.error, JSON.stringify(request));
      assert.deepEqual([body.draw, body.recordsTotal, body.recordsFiltered],
                       [3, 6, 0], JSON.stringify(request));
    }
    // Where what it stands among can't even be read.
    const { body } = await session.post(PATH,
      JSON.stringify({ draw: 7, columns: Array(20000).fill(1) }),
      { 'Content-Type': 'application/json' });
    assert.deepEqual([body.draw, body.recordsTotal], [7, 6], body.error);
    assert.ok(body.error);
    for (const [type, text] of [
      ['application/json', `{"draw":8,"x":${'['.repeat(40)}${']'.repeat(40)}}`],
      ['application/json', '{"draw":8,"search":{"value":"\\ud800"}}'],
      ['application/x-www-form-urlencoded', `draw=8${'&_=1'.repeat(2000)}`],
    ]) {
      const bad = await session.post(PATH, text, { 'Content-Type': type });
      assert.deepEqual([bad.status, bad.body.draw, bad.body.recordsTotal],
                       [200, 8, 6], bad.text);
      assert.ok(bad.body.error);
    }
  }));

test('all rows are all, or none and a word', withWorld({}, async (world) => {
  const session = await world.token('demo');
  const rows = Array.from({ length: 1000 }, (_, i) => ({
    instrument: i ? 'A' : 'B', quantity: '1', price: '1' }));
  for (let i = 0; i < 10; i++)
    assert.equal((await session.post('/api/data/', rows)).status, 201);
  const whole = await ask(session, draw({ length: -1 }), ['JSON']);
  assert.equal(whole.data.length, 10000);
  await session.order({ instrument: 'A', quantity: '1', price: '1' });
  const body = await ask(session, draw({ length: -1 }), ['JSON']);
  assert.match(body.error, /^length: there are 10001 rows/);
  assert.deepEqual([body.data, body.draw, body.recordsTotal], [[], 3, 10001]);
  // Fewer that match, and a page, are fine.
  const found = await ask(session, draw({ length: -1,
    columnValues: { 1: { value: 'B' } } }), ['JSON']);
  assert.equal(found.error, undefined);
  assert.deepEqual([found.data.length, found.recordsFiltered], [10, 10]);
  assert.equal((await ask(session, draw({ length: 10000 }), ['JSON']))
    .data.length, 10000);
}));
