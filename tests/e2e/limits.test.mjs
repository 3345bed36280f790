// How often and how much at once: requests of the API, new sockets, open
// connections; by whom they are counted, and that no trick counts anew.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import test from 'node:test';
import { Session } from './lib/http.mjs';
import { run } from './lib/processes.mjs';
import { Wire, bytes } from './lib/wire.mjs';
import { withWorld } from './lib/world.mjs';

const via = (address) => ({ 'X-Forwarded-For': address });
const proxied = ['--trusted-proxy', '127.0.0.0/8'];

// Statuses of so many requests, one behind the other.
async function ask(times, request) {
  const statuses = [];
  for (let i = 0; i < times; i++) statuses.push((await request(i)).status);
  return statuses;
}

function only(statuses, first, count, then) {
  assert.deepEqual(statuses, statuses.map((_, i) => (i < count ? first : then)));
}

async function figure(world, name) {
  const { text } = await new Session(world.url).get('/metrics');
  return [...text.matchAll(new RegExp(`^${name}{[^}]*} (.*)$`, 'gm'))]
    .reduce((sum, [, value]) => sum + Number(value), 0);
}

test('requests of one token, and of one session', withWorld(
  { settings: ['--api-per-token', '5'] }, async (world) => {
    const demo = await world.token('demo');
    only(await ask(8, () => demo.get('/api/me/')), 200, 5, 429);
    const refused = await demo.post('/api/data/',
      { instrument: 'A', quantity: '1', price: '1' });
    assert.equal(refused.status, 429);
    assert.match(refused.headers['content-type'], /problem\+json/);
    assert.equal(refused.body.status, 429);
    const wait = Number(refused.headers['retry-after']);
    assert.ok(wait >= 1 && wait <= 12, wait);
    assert.equal(await figure(world, 'lwsapp_http_requests_throttled_total'),
                 4);
    // Nor by spelling it another way, asking elsewhere, or in vain.
    for (const Authorization of [`Bearer ${demo.token}`, `tOKEN ${demo.token}`,
                                 `Token   ${demo.token}`])
      assert.equal((await demo.get('/api/me/', { Authorization })).status, 429);
    for (const path of ['/api/', '/api/data/?search=x', '/api/nothing/',
                        '/api/data/1/', '/api/data'])
      assert.equal((await demo.get(path)).status, 429, path);
    assert.equal((await demo.get('/api/data/', { Accept: 'text/html' })).status,
                 429);
    // What is no API, another token, another user and a session go on.
    assert.equal((await demo.get('/healthz')).status, 200);
    assert.equal((await demo.get('/assets/css/base.css')).status, 200);
    assert.equal((await (await world.token('demo')).get('/api/me/')).status,
                 200);
    const session = await world.login('demo');
    only(await ask(8, () => session.get('/api/me/')), 200, 5, 429);
    const quoted = new Session(world.url);
    quoted.cookies.set('sessionid', `"${session.cookies.get('sessionid')}"`);
    assert.equal((await quoted.get('/api/me/')).status, 429);
    // It says so on every later day, too, in the log without the token.
    assert.ok(!world.daemon.err.includes(demo.token));
  }));

test('requests of one user, however logged in', withWorld(
  { settings: ['--api-per-user', '6'] }, async (world) => {
    const logins = [await world.token('demo'), await world.token('demo'),
                    await world.login('demo')];
    only(await ask(9, (i) => logins[i % 3].get('/api/me/')), 200, 6, 429);
    const late = await world.token('demo');
    const refused = await late.post('/api/data/',
      { instrument: 'A', quantity: '1', price: '1' });
    assert.equal(refused.status, 429);
    assert.ok(Number(refused.headers['retry-after']) >= 1);
    const other = await world.token('other');
    assert.equal((await other.get('/api/me/')).status, 200);
  }));

