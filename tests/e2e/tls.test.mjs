// https and wss served by the daemon itself: what is spoken, what is refused,
// and certificates that change or break while it serves.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { Session } from './lib/http.mjs';
import { deadline, run } from './lib/processes.mjs';
import { makePair, sharedPair } from './lib/tls.mjs';
import { Wire, bytes } from './lib/wire.mjs';
import { bin, withWorld } from './lib/world.mjs';

const secure = { secure: true };

// The daemon's log, save for what belongs to no test here.
const logged = (world, pattern) => world.daemon.line(pattern, 'err');

async function fingerprint(world) {
  const wire = await Wire.open(world.port, { ...secure,
                                             rejectUnauthorized: false });
  const { fingerprint256 } = wire.socket.getPeerCertificate();
  wire.close();
  return fingerprint256;
}

test('a pair that can not serve stops the start, named', withWorld({},
  async (world) => {
    await world.stopDaemon();
    const file = (name) => join(world.dir, name);
    const { cert, key } = makePair(world.dir);
    const other = makePair(world.dir, 'other');
    const weak = makePair(world.dir, 'weak', { key: 'rsa:1024' });
    execFileSync('openssl', ['ec', '-in', key, '-aes256', '-passout',
      'pass:words', '-out', file('locked')], { stdio: 'pipe' });
    const whole = await readFile(cert, 'utf8');
    await writeFile(file('empty'), '');
    await writeFile(file('garbage'), 'no certificate\n');
    await writeFile(file('half'), whole.slice(0, whole.length / 2));
    await writeFile(file('chain'), whole + whole.replace(/^(.{10})/m, '$1')
      .replace(/\n[A-Za-z0-9+/]{20}/, '\n????????????????????'));
    const cases = [
      [['--tls-cert', cert], /tls_key: is missing/],
      [['--tls-key', key], /tls_cert: is missing/],
      [['--tls-cert', file('none'), '--tls-key', key],
       /tls_cert: .*none.*no such file/i],
      [['--tls-cert', cert, '--tls-key', file('none')],
       /tls_key: .*none.*no such file/i],
      [['--tls-cert', world.dir, '--tls-key', key], /tls_cert: /],
      [['--tls-cert', file('empty'), '--tls-key', key], /tls_cert: .*empty/],
      [['--tls-cert', file('garbage'), '--tls-key', key], /tls_cert: /],
      [['--tls-cert', file('half'), '--tls-key', key], /tls_cert: /],
      [['--tls-cert', file('chain'), '--tls-key', key], /tls_cert: .*chain/],
      [['--tls-cert', key, '--tls-key', key], /tls_cert: /],
      [['--tls-cert', cert, '--tls-key', cert], /tls_key: /],
      [['--tls-cert', cert, '--tls-key', file('empty')], /tls_key: /],
      [['--tls-cert', cert, '--tls-key', file('locked')],
       /tls_key: .*passphrase/],
      [['--tls-cert', cert, '--tls-key', other.key],
       /tls_key: is not the key of tls_cert/],
      [['--tls-cert', weak.cert, '--tls-key', weak.key],
       /tls_cert: .*too small/],
      [['--tls-cert', cert, '--tls-key', key, '--public-url',
        'http://desk.example'], /public_url: .*https/],
    ];
    for (const [flags, pattern] of cases) {
      const { err, out } = await world.command(
        ['serve', '--listen', '127.0.0.1:0', ...flags], { code: 1 });
      assert.match(err, pattern);
      assert.equal(out, '');
    }
  }));

test('https from the login to the websocket', withWorld({ tls: true },
  async (world) => {
    const page = await new Session(world.url).get('/accounts/login/');
    for (const cookie of page.headers['set-cookie'])
      assert.match(cookie, /; Secure/);
    const session = new Session(world.url);
    const login = await session.login('demo', 'demo-secret');
    assert.equal(login.headers['set-cookie'].length, 3);
    for (const cookie of login.headers['set-cookie'])
      assert.match(cookie, /; Secure/);

    // From our own pages, which are https now, and from no http page.
    const order = { instrument: 'TLS', quantity: '1', price: '1' };
    const here = [world.url, `https://localhost:${world.port}`];
    for (const Origin of here) {
      assert.equal((await session.post('/api/data/', order, { Origin })).status,
                   201);
      const stream = await world.open(session, { headers: { Origin } });
      await stream.subscribe();
      await session.order({ instrument: 'LIVE' });
      assert.equal((await stream.next()).order.instrument, 'LIVE');
      await stream.close();
    }
    for (const Origin of [world.url.replace('https', 'http'), 'null']) {
      assert.equal((await session.post('/api/data/', order, { Origin })).status,
                   403);
      await assert.rejects(world.open(session, { headers: { Origin } }),
                           { status: 403 });
    }
    const { body } = await session.get('/api/data/?page_size=1');
    assert.ok(body.next.startsWith('https://'), body.next);
  }));

