// What SearchBuilder, SearchPanes and ColumnControl ask of a server, held
// against an oracle over the same rows: by the database and from memory, by
// GET, form and JSON, and as a live view.
import assert from 'node:assert/strict';
import test from 'node:test';
import { PATH, ask, draw, fails, flat, ways } from './lib/draws.mjs';
import { change } from './lib/rows.mjs';
import { withWorld } from './lib/world.mjs';

const COLUMNS = ['id', 'instrument', 'side', 'quantity', 'price', 'status',
                 'average_price', 'client_order_id', 'created'];
const NUMBERS = ['id', 'quantity', 'price', 'average_price'];
const ROWS = 300; // enough to be kept in memory

let seed = 20260131;
function pick(from) {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  return from[(seed >>> 8) % from.length];
}

// Rows with few values, so that conditions meet some of them; some filled.
const withRows = (settings, body) => withWorld({ settings }, async (world) => {
  const session = await world.token('demo');
  for (let made = 0; made < ROWS; made += 100) {
    const answer = await session.post('/api/data/', Array.from({ length: 100 },
      (_, i) => ({ instrument: pick(['EDF01', 'edf01', 'AXA', 'Bund 10', 'EDF']),
        side: pick(['buy', 'sell']), quantity: pick(['1', '10', '2.5']),
        price: pick(['-1', '0', '9.5', '10', '95']),
        ...i % 3 ? {} : { client_order_id: `c-${made + i}` } })));
    assert.equal(answer.status, 201, answer.text);
  }
  const boss = await world.token('boss');
  for (let id = 1; id <= ROWS; id += 4) {
    const answer = await boss.patch(`/api/data/${id}/`, { status: 'filled',
      filled_quantity: '1', average_price: pick(['9.5', '10']) });
    assert.equal(answer.status, 200, answer.text);
  }
  const rows = (await session.get('/api/data/?page_size=1000')).body.results;
  assert.equal(rows.length, ROWS);
  await body(world, session, rows);
});

// Without memory every answer is the database's.
const everywhere = (name, body) => {
  test(`${name}, from memory`, withRows([], body));
  test(`${name}, from the database`, withRows(['--search-memory', '0'], body));
};

const request = (changes = {}) => draw({ length: 500, columns:
  COLUMNS.map((data) => ({ data, name: '', searchable: true, orderable: true,
    search: { value: '', regex: false } })), ...changes });

const text = (row, column) => row[column] === null ? null : String(row[column]);

// What each condition means, of a row.
const MEANS = {
  '=': (a, b) => a !== null && a === b[0],
  '<': (a, b) => a !== null && a < b[0],
  '<=': (a, b) => a !== null && a <= b[0],
  '>': (a, b) => a !== null && a > b[0],
  '>=': (a, b) => a !== null && a >= b[0],
  between: (a, b) => a !== null && a >= b[0] && a <= b[1],
  null: (a) => a === null,
  contains: (a, b) => a !== null && a.includes(b[0]),
  starts: (a, b) => a !== null && a.startsWith(b[0]),
  ends: (a, b) => a !== null && a.endsWith(b[0]),
};
function meets(row, { condition, origData, value }) {
  const name = condition.replace(/^!/, '');
  const isNumber = NUMBERS.includes(origData) &&
    !['contains', 'starts', 'ends'].includes(name);
  const read = (one) => one === null ? null
    : isNumber ? Number(one.toString().replaceAll(',', '')) : String(one).toLowerCase();
  const is = MEANS[name](read(row[origData]), value.map(read));
  return name === condition ? is : !is;
}
function meetsGroup(row, { logic, criteria }) {
  const met = criteria.map((one) => one.criteria ? meetsGroup(row, one)
    : meets(row, one));
  return logic === 'OR' ? met.some(Boolean) : met.every(Boolean);
}

