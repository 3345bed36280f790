// A line to a PostgreSQL, on a socket of its own. While it holds, each new
// connection over it gets as far as the login, and is told nothing any more.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tie } from './ends.mjs';

const NAME = '.s.PGSQL.5432';
// What a server says last of a login: ReadyForQuery, outside a transaction.
const READY = Buffer.from('Z\0\0\0\x05I');

export class PostgresLine {
  #ends = new Set();

  static async to({ dir, url }) {
    const line = new PostgresLine();
    line.holds = false;
    line.held = 0; // so many are, or were
    line.dir = await mkdtemp(join(tmpdir(), 'line-'));
    line.url = url.replace(join(dir, 'socket'), line.dir);
    line.server = net.createServer((near) =>
      line.#join(near, net.connect(join(dir, 'socket', NAME))));
    line.server.listen(join(line.dir, NAME));
    await once(line.server, 'listening');
    return line;
  }

  #join(near, far) {
    const isHeld = this.holds;
    near.pipe(far);
    far.on('data', (bytes) => {
      near.write(bytes);
      if (!isHeld || !bytes.subarray(-READY.length).equals(READY)) return;
      this.held++;
      near.unpipe(far);
      near.resume(); // and let it be lost
      far.pause();
    });
    tie(this.#ends, near, far);
  }

  async close() {
    this.server.close();
    for (const end of this.#ends) end.destroy();
    await rm(this.dir, { recursive: true, force: true });
  }
}
