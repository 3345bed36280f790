// The second factor: set up, asked for, used once, lost, demanded.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Session } from './lib/http.mjs';
import { DatabaseRows, change } from './lib/rows.mjs';
import { codeOf, enrol, forgetUse, withinAStep, wrongCode }
  from './lib/totp.mjs';
import { withWorld } from './lib/world.mjs';

const FACTOR = '/api/me/second-factor/';

const ask = (world, fields) => new Session(world.url).post('/api/token/',
  { username: 'demo', password: 'demo-secret', ...fields });

async function formToken(session) {
  const { text } = await session.get('/accounts/login/');
  return text.match(/name="csrfmiddlewaretoken"[^>]*value="([^"]+)"/)[1];
}

// The form, as a browser without scripts has it.
async function submit(session, fields) {
  const csrfmiddlewaretoken = await formToken(session);
  return session.form('/accounts/login/', { csrfmiddlewaretoken, next: '/',
                                            ...fields });
}
const password = { username: 'demo', password: 'demo-secret' };
const pendingOf = ({ text }) => text.match(/name="pending" value="([^"]+)"/)[1];
const errorOf = ({ text }) => text.match(/role="alert">([^<]*)</)[1];

async function audited(world, what) {
  const rows = new DatabaseRows(world.database);
  return rows.rows(`SELECT action, detail FROM audit WHERE action LIKE '${what}'
                    ORDER BY id`);
}

test('it is set up with a first code, and asked for from then on', withWorld(
  {}, async (world) => {
    const session = await world.login('demo');
    const elsewhere = await world.login('demo');
    const token = await world.token('demo');
    assert.deepEqual((await session.get(FACTOR)).body,
      { since: null, required: false, recovery_codes_left: 0 });
    const begun = await session.post(FACTOR);
    assert.equal(begun.status, 201, begun.text);
    const { secret, uri } = begun.body;
    assert.match(secret, /^[A-Z2-7]{32}$/);
    assert.equal(uri,
      `otpauth://totp/lws-app:demo?secret=${secret}&issuer=lws-app`);
    // Until a code of it came nothing is asked.
    assert.equal((await ask(world)).status, 200);
    const wrong = await session.post(`${FACTOR}verify/`,
                                     { code: wrongCode(secret) });
    assert.equal(wrong.status, 400, wrong.text);
    assert.deepEqual(Object.keys(wrong.body.errors), ['code']);
    const done = await session.post(`${FACTOR}verify/`,
                                    { code: codeOf(secret) });
    assert.equal(done.status, 200, done.text);
    const { recovery_codes: codes } = done.body;
    assert.equal(new Set(codes).size, 10);
    for (const code of codes) assert.match(code, /^\d{4}(-\d{4}){3}$/);
    // This login stays, and so do tokens; the other one came by password alone.
    const state = (await session.get(FACTOR)).body;
    assert.match(state.since, /Z$/);
    assert.equal(state.recovery_codes_left, 10);
    assert.equal((await token.get('/api/data/')).status, 200);
    assert.equal((await elsewhere.get('/api/data/')).status, 401);
    const me = (await session.get('/api/me/')).body;
    assert.deepEqual([me.has_second_factor, me.second_factor_required],
                     [true, false]);
    // Again is refused, and shows nothing.
    for (const again of [await session.post(FACTOR), await session.post(
      `${FACTOR}verify/`, { code: codeOf(secret, 1) })])
      assert.equal(again.status, 409, again.text);
    const rows = new DatabaseRows(world.database);
    assert.deepEqual(await rows.column(`SELECT DISTINCT length(hash)
      FROM recovery_code`), [32]);
    assert.deepEqual(await audited(world, 'factor.%'),
                     [{ action: 'factor.add', detail: '{}' }]);
  }));

