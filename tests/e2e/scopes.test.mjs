// Tokens with scopes: what each may do, over HTTP and websockets.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Session } from './lib/http.mjs';
import { change } from './lib/rows.mjs';
import { withWorld } from './lib/world.mjs';

const order = { instrument: 'EDF01', quantity: '1', price: '2' };

async function scoped(world, name, scopes, more = {}) {
  const session = new Session(world.url);
  const { status, body, text } = await session.post('/api/token/', {
    username: name, password: `${name}-secret`, scopes, ...more });
  assert.equal(status, 200, text);
  session.made = body;
  session.token = body.token;
  return session;
}

async function refused(answer, scope) {
  const { status, body, text } = await answer;
  assert.equal(status, 403, text);
  assert.match(body.detail, new RegExp(`"${scope}"`));
}

async function handshake(world, session) {
  try {
    await world.open(session);
  } catch ({ status }) {
    return status;
  }
  return 101;
}

test('a token may do what its scopes name, and the refusal names what is missing',
  withWorld({}, async (world) => {
    const demo = await world.login('demo');
    const { id } = await demo.order();
    const read = await scoped(world, 'demo', ['orders:read', 'orders:read']);
    const write = await scoped(world, 'demo', ['orders:write']);
    const full = await world.token('demo');
    assert.deepEqual(read.made.scopes, ['orders:read']);
    const path = `/api/data/${id}/`;
    for (const where of ['/api/data/', '/api/data/?format=csv', path,
                         '/api/data/?format=datatables&draw=1',
                         `${path}history/`]) {
      for (const session of [read, full])
        assert.equal((await session.get(where)).status, 200, where);
      await refused(write.get(where), 'orders:read');
    }
    // The second time it would come from the answers that are kept.
    for (let i = 0; i < 3; i++) {
      await read.get('/api/data/?page_size=7');
      await refused(write.get('/api/data/?page_size=7'), 'orders:read');
    }
    for (const [method, where, body] of [
      ['POST', '/api/data/', order], ['PATCH', path, { price: '3' }],
      ['PUT', path, order], ['DELETE', path],
      ['POST', '/api/data/bulk/', { action: 'cancel', orders: [id] }]])
      await refused(read.request(method, where, body), 'orders:write');
    assert.equal((await write.post('/api/data/', order)).status, 201);
    assert.equal((await write.patch(path, { price: '3' })).status, 200);
    const draw = 'draw=1&start=0&length=1';
    const asForm = { 'Content-Type': 'application/x-www-form-urlencoded' };
    assert.equal((await read.post('/api/data/?format=datatables', draw,
                                  asForm)).status, 200);
    await refused(write.post('/api/data/?format=datatables', draw, asForm),
                  'orders:read');
    for (const session of [read, write])
      assert.equal((await session.get('/api/me/')).body.username, 'demo');
  }));

test('a token that may only write reads nothing by writing', withWorld(
  {}, async (world) => {
    const demo = await world.token('demo');
    const boss = await world.token('boss');
    const write = await scoped(world, 'demo', ['orders:write']);
    const secret = { instrument: 'SECRET9', quantity: '777', price: '66.6',
                     client_order_id: 'mine' };
    const { id, version } = await demo.order(secret);
    const path = `/api/data/${id}/`;
    const over = await demo.order({ ...secret, client_order_id: 'f' });
    await boss.patch(`/api/data/${over.id}/`, { status: 'filled',
      filled_quantity: '777', average_price: '66.6' });
    const told = async (answer, status, body) => {
      const got = await answer;
      assert.equal(got.status, status, got.text);
      assert.equal(got.headers.etag, undefined);
      assert.doesNotMatch(got.text, /SECRET|777|66\.6|version|mine|filled/);
      if (body) assert.deepEqual(got.body, body);
      return got;
    };
    const at = (one) => `/api/data/${one}/`;
    // New ones, alone, as an array, and those that were there already.
    const made = await told(write.post('/api/data/', order), 201);
    assert.deepEqual(Object.keys(made.body), ['id']);
    assert.equal(made.headers.location, at(made.body.id));
    const two = await told(write.post('/api/data/', [order, order]), 201);
    assert.deepEqual(two.body.map(Object.keys), [['id'], ['id']]);
    const again = { instrument: 'SECRET9', quantity: '777', price: '66.6' };
    const repeated = await told(write.post('/api/data/',
      { ...again, client_order_id: 'mine' }), 200, { id });
    assert.equal(repeated.headers.location, path);
    await told(write.post('/api/data/', [{ ...again, client_order_id: 'mine' }]),
               200, [{ id }]);
    await told(write.post('/api/data/', { ...order, client_order_id: 'mine' }),
               409);
    // Changes: of nothing, of something, of another version, of what is over.
    for (const fields of [{}, { price: '3' }, { price: '3' }])
      await told(write.patch(path, fields), 200, { id });
    await told(write.put(path, order), 200, { id });
    for (const [method, body] of [['PATCH', {}], ['PUT', order],
                                  ['DELETE', undefined]]) {
      for (const headers of [{ 'If-Match': `"${version}"` },
                             { 'If-None-Match': '*' }]) {
        const answer = await told(write.request(method, path, body, headers),
                                  412);
        assert.equal(answer.body.current, undefined);
      }
    }
    await told(write.patch(at(over.id), { status: 'canceled' }), 409);
    await told(write.delete(at(over.id)), 409);
    const bulk = await told(write.post('/api/data/bulk/',
      { action: 'cancel', orders: [id, over.id] }), 200);
    assert.deepEqual(bulk.body.orders, [{ id }]);
    assert.deepEqual(Object.keys(bulk.body.left[0]), ['id', 'detail']);
    await told(write.post('/api/data/bulk/', { action: 'delete',
      orders: [over.id, { id, version }] }), 409);
    await told(write.delete(path), 204);
    // One that may read, too, is told all of it.
    const both = await scoped(world, 'demo', ['orders:read', 'orders:write']);
    const whole = await both.post('/api/data/', { ...order, quantity: '4' });
    assert.equal(whole.body.quantity, '4');
    assert.equal(whole.headers.etag, '"1"');
  }));

