// The program as an operator meets it: settings, commands, their exit codes
// and what they print.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { run } from './lib/processes.mjs';
import { Session } from './lib/http.mjs';
import { change } from './lib/rows.mjs';
import { Wire, bytes } from './lib/wire.mjs';
import { bin, withWorld } from './lib/world.mjs';

const program = join(bin, 'lws-app');

// One run in the world's folder; env: beside the usual.
function call(world, args, { env = {}, input = '' } = {}) {
  return run(program, args, { cwd: world.dir, input,
    env: { ...process.env, LWSAPP_PASSWORD_ITERATIONS: '1000', ...env } });
}

test('a bad setting stops the start, named', withWorld({}, async (world) => {
  await world.stopDaemon();
  const file = join(world.dir, 'settings');
  const cases = [
    // flags, variables, lines of the file, what must be named
    [['--workers', '0'], {}, '', /workers/],
    [['--workers', '65'], {}, '', /workers/],
    [['--workers', 'two'], {}, '', /workers/],
    [['--workers', '1x'], {}, '', /workers/],
    [['--workers', ''], {}, '', /workers/],
    [['--workers', '99999999999999999999'], {}, '', /workers/],
    [['--workers=-1'], {}, '', /workers/],
    [['--workers'], {}, '', /workers/],
    [['--nonsense', '1'], {}, '', /--nonsense/],
    [['--nonsense'], {}, '', /--nonsense/],
    [['word'], {}, '', /word/],
    [['--no-migrate=perhaps'], {}, '', /no_migrate/],
    [['--log-level', 'loud'], {}, '', /log_level/],
    [['--listen', 'nonsense'], {}, '', /listen/],
    [['--listen', '127.0.0.1:99999'], {}, '', /listen/],
    [['--listen', '127.0.0.1:'], {}, '', /listen/],
    [['--listen', ':8000'], {}, '', /listen/],
    [['--listen', '256.1.1.1:0'], {}, '', /listen/],
    [['--listen', '192.0.2.1:0'], {}, '', /listen.*192\.0\.2\.1/],
    [['--public-url', 'desk.example'], {}, '', /public_url/],
    [['--public-url', 'https://desk.example/path?x'], {}, '', /public_url/],
    [['--public-url', 'https://desk.example/api/'], {}, '', /public_url/],
    [['--cors-origins', '*'], {}, '', /cors_origins/],
    [['--proxy-protocol'], {}, '', /proxy_protocol: needs trusted_proxy/],
    [['--public-url', 'ftp://desk.example'], {}, '', /public_url/],
    [['--public-url', 'https://b\u00fccher.example'], {}, '',
     /public_url.*xn--/],
    [['--public-url', 'https://'], {}, '', /public_url/],
    [['--public-url', 'https://desk.example:70000'], {}, '', /public_url/],
    [['--public-url', 'https://a@desk.example'], {}, '', /public_url/],
    [['--allowed-hosts', 'desk.example:80'], {}, '', /allowed_hosts.*port/],
    [['--allowed-hosts', 'localhost,b\u00fccher.example'], {}, '',
     /allowed_hosts.*xn--/],
    [['--allowed-hosts', '*'], {}, '', /allowed_hosts.*\*/],
    [['--allowed-hosts', 'http://localhost'], {}, '', /allowed_hosts/],
    [['--redis', 'redis://localhost:1/2'], {}, '', /redis.*database/],
    [['--redis', 'rediss://localhost?foo=1'], {}, '',
     /redis: .*no parameter is known but ssl_ca_certs/],
    [['--redis', 'redis://localhost?ssl_ca_certs=/dev/null'], {}, '',
     /redis: .*ssl_ca_certs is for rediss/],
    [['--redis', 'rediss://localhost/1?ssl_ca_certs=/dev/null'], {}, '',
     /redis: .*only \/0/],
    [['--redis', 'rediss://localhost/?ssl_ca_certs=/nowhere'], {}, '',
     /redis: .*ssl_ca_certs/],
    [['--database', ':memory:'], {}, '', /database.*memory/],
    [['--database-durability', 'standby'], {}, '',
     /database_durability: standby needs a server/],
    [['--database-durability', 'some'], {}, '',
     /database_durability: must be local or standby/],
    [['--database', ''], {}, '', /database/],
    [['--database', 'file:orders.db?mode=rw'], {}, '', /database.*postgresql/],
    [['--database', 'mysql://localhost/x'], {}, '', /database.*postgresql/],
    [['--database', 'postgresql://a:b@localhost/x'], {}, '',
     /database.*password/],
    [['--database', 'postgresql:///x?password=b'], {}, '',
     /database.*password/],
    [['--database', 'postgresql:///x?nonsense=b'], {}, '',
     /database.*address/],
    [['--database', 'postgresql://desk.example/x'], {}, '',
     /desk\.example.*verify-full/],
    [['--database', 'postgresql:///x?host=127.0.0.1,192.0.2.1'], {}, '',
     /192\.0\.2\.1.*verify-full/],
    [['--database', 'postgresql:///x?host=/nonexistent'], {}, '',
     /nonexistent.*No such file/],
    [['--database', '.'], {}, '', /database.*folder/],
    [['--database', 'orders/'], {}, '', /database.*folder/],
    [['--database', '/dev/null'], {}, '', /database.*not a regular file/],
    [['--trusted-proxy', '10.0.0.0/8,10.0.0.0/33'], {}, '',
     /trusted_proxy.*10\.0\.0\.0\/33/],
    [['--trusted-proxy', 'proxy.example'], {}, '',
     /trusted_proxy.*proxy\.example/],
    [['--redis', 'nonsense'], {}, '', /redis/],
    [['--redis', 'unix:///a', '--redis', 'nonsense'], {}, '', /redis/],
    [['--redis', ['a', 'b', 'c', 'd', 'e'].map((name) => `unix:///${name}`)
      .join()], {}, '', /redis: names more than 4 servers/],
    [['--redis', `unix:///${'a'.repeat(2100)}`,
      '--redis', `unix:///${'b'.repeat(2100)}`], {}, '', /redis: is too long/],
    [['--market-redis', 'unix:///a,unix:///b'], {}, '',
     /market_redis: names more than one server/],
    [['--redis', 'http://localhost'], {}, '', /redis/],
    [['--redis', 'redis://localhost:99999'], {}, '', /redis/],
    [['--database', 'd'.repeat(5000)], {}, '', /database/],
    [['--database', '/nonexistent/orders.db'], {}, '',
     /\/nonexistent\/orders\.db|database/],
    [['--workers', '2'], {}, '', /workers.*redis/],
    [[], { LWSAPP_WORKERS: 'x' }, '', /workers/],
    [[], { LWSAPP_READ_BUDGET_MS: '1' }, '', /read_budget_ms/],
    [[], { LWSAPP_LISTEN: 'x' }, '', /listen/],
    [[], {}, 'workers = 0', /workers/],
    [[], {}, '# fine\n\nnonsense = 1', /:3:.*nonsense/],
    [[], {}, 'workers', /:1:/],
    [[], {}, `x = ${'y'.repeat(10_000)}`, /:1:/],
    [['--config', '/nonexistent'], {}, null, /config.*\/nonexistent/],
  ];
  for (const [flags, env, lines, pattern] of cases) {
    const config = lines === null ? [] : ['--config', file];
    await writeFile(file, lines ?? '');
    const given = flags.some((flag) => flag.startsWith('--listen')) ||
      env.LWSAPP_LISTEN ? [] : ['--listen', '127.0.0.1:0'];
    const result = await call(world,
      ['serve', ...given, ...config, ...flags], { env });
    const what = JSON.stringify([flags, env, lines]).slice(0, 100);
    assert.equal(result.code, 1, what + result.err);
    assert.match(result.err, pattern, what);
    assert.equal(result.out, '', what);
    assert.ok(result.err.split('\n').length <= 3, `${what}: ${result.err}`);
  }
}));