test('what TLS is spoken', withWorld({ tls: true }, async (world) => {
  const served = async (options) => {
    const wire = await Wire.open(world.port, { ...secure, ...options });
    await wire.send(bytes('GET', '/healthz'));
    assert.equal((await wire.answer())?.status, 200);
    const spoken = { version: wire.socket.getProtocol(),
                     alpn: wire.socket.alpnProtocol };
    wire.close();
    return spoken;
  };
  const only = (version) => ({ minVersion: version, maxVersion: version });
  for (const version of ['TLSv1.2', 'TLSv1.3'])
    assert.equal((await served(only(version))).version, version);
  assert.equal((await served({ ALPNProtocols: ['h2', 'http/1.1'] })).alpn,
               'http/1.1');

  const old = { ciphers: 'ALL:@SECLEVEL=0' };
  const refused = [
    { ...old, ...only('TLSv1') }, { ...old, ...only('TLSv1.1') },
    ...['AES128-SHA', 'ECDHE-ECDSA-AES128-SHA', 'AES128-GCM-SHA256',
        'ECDHE-ECDSA-AES256-SHA384', 'NULL', 'aNULL'].map((ciphers) => (
      { ciphers: `${ciphers}:@SECLEVEL=0`, maxVersion: 'TLSv1.2' })),
  ];
  for (const options of refused) {
    await assert.rejects(Wire.open(world.port, { ...secure, ...options }),
                         undefined, JSON.stringify(options));
  }
  // A client can't have the costly part done again and again.
  const wire = await Wire.open(world.port, { ...secure, ...only('TLSv1.2') });
  const outcome = await deadline(new Promise((resolve) => {
    wire.socket.once('error', resolve);
    wire.socket.once('close', resolve);
    wire.socket.renegotiate({}, resolve);
  }), 'the end of a renegotiation');
  assert.ok(outcome instanceof Error, `${outcome}`);
  wire.close();
  await served({});
}));

test('no TLS, no service; and nobody else is held up', withWorld({ tls: true },
  async (world) => {
    const demo = await world.token('demo');
    const upgrade = bytes('GET', '/data/stream/', { headers: {
      Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': 13,
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Protocol': 'orders',
      Authorization: `Token ${demo.token}` } });
    for (const request of [
      bytes('GET', '/api/data/',
            { headers: { Authorization: `Token ${demo.token}` } }),
      bytes('POST', '/api/token/',
            { body: '{"username":"demo","password":"demo-secret"}',
              headers: { 'Content-Type': 'application/json' } }),
      upgrade]) {
      const wire = await Wire.open(world.port, { secure: false });
      await wire.send(request);
      const answer = await wire.answer();
      assert.equal(answer.status, 400);
      assert.match(answer.text, /https/);
      assert.doesNotMatch(answer.text, /"token"/);
      await wire.closed();
    }
    // Handshakes that are none, never end, or end in mid-air.
    const hello = Buffer.from('160301020001000' + '1fc0303', 'hex');
    const stuck = [];
    for (const piece of ['', '\x16', hello, '\x16\x03\x01\xff\xff',
                         Buffer.alloc(70_000, 0x16), '\x80\x2e\x01\x00\x02']) {
      const wire = await Wire.open(world.port, { secure: false });
      if (piece.length) await wire.send(piece);
      stuck.push(wire);
    }
    const gone = await Wire.open(world.port, { secure: false });
    await gone.send(hello);
    gone.reset();
    assert.equal((await demo.get('/api/me/')).status, 200);
    for (const wire of stuck) {
      assert.doesNotMatch(await wire.closed(), /HTTP\/1\.\d 2/);
      wire.close();
    }
  }));

