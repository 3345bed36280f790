// What could take an account over needs the password, given lately: a session
// alone, and a token, are not enough.
import assert from 'node:assert/strict';
import test from 'node:test';
import { DatabaseRows, change } from './lib/rows.mjs';
import { withWorld } from './lib/world.mjs';

const good = 'plenty-Long-2481-enough';

// As if so many seconds had passed since every password was given.
const longAgo = (world, seconds = 601) => change(world.database,
  `UPDATE session SET confirmed = confirmed - ${seconds} * 1000000`);

const idOf = async (session, username) => (await session.get(
  `/api/users/?search=${username}`)).body.results[0].id;

function asks(answer, words) {
  assert.equal(answer.status, 403, answer.text);
  assert.equal(answer.body.code, 'confirm', answer.text);
  assert.equal(answer.headers['content-type'], 'application/problem+json');
  assert.match(answer.body.detail, words);
}

async function confirm(session, password) {
  const answer = await session.post('/api/confirm/', { password });
  assert.equal(answer.status, 204, answer.text);
}

test('what could take an account over is asked for the password again',
  withWorld({}, async (world) => {
    const boss = await world.login('boss');
    const demo = await idOf(boss, 'demo');
    const path = `/api/users/${demo}/`;
    const own = `/api/users/${await idOf(boss, 'boss')}/`;
    assert.equal((await boss.post('/api/users/', { username: 'chief',
      password: good, is_superuser: true })).status, 201);
    const chief = `/api/users/${await idOf(boss, 'chief')}/`;
    const guarded = [
      ['POST', '/api/token/', { scopes: ['orders:read'] }],
      ['PATCH', '/api/me/', { email: 'boss@example.org' }],
      ['PATCH', path, { is_staff: true }],
      ['PATCH', path, { may_add: false }],
      ['PATCH', path, { max_quantity: '5' }],
      ['PATCH', chief, { first_name: 'C' }],
      ['PATCH', chief, { is_active: false }],
      ['PATCH', own, { email: 'other@example.org' }],
      ['POST', '/api/users/', { username: 'clerk', password: good,
                                is_staff: true }],
      ['POST', `${path}password/`, { password: good }],
      ['POST', `${own}password/`, { password: good }],
    ];
    await longAgo(world);
    for (const [method, at, body] of guarded)
      asks(await boss.request(method, at, body), /your password again/);
    assert.equal((await boss.get(path)).body.is_staff, false);
    // What takes nothing over goes on.
    for (const [method, at, body, status] of [
      ['PATCH', '/api/me/', { first_name: 'B' }, 200],
      ['PATCH', path, { email: 'd@example.org', last_name: 'D' }, 200],
      ['PATCH', path, { is_active: false }, 200],
      ['PATCH', path, { is_active: true }, 200],
      ['POST', '/api/users/', { username: 'plain', password: good }, 201],
      ['GET', '/api/token/', undefined, 200],
    ]) {
      const answer = await boss.request(method, at, body);
      assert.equal(answer.status, status, `${method} ${at}: ${answer.text}`);
    }
    await confirm(boss, 'boss-secret');
    for (const [method, at, body] of guarded) {
      const answer = await boss.request(method, at, body);
      assert.ok(answer.status < 300, `${method} ${at}: ${answer.text}`);
    }
  }));

test('a password is good for a time, of one login alone, and never of a time ' +
     'to come', withWorld({ settings: ['--confirm-window-s', '60'] },
  async (world) => {
    const demo = await world.login('demo');
    const elsewhere = await world.login('demo');
    const email = async (session) => (await session.patch('/api/me/',
      { email: `${Math.random()}@example.org` }));
    assert.equal((await email(demo)).status, 200);
    await longAgo(world, 50);
    assert.equal((await email(demo)).status, 200);
    await longAgo(world, 10);
    asks(await email(demo), /again/);
    await confirm(demo, 'demo-secret');
    assert.equal((await email(demo)).status, 200);
    asks(await email(elsewhere), /again/);
    await longAgo(world, -120);
    asks(await email(demo), /again/);
  }));