test('without admin a token of staff is no staff', withWorld(
  {}, async (world) => {
    const demo = await world.login('demo');
    const { id } = await demo.order();
    const orders = await scoped(world, 'boss', ['orders:read', 'orders:write']);
    const admin = await scoped(world, 'boss', ['admin']);
    const both = await scoped(world, 'boss', ['admin', 'orders:read']);
    assert.deepEqual(both.made.scopes, ['orders:read', 'admin']);
    for (const where of ['/api/users/', '/api/audit/', '/api/admin/',
                         '/admin/', '/api/users/1/sockets/']) {
      const { status } = await orders.get(where);
      assert.equal(status, 403, where);
      assert.equal((await admin.get(where)).status, 200, where);
    }
    await refused(orders.get('/api/users/'), 'admin');
    const me = (await orders.get('/api/me/')).body;
    assert.deepEqual([me.is_staff, me.is_superuser], [false, false]);
    assert.equal((await orders.get('/api/data/?scope=all')).status, 403);
    assert.equal((await orders.get(`/api/data/${id}/`)).status, 404);
    assert.equal((await orders.patch(`/api/data/${id}/`,
                                     { price: '9' })).status, 404);
    await refused(admin.get('/api/data/?scope=all'), 'orders:read');
    assert.equal((await both.get('/api/data/?scope=all')).body.count, 1);
    // No scope makes somebody staff.
    const lie = await scoped(world, 'demo', ['admin']);
    assert.equal((await lie.get('/api/users/')).status, 403);
    await refused(orders.patch('/api/users/1/', { is_staff: true }), 'admin');
  }));

test('websockets and tickets need orders:read', withWorld(
  {}, async (world) => {
    const read = await scoped(world, 'boss', ['orders:read']);
    const write = await scoped(world, 'boss', ['orders:write', 'admin']);
    assert.equal(await handshake(world, write), 403);
    await refused(write.post('/api/ticket/', {}), 'orders:read');
    const { ticket } = (await read.post('/api/ticket/', {})).body;
    const byTicket = await world.open(new Session(world.url),
                                      { query: '?login=ticket' });
    byTicket.send({ command: 'login', ticket });
    assert.equal((await byTicket.next()).status, 'ok');
    await byTicket.subscribe();
    for (const stream of [byTicket, await world.follow(read)]) {
      const { status, code } = await stream.ask(
        { command: 'subscribe', stream: 'all' });
      assert.deepEqual([status, code], ['error', 'forbidden']);
    }
    // A ticket that already exists when the scope goes.
    const late = (await read.post('/api/ticket/', {})).body.ticket;
    await change(world.database,
      `UPDATE token SET scopes = 'admin ' WHERE id = ${read.made.id}`);
    const stranger = await world.open(new Session(world.url),
                                      { query: '?login=ticket' });
    stranger.send({ command: 'login', ticket: late });
    assert.equal((await stranger.closed).code, 4401);
  }));

test('a word that is not known fits nothing', withWorld({}, async (world) => {
  const session = await world.token('boss');
  for (const words of ['orders:raed ', ' ', 'orders']) {
    await change(world.database, `UPDATE token SET scopes = '${words}'`);
    await refused(session.get('/api/data/'), 'orders:read');
    await refused(session.post('/api/data/', order), 'orders:write');
    await refused(session.get('/api/users/'), 'admin');
    assert.equal((await session.get('/api/me/')).body.is_superuser, false);
    assert.equal(await handshake(world, session), 403);
  }
}));

