// Instruments over HTTP and from files, and orders that are held to them.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { Session } from './lib/http.mjs';
import { run } from './lib/processes.mjs';
import { bin, server, withWorld } from './lib/world.mjs';

const PATH = '/api/instruments/';
const bund = { symbol: 'FGBL', name: 'Bund future', currency: 'EUR',
  tick: '0.01', lot: '1', multiplier: '1000', strict: true };

async function make(session, fields) {
  const answer = await session.post(PATH, fields);
  assert.equal(answer.status, 201, answer.text);
  return answer;
}

const symbols = ({ body }) => (body.results ?? body.data)
  .map(({ symbol }) => symbol);

test('staff make, change and remove instruments, others read them', withWorld(
  {}, async (world) => {
    const boss = await world.token('boss');
    const demo = await world.token('demo');
    const made = await make(boss, { symbol: 'EDF01', lot: 10 });
    const { created, updated, ...rest } = made.body;
    assert.deepEqual(rest, { id: 1, symbol: 'EDF01', name: '', currency: null,
      tick: null, lot: '10', multiplier: '1', active: true, strict: false,
      version: 1 });
    assert.equal(updated, created);
    assert.equal(made.headers.location, `${PATH}1/`);
    assert.equal(made.headers.etag, '"1"');
    const read = await demo.get(`${PATH}1/`);
    assert.deepEqual(read.body, made.body);
    for (const answer of [await demo.post(PATH, bund),
      await demo.patch(`${PATH}1/`, { lot: '1' }),
      await demo.delete(`${PATH}1/`)])
      assert.equal(answer.status, 403, answer.text);
    const changed = await boss.patch(`${PATH}1/`,
      { name: '\u00c9lectricit\u00e9', lot: null, strict: true });
    assert.equal(changed.status, 200, changed.text);
    assert.equal(changed.body.version, 2);
    assert.equal(changed.body.lot, null);
    assert.equal((await boss.delete(`${PATH}1/`)).status, 204);
    assert.equal((await demo.get(`${PATH}1/`)).status, 404);
    const { body } = await boss.get('/api/audit/?action=instrument');
    assert.deepEqual(body.results.map(({ action, actor, changes }) =>
      [action, actor, changes.symbol]), [
      ['instrument.remove', 'boss', ['EDF01', null]],
      ['instrument.change', 'boss', ['EDF01', 'EDF01']],
      ['instrument.create', 'boss', [null, 'EDF01']],
    ]);
    assert.deepEqual(body.results[1].changes.lot, ['10', null]);
  }));

test('a change is meant for a version', withWorld({}, async (world) => {
  const boss = await world.token('boss');
  await make(boss, bund);
  const path = `${PATH}1/`;
  const lot = (value, etag) => boss.patch(path, { lot: value },
                                          { 'If-Match': etag });
  assert.equal((await lot('2', '"1"')).headers.etag, '"2"');
  const stale = await lot('3', '"1"');
  assert.equal(stale.status, 412);
  assert.equal(stale.body.current.lot, '2');
  assert.equal(stale.headers.etag, '"2"');
  assert.match(stale.body.detail, /instrument 1 is now at version 2/);
  assert.equal((await lot('3', 'W/"2", "9"')).status, 200);
  assert.equal((await lot('3', '2')).status, 400);
  assert.equal((await boss.get(path, { 'If-None-Match': '"3"' })).status, 304);
  assert.equal((await boss.get(path, { 'If-Match': '"2"' })).status, 412);
  assert.equal((await boss.delete(path, { 'If-Match': '"2"' })).status, 412);
  assert.equal((await boss.delete(path, { 'If-Match': '"3"' })).status, 204);
}));

test('every field at fault is named, of each in an array', withWorld(
  {}, async (world) => {
    const boss = await world.login('boss');
    const one = await boss.post(PATH, { tick: '0', lot: [], currency: 'eur',
      active: 'maybe', name: 7, version: 1, color: 'red' });
    assert.equal(one.status, 400);
    assert.deepEqual(Object.keys(one.body.errors).sort(), ['active', 'color',
      'currency', 'lot', 'name', 'symbol', 'tick', 'version']);
    assert.deepEqual(one.body.errors.symbol, ['is required']);
    const many = await boss.post(PATH, [bund, { symbol: 'A', tick: '-1' },
      'x', bund]);
    assert.equal(many.status, 400);
    assert.deepEqual(many.body.errors, {
      '1.tick': ['must be greater than 0'],
      '2.instrument': ['must be a JSON object'],
      '3.symbol': ['already exists'],
    });
    assert.equal((await boss.get(PATH)).body.count, 0);
    assert.equal((await boss.post(PATH, [])).status, 400);
    const made = await make(boss, [bund, { symbol: 'A' }]);
    assert.deepEqual(made.body.map(({ symbol }) => symbol), ['FGBL', 'A']);
    const form = await boss.form(PATH,
                                 { symbol: 'F', tick: '', strict: 'true' });
    assert.equal(form.status, 201, form.text);
    assert.deepEqual([form.body.tick, form.body.strict], [null, true]);
  }));

