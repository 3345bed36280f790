// What the program counts of itself, in Prometheus' text.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Session } from './lib/http.mjs';
import { withWorld } from './lib/world.mjs';

// {name: {type, help, samples: [[labels, value]]}}; strict about the format.
function parse(text) {
  const families = {};
  let family;
  assert.ok(text.endsWith('\n'));
  for (const line of text.trimEnd().split('\n')) {
    const head = line.match(/^# (HELP|TYPE) ([a-z_]+) (.+)$/);
    if (head) {
      const [, what, name, rest] = head;
      families[name] ??= { samples: [] };
      family = families[name];
      family.name = name;
      assert.equal(family[what], undefined, `${what} twice: ${name}`);
      family[what] = rest;
      continue;
    }
    const sample = line.match(
      /^([a-z_]+)\{([^}]*)\} (-?\d+(?:\.\d+)?)$/);
    assert.ok(sample, `not a sample: ${line}`);
    assert.ok(sample[1].startsWith(family.name), line);
    family.samples.push([sample[1], sample[2], Number(sample[3])]);
  }
  return families;
}

const total = (family, wanted = '') => family.samples
  .filter(([, labels]) => labels.includes(wanted))
  .reduce((sum, [, , value]) => sum + value, 0);

test('every worker shows the figures of all',
  withWorld({ workers: 2 }, async (world) => {
    const demo = await world.token('demo');
    const streams = [];
    for (let i = 0; i < 4; i++) streams.push(await world.follow(demo));
    for (let i = 0; i < 10; i++) await demo.order();
    for (const stream of streams) await stream.nextOf(10);
    await demo.post('/api/data/', { price: 'x' });
    const anyone = new Session(world.url);
    let families;
    do { // gauges are copied once a second
      const answer = await anyone.get('/metrics');
      assert.equal(answer.status, 200);
      assert.match(answer.headers['content-type'], /^text\/plain; version=0/);
      families = parse(answer.text);
    } while (total(families.lwsapp_sockets) < 4 ||
             total(families.lwsapp_commit_jobs_total) < 11);
    for (const [name, family] of Object.entries(families)) {
      assert.ok(family.HELP && family.TYPE, name);
      assert.equal(family.TYPE === 'counter', name.endsWith('_total'), name);
    }
    const post = 'route="POST /api/data/"';
    assert.equal(total(families.lwsapp_http_requests_total,
                       `${post},status="2xx"`), 10);
    assert.equal(total(families.lwsapp_http_requests_total,
                       `${post},status="4xx"`), 1);
    assert.equal(families.lwsapp_http_request_duration_seconds.samples
      .find(([name, labels]) => name.endsWith('_count') &&
            labels === post)[2], 11);
    assert.equal(total(families.lwsapp_redis_up), 2);
    assert.ok(total(families.process_resident_memory_bytes) > 1e6);
    // To each its answer and, in one frame or in ten, its events.
    assert.ok(total(families.lwsapp_frames_sent_total) >= 4 * 2);
    // Once for each worker that has one of the sockets.
    assert.ok([10, 20].includes(total(families.lwsapp_events_delivered_total)));
    assert.equal(total(families.lwsapp_commits_failed_total), 0);
  }));
