// lws-app-client against the real daemon.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { WebSocketServer } from 'ws';
import { Process, run } from './lib/processes.mjs';
import { codeOf, enrol } from './lib/totp.mjs';
import { bin, withWorld } from './lib/world.mjs';

const client = join(bin, 'lws-app-client');
const environment = { ...process.env, LWSAPP_PASSWORD: 'demo-secret' };

function args(world, ...words) {
  return ['--url', world.url, '--username', 'demo', ...words];
}

async function ask(world, words, code = 0, env = environment) {
  const answer = await run(client, args(world, ...words), { env });
  assert.equal(answer.code, code, answer.out + answer.err);
  return answer;
}

test('orders are placed, changed, listed and removed',
  withWorld({}, async (world) => {
    const added = JSON.parse((await ask(world, ['order', 'add',
      '--instrument', 'EDF01', '--side', 'sell', '--quantity', '100',
      '--price=338.670', '--json'])).out);
    assert.equal(added.price, '338.67');
    assert.equal(added.side, 'sell');
    const id = String(added.id);
    await ask(world, ['order', 'set', id, '--price', '7']);
    const wrong = await ask(world, ['order', 'set', id, '--price', 'x'], 1);
    assert.match(wrong.err, /400 .*\n {2}price: /);
    const list = JSON.parse((await ask(world, ['order', 'ls',
      '--json'])).out);
    assert.equal(list.results[0].price, '7');
    await ask(world, ['order', 'rm', id]);
    const gone = await ask(world, ['order', 'rm', id], 1);
    assert.match(gone.err, /404/);
    assert.equal((await ask(world, ['order', 'ls'])).out, '');
  }));

test('login prints a token that takes the place of the password',
  withWorld({}, async (world) => {
    const token = (await ask(world, ['login'])).out.trim();
    await ask(world, ['order', 'ls'], 0,
              { ...process.env, LWSAPP_TOKEN: token });
    await ask(world, ['order', 'ls', '--token', 'wrong'], 1);
    const { code } = await run(client, args(world, '--password-stdin',
                                            'login'), { input: 'wrong\n' });
    assert.equal(code, 1);
  }));

test('the code of a second factor comes by flag, by variable or is asked for',
  withWorld({}, async (world) => {
    const { secret, recovery } = await enrol(await world.login('demo'));
    const missing = await ask(world, ['login'], 1);
    assert.match(missing.err, /401 Unauthorized: .*code/);
    await ask(world, ['login', '--code', codeOf(secret, 1)]);
    await ask(world, ['login'], 0,
              { ...environment, LWSAPP_CODE: recovery[0] });
    const wrong = await ask(world, ['login', '--code', recovery[0]], 1);
    assert.match(wrong.err, /the password or the code is wrong/);
    // At a terminal, which `script` makes.
    const words = ['--url', world.url, '--username', 'demo', 'login'];
    const typed = await run('script', ['-qec',
      [client, ...words].join(' '), '/dev/null'],
      { input: `${recovery[1]}\n`, env: environment });
    assert.equal(typed.code, 0, typed.out);
    assert.match(typed.out, /Code: [^]*[\w-]{43}/);
  }));

async function demoCount(world) {
  return (await (await world.token('demo')).get('/api/data/')).body.count;
}

test('usage is 2, no answer is 3', withWorld({}, async (world) => {
  await ask(world, ['dance'], 2);
  await ask(world, ['order', 'set', 'x', '--price', '1'], 2);
  await ask(world, ['watch', '--count', '0'], 2);
  const wrong = [
    [['order', 'ls', '--limits', '5'], /no flag --limits/],
    [['order', 'ls', '--count', '5'], /no flag --count/],
    [['watch', '--cuont=3'], /no flag --cuont/],
    [['order', 'ls', '--limit'], /--limit needs a value/],
    [['order', 'add', '--instrument', '--quantity', '1', '--price', '1'],
     /--instrument needs a value/],
    [['order', 'ls', '--json=yes'], /--json=yes takes no value/],
    [['order', 'ls', '--token', 'x'.repeat(2001)], /token: is longer/],
    [['order', 'ls', '--token', 'a\r\nHost: b'], /token: contains characters/],
  ];
  for (const [words, said] of wrong)
    assert.match((await ask(world, words, 2)).err, said);
  for (const url of ['ftp://x', 'http://', 'http://:80', 'http://x:',
                     'http://x:1a', 'http://x:0', 'http://x:65536',
                     'http://x:80/api?x', 'http://x:80#x', 'http://[::1', 'http://[]:80',
                     'http://[::1]x', 'http://u@x']) {
    const { code, err } = await run(client, ['--url', url, 'login'],
                                    { env: environment });
    assert.equal(code, 2, url);
    assert.match(err, /lws-app-client: .*(HOST|begin)|usage/, url);
  }
  assert.equal((await demoCount(world)), 0);
  await world.stopDaemon();
  await ask(world, ['order', 'ls'], 3);
}));

