// Logins by cookie and by token, as their user and as a superuser ends them.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Session } from './lib/http.mjs';
import { withWorld } from './lib/world.mjs';

const sessions = async (session, path = '/api/sessions/') => {
  const { status, body, text } = await session.get(path);
  assert.equal(status, 200, text);
  assert.equal(body.count, body.results.length);
  return body.results;
};
const alive = async (session) => (await session.get('/api/me/')).status === 200;
const idOf = async (boss, username) => (await boss.get(
  `/api/users/?search=${username}`)).body.results[0].id;

for (const workers of [1, 2])
  test(`own logins are seen and ended, their sockets too, ${workers} workers`,
    withWorld({ workers }, async (world) => {
      const here = await world.login('demo');
      const there = await world.login('demo');
      const third = await world.login('demo');
      const other = await world.login('other');
      const token = await world.token('demo');
      const sockets = [];
      for (let i = 0; i < 4; i++) sockets.push(await world.follow(there));
      const kept = await world.follow(here);

      const list = await sessions(here);
      assert.deepEqual(list.map(({ current }) => current),
                       [false, false, true]);
      for (const { address, created, last_used: used, expires } of list) {
        assert.equal(address, '127.0.0.1');
        for (const time of [created, used, expires]) assert.match(time, /Z$/);
      }
      assert.equal((await token.get('/api/sessions/')).status, 403);
      const [, second] = list; // newest first: third, there, here
      assert.equal((await other.delete(`/api/sessions/${second.id}/`)).status,
                   404);
      assert.ok(await alive(there));
      assert.equal((await here.delete(`/api/sessions/${second.id}/`)).status,
                   204);
      for (const socket of sockets)
        assert.equal((await socket.closed).code, 4401);
      assert.ok(!await alive(there));
      assert.ok(await alive(third));
      assert.equal((await here.delete('/api/sessions/?keep=no')).status, 400);
      assert.equal((await here.delete('/api/sessions/?keep=current')).status,
                   204);
      assert.ok(!await alive(third));
      assert.ok(await alive(here));
      await kept.silent();
      assert.equal((await here.delete('/api/sessions/')).status, 204);
      assert.equal((await kept.closed).code, 4401);
      assert.ok(!await alive(here));
      assert.ok(await alive(token));
      assert.ok(await alive(other));
    }));

test('a superuser sees and ends those of others; staff do not', withWorld(
  {}, async (world) => {
    const boss = await world.login('boss');
    const demo = await world.login('demo');
    const again = await world.login('demo');
    const token = await world.token('demo');
    const id = await idOf(boss, 'demo');
    const at = `/api/users/${id}/`;
    const [newest, oldest] = await sessions(boss, `${at}sessions/`);
    assert.equal(newest.current, false);
    for (const path of ['sessions/', 'tokens/', `sessions/${oldest.id}/`]) {
      const method = /\d\/$/.test(path) ? 'DELETE' : 'GET';
      assert.equal((await again.request(method, `${at}${path}`)).status, 403);
    }
    // Of another user it is none of theirs.
    const wrong = `/api/users/${await idOf(boss, 'other')}/`;
    assert.equal((await boss.delete(`${wrong}sessions/${oldest.id}/`)).status,
                 404);
    assert.equal((await boss.delete(`${at}sessions/${oldest.id}/`)).status,
                 204);
    assert.ok(!await alive(demo));
    assert.ok(await alive(again));
    assert.equal((await boss.delete(`${at}sessions/`)).status, 204);
    assert.ok(!await alive(again));
    const { body } = await boss.get(`${at}tokens/`);
    assert.equal(body.count, 1);
    assert.doesNotMatch(JSON.stringify(body), /"token"/);
    assert.equal((await boss.delete(
      `${wrong}tokens/${body.results[0].id}/`)).status, 404);
    assert.equal((await boss.delete(`${at}tokens/${body.results[0].id}/`))
      .status, 204);
    assert.ok(!await alive(token));
    const { results } = (await boss.get('/api/audit/?subject=demo&actor=boss'))
      .body;
    assert.deepEqual(results.map(({ action, changes }) =>
      [action, changes.token ?? changes.session]), [
      ['token.end', [body.results[0].id, null]],
      ['session.end', [newest.id, null]],
      ['session.end', [oldest.id, null]]]);
  }));

test('the audit has logins, logouts, and failures of users there are', withWorld(
  {}, async (world) => {
    const boss = await world.login('boss');
    const rows = async () => (await boss.get('/api/audit/?subject=demo'))
      .body.results.reverse();
    const attempt = async (session, username, password) => {
      const page = await session.get('/accounts/login/');
      const [, csrfmiddlewaretoken] = page.text.match(
        /name="csrfmiddlewaretoken"[^>]*value="([^"]+)"/);
      return session.form('/accounts/login/',
        { csrfmiddlewaretoken, username, password },
        { 'X-CSRFToken': null, 'User-Agent': 'x'.repeat(3000) });
    };
    const before = (await boss.get('/api/audit/')).body.results.length;
    const stranger = new Session(world.url);
    const typed = 'typed-by-mistake';
    assert.equal((await attempt(stranger, typed, 'no')).status, 401);
    assert.equal((await boss.get('/api/audit/')).body.results.length, before);
    assert.equal((await attempt(stranger, 'DEMO', typed)).status, 401);
    assert.equal((await stranger.post('/api/token/',
      { username: 'demo', password: typed })).status, 401);
    assert.equal((await attempt(stranger, 'demo', 'demo-secret')).status, 302);
    // The old one ends where a browser logs in again.
    assert.equal((await attempt(stranger, 'demo', 'demo-secret')).status, 302);
    assert.equal((await stranger.form('/accounts/logout/', {})).status, 302);
    const seen = await rows();
    assert.deepEqual(seen.map(({ actor, action }) => [actor, action]).slice(-6), [
      [null, 'login.failed'], [null, 'login.failed'], ['demo', 'login'],
      ['demo', 'session.end'], ['demo', 'login'], ['demo', 'session.end'],
    ]);
    for (const { address } of seen.slice(-6))
      assert.equal(address, '127.0.0.1');
    const [first, ended, second, left] = seen.slice(-4)
      .map(({ changes }) => changes.session);
    assert.deepEqual([ended, left], [[first[1], null], [second[1], null]]);
    assert.ok(first[1] > 0 && second[1] > first[1]);
    assert.equal(seen.at(-4).changes.user_agent[1], 'x'.repeat(255));
    assert.ok(!JSON.stringify(seen).includes(typed));
  }));
