// All of a database, moved from a file to a server and back.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { at } from './lib/machines.mjs';
import { Postgres } from './lib/postgres.mjs';
import { Process, run } from './lib/processes.mjs';
import { DatabaseRows, change, held } from './lib/rows.mjs';
import { codeOf, enrol, forgetUse, withinAStep } from './lib/totp.mjs';
import { World, bin } from './lib/world.mjs';

const program = join(bin, 'lws-app');
const lwsApp = (command, database, ...args) =>
  run(program, [command, ...args, '--database', database]);

async function does(command, database, ...args) {
  const { code, out, err } = await lwsApp(command, database, ...args);
  assert.equal(code, 0, out + err);
  return out;
}

async function refuses(why, command, database, ...args) {
  const { code, out, err } = await lwsApp(command, database, ...args);
  assert.equal(code, 1, out + err);
  assert.match(err, why);
}

// body gets a server without any table and a folder.
const withPlaces = (body) => async () => {
  const server = await Postgres.start();
  const dir = await mkdtemp(join(tmpdir(), 'move-'));
  try {
    await body(server.url, dir, server);
  } finally {
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  }
};

// ------------------------------------------------------- what a database has

const SERVER_COLUMNS = `SELECT table_name AS t, column_name AS c,
  data_type AS kind, is_nullable = 'YES' AS may_be_null
  FROM information_schema.columns WHERE table_schema = 'public'
  AND table_name <> 'schema_step'`;

// By the server's own catalogue: Map of table to columns.
async function tablesOf(url) {
  const tables = new Map();
  for (const row of await new DatabaseRows(url).rows(SERVER_COLUMNS)) {
    if (!tables.has(row.t)) tables.set(row.t, []);
    tables.get(row.t).push(row);
  }
  return tables;
}

// What daemons tell of themselves stays behind.
const LEFT = new Set(['machine']);

// Every row of every table, as text, whatever the engine.
async function everything(where, tables) {
  const rows = new DatabaseRows(where);
  const found = {};
  for (const [table, columns] of tables) {
    if (LEFT.has(table)) continue;
    const listed = columns.map(({ c, kind }) => kind !== 'bytea' ? `"${c}"`
      : where.startsWith('postgresql:') ? `encode("${c}", 'hex') AS "${c}"`
        : `lower(hex("${c}")) AS "${c}"`);
    // Numbers beyond a double's, too.
    const list = await rows.rows(`SELECT ${listed.map((one, i) =>
      columns[i].kind === 'bigint'
        ? `CAST(${one} AS TEXT) AS "${columns[i].c}"` : one).join(', ')}
      FROM "${table}"`);
    found[table] = list.map((row) => JSON.stringify(columns.map(({ c }) =>
      [c, row[c]]))).sort();
  }
  // Which file, or server, it is.
  found.meta = found.meta.filter((row) => !/"(file|backup)"/.test(row));
  return found;
}

let made = 0;
const odd = () => `${++made} 'x' "y"\n\tz: é 漢 😀 \\ %s ?1 $1`;
const value = ({ kind }) => kind === 'bigint' ? String(++made)
  : kind === 'bytea' ? `X'00ff0a20${(++made).toString(16).padStart(8, '0')}'`
    : `'${odd().replaceAll("'", "''")}'`;

// Three rows: with all columns, with as few as may be, with all. Each has another
// owner.
function fill(table, columns) {
  const owners = ['user', 'actor', 'subject', 'owner'];
  const valueOf = (column, i) => table !== 'user' && owners.includes(column.c)
    ? `(SELECT id FROM "user" ORDER BY id LIMIT 1 OFFSET ${i})` : value(column);
  return [columns, columns.filter((column) => !column.may_be_null), columns]
    .map((given, i) => `INSERT INTO "${table}" (${
      given.map(({ c }) => `"${c}"`).join(', ')}) VALUES (${
      given.map((column) => valueOf(column, i)).join(', ')})`);
}