test('the list is searched, filtered, sorted and paged', withWorld(
  {}, async (world) => {
    const boss = await world.token('boss');
    const demo = await world.token('demo');
    await make(boss, [bund, { symbol: 'EDF', currency: 'EUR', name: 'Power' },
      { symbol: 'abc', currency: 'USD', active: false }]);
    const list = async (query) => {
      const answer = await demo.get(`${PATH}?${query}`);
      assert.equal(answer.status, 200, answer.text);
      return symbols(answer);
    };
    assert.deepEqual(await list(''), ['EDF', 'FGBL', 'abc']);
    assert.deepEqual(await list('search=POW'), ['EDF']);
    assert.deepEqual(await list('search=eur+!power'), ['FGBL']);
    assert.deepEqual(await list('search=%22bund fut%22'), ['FGBL']);
    assert.deepEqual(await list('currency=USD'), ['abc']);
    assert.deepEqual(await list('active=false'), ['abc']);
    assert.deepEqual(await list('strict=true'), ['FGBL']);
    assert.deepEqual(await list('symbol=EDF'), ['EDF']);
    assert.deepEqual(await list('symbols=abc,EDF,NONE'), ['EDF', 'abc']);
    assert.deepEqual(await list('ordering=-symbol'), ['FGBL', 'EDF', 'abc']);
    assert.deepEqual(await list('ordering=currency,-id'), ['EDF', 'FGBL', 'abc']);
    const { body } = await demo.get(`${PATH}?page_size=2&page=2`);
    assert.equal(body.count, 3);
    assert.equal(body.next, null);
    assert.match(body.previous, /page=1/);
    const bad = await demo.get(`${PATH}?colour=1&active=x&ordering=hue`);
    assert.deepEqual(Object.keys(bad.body.errors).sort(), ['active', 'colour']);
    assert.equal((await demo.get(`${PATH}?ordering=hue`)).status, 400);
    const many = Array.from({ length: 101 }, (_, i) => `S${i}`).join();
    assert.deepEqual((await demo.get(`${PATH}?symbols=${many}`)).body.errors,
                     { symbols: ['more than 100 symbols'] });
  }));

test('DataTables draws it', withWorld({}, async (world) => {
  const boss = await world.token('boss');
  const demo = await world.token('demo');
  await make(boss, [bund, { symbol: 'EDF', currency: 'EUR', name: 'Power' },
    { symbol: 'abc', currency: 'USD' }]);
  const draw = async (fields) => (await demo.get(`${PATH}?${
    new URLSearchParams({ format: 'datatables', draw: 7, ...fields })}`)).body;
  const columns = { 'columns[0][data]': 'symbol', 'columns[1][data]': 'name',
    'columns[2][data]': 'currency', 'columns[3][data]': '' };
  const first = await draw({ start: 1, length: 1 });
  assert.deepEqual([first.draw, first.recordsTotal, first.recordsFiltered],
                   [7, 3, 3]);
  assert.equal(first.data[0].symbol, 'FGBL');
  assert.equal(first.data[0].DT_RowId, 'instrument-1');
  const found = async (fields) => {
    const body = await draw({ ...columns, ...fields });
    assert.equal(body.error, undefined);
    assert.equal(body.recordsTotal, 3);
    return body.data.map(({ symbol }) => symbol);
  };
  assert.deepEqual(await found({ 'search[value]': 'eur' }), ['EDF', 'FGBL']);
  assert.deepEqual(await found({ 'columns[1][search][value]': 'power' }),
                   ['EDF']);
  assert.deepEqual(await found({ 'columns[0][searchable]': 'false',
                                 'search[value]': 'abc' }), []);
  assert.deepEqual(await found({ 'order[0][column]': 2,
    'order[0][dir]': 'desc', 'order[1][column]': 0 }), ['abc', 'EDF', 'FGBL']);
  assert.deepEqual(await found({ 'order[0][column]': 3 }),
                   ['EDF', 'FGBL', 'abc']);
  assert.deepEqual(await found({ length: -1, currency: 'USD' }), ['abc']);
  for (const [fields, wanted] of [
    [{ 'search[value]': 'x', 'search[regex]': 'true' }, /regular expressions/],
    [{ 'order[0][column]': 9 }, /order\[0\]: there is no such column/],
    [{ 'order[0][column]': 0, 'order[0][dir]': 'up' }, /must be asc or desc/],
    [{ 'search[fixed][0][term]': 'x' }, /not understood here/],
    [{ 'searchBuilder[criteria][0][condition]': '=' }, /searchBuilder/],
    [{ 'searchPanes[symbol][0]': 'abc' }, /not understood here/],
    [{ hue: 'red' }, /hue: unknown parameter/],
    [{ start: 'x' }, /start: must be a whole number/],
  ]) {
    const body = await draw({ ...columns, ...fields });
    assert.match(body.error, wanted);
    assert.deepEqual([body.draw, body.recordsTotal, body.recordsFiltered,
      body.data], [7, 3, 0, []]);
  }
}));