test('requests from one address, IPv6 by /64', withWorld(
  { settings: [...proxied, '--api-per-address', '4'] }, async (world) => {
    const demo = await world.token('demo');
    const from = (address) => demo.get('/api/me/', via(address));
    only(await ask(6, () => from('203.0.113.1')), 200, 4, 429);
    assert.equal((await from('203.0.113.2')).status, 200);
    only(await ask(8, (i) => from(`2001:db8:0:1:${i}::${i}`)), 200, 4, 429);
    assert.equal((await from('2001:db8:0:2::1')).status, 200);
    // Without a login too, and what the client claims before changes nothing.
    const nobody = new Session(world.url);
    only(await ask(6, (i) => nobody.get('/api/me/',
      via(`198.51.100.${i}, 203.0.113.3`))), 401, 4, 429);
    only(await ask(6, (i) => nobody.post('/api/token/',
      { username: `u${i}`, password: 'x' }, via('203.0.113.4'))), 401, 4, 429);
    // Loopback is not counted: whom it speaks for is not known.
    only(await ask(20, () => demo.get('/api/me/')), 200, 20);
  }));

test('new sockets from one address', withWorld(
  { settings: [...proxied, '--sockets-per-address', '3'] }, async (world) => {
    const demo = await world.token('demo');
    const open = (address) => world.open(demo, { headers: via(address) });
    for (let i = 0; i < 3; i++) await (await open('203.0.113.1')).close();
    for (let i = 0; i < 3; i++)
      await assert.rejects(open('203.0.113.1'), { status: 429 });
    await (await open('203.0.113.2')).subscribe();
    // Those that log in to nothing count as well, from a whole /64.
    const nobody = new Session(world.url);
    const knock = (address) => world.open(nobody, { headers: via(address) });
    for (let i = 0; i < 3; i++)
      await assert.rejects(knock(`2001:db8::${i}`), { status: 401 });
    await assert.rejects(open('2001:db8::9'), { status: 429 });
    // The whole answer.
    const wire = await Wire.open(world.port);
    await wire.send(bytes('GET', '/data/stream/', { headers: {
      ...via('203.0.113.1'), Connection: 'Upgrade', Upgrade: 'websocket',
      'Sec-WebSocket-Version': 13,
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' } }));
    const answer = await wire.answer();
    assert.equal(answer.status, 429);
    assert.match(answer.headers['content-type'], /problem\+json/);
    assert.ok(Number(answer.headers['retry-after']) >= 1);
    assert.ok(answer.headers['content-security-policy']);
    await wire.closed();
    assert.equal(await figure(world, 'lwsapp_sockets_throttled_total'), 5);
    // An open socket and the API go on.
    assert.equal((await demo.get('/api/me/', via('203.0.113.1'))).status, 200);
  }));

test('open connections: beyond their number they are closed at once', withWorld(
  { settings: ['--connections', '20'] }, async (world) => {
    const demo = await world.token('demo');
    const stream = await world.follow(demo);
    const held = [];
    for (let round = 0; round < 3; round++) {
      while (held.length < 19) {
        const wire = await Wire.open(world.port);
        await wire.send(bytes('GET', '/healthz'));
        assert.equal((await wire.answer())?.status, 200, `${held.length}`);
        held.push(wire);
      }
      for (let i = 0; i < 30; i++) {
        const wire = await Wire.open(world.port);
        assert.equal(await wire.closed(), '');
        wire.close();
      }
      // Who is in is served, and each that leaves makes room for one.
      await stream.silent();
      await held[0].send(bytes('GET', '/api/me/', { headers:
        { Authorization: `Token ${demo.token}` } }));
      assert.equal((await held[0].answer()).status, 200);
      for (const [i, wire] of held.splice(0, 10).entries()) {
        if (i % 2) wire.reset();
        else wire.close();
        await wire.closed();
      }
      await stream.silent(); // behind their ends
      while ((await demo.get('/healthz').catch(() => ({}))).status !== 200);
    }
    for (const wire of held) wire.close();
    assert.ok(await figure(world, 'lwsapp_connections_refused_total') >= 90);
    await world.daemon.line(/listener.full/, 'err');
    assert.ok(world.daemon.err.match(/listener.full/g).length < 5);
  }));

// --core-dumps: so that its descriptors can be counted by others than root.
test('without descriptors left it closes who comes, and recovers', withWorld(
  { settings: ['--core-dumps'] }, async (world) => {
    const demo = await world.token('demo');
    const stream = await world.follow(demo);
    const { pid } = world.daemon.child;
    const allow = async (files) => {
      const { code, err } = await run('prlimit',
        ['--pid', String(pid), `--nofile=${files}:`]);
      assert.equal(code, 0, err);
    };
    await allow((await readdir(`/proc/${pid}/fd`)).length + 12);
    const held = [];
    let refused = 0;
    while (refused < 30) {
      const wire = await Wire.open(world.port);
      await wire.send(bytes('GET', '/healthz'));
      if (await wire.answer()) held.push(wire);
      else refused++;
    }
    assert.ok(held.length < 20, held.length);
    await stream.silent();
    await held[0].send(bytes('GET', '/readyz'));
    assert.equal((await held[0].answer()).status, 200);
    await allow(1000);
    assert.equal((await demo.get('/api/me/')).status, 200);
    for (const wire of held) wire.close();
    await world.daemon.line(/listener.full.*Too many open files/, 'err');
    assert.ok(world.daemon.err.match(/listener.full/g).length < 5);
  }));

test('one address can not hold all connections', withWorld(
  { settings: ['--connections-per-address', '5', '--allow-root'] }, async (world) => {
    // An address that is not loopback: this machine's own.
    const own = (await run('hostname', ['-I'])).out.trim().split(/\s+/)
      .find((address) => /^\d+\.\d+\.\d+\.\d+$/.test(address));
    if (!own) return; // a machine without a network has nobody to fear
    await world.stopDaemon();
    await world.startDaemon({ host: '0.0.0.0' });
    const served = async (host) => {
      const wire = await Wire.open(world.port, { host });
      await wire.send(bytes('GET', '/healthz'));
      return { wire, status: (await wire.answer())?.status };
    };
    const held = [];
    for (let i = 0; i < 5; i++) {
      const { wire, status } = await served(own);
      assert.equal(status, 200);
      held.push(wire);
    }
    for (let i = 0; i < 10; i++)
      assert.equal((await served(own)).status, undefined);
    // Loopback is not counted; and who leaves makes room.
    for (let i = 0; i < 10; i++) {
      const { wire, status } = await served('127.0.0.1');
      assert.equal(status, 200);
      held.push(wire);
    }
    held[0].reset();
    let again;
    do {
      again = await served(own);
    } while (again.status !== 200);
    for (const wire of [...held, again.wire]) wire.close();
  }));

test('what a user has us keep is bounded, and given back', withWorld(
  { settings: ['--held-bytes', String(32 * 1024 * 1024)] }, async (world) => {
    const demo = await world.token('demo');
    const other = await world.token('other');
    const headers = { Authorization: `Token ${demo.token}` };
    const rows = Array.from({ length: 1000 }, () => (
      { instrument: 'x'.repeat(250), quantity: '1', price: '2' }));
    const big = JSON.stringify(rows) + ' '.repeat(600_000);
    for (let i = 0; i < 10; i++)
      assert.equal((await demo.post('/api/data/', rows)).status, 201);

    // Bodies: the eleventh or so of nearly 1 MB that never ends is refused,
    // a small one and those that are in are not.
    for (let round = 0; round < 2; round++) {
      const wires = [];
      let refused;
      while (await figure(world, 'lwsapp_http_held_bytes') > 0);
      while (!refused && wires.length < 30) {
        const wire = await Wire.open(world.port);
        wires.push(wire);
        await wire.send(bytes('POST', '/api/data/', { headers: { ...headers,
          'Content-Length': 1_000_000 }, body: 'x'.repeat(999_999) }));
        // It may be read after a small request that came later. The first
        // 64 KiB of each are not counted.
        while (!wire.held.length && await figure(world,
          'lwsapp_http_held_bytes') < wires.length * (999_999 - 65_536));
        const small = await demo.post('/api/data/', rows[0]);
        assert.equal(small.status, 201);
        if (wire.held.length) refused = await wire.answer();
      }
      assert.equal(refused?.status, 429);
      assert.ok(Number(refused.headers['retry-after']) >= 1);
      assert.ok(wires.length > 5 && wires.length < 15, wires.length);
      // It is his share alone.
      assert.equal((await other.post('/api/data/', big)).status, 201);
      for (const wire of wires) wire.close();
      // With them gone there is room.
      let again;
      do again = await demo.post('/api/data/', big); while (again.status === 429);
      assert.equal(again.status, 201);
    }

    // Answers of some 5 MB: who does not take them is cut, one is kept.
    const path = '/api/data/?format=datatables&length=10000';
    const answered = /method=GET path="\/api\/data\/"/g;
    for (let round = 0; round < 2; round++) {
      const wires = [];
      const before = (world.daemon.err.match(answered) ?? []).length;
      for (let i = 0; i < 4; i++) {
        const wire = await Wire.open(world.port);
        wire.socket.pause();
        await wire.send(bytes('GET', path, { headers }));
        wires.push(wire);
      }
      await world.daemon.line(
        new RegExp(`(?:${answered.source}[^]*?){${before + 4}}`), 'err');
      const whole = [];
      for (const wire of wires) {
        wire.socket.resume();
        whole.push(Boolean((await wire.answer())?.body?.data));
        wire.close();
      }
      assert.ok(whole.includes(true), whole);
      assert.ok(whole.includes(false), whole);
      await world.daemon.line(/http\.cut/, 'err');
      assert.equal((await demo.get('/api/me/')).status, 200);
    }
  }));

const limitsOf = async (session) =>
  (await session.get('/api/me/')).body.limits;
const order = (fields = {}) =>
  ({ instrument: 'A', quantity: '1', price: '1', ...fields });

test('what a user writes in a day', withWorld(
  { settings: ['--rows-per-day', '6'] }, async (world) => {
    const demo = await world.token('demo');
    const other = await world.token('other');
    const boss = await world.login('boss');
    const made = (await demo.post('/api/data/', [order(), order()])).body;
    const path = `/api/data/${made[0].id}/`;
    assert.equal((await demo.patch(path, { price: '2' })).status, 200);
    // What changes nothing writes nothing.
    assert.equal((await demo.patch(path, { price: '2' })).status, 200);
    const { rows_per_day: most, rows_today: rows, bytes_today: bytes,
            today_ends: ends } = await limitsOf(demo);
    assert.deepEqual([most, rows], [6, 3]);
    assert.ok(bytes > 300 && bytes < 3000, bytes);
    assert.match(ends, /T00:00:00.000000Z$/);
    // All or none, though some would fit; then those that fit.
    const refused = await demo.post('/api/data/', Array(4).fill(order()));
    assert.equal(refused.status, 429);
    assert.match(refused.body.detail, /in a day \(UTC\)/);
    const wait = Number(refused.headers['retry-after']);
    assert.ok(wait >= 1 && wait <= 86400, wait);
    assert.equal((await demo.get('/api/data/')).body.count, 2);
    assert.equal((await demo.delete(path)).status, 204);
    assert.equal((await demo.post('/api/data/bulk/',
      { action: 'cancel', orders: [made[1].id] })).status, 200);
    assert.equal((await demo.post('/api/data/', order())).status, 201);
    assert.equal((await limitsOf(demo)).rows_today, 6);
    for (const answer of [
      await demo.post('/api/data/', order()),
      await demo.patch(`/api/data/${made[1].id}/`, { price: '3' }),
      await demo.delete(`/api/data/${made[1].id}/`),
      await (await world.login('demo')).post('/api/data/', order()),
    ])
      assert.equal(answer.status, 429);
    // It counts for who writes, not for whom: staff correct it still.
    assert.equal((await boss.delete(`/api/data/${made[1].id}/`)).status, 204);
    assert.equal((await limitsOf(boss)).rows_today, 1);
    assert.equal((await other.post('/api/data/', order())).status, 201);
    assert.equal((await demo.get('/api/data/')).body.count, 1);
  }));

test('what a user asks for in a day and is not written', withWorld(
  { settings: ['--rows-per-day', '40'] }, async (world) => {
    const demo = await world.token('demo');
    const [one, two] = (await demo.post('/api/data/',
      [order({ client_order_id: 'a' }), order()])).body;
    const path = `/api/data/${one.id}/`;
    let rows = 0;
    let bytes = 0;
    async function asks(answer, status, more, body) {
      assert.equal(answer.status, status, answer.text);
      rows += more;
      bytes += body === undefined ? 0 : JSON.stringify(body).length;
      const limits = await limitsOf(demo);
      assert.deepEqual([limits.unwritten_rows_today,
                        limits.unwritten_bytes_today], [rows, bytes]);
    }
    const posts = async (body, status, more) =>
      asks(await demo.post('/api/data/', body), status, more, body);
    await posts(order({ price: 'x' }), 400, 1);
    await posts(Array(4).fill(order()).concat({}), 400, 5);
    // What only the database knows of, behind what could be written.
    await posts([order(), order({ client_order_id: 'a', price: '7' })], 409, 2);
    // A repeat; of an array of two, one is new.
    await posts(order({ client_order_id: 'a' }), 200, 1);
    await posts([order({ client_order_id: 'a' }), order()], 201, 1);
    await asks(await demo.patch(path, { price: '1' }), 200, 1, { price: '1' });
    await asks(await demo.patch(path, { price: '1' }, { 'If-Match': '"9"' }),
               412, 1, { price: '1' });
    await asks(await demo.delete('/api/data/999/'), 404, 1);
    const gone = { action: 'cancel', orders: [two.id, 998, 999] };
    await asks(await demo.post('/api/data/bulk/', gone), 409, 3, gone);
    bytes += 2;
    await asks(await demo.post('/api/data/', '[{'), 400, 1);
    assert.equal((await limitsOf(demo)).rows_today, 3);
    // As many as may be written; nobody else's.
    await posts(Array(30).fill({}), 400, 30);
    const refused = await demo.post('/api/data/', order());
    assert.equal(refused.status, 429);
    assert.match(refused.body.detail, /have refused/);
    assert.ok(Number(refused.headers['retry-after']) >= 1);
    assert.equal((await demo.get('/api/data/')).body.count, 3);
    assert.equal((await (await world.token('other')).post('/api/data/',
      order())).status, 201);
  }));

test('what a user writes in a day, in bytes', withWorld(
  { settings: ['--bytes-per-day', '2000'] }, async (world) => {
    const demo = await world.token('demo');
    const large = order({ instrument: 'X'.repeat(255) });
    const statuses = await ask(8, () => demo.post('/api/data/', large));
    const taken = statuses.filter((status) => status === 201).length;
    assert.ok(taken >= 2 && taken <= 6, statuses);
    only(statuses, 201, taken, 429);
    const { bytes_per_day: most, bytes_today: bytes } = await limitsOf(demo);
    assert.equal(most, 2000);
    assert.ok(bytes <= 2000 && bytes > 1000, bytes);
  }));

test('changes of one\'s own account', withWorld(
  { settings: ['--profile-changes-per-user', '3'] }, async (world) => {
    const demo = await world.login('demo');
    assert.equal((await limitsOf(demo)).profile_changes_per_hour, 3);
    assert.equal((await demo.post('/api/me/password/',
      { old_password: 'demo-secret', new_password: 'another-long-secret' })).status,
    204);
    only(await ask(4, (i) => demo.patch('/api/me/', { first_name: `n${i}` })),
         200, 2, 429);
    assert.equal((await demo.post('/api/me/second-factor/')).status, 429);
    // Of one user; and all else goes on.
    const other = await world.login('other');
    assert.equal((await other.patch('/api/me/', { first_name: 'n' })).status,
                 200);
    assert.equal((await demo.post('/api/data/', order())).status, 201);
  }));

test('each user sees what there is, and null where it is off', withWorld(
  { settings: ['--rows-per-day', '0', '--bytes-per-day', '0',
    '--profile-changes-per-user', '0', '--commands-per-user', '0',
    '--commands-per-socket', '0', '--api-per-user', '7'] },
  async (world) => {
    const demo = await world.token('demo');
    const { today_ends: ends, ...limits } = await limitsOf(demo);
    assert.ok(Date.parse(ends) > Date.now() - 1000);
    assert.deepEqual(limits, {
      requests_per_minute: 7, requests_per_minute_and_login: null,
      profile_changes_per_hour: null, login_changes_per_minute: 60,
      tickets_per_minute: 300, page_changes_per_minute: 120,
      admin_changes_per_minute: 600, sockets: 10000,
      commands_per_second: null, commands_per_second_and_socket: null,
      rows_per_day: null, bytes_per_day: null, rows_today: 0, bytes_today: 0,
      unwritten_rows_today: 0, unwritten_bytes_today: 0 });
    await demo.post('/api/data/', order());
    assert.equal((await limitsOf(demo)).rows_today, 1);
  }));

test('what is run in two halves counts once', withWorld(
  { settings: ['--api-per-user', '3'] }, async (world) => {
    const demo = await world.login('demo');
    const confirm = () => demo.post('/api/confirm/',
      { password: 'demo-secret' });
    only(await ask(5, confirm), 204, 3, 429);
  }));

test('tokens and logins that one login makes and ends', withWorld(
  { settings: ['--login-changes-per-user', '4'] }, async (world) => {
    const demo = await world.login('demo');
    const ids = [];
    for (let i = 0; i < 3; i++) {
      const { status, body } = await demo.post('/api/token/', { name: `t${i}` });
      assert.equal(status, 200);
      ids.push(body.id);
    }
    assert.equal((await demo.delete(`/api/token/${ids[0]}/`)).status, 204);
    for (const answer of [await demo.post('/api/token/', { name: 'more' }),
      await demo.delete(`/api/token/${ids[1]}/`),
      await demo.delete('/api/sessions/?keep=current'),
      await demo.delete('/api/sessions/1/')]) {
      assert.equal(answer.status, 429);
      assert.ok(Number(answer.headers['retry-after']) >= 1);
    }
    assert.equal((await demo.get('/api/token/')).body.count, 2);
    // Nobody else's, and no login by password.
    assert.equal((await (await world.login('other')).post('/api/token/', {}))
      .status, 200);
    await world.token('demo');
  }));

test('tickets for websockets', withWorld(
  { settings: ['--tickets-per-user', '4'] }, async (world) => {
    const logins = [await world.token('demo'), await world.login('demo')];
    assert.equal((await limitsOf(logins[0])).tickets_per_minute, 4);
    only(await ask(7, (i) => logins[i % 2].post('/api/ticket/')), 201, 4, 429);
    const refused = await logins[0].post('/api/ticket/');
    assert.match(refused.body.detail, /of one user for tickets/);
    const wait = Number(refused.headers['retry-after']);
    assert.ok(wait >= 1 && wait <= 15, wait);
    assert.equal(await figure(world, 'lwsapp_http_requests_throttled_total'),
                 4);
    await world.daemon.line(/limits\.refused.*requests=/, 'err');
    // Nobody else's, and nothing else.
    assert.equal((await (await world.token('other')).post('/api/ticket/'))
      .status, 201);
    assert.equal((await logins[0].post('/api/data/', order())).status, 201);
    await world.follow(logins[0]);
  }));

test('what a superuser changes of others', withWorld(
  { settings: ['--admin-changes-per-user', '5'] }, async (world) => {
    const boss = await world.login('boss');
    assert.equal((await limitsOf(boss)).admin_changes_per_minute, 5);
    const { body: { results } } = await boss.get('/api/users/');
    const { id } = results.find(({ username }) => username === 'demo');
    const user = `/api/users/${id}/`;
    assert.equal((await boss.post('/api/users/', { username: 'one',
      password: 'a-long-secret-77' })).status, 201);
    only(await ask(4, (i) => boss.patch(user, { first_name: `n${i}` })), 200, 4);
    for (const answer of [
      await boss.post('/api/users/', { username: 'two',
                                       password: 'a-long-secret-77' }),
      await boss.patch(user, { first_name: 'n' }),
      await boss.post(`${user}password/`, { password: 'a-long-secret-77' }),
      await boss.delete(`${user}sessions/`),
      await boss.delete(`${user}sessions/1/`),
      await boss.delete(`${user}tokens/1/`),
      await boss.delete(`${user}sockets/1/`),
      await boss.delete(`${user}second-factor/`),
    ]) {
      assert.equal(answer.status, 429);
      assert.ok(Number(answer.headers['retry-after']) >= 1);
    }
    assert.equal((await boss.get('/api/users/')).status, 200);
    assert.equal((await boss.post('/api/data/', order())).status, 201);
  }));

test('a password that is given again is guessed no faster than at a login',
  withWorld({ settings: [...proxied, '--login-attempts-per-account', '5'] },
    async (world) => {
      const demo = await world.login('demo');
      const confirm = (password, address) => demo.post('/api/confirm/',
        { password }, via(address));
      // A right one counts too.
      only(await ask(8, () => confirm('demo-secret', '198.51.100.1')), 204, 5,
           429);
      assert.equal((await demo.post('/api/me/password/', { old_password: 'x',
        new_password: 'another-long-secret' }, via('198.51.100.1'))).status,
      429);
      // From everywhere: whoever has the session, but not the browser, waits.
      demo.cookies.delete('device');
      only(await ask(20, (i) => confirm('wrong', `198.51.100.${10 + i}`)),
           400, 20);
      assert.equal(await figure(world, 'lwsapp_logins_delayed_total'), 0);
      assert.equal((await confirm('demo-secret', '203.0.113.1')).status, 204);
      assert.equal(await figure(world, 'lwsapp_logins_delayed_total'), 1);
    }));
