// A check that did not check has not passed.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { run } from '../e2e/lib/processes.mjs';

const root = new URL('../../', import.meta.url).pathname;
const scripts = join(root, 'scripts');

test('a clang-format of another version is a failure', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'lws-app-'));
  try {
    const other = '#!/bin/sh\necho "clang-format version 99.1.0"\n';
    for (const name of ['clang-format', 'clang-format-14'])
      await writeFile(join(dir, name), other, { mode: 0o755 });
    const { code, err } = await run(join(scripts, 'check-format'), [],
      { env: { ...process.env, PATH: `${dir}:${process.env.PATH}` } });
    assert.equal(code, 1);
    assert.match(err, /nothing checked: clang-format is 99, not 14/);
  } finally {
    await rm(dir, { recursive: true });
  }
});

test('tests that do not exist are not passed', async () => {
  const { code, err } = await run(join(scripts, 'test'),
                                  ['--only', '^no_such_test$']);
  assert.equal(code, 2);
  assert.match(err, /no test matches \^no_such_test\$/);
});

// What scripts/test builds, by the name of its folder.
test('presets are the builds of scripts/test', async () => {
  const { configurePresets } = JSON.parse(
    await readFile(join(root, 'CMakePresets.json'), 'utf8'));
  const text = await readFile(join(scripts, 'test'), 'utf8');
  const named = configurePresets.filter(({ hidden }) => !hidden);
  assert.deepEqual(named.map(({ name }) => name),
                   ['dev', 'asan', 'tsan', 'fuzz']);
  for (const { name, binaryDir, cacheVariables: set } of named) {
    const line = name === 'dev' ? '--dir build'
      : new RegExp(`^${name}=\\((.*)\\)$`, 'm').exec(text)[1];
    const option = (flag) =>
      new RegExp(`${flag} "?([^" ]+)`).exec(line)?.[1] ?? '';
    assert.deepEqual({
      dir: binaryDir, sanitize: set.LWSAPP_SANITIZE,
      compiler: set.CMAKE_C_COMPILER ?? '', fuzz: set.LWSAPP_FUZZ,
    }, {
      dir: `\${sourceDir}/${option('--dir')}`, sanitize: option('--sanitize'),
      compiler: option('--compiler'),
      fuzz: line.includes('--fuzz') ? 'ON' : 'OFF',
    }, name);
  }
});
