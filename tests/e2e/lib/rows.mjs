// The database as it is on disk, read and written by the sqlite3 shell: shared
// with no code of the program.
import { Process, run } from './processes.mjs';

// Other processes write too: the shell waits for its turn. What it refuses is
// thrown.
async function shell(args, options) {
  const { out, err, code } = await run('sqlite3',
    ['-cmd', '.timeout 60000', ...args], options);
  if (code !== 0) throw new Error(err);
  return out;
}

export async function change(file, ...statements) {
  await shell(['-bail', file], { input: statements.join(';\n') + ';\n' });
}

// Nobody else can write while body runs.
export async function held(file, body) {
  const process = new Process('sqlite3', ['-cmd', '.timeout 60000', file]);
  try {
    process.child.stdin.write('BEGIN IMMEDIATE;\n.print held\n');
    await process.line(/held/);
    await body();
  } finally {
    process.child.stdin.end('ROLLBACK;\n');
    await process.exit;
  }
}

export class DatabaseRows {
  constructor(file) {
    this.file = file;
  }

  async rows(sql) {
    const out = await shell(['-readonly', '-json', this.file, sql]);
    return out.trim() ? JSON.parse(out) : [];
  }

  // The first column of every row.
  async column(sql) {
    return (await this.rows(sql)).map((row) => Object.values(row)[0]);
  }
}
