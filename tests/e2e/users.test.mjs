// Users over HTTP: who may see and change them, and what a change does at once.
import assert from 'node:assert/strict';
import test from 'node:test';
import { withWorld } from './lib/world.mjs';

const good = 'plenty-Long-2481-enough';

async function root(world) {
  await world.command(['createsuperuser', '--username', 'root',
    '--password-stdin'], { input: `${good}\n` });
  return world.login('root', good);
}

const idOf = async (session, username) => (await session.get(
  `/api/users/?search=${username}`)).body.results[0].id;

async function make(session, fields, status = 201) {
  const answer = await session.post('/api/users/',
                                    { password: good, ...fields });
  assert.equal(answer.status, status, answer.text);
  return answer;
}

test('superusers make users, staff see them, others do not', withWorld(
  {}, async (world) => {
    const admin = await root(world);
    await make(admin, { username: 'clerk', is_staff: true });
    const clerk = await world.login('clerk', good);
    const demo = await world.login('demo');
    const made = await make(admin, { username: 'J\u00fcrgen', may_delete: false,
      email: 'j@example.org', first_name: 'J', is_staff: true });
    const { id, date_joined: joined, ...rest } = made.body;
    assert.deepEqual(rest, { username: 'J\u00fcrgen', email: 'j@example.org',
      first_name: 'J', last_name: '', is_active: true, is_staff: true,
      is_superuser: false, may_add: true, may_change: true, may_delete: false,
      may_feed: false, market_symbols: '*', max_quantity: null,
      max_notional: null, second_factor_required: false, second_factor: null,
      last_login: null });
    assert.match(joined, /Z$/);
    assert.equal(made.headers.location, `/api/users/${id}/`);
    assert.deepEqual((await clerk.get(`/api/users/${id}/`)).body, made.body);
    for (const session of [clerk, demo]) {
      assert.equal((await session.post('/api/users/', { username: 'x',
        password: good })).status, 403);
      assert.equal((await session.patch(`/api/users/${id}/`,
        { is_staff: false })).status, 403);
      assert.equal((await session.post(`/api/users/${id}/password/`,
        { password: good })).status, 403);
    }
    assert.equal((await demo.get('/api/users/')).status, 403);
    assert.equal((await demo.get(`/api/users/${id}/`)).status, 403);
    assert.equal((await admin.delete(`/api/users/${id}/`)).status, 405);
    assert.equal((await admin.get('/api/users/999/')).status, 404);
    await world.login('j\u00fcrgen', good);
    assert.doesNotMatch(made.text, /pbkdf2|password/);
  }));

test('the limits of an order are set by superusers, shown and audited', withWorld(
  {}, async (world) => {
    const admin = await root(world);
    await make(admin, { username: 'clerk', is_staff: true });
    const clerk = await world.login('clerk', good);
    const demo = await world.token('demo');
    const id = await idOf(admin, 'demo');
    const path = `/api/users/${id}/`;
    for (const session of [clerk, demo])
      assert.equal((await session.patch(path, { max_quantity: '1' })).status,
                   403);
    const own = await world.login('demo');
    const me = await own.patch('/api/me/', { max_quantity: '1' });
    assert.deepEqual(me.body.errors, { max_quantity: ['you may not set this'] });
    const limits = ({ body }) => [body.max_quantity, body.max_notional];
    for (const [fields, wanted] of [
      [{ max_quantity: '50', max_notional: 1000.5 }, ['50', '1000.5']],
      [{ max_quantity: null }, [null, '1000.5']],
      [{ max_quantity: '0.5', max_notional: '' }, ['0.5', null]],
    ]) {
      const answer = await admin.patch(path, fields);
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(limits(answer), wanted);
      assert.deepEqual(limits(await clerk.get(path)), wanted);
      assert.deepEqual(limits(await demo.get('/api/me/')), wanted);
    }
    for (const value of ['0', '-1', 'x', '1e99', true, [], {}]) {
      const answer = await admin.patch(path, { max_quantity: value });
      assert.equal(answer.status, 400, `${value}: ${answer.text}`);
      assert.deepEqual(Object.keys(answer.body.errors), ['max_quantity']);
    }
    const { body } = await clerk.get('/api/audit/?subject=demo&action=user');
    assert.deepEqual(body.results.slice(0, 3).map(({ actor, changes }) =>
      [actor, changes]), [
      ['root', { max_quantity: [null, '0.5'], max_notional: ['1000.5', null] }],
      ['root', { max_quantity: ['50', null] }],
      ['root', { max_quantity: [null, '50'], max_notional: [null, '1000.5'] }],
    ]);
    const made = await make(admin, { username: 'small', max_notional: '3' });
    assert.deepEqual(limits(made), [null, '3']);
  }));

