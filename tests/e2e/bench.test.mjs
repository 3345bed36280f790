// scripts/bench, as far as it needs nothing but what is built: its figures are
// no business of a test, but that it gives them, and what it leaves behind.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { Process, run } from './lib/processes.mjs';

const program = new URL('../load/bench.mjs', import.meta.url).pathname;

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
});
