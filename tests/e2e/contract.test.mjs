// Every route that the description tells of, driven with good and bad input by
// all that may and may not use it: nothing is answered that it does not tell
// of, and it tells of nothing that is never answered.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Contract, METHODS } from './lib/contract.mjs';
import { Session } from './lib/http.mjs';
import { codeOf, withinAStep, wrongCode } from './lib/totp.mjs';
import { World } from './lib/world.mjs';

let world;
let contract;
let who; // sessions by name; cookie logins, and *Token with a token

before(async () => {
  world = await World.start({ settings: ['--login-per-account', '3'] });
  contract = await Contract.of(world);
  who = {
    nobody: new Session(world.url),
    demo: await world.login('demo'), demoToken: await world.token('demo'),
    other: await world.login('other'),
    boss: await world.login('boss'), bossToken: await world.token('boss'),
  };
});
after(() => world.stop());

const drive = (session, ...rest) => contract.drive(who[session], ...rest);
const get = (session, path, status = 200) =>
  drive(session, 'GET', path, { status });
const order = (fields) => ({ instrument: 'EDF01', quantity: '100',
                             price: '10.5', ...fields });

test('the resources, the description, and who one is', async () => {
  for (const session of ['demo', 'demoToken', 'boss']) {
    const { body } = await get(session, '/api/');
    for (const address of Object.values(body))
      assert.ok(contract.operations.some(({ pattern }) =>
        pattern.test(new URL(address).pathname)), address);
    await get(session, '/api/me/');
  }
  const { headers: { etag } } = await get('nobody', '/api/schema/');
  await drive('nobody', 'GET', '/api/schema/', { status: 304,
    headers: { 'If-None-Match': etag } });
  await drive('nobody', 'GET', '/api/schema/', { status: 412,
    headers: { 'If-Match': '"another"' } });
  await get('nobody', '/api/docs/');
  await get('nobody', '/healthz');
  await get('nobody', '/readyz');
});

