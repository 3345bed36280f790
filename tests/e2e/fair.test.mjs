// What one user, token or address asks for slows that one alone: another's
// request overtakes those that wait at each queue. And what is refused is
// refused before it costs anything.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Session } from './lib/http.mjs';
import { Wire, bytes } from './lib/wire.mjs';
import { withWorld } from './lib/world.mjs';

// Nobody is sent away for having waited too long, however busy the machine is.
const patient = ['--queue-wait-ms', '50000'];
const order = { instrument: 'EDF01', quantity: '1', price: '1' };
const proxied = ['--trusted-proxy', '127.0.0.0/8'];
const from = (address) => ({ 'X-Forwarded-For': address });

// So many of the one, and once the first of them is answered, one of the
// other: how many of them are still unanswered when that has its answer.
async function overtaken(count, greedy, modest) {
  let left = count;
  let first;
  const begun = new Promise((resolve) => { first = resolve; });
  const all = Array.from({ length: count }, async (_, i) => {
    const answer = await greedy(i);
    left--;
    first();
    return answer;
  });
  await begun;
  const answer = await modest();
  const behind = left;
  return { answer, behind, answers: await Promise.all(all) };
}

function all(answers, status) {
  assert.deepEqual([...new Set(answers.map((answer) => answer.status))],
                   [status]);
}

test('a single order does not wait for the arrays of another', withWorld(
  { settings: patient }, async (world) => {
    const demo = await world.token('demo');
    const other = await world.token('other');
    const array = Array.from({ length: 1000 }, () => order);
    const { answer, behind, answers } = await overtaken(60,
      () => demo.post('/api/data/', array),
      () => other.post('/api/data/', order));
    assert.equal(answer.status, 201);
    all(answers, 201);
    assert.ok(behind > 20, `${behind} of 60 behind it`);
  }));

async function withRows(world, count) {
  const demo = await world.token('demo');
  for (let i = 0; i < count; i += 1000)
    assert.equal((await demo.post('/api/data/', Array.from({ length: 1000 },
      (_, n) => ({ ...order, instrument: `X${'x'.repeat(n % 40)}`,
                   price: String(n + 1) })))).status, 201);
  return demo;
}

// Conditions that nearly all rows meet: the work takes longer than a busy
// machine keeps this process waiting.
const dearer = '&instrument__contains=x'.repeat(15);

// Neither by its arguments' names nor as JSON in the query string does a
// request choose its queue.
const long = {
  'a search': (i) => `search=x&price__gte=${i}${dearer}`,
  'a sorted list': (i) => 
    `ordering=price&page=${i + 1}&page_size=100${dearer}`,
  'a draw packed as JSON': (i) => `format=datatables${dearer}&${encodeURIComponent(
    JSON.stringify({ draw: i, length: 10,
                     search: { value: `^x+x+[qz]${i}`, regex: true } }))}`,
};
for (const [name, query] of Object.entries(long)) {
  test(`a plain list does not wait for ${name} of another`, withWorld(
    { settings: [...patient, '--search-memory', '0'] }, async (world) => {
      const demo = await withRows(world, 8000);
      const other = await world.token('other');
      const { answer, behind, answers } = await overtaken(40,
        (i) => demo.get(`/api/data/?${query(i)}`),
        () => other.get('/api/data/'));
      assert.equal(answer.status, 200);
      all(answers, 200);
      assert.ok(behind > 20, `${behind} of 40 behind it`);
    }));
}

test('a search does not wait for the searches of another', withWorld(
  { settings: [...patient, '--search-memory', '0'] }, async (world) => {
    const demo = await withRows(world, 8000);
    const other = await world.token('other');
    const { answer, behind, answers } = await overtaken(40,
      (i) => demo.get(`/api/data/?search=x&price__gte=${i}${dearer}`),
      () => other.get('/api/data/?search=x'));
    assert.equal(answer.status, 200);
    all(answers, 200);
    assert.ok(behind > 20, `${behind} of 40 behind it`);
  }));

