// The audit as evidence: what is refused is counted in it, its rows are a chain,
// and they can be kept elsewhere.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { Session } from './lib/http.mjs';
import { Process } from './lib/processes.mjs';
import { DatabaseRows, change } from './lib/rows.mjs';
import { bin, withWorld } from './lib/world.mjs';

// The minute in which things were counted is over.
async function minuteIsOver(world) {
  await world.stopDaemon();
  await change(world.database, 'UPDATE refusal SET minute = minute - 5');
  await world.startDaemon({ port: world.port });
  // Whatever is counted next has the others settled.
  await new Session(world.url).form('/accounts/login/', {},
    { Origin: 'https://evil.example' });
}

function follow(world, ...more) {
  const process = new Process(join(bin, 'lws-app'),
    ['audit', '--follow', '--database', world.database, ...more]);
  world.daemons.push(process);
  return process;
}

const rowsOf = (text) => text.trim().split('\n').filter(Boolean)
  .map((line) => JSON.parse(line));

test('what is refused is counted by kind, address and minute', withWorld(
  { settings: ['--login-per-account', '2', '--login-per-address', '6'] },
  async (world) => {
    const audit = follow(world);
    const demo = await world.token('demo');
    const browser = await world.login('demo');
    const nobody = new Session(world.url);
    const login = (session, username) => session.post('/api/token/',
      { username, password: 'wrong-wrong' });
    for (const name of ['nobody', 'none', 'nobody'])
      assert.equal((await login(nobody, name)).status, 401);
    for (let i = 0; i < 3; i++) await login(nobody, 'other');
    for (let i = 0; i < 4; i++)
      assert.equal((await demo.get('/api/audit/')).status, 403);
    const order = { instrument: 'A', quantity: 1, price: 1 };
    await browser.post('/api/data/', order, { 'X-CSRFToken': 'x' });
    await browser.post('/api/data/', order, { Origin: 'https://evil.example' });
    await browser.post('/accounts/logout/', '',
                       { Origin: 'https://evil.example' });
    await demo.get('/api/data/?format=csv');
    await minuteIsOver(world);
    await audit.line(/refused\.throttled.*\n/);
    const counted = rowsOf(audit.out).filter(({ changes }) => changes.count)
      .map(({ action, actor, address, changes }) =>
        [action, actor, address, changes.count[1]]).sort();
    assert.deepEqual(counted, [
      ['export', 'demo', '127.0.0.1', 1],
      ['refused.csrf', 'demo', '127.0.0.1', 1],
      ['refused.forbidden', 'demo', '127.0.0.1', 4],
      ['refused.login', null, '127.0.0.1', 3],
      ['refused.origin', 'demo', '127.0.0.1', 2],
      ['refused.throttled', null, '127.0.0.1', 1],
    ]);
    // Names that strangers typed are in no row.
    assert.doesNotMatch(audit.out, /nobody|none|wrong/);
    await audit.stop();
    await world.command(['check'], { redis: false });
  }));

test('that a password or a second factor is asked for is counted too', withWorld(
  { settings: ['--staff-second-factor'] }, async (world) => {
    const audit = follow(world);
    const boss = await world.login('boss');
    const demo = await world.login('demo');
    await change(world.database, 'UPDATE session SET confirmed = 1');
    const refused = async (code, asked) => {
      const { status, body } = await asked;
      assert.deepEqual([status, body.code], [403, code]);
    };
    for (let i = 0; i < 3; i++)
      await refused('confirm', demo.patch('/api/me/', { email: 'x@example.org' }));
    await refused('confirm', demo.post('/api/token/', {}));
    for (let i = 0; i < 2; i++)
      await refused('second_factor_required', boss.get('/api/users/'));
    // A page leads to where it is set up; that is a refusal all the same.
    assert.equal((await boss.get('/admin/')).status, 302);
    await assert.rejects(world.open(boss), /403/);
    await minuteIsOver(world);
    await audit.line(/refused\.second_factor_required.*\n/);
    const counted = rowsOf(audit.out).filter(({ changes }) => changes.count)
      .map(({ action, actor, address, changes }) =>
        [action, actor, address, changes.count[1]]).sort();
    assert.deepEqual(counted, [
      ['refused.confirm', 'demo', '127.0.0.1', 4],
      ['refused.second_factor_required', 'boss', '127.0.0.1', 4],
    ]);
    await audit.stop();
  }));

test('rows that other hands changed are found by check', withWorld(
  {}, async (world) => {
    await world.login('demo');
    await world.login('other');
    await world.command(['check'], { redis: false });
    await change(world.database,
      "UPDATE audit SET address = '10.9.9.9' WHERE action = 'login'");
    const { out } = await world.command(['check'], { code: 1, redis: false });
    assert.match(out, /the audit: row \d+ is not what was written behind row/);
  }));

test('rows are followed over a restart and a purge, from any of them on',
  withWorld({}, async (world) => {
    const rows = new DatabaseRows(world.database);
    const audit = follow(world);
    await audit.line(/"user\.create".*"boss".*\n/);
    await world.login('demo');
    await audit.line(/"action":"login".*\n/);
    await world.restartDaemon();
    await world.login('other');
    await audit.line(/"subject":"other","changes":\{"session".*\n/);
    await audit.stop();
    const all = rowsOf(audit.out);
    assert.deepEqual(all.map(({ id }) => id), all.map((_, i) => i + 1));
    assert.deepEqual(all.map(({ hash }) => hash),
                     await rows.column('SELECT hash FROM audit ORDER BY id'));
    assert.match(all[0].hash, /^[0-9a-f]{64}$/);
    const read = async (...more) => rowsOf((await world.command(
      ['audit', ...more], { redis: false })).out);
    assert.deepEqual(await read(), all);
    assert.deepEqual(await read('--from', '2'), all.slice(2));
    assert.deepEqual(await read('--from', String(all.length)), []);
    // As a purge leaves it.
    const [{ hash }] = all.slice(1, 2);
    await change(world.database, 'DELETE FROM audit WHERE id <= 2',
      `UPDATE meta SET value = '2 ${hash}' WHERE key = 'audit_base'`);
    await world.command(['check'], { redis: false });
    assert.deepEqual(await read(), [{ missing: { from: 1, to: 2 } },
                                    ...all.slice(2)]);
    assert.deepEqual(await read('--from=2'), all.slice(2));
    for (const bad of ['x', '', '-1', '99'])
      assert.match((await world.command(['audit', `--from=${bad}`],
        { code: 1, redis: false })).err, /from/);
  }));
