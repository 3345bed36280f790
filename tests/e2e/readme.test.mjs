// What the README says of the settings and the source is what there is.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { run } from './lib/processes.mjs';
import { bin } from './lib/world.mjs';

const root = new URL('../../', import.meta.url).pathname;
const readme = await readFile(join(root, 'README.md'), 'utf8');

test('the table of settings is the one of the program', async () => {
  const { out, code } = await run(join(bin, 'lws-app'), ['--settings-table']);
  assert.equal(code, 0);
  assert.ok(readme.includes(out));
});

test('the source map names every source file', async () => {
  const map = readme.slice(readme.indexOf('## Source map'),
                           readme.indexOf('## Contributing'));
  for (const room of ['lws-app/base', 'lws-app/store', 'lws-app/model',
                      'lws-app/fanout', 'lws-app/web', 'lws-app/commands',
                      'protocols', 'lws-app']) {
    for (const file of await readdir(join(root, room))) {
      if (!file.endsWith('.c') || room.endsWith('client')) continue;
      const name = file.slice(0, -2);
      if (name === 'command') continue; // shared by the commands
      assert.match(map, new RegExp(`\\b${name}\\b`), `${room}/${file}`);
    }
  }
});