test('every table and every column is moved, there and back', withPlaces(
  async (url, dir) => {
    const file = join(dir, 'a.db');
    const first = join(dir, 'first');
    await does('migrate', file);
    // The tables, from a database of the server that is not the one to fill.
    const empty = `${url}&dbname=listed`;
    await change(url, 'CREATE DATABASE listed');
    await does('migrate', empty);
    const tables = await tablesOf(empty);
    assert.ok(tables.size > 15, [...tables.keys()].join());
    const others = [...tables].filter(([table]) =>
      !['user', 'meta', ...LEFT].includes(table));
    await change(file, ...fill('user', tables.get('user')),
                 ...others.flatMap(([table, columns]) => fill(table, columns)),
      `UPDATE instrument SET tick = -9223372036854775808,
       lot = 9223372036854775807, name = '' WHERE id = 1 + (SELECT min(id)
       FROM instrument) - 1`);
    const there = await everything(file, tables);
    for (const [table, rows] of Object.entries(there))
      assert.ok(rows.length >= 3, table);
    assert.match(await does('export-database', file, first),
                 /: 18 tables, \d+ rows\n$/);
    await does('import-database', url, first);
    assert.deepEqual(await everything(url, tables), there);
    const again = join(dir, 'again');
    const back = join(dir, 'back.db');
    await does('export-database', url, again);
    await does('import-database', back, again);
    assert.deepEqual(await everything(back, tables), there);
    const body = async (path) => (await readFile(path, 'latin1')).split('\n')
      .filter((line) => !/^(row \d+:(file|backup) |end )/.test(line)).sort();
    assert.deepEqual(await body(again), await body(first));
  }));

test('ids go on behind the highest that was ever given out', withPlaces(
  async (url, dir) => {
    const file = join(dir, 'a.db');
    await does('migrate', file);
    const columns = `(symbol, name, currency, symbol_folded, name_folded,
      currency_folded, tick, lot, multiplier, active, strict, version, created,
      updated) VALUES`;
    const add = (where, symbol) => change(where, `INSERT INTO instrument
      ${columns} ('${symbol}', '', '', '', '', '', 0, 0, 1, 1, 0, 1, 1, 1)`);
    for (const symbol of ['A', 'B', 'C']) await add(file, symbol);
    await change(file, "DELETE FROM instrument WHERE symbol <> 'A'");
    const moved = join(dir, 'moved');
    await does('export-database', file, moved);
    await does('import-database', url, moved);
    await add(url, 'D');
    await change(url, 'DELETE FROM instrument');
    const back = join(dir, 'back');
    const other = join(dir, 'b.db');
    await does('export-database', url, back);
    await does('import-database', other, back);
    await add(other, 'E');
    const ids = await new DatabaseRows(other).column('SELECT id FROM instrument');
    assert.deepEqual(ids, [5]);
  }));

// ------------------------------------------------------------ a desk that moves

async function moves(world, to) {
  const moved = join(world.dir, 'moved');
  await world.stopDaemon();
  await world.command(['export-database', moved], { redis: false });
  const from = world.database;
  world.database = to;
  await world.command(['import-database', moved], { redis: false });
  await world.startDaemon({ port: world.port });
  return from;
}

