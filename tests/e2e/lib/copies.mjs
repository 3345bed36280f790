// Databases for worlds. The first of a kind is made by commands, the others are
// copies of it: the commands take longer than most tests.
import { mkdtempSync, rmSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { change } from './rows.mjs';

const firsts = new Map(); // kind -> a promise of where it is
let dir;
let made = 0;

function freshFile() {
  if (!dir) {
    dir = mkdtempSync(join(tmpdir(), 'lws-app-first-'));
    process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
  }
  return join(dir, `${made++}.db`);
}

const freshName = () => `t${process.pid}_${made++}`;

const named = (server, name) =>
  server.replace(/^postgresql:\/\/\/[^?]*/, `postgresql:///${name}`);

async function makeFirst(server, make) {
  let where;
  if (server) {
    const name = freshName();
    await change(server, `CREATE DATABASE ${name}`);
    where = named(server, name);
  } else {
    where = freshFile();
  }
  await make(where);
  return where;
}

// Where a database of that kind is: of the server, or without one the file, which
// is not there yet. make(where) makes the first.
export async function makeDatabase(server, file, kind, make) {
  if (!firsts.has(kind)) firsts.set(kind, makeFirst(server, make));
  const first = await firsts.get(kind);
  if (!server) {
    await copyFile(first, file);
    return file;
  }
  const name = freshName();
  const [, template] = /^postgresql:\/\/\/([^?]*)/.exec(first);
  await change(server, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  return named(server, name);
}
