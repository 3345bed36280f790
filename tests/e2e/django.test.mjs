// Accounts and orders of the Django application that this one takes the place
// of, from a file as Django makes it.
import assert from 'node:assert/strict';
import { pbkdf2Sync } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { run } from './lib/processes.mjs';
import { change, DatabaseRows } from './lib/rows.mjs';
import { bin, withWorld } from './lib/world.mjs';

const tables = `
CREATE TABLE auth_user (id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  password varchar(128) NOT NULL, last_login datetime NULL,
  is_superuser bool NOT NULL, username varchar(150) NOT NULL UNIQUE,
  last_name varchar(150) NOT NULL, email varchar(254) NOT NULL,
  is_staff bool NOT NULL, is_active bool NOT NULL,
  date_joined datetime NOT NULL, first_name varchar(150) NOT NULL);
CREATE TABLE auth_group (id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  name varchar(150) NOT NULL UNIQUE);
CREATE TABLE django_content_type (id integer NOT NULL PRIMARY KEY
  AUTOINCREMENT, app_label varchar(100) NOT NULL, model varchar(100) NOT NULL);
CREATE TABLE auth_permission (id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  content_type_id integer NOT NULL REFERENCES django_content_type (id),
  codename varchar(100) NOT NULL, name varchar(255) NOT NULL);
CREATE TABLE auth_group_permissions (id integer NOT NULL PRIMARY KEY
  AUTOINCREMENT, group_id integer NOT NULL, permission_id integer NOT NULL);
CREATE TABLE auth_user_groups (id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  user_id integer NOT NULL, group_id integer NOT NULL);
CREATE TABLE auth_user_user_permissions (id integer NOT NULL PRIMARY KEY
  AUTOINCREMENT, user_id integer NOT NULL, permission_id integer NOT NULL);
CREATE TABLE generic_data (id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  instrument varchar(255) NOT NULL, quantity real NOT NULL,
  initial_price real NOT NULL, user_id integer NOT NULL);
INSERT INTO django_content_type VALUES (1, 'auth', 'user'),
  (2, 'generic', 'data');
INSERT INTO auth_permission VALUES (1, 1, 'add_user', ''),
  (5, 2, 'add_data', ''), (6, 2, 'change_data', ''), (7, 2, 'delete_data', '');
INSERT INTO auth_group VALUES (1, 'traders');
INSERT INTO auth_group_permissions VALUES (1, 1, 6), (2, 1, 7);
`;

// As Django writes it.
function hash(password, iterations = 1000) {
  const key = pbkdf2Sync(password, 'seasalt', iterations, 32, 'sha256');
  return `pbkdf2_sha256$${iterations}$seasalt$${key.toString('base64')}`;
}

const quoted = (text) => `'${String(text).replaceAll("'", "''")}'`;

function user(id, username, password, flags = {}) {
  const { superuser = 0, staff = 0, active = 1 } = flags;
  return `INSERT INTO auth_user VALUES (${id}, ${quoted(password)}, NULL,
    ${superuser}, ${quoted(username)}, 'Last', 'mail@example.org', ${staff},
    ${active}, '2020-01-01 00:00:00', 'First');\n`;
}

function order(id, userId, instrument, quantity, price) {
  return `INSERT INTO generic_data VALUES (${id}, ${quoted(instrument)},
    ${quantity}, ${price}, ${userId});\n`;
}

async function djangoFile(world, sql) {
  const file = join(world.dir, 'django.sqlite3');
  await change(file, tables + sql);
  return file;
}

function importFrom(world, file, ...flags) {
  return run(join(bin, 'lws-app'), ['import-django', file, '--database',
                                    world.database, ...flags]);
}

async function rejectsOf(file) {
  return (await readFile(file, 'utf8')).trim().split('\n').map((line) =>
    JSON.parse(line));
}

