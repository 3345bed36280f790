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

// Of --help: the names of the part, "commands" or "settings".
const named = (help, part) => {
  const [, text] = help.match(new RegExp(`^${part}:\n(.*?)(?:\n\n|$(?!\n))`, 'ms'));
  return [...text.matchAll(/^ {2}(\S.*)$/gm)].map(([, line]) => line);
};

async function manual(page) {
  const { code, out, err } = await run('man', [
    '--warnings', '-P', 'cat', '-E', 'UTF-8', '-l',
    join(prefix, 'share/man', `man${page.at(-1)}`, page)],
  { env: { ...process.env, MANWIDTH: '900' } });
  assert.equal(code, 0, err);
  assert.equal(err, '');
  return out.replaceAll('\u2010', '-').replace(/ +/g, ' ');
}

test('the manual pages have every command and setting, and roff is content',
  async () => {
    const help = async (name) => (await run(join(prefix, 'bin', name),
                                            ['--help'])).out;
    const [server, client] = await Promise.all(['lws-app', 'lws-app-client']
      .map(help));
    const pages = { commands: await manual('lws-app.1'),
                    settings: await manual('lws-app.conf.5'),
                    client: await manual('lws-app-client.1') };
    const commands = named(server, 'commands');
    assert.ok(commands.length > 10);
    for (const line of commands) assert.ok(pages.commands.includes(line), line);
    const settings = named(server, 'settings').filter((line) =>
      !line.startsWith('--config '));
    assert.ok(settings.length > 50);
    for (const line of settings) {
      const name = line.match(/^--(\S+)/)[1].replaceAll('-', '_');
      assert.match(pages.settings, new RegExp(`^ ${name} = `, 'm'));
    }
    for (const line of named(client, 'commands'))
      assert.ok(pages.client.includes(line), line);
  });