test('a wrong password confirms nothing and counts as a failed login', withWorld(
  { settings: ['--login-per-account', '3'] }, async (world) => {
    const demo = await world.login('demo');
    await longAgo(world);
    for (const body of [{}, { password: '' }, { password: 7 },
                        { password: 'x', extra: 'y' }]) {
      const answer = await demo.post('/api/confirm/', body);
      assert.equal(answer.status, 400, answer.text);
    }
    for (let i = 0; i < 3; i++) {
      const answer = await demo.post('/api/confirm/', { password: 'wrong' });
      assert.equal(answer.status, 400, answer.text);
      assert.deepEqual(answer.body.errors,
                       { password: ['is not your password'] });
    }
    const late = await demo.post('/api/confirm/', { password: 'demo-secret' });
    assert.equal(late.status, 429, late.text);
    assert.ok(late.headers['retry-after'] > 0);
    asks(await demo.patch('/api/me/', { email: 'x@example.org' }), /again/);
    const rows = await new DatabaseRows(world.database).column(
      'SELECT action FROM audit WHERE action LIKE \'login.%\'');
    assert.deepEqual(rows, ['login.failed', 'login.failed', 'login.failed']);
  }));

test('to confirm is for a cookie login with its CSRF token', withWorld({},
  async (world) => {
    const demo = await world.login('demo');
    const token = await world.token('demo');
    const password = 'demo-secret';
    const none = { 'X-CSRFToken': null };
    assert.equal((await demo.post('/api/confirm/', { password }, none)).status,
                 403);
    assert.equal((await token.post('/api/confirm/', { password })).status, 403);
    await longAgo(world);
    const before = await new DatabaseRows(world.database).column(
      'SELECT last_login FROM "user" WHERE username = \'demo\'');
    const form = await demo.form('/api/confirm/', { password });
    assert.equal(form.status, 204, form.text);
    const after = await new DatabaseRows(world.database).column(
      'SELECT last_login FROM "user" WHERE username = \'demo\'');
    assert.deepEqual(after, before, 'it is no login');
    const boss = await world.token('boss');
    const audit = await boss.get('/api/audit/?action=login.confirm');
    assert.deepEqual(audit.body.results.map(({ actor }) => actor), ['demo']);
  }));

test('an admin token makes users without rights and takes over nobody',
  withWorld({}, async (world) => {
    const browser = await world.login('boss');
    const made = await browser.post('/api/token/', { scopes: ['admin'] });
    assert.equal(made.status, 200, made.text);
    for (const boss of [await world.token('boss'), Object.assign(
      await world.token('boss'), { token: made.body.token })]) {
      const name = `n${boss.token.slice(0, 6)}`;
      const path = `/api/users/${await idOf(boss, 'demo')}/`;
      const chief = `/api/users/${await idOf(boss, 'boss')}/`;
      const plain = await boss.post('/api/users/',
                                    { username: name, password: good });
      assert.equal(plain.status, 201, plain.text);
      for (const fields of [{ first_name: name }, { email: `${name}@b` },
                            { is_active: false }, { is_active: true }])
        assert.equal((await boss.patch(path, fields)).status, 200);
      for (const [method, at, body] of [
        ['POST', '/api/users/', { username: 'x', password: good,
                                  is_staff: true }],
        ['POST', '/api/users/', { username: 'x', password: good,
                                  is_superuser: true }],
        ['PATCH', path, { is_staff: true }],
        ['PATCH', path, { may_delete: false }],
        ['PATCH', path, { max_notional: '1' }],
        ['PATCH', chief, { email: 'mine@example.org' }],
        ['POST', `${path}password/`, { password: good }],
        ['POST', `${chief}password/`, { password: good }],
      ])
        asks(await boss.request(method, at, body), /a token can't do it/);
    }
  }));

test('the answers\' code is in the description', withWorld({}, async (world) => {
  const { body } = await (await world.token('demo')).get('/api/schema/');
  assert.deepEqual(body.components.schemas.Problem.properties.code.enum,
                   ['confirm', 'second_factor', 'second_factor_required']);
  assert.ok(body.paths['/api/confirm/'].post.responses['204']);
}));