test('accounts from Django log in with their old password and rights',
  withWorld({}, async (world) => {
    const file = await djangoFile(world, [
      user(1, 'chief', hash('chief-secret'), { superuser: 1, staff: 1 }),
      user(2, 'kim', hash('kim-secret')),
      user(3, 'lea', hash('lea-secret')),
      user(4, 'gone', hash('gone-secret'), { active: 0 }),
      user(5, 'bare', hash('bare-secret')),
      'INSERT INTO auth_user_user_permissions VALUES (1, 2, 5), (2, 5, 1);',
      'INSERT INTO auth_user_groups VALUES (1, 3, 1);',
      order(1, 2, 'EDF01', 100, 338.67),
    ].join(''));
    const before = await readFile(file);
    const done = await importFrom(world, file);
    assert.equal(done.code, 0, done.err);
    assert.match(done.out, /^users: 5 created, 0 already there; orders: 1 placed/);
    assert.deepEqual(await readFile(file), before);

    const rights = async (name) => {
      const me = (await (await world.token(name, `${name}-secret`))
        .get('/api/me/')).body;
      return [me.may_add, me.may_change, me.may_delete, me.is_superuser];
    };
    assert.deepEqual(await rights('chief'), [true, true, true, true]);
    assert.deepEqual(await rights('kim'), [true, false, false, false]);
    assert.deepEqual(await rights('lea'), [false, true, true, false]);
    assert.deepEqual(await rights('bare'), [false, false, false, false]);
    await assert.rejects(world.token('gone', 'gone-secret'));
    const list = (await (await world.token('kim', 'kim-secret'))
      .get('/api/data/')).body;
    assert.equal(list.count, 1);
    const [placed] = list.results;
    assert.deepEqual(
      [placed.instrument, placed.side, placed.quantity, placed.price,
       placed.client_order_id, placed.status],
      ['EDF01', 'buy', '100', '338.67', 'django-1', 'new']);
    assert.match((await world.command(['check'])).out, /all is well/);
  }));