function criterion() {
  const origData = pick(COLUMNS.filter((name) => name !== 'created'));
  const isNumber = NUMBERS.includes(origData);
  const words = ['contains', '!contains', 'starts', '!starts', 'ends', '!ends',
                 '=', '!=', 'null', '!null'];
  const condition = pick(isNumber
    ? ['=', '!=', '<', '<=', '>', '>=', 'between', '!between', 'null', '!null',
       'contains', 'starts']
    : words);
  const values = isNumber ? ['1', '9.5', '10', '50', '-1', '200']
    : ['EDF', 'e', '01', 'BUY', 'sell', 'c-1', 'filled', 'AXA', 'new', 'Bund 10',
       'EDF01'];
  let value = [pick(values), pick(values)].sort((a, b) => a - b);
  value = value.slice(0, condition.includes('between') ? 2 :
    condition.includes('null') ? 0 : 1);
  if (origData === 'id' && value.length === 2) value.sort((a, b) => a - b);
  return { condition, data: origData, origData, type: 'string', value };
}
const group = (depth) => ({ logic: pick(['AND', 'OR']),
  criteria: Array.from({ length: pick([1, 2, 3]) }, () =>
    depth && pick([true, false]) ? group(depth - 1) : criterion()) });

everywhere('SearchBuilder means what it says', async (world, session, rows) => {
  const stream = await world.open(session);
  const bodies = Array.from({ length: 60 }, () => group(2));
  const alone = (condition, origData, value) => bodies.push({ logic: 'AND',
    criteria: [{ condition, origData, data: 'x', value }] });
  for (const name of ['=', '!=', '<', '<=', '>', '>=']) {
    for (const origData of ['average_price', 'price'])
      alone(name, origData, ['9.5']);
    for (const value of ['9.5', '-1.5', '-1', '9.0', '0', '250.00000001'])
      alone(name, 'id', [value]);
  }
  for (const name of ['null', '!null'])
    for (const origData of ['average_price', 'price']) alone(name, origData, []);
  alone('between', 'id', ['-1.5', '9.5']);
  // As a page with marks between thousands has it sent.
  for (const name of ['<', '>', '=', '!='])
    for (const [origData, value] of [['price', '-1,000.5'], ['id', '1,000'],
                                     ['price', '+10.0'], ['price', '1,000,000']])
      alone(name, origData, [value]);
  for (const searchBuilder of bodies) {
    const wanted = rows.filter((row) => meetsGroup(row, searchBuilder))
      .map(({ id }) => id).sort((a, b) => a - b);
    const params = request({ searchBuilder });
    const answer = await ask(session, params, ['GET', 'form', 'JSON']);
    const what = JSON.stringify(searchBuilder);
    assert.equal(answer.error, undefined, what);
    assert.deepEqual(answer.data.map(({ id }) => id), wanted, what);
    assert.deepEqual([answer.recordsTotal, answer.recordsFiltered],
                     [ROWS, wanted.length], what);
    const view = await stream.ask({ command: 'view', id: 'grid', params });
    assert.equal(view.status, 'ok', JSON.stringify(view));
    assert.deepEqual(view.data.map(({ id }) => id), wanted, what);
  }
});

everywhere('a status is found as it is shown', async (world, session) => {
  const boss = await world.token('boss');
  const { id } = await session.order({ instrument: 'PART', quantity: '2' });
  await boss.patch(`/api/data/${id}/`, { status: 'partially_filled',
    filled_quantity: '1', average_price: '1' });
  const builder = (condition, value) => ({ searchBuilder: { logic: 'AND',
    criteria: [{ condition, origData: 'status', data: 'Status', value }] } });
  const control = (logic, value) => {
    const columns = structuredClone(request().columns);
    columns[COLUMNS.indexOf('status')].columnControl =
      { search: { logic, value, type: 'text' } };
    return { columns };
  };
  const found = async (changes) => {
    const answer = await ask(session, request(changes), ['GET', 'form', 'JSON']);
    assert.equal(answer.error, undefined);
    return answer.recordsFiltered;
  };
  for (const changes of [builder('=', ['Partially Filled']),
    builder('contains', ['y f']), builder('starts', ['partially ']),
    builder('ends', ['ly filled']), builder('contains', ['LY_F']),
    control('equal', 'partially filled'), control('contains', '"y f"'),
    control('starts', 'partially f'), control('ends', 'ly filled')])
    assert.equal(await found(changes), 1, JSON.stringify(changes));
  for (const changes of [builder('!=', ['partially filled']),
    builder('!contains', ['y f']), control('notEqual', 'partially filled')])
    assert.equal(await found(changes), ROWS, JSON.stringify(changes));
  assert.equal(await found(builder('=', ['partially'])), 0);
});

