// The database as it is on disk, read by the sqlite3 shell: shared with no code
// of the program.
import { run } from './processes.mjs';

export class DatabaseRows {
  constructor(file) {
    this.file = file;
  }

  async rows(sql) {
    const { out, err, code } = await run('sqlite3',
      ['-readonly', '-json', this.file, sql]);
    if (code !== 0) throw new Error(err);
    return out.trim() ? JSON.parse(out) : [];
  }

  // The first column of every row.
  async column(sql) {
    return (await this.rows(sql)).map((row) => Object.values(row)[0]);
  }
}