test('reading does not wait for one who subscribes from the beginning',
  withWorld({ settings: patient }, async (world) => {
    const demo = await withRows(world, 10000);
    const other = await world.token('other');
    const { epoch } = (await demo.get('/api/data/')).body.position;
    const sockets = [];
    for (let i = 0; i < 150; i++)
      sockets.push((await world.open(demo)).socket);
    // Its first frame is all that is looked at, lest the test be the slow one.
    const joined = (socket) => new Promise((resolve) => {
      socket.removeAllListeners('message');
      socket.once('message', (text) => {
        socket.pause();
        resolve({ status: JSON.parse(text).status });
      });
      socket.send(JSON.stringify({ command: 'subscribe',
                                   position: { epoch, seq: 0 } }));
    });
    const { answer, behind, answers } = await overtaken(150,
      (i) => joined(sockets[i]), () => other.get('/api/me/'));
    assert.equal(answer.status, 200);
    all(answers, 'ok');
    assert.ok(behind > 20, `${behind} of 150 behind it`);
  }));

// Half as dear as they are where it is served.
const dear = [...patient, '--password-iterations', '300000'];

test('a login does not wait for those from another address', withWorld(
  { settings: [...dear, ...proxied] }, async (world) => {
    const log = (username, address) => new Session(world.url).post(
      '/api/token/', { username, password: 'a-wrong-secret' }, from(address));
    const { answer, behind } = await overtaken(24,
      (i) => log(`nobody${i}`, '198.51.100.1'),
      () => log('demo', '198.51.100.2'));
    assert.equal(answer.status, 401, answer.text);
    assert.ok(behind > 8, `${behind} of 24 behind it`);
  }));

test('a login does not wait for those of another account', withWorld(
  { settings: dear }, async (world) => {
    const log = (username) => new Session(world.url).post('/api/token/',
      { username, password: `${username}-secret` });
    const { answer, behind } = await overtaken(24,
      () => log('demo'), () => log('other'));
    assert.equal(answer.status, 200, answer.text);
    assert.ok(behind > 8, `${behind} of 24 behind it`);
  }));

test('every attempt to log in counts, a right one too', withWorld(
  { settings: ['--login-attempts-per-account', '3',
               '--login-attempts-per-address', '5', ...proxied] },
  async (world) => {
    const log = (username, address) => new Session(world.url).post(
      '/api/token/', { username, password: `${username}-secret` },
      from(address));
    const statuses = [];
    for (let i = 0; i < 5; i++) {
      const name = i % 2 ? 'DEMO' : 'demo';
      const answer = await new Session(world.url).post('/api/token/',
        { username: name, password: 'demo-secret' }, from('198.51.100.1'));
      statuses.push(answer.status);
      if (answer.status === 429)
        assert.ok(Number(answer.headers['retry-after']) >= 1);
    }
    assert.deepEqual(statuses, [200, 200, 200, 429, 429]);
    // From elsewhere he can: nobody locks another out.
    assert.equal((await log('demo', '198.51.100.2')).status, 200);
    for (let i = 0; i < 4; i++) await log(`nobody${i}`, '198.51.100.2');
    assert.equal((await log('other', '198.51.100.2')).status, 429);
    assert.equal((await log('other', '198.51.100.3')).status, 200);
    // The form says so by a page.
    const form = await new Session(world.url).post('/accounts/login/',
      'username=demo&password=x', { ...from('198.51.100.1'),
        'Content-Type': 'application/x-www-form-urlencoded' });
    assert.equal(form.status, 429);
    assert.match(form.headers['content-type'], /text\/html/);
    await world.daemon.line(/limits\.refused .*logins=\d/, 'err');
    const { text } = await new Session(world.url).get('/metrics');
    assert.match(text, /lwsapp_logins_throttled_total{[^}]*} 4$/m);
  }));

test('commands of one socket and of one user have a rate', withWorld(
  { settings: ['--commands-per-socket', '5', '--commands-per-user', '8'] },
  async (world) => {
    const demo = await world.token('demo');
    const ask = async (streams, count) => {
      const answers = [];
      for (const stream of streams)
        answers.push(...await Promise.all(Array.from({ length: count },
          (_, ref) => stream.ask({ command: 'ping', ref }))));
      return answers.map(({ status, code }) => code ?? status);
    };
    const one = await world.open(demo);
    const counted = (answers) =>
      answers.filter((answer) => answer === 'throttled').length;
    // As many as a second has at once; some more while they are asked.
    const first = await ask([one], 20);
    assert.deepEqual([...new Set(first)].sort(), ['ok', 'throttled']);
    assert.ok(counted(first) >= 10, first.join());
    const three = [await world.open(demo), await world.open(demo),
                   await world.open(demo)];
    assert.ok(counted(await ask(three, 5)) >= 3);
    // It ends nothing, and is another's no matter.
    const other = await world.open(await world.token('other'));
    assert.equal(counted(await ask([other], 4)), 0);
    assert.equal(one.ended, undefined);
  }));