test('a live view follows the conditions of SearchBuilder',
  withRows([], async (world, session) => {
    const stream = await world.open(session);
    const searchBuilder = { logic: 'OR', criteria: [
      { condition: '>', data: 'Price', origData: 'price', value: ['1000'] },
      { criteria: [{ condition: 'starts', origData: 'instrument', value: ['zz'] },
        { condition: '!=', origData: 'side', value: ['buy'] }], logic: 'AND' }] };
    const view = await stream.ask({ command: 'view', id: 'grid',
      params: request({ searchBuilder, length: 10 }) });
    assert.deepEqual(view.data, []);
    await session.order({ instrument: 'ZZ1', side: 'buy' });
    const order = await session.order({ instrument: 'ZZ1', side: 'sell' });
    let frame = await stream.next();
    while (!frame.ids?.length) frame = await stream.next();
    assert.deepEqual(frame.ids, [order.id]);
    assert.equal(frame.recordsFiltered, 1);
  }));

const count = (rows, column) => {
  const counts = {};
  for (const row of rows) {
    const value = text(row, column) ?? '';
    counts[value] = (counts[value] ?? 0) + 1;
  }
  return counts;
};

everywhere('SearchPanes has its options and counts', async (world, session,
                                                            rows) => {
  const panes = (searchPanes, more = {}) => ask(session, request({ searchPanes,
    searchPanes_options: { cascade: false, viewCount: true, viewTotal: true },
    ...more }), ['GET', 'form', 'JSON']);
  // Nothing is picked yet.
  let { searchPanes: { options }, ...body } = await panes({});
  assert.equal(body.recordsFiltered, ROWS);
  assert.deepEqual(Object.keys(options), ['instrument', 'side', 'quantity',
    'price', 'status', 'average_price', 'client_order_id']);
  for (const [column, list] of Object.entries(options)) {
    const wanted = count(rows, column);
    assert.deepEqual(Object.fromEntries(list.map(({ value, total }) =>
      [value, total])), wanted, column);
    assert.ok(list.every((one) => one.label === one.value &&
                         one.count === one.total));
  }
  assert.deepEqual(options.price.map(({ label }) => label),
                   ['-1', '0', '9.5', '10', '95']);
  assert.deepEqual(options.side.map(({ label }) => label), ['buy', 'sell']);
  assert.equal(options.client_order_id[0].label, '');
  assert.deepEqual(options.instrument.map(({ label }) => label),
                   ['AXA', 'Bund 10', 'EDF', 'EDF01', 'edf01']);

  const picked = { side: { 0: 'buy' }, price: { 0: '9.5', 1: '10' } };
  const found = rows.filter((row) => row.side === 'buy' &&
    ['9.5', '10'].includes(row.price));
  ({ searchPanes: { options }, ...body } = await panes(picked));
  assert.equal(body.recordsFiltered, found.length);
  assert.equal(body.recordsTotal, ROWS);
  for (const [column, list] of Object.entries(options)) {
    const totals = count(rows, column);
    const counts = count(found, column);
    for (const { value, total, count: shown } of list)
      assert.deepEqual([total, shown], [totals[value], counts[value] ?? 0],
                       `${column} ${value}`);
  }
  // A live view takes what is picked; its counts stay HTTP's.
  const stream = await world.open(session);
  const view = await stream.ask({ command: 'view', id: 'grid', params: request({
    searchPanes: picked, columns: request().columns.map((one) => ({ ...one,
      ...one.data === 'status' && { columnControl: { list: { 0: 'new' } } } })) }) });
  assert.equal(view.status, 'ok', JSON.stringify(view));
  assert.equal(view.recordsFiltered,
               found.filter(({ status }) => status === 'new').length);
  assert.equal(view.searchPanes ?? view.columnControl, undefined);
  // Of the pane that was picked from last, cascading, what could be picked
  // beside it; filters in the address count for totals as well.
  ({ searchPanes: { options } } = await panes(picked, { status: 'new',
    searchPanesLast: 'price', searchPanes_options: { cascade: true } }));
  const open = rows.filter(({ status }) => status === 'new');
  assert.deepEqual(Object.fromEntries(options.price.map((one) =>
    [one.value, one.total])), count(open, 'price'));
  const beside = count(open.filter(({ side }) => side === 'buy'), 'price');
  for (const one of options.price)
    assert.equal(one.count, beside[one.value] ?? 0);
  assert.equal(options.side.find(({ value }) => value === 'sell').count, 0);
  // Nothing at all can be picked, too.
  body = await panes({ client_order_id: { 0: '' } },
                     { searchPanes_null: { client_order_id: { 0: true } } });
  assert.equal(body.recordsFiltered,
               rows.filter((row) => row.client_order_id === null).length);
});