test('watch survives restarts of the server and misses nothing',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    const watch = new Process(client, args(world, 'watch', '--count', '6'),
                              { env: environment });
    await watch.line(/connected at 0/, 'err');
    await demo.order();
    await watch.line(/"seq":1/);
    await world.stopDaemon();
    await watch.line(/connecting again/, 'err');
    await world.startDaemon({ port: world.port });
    await demo.order();
    await watch.line(/recovered from 1 to [12]\n/, 'err');
    await demo.post('/api/data/', Array.from({ length: 4 }, () => (
      { instrument: 'A', quantity: '1', price: '1' })));
    const { code } = await watch.untilEnd();
    assert.equal(code, 0);
    const events = watch.out.trim().split('\n').map((line) =>
      JSON.parse(line));
    assert.deepEqual(events.map((event) => event.seq), [1, 2, 3, 4, 5, 6]);
  }));

test('watch comes again after a refusal of the moment', withWorld(
  { settings: ['--commands-per-user', '1', '--commands-per-socket', '0'] },
  async (world) => {
    const stream = await world.open(await world.token('demo'));
    let watch;
    let refused = false;
    // The user is busy elsewhere until it has been refused. One that came
    // between two commands was not, and shows nothing.
    while (!refused) {
      watch = new Process(client, args(world, 'watch'), { env: environment });
      const told = watch.line(/connecting again|connected at/, 'err')
        .then(() => { refused = /connecting again/.test(watch.err); });
      let answered = false;
      told.finally(() => { answered = true; });
      while (!answered) await stream.ask({ command: 'ping' });
      if (!refused) await watch.stop();
    }
    assert.match(watch.err, /too many commands of one user/);
    await watch.line(/connected at/, 'err');
    await watch.stop();
  }));

test('watch ends when the login does', withWorld({}, async (world) => {
  const watch = new Process(client, args(world, 'watch'),
                            { env: environment });
  await watch.line(/connected/, 'err');
  await world.command(['changepassword', '--username', 'demo',
                       '--password-stdin'], { input: 'another-secret\n' });
  const { code } = await watch.untilEnd();
  assert.equal(code, 1);
  assert.match(watch.err, /the login has ended/);
}));

test('bench latency measures and leaves nothing behind',
  withWorld({ redis: true }, async (world) => {
    const { out } = await ask(world, ['bench', 'latency', '--count', '50',
                                      '--json']);
    const figures = JSON.parse(out);
    for (const name of ['post_to_frame', 'post_to_answer']) {
      assert.ok(figures[name].p50_us > 0);
      assert.ok(figures[name].p99_us >= figures[name].p50_us);
    }
    assert.equal((await ask(world, ['order', 'ls'])).out, '');
  }));

// Passes bytes on, and counts connections.
async function counter(port) {
  const proxy = { connections: 0, hold: false };
  proxy.server = net.createServer((near) => {
    proxy.connections++;
    const far = net.connect(port, '127.0.0.1');
    for (const [from, to] of [[near, far], [far, near]]) {
      from.on('data', (bytes) => { if (!proxy.hold) to.write(bytes); });
      from.on('close', () => to.destroy());
      from.on('error', () => to.destroy());
    }
  });
  await new Promise((resolve) => {
    proxy.server.listen(0, '127.0.0.1', resolve);
  });
  proxy.url = `http://127.0.0.1:${proxy.server.address().port}`;
  return proxy;
}

test('bench latency keeps to one connection beside its websocket',
  withWorld({}, async (world) => {
    const proxy = await counter(world.port);
    const { code, err } = await run(client, ['--url', proxy.url, '--username',
      'demo', 'bench', 'latency', '--count', '30'], { env: environment });
    assert.equal(code, 0, err);
    assert.equal(proxy.connections, 2);
    proxy.server.close();
  }));

test('bench latency interrupted takes its orders with it',
  withWorld({}, async (world) => {
    for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]]) {
      const stream = await world.follow(await world.token('demo'));
      const bench = new Process(client, args(world, 'bench', 'latency',
                                             '--count', '1000000'),
                                { env: environment });
      await stream.nextOf(100);
      const end = await bench.stop(signal);
      assert.equal(end.code, code, bench.err);
      assert.equal(await demoCount(world), 0);
      await stream.close();
    }
  }));

test('bench latency ends by a second signal when nothing answers',
  withWorld({}, async (world) => {
    const proxy = await counter(world.port);
    const stream = await world.follow(await world.token('demo'));
    const bench = new Process(client, ['--url', proxy.url, '--username', 'demo',
      'bench', 'latency', '--count', '1000000'], { env: environment });
    await stream.nextOf(20);
    proxy.hold = true;
    bench.child.kill('SIGINT');
    const again = setInterval(() => bench.child.kill('SIGINT'), 50);
    const { code } = await bench.untilEnd();
    clearInterval(again);
    assert.equal(code, 130);
    assert.match(bench.err, /BENCH are left behind/);
    proxy.server.close();
  }));

