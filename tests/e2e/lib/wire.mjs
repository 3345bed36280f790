// HTTP as bytes on one connection: pieces out, answers in, ends and resets.
import net from 'node:net';
import tls from 'node:tls';
import { deadline } from './processes.mjs';
import { everywhere, trusted } from './tls.mjs';

// The bytes of one request. headers: {name: value | [values]}; a body brings
// its Content-Length unless headers name one (null: none at all).
export function bytes(method, path, { headers = {}, body, host = 'localhost',
                                      version = 'HTTP/1.1' } = {}) {
  const all = { ...(host === null ? {} : { Host: host }), ...headers };
  if (body !== undefined && !('Content-Length' in all))
    all['Content-Length'] = Buffer.byteLength(body);
  const lines = [`${method} ${path} ${version}`];
  for (const [name, value] of Object.entries(all)) {
    if (value === null) continue;
    for (const one of [value].flat()) lines.push(`${name}: ${one}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`;
}

export class Wire {
  // secure: over TLS; options: further ones of tls.connect().
  static async open(port, { secure = everywhere, host = '127.0.0.1',
                            ...options } = {}) {
    const wire = new Wire();
    wire.held = Buffer.alloc(0);
    wire.waiters = new Set();
    wire.tcp = net.connect({ port, host, allowHalfOpen: true });
    wire.tcp.setNoDelay(true);
    wire.tcp.on('error', () => {});
    wire.socket = secure ? tls.connect({ socket: wire.tcp, ca: trusted(),
      servername: 'localhost', allowHalfOpen: true, ...options }) : wire.tcp;
    wire.socket.on('data', (piece) => {
      wire.held = Buffer.concat([wire.held, piece]);
      wire.look();
    });
    wire.socket.on('error', () => {});
    for (const end of ['end', 'close']) {
      wire.socket.on(end, () => {
        wire.ended = true;
        wire.look();
      });
    }
    await deadline(new Promise((resolve, reject) => {
      wire.socket.once(secure ? 'secureConnect' : 'connect', resolve);
      wire.socket.once('error', reject);
    }), 'a connection');
    return wire;
  }

  look() {
    for (const waiter of [...this.waiters]) waiter();
  }

  until(ready, what) {
    return deadline(new Promise((resolve) => {
      const waiter = () => {
        const value = ready();
        if (value === undefined) return;
        this.waiters.delete(waiter);
        resolve(value);
      };
      this.waiters.add(waiter);
      waiter();
    }), () => `${what}; held: ${this.held.subarray(0, 300)}`);
  }

  // Resolves once the kernel has taken the bytes, or the peer has gone.
  send(data) {
    return deadline(new Promise((resolve) => {
      this.socket.write(data, () => resolve());
    }), 'bytes to be taken');
  }

  ask(...request) {
    return this.send(bytes(...request));
  }

  // The next answer {status, version, headers, text, body}; null: the
  // connection ended without one. head: to a HEAD, so without a body.
  answer({ head = false } = {}) {
    return this.until(() => {
      const end = this.held.indexOf('\r\n\r\n');
      if (end < 0) return this.ended ? null : undefined;
      const [first, ...lines] = this.held.subarray(0, end).toString('latin1')
        .split('\r\n');
      const [, version, status] = first.match(/^(HTTP\/\S+) (\d+)/);
      const headers = {};
      for (const line of lines) {
        const [, name, value] = line.match(/^([^:]+): *(.*)$/);
        headers[name.toLowerCase()] = value;
      }
      const start = end + 4;
      const empty = head || /^(1..|204|304)$/.test(status);
      const length = empty ? 0 : headers['content-length'] === undefined
        ? this.ended ? this.held.length - start : Infinity
        : Number(headers['content-length']);
      if (this.held.length < start + length)
        return this.ended ? null : undefined;
      const text = this.held.subarray(start, start + length).toString('utf8');
      this.held = this.held.subarray(start + length);
      let body;
      try { body = JSON.parse(text); } catch { /* not JSON */ }
      return { status: Number(status), version, headers, text, body };
    }, 'an answer');
  }

  // Resolves when the peer has ended it; what was left unread is returned.
  async closed() {
    await this.until(() => this.ended || undefined, 'the peer to close');
    return this.held.toString('latin1');
  }

  halfClose() { this.socket.end(); }
  reset() { this.tcp.resetAndDestroy(); }
  close() { this.socket.destroy(); }
}
