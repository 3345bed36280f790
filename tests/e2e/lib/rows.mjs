// The database as it is stored, read and written by the shells of SQLite and of
// PostgreSQL: shared with no code of the program. where: a file, or
// postgresql://.
import { readFile } from 'node:fs/promises';
import { Process, run } from './processes.mjs';

const isServer = (where) => where.startsWith('postgresql:');

// What the shell refuses is thrown.
async function shell(command, args, options) {
  const { out, err, code } = await run(command, args, options);
  if (code !== 0) throw new Error(err);
  return out;
}

// Other processes write too: SQLite's waits for its turn.
const sqlite = (args, options) =>
  shell('sqlite3', ['-cmd', '.timeout 60000', ...args], options);
const psqlArgs = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1'];
const psql = (where, options) => shell('psql', [...psqlArgs, where], options);

export async function change(where, ...statements) {
  const input = statements.join(';\n') + ';\n';
  if (isServer(where)) await psql(where, { input });
  else await sqlite(['-bail', where], { input });
}

// The statement by which the ids of a table that is empty begin at 1 again.
export const countAnew = (where, table) => isServer(where)
  ? `ALTER TABLE "${table}" ALTER COLUMN id RESTART`
  : `DELETE FROM sqlite_sequence WHERE name = '${table}'`;

// All that is stored, as bytes or as text.
export const stored = (where) => isServer(where)
  ? shell('pg_dump', [where])
  : readFile(where, 'latin1');

// Nobody else can write while body runs. The number: the daemon's lock.
export async function held(where, body) {
  const process = isServer(where)
    ? new Process('psql', [...psqlArgs, where])
    : new Process('sqlite3', ['-cmd', '.timeout 60000', where]);
  try {
    process.child.stdin.write(isServer(where)
      ? 'BEGIN; SELECT pg_advisory_xact_lock(30530634051055728);\n\\echo held\n'
      : 'BEGIN IMMEDIATE;\n.print held\n');
    await process.line(/held/);
    await body();
  } finally {
    process.child.stdin.end('ROLLBACK;\n');
    await process.untilEnd();
  }
}

export class DatabaseRows {
  constructor(where) {
    this.where = where;
  }

  async rows(sql) {
    const out = isServer(this.where)
      ? await psql(this.where, { input:
          `SELECT json_agg(found) FROM (${sql}) AS found` })
      : await sqlite(['-readonly', '-json', this.where, sql]);
    return out.trim() ? JSON.parse(out) : [];
  }

  // The first column of every row.
  async column(sql) {
    return (await this.rows(sql)).map((row) => Object.values(row)[0]);
  }
}