test('what breaks a rule is written down with its reasons, and nothing twice',
  withWorld({}, async (world) => {
    const file = await djangoFile(world, [
      user(1, 'kim', hash('kim-secret')),
      user(2, 'KIM', hash('other-secret')),
      user(3, ' bad', hash('bad-secret')),
      user(4, 'old', 'md5$salt$0123456789abcdef0123456789abcdef'),
      user(5, 'none', '!unusable'),
      user(6, 'demo', hash('not-the-one-here')),
      user(7, 'gone', hash('gone-secret'), { active: 0 }),
      order(1, 1, 'A', 0.1, 0.000000025),
      order(2, 1, 'B', 0, 1),
      order(3, 1, '', -1, 1e300),
      order(4, 2, 'C', 1, 1),
      order(5, 99, 'D', 1, 1),
      order(6, 7, 'E', 1, 1),
      order(7, 1, 'F', "'many'", 1),
      order(8, 6, 'G', 2, '0.1 + 0.2'),
      order(9, 3, 'H', 2, 1),
    ].join(''));
    const rejects = join(world.dir, 'rejects.ndjson');
    const first = await importFrom(world, file, '--rejects', rejects,
                                   '--batch', '2');
    assert.equal(first.code, 2, first.err);
    assert.equal(first.out, 'users: 4 created, 1 already there; orders: 2 ' +
      'placed, 0 already there; 2 numbers rounded to 8 decimals; 9 rows ' +
      'rejected\n');
    assert.match(first.err, 
      /user old: its password, hashed by md5, can't be verified/);
    assert.match(first.err, /user none: has no password/);
    assert.match(first.err, /user demo: already exists, left as it is/);
    const rows = await rejectsOf(rejects);
    assert.deepEqual(
      rows.map(({ table, id, errors }) => [table, id, errors]), [
        ['auth_user', 2, { username: ['differs from that of kim only in case'] }],
        ['auth_user', 3,
         { username: ['must not begin or end with a space'] }],
        ['generic_data', 2, { quantity: ['must be greater than 0'] }],
        ['generic_data', 3, rows[3].errors],
        ['generic_data', 4, { owner: ['differs from that of kim only in case'] }],
        ['generic_data', 5, { owner: ['there is no user 99'] }],
        ['generic_data', 6, { owner: ['this user is not active'] }],
        ['generic_data', 7, { quantity: ['must be a number'] }],
        ['generic_data', 9, { owner: ['no such user'] }],
      ]);
    assert.deepEqual(Object.keys(rows[3].errors).sort(),
                     ['instrument', 'price', 'quantity']);
    assert.equal(rows[7].quantity, 'many');
    assert.equal(rows[7].username, 'kim');
    assert.equal((await stat(rejects)).mode & 0o777, 0o600);

    const kim = (await (await world.token('kim', 'kim-secret'))
      .get('/api/data/')).body.results;
    assert.deepEqual(kim.map((o) => [o.instrument, o.quantity, o.price]),
                     [['A', '0.1', '0.00000002']]);
    const demo = (await (await world.token('demo')).get('/api/data/')).body;
    assert.equal(demo.results[0].price, '0.3');

    // The rejects of a run are not overwritten; without a file they are shown.
    const taken = await importFrom(world, file, '--rejects', rejects);
    assert.equal(taken.code, 1);
    assert.match(taken.err, /rejects.*exists/);
    const again = await importFrom(world, file);
    assert.equal(again.code, 2);
    assert.match(again.out, new RegExp('^users: 0 created, 5 already there; ' +
      'orders: 0 placed, 2 already there; 0 numbers'));
    assert.equal(again.err.split('\n').filter((line) =>
      line.startsWith('{')).length, 9);
    const database = new DatabaseRows(world.database);
    assert.deepEqual(await database.column('SELECT count(*) FROM orders'),
                     [2]);
    assert.match((await world.command(['check'])).out, /all is well/);
  }));

test('a superuser from Django whose password is the name stays on loopback',
  withWorld({}, async (world) => {
    const file = await djangoFile(world,
      user(1, 'chief', hash('chief'), { superuser: 1 }));
    assert.equal((await importFrom(world, file)).code, 0);
    await world.stopDaemon();
    const refused = await world.command(['serve', '--listen', '0.0.0.0:0'],
                                        { code: 1 });
    assert.match(refused.err, /password/);
  }));

test('orders from Django reach open streams, and many batches all arrive',
  withWorld({ redis: true }, async (world) => {
    const stream = await world.follow(await world.token('demo'));
    const file = await djangoFile(world, user(1, 'demo', '!') +
      `INSERT INTO generic_data WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL
       SELECT n + 1 FROM c WHERE n < 2500) SELECT n, 'I' || n, n, n / 8.0, 1
       FROM c;`);
    const done = await importFrom(world, file);
    assert.equal(done.code, 0, done.err);
    assert.match(done.out, /2500 placed/);
    const events = await stream.nextOf(2500);
    events.forEach((event, i) => assert.equal(event.seq, i + 1));
    assert.equal(events[2499].order.price, '312.5');
  }));

test('what is no database of Django is refused by name', withWorld({},
  async (world) => {
    const text = join(world.dir, 'text');
    await writeFile(text, 'no database '.repeat(500));
    const cases = [
      [[join(world.dir, 'none')], /none/],
      [[text], /not a database/],
      [[world.database], /auth_user/],
      [[], /file: is missing/],
      [[text, 'more'], /file: must be one/],
      [[text, '--batch', '0'], /batch/],
    ];
    for (const [args, said] of cases) {
      const { code, err } = await run(join(bin, 'lws-app'),
        ['import-django', ...args, '--database', world.database]);
      assert.equal(code, 1, err);
      assert.match(err, said);
    }
    await assert.rejects(stat(join(world.dir, 'none')));
  }));

test('what can not be told of one batch is not done', withWorld({},
  async (world) => {
    const file = await djangoFile(world, user(1, 'kim', hash('secret-kim')) +
      order(1, 1, 'FITS', 1, 1) +
      `INSERT INTO generic_data SELECT value + 1, printf('%.*c', 1000000, 'x'),
         1, 1, 1 FROM generate_series(1, 68);\n`);
    const boss = await world.login('boss');
    const placed = () => boss.get('/api/data/?scope=all')
      .then(({ body }) => body.count);
    const rejects = join(world.dir, 'rejects');
    const failed = await importFrom(world, file, '--rejects', rejects);
    assert.equal(failed.code, 1);
    assert.match(failed.err, /batch: the report on 69 rows takes more/);
    assert.equal(await placed(), 0);
    const smaller = await importFrom(world, file, '--batch', '20',
                                     '--rejects', `${rejects}2`);
    assert.equal((await rejectsOf(`${rejects}2`)).length, 68, smaller.err);
    assert.equal(await placed(), 1);
  }));
