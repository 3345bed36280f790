// The open websockets of a user, on whichever worker they are, and their end.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { Session } from './lib/http.mjs';
import { withWorld } from './lib/world.mjs';

async function me(session) {
  return (await session.get('/api/me/')).body.id;
}

async function list(boss, user, query = '') {
  const { status, body, text } =
    await boss.get(`/api/users/${user}/sockets/${query}`);
  assert.equal(status, 200, text);
  return body;
}

const ids = ({ results }) => results.map(({ id }) => id);

// A socket is off the list once the server has seen its end.
async function until(boss, user, fits) {
  let body;
  do body = await list(boss, user); while (!fits(body));
  return body;
}

test('sockets of every worker are listed, and each can be ended alone',
  withWorld({ workers: 2 }, async (world) => {
    const demo = await world.token('demo');
    const other = await world.token('other');
    const boss = await world.login('boss');
    const user = await me(demo);
    const streams = [];
    const workers = new Set();
    // The kernel spreads connections over the workers as it likes.
    while (streams.length < 4 || workers.size < 2) {
      streams.push(await world.follow(demo));
      for (const { worker } of (await list(boss, user)).results)
        workers.add(worker);
      assert.ok(streams.length < 100);
    }
    const kept = await world.follow(other);
    const before = await list(boss, user, '?page_size=1000');
    assert.equal(before.count, streams.length);
    assert.deepEqual(ids(before), [...ids(before)].sort((a, b) => b - a));
    for (const socket of before.results) {
      assert.equal(socket.session, null);
      assert.ok(socket.token > 0);
      assert.equal(socket.address, '127.0.0.1');
      assert.ok(Math.abs(Date.parse(socket.opened) - Date.now()) < 60000);
    }

    // One of each worker, asked of one of them.
    for (const worker of workers) {
      const { id } = before.results.find((socket) => socket.worker === worker);
      const closing = Promise.race(streams.map(async (stream) =>
        [stream, await stream.closed]));
      const { status } = await boss.delete(`/api/users/${user}/sockets/${id}/`);
      assert.equal(status, 204);
      const [stream, { code, reason }] = await closing;
      assert.deepEqual([code, reason], [4401, 'closed by an admin']);
      streams.splice(streams.indexOf(stream), 1);
      const after = await until(boss, user,
                                ({ count }) => count === streams.length);
      assert.ok(!ids(after).includes(id));
      // An id that was used is nobody's, whatever took its place.
      streams.push(await world.follow(demo));
      const again = await boss.delete(`/api/users/${user}/sockets/${id}/`);
      assert.equal(again.status, 404);
      assert.equal((await list(boss, user)).count, streams.length);
    }
    assert.equal(kept.socket.readyState, 1);

    const { body } = await boss.get('/api/audit/?action=socket');
    assert.deepEqual(body.results.map(({ actor, subject, action }) =>
      [actor, subject, action]), Array(workers.size).fill(
      ['boss', 'demo', 'socket.end']));
    assert.ok(body.results[0].changes.socket[0] > 0);
  }));

test('a socket that came with a ticket, or by a cookie, is listed with it',
  withWorld({}, async (world) => {
    const boss = await world.login('boss');
    const demo = await world.login('demo');
    const user = await me(demo);
    const ticket = (await demo.post('/api/ticket/', {})).body.ticket;
    const stranger = await world.open(new Session(world.url),
                                      { query: '?login=ticket' });
    assert.equal((await list(boss, user)).count, 0);
    stranger.send({ command: 'login', ticket });
    const byTicket = await until(boss, user, ({ count }) => count === 1);
    await world.open(demo);
    const both = await list(boss, user);
    assert.equal(both.count, 2);
    assert.ok(both.results[0].session > 0);
    assert.equal(both.results[0].session, byTicket.results[0].session);
    assert.equal(both.results[1].address, '127.0.0.1');
  }));

test('what is not this user\'s socket can\'t be ended through them',
  withWorld({}, async (world) => {
    const boss = await world.login('boss');
    const demo = await world.token('demo');
    const other = await world.token('other');
    const stream = await world.follow(demo);
    const [user, wrong] = [await me(demo), await me(other)];
    const [id] = ids(await list(boss, user));
    for (const path of [`${wrong}/sockets/${id}`, `${user}/sockets/${id + 1}`,
                        `${user}/sockets/999999999999999999`,
                        `99999/sockets/${id}`]) {
      const { status } = await boss.delete(`/api/users/${path}/`);
      assert.equal(status, 404, path);
    }
    for (const session of [demo, other]) {
      const path = `/api/users/${user}/sockets/`;
      assert.equal((await session.get(path)).status, 403);
      assert.equal((await session.delete(`${path}${id}/`)).status, 403);
    }
    assert.equal((await boss.get('/api/users/99999/sockets/')).status, 404);
    const bad = await boss.get(`/api/users/${user}/sockets/?page=0&x=1`);
    assert.deepEqual(Object.keys(bad.body.errors).sort(), ['page', 'x']);
    assert.equal(stream.socket.readyState, 1);
    assert.equal((await boss.get('/api/audit/?action=socket')).body
      .results.length, 0);
  }));

test('pages of sockets', withWorld({}, async (world) => {
  const boss = await world.login('boss');
  const demo = await world.token('demo');
  const user = await me(demo);
  for (let i = 0; i < 5; i++) await world.open(demo);
  const first = await list(boss, user, '?page_size=2');
  const third = await list(boss, user, '?page_size=2&page=3');
  assert.deepEqual([first.count, first.results.length, first.previous],
                   [5, 2, null]);
  assert.deepEqual([third.results.length, third.next], [1, null]);
  assert.match(first.next, /page=2/);
  assert.match(third.previous, /page=2/);
}));

test('a worker that is killed leaves no sockets on the list', withWorld(
  { workers: 2 }, async (world) => {
    const boss = await world.token('boss');
    const demo = await world.token('demo');
    const user = await me(demo);
    while (new Set((await list(boss, user, '?page_size=1000')).results.map(
      ({ worker }) => worker)).size < 2)
      await world.follow(demo);
    const before = (await list(boss, user, '?page_size=1000')).results;
    const pid = world.daemon.child.pid;
    const children =
      await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    process.kill(Number(children.split(' ')[0]), 'SIGKILL');
    let after;
    do {
      try {
        after = await list(boss, user, '?page_size=1000');
      } catch { after = null; } // it was that worker's connection
    } while (!after || after.count === before.length);
    const workers = new Set(after.results.map(({ worker }) => worker));
    assert.equal(workers.size, 1);
    assert.equal(after.count, before.filter(({ worker }) =>
      workers.has(worker)).length);
  }));