test('a desk that moves keeps logins and positions, and begins anew where it was',
  withPlaces(async (url, dir) => {
    const world = await World.start({ database: join(dir, 'desk.db'),
                                      redis: true });
    try {
      const demo = await world.login('demo');
      const token = await world.token('demo');
      const boss = await world.token('boss');
      const { secret } = await enrol(demo);
      await demo.put('/api/me/layouts/mine/', { layout: { search: 'edf' } });
      const orders = [];
      for (let i = 0; i < 5; i++) {
        orders.push(await demo.order({ instrument: `M${i}`,
                                       client_order_id: `c${i}` }));
      }
      const stream = await world.follow(token);
      const followed = stream.joined.position;
      await demo.patch(`/api/data/${orders[1].id}/`, { price: '77' });
      await demo.delete(`/api/data/${orders[2].id}/`);
      await stream.nextOf(2);
      const asked = ['/api/data/?page_size=3', '/api/me/', '/api/me/layouts/',
        `/api/data/${orders[1].id}/history/`];
      const all = ['/api/audit/', '/api/users/'];
      const seen = async () => [
        ...await Promise.all(asked.map((path) => demo.get(path))),
        ...await Promise.all(all.map((path) => boss.get(path)))]
        .map(({ status, body: { limits, ...body } }) => {
          assert.equal(status, 200); // limits: what was used up today
          return body;
        });
      const before = await seen();

      const from = await moves(world, url);
      assert.equal(before[2].count, 1);
      assert.deepEqual(await seen(), before);
      assert.equal((await token.get('/api/me/')).status, 200);
      await does('check', url);
      // What followed goes on from where it was: nothing twice, no gap.
      const again = await world.open(token);
      const answer = await again.subscribe({ position: followed });
      assert.equal(answer.recovered, true);
      assert.deepEqual((await again.nextOf(2)).map(({ type, seq }) =>
        [type, seq]), [['data.update', 6], ['data.delete', 7]]);
      await again.silent();
      await demo.order({ instrument: 'NEXT' });
      assert.equal((await again.next()).seq, 8);
      // What was taken is known still.
      const twice = await demo.post('/api/data/', { instrument: 'M0',
        quantity: '100', price: '10.5', client_order_id: 'c0' });
      assert.deepEqual([twice.status, twice.body.id], [200, orders[0].id]);
      await forgetUse(world);
      const { status } = await withinAStep(() => world.token('demo').then(
        () => assert.fail(), () => at(world.url, {}).post('/api/token/',
          { username: 'demo', password: 'demo-secret', code: codeOf(secret) })));
      assert.equal(status, 200);

      // The one that was left, served again, is another to every client.
      await world.stopDaemon();
      world.database = from;
      await world.startDaemon({ port: world.port });
      const old = await (await world.open(token)).subscribe(
        { position: followed });
      assert.equal(old.resync, true);
    } finally {
      await world.stop();
    }
  }));

// --------------------------------------------------------- what is refused

async function smallDesk(dir, orders = 3) {
  const file = join(dir, 'a.db');
  await run(program, ['createuser', '--username', 'demo', '--password-stdin',
    '--database', file], { input: 'demo-secret\n' });
  const csv = ['instrument,side,quantity,price', ...Array.from(
    { length: orders }, (_, i) => `I${i},buy,1,${i + 1}`)].join('\n');
  await writeFile(join(dir, 'orders.csv'), csv);
  await does('import', file, join(dir, 'orders.csv'), '--owner', 'demo');
  const moved = join(dir, 'moved');
  await does('export-database', file, moved);
  return { file, moved };
}

// No row of anybody's.
async function isEmpty(url) {
  const rows = new DatabaseRows(url);
  for (const [table] of await tablesOf(url)) {
    if (table === 'meta') continue;
    assert.deepEqual(await rows.column(`SELECT count(*) FROM "${table}"`), [0],
                     table);
  }
}