test('the missing code is told after a right password alone', withWorld(
  {}, async (world) => {
    const { secret } = await enrol(await world.login('demo'));
    const missing = await ask(world);
    assert.equal(missing.status, 401);
    assert.equal(missing.body.code, 'second_factor');
    assert.equal(missing.headers['content-type'], 'application/problem+json');
    const plain = await ask(world, { password: 'wrong' });
    assert.equal(plain.status, 401);
    assert.equal('code' in plain.body, false);
    // With a code nothing tells which of the two was wrong.
    const guesses = [
      await ask(world, { password: 'wrong', code: codeOf(secret, 1) }),
      await ask(world, { password: 'wrong', code: wrongCode(secret) }),
      await ask(world, { code: wrongCode(secret) }),
      await ask(world, { username: 'nobody', code: wrongCode(secret) }),
      await ask(world, { code: 'x'.repeat(900) }),
    ];
    for (const { status, text } of guesses)
      assert.deepEqual([status, text], [401, guesses[0].text]);
    const good = await ask(world, { code: codeOf(secret, 1) });
    assert.equal(good.status, 200, good.text);
    // A code is text: a number has lost its zeros.
    assert.deepEqual((await ask(world, { code: 123456 })).body.errors,
                     { code: ['must be a string'] });
    const failed = (await audited(world, 'login.failed'))
      .map(({ detail }) => detail);
    const byCode = '{"second_factor":[null,"wrong code"]}';
    assert.deepEqual(failed, ['{}', '{}', '{}', byCode, byCode]);
  }));

test('who has none sends a code for nothing', withWorld({}, async (world) => {
  assert.equal((await ask(world, { code: '123456' })).status, 200);
  assert.equal((await submit(new Session(world.url),
                             { ...password, code: '1' })).status, 302);
}));

test('a code is good once, in a window of a step before and after', withWorld(
  {}, async (world) => {
    const { secret } = await enrol(await world.login('demo'));
    const status = async (offset) =>
      (await ask(world, { code: codeOf(secret, offset) })).status;
    // What turned it on is used up.
    assert.equal(await status(-1), 401);
    for (const [offset, wanted] of [[-2, 401], [2, 401], [-1, 200], [0, 200],
                                    [1, 200]])
      assert.equal(await withinAStep(async () => {
        await forgetUse(world);
        return status(offset);
      }), wanted, String(offset));
    // The one of a step later was the last: none before it counts any more.
    for (const offset of [-1, 0])
      assert.equal(await status(offset), 401);
    const code = codeOf(secret);
    await forgetUse(world);
    assert.equal((await ask(world, { code })).status, 200);
    assert.equal((await ask(world, { code })).status, 401);
  }));

test('as somebody types it: blanks and dashes do not matter', withWorld(
  {}, async (world) => {
    const { secret } = await enrol(await world.login('demo'));
    for (const shape of ['$1 $2', ' $1-$2\t']) {
      await forgetUse(world);
      const code = codeOf(secret).replace(/(...)(...)/, shape);
      assert.equal((await ask(world, { code })).status, 200, code);
    }
    await forgetUse(world);
    for (const shape of ['$1$2x', '$1', '0$1$2', '\u0661$1$2']) {
      const code = codeOf(secret).replace(/(...)(...)/, shape);
      assert.equal((await ask(world, { code })).status, 401, code);
    }
  }));

test('each recovery code is good once, new ones end the old', withWorld(
  {}, async (world) => {
    const session = await world.login('demo');
    const { secret, recovery } = await enrol(session);
    for (const code of [recovery[0], recovery[1].replaceAll('-', '')]) {
      assert.equal((await ask(world, { code })).status, 200);
      assert.equal((await ask(world, { code })).status, 401);
    }
    assert.equal((await session.get(FACTOR)).body.recovery_codes_left, 8);
    assert.deepEqual(await audited(world, 'factor.recover'), [
      { action: 'factor.recover', detail: '{"recovery_codes":[10,9]}' },
      { action: 'factor.recover', detail: '{"recovery_codes":[9,8]}' }]);
    const path = `${FACTOR}recovery-codes/`;
    const both = { password: 'demo-secret', code: codeOf(secret, 1) };
    for (const [fields, field] of [
      [{ ...both, password: 'wrong' }, 'password'],
      [{ ...both, code: wrongCode(secret) }, 'code'],
      [{ ...both, code: undefined }, 'code'],
    ]) {
      const answer = await session.post(path, fields);
      assert.equal(answer.status, 400, answer.text);
      assert.deepEqual(Object.keys(answer.body.errors), [field]);
    }
    const made = await session.post(path, both);
    assert.equal(made.status, 200, made.text);
    const { recovery_codes: fresh } = made.body;
    assert.equal(new Set([...fresh, ...recovery]).size, 20);
    assert.equal((await ask(world, { code: recovery[5] })).status, 401);
    assert.equal((await ask(world, { code: fresh[5] })).status, 200);
    assert.equal((await audited(world, 'factor.codes')).length, 1);
  }));

test('another user\u2019s codes are of no use', withWorld({}, async (world) => {
  await enrol(await world.login('demo'));
  const other = await enrol(await world.login('other'));
  for (const code of [other.recovery[0], codeOf(other.secret, 1)])
    assert.equal((await ask(world, { code })).status, 401);
}));