test('orders: placed, listed, changed, removed', async () => {
  const place = (session, body, status) =>
    drive(session, 'POST', '/api/data/', { body, status });
  const made = await place('demo', order({ client_order_id: 'a' }), 201);
  const path = made.headers.location;
  assert.equal(path, `/api/data/${made.body.id}/`);
  assert.ok(made.headers.etag);
  await place('demo', order({ client_order_id: 'a' }), 200);
  await place('demo', order({ client_order_id: 'a', price: 2 }), 409);
  await place('demoToken', order({ side: 'sell', quantity: 1.5, price: -2e1 }),
              201);
  await place('demo', [order(), order({ price: '0' })], 201);
  await place('boss', order({ owner: 'demo', status: 'filled',
                              filled_quantity: '100', average_price: '10.4' }),
              201);
  await place('demo', order({ owner: 'other' }), 403);
  await place('demo', { instrument: '', quantity: 0, price: 'x', nothing: 1 },
              400);
  await place('demo', [order(), { side: 'up' }], 400);
  await place('demo', [], 400);
  await drive('demo', 'POST', '/api/data/', { status: 201,
    body: 'instrument=F&quantity=1&price=1',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });

  for (const query of ['', '?page=2&page_size=2', '?cursor=&page_size=2',
                       '?side=buy&price__gte=1&instrument__contains=edf',
                       '?search=EDF&ordering=-price,id', '?format=json'])
    await get('demo', `/api/data/${query}`);
  await get('boss', '/api/data/?scope=all');
  await get('boss', '/api/data/?owner=demo&average_price=10.4');
  await get('demo', '/api/data/?format=csv&side=buy');
  await get('boss', '/api/data/?format=ndjson&scope=all');
  await get('demo', '/api/data/?format=csv&page=1', 400);
  for (const query of ['?scope=all', '?owner=other'])
    await get('demo', `/api/data/${query}`, 403);
  const bad = await get('demo', '/api/data/?page=0&nothing=1&price__gte=x',
                        400);
  assert.deepEqual(Object.keys(bad.body.errors).sort(),
                   ['nothing', 'page', 'price__gte']);

  const draw = 'draw=3&start=0&length=2&search[value]=edf&order[0][column]=1&' +
    'order[0][dir]=desc&columns[0][data]=instrument&columns[1][data]=price';
  const table = await get('demo', `/api/data/?format=datatables&${draw}`);
  assert.equal(table.body.data.length, 2);
  const wrong = await get('demo',
                          '/api/data/?format=datatables&draw=x&length=-5');
  assert.ok(wrong.body.error);
  await drive('demo', 'POST', '/api/data/?format=datatables', { status: 200,
    body: draw, headers: {
      'Content-Type': 'application/x-www-form-urlencoded' } });
  await drive('demo', 'POST', '/api/data/?format=datatables', { status: 200,
    body: { draw: 4, start: 0, length: 10, order: [{ column: 0, dir: 'desc',
      name: '' }], search: { value: '', regex: false, fixed: [] }, columns: [
      { data: 'id', name: '', searchable: true, orderable: true,
        search: { value: '', regex: false, fixed: [] } }] } });

  const change = (session, method, body, status, headers) =>
    drive(session, method, path, { body, status, headers });
  const shown = await get('demo', path);
  await drive('demo', 'GET', path, { status: 304,
    headers: { 'If-None-Match': shown.headers.etag } });
  await drive('demo', 'GET', path, { status: 412,
    headers: { 'If-Match': '"0"' } });
  await get('boss', path);
  await get('other', path, 404);
  await change('demo', 'PATCH', { price: '11' }, 200,
               { 'If-Match': shown.headers.etag });
  for (const method of ['PATCH', 'PUT']) {
    const stale = await change('demo', method, order(), 412,
                               { 'If-Match': shown.headers.etag });
    assert.equal(stale.body.current.price, '11');
  }
  await change('demo', 'PUT', order({ price: '12', client_order_id: 'a' }),
               200);
  await change('demo', 'PUT', { price: '12' }, 400);
  await change('demo', 'PATCH', { id: 3, nothing: 1, status: 'filled' }, 400);
  await change('other', 'PATCH', { price: '1' }, 404);
  await change('boss', 'PATCH', { owner: 'other' }, 200);
  await change('boss', 'PATCH', { owner: 'demo', average_price: null }, 200);
  await drive('demo', 'DELETE', path, { status: 412,
                                        headers: { 'If-Match': '"1"' } });
  await drive('demo', 'DELETE', path, { status: 204 });
  await get('demo', path, 404);
  await get('demo', `${path}history/?page_size=2`);
  await get('boss', `${path}history/`);
  await get('other', `/api/data/${made.body.id + 1}/history/`, 404);
  await get('demo', `${path}history/?page_size=0&nothing=1`, 400);
  for (const method of ['PATCH', 'PUT']) {
    await place('demo', order({ client_order_id: `taken ${method}` }), 201);
    const { body } = await place('demo', order(), 201);
    await drive('demo', method, `/api/data/${body.id}/`, { status: 409,
      body: order({ client_order_id: `taken ${method}` }) });
  }
  await get('boss', '/api/audit/?page_size=5');
  await get('boss', `/api/audit/?actor=demo&action=order&order=${made.body.id}`);
  await get('boss', '/api/audit/?actor=nobody&since=x', 400);
  const text = 'instrument,quantity,price\nFILE,1,1\nFILE,0,1\n';
  await drive('boss', 'POST', '/api/data/import/', { status: 200, body: {
    format: 'csv', dry_run: true, owner: 'demo', decimal: '.', map: '',
    lines_before: 0, text } });
  await drive('boss', 'POST', '/api/data/import/',
    { status: 400, body: { format: 'csv', text } });
  const several = (body, status) =>
    drive('demo', 'POST', '/api/data/bulk/', { body, status });
  const { body: two } = await place('demo', [order(), order()], 201);
  await several({ action: 'cancel', orders: [two[0].id] }, 200);
  await several({ action: 'cancel', orders: [two[0].id] }, 200);
  const { body: full } = await place('boss', order({ owner: 'demo',
    status: 'filled', filled_quantity: '100' }), 201);
  const { body: partly } = await several(
    { action: 'cancel', orders: [two[0].id, full.id] }, 200);
  assert.deepEqual(partly.left.map(({ id }) => id), [full.id]);
  await several({ action: 'delete', orders: [full.id] }, 409);
  await drive('demo', 'DELETE', `/api/data/${full.id}/`, { status: 409 });
  const cancel = { status: 'canceled', correct: true };
  await drive('boss', 'PUT', `/api/data/${full.id}/`,
              { status: 200, body: order(cancel) });
  await several({ action: 'delete', orders: two.map(({ id }) => ({ id })) },
                200);
  await several({ action: 'sell', orders: ['x'] }, 400);
  for (const where of ['/api/data/', `/api/data/${made.body.id}/`]) {
    const { body, headers } = await drive('demo', 'OPTIONS', where,
                                          { status: 200 });
    const told = await drive('nobody', 'OPTIONS', where, { status: 204 });
    assert.equal(told.headers.allow, headers.allow);
    // The column table says the same in both places.
    const fields = contract.document.components.schemas.OrderInput;
    for (const [name, { required }] of Object.entries(body.fields))
      assert.equal(required, fields.required.includes(name), name);
    const named = contract.document.paths[where.replace(/\d+/, '{id}')];
    assert.deepEqual(headers.allow.toLowerCase().split(', ').sort(),
                     [...Object.keys(named), 'head'].sort());
  }
});

