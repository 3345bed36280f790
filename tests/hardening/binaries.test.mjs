// What was built, looked at itself, whatever the flags were said to be; and that
// a program which lacks one of them is found out.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync }
  from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { objectsMiss, programMisses, unmarked } from './elf.mjs';

const { LWSAPP_BIN: bin, LWSAPP_LWS: lws, LWSAPP_CC: cc } = process.env;
const build = dirname(bin);
const x86 = process.arch === 'x64';
const archive = join(lws, 'lib', 'libwebsockets.a');

// Of the programs alone, not of tests: by target, lws-app/CMakeFiles/NAME.dir.
function ownObjects() {
  const commands = JSON.parse(readFileSync(join(build, 'compile_commands.json')));
  const targets = new Map();
  for (const { command } of commands) {
    const [, output, target] =
      command.match(/ -o ((?!tests\/)(\S*CMakeFiles\/[^/]+\.dir)\/\S+)/) ?? [];
    if (!target) continue;
    assert.ok(existsSync(join(build, output)), `${output} is not built`);
    targets.set(target, [...targets.get(target) ?? [], join(build, output)]);
  }
  return targets;
}

for (const name of ['lws-app', 'lws-app-client']) {
  test(`${name} is hardened`, () => {
    assert.deepEqual(programMisses(join(bin, name)), []);
  });
}

test('libwebsockets inside them is hardened', () => {
  assert.deepEqual(objectsMiss([archive]), []);
  if (x86) assert.deepEqual(unmarked([archive]), []);
});

test('each room is hardened', () => {
  const targets = ownObjects();
  assert.ok(targets.size >= 7, [...targets.keys()].join(' '));
  for (const [target, objects] of targets) {
    if (x86) assert.deepEqual(unmarked(objects), []);
    // Pages and lists of words are data, and what picks an engine has nothing on
    // its stack: they check nothing.
    if (!/assets_data|password_list|store_engines/.test(target))
      assert.ok(!objectsMiss(objects).includes('stack protector'), target);
  }
});

const program = `#include <stdio.h>
#include <string.h>
int main(int argc, char **argv)
{
    char small[32], large[1 << 16];
    memcpy(small, argv[0], (size_t)argc);
    memcpy(large, argv[0], (size_t)argc);
    return small[0] + large[0];
}
`;
const compile = ['-O2', '-fPIE', '-fstack-protector-strong',
  '-fstack-clash-protection', '-U_FORTIFY_SOURCE', '-D_FORTIFY_SOURCE=2',
  ...(x86 ? ['-fcf-protection=full'] : [])];
const link = ['-pie', '-Wl,-z,relro,-z,now,-z,noexecstack'];
const without = [
  ['position independent', [], ['-no-pie']],
  ['relocations read-only', [], ['-Wl,-z,norelro']],
  ['bound at the start', [], ['-Wl,-z,lazy']],
  ['no executable stack', [], ['-Wl,-z,execstack']],
  ['stack protector', ['-fno-stack-protector'], []],
  ['checked sizes', ['-U_FORTIFY_SOURCE'], []],
  ...(x86 ? [['stack probes', ['-fno-stack-clash-protection'], []]] : []),
];

function inFolder(run) {
  const dir = mkdtempSync(join(tmpdir(), 'lws-app-hardening-'));
  try {
    writeFileSync(join(dir, 'program.c'), program);
    return run((more, object, ...linkMore) => {
      const source = join(dir, 'program.c');
      const out = join(dir, object ? 'program.o' : 'program');
      execFileSync(cc, [...compile, ...more, source, '-o', out,
        ...(object ? ['-c'] : [...link, ...linkMore])]);
      return out;
    });
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test('a program with all of it misses nothing', () => inFolder((make) => {
  assert.deepEqual(programMisses(make([], false)), []);
  if (x86) assert.deepEqual(unmarked([make([], true)]), []);
}));

for (const [what, more, linkMore] of without) {
  test(`a program is found out that lacks: ${what}`, () => inFolder((make) => {
    assert.deepEqual(programMisses(make(more, false, ...linkMore)), [what]);
  }));
}

if (x86) {
  test('an object is found out that marks no landing places', () =>
    inFolder((make) => {
      const object = make(['-fcf-protection=none'], true);
      assert.deepEqual(unmarked([object]), [object]);
    }));
}