test('flags win over variables, variables over the file', withWorld({},
  async (world) => {
    const file = join(world.dir, 'settings');
    await writeFile(file, 'login-per-account = 1\r\n# a comment\n' +
                          'LOGIN_WINDOW_S = 7\n');
    const limit = async (env, flags) => {
      await world.stopDaemon();
      world.env = { ...world.env, LWSAPP_CONFIG: file,
                    LWSAPP_LOGIN_PER_ACCOUNT: undefined, ...env };
      world.settings = flags;
      await world.startDaemon();
      const nobody = new Session(world.url);
      const username = `u${Math.random()}`;
      for (let failed = 0; ; failed++) {
        const answer = await nobody.post('/api/token/',
          { username, password: 'x' });
        if (answer.status === 429) {
          assert.ok(Number(answer.headers['retry-after']) <= 7);
          return failed;
        }
        assert.equal(answer.status, 401);
      }
    };
    assert.equal(await limit({}, []), 1);
    assert.equal(await limit({ LWSAPP_LOGIN_PER_ACCOUNT: '2' }, []), 2);
    assert.equal(await limit({ LWSAPP_LOGIN_PER_ACCOUNT: '2' },
                             ['--login-per-account=3']), 3);
  }));

test('help, and what is no command', withWorld({}, async (world) => {
  const help = await call(world, ['--help']);
  assert.equal(help.code, 0);
  for (const word of ['serve', 'migrate', 'createsuperuser', 'createuser',
    'changepassword', 'import', '--listen', '--redis', '--workers',
    '--database'])
    assert.match(help.out, new RegExp(`${word}`), word);
  assert.equal((await call(world, ['import', '--help'])).code, 0);
  assert.equal((await call(world, ['--settings-table'])).code, 0);
  for (const args of [[], ['nonsense'], ['--nonsense'], ['']]) {
    const result = await call(world, args);
    assert.equal(result.code, 2, args.join());
    assert.equal(result.out, '');
    assert.match(result.err, /lws-app/);
  }
}));