test('a token that may do nothing of it', async () => {
  const { body } = await drive('demo', 'POST', '/api/token/', { status: 200,
    body: { name: 'admin', expires_in: 60, scopes: ['admin'] } });
  who.scoped = new Session(world.url);
  who.scoped.token = body.token;
  const { body: { id } } = await drive('demo', 'POST', '/api/data/',
                                       { body: order(), status: 201 });
  for (const where of ['/api/data/', `/api/data/${id}/`]) {
    await get('scoped', where, 403);
    await drive('scoped', 'OPTIONS', where, { status: 403 });
  }
  await get('scoped', `/api/data/${id}/history/`, 403);
  await get('scoped', '/api/latency/', 403);
  await drive('demo', 'DELETE', `/api/data/${id}/`, { status: 204 });
  for (const wrong of [{ scopes: [] }, { expires_in: 5 }, { nothing: 1 }])
    await drive('demo', 'POST', '/api/token/', { body: wrong, status: 400 });
});

test('how busy it is', async () => {
  await get('boss', '/api/admin/');
  await get('boss', '/api/admin/hour/');
  await get('demo', '/api/latency/');
  await drive('boss', 'DELETE', '/api/views/7/', { status: 404 });
  const stream = await world.open(who.demo);
  await stream.ask({ command: 'view', id: 'grid', query: {} });
  const { body: { results } } = await get('boss', '/api/views/');
  await drive('boss', 'DELETE', `/api/views/${results[0].id}/`, { status: 204 });
  stream.socket.close();
  await stream.closed;
  await get('bossToken', '/api/admin/');
});

test('websockets that are open', async () => {
  const { body: { id } } = await get('demo', '/api/me/');
  const path = `/api/users/${id}/sockets/`;
  const stream = await world.open(who.demo);
  const { body } = await get('boss', path);
  assert.equal(body.count, 1);
  await get('boss', `${path}?page=2&page_size=3`);
  await get('boss', `${path}?page=x&nothing=1`, 400);
  await drive('boss', 'DELETE', `${path}${body.results[0].id}/`,
              { status: 204 });
  assert.equal((await stream.closed).code, 4401);
});

test('tokens and tickets', async () => {
  const login = { username: 'other', password: 'other-secret' };
  const make = (session, body, status) =>
    drive(session, 'POST', '/api/token/', { body, status });
  const { body } = await make('nobody', { ...login, name: 'script' }, 200);
  await make('demo', { name: 'by cookie' }, 200);
  await make('demo', {}, 200);
  await make('nobody', {}, 400);
  await make('nobody', { username: 'other' }, 400);
  await make('demoToken', {}, 403);
  await make('nobody', { ...login, name: 'x'.repeat(65) }, 400);
  await get('other', '/api/token/');
  await get('demoToken', '/api/token/', 403);
  await drive('demo', 'DELETE', `/api/token/${body.id}/`, { status: 404 });
  await drive('other', 'DELETE', `/api/token/${body.id}/`, { status: 204 });
  for (const status of [401, 401, 401, 429])
    await make('nobody', { username: 'boss', password: 'no' }, status);
  let answer;
  for (let i = 0; i < 60 && answer?.status !== 409; i++)
    answer = await make('demo', {});
  assert.equal(answer.status, 409);
  for (const session of ['demo', 'demoToken'])
    await drive(session, 'POST', '/api/ticket/', { status: 201 });
});

