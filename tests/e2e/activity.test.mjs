// What users see of their own account: logins, and what was done to it.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Session } from './lib/http.mjs';
import { change } from './lib/rows.mjs';
import { withWorld } from './lib/world.mjs';

const told = (rows) => rows.map(({ action, by, address }) =>
  [action, by, address]);

async function activity(session, query = '') {
  const answer = await session.get(`/api/me/activity/${query}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.body;
}

test('logins and changes are told to whom they are about, and to nobody else',
  withWorld({}, async (world) => {
    const demo = await world.login('demo');
    const other = await world.login('other');
    const boss = await world.login('boss');
    const nobody = new Session(world.url);
    await nobody.post('/api/token/', { username: 'demo', password: 'wrong' });
    const { id } = (await boss.get('/api/users/?search=demo')).body.results[0];
    await boss.patch(`/api/users/${id}/`, { max_quantity: '5' });
    await demo.patch('/api/me/', { first_name: 'D' });
    const { results, next } = await activity(demo);
    assert.equal(next, null);
    assert.deepEqual(told(results), [
      ['user.change', 'you', '127.0.0.1'],
      ['user.change', 'staff', null],
      ['login.failed', null, '127.0.0.1'],
      ['login', 'you', '127.0.0.1'],
      ['user.create', 'command', 'command'],
    ]);
    assert.deepEqual(results[1].changes, { max_quantity: [null, '5'] });
    assert.doesNotMatch(JSON.stringify(results), /boss|other/);
    assert.deepEqual(told((await activity(other)).results).map(([what]) => what),
                     ['login', 'user.create']);
    // What a superuser did to others is none of their own account's.
    assert.deepEqual(told((await activity(boss)).results).map(([what]) => what),
                     ['login', 'user.create']);
    const seen = [];
    let address = '?page_size=2';
    while (address) {
      const page = await activity(demo, address);
      seen.push(...page.results);
      address = page.next && new URL(page.next).search;
    }
    assert.deepEqual(seen, results);
    for (const bad of ['?page_size=0', '?page_size=101', '?cursor=x', '?a=1'])
      assert.equal((await demo.get(`/api/me/activity/${bad}`)).status, 400, bad);
    assert.equal((await (await world.token('demo')).get('/api/me/activity/'))
      .status, 403);
    assert.equal((await nobody.get('/api/me/activity/')).status, 401);
  }));

test('a login of staff is shorter than that of a trader, and ends after a day\'s ' +
     'work', withWorld({}, async (world) => {
  const lifetime = async (session) => {
    const [one] = (await session.get('/api/sessions/')).body.results;
    return Math.round((Date.parse(one.expires) - Date.parse(one.last_used)) /
                      1000);
  };
  const demo = await world.login('demo');
  const boss = await world.login('boss');
  assert.equal(await lifetime(demo), 1209600);
  assert.equal(await lifetime(boss), 3600);
  // Used for so long that only half an hour of its twelve is left.
  await change(world.database, 'UPDATE session SET created = created - ' +
    '41400000000, last_used = last_used - 120000000');
  let left = 3600;
  while (left === 3600 || left === 3720) left = await lifetime(boss);
  assert.ok(left > 1700 && left <= 1800, `${left} s`);
  // Whoever becomes staff: at the next use, and soon without one.
  const { id } = (await boss.get('/api/users/?search=demo')).body.results[0];
  assert.equal((await boss.patch(`/api/users/${id}/`, { is_staff: true }))
    .status, 200);
  assert.ok(await lifetime(demo) <= 3600);
}));