test('the list is searched, filtered, sorted and paged', withWorld(
  {}, async (world) => {
    const admin = await root(world);
    for (const [i, username] of ['Zed', 'anna', 'Bea', '\u00c4nne'].entries())
      await make(admin, { username, email: `u${i}@example.org`,
                          is_active: i !== 2 });
    const names = async (query) => {
      const { status, body, text } = await admin.get(`/api/users/?${query}`);
      assert.equal(status, 200, text);
      return body.results.map(({ username }) => username);
    };
    const all = await names('');
    assert.equal(all.length, (await admin.get('/api/users/')).body.count);
    assert.deepEqual(await names('search=NN'), ['anna', '\u00c4nne']);
    assert.deepEqual(await names('search=u2@'), ['Bea']);
    assert.deepEqual(await names('is_active=false'), ['Bea']);
    assert.deepEqual((await names('is_staff=true')).sort(), ['boss', 'root']);
    assert.deepEqual(await names('ordering=-username&search=example'),
                     ['\u00c4nne', 'Zed', 'Bea', 'anna']);
    const pages = [];
    let address = '?page_size=3&ordering=id';
    while (address) {
      const { body } = await admin.get(`/api/users/${address}`);
      pages.push(...body.results.map(({ username }) => username));
      address = body.next && new URL(body.next).search;
    }
    assert.deepEqual(pages, await names('ordering=id'));
    const bad = await admin.get('/api/users/?page=0&page_size=x&nothing=1&' +
                                'is_active=maybe');
    assert.deepEqual(Object.keys(bad.body.errors).sort(),
                     ['is_active', 'nothing', 'page', 'page_size']);
    assert.equal((await admin.get('/api/users/?ordering=password')).status, 400);
  }));

test('what breaks a rule is named, all of it', withWorld(
  {}, async (world) => {
    const admin = await root(world);
    const fields = async (body, status = 400) => {
      const answer = await admin.post('/api/users/', body);
      assert.equal(answer.status, status, answer.text);
      return answer.body.errors ?? {};
    };
    assert.deepEqual(Object.keys(await fields({})).sort(),
                     ['password', 'username']);
    const bad = await fields({ username: ' x', password: '123', id: 3,
      is_staff: 'perhaps', email: 7, nothing: true,
      last_name: 'x'.repeat(151) });
    assert.deepEqual(Object.keys(bad).sort(), ['email', 'id', 'is_staff',
      'last_name', 'nothing', 'password', 'username']);
    assert.ok(bad.password.length > 1, bad.password.join());
    assert.ok((await fields({ username: 'DEMO', password: good })).username);
    assert.deepEqual((await fields({ username: 'fresh',
      password: 'Butterfly' })).password,
    ['the password is one of the most common']);
    assert.ok((await fields({ username: 'paul.long',
                              password: 'Paul.Long' })).password);
    const id = await idOf(admin, 'demo');
    const change = await admin.patch(`/api/users/${id}/`,
      { username: 'other', password: good, id: 1, nothing: 1 });
    assert.deepEqual(Object.keys(change.body.errors).sort(),
                     ['id', 'nothing', 'password', 'username']);
  }));

for (const workers of [1, 2])
  test(`rights end and begin at once, ${workers} workers`, withWorld(
    { workers }, async (world) => {
      const admin = await root(world);
      const demo = await world.token('demo');
      const id = await idOf(admin, 'demo');
      const change = async (fields) => {
        const answer = await admin.patch(`/api/users/${id}/`, fields);
        assert.equal(answer.status, 200, answer.text);
        return answer.body;
      };
      const sockets = [await world.follow(demo), await world.follow(demo),
                       await world.follow(demo)];
      const order = { instrument: 'EDF01', quantity: 1, price: 1 };
      assert.equal((await demo.post('/api/data/', order)).status, 201);
      assert.equal((await change({ may_add: false })).may_add, false);
      assert.equal((await demo.post('/api/data/', order)).status, 403);
      for (const socket of sockets)
        assert.equal((await socket.closed).code, 4403);
      assert.equal((await demo.get('/api/data/?scope=all')).status, 403);
      await change({ is_staff: true });
      assert.equal((await demo.get('/api/data/?scope=all')).status, 200);
      await change({ is_staff: false, may_add: true });
      assert.equal((await demo.post('/api/data/', order)).status, 201);
      // Another worker may hear of the change before only now, and end what was
      // opened since.
      const again = async () => {
        for (;;) {
          try {
            return await world.follow(demo);
          } catch (error) {
            if (workers === 1 || !error.message.includes('4403')) throw error;
          }
        }
      };
      const last = await again();
      await change({ is_active: false });
      const { code } = await last.closed;
      assert.ok(code === 4401 || (workers > 1 && code === 4403), String(code));
      assert.equal((await demo.get('/api/data/')).status, 401);
    }));