test('users, and oneself', async () => {
  const password = 'plenty-Long-2481-enough';
  const send = (session, method, path, body, status) =>
    drive(session, method, path, { body, status });
  const { body } = await send('boss', 'POST', '/api/users/',
    { username: 'new', password, email: 'n@example.org' }, 201);
  await send('boss', 'POST', '/api/users/', { username: 'new', password }, 400);
  const at = `/api/users/${body.id}/`;
  await get('boss', '/api/users/?search=ne&is_active=true&ordering=-username');
  await get('boss', at);
  await send('boss', 'PATCH', at, { is_staff: true, last_name: 'N' }, 200);
  await send('boss', 'PATCH', at, { username: 'x' }, 400);
  await send('boss', 'POST', `${at}password/`, { password: `${password}2` },
             204);
  await send('boss', 'POST', `${at}password/`, { password: 'new' }, 400);
  const me = (await get('boss', '/api/me/')).body.id;
  await send('boss', 'PATCH', `/api/users/${me}/`, { is_active: false }, 409);
  who.new = await world.login('new', `${password}2`);
  await send('new', 'PATCH', '/api/me/', { first_name: 'N' }, 200);
  await get('new', '/api/me/activity/?page_size=2');
  await send('new', 'POST', '/api/confirm/',
             { password: `${password}2` }, 204);
  await send('new', 'POST', '/api/confirm/', { password: 'x' }, 400);
  await send('new', 'POST', '/api/me/password/', { old_password: 'x',
    new_password: password }, 400);
  await send('new', 'POST', '/api/me/password/',
    { old_password: `${password}2`, new_password: password }, 204);
  await get('new', '/api/me/');

  const another = await world.login('new', password);
  await get('new', '/api/sessions/');
  const { body: logins } = await get('boss', `${at}sessions/`);
  const end = (session, path, status) =>
    drive(session, 'DELETE', path, { status });
  await end('boss', `${at}sessions/${logins.results[0].id}/`, 204);
  assert.equal((await another.get('/api/me/')).status, 401);
  await end('new', '/api/sessions/?keep=current', 204);
  await end('new', '/api/sessions/?keep=all', 400);
  await send('new', 'POST', '/api/token/', { name: 'x' }, 200);
  const { body: tokens } = await get('boss', `${at}tokens/`);
  await end('boss', `${at}tokens/${tokens.results[0].id}/`, 204);
  await world.login('new', password);
  const { body: mine } = await get('new', '/api/sessions/');
  await end('new', `/api/sessions/${mine.results.find(({ current }) =>
    !current).id}/`, 204);
  await end('new', '/api/sessions/', 204);
  await end('boss', `${at}sessions/`, 204);
});

// What every such route refuses, by what the description says of it.
const anAddress = (path) => path.replace(/\{\w+\}/g, '1');
const isPublic = ({ security }) => security.some((s) => !Object.keys(s).length);
const takes = (operation, scheme) =>
  operation.security.some((s) => scheme in s);
const aBody = (operation) => operation.requestBody ? '{}' : undefined;

// Versions of one thing: read, and changed by those who know which one it is.
async function versions(path, change, changes) {
  const { headers: { etag } } = await get('boss', path);
  await drive('boss', 'GET', path, { status: 304,
    headers: { 'If-None-Match': etag } });
  await drive('boss', 'GET', path, { status: 412,
    headers: { 'If-Match': '"999999999"' } });
  for (const method of changes) {
    await drive('boss', method, path, { body: change, status: 200 });
    await drive('boss', method, path, { body: change, status: 412,
      headers: { 'If-Match': etag } });
  }
  await drive('boss', 'DELETE', path, { status: 412,
    headers: { 'If-Match': etag } });
  await drive('boss', 'DELETE', path, { status: 204 });
}

test('instruments', async () => {
  const path = '/api/instruments/';
  const make = (body, status) =>
    drive('boss', 'POST', path, { body, status });
  const made = await make({ symbol: 'ONE', currency: 'EUR', tick: '0.05',
    lot: '10', multiplier: '2', name: 'The first' }, 201);
  await make([{ symbol: 'TWO' }, { symbol: 'THREE' }], 201);
  await make({ symbol: 'ONE' }, 400);
  await get('demo', path);
  await get('demo', `${path}?search=o&page_size=2`);
  await get('demo', `${path}?format=datatables&draw=1&start=0&length=2`);
  await get('demo', `${path}?nothing=1`, 400);
  for (const where of [path, `${path}1/`]) await get('scoped', where, 403);
  await versions(made.headers.location, { tick: '0.1' }, ['PATCH']);
});