test('a port or a database in use is refused by name', withWorld({},
  async (world) => {
    const twice = await call(world, ['serve', '--listen', '127.0.0.1:0',
      '--database', world.database]);
    assert.equal(twice.code, 1);
    assert.match(twice.err, /database.*orders\.db.*in use/);

    const port = await call(world, ['serve', '--database', 'second.db',
      '--listen', `127.0.0.1:${world.port}`]);
    assert.equal(port.code, 1);
    assert.match(port.err, new RegExp(`listen.*${world.port}`));
    assert.doesNotMatch(port.out, /ready/);

    // By a stranger as well.
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port: taken } = server.address();
    const theirs = await call(world, ['serve', '--database', 'second.db',
      '--listen', `127.0.0.1:${taken}`]);
    assert.equal(theirs.code, 1);
    assert.match(theirs.err, new RegExp(`listen.*${taken}`));
    server.close();
    assert.equal((await new Session(world.url).get('/healthz')).status, 200);
  }));

test('migrate', withWorld({}, async (world) => {
  const told = new RegExp('^.*orders\\.db: schema step \\d+, users: 3, ' +
    'superusers with a default password: 0\n$');
  for (let i = 0; i < 2; i++) {
    const result = await call(world, ['migrate', '--database', world.database]);
    assert.equal(result.code, 0, result.err);
    assert.match(result.out, told);
  }
  const fresh = await call(world, ['migrate', '--database', 'fresh.db']);
  assert.equal(fresh.code, 0, fresh.err);
  assert.match(fresh.out, /^fresh\.db: schema step \d+, users: 0,/);
  // Without it, neither serve nor an import touches an older one.
  await change(join(world.dir, 'old.db'), 'VACUUM');
  for (const args of [
    ['serve', '--no-migrate', '--listen', '127.0.0.1:0'],
    ['import', '-', '--owner', 'demo'],
    ['changepassword', '--username', 'demo', '--password-stdin']]) {
    const old = await call(world, [...args, '--database', 'old.db'],
                           { input: 'some-secret\n' });
    assert.equal(old.code, 1, args[0]);
    assert.match(old.err, /old\.db.*schema step 0.*migrate/, args[0]);
  }
  // What is no database is left as it is.
  await writeFile(join(world.dir, 'text.db'), 'just text, '.repeat(1000));
  const none = await call(world, ['migrate', '--database', 'text.db']);
  assert.equal(none.code, 1);
  assert.match(none.err, /text\.db|database/);
}));

