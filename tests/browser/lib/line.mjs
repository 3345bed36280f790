// A line to a daemon that can be cut: what is connected over it ends and nobody
// gets through any more, while the daemon serves everybody else. Or it is held:
// it looks whole, but nothing comes through.
import { once } from 'node:events';
import net from 'node:net';
import { tie } from '../../e2e/lib/ends.mjs';
import { freePort } from '../../e2e/lib/ports.mjs';
import { everywhere } from '../../e2e/lib/tls.mjs';

export class Line {
  #world = null;
  #server = null;
  #ends = new Set();
  #pairs = new Set();
  #isHeld = false;

  static async open() {
    const line = new Line();
    await line.mend();
    return line;
  }

  leadTo(world) {
    this.#world = world;
  }

  // Again at the same port, if there was one.
  async mend() {
    this.port ??= await freePort();
    this.#server = net.createServer((near) => this.#join(near))
      .listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url = `${everywhere ? 'https' : 'http'}://127.0.0.1:${this.port}`;
  }

  async cut() {
    if (!this.#server) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server = null;
    for (const end of this.#ends) end.destroy();
    await closed;
  }

  hold() {
    this.#isHeld = true;
    for (const [near, far] of this.#pairs) {
      near.unpipe(far);
      far.unpipe(near);
    }
  }

  // What was held back comes through, too.
  release() {
    this.#isHeld = false;
    for (const [near, far] of this.#pairs) near.pipe(far).pipe(near);
  }

  #join(near) {
    const far = net.connect(this.#world.port, '127.0.0.1');
    const pair = [near, far];
    this.#pairs.add(pair);
    near.on('close', () => this.#pairs.delete(pair));
    if (!this.#isHeld) near.pipe(far).pipe(near);
    tie(this.#ends, near, far);
  }
}