test('a file that is cut, altered or of another schema leaves nothing', withPlaces(
  async (url, dir) => {
    const { file, moved } = await smallDesk(dir);
    const bytes = await readFile(moved);
    const text = bytes.toString('latin1');
    const bad = join(dir, 'bad');
    const tries = async (content, why) => {
      await writeFile(bad, content);
      await refuses(why, 'import-database', url, bad);
    };
    await tries('', /is no file that export-database has written/);
    await tries('id,owner\n1,2\n', /is no file that export-database/);
    await tries(text.replace(/^(\S+ \d+) \d+/, '$1 9'), /at schema step 9/);
    await tries(text.replace(/^(\S+) 1 /, '$1 2 '), /of another release/);
    for (let i = 1; i <= 8; i++) {
      const at = Math.floor((bytes.length - 1) * i / 8);
      await tries(bytes.subarray(0, at), /cut off|export-database/);
    }
    await tries(Buffer.concat([bytes, Buffer.from('\n')]), /is damaged/);
    await tries(Buffer.from(text.replace('2:I1 ', '2:I7 '), 'latin1'),
                /was altered/);
    await tries(Buffer.from(text.replace(/^row .*2:I1 .*\n/m, ''), 'latin1'),
                /was altered/);
    await tries(Buffer.from(text.replace(' username ', ' name '), 'latin1'),
                /has column user.name in place of username/);
    await tries(Buffer.from(text.replace(/2:I1 /, '99999999999:I1 '), 'latin1'),
                /is damaged, at byte \d+/);
    await isEmpty(url);
    await refuses(/exists already/, 'export-database', file, moved);
    await does('import-database', url, moved);
    await does('check', url);
    await refuses(/the database is not empty: it has rows in/,
                  'import-database', url, moved);
    await refuses(/the database is not empty: it has rows in/,
                  'import-database', file, moved);
  }));

test('what is served is neither left nor filled', withPlaces(
  async (url, dir) => {
    const { moved } = await smallDesk(dir);
    for (const database of [join(dir, 'served.db'), url]) {
      const world = await World.start({ database, users: [] });
      try {
        // Until it has told of itself.
        while (database === url && (await new DatabaseRows(url).column(
          'SELECT count(*) FROM machine'))[0] === 0);
        await refuses(/serves it|in use by another daemon/, 'export-database',
                      database, join(dir, 'never'));
        await refuses(/serves it|in use by another daemon/, 'import-database',
                      database, moved);
      } finally {
        await world.stop();
      }
    }
  }));

// One of the last tables can't be written to, so that it gets no further.
async function importHeld(url, moved, server) {
  const holder = new Process('psql', ['-X', '-q', url]);
  holder.child.stdin.write(
    'BEGIN; LOCK TABLE stream IN SHARE MODE;\n\\echo held\n');
  await holder.line(/held/);
  const importing = new Process(program, ['import-database', moved,
                                          '--database', url]);
  while (await server.ask('SELECT count(*) FROM pg_locks WHERE NOT granted')
         === '0');
  return { holder, importing };
}

test('an import may stand still', withPlaces(async (url, dir, server) => {
  const { moved } = await smallDesk(dir, 3000);
  await does('migrate', url);
  const { holder, importing } = await importHeld(url, moved, server);
  importing.child.kill('SIGSTOP');
  holder.child.stdin.end();
  await holder.untilEnd();
  // Longer than a server lets others wait for a daemon that stands still.
  await new Promise((resolve) => setTimeout(resolve, 6000));
  importing.child.kill('SIGCONT');
  const { code } = await importing.untilEnd();
  assert.equal(code, 0, importing.err);
}));

test('an import that is killed leaves nothing, and can be tried again', withPlaces(
  async (url, dir, server) => {
    const { moved } = await smallDesk(dir, 3000);
    await does('migrate', url);
    for (const signal of ['SIGKILL', 'SIGTERM']) {
      const { holder, importing } = await importHeld(url, moved, server);
      importing.child.kill(signal);
      if (signal === 'SIGKILL') await importing.untilEnd();
      holder.child.stdin.end();
      await holder.untilEnd();
      const { code } = await importing.untilEnd();
      if (signal === 'SIGTERM') {
        assert.equal(code, 1);
        assert.match(importing.err, /interrupted/);
      }
    }
    await held(url, async () => {});
    await isEmpty(url);
    await does('import-database', url, moved);
    assert.deepEqual(await new DatabaseRows(url).column(
      'SELECT count(*) FROM orders'), [3000]);
  }));