test('users', withWorld({}, async (world) => {
  const make = (command, name, { input = 'good-secret-7\n', flags = [],
                                 env } = {}) =>
    call(world, [command, '--username', name, '--database', world.database,
      ...(env ? [] : ['--password-stdin']), ...flags], { input, env });
  assert.equal((await make('createsuperuser', 'root')).code, 0);
  for (const name of ['root', 'ROOT', 'demo', 'Demo']) {
    const again = await make('createsuperuser', name);
    assert.equal(again.code, 1, name);
    assert.match(again.err, /username/, name);
  }
  const faults = [
    ['', {}, /username/], ['a\nb', {}, /username/],
    ['u'.repeat(151), {}, /username/],
    ['u'.repeat(5000), {}, /username/],
    ['fine', { input: '' }, /password/], ['fine', { input: '\n' }, /password/],
    ['fine', { input: 'p'.repeat(10_000) }, /password/],
    ['fine', { flags: ['word'] }, /word/],
    ['fine', { flags: ['--nonsense'] }, /nonsense/],
  ];
  for (const [name, options, pattern] of faults) {
    const result = await make('createuser', name, options);
    assert.equal(result.code, 1, `${name.slice(0, 20)} ${result.out}`);
    assert.match(result.err, pattern);
  }
  const nameless = await call(world, ['createuser', '--password-stdin'],
                              { input: 'x\n' });
  assert.match(nameless.err, /username/);
  // No terminal, and nothing said: refused, not waited for.
  const silent = await call(world, ['createuser', '--username', 'fine',
    '--database', world.database]);
  assert.equal(silent.code, 1);
  assert.match(silent.err, /password/);

  const weak = await make('createuser', 'weak', { input: 'weak\n' });
  assert.equal(weak.code, 0);
  assert.match(weak.err, /warning: the password is the username/);
  assert.match(weak.err, /warning: the password is shorter than 8/);
  assert.doesNotMatch(weak.err + weak.out, /weak\nweak/);
  const byEnv = await make('createuser', 'envy',
                           { env: { LWSAPP_PASSWORD: 'good-secret-7' } });
  assert.equal(byEnv.code, 0, byEnv.err);
  for (const name of ['root', 'envy'])
    await world.login(name, 'good-secret-7');
  const gone = await call(world, ['changepassword', '--username', 'nobody',
    '--password-stdin', '--database', world.database], { input: 'x\n' });
  assert.equal(gone.code, 1);
  assert.match(gone.err, /nobody/);
}));

test('what a command does to accounts stands in the audit', withWorld({},
  async (world) => {
    await world.command(['changepassword', '--username', 'demo',
      '--password-stdin'], { input: 'another-secret-7\n' });
    const boss = await world.token('boss');
    const { status, body, text } = await boss.get('/api/audit/?subject=demo');
    assert.equal(status, 200, text);
    const [set, made] = body.results;
    assert.deepEqual([set.action, set.actor, set.address, set.subject],
                     ['password.set', null, 'command', 'demo']);
    assert.deepEqual([made.action, made.actor, made.address, made.subject],
                     ['user.create', null, 'command', 'demo']);
    assert.deepEqual(made.changes.username, [null, 'demo']);
    assert.doesNotMatch(text, /another-secret|pbkdf2/);
  }));

const order = (i, more = {}) => ({ instrument: `I${i}`, quantity: '1',
                                   price: String(i), ...more });
const lines = (rows) => rows.map((row) => JSON.stringify(row)).join('\n');

async function importFile(world, name, text, flags = []) {
  await writeFile(join(world.dir, name), text);
  return call(world, ['import', name, '--owner', 'demo', '--database',
                      world.database, ...flags]);
}

test('an import of CSV and of NDJSON', withWorld({}, async (world) => {
  const demo = await world.token('demo');
  const stream = await world.follow(demo);
  const csv = await importFile(world, 'rows.csv', '\ufeff' + [
    'instrument,quantity,price,side,client_order_id',
    'A,1,338.670,buy,c1', '"B, ""quoted""",2,-1,sell,',
  ].join('\r\n'));
  assert.equal(csv.code, 0, csv.err);
  assert.match(csv.out, /^2 orders placed, 0 already there\n$/);
  const ndjson = await importFile(world, 'rows.ndjson',
    `${lines([order(1), order(2, { status: 'filled',
                                   filled_quantity: '1' })])}\n\n`);
  assert.equal(ndjson.code, 0, ndjson.err);
  const events = await stream.nextOf(4);
  assert.deepEqual(
    events.map(({ order: o }) => [o.instrument, o.price, o.side]),
    [['A', '338.67', 'buy'], ['B, "quoted"', '-1', 'sell'],
     ['I1', '1', 'buy'], ['I2', '2', 'buy']]);
  assert.equal(events[3].order.status, 'filled');
  assert.equal(events[0].order.owner, 'demo');
}));