test('bench fanout sees each event once and in order at every socket',
  withWorld({}, async (world) => {
    for (const batch of ['1', '7']) {
      const { out } = await ask(world, ['bench', 'fanout', '--sockets', '30',
        '--count', '50', '--batch', batch, '--json']);
      const figures = JSON.parse(out);
      assert.deepEqual([figures.missing, figures.disordered, figures.folded,
                        figures.closed], [0, 0, 0, 0]);
      assert.ok(figures.deliveries_per_s > 0 && figures.p50_us > 0);
    }
    assert.equal(await demoCount(world), 0);
    await ask(world, ['bench', 'fanout', '--sockets', '2', '--count', '3',
                      '--keep']);
    assert.equal(await demoCount(world), 3);
    await ask(world, ['bench', 'fanout', '--sockets', '0'], 2);
  }));

test('bench views comes to the last change of each order at every socket',
  withWorld({}, async (world) => {
    const clean = ({ missing, disordered, closed }) =>
      assert.deepEqual([missing, disordered, closed], [0, 0, 0]);
    const bench = async (...more) => JSON.parse((await ask(world, ['bench',
      'views', '--sockets', '20', '--rate', '100', '--seconds', '1',
      ...more, '--json'])).out);
    const one = await bench();
    clean(one);
    assert.equal(one.changes, 100);
    assert.ok(one.frames >= 20 && one.combined >= 0 &&
              one.wait_p99_us >= one.age_p50_us);
    const slow = await bench('--max-rate', '1');
    clean(slow);
    assert.ok(slow.frames < one.frames && slow.combined > one.combined);

    // Of staff, no two with the same view.
    const tokens = join(world.dir, 'tokens');
    const { token } = await world.token('boss');
    await writeFile(tokens, `${token}\n`);
    clean(await bench('--tokens', tokens, '--different'));
    assert.equal(await demoCount(world), 0);
    await ask(world, ['bench', 'views', '--rate', '0'], 2);
    await ask(world, ['bench', 'views', '--tokens', `${tokens}x`], 2);
  }));

test('bench fanout fails when an event has not reached a socket',
  withWorld({}, async (world) => {
    const session = await world.token('demo');
    const bench = new Process(client, args(world, 'bench', 'fanout',
      '--sockets', '3', '--count', '1000'), { env: environment });
    await world.follow(session).then((stream) => stream.next());
    // One that the bench did not place: every socket counts one too many.
    await session.order({ instrument: 'OTHER' });
    const { code } = await bench.untilEnd();
    assert.equal(code, 1, bench.out + bench.err);
  }));

test('bench idle holds its sockets, of one user or of many',
  withWorld({}, async (world) => {
    const tokens = [];
    for (const name of ['demo', 'other'])
      tokens.push((await world.token(name)).token);
    const file = join(world.dir, 'tokens');
    await writeFile(file, `${tokens.join('\n')}\n`);
    const one = await ask(world, ['bench', 'idle', '--sockets', '40',
                                  '--hold', '1', '--json']);
    assert.equal(JSON.parse(one.out).subscribed, 40);
    await ask(world, ['bench', 'idle', '--sockets', '40', '--hold', '1',
                      '--tokens', file]);
    await writeFile(file, 'wrong\n');
    await ask(world, ['bench', 'idle', '--tokens', file], 3);
    await ask(world, ['bench', 'idle', '--tokens', `${file}.none`], 2);
  }));

test('a redirect is not followed: the token goes nowhere else', async () => {
  const heads = [];
  const servers = [];
  const listen = (answer) => new Promise((resolve) => {
    const server = net.createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', (head) => {
        heads.push(head.toString());
        socket.end(answer);
      });
    });
    servers.push(server);
    server.listen(0, '127.0.0.1', () => resolve(server.address().port));
  });
  const elsewhere = await listen(
    'HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{"results":[]}');
  const port = await listen('HTTP/1.1 302 Found\r\nLocation: ' +
    `http://127.0.0.1:${elsewhere}/\r\nContent-Length: 0\r\n\r\n`);
  const { code, err } = await run(client, ['--url', `http://127.0.0.1:${port}`,
    '--token', 'secret', 'order', 'ls'], { env: environment });
  assert.equal(code, 1, err);
  assert.match(err, /302/);
  assert.equal(heads.length, 1);
  for (const server of servers) server.close();
});

test('bench fanout counts no number of a server that cannot be an event\'s',
  async () => {
    const frame = { events: [0, 5, 1, -1, 1e18, 6, 7].map((seq) => ({ seq })) };
    const server = http.createServer((request, response) => {
      for (const socket of sockets.clients) socket.send(JSON.stringify(frame));
      request.resume().on('end', () => response.end('{}'));
    });
    const sockets = new WebSocketServer({ server });
    await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    const { code, out, err } = await run(client, [
      '--url', `http://127.0.0.1:${server.address().port}`, '--token', 'secret',
      'bench', 'fanout', '--plain', '--sockets', '1', '--count', '3',
      '--batch', '3', '--json'], { env: environment });
    assert.equal(code, 1, err);
    assert.deepEqual([JSON.parse(out).missing, JSON.parse(out).disordered],
      [0, 4]);
    for (const socket of sockets.clients) socket.terminate();
    server.close();
  });