everywhere('ColumnControl searches, and has its lists', async (world, session,
                                                              rows) => {
  const control = (column, columnControl, more) => {
    const one = request(more);
    one.columns.find(({ data }) => data === column).columnControl = columnControl;
    return ask(session, one, ['GET', 'form', 'JSON']);
  };
  const names = { equal: '=', notEqual: '!=', greater: '>', greaterOrEqual: '>=',
    less: '<', lessOrEqual: '<=', starts: 'starts', ends: 'ends',
    contains: 'contains', notContains: '!contains', empty: 'null',
    notEmpty: '!null' };
  for (const [logic, condition] of Object.entries(names)) {
    for (const [column, value] of [['instrument', 'eDf0'], ['instrument', '01'],
      ['price', '9.5'], ['average_price', '10'], ['client_order_id', 'c-1']]) {
      const isNumber = NUMBERS.includes(column);
      if (!isNumber && /great|less/.test(logic)) continue;
      const wanted = rows.filter((row) => meets(row, { condition,
        origData: column, value: [value] })).length;
      const body = await control(column, { search: { value, logic,
        type: isNumber ? 'num' : 'text' } });
      assert.equal(body.error, undefined);
      assert.equal(body.recordsFiltered, wanted, `${column} ${logic}`);
      assert.deepEqual(body.columnControl.side,
        [{ label: 'buy', value: 'buy' }, { label: 'sell', value: 'sell' }]);
    }
  }
  let body = await control('instrument', { list: { 0: 'AXA', 1: 'EDF' } });
  assert.equal(body.recordsFiltered,
    rows.filter((row) => ['AXA', 'EDF'].includes(row.instrument)).length);
  // Not cut short by what is picked.
  assert.deepEqual(body.columnControl.instrument.map(({ value }) => value),
                   ['AXA', 'Bund 10', 'EDF', 'EDF01', 'edf01']);
  // By name, in the address too.
  for (const way of ['GET', 'form', 'JSON'])
    assert.deepEqual(Object.keys((await ways[way](session,
      request({ lists: 'price,side' }))).body.columnControl), ['side', 'price']);
  body = (await session.form(`${PATH}&lists=status`, flat(request()))).body;
  assert.deepEqual(body.searchBuilder.options, body.columnControl);
  assert.deepEqual(Object.keys(body.searchBuilder.options), ['status']);
  assert.deepEqual(body.columnControl, { status: [
    { label: 'new', value: 'new' }, { label: 'filled', value: 'filled' }] });
  assert.equal((await ask(session, request())).columnControl, undefined);
  await fails(session, request({ lists: 'prize' }), /^lists: prize/);
});