for (const options of [{ tls: true }, { tls: true, workers: 2 }]) {
  const how = JSON.stringify(options);

  test(`SIGHUP: a new certificate is served, a broken one is not ${how}`,
    withWorld(options, async (world) => {
      await world.stopDaemon();
      const mine = makePair(world.dir);
      const next = makePair(world.dir, 'next');
      world.settings.push('--tls-cert', mine.cert, '--tls-key', mine.key);
      await world.startDaemon();
      const first = await fingerprint(world);
      // Broken: said, and the old one goes on, for those who are there too.
      const keep = await Wire.open(world.port,
                                   { ...secure, rejectUnauthorized: false });
      const [cert, key] = await Promise.all(
        [readFile(mine.cert), readFile(mine.key)]);
      for (const [broken, pattern] of [
        [['no certificate', key], /reload_failed.*tls_cert/],
        [[cert, await readFile(next.key)], /reload_failed.*tls_key/],
        [[cert, ''], /reload_failed.*tls_key.*passphrase/]]) {
        await writeFile(mine.cert, broken[0]);
        await writeFile(mine.key, broken[1]);
        world.daemon.child.kill('SIGHUP');
        await logged(world, pattern);
        assert.equal(await fingerprint(world), first);
      }
      await keep.send(bytes('GET', '/healthz'));
      assert.equal((await keep.answer()).status, 200);
      keep.close();
      if (options.workers) {
        // Nor does a worker that starts meanwhile need the files.
        const [, pid] = await logged(world, /app.ready/).then(() =>
          execFileSync('pgrep', ['-P', world.daemon.child.pid],
                       { encoding: 'utf8' }).match(/^(\d+)/m));
        process.kill(Number(pid), 'SIGKILL');
        await logged(world, /worker.restarted/);
        for (let i = 0; i < 10; i++)
          assert.equal(await fingerprint(world), first);
      }

      await writeFile(mine.cert, await readFile(next.cert));
      await writeFile(mine.key, await readFile(next.key));
      world.daemon.child.kill('SIGHUP');
      // Until it has stopped, a worker of before may still be the one.
      await logged(world, options.workers
        ? /serve.reloaded(?:[^]*app.stopped){2}/ : /app.stopped[^]*app.ready/);
      const second = await fingerprint(world);
      assert.notEqual(second, first);
      for (let i = 0; i < 20; i++)
        assert.equal(await fingerprint(world), second);
    }));
}

test('lws-app-client speaks to whom it trusts alone', withWorld({ tls: true },
  async (world) => {
    const other = makePair(world.dir, 'other');
    const { cert } = sharedPair();
    const ask = (words, env = {}) => run(join(bin, 'lws-app-client'),
      ['--url', world.url, '--username', 'demo', ...words],
      { env: { ...process.env, LWSAPP_PASSWORD: 'demo-secret', ...env } });
    const order = ['order', 'add', '--instrument', 'TLS', '--quantity', '1',
                   '--price', '1'];
    // Its certificate is its own root: a stranger until it is named.
    for (const words of [order, ['--ca', other.cert, ...order]]) {
      const { code, out } = await ask(words);
      assert.equal(code, 3, words.join(' '));
      assert.equal(out, '');
    }
    for (const file of [other.key, join(world.dir, 'none')]) {
      const { code, err } = await ask(['--ca', file, ...order]);
      assert.equal(code, 2);
      assert.match(err, /ca: .*(other|none)/);
    }
    const demo = await world.token('demo');
    assert.equal((await demo.get('/api/data/')).body.count, 0);

    const trusting = ['--ca', cert];
    assert.equal((await ask([...trusting, ...order])).code, 0);
    // By its name, and by the system's store if that is where it is.
    const named = await run(join(bin, 'lws-app-client'), ['--url',
      `https://localhost:${world.port}`, '--username', 'demo', 'order', 'ls'],
      { env: { ...process.env, LWSAPP_PASSWORD: 'demo-secret',
               SSL_CERT_FILE: cert } });
    assert.equal(named.code, 0, named.err);
    assert.match(named.out, /TLS/);
    // The websocket too: latency is measured on frames.
    const bench = await ask([...trusting, 'bench', 'latency', '--count', '3',
                             '--warmup', '1', '--json']);
    assert.equal(bench.code, 0, bench.err);
  }));

test('a certificate of another name is not taken by lws-app-client', withWorld(
  { tls: true }, async (world) => {
    await world.stopDaemon();
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt',
      'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj',
      '/CN=desk.example', '-addext', 'subjectAltName=DNS:desk.example',
      '-keyout', join(world.dir, 'k'), '-out', join(world.dir, 'c')],
      { stdio: 'pipe' });
    world.settings.push('--tls-cert', join(world.dir, 'c'),
                        '--tls-key', join(world.dir, 'k'));
    await world.startDaemon();
    for (const host of ['127.0.0.1', 'localhost']) {
      const { code } = await run(join(bin, 'lws-app-client'), ['--url',
        `https://${host}:${world.port}`, '--ca', join(world.dir, 'c'),
        '--username', 'demo', 'login'],
        { env: { ...process.env, LWSAPP_PASSWORD: 'demo-secret' } });
      assert.equal(code, 3, host);
    }
  }));