test('layouts and settings', async () => {
  const path = '/api/me/layouts/';
  const put = (name, status) => drive('boss', 'PUT', `${path}${name}/`,
    { body: { layout: { search: 'edf' } }, status });
  await put('mine', 201);
  await get('boss', path);
  await get('boss', `${path}mine/?shared=false`);
  for (const where of [path, `${path}mine/`, '/api/me/settings/'])
    await get('scoped', where, 403);
  await versions(`${path}mine/`, { layout: {} }, ['PUT']);
  for (let i = 0; i < 50; i++) await put(`no${i}`, 201);
  await put('more', 409);
  await versions('/api/me/settings/', { theme: 'dark' }, ['PUT', 'PATCH']);
});

test('market data', async () => {
  const time = new Date().toISOString();
  const feed = (session, body, status) =>
    drive(session, 'POST', '/api/market/', { body, status });
  await get('demo', '/api/market/');
  await feed('boss', { symbol: 'EDF01', time }, 202);
  await feed('bossToken', [
    { symbol: 'EDF01', time, session: 'x', seq: 1, bid: '1', bid_size: 2,
      ask: '3', ask_size: null, last: 4.5, last_size: '5', open: '1',
      high: '9', low: '-1', volume: '100', status: 'auction',
      trade: { price: '4.5', size: '5', side: 'sell', seq: 1 } },
    { symbol: 'EUR/USD', time, seq: null, session: null, status: null,
      trade: { price: '1', size: '1', side: null, seq: null } },
    { symbol: 'A', time, trade: null }, { heartbeat: true, time }], 202);
  await feed('boss', [], 202);
  await feed('demo', [], 403);
  await feed('boss', [{ symbol: 'A*', time: 1 }], 400);
  await get('demo', '/api/market/?symbols=EDF*,A');
  await get('demo', '/api/market/?symbol=EDF', 400);
  for (const symbol of ['EDF01', 'EUR%2FUSD']) {
    await get('demo', `/api/market/${symbol}/`);
    await get('demo', `/api/market/${symbol}/bars/?interval=60&minutes=3`);
  }
  await get('demo', '/api/market/none/', 404);
  await get('demo', '/api/market/none/bars/', 404);
  await get('demo', '/api/market/EDF01/bars/?interval=7', 400);
  const { body: { token } } = await who.nobody.post('/api/token/', {
    username: 'other', password: 'other-secret', scopes: ['orders:read'] });
  who.narrow = new Session(world.url);
  who.narrow.token = token;
  for (const path of ['', 'EDF01/', 'EDF01/bars/'])
    await get('narrow', `/api/market/${path}`, 403);
});

test('a second factor', async () => {
  const path = '/api/me/second-factor/';
  const password = 'other-secret';
  const post = (more, body, status) =>
    drive('other', 'POST', path + more, { body, status });
  // In this order nothing that it gives can be missing or there already.
  for (const more of ['recovery-codes/', 'remove/'])
    await post(more, { password, code: '123456' }, 409);
  await post('verify/', { code: '123456' }, 409);
  const { body: { secret } } = await post('', undefined, 201);
  await post('verify/', { code: wrongCode(secret) }, 400);
  const { body: { recovery_codes: [first] } } = await withinAStep(() =>
    post('verify/', { code: codeOf(secret) }, 200));
  await get('other', path);
  await post('', undefined, 409);
  const { body: { recovery_codes: [second] } } =
    await post('recovery-codes/', { password, code: first }, 200);
  await post('remove/', { password, code: second }, 204);
  const { body: { id } } = await get('other', '/api/me/');
  const again = await post('', undefined, 201);
  await withinAStep(() => post('verify/', { code: codeOf(again.body.secret) },
                               200));
  await drive('boss', 'DELETE', `/api/users/${id}/second-factor/`,
              { status: 204 });
});

