// Failures of one account from everywhere: who waits, and who does not.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Session } from './lib/http.mjs';
import { Wire, bytes } from './lib/wire.mjs';
import { withWorld } from './lib/world.mjs';

const form = '/accounts/login/';

// Failed logins of demo, from addresses of which none is throttled.
async function failFromEverywhere(world, count) {
  const stranger = new Session(world.url);
  for (let i = 0; i < count; i++)
    assert.equal((await stranger.post('/api/token/',
      { username: 'demo', password: 'wrong' },
      { 'X-Forwarded-For': `198.51.100.${i}` })).status, 401);
}

const delayed = async (world) => Number((await new Session(world.url)
  .get('/metrics')).text.match(/^lwsapp_logins_delayed_total{.*} (\d+)$/m)[1]);

// By form, in the browser that session is, from an address.
async function logInAgain(world, session, address, fields = {}) {
  const from = { 'X-Forwarded-For': address };
  const page = await session.get(form, from);
  const [, token] = page.text.match(
    /name="csrfmiddlewaretoken"[^>]*value="([^"]+)"/);
  return session.form(form, { csrfmiddlewaretoken: token, username: 'demo',
    password: 'demo-secret', next: '/', ...fields },
    { 'X-CSRFToken': null, ...from });
}

// As a browser has it that only the device is left of.
function deviceOf(session, name = 'device', change = (value) => value) {
  const other = new Session(session.url);
  other.cookies.set(name, change(session.cookies.get(name)));
  return other;
}

test('failures from everywhere delay strange browsers, not known ones',
  withWorld({ settings: ['--trusted-proxy', '127.0.0.0/8'] },
    async (world) => {
      const known = new Session(world.url);
      assert.equal((await logInAgain(world, known, '203.0.113.1')).status, 302);
      const value = known.cookies.get('device');
      assert.ok(!value.includes('demo'));
      await failFromEverywhere(world, 20);
      for (const session of [deviceOf(known), deviceOf(known, 'device',
        (it) => `1.AAAA~${it}`)])
        assert.equal((await logInAgain(world, session, '203.0.113.2')).status,
                     302);
      assert.equal(await delayed(world), 0);
      // Others use the same browser: all are known, up to four.
      const shared = deviceOf(known);
      for (const username of ['other', 'boss', 'OTHER'])
        assert.equal((await logInAgain(world, shared, '203.0.113.3',
          { username, password: `${username.toLowerCase()}-secret` })).status,
        302);
      assert.equal(shared.cookies.get('device').split('~').length, 3);
      assert.equal((await logInAgain(world, deviceOf(shared), '203.0.113.3'))
        .status, 302);
      assert.equal(await delayed(world), 0);
      // Strange ones, and what only looks like a known one, wait and get in.
      const [since, mac] = value.split('.');
      const forged = [
        `${Number(since) - 1}.${mac}`, `${since}.${mac.slice(1)}`,
        `${since}.${mac}A`, ` ${since}.${mac}`, `${since}.`, '~', '.', since,
        `${Number(since) + 100}.${mac}`, '9'.repeat(60)];
      const answers = await Promise.all([...forged, null].map((cookie, i) => {
        const session = cookie === null ? new Session(world.url)
          : deviceOf(known, 'device', () => cookie);
        return logInAgain(world, session, `203.0.113.${10 + i}`);
      }));
      assert.deepEqual(answers.map(({ status }) => status),
                       answers.map(() => 302));
      assert.equal(await delayed(world), answers.length);
    }));

test('who waits holds no thread, and of one address eight may', withWorld(
  { settings: ['--trusted-proxy', '127.0.0.0/8', '--hash-threads', '2'] },
  async (world) => {
    await failFromEverywhere(world, 21);
    const before = await delayed(world);
    const from = { 'X-Forwarded-For': '203.0.113.9' };
    const ask = (username, headers) => new Session(world.url).post(
      '/api/token/', { username, password: `${username}-secret` }, headers);
    const order = [];
    // One that goes meanwhile is answered to nobody.
    const gone = await Wire.open(world.port);
    gone.send(bytes('POST', '/api/token/', { headers: { ...from,
      'Content-Type': 'application/json' }, body: JSON.stringify(
      { username: 'demo', password: 'demo-secret' }) }));
    while (await delayed(world) < before + 1) { /* it waits */ }
    gone.reset();
    const waiting = Array.from({ length: 7 }, () => ask('demo', from)
      .then((answer) => { order.push('demo'); return answer; }));
    while (await delayed(world) < before + 8) { /* all wait */ }
    const refused = await ask('demo', from);
    assert.equal(refused.status, 429);
    assert.ok(Number(refused.headers['retry-after']) >= 1);
    // Neither are others of the address held up, nor the account elsewhere.
    assert.equal((await ask('other', from)).status, 200);
    order.push('other');
    const elsewhere = ask('demo', { 'X-Forwarded-For': '203.0.113.10' });
    assert.deepEqual((await Promise.all([...waiting, elsewhere])).map(
      ({ status }) => status), Array(8).fill(200));
    assert.equal(order[0], 'other');
  }));