test('what is asked for is checked, all of it at once', withWorld(
  {}, async (world) => {
    const login = { username: 'demo', password: 'demo-secret' };
    const demo = await world.login('demo');
    const stranger = new Session(world.url);
    const wrong = { name: 'x'.repeat(65), expires_in: 59,
                    scopes: ['orders:read', 'all'], nothing: 1 };
    for (const [session, body] of [[stranger, { ...login, ...wrong }],
                                   [demo, wrong]]) {
      const { status, body: { errors } } =
        await session.post('/api/token/', body);
      assert.equal(status, 400);
      assert.deepEqual(Object.keys(errors).sort(),
                       ['expires_in', 'name', 'nothing', 'scopes']);
    }
    for (const body of [
      { scopes: [] }, { scopes: 'orders:read' }, { scopes: [1] },
      { scopes: {} }, { scopes: [''] }, { scopes: ['orders:read admin'] },
      { scopes: ['Admin'] }, { scopes: null }, { expires_in: 1.5 },
      { expires_in: '60' }, { expires_in: 31536001 }, { expires_in: -60 },
      { expires_in: 1e300 }, { name: 7 }]) {
      const { status, body: { errors } } = await demo.post('/api/token/', body);
      assert.equal(status, 400, JSON.stringify(body));
      assert.deepEqual(Object.keys(errors), Object.keys(body));
    }
    for (const fields of [{ scopes: '' }, { scopes: '  ' }, { scopes: 'x' },
                          { expires_in: '' }, { expires_in: '-1' },
                          { expires_in: '6e3' }]) {
      const { status, body } = await demo.form('/api/token/', fields);
      assert.equal(status, 400, JSON.stringify(fields));
      assert.deepEqual(Object.keys(body.errors), Object.keys(fields));
    }
    assert.equal((await demo.post('/api/token/', '[]')).status, 400);
    const made = await stranger.form('/api/token/', { ...login, name: 'ci',
      expires_in: '60', scopes: 'admin  orders:write' });
    assert.equal(made.status, 200, made.text);
    assert.deepEqual(made.body.scopes, ['orders:write', 'admin']);
    const { created, expires, name } = made.body;
    assert.equal(name, 'ci');
    assert.equal(Date.parse(expires) - Date.parse(created), 60000);
    const year = await demo.post('/api/token/', { expires_in: 31536000 });
    assert.deepEqual(year.body.scopes, []);
    const { body: list } = await demo.get('/api/token/');
    assert.deepEqual(list.results.map(({ scopes }) => scopes),
                     [[], ['orders:write', 'admin']]);
    assert.equal((await demo.delete(`/api/token/${made.body.id}/`)).status,
                 204);
    const boss = await world.login('boss');
    const { body: { results } } = await boss.get('/api/audit/?action=token');
    assert.deepEqual(results.map(({ action, actor, subject, changes }) =>
      [action, actor, subject, changes.token, changes.scopes]), [
      ['token.end', 'demo', 'demo', [made.body.id, null],
       ['orders:write admin', null]],
      ['token.create', 'demo', 'demo', [null, year.body.id], [null, '']],
      ['token.create', 'demo', 'demo', [null, made.body.id],
       [null, 'orders:write admin']]]);
    assert.equal(results[2].address, '127.0.0.1');
    assert.ok(!JSON.stringify(results).includes(made.body.token));
  }));

test('orders from a file need the scopes of orders and of staff', withWorld(
  {}, async (world) => {
    const file = { format: 'csv', dry_run: true, owner: 'demo', text:
      'instrument,quantity,price,side\nEDF01,1,2,buy\n' };
    const send = async (...scopes) => (await (await scoped(world, 'boss', scopes))
      .post('/api/data/import/', file)).status;
    assert.equal(await send('orders:write'), 403);
    assert.equal(await send('admin'), 403);
    assert.equal(await send('admin', 'orders:write'), 200);
  }));

test('no route that a token can use to change something is without a scope',
  withWorld({}, async (world) => {
    const { body: { paths } } =
      await new Session(world.url).get('/api/schema/');
    let count = 0;
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        if (!operation.security?.some(({ token }) => token)) continue;
        const isStaff = /staff|superuser/.test(operation['x-who']);
        const scope = operation['x-scope'];
        // Orders from a file need the scope of orders beside that of staff.
        if (path === '/api/data/import/') assert.equal(scope, 'orders:write');
        else if (isStaff) assert.equal(scope, 'admin', path);
        else if (!['get', 'options'].includes(method)) assert.ok(scope, path);
        if (scope) assert.ok(operation.responses[403], path);
        count++;
      }
    }
    assert.ok(count > 10);
  }));
