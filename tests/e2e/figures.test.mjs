// How busy the service is, as staff see it.
import assert from 'node:assert/strict';
import test from 'node:test';
import { View } from './lib/view.mjs';
import { withWorld } from './lib/world.mjs';

async function figures(boss) {
  const { status, body, text } = await boss.get('/api/admin/');
  assert.equal(status, 200, text);
  return body;
}

test('figures are of all workers, and of what happens now',
  withWorld({ workers: 2 }, async (world) => {
    const boss = await world.token('boss');
    const demo = await world.token('demo');
    const other = await world.login('other');
    const stream = await world.follow(demo);
    let seen;
    // Samples are taken once a second.
    do {
      await demo.order();
      await stream.next();
      seen = await figures(boss);
    } while (!(seen.workers === 2 && seen.events_per_s > 0 &&
               seen.sockets === 1 && seen.delivery_ms.p50 !== null));
    assert.ok(seen.requests_per_s >= seen.events_per_s);
    assert.ok(seen.writes_per_s > 0);
    for (const { p50, p99 } of [seen.request_ms, seen.delivery_ms])
      assert.ok(p50 > 0 && p50 <= p99);
    assert.equal(seen.redis, 'up');
    // boss has only a token; demo a socket; other a session.
    assert.equal(seen.users_online, 2);
    assert.equal(seen.sessions, 1);

    // One user, however many sockets and sessions.
    await world.follow(other);
    await world.follow(other);
    await world.login('other');
    const more = await figures(boss);
    assert.deepEqual([more.users_online, more.sessions], [2, 2]);

    assert.equal(more.recent.length, 10);
    const { results } = (await boss.get('/api/audit/?page_size=10')).body;
    assert.deepEqual(more.recent, results);
    stream.socket.close();
    await stream.closed;
    let after;
    do after = await figures(boss); while (after.users_online !== 1);
  }));

test('the last hour is told step by step, to staff',
  withWorld({ workers: 2 }, async (world) => {
    const boss = await world.token('boss');
    const demo = await world.token('demo');
    await world.follow(demo);
    let seen;
    do {
      await demo.order();
      const answer = await boss.get('/api/admin/hour/');
      assert.equal(answer.status, 200, answer.text);
      seen = answer.body;
    } while (!(seen.steps.at(-1).events_per_s > 0 &&
               seen.steps.at(-1).sockets === 1));
    const last = seen.steps.at(-1);
    assert.equal(seen.step_s, 15);
    assert.equal(seen.steps.length, 240);
    assert.ok(last.requests_per_s >= last.events_per_s);
    assert.ok(last.request_p99_ms > 0 && last.delivery_p99_ms > 0);
    const times = seen.steps.map(({ time }) => Date.parse(time));
    assert.ok(times.every((time, i) => !i || time - times[i - 1] === 15000));
    assert.deepEqual({ ...seen.steps[0], time: 0 }, { time: 0,
      requests_per_s: null, events_per_s: null, sockets: null,
      request_p99_ms: null, delivery_p99_ms: null });
    assert.equal((await demo.get('/api/admin/hour/')).status, 403);
  }));

test('how long changes take is told hop by hop, to every user',
  withWorld({ workers: 2 }, async (world) => {
    const hops = ['commit', 'relay', 'engine', 'socket', 'view'];
    const demo = await world.token('demo');
    // On both workers, wherever the orders go.
    const streams = [];
    for (let i = 0; i < 8; i++) streams.push(await world.follow(demo));
    let seen;

    await new View(streams[0], demo, 'grid', { max_rate: 60 }).open();
    do {
      await demo.order();
      const { status, body, text } = await demo.get('/api/latency/');
      assert.equal(status, 200, text);
      seen = body;
    } while (hops.some((hop) => seen[`${hop}_ms`].p99 === null));
    assert.deepEqual(Object.keys(seen),
      ['seconds', ...hops.map((hop) => `${hop}_ms`)]);
    for (const hop of hops) {
      const { p50, p99 } = seen[`${hop}_ms`];

      assert.ok(p50 > 0 && p50 <= p99, `${hop} ${p50} ${p99}`);
    }
    const { text } = await demo.get('/metrics');
    for (const hop of hops) {
      const [, count] = text.match(
        new RegExp(`^lwsapp_hop_seconds_count\\{hop="${hop}"\\} (\\d+)$`, 'm'));

      assert.ok(Number(count) > 0, hop);
    }
  }));

test('figures are for staff, with or without Redis', withWorld({},
  async (world) => {
    const boss = await world.login('boss');
    const demo = await world.login('demo');
    assert.equal((await demo.get('/api/admin/')).status, 403);
    const seen = await figures(boss);
    assert.equal(seen.redis, 'not configured');
    assert.equal(seen.users_online, 2);
    assert.equal(seen.delivery_ms.p99, null);
  }));