test('the form asks for the code alone, once the password was right',
  withWorld({}, async (world) => {
    const { secret, recovery } = await enrol(await world.login('demo'));
    const session = new Session(world.url);
    const wrong = await submit(session, { ...password, password: 'wrong' });
    assert.equal(wrong.status, 401);
    assert.doesNotMatch(wrong.text, /name="code"/);
    assert.match(errorOf(wrong), /username or the password is wrong/);
    const asked = await submit(session, { ...password, next: '/?a=1' });
    assert.equal(asked.status, 401);
    assert.match(asked.text, /autocomplete="one-time-code" inputmode="numeric"/);
    assert.doesNotMatch(asked.text, /name="password"|demo-secret/);
    assert.equal(session.cookies.has('sessionid'), false);
    const pending = pendingOf(asked);
    for (const [code, reason] of [[wrongCode(secret), /is wrong/],
                                  ['', /Enter a code/]]) {
      const again = await submit(session, { pending, code });
      assert.equal(again.status, 401);
      assert.match(errorOf(again), reason);
      assert.equal(pendingOf(again), pending);
    }
    const done = await submit(session, { pending, code: codeOf(secret, 1),
                                         next: '/?a=1' });
    assert.equal(done.status, 302, done.text);
    assert.equal(done.headers.location, '/?a=1');
    assert.equal((await session.get('/api/data/')).status, 200);
    // It was good for one login.
    const late = await submit(new Session(world.url),
                              { pending, code: recovery[0] });
    assert.match(errorOf(late), /took too long/);
    // All in one, as scripts send it.
    const script = new Session(world.url);
    const mixed = await submit(script, { ...password, code: wrongCode(secret) });
    assert.equal(mixed.status, 401);
    assert.equal(errorOf(mixed), errorOf(await submit(script,
      { ...password, password: 'x', code: wrongCode(secret) })));
    assert.equal((await submit(script, { ...password, code: recovery[0] }))
      .status, 302);
  }));

test('a pending login ends: by time, by another password, and is nobody else\u2019s',
  withWorld({}, async (world) => {
    const { recovery } = await enrol(await world.login('demo'));
    const begin = async () =>
      pendingOf(await submit(new Session(world.url), password));
    const end = (pending) => submit(new Session(world.url),
                                    { pending, code: recovery[0] });
    const rows = new DatabaseRows(world.database);
    let pending = await begin();
    assert.deepEqual(await rows.column(
      'SELECT length(hash) FROM pending_login'), [32]);
    await change(world.database, 'UPDATE pending_login SET expires = 1');
    assert.match(errorOf(await end(pending)), /took too long/);
    pending = await begin();
    await world.command(['changepassword', '--username', 'demo',
      '--password-stdin'], { input: 'demo-secret\n' });
    assert.match(errorOf(await end(pending)), /took too long/);
    pending = await begin();
    await change(world.database, 'UPDATE "user" SET is_active = 0');
    assert.equal((await end(pending)).status, 401);
    await change(world.database, 'UPDATE "user" SET is_active = 1');
    for (const made of ['', 'x', '\u00fc'.repeat(400), '1.2.3'])
      assert.match(errorOf(await end(made)), /took too long|Enter a username/);
    assert.equal((await end(pending)).status, 302);
  }));

test('wrong codes are throttled like wrong passwords', withWorld(
  { settings: ['--login-per-account', '3'] }, async (world) => {
    const { secret } = await enrol(await world.login('demo'));
    for (let i = 0; i < 3; i++)
      assert.equal((await ask(world, { code: wrongCode(secret) })).status, 401);
    const late = await ask(world, { code: codeOf(secret, 1) });
    assert.equal(late.status, 429);
    assert.ok(Number(late.headers['retry-after']) > 0);
    assert.equal((await ask(world, { password: 'wrong' })).status, 429);
  }));

