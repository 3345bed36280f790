// What is installed under a prefix serves from there, with nothing beside it.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { after } from 'node:test';
import { run } from '../e2e/lib/processes.mjs';

const root = new URL('../../', import.meta.url).pathname;
const build = dirname(process.env.LWSAPP_BIN ?? join(root, 'build/bin'));
const prefix = await mkdtemp(join(tmpdir(), 'lws-app-'));
after(() => rm(prefix, { recursive: true }));
const installed = await run('cmake',
                            ['--install', build, '--prefix', prefix]);
process.env.LWSAPP_BIN = join(prefix, 'bin');
const { withWorld } = await import('../e2e/lib/world.mjs');

test('it serves pages, their files and the API', async () => {
  assert.equal(installed.code, 0, installed.err);
  await withWorld({}, async (world) => {
    const session = await world.login('demo');
    const page = await session.get('/');
    assert.equal(page.status, 200);
    const [, script] = page.text.match(/src="(\/assets\/[^"]+\.js)"/);
    assert.equal((await session.get(script)).status, 200);
    await (await world.token('demo')).order();
  })();
});

for (const [name, more] of [
  ['lws-app', [/^libwebsockets 4\.\d+\.\d+\S*, patched \([0-9a-f]{8}\)$/m,
               /^SQLite 3\.\d+\.\d+$/m]],
  ['lws-app-client', [/^libwebsockets /m]]]) {
  test(`${name} says which version it is`, async () => {
    const version = (await readFile(join(root, 'VERSION'), 'utf8')).trim();
    const { code, out } = await run(join(prefix, 'bin', name), ['--version']);
    assert.equal(code, 0);
    assert.equal(out.split('\n')[0], `${name} ${version}`);
    for (const line of more) assert.match(out, line);
  });
}