test('orders keep to tick and lot, and limits count the multiplier', withWorld(
  {}, async (world) => {
    const boss = await world.token('boss');
    const demo = await world.token('demo');
    const { body: { results: [{ id }] } } =
      await boss.get('/api/users/?search=demo');
    await make(boss, bund);
    const place = (fields) => demo.post('/api/data/',
      { instrument: 'FGBL', quantity: '2', price: '130.55', ...fields });
    const bad = await place({ quantity: '1.5', price: '130.555' });
    assert.equal(bad.status, 400);
    assert.deepEqual(bad.body.errors, {
      quantity: ['must be a multiple of the lot, 1'],
      price: ['must be a multiple of the tick, 0.01'] });
    const array = await demo.post('/api/data/', [
      { instrument: 'FGBL', quantity: '1', price: '1' },
      { instrument: 'FGBL', quantity: '1', price: '1.001' }]);
    assert.deepEqual(Object.keys(array.body.errors), ['1.price']);
    assert.equal((await place({})).status, 201);
    assert.equal((await place({ instrument: 'NEW', price: '1.001' })).status,
                 201);
    const limit = await (await world.login('boss')).patch(`/api/users/${id}/`,
      { max_notional: '261099' });
    assert.equal(limit.status, 200, limit.text);
    assert.match((await place({})).body.errors.quantity[0],
                 /times the multiplier, 1000\) must be at most 261099/);
    await boss.patch(`${PATH}1/`, { active: false });
    assert.deepEqual((await place({ quantity: '1' })).body.errors,
                     { instrument: ['is not active: no new orders'] });
  }));

test('scopes: orders or market to read, admin to write', withWorld(
  {}, async (world) => {
    const boss = await world.login('boss');
    const token = async (...scopes) => {
      const { body } = await boss.post('/api/token/', { name: 'x', scopes });
      const session = new Session(world.url);
      session.token = body.token;
      return session;
    };
    for (const [scope, read, write] of [['orders:read', 200, 403],
      ['market:read', 200, 403], ['admin', 403, 201],
      ['orders:write', 403, 403]]) {
      const session = await token(scope);
      assert.equal((await session.get(PATH)).status, read, scope);
      assert.equal((await session.post(PATH, { symbol: scope })).status, write,
                   scope);
    }
  }));

test('a file makes and changes them by their symbols', withWorld(
  {}, async (world) => {
    const boss = await world.token('boss');
    const bring = async (name, text, flags = []) => {
      await writeFile(join(world.dir, name), text);
      return run(join(bin, 'lws-app'), ['import-instruments',
        join(world.dir, name), '--database', world.database, ...flags]);
    };
    const csv = 'Symbol;Name;Currency;Tick;Lot;Multiplier;Strict\n' +
      'FGBL;Bund;EUR;0,01;1;1.000,0;TRUE\nEDF;Power;EUR;;;;false\n';
    const dry = await bring('a.csv', csv, ['--dry-run']);
    if (server) assert.match(dry.err, /dry_run.*PostgreSQL/);
    else assert.equal(dry.out,
      '2 instruments created, 0 changed, 0 unchanged; nothing was done\n');
    // An empty cell says nothing.
    const first = await bring('a.csv', csv);
    assert.equal(first.code, 0, first.err);
    assert.equal(first.out,
                 '2 instruments created, 0 changed, 0 unchanged\n');
    const { body: { results } } = await boss.get(`${PATH}?ordering=-symbol`);
    assert.deepEqual(results.map(({ symbol, tick, multiplier, strict }) =>
      [symbol, tick, multiplier, strict]),
    [['FGBL', '0.01', '1000', true], ['EDF', null, '1', false]]);
    const lines = results.map((one) => JSON.stringify(one)).join('\n')
      .replace('"0.01"', '0.05');
    const again = await bring('b.ndjson', lines);
    assert.equal(again.out,
                 '0 instruments created, 1 changed, 1 unchanged\n', again.err);
    const bad = await bring('c.csv', 'symbol,tick\nA,1\nB,0\n');
    assert.equal(bad.code, 1);
    assert.match(bad.err, /c\.csv:3: tick: must be greater than 0/);
    assert.equal((await boss.get(PATH)).body.count, 2);
    const heads = await bring('d.csv', 'ticker,tick\nA,1\n');
    assert.match(heads.err, /--map NAME=FIELD/);
    assert.equal((await bring('d.csv', 'ticker,tick\nA,1\n',
      ['--map', 'ticker=symbol'])).code, 0);
    const { body: audit } = await boss.get('/api/audit/?action=instrument');
    assert.deepEqual([audit.results[0].actor, audit.results[0].address],
                     [null, 'command']);
  }));