test('guesses of the code count for the account, wherever they come from',
  withWorld({ settings: ['--login-per-account', '3', '--trusted-proxy',
                         '127.0.0.1'] }, async (world) => {
    const { secret, recovery } = await enrol(await world.login('demo'));
    const from = (address, fields) => new Session(world.url).post('/api/token/',
      { ...password, ...fields }, { 'X-Forwarded-For': address });
    for (let i = 1; i <= 3; i++)
      assert.equal((await from(`192.0.2.${i}`, { code: wrongCode(secret) }))
        .status, 401);
    const locked = await from('192.0.2.4', { code: codeOf(secret, 1) });
    assert.equal(locked.status, 429);
    assert.ok(Number(locked.headers['retry-after']) <= 300);
    // Whoever does not know the password learns nothing of it.
    assert.equal((await from('192.0.2.5', { password: 'x', code: '1' })).status,
                 401);
    // A page of the code, too.
    const session = new Session(world.url);
    const pending = pendingOf(await submit(session, password));
    const page = await submit(session, { pending, code: codeOf(secret, 1) });
    assert.equal(page.status, 429);
    assert.match(errorOf(page), /recovery code/);
    // Nobody guesses a recovery code, so one is taken; and then all is well.
    assert.equal((await from('192.0.2.6', { code: recovery[0] })).status, 200);
    assert.equal((await from('192.0.2.4', { code: codeOf(secret, 1) })).status,
                 200);
    // After as many again the wait is twice as long.
    for (let i = 0; i < 6; i++) {
      await change(world.database, 'UPDATE second_factor SET failed = 0');
      assert.equal((await from(`198.51.100.${i}`, { code: wrongCode(secret) }))
        .status, 401);
    }
    const longer = await from('192.0.2.9', { code: codeOf(secret) });
    assert.equal(longer.status, 429);
    assert.ok(Number(longer.headers['retry-after']) > 300);
    assert.ok(Number(longer.headers['retry-after']) <= 600);
  }));

test('one code sent to two workers at once lets one in', withWorld(
  { workers: 2 }, async (world) => {
    const { secret, recovery } = await enrol(await world.login('demo'));
    for (const code of [codeOf(secret, 1), recovery[0]]) {
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => ask(world, { code })));
      const statuses = answers.map(({ status }) => status);
      assert.deepEqual(statuses.filter((status) => status === 200), [200]);
      await change(world.database, 'DELETE FROM throttle',
        'UPDATE second_factor SET failures = 0');
    }
  }));

test('who must have one may only set it up, pages and sockets too', withWorld(
  { redis: true }, async (world) => {
    const boss = await world.login('boss');
    const demo = await world.login('demo');
    const token = await world.token('demo');
    const streams = [await world.follow(demo), await world.follow(token)];
    const { body: list } = await boss.get('/api/users/?search=demo');
    const path = `/api/users/${list.results[0].id}/`;
    assert.equal((await demo.patch(path, { second_factor_required: true }))
      .status, 403);
    const set = await boss.patch(path, { second_factor_required: true });
    assert.equal(set.status, 200, set.text);
    assert.equal(set.body.second_factor_required, true);
    assert.equal(set.body.second_factor, null);
    for (const stream of streams)
      assert.equal((await stream.closed).code, 4403);
    for (const session of [demo, token]) {
      for (const [method, address, body] of [
        ['GET', '/api/data/'], ['GET', '/api/data/?format=csv'],
        ['POST', '/api/data/', { instrument: 'X', quantity: 1, price: 1 }],
        ['POST', '/api/ticket/'], ['GET', '/api/'],
      ]) {
        const answer = await session.request(method, address, body);
        assert.equal(answer.status, 403, `${method} ${address}`);
        assert.equal(answer.body.code, 'second_factor_required');
      }
      await assert.rejects(world.open(session), { status: 403 });
    }
    for (const [method, address] of [['GET', '/api/sessions/'],
      ['GET', '/api/token/'], ['POST', '/api/token/']])
      assert.equal((await demo.request(method, address)).body.code,
                   'second_factor_required', address);
    assert.equal((await ask(world)).body.code, 'second_factor_required');
    const page = await demo.get('/', { Accept: 'text/html' });
    assert.deepEqual([page.status, page.headers.location],
                     [302, '/accounts/']);
    assert.equal((await demo.get('/api/data/', { Accept: 'text/html' }))
      .headers.location, '/accounts/');
    assert.match((await demo.get('/accounts/')).text, /data-setup="due"/);
    const me = (await demo.get('/api/me/')).body;
    assert.deepEqual([me.has_second_factor, me.second_factor_required],
                     [false, true]);
    const { secret } = await enrol(demo);
    // Now all of it is as before, for the token too.
    for (const session of [demo, token]) {
      assert.equal((await session.get('/api/data/')).status, 200);
      await world.follow(session);
    }
    assert.equal((await boss.get(path)).body.second_factor,
                 (await demo.get(FACTOR)).body.since);
    const audit = await boss.get('/api/audit/?subject=demo&action=user');
    assert.deepEqual(audit.body.results[0].changes,
                     { second_factor_required: [false, true] });
    // Turned off, it has to be set up again.
    const off = await demo.post(`${FACTOR}remove/`,
      { password: 'demo-secret', code: codeOf(secret, 1) });
    assert.equal(off.status, 204, off.text);
    assert.equal((await demo.get('/api/data/')).status, 403);
    for (const stream of world.streams.slice(-2))
      assert.equal((await stream.closed).code, 4403);
  }));