test('an import is held to the limits of the owner', withWorld({},
  async (world) => {
    const demo = await world.token('demo');
    await change(world.database, 'UPDATE "user" SET max_notional = ' +
      "100000000 WHERE username = 'demo'");
    const { code, err } = await importFile(world, 'rows.csv',
      'instrument,quantity,price\nA,1,1\nB,1,-1.01\n');
    assert.equal(code, 1);
    assert.match(err, /rows\.csv:3: quantity: the value \(quantity times price\) must be at most 1,/);
    assert.equal((await demo.get('/api/data/')).body.count, 0);
    assert.equal((await importFile(world, 'more.csv',
      'instrument,quantity,price\nA,1,1\n')).code, 0);
  }));

test('the first fault of an import is named, its batch left out', withWorld({},
  async (world) => {
    const demo = await world.token('demo');
    const cases = [
      // name, text, exit, what is named, rows that are in
      ['a.csv', 'instrument,quantity,price\nA,1,1\nB,x,1\nC,1,y\n',
       /a\.csv:3: quantity: /, 0],
      ['b.csv', 'instrument,quantity\nA,1\n', /b\.csv:1: price: is required/, 0],
      ['c.csv', 'instrument,quantity,price,zzz\nA,1,1,1\n',
       /c\.csv:1: zzz: unknown/, 0],
      ['d.csv', 'instrument,quantity,price,price\nA,1,1,1\n',
       /d\.csv:1: price: .*twice/, 0],
      ['e.csv', 'instrument,quantity,price\nA,1\n', /e\.csv:2: /, 0],
      ['f.csv', 'instrument,quantity,price\n"A,1,1\n', /f\.csv:2: .*quote/, 0],
      ['g.csv', '', /g\.csv/, 0],
      ['h.csv', 'instrument,quantity,price,id,id\nA,1,1,7,7\n',
       /h\.csv:1: id: .*twice/, 0],
      ['i.ndjson', lines([order(1), order(2)]) + '\n{', /i\.ndjson:3: /, 0],
      ['j.ndjson', lines([order(1), { ...order(2), price: 'x' }]),
       /j\.ndjson:2: price: /, 0],
      ['k.ndjson', '[]', /k\.ndjson:1: /, 0],
      ['l.ndjson', lines([order(1, { owner: 'other' })]),
       /l\.ndjson:1: owner: /, 0],
      ['m.ndjson', lines([{ instrument: 'A' }]),
       /m\.ndjson:1: quantity: is required\n.*m\.ndjson:1: price: is required/, 0],
      ['n.ndjson', `{"instrument":"${'x'.repeat(3_000_000)}"}`,
       /n\.ndjson:1: /, 0],
      ['o.txt', 'x', /o\.txt.*csv.*ndjson/, 0],
      // The batches before it are in.
      ['p.ndjson', lines([order(1), order(2), order(3), order(4),
                          { ...order(5), quantity: '0' }]),
       /p\.ndjson:5: quantity: [^]*4 rows are in[^]*from line 5/, 4,
       ['--batch', '2']],
      ['q.ndjson', lines([order(1), order(2), order(3),
                          { ...order(4), quantity: '0' }, order(5)]),
       /q\.ndjson:4: quantity: [^]*2 rows are in[^]*from line 3/, 2,
       ['--batch', '2']],
    ];
    let rows = 0;
    for (const [name, text, pattern, into, flags] of cases) {
      const result = await importFile(world, name, text, flags);
      assert.equal(result.code, 1, name);
      assert.match(result.err, pattern, name);
      rows += into;
      assert.equal((await demo.get('/api/data/')).body.count, rows, name);
    }
    const faults = [
      [['import', 'a.csv'], /owner/],
      [['import', '--owner', 'demo'], /file/],
      [['import', 'a.csv', 'b.csv', '--owner', 'demo'], /file/],
      [['import', 'a.csv', '--owner', 'nobody'], /owner.*nobody/],
      [['import', 'none.csv', '--owner', 'demo'], /none\.csv/],
      [['import', 'a.csv', '--owner', 'demo', '--batch', '0'], /batch/],
      [['import', 'a.csv', '--owner', 'demo', '--batch', 'x'], /batch/],
      [['import', '.', '--owner', 'demo'], /\./],
    ];
    for (const [args, pattern] of faults) {
      const result = await call(world, [...args, '--database', world.database]);
      assert.equal(result.code, 1, args.join(' '));
      assert.match(result.err, pattern, args.join(' '));
    }
  }));