test('the last active superuser stays one', withWorld({}, async (world) => {
  const admin = await root(world);
  const me = (await admin.get('/api/me/')).body.id;
  const boss = await idOf(admin, 'boss');
  assert.equal((await admin.patch(`/api/users/${boss}/`,
    { is_superuser: false })).status, 200);
  for (const fields of [{ is_superuser: false }, { is_active: false }]) {
    const answer = await admin.patch(`/api/users/${me}/`, fields);
    assert.equal(answer.status, 409, answer.text);
  }
  const { body } = await make(admin, { username: 'second', is_superuser: true,
                                       is_staff: true });
  const second = await world.login('second', good);
  // Each demotes the other at once: one of them stays.
  const answers = await Promise.all([
    admin.patch(`/api/users/${body.id}/`, { is_superuser: false }),
    second.patch(`/api/users/${me}/`, { is_superuser: false })]);
  assert.deepEqual(answers.map(({ status }) => status === 200).sort(),
                   [false, true]);
}));

test('a password that is set ends all logins of its user', withWorld(
  {}, async (world) => {
    const admin = await root(world);
    const session = await world.login('demo');
    const token = await world.token('demo');
    const socket = await world.follow(session);
    const id = await idOf(admin, 'demo');
    const weak = await admin.post(`/api/users/${id}/password/`,
                                  { password: 'demo', more: 1 });
    assert.equal(weak.status, 400);
    assert.deepEqual(Object.keys(weak.body.errors), ['more']);
    assert.ok((await admin.post(`/api/users/${id}/password/`,
      { password: 'demo' })).body.errors.password);
    const set = await admin.post(`/api/users/${id}/password/`,
                                 { password: good });
    assert.equal(set.status, 204, set.text);
    assert.equal((await socket.closed).code, 4401);
    for (const ended of [session, token])
      assert.equal((await ended.get('/api/me/')).status, 401);
    await world.login('demo', good);
  }));

test("one's own password: the old one is asked for, as at a login", withWorld(
  { settings: ['--login-per-account', '3'] }, async (world) => {
    const demo = await world.login('demo');
    const elsewhere = await world.login('demo');
    const token = await world.token('demo');
    const socket = await world.follow(demo);
    const change = (old_password, new_password) =>
      demo.post('/api/me/password/', { old_password, new_password });
    assert.equal((await token.post('/api/me/password/', {})).status, 403);
    assert.deepEqual(Object.keys((await demo.post('/api/me/password/', {}))
      .body.errors).sort(), ['new_password', 'old_password']);
    assert.ok((await change('demo-secret', '12345678'))
      .body.errors.new_password);
    const wrong = await change('wrong', good);
    assert.equal(wrong.status, 400);
    assert.deepEqual(Object.keys(wrong.body.errors), ['old_password']);
    assert.equal((await elsewhere.get('/api/me/')).status, 200);
    const done = await change('demo-secret', good);
    assert.equal(done.status, 204, done.text);
    assert.equal((await socket.closed).code, 4401);
    for (const ended of [elsewhere, token])
      assert.equal((await ended.get('/api/me/')).status, 401);
    // This browser goes on, with cookies of a new session.
    assert.equal((await demo.get('/api/me/')).status, 200);
    assert.equal((await demo.patch('/api/me/', { email: 'd@example.org' }))
      .body.email, 'd@example.org');
    assert.equal((await demo.get('/api/me/')).body.email, 'd@example.org');
    assert.deepEqual(Object.keys((await demo.patch('/api/me/',
      { is_staff: true, username: 'x' })).body.errors).sort(),
      ['is_staff', 'username']);
    for (let i = 0; i < 3; i++) await change('wrong', good);
    const throttled = await change(good, `${good}-2`);
    assert.equal(throttled.status, 429);
    assert.ok(Number(throttled.headers['retry-after']) > 0);
  }));

test('who changed what stands in the audit', withWorld({}, async (world) => {
  const admin = await root(world);
  const { body } = await make(admin, { username: 'new' });
  await admin.patch(`/api/users/${body.id}/`, { is_staff: true, email: 'e' });
  await admin.post(`/api/users/${body.id}/password/`, { password: `${good}2` });
  const { results } = (await admin.get('/api/audit/?subject=new')).body;
  assert.deepEqual(results.map(({ actor, action }) => [actor, action]), [
    ['root', 'password.set'], ['root', 'user.change'],
    ['root', 'user.create']]);
  assert.deepEqual(results[1].changes,
                   { email: ['', 'e'], is_staff: [false, true] });
  assert.doesNotMatch(JSON.stringify(results), new RegExp(good));
}));