test('staff_second_factor demands it of staff and of nobody else', withWorld(
  { settings: ['--staff-second-factor'] }, async (world) => {
    const boss = await world.login('boss');
    const demo = await world.login('demo');
    assert.equal((await demo.get('/api/data/')).status, 200);
    const refused = await boss.get('/api/users/');
    assert.deepEqual([refused.status, refused.body.code],
                     [403, 'second_factor_required']);
    const { secret } = await enrol(boss);
    assert.equal((await boss.get('/api/users/')).status, 200);
    const made = await ask(world, { username: 'boss', password: 'boss-secret',
      code: codeOf(secret, 1), scopes: ['orders:read'] });
    assert.equal(made.status, 200, made.text);
    const reader = new Session(world.url);
    reader.token = made.body.token;
    // A token of staff that is no staff by its scopes is held to it still.
    await change(world.database, 'UPDATE "user" SET second_factor = NULL');
    assert.equal((await reader.get('/api/data/')).body.code,
                 'second_factor_required');
  }));

test('a ticket from before it was demanded opens nothing', withWorld(
  { redis: true }, async (world) => {
    const demo = await world.login('demo');
    const boss = await world.login('boss');
    const { ticket } = (await demo.post('/api/ticket/')).body;
    const { body: list } = await boss.get('/api/users/?search=demo');
    await boss.patch(`/api/users/${list.results[0].id}/`,
                     { second_factor_required: true });
    const stream = await world.open(null, { query: '?login=ticket' });
    stream.send({ command: 'login', ticket });
    assert.deepEqual(await stream.closed,
                     { code: 4403, reason: 'second_factor_required' });
  }));

test('turning it off takes password and code', withWorld({}, async (world) => {
  const demo = await world.login('demo');
  assert.equal((await demo.post(`${FACTOR}remove/`,
    { password: 'demo-secret', code: '123456' })).status, 409);
  const { secret } = await enrol(demo);
  const both = { password: 'demo-secret', code: codeOf(secret, 1) };
  for (const fields of [{ ...both, password: 'x' },
                        { ...both, code: wrongCode(secret) },
                        { password: both.password }])
    assert.equal((await demo.post(`${FACTOR}remove/`, fields)).status, 400);
  const token = await ask(world, { code: both.code });
  assert.equal(token.status, 200);
  const byToken = new Session(world.url);
  byToken.token = token.body.token;
  assert.equal((await byToken.post(`${FACTOR}remove/`, both)).status, 403);
  await forgetUse(world);
  assert.equal((await demo.post(`${FACTOR}remove/`, both)).status, 204);
  assert.equal((await ask(world)).status, 200);
  assert.deepEqual((await demo.get(FACTOR)).body,
    { since: null, required: false, recovery_codes_left: 0 });
  const rows = new DatabaseRows(world.database);
  assert.deepEqual(await rows.column('SELECT count(*) FROM second_factor'), [0]);
  assert.deepEqual((await audited(world, 'factor.%')).map(({ action }) => action),
                   ['factor.add', 'factor.remove']);
}));