// As they come out again, all columns of them.
const nasty = ['a,b', 'say "hi"', ' lead', 'trail ', '=1+1', '@SUM(A1)', '"',
               '""', "it's", '\u00fcber \u{1f4b9}', 'x'.repeat(255), '\\', ','];
const kept = ({ id, version, position, created, updated, ...rest }) => rest;

test('what was exported can be imported, of one owner or of many', withWorld({},
  async (world) => {
    const demo = await world.token('demo');
    const boss = await world.token('boss');
    for (const [i, instrument] of nasty.entries()) {
      const { status, text } = await boss.post('/api/data/', {
        instrument, owner: i % 2 ? 'demo' : 'other', side: 'sell',
        quantity: '10.00000001', price: `-${i}.5`,
        ...i % 3 ? { client_order_id: `,"${i}` } : {},
        ...i % 4 ? { status: 'partially_filled', filled_quantity: '1',
                     average_price: '2.5' } : {} });
      assert.equal(status, 201, text);
    }
    const list = async (session, query) => (await session.get(
      `/api/data/?page_size=1000&${query}`)).body.results;
    const before = await list(boss, 'scope=all');
    const cell = (value) => `"${String(value ?? '').replaceAll('"', '""')}"`;
    const files = {
      'out.ndjson': lines(before) + '\n',
      'out.csv': [Object.keys(before[0]), ...before.map(Object.values)].map(
        (row) => `${row.map(cell).join(',')}\r\n`).join(''),
    };
    for (const [name, text] of Object.entries(files)) {
      for (const { id } of await list(boss, 'scope=all')) {
        // Or the old client_order_id would be that of a deleted order.
        assert.equal((await boss.patch(`/api/data/${id}/`,
          { client_order_id: null })).status, 200);
        await boss.delete(`/api/data/${id}/`);
      }
      await writeFile(join(world.dir, name), text);
      const result = await call(world, ['import', name, '--database',
                                        world.database]);
      assert.equal(result.code, 0, result.err);
      const after = await list(boss, 'scope=all&ordering=id');
      assert.deepEqual(after.map(kept), before.map(kept), name);
    }
    // Of one owner alone, where the file agrees.
    await writeFile(join(world.dir, 'own.ndjson'),
                    lines((await list(demo, 'scope=own')).map((row) =>
                      ({ ...row, client_order_id: null }))));
    const own = await call(world, ['import', 'own.ndjson', '--owner', 'demo',
                                   '--database', world.database]);
    assert.match(own.out, /^6 orders placed, 0/, own.err);
    const wrong = await call(world, ['import', 'out.csv', '--owner', 'demo',
                                     '--database', world.database]);
    assert.match(wrong.err, /out\.csv:2: owner: is not demo/);
    await writeFile(join(world.dir, 'none.ndjson'), lines([order(1)]));
    const none = await call(world, ['import', 'none.ndjson', '--database',
                                    world.database]);
    assert.match(none.err, /none\.ndjson:1: owner: is required/);
  }));

test('a fault of an import hides no other and adds none', withWorld({},
  async (world) => {
    const good = 'instrument,quantity,price,owner\n';
    const cases = [
      // name, text, what is said of the row, and nothing else
      ['a.csv', 'instrument,quantity,price,zzz\nA,1,1,1\n',
       ['1: zzz: unknown field']],
      ['b.csv', `${good}A,1,1,other,5\n`,
       ['2: has 5 cells, but the first row has 4']],
      ['c.csv', `${good}A,x,,other\n`,
       ['2: quantity: must be a number', '2: owner: is not demo',
        '2: price: is required']],
      ['d.csv', `${good}A,x,1,other`,
       ['1: quantity: must be a number', '1: owner: is not demo'].map((text) =>
         text.replace('1', '2'))],
      ['e.ndjson', '[1]', ['1: must be a JSON object']],
      ['f.ndjson', '{"quantity":123456789012345678,"owner":"other"}',
       ['1: quantity: has too many digits for a JSON number: ' +
        'send it as a string']],
      ['g.ndjson', '{"quantity":"x","owner":"other"}',
       ['1: quantity: must be a number', '1: owner: is not demo',
        '1: instrument: is required', '1: price: is required']],
      ['h.ndjson', '{"quantity":"1","owner":"other"', [/^1: not valid JSON/]],
    ];
    for (const [name, text, wanted] of cases) {
      const result = await importFile(world, name, text);
      assert.equal(result.code, 1, name);
      const said = result.err.split('\n').filter((line) =>
        line.includes(`${name}:`)).map((line) => line.slice(
        line.indexOf(`${name}:`) + name.length + 1));
      assert.equal(said.length, wanted.length, result.err);
      wanted.forEach((what, i) => (what instanceof RegExp
        ? assert.match(said[i], what) : assert.equal(said[i], what)));
    }
  }));