test('what every route refuses, it says', async (t) => {
  for (const { path, method, operation } of contract.operations) {
    const at = anAddress(path);
    const METHOD = method.toUpperCase();
    const bare = { body: aBody(operation) };
    const documents = (status) => String(status) in operation.responses;
    await t.test(`${METHOD} ${path}`, async () => {
      if (documents(400))
        await drive('boss', METHOD, `${at}?a=%FF`, { ...bare, status: 400 });
      if (documents(401) && !isPublic(operation))
        await drive('nobody', METHOD, at, { ...bare, status: 401 });
      if (takes(operation, 'csrf'))
        await drive('boss', METHOD, at, { ...bare, status: 403,
          headers: { 'X-CSRFToken': null } });
      if (!isPublic(operation) && !takes(operation, 'token'))
        await drive('bossToken', METHOD, at, { ...bare, status: 403 });
      if (['staff', 'superusers'].includes(operation['x-who']))
        await drive('demo', METHOD, at, { ...bare, status: 403 });
      if (documents(404))
        await drive('boss', METHOD, path.replace(/\{\w+\}/g, '999999999'),
                    { body: bodyFor(operation), status: 404 });
      if (documents(411))
        await drive('boss', METHOD, at, { status: 411, body: 'x',
          headers: { 'Content-Length': null, 'Transfer-Encoding': null } });
      if (documents(413))
        await drive('boss', METHOD, at, { status: 413,
          body: 'x'.repeat(1024 * 1024 + 1) });
      if (operation.requestBody) {
        const { headers } = await drive('boss', METHOD, at, { status: 415,
          body: 'x', headers: { 'Content-Type': 'text/plain' } });
        assert.match(headers.accept, /application\/json/);
      }
      for (const coding of ['gzip', 'br', 'identity, gzip']) {
        const { headers } = await drive('boss', METHOD, at, { status: 415,
          body: '{}', headers: { 'Content-Encoding': coding } });
        assert.equal(headers['accept-encoding'], 'identity');
      }
      if (operation.requestBody)
        await drive('boss', METHOD, at, { status: 400, body: '{"a":' });
      if (documents(421))
        await drive('boss', METHOD, at, { ...bare, status: 421,
          headers: { Host: 'elsewhere.example' } });
    });
  }
});

test('too many requests are refused by every route', async () => {
  const tight = await World.start({ settings: ['--api-per-token', '1'] });
  try {
    const one = await Contract.of(tight);
    const session = await tight.login('boss');
    one.seen = contract.seen;
    await one.drive(session, 'GET', '/api/me/', { status: 200 });
    for (const { path, method, operation } of one.operations) {
      if (!path.startsWith('/api/')) continue;
      const { headers } = await one.drive(session, method.toUpperCase(),
        anAddress(path), { status: 429, body: aBody(operation) });
      assert.match(headers['retry-after'], /^[1-9]\d*$/);
    }
  } finally {
    await tight.stop();
  }
});

// Enough to get beyond the look at the fields.
function bodyFor(operation) {
  const schema = operation.requestBody?.content['application/json'].schema;
  if (!schema) return undefined;
  const one = contract.follow(schema.anyOf?.[0] ?? schema);
  const known = { ...order(), password: 'a long and odd secret',
                  action: 'cancel', orders: [] };
  return Object.fromEntries((one.required ?? []).map((name) =>
    [name, known[name]]));
}

test('methods that are not told of are refused with those that are',
  async () => {
    for (const [path, methods] of Object.entries(contract.document.paths)) {
      const wanted = new Set([...Object.keys(methods), 'options',
                              ...('get' in methods ? ['head'] : [])]);
      const tell = await who.nobody.request('OPTIONS', anAddress(path));
      assert.equal(tell.status, 204, path);
      assert.equal(tell.text, '');
      assert.deepEqual(tell.headers.allow.toLowerCase().split(', ').sort(),
                       [...wanted].sort(), path);
      for (const method of METHODS.filter((name) => !wanted.has(name))) {
        const { status, headers, body } = await who.boss.request(
          method.toUpperCase(), anAddress(path));
        assert.equal(status, 405, `${method} ${path}`);
        const allowed = headers.allow.toLowerCase().split(', ');
        assert.deepEqual(allowed.sort(), [...wanted].sort(), path);
        contract.validate('/components/responses/Problem405/content/' +
          'application~1problem+json/schema', body, `${method} ${path}`);
      }
    }
  });

test('every route was driven, every answer that is told of was seen', () => {
  // 503 takes a broken database: tests/e2e/faults.test.mjs.
  assert.deepEqual(contract.unseen((name) => name.endsWith(' 503')), []);
  assert.deepEqual(contract.unseenTypes(), []);
});
