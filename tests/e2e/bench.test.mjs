// scripts/bench and scripts/growth, as far as they need nothing but what is built
// (and gnuplot): their figures are no business of a test, but that they give
// them, and what they leave behind.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { chmod, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { Process, run } from './lib/processes.mjs';

const program = new URL('../load/bench.mjs', import.meta.url).pathname;
const growth = new URL('../load/growth.mjs', import.meta.url).pathname;

async function inFolder(body) {
  const dir = await mkdtemp(join(tmpdir(), 'bench-test-'));
  try {
    await body({ env: { ...process.env, TMPDIR: dir } }, dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

test('a row gives its figures, in a table and as JSON', () =>
  inFolder(async (options, dir) => {
    const file = join(dir, 'figures.json');
    const { code, out, err } = await run(process.execPath,
      [program, '--quick', '--only', 'idle', '--json', file], options);
    assert.equal(code, 0, out + err);
    const { machine, rows } = JSON.parse(await readFile(file, 'utf8'));
    assert.ok(machine.fsync_us > 0 && machine.cores > 0);
    assert.equal(rows.length, 2);
    for (const row of rows) {
      assert.ok(row.ours > 0 && row.base > 0, JSON.stringify(row));
      assert.ok(out.includes(`| ${row.what} |`));
    }
    assert.deepEqual(await readdir(dir), ['figures.json']);
  }));

// Of a machine that is busy: how fast it is is not looked at.
test('market data comes to all who follow it, each line sent or counted', () =>
  inFolder(async (options, dir) => {
    const file = join(dir, 'figures.json');
    const { code, out, err } = await run(process.execPath,
      [program, '--quick', '--only', 'market', '--json', file], options);
    assert.equal(code, 0, out + err);
    const { rows } = JSON.parse(await readFile(file, 'utf8'));
    assert.deepEqual(rows.map(({ what }) => what.split(',')[0]), [
      '1 socket x 10 symbols', '100 sockets x 10 symbols',
      'frames of 100 quotes to 100 sockets', 'the same quotes',
      'POST to frame beside 10000 lines/s', 'a line by Redis',
      'socket that follows 100 symbols']);
    for (const row of rows) {
      assert.ok(row.ours > 0, JSON.stringify(row));
      assert.ok(out.includes(`| ${row.what} |`));
    }
    assert.deepEqual(await readdir(dir), ['figures.json']);
  }));

test('rows of PostgreSQL bring a server of their own, a slow one and a standby', () =>
  inFolder(async (options, dir) => {
    await chmod(dir, 0o711); // as root it serves as another user
    const file = join(dir, 'figures.json');
    const { code, out, err } = await run(process.execPath, [program, '--quick',
      '--engine', 'postgres', '--only', 'trips', '--only', 'standby', '--json',
      file], options);
    assert.equal(code, 0, out + err);
    const { rows } = JSON.parse(await readFile(file, 'utf8'));
    assert.deepEqual(rows.map(({ what }) => what), [
      'creates, 0.5 ms more a trip', 'POST to frame, 0.5 ms more a trip',
      'POST to frame', 'creates, a synchronous standby']);
    for (const row of rows) {
      assert.ok(row.ours > 0, JSON.stringify(row));
      assert.ok(out.includes(`| ${row.what} |`));
    }
    // The time of three trips is in it, whatever else takes any.
    assert.ok(rows[1].ours >= 1500, JSON.stringify(rows[1]));
    assert.deepEqual(await readdir(dir), ['figures.json']);
  }));

test('interrupted, it ends what it has started', () =>
  inFolder(async (options, dir) => {
    const bench = new Process(process.execPath,
                              [program, '--quick', '--only', 'start'], options);
    await bench.line(/^\|( --- \|)+$/m);
    const { code } = await bench.stop('SIGTERM');
    assert.equal(code, 130, bench.err);
    assert.deepEqual(await readdir(dir), []);
  }));

test('a row that does not exist is refused', async () => {
  const { code, err } = await run(process.execPath,
                                  [program, '--only', 'dance']);
  assert.equal(code, 2);
  assert.match(err, /no row dance; there are: list /);
  const { err: other } = await run(process.execPath,
                                   [program, '--engine', 'dance']);
  assert.match(other, /no engine dance; there are: sqlite postgres$/m);
});

const original = new URL('lib/original.mjs', import.meta.url).pathname;

async function withOriginal(args, body) {
  const server = new Process(process.execPath, [original, ...args]);
  try {
    const [, port] = await server.line(/^ready port=(\d+)$/m);
    await body(`http://127.0.0.1:${port}`, String(server.child.pid));
  } finally {
    await server.stop('SIGKILL');
  }
}

async function measured(url, pid, options, dir) {
  const file = join(dir, 'figures.json');
  const { code, out, err } = await run(process.execPath, [program, '--quick',
    '--only', 'peer', '--peer', url, '--peer-pid', pid, '--json', file],
    options);
  assert.equal(code, 0, out + err);
  const { rows } = JSON.parse(await readFile(file, 'utf8'));
  for (const row of rows) {
    assert.equal(row.baseline, 'peer');
    assert.ok(row.ours > 0 && row.base > 0, JSON.stringify(row));
    assert.ok(row.unit === 'B' || (row.p50_us > 0 && row.base_p99_us > 0 &&
      row.cpu_us > 0 && row.base_cpu_us > 0), JSON.stringify(row));
    assert.ok(out.includes(`| ${row.what} |`));
  }
  assert.deepEqual(await readdir(dir), ['figures.json']);
  return rows;
}

// Of the orders that are timed 5 to 54 count, after 5 that warm up; then 20
// more go to all sockets.
test('a peer with the frames of old is measured, and what it loses told', () =>
  inFolder((options, dir) => withOriginal(['1000', '0(05|25)$'],
    async (url, pid) => {
      const rows = await measured(url, pid, options, dir);
      assert.deepEqual(rows.map(({ what }) => what.split(',')[0]), [
        'DataTables page of 25', 'DataTables page of 25', 'search and order',
        'search and order', 'creates', 'creates', 'POST to frame',
        '20 events to 200 sockets', 'idle socket']);
      const [list, , search] = rows;
      assert.equal(list.note, 'orders: ours 1,000, peer 1,000');
      assert.equal(search.note,
        '10 needles like BNP0, matches of one: ours 100, peer 100');
      const [late, fan] = rows.slice(6);
      assert.equal(late.note, 'came: ours 50 of 50, peer 48 of 50');
      assert.equal(fan.note, 'came: ours 4,000 of 4,000, peer 3,800 of 4,000');
      assert.equal(fan.base_frames_came, 3800);
    })));

test('a peer that is not one, or lets nobody in, is refused by its flag', () =>
  withOriginal(['30'], async (url) => {
    const gone = http.createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address();
    gone.close();
    for (const [args, told] of [
      [['--only', 'peer'], /row peer: needs --peer URL/],
      [['--peer-pid', '1'], /--peer-pid: needs --peer URL/],
      [['--peer', 'there'], /--peer there: not like http:/],
      [['--peer', 'http://192.0.2.1:80'], /--peer .*: load goes to loopback/],
      [['--peer', `http://127.0.0.1:${port}`],
       /--peer .*: no answer \(ECONNREFUSED\)/],
      [['--peer', url, '--peer-username', 'x'], /--peer-username, .* as x /],
      [['--peer', url, '--peer-password', 'x'], /--peer-password: no login/],
      [['--peer', url, '--peer-pid', 'x'], /--peer-pid x: no such process/],
      [['--peer', url, '--peer-pid', '4194305'], /4194305: no such process/],
    ]) {
      const { code, out, err } = await run(process.execPath,
        [program, '--quick', '--only', 'peer', ...args]);
      assert.equal(code, 2, `${args}: ${out}${err}`);
      assert.match(err, told);
    }
    const idle = new Process('sleep', ['600']);
    try {
      const { code, err } = await run(process.execPath, [program, '--only',
        'peer', '--peer', url, '--peer-pid', String(idle.child.pid)]);
      assert.equal(code, 2, err);
      assert.match(err, /--peer-pid \d+: did nothing while/);
    } finally {
      await idle.stop('SIGKILL');
    }
  }));

// A machine that is busy may not keep up with the second rate of events.
for (const [curve, x, least] of [['sockets', 'sockets', 2],
                                 ['events', 'offered', 1]]) {
  test(`a curve of growth gives its points and is drawn: ${curve}`, () =>
    inFolder(async (options, dir) => {
      const { code, out, err } = await run(process.execPath, [growth, '--quick',
        '--only', curve, '--out', join(dir, 'out'), '--json',
        join(dir, 'points.json')], options);
      assert.equal(code, 0, out + err);
      const { curves } = JSON.parse(await readFile(join(dir, 'points.json'),
                                                   'utf8'));
      assert.deepEqual(Object.keys(curves), [curve]);
      assert.ok(curves[curve].length >= least, out);
      for (const point of curves[curve]) {
        assert.ok(point.rate > 0 && point.cpu_us > 0 && point.p99_us > 0,
                  JSON.stringify(point));
        assert.ok(out.includes(`\n| ${point[x].toLocaleString('en')} | `), out);
      }
      const svg = await readFile(join(dir, 'out', `${curve}.svg`), 'utf8');
      assert.match(svg, /^<\?xml [^]*<svg\s[^]*<\/svg>\s*$/);
      assert.ok(svg.length < 30000, `${svg.length} bytes`);
      // Four panels; in each a mark for a point of its first line, and one for
      // its legend.
      const marks = svg.match(/<use xlink:href='#gpPt6' transform/g) ?? [];
      assert.ok(marks.length >= 8, `${marks.length} marks`);
      assert.deepEqual((await readdir(dir)).sort(), ['out', 'points.json']);
    }));
}

test('a curve that does not exist is refused', async () => {
  const { code, err } = await run(process.execPath, [growth, '--only', 'dance']);
  assert.equal(code, 2);
  assert.match(err, /no curve dance; there are: rows /);
});