test('an import repeated by its client_order_ids changes nothing', withWorld({},
  async (world) => {
    const demo = await world.token('demo');
    const rows = Array.from({ length: 30 }, (_, i) =>
      order(i, { client_order_id: `c${i}` }));
    const broken = [...rows];
    broken[25] = { ...rows[25], price: 'x' };
    const first = await importFile(world, 'r.ndjson', lines(broken),
                                   ['--batch', '10']);
    assert.equal(first.code, 1);
    assert.match(first.err, /r\.ndjson:26: price/);
    const second = await importFile(world, 'r.ndjson', lines(rows));
    assert.equal(second.out, '10 orders placed, 20 already there\n');
    const third = await importFile(world, 'r.ndjson', lines(rows));
    assert.equal(third.out, '0 orders placed, 30 already there\n');
    const { body } = await demo.get('/api/data/?page_size=100');
    assert.equal(body.count, 30);
    assert.equal(body.position.seq, 30);
    const other = await importFile(world, 's.ndjson',
      lines([{ ...rows[0], price: '99' }]));
    assert.equal(other.code, 1);
    assert.match(other.err, /s\.ndjson:1: .*client_order_id/);
  }));

for (const options of [{}, { workers: 2 }]) {
  test(`SIGTERM ends it with 0 while clients are connected ${
    JSON.stringify(options)}`, withWorld(options, async (world) => {
    const demo = await world.token('demo');
    const streams = [];
    for (let i = 0; i < 5; i++) streams.push(await world.follow(demo));
    const idle = await Wire.open(world.port);
    const half = await Wire.open(world.port);
    await half.send(bytes('POST', '/api/data/', { headers:
      { Authorization: `Token ${demo.token}`, 'Content-Length': 100 } }));
    const answered = [];
    for (let i = 0; i < 20; i++) {
      const wire = await Wire.open(world.port);
      await wire.send(bytes('POST', '/api/data/', { headers:
        { Authorization: `Token ${demo.token}` },
        body: JSON.stringify(order(i)) }));
      answered.push(wire);
    }
    await world.stopDaemon();
    let acknowledged = 0;
    for (const wire of answered) {
      const answer = await wire.answer();
      if (answer?.status === 201) acknowledged++;
      else if (answer) assert.equal(answer.status, 503);
    }
    for (const stream of streams) {
      const { code } = await stream.closed;
      assert.equal(code, 1001);
    }
    await idle.closed();
    await half.closed();
    await world.startDaemon();
    demo.url = world.url;
    const { body } = await demo.get('/api/data/');
    assert.ok(body.count >= acknowledged, `${body.count} ${acknowledged}`);
  }));

  test(`ready is printed once, and nothing else ${JSON.stringify(options)}`,
    withWorld(options, async (world) => {
      const demo = await world.token('demo');
      await demo.order();
      await world.stopDaemon();
      assert.equal(world.daemon.out, `ready port=${world.port}\n`);
      // SIGINT is as good.
      await world.startDaemon();
      const { code } = await world.daemon.stop('SIGINT');
      assert.equal(code, 0);
      assert.equal(world.daemon.out, `ready port=${world.port}\n`);
    }));
}

test('logs hold no secret', withWorld({ settings: ['--log-level', 'debug'] },
  async (world) => {
    const session = await world.login('demo');
    const token = await world.token('demo');
    await token.order({ instrument: 'SECRET-INSTRUMENT' });
    await session.post('/api/token/', { username: 'demo',
                                        password: 'wrong-secret' });
    await token.get('/api/data/?search=SECRET-SEARCH');
    await world.stopDaemon();
    for (const secret of ['demo-secret', 'wrong-secret', token.token,
      session.cookies.get('sessionid'), session.cookies.get('csrftoken'),
      'SECRET-INSTRUMENT', 'SECRET-SEARCH'])
      assert.ok(!world.daemon.err.includes(secret), secret);
    assert.match(world.daemon.err, /http\.request.*path="\/api\/data\/"/);
  }));