test('of too many values there is no list, and who asked for it is told so',
  withWorld({}, async (world) => {
    const session = await world.token('demo');
    assert.equal((await session.post('/api/data/', Array.from({ length: 1000 },
      (_, i) => ({ instrument: `I${i}`, quantity: '1', price: '1' })))).status,
    201);
    const asked = request({ lists: 'instrument' });
    const { columnControl } = await ask(session, asked);
    assert.equal(columnControl.instrument.length, 1000);
    await session.order({ instrument: 'one more' });
    await fails(session, asked, /^lists: instrument has more than 1000/);
    const { searchPanes } = await ask(session, request({ searchPanes_options:
      { cascade: false } }));
    assert.equal(searchPanes.options.instrument, undefined);
    assert.equal(searchPanes.options.side[0].total, 1001);
  }));

test('a day is the calendar\'s in its zone, with 23 or 25 hours', withWorld({},
  async (world) => {
    const session = await world.token('demo');
    // Around both ends of two days in Paris.
    const times = ['2026-03-28T22:59:59.999999Z', '2026-03-28T23:00:00Z',
      '2026-03-29T21:59:59.999999Z', '2026-03-29T22:00:00Z',
      '2026-10-24T21:59:59.999999Z', '2026-10-24T22:00:00Z',
      '2026-10-25T22:59:59.999999Z', '2026-10-25T23:00:00Z'];
    for (const time of times) await session.order({ instrument: time });
    await change(world.database, ...times.map((time, i) => {
      const [, whole, part] = /^(.*?)(?:\.(\d+))?Z$/.exec(time);
      const us = Date.parse(`${whole}Z`) * 1000 + Number(part ?? 0);
      return `UPDATE orders SET created = ${us} WHERE id = ${i + 1}`;
    }));
    const cases = [
      ['created=2026-03-29', [2, 3]], ['created=2026-10-25', [6, 7]],
      ['created__gte=2026-03-29&created__lte=2026-03-29', [2, 3]],
      ['created__lte=2026-03-29', [1, 2, 3]],
      ['created__gte=2026-10-25', [6, 7, 8]],
    ];
    for (const [filter, wanted] of cases) {
      const list = await session.get(
        `/api/data/?ordering=id&tz=Europe/Paris&${filter}`);
      assert.deepEqual(list.body.results.map(({ id }) => id), wanted, filter);
      const { body } = await session.form(
        `${PATH}&tz=Europe/Paris&${filter}`, flat(request()));
      assert.deepEqual(body.data.map(({ id }) => id), wanted, filter);
    }
    const utc = await session.get('/api/data/?ordering=id&created=2026-03-29');
    assert.deepEqual(utc.body.results.map(({ id }) => id), [3, 4]);
    const builder = (condition, ...value) => ask(session, request({
      tz: 'Europe/Paris', searchBuilder: { logic: 'AND', criteria: [{ condition,
        data: 'Created', origData: 'created', type: 'date', value }] } }));
    for (const [condition, value, wanted] of [
      ['=', ['2026-03-29'], [2, 3]], ['<', ['2026-03-29'], [1]],
      ['>', ['2026-03-29'], [4, 5, 6, 7, 8]],
      ['!between', ['2026-03-29', '2026-10-25'], [1, 8]],
      ['!null', [], [1, 2, 3, 4, 5, 6, 7, 8]]])
      assert.deepEqual((await builder(condition, ...value)).data
        .map(({ id }) => id), wanted, condition);

    const bad = await session.get('/api/data/?created=2026-03-29&tz=Mars/Base');
    assert.equal(bad.status, 400);
    assert.match(bad.body.errors.tz[0], /Mars\/Base is not a time zone/);
    await fails(session, request({ tz: '../etc/passwd' }), /^tz: /);
    assert.equal((await session.get('/api/data/?created=2026-02-30')).status,
                 400);
  }));