test('what asks for the password again asks for the code too', withWorld(
  {}, async (world) => {
    const demo = await world.login('demo');
    const boss = await world.login('boss');
    const longAgo = () => change(world.database,
      'UPDATE session SET confirmed = 0');
    const asks = ({ status, body }) =>
      assert.deepEqual([status, body.code], [403, 'confirm']);
    await longAgo();
    asks(await demo.post(FACTOR));
    const plain = await demo.post('/api/confirm/', { password: 'demo-secret',
                                                     code: '1' });
    assert.equal(plain.status, 204, plain.text);
    const { secret, recovery } = await enrol(demo);
    await longAgo();
    asks(await demo.patch('/api/me/', { email: 'x@example.org' }));
    const newPassword = { old_password: 'demo-secret',
                      new_password: 'plenty-Long-2481-enough' };
    asks(await demo.post('/api/me/password/', newPassword));
    asks(await boss.delete(`/api/users/${(await demo.get('/api/me/')).body.id}` +
      '/second-factor/'));
    for (const [fields, field] of [
      [{ password: 'demo-secret' }, 'code'],
      [{ password: 'demo-secret', code: wrongCode(secret) }, 'code'],
      [{ password: 'demo-secret', code: 7 }, 'code'],
      [{ password: 'wrong', code: codeOf(secret, 1) }, 'password'],
    ]) {
      const answer = await demo.post('/api/confirm/', fields);
      assert.equal(answer.status, 400, answer.text);
      assert.deepEqual(Object.keys(answer.body.errors), [field]);
    }
    asks(await demo.post('/api/me/password/', newPassword));
    const again = { password: 'demo-secret', code: codeOf(secret, 1) };
    assert.equal((await demo.post('/api/confirm/', again)).status, 204);
    assert.equal((await demo.patch('/api/me/', { email: 'x@example.org' }))
      .status, 200);
    // Used once, here too.
    assert.deepEqual((await demo.post('/api/confirm/', again)).body.errors,
                     { code: ['is wrong, or was used before'] });
    const changed = await demo.post('/api/me/password/', newPassword);
    assert.equal(changed.status, 204, changed.text);
    const byCode = await ask(world, { password: newPassword.new_password,
                                      code: recovery[0] });
    assert.equal(byCode.status, 200, byCode.text);
    // A demand is a right like others.
    await longAgo();
    asks(await boss.patch(`/api/users/${(await demo.get('/api/me/')).body.id}/`,
                          { second_factor_required: true }));
  }));

test('superusers take another\u2019s away, which ends their logins', withWorld(
  { redis: true }, async (world) => {
    const boss = await world.login('boss');
    const demo = await world.login('demo');
    const { body: list } = await boss.get('/api/users/');
    const idOf = (name) => list.results.find(
      ({ username }) => username === name).id;
    const path = `/api/users/${idOf('demo')}/second-factor/`;
    assert.equal((await boss.delete(path)).status, 404);
    await enrol(demo);
    const stream = await world.follow(demo);
    const other = await world.login('other');
    assert.equal((await other.delete(path)).status, 403);
    assert.equal((await boss.delete(path)).status, 204);
    assert.ok([4401, 4403].includes((await stream.closed).code));
    assert.equal((await demo.get('/api/data/')).status, 401);
    assert.equal((await ask(world)).status, 200);
    assert.deepEqual(await audited(world, 'factor.reset'),
                     [{ action: 'factor.reset', detail: '{}' }]);
    // One's own asks for the code.
    await enrol(boss);
    assert.equal((await boss.delete(
      `/api/users/${idOf('boss')}/second-factor/`)).status, 403);
  }));

test('a command brings a locked-out superuser back', withWorld(
  { settings: ['--staff-second-factor'] }, async (world) => {
    const lost = await world.login('boss');
    await enrol(lost);
    const words = ['resetsecondfactor', '--username'];
    const done = await world.command([...words, 'BOSS']);
    assert.match(done.out, /second factor of BOSS removed/);
    assert.equal((await lost.get('/api/me/')).status, 401);
    const boss = await world.login('boss');
    assert.equal((await boss.get('/api/users/')).body.code,
                 'second_factor_required');
    await enrol(boss);
    assert.equal((await boss.get('/api/users/')).status, 200);
    const rows = new DatabaseRows(world.database);
    assert.deepEqual(await rows.rows(`SELECT actor, address FROM audit
      WHERE action = 'factor.reset'`), [{ actor: null, address: 'command' }]);
    const again = await world.command([...words, 'demo'], { code: 1 });
    assert.match(again.err, /demo has no second factor/);
    const nobody = await world.command([...words, 'nobody'], { code: 1 });
    assert.match(nobody.err, /no user nobody/);
  }));

test('a secret that is lost keeps everybody out, and says so', withWorld(
  {}, async (world) => {
    await enrol(await world.login('demo'));
    await change(world.database, 'DELETE FROM second_factor');
    assert.equal((await ask(world, { code: '123456' })).status, 500);
    assert.equal((await ask(world)).status, 500);
  }));

test('nothing of it is in the log', withWorld(
  { settings: ['--log-level', 'debug'] }, async (world) => {
    const { secret, recovery } = await enrol(await world.login('demo'));
    const code = codeOf(secret, 1);
    await ask(world, { code });
    await ask(world, { code: recovery[0] });
    await world.stopDaemon();
    for (const text of [secret, recovery[0], code])
      assert.equal(world.daemon.err.includes(text), false);
  }));
