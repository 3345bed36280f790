// What the documents say of the settings and the source is what there is.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import test from 'node:test';
import { run } from './lib/processes.mjs';
import { bin } from './lib/world.mjs';

const root = new URL('../../', import.meta.url).pathname;
const read = (name) => readFile(join(root, 'docs', name), 'utf8');
const operating = await read('operating.md');
const architecture = await read('architecture.md');

test('the table of settings is the one of the program', async () => {
  const { out, code } = await run(join(bin, 'lws-app'), ['--settings-table']);
  assert.equal(code, 0);
  assert.ok(operating.includes(out));
});

// A row whose first cell is bold names a folder; the names in the first cells
// of those below it are of its files, without what follows the dot.
function mapped() {
  const files = [];
  let folder;
  for (const line of architecture
    .slice(architecture.indexOf('## Source map')).split('\n')) {
    const cell = /^\| (.*?) \|/.exec(line)?.[1] ?? '';
    const bold = /^\*\*`(.+)\/`\*\*$/.exec(cell);
    if (bold) folder = bold[1];
    else if (folder)
      for (const [, name] of cell.matchAll(/`([^`]+)`/g))
        files.push(`${folder}/${name}`);
  }
  return files;
}

test('the source map names each source file once, and none that is not there',
  async () => {
    const { out, code } = await run(join(root, 'scripts/sources'),
      ['lws-app/*.[ch]', 'protocols/*.[ch]', 'assets/js/*.js', 'scripts']);
    assert.equal(code, 0);
    const files = [...new Set(out.trim().split('\n')
      .map((path) => parse(path)).filter(({ ext }) => ext !== '.patch')
      .map(({ dir, name }) => `${dir}/${name}`))];
    const names = mapped();
    assert.deepEqual({
      unnamed: files.filter((file) => !names.includes(file)),
      'not there': names.filter((name) => !files.includes(name)),
      twice: names.filter((name, i) => names.indexOf(name) !== i),
    }, { unnamed: [], 'not there': [], twice: [] });
  });