test('who goes on with commands that are refused is read less', withWorld(
  { settings: ['--commands-per-socket', '5'] }, async (world) => {
    const stream = await world.open(await world.token('demo'));
    const answers = await Promise.all(Array.from({ length: 60 }, (_, ref) =>
      stream.ask({ command: 'ping', ref })));
    // By the time that some are read there is room for others again: all of
    // them at once would be refused but for the first few.
    let run = 0;
    let longest = 0;
    for (const { code } of answers) {
      run = code === 'throttled' ? run + 1 : 0;
      longest = Math.max(longest, run);
    }
    assert.ok(longest >= 10 && longest <= 20, `${longest} in a row`);
    assert.deepEqual(answers.map(({ ref }) => ref),
                     answers.map((_, i) => i));
    assert.equal((await stream.ask({ command: 'unsubscribe' })).command,
                 'unsubscribe');
  }));

test('pings, pongs and pieces without end are read less', withWorld(
  { settings: ['--commands-per-socket', '1'] }, async (world) => {
    const demo = await world.token('demo');
    const counted = async () => Number((await demo.get('/metrics')).text.match(
      /^lwsapp_sockets_unread_total{[^}]*} (\d+)$/m)[1]);
    const floods = {
      pings: (socket) => socket.ping('x'),
      'pings of nothing': (socket) => socket.ping(''),
      pongs: (socket) => socket.pong('x'),
      'pongs of nothing': (socket) => socket.pong(''),
      pieces: (socket) => socket.send(' ', { fin: false }),
      'pieces of nothing': (socket) => socket.send('', { fin: false }),
    };
    for (const [what, send] of Object.entries(floods)) {
      const before = await counted();
      const stream = await world.open(demo);
      for (let i = 0; i < 15; i++) send(stream.socket);
      assert.equal((await stream.ask({ command: 'ping' })).status, 'ok', what);
      assert.equal(await counted(), before, `few ${what}`);
      stream.close();
      const other = await world.open(demo);
      for (let i = 0; i < 30; i++) send(other.socket);
      assert.equal((await other.ask({ command: 'ping' })).status, 'ok', what);
      assert.ok(await counted() > before, `many ${what}`);
      other.close();
    }
  }));

test('a large body is for who is logged in, and for what there is', withWorld(
  {}, async (world) => {
    const demo = await world.token('demo');
    const login = { Authorization: `Token ${demo.token}` };
    const large = { 'Content-Length': 16385 };
    for (const [path, headers, status] of [
      ['/api/data/', {}, 401],
      ['/api/data/', { Authorization: 'Token no-such-token' }, 401],
      ['/api/data/', { Cookie: 'sessionid=none' }, 401],
      ['/api/token/', {}, 413],
      ['/accounts/login/', {}, 413],
      ['/api/nothing/', login, 404],
      ['/api/audit/', login, 405]]) {
      for (const framing of [large, { 'Transfer-Encoding': 'chunked' }]) {
        // None of the body, or of the chunked one what is too much, is sent.
        const wire = await Wire.open(world.port);
        await wire.send(bytes('POST', path, { headers: {
          'Content-Type': 'application/json', ...headers, ...framing } }));
        if (framing !== large)
          await wire.send(`8000\r\n${' '.repeat(0x8000)}`);
        const answer = await wire.answer();
        assert.equal(answer.status, status, `${path} ${answer.body}`);
        assert.equal(answer.headers.connection, 'close');
        wire.close();
      }
    }
    const rows = Array.from({ length: 400 }, () => order);
    assert.ok(JSON.stringify(rows).length > 16385);
    assert.equal((await demo.post('/api/data/', rows)).status, 201);
  }));
