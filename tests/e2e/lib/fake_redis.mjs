// A server that passes for Redis, as far as market data needs one: what it
// answers to a command, a test says.
import { once } from 'node:events';
import net from 'node:net';

export function reply(value) {
  if (value === null) return '$-1\r\n';
  if (typeof value === 'number') return `:${value}\r\n`;
  if (Array.isArray(value)) return `*${value.length}\r\n${value.map(reply).join('')}`;
  return `$${Buffer.byteLength(value)}\r\n${value}\r\n`;
}

// One command at the beginning of the bytes: its words, and the rest.
function take(bytes) {
  const words = [];
  let at = bytes.indexOf('\r\n');
  if (at < 0) return undefined;
  const count = Number(bytes.subarray(1, at));
  at += 2;
  for (let i = 0; i < count; i++) {
    const end = bytes.indexOf('\r\n', at);
    if (end < 0) return undefined;
    const len = Number(bytes.subarray(at + 1, end));
    if (bytes.length < end + 4 + len) return undefined;
    words.push(bytes.subarray(end + 2, end + 2 + len).toString());
    at = end + 4 + len;
  }
  return { words, rest: bytes.subarray(at) };
}

export class FakeRedis {
  epoch = 'e1';
  entries = []; // [id, lines]
  latest = {};
  sockets = new Set();
  asked = []; // who waits for a command, by name
  wrong = {}; // by a command's name: answers that take the place of true ones

  static async start(path) {
    const fake = new FakeRedis();
    fake.server = net.createServer((socket) => fake.accept(socket)).listen(path);
    await once(fake.server, 'listening');
    return fake;
  }

  accept(socket) {
    let bytes = Buffer.alloc(0);
    const state = { multi: 0 };
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => {});
    socket.on('data', (more) => {
      bytes = Buffer.concat([bytes, more]);
      for (let one; (one = take(bytes));) {
        bytes = one.rest;
        this.answer(socket, state, one.words);
      }
    });
  }

  answer(socket, state, words) {
    const [name] = words;
    const wrong = this.wrong[name]?.shift();
    const text = wrong?.text ?? this.true(socket, state, words);
    if (text !== undefined) socket.write(text);
    if (wrong?.ends) socket.end();
    this.asked = this.asked.filter(({ name: wanted, resolve }) =>
      wanted !== name || resolve(words));
  }

  true(socket, state, words) {
    const [name] = words;
    const held = { WATCH: '+OK', UNWATCH: '+OK', MULTI: '+OK', PING: '+PONG' };
    if (name === 'MULTI') state.multi = 1;
    if (held[name]) return `${held[name]}\r\n`;
    if (name === 'EXEC') {
      const count = state.multi - 1;
      state.multi = 0;
      return reply(Array.from({ length: count }, () => 1));
    }
    if (state.multi) {
      state.multi++;
      return '+QUEUED\r\n';
    }
    return this.plain(socket, words);
  }

  plain(socket, [name, key, ...more]) {
    switch (name) {
    case 'SET': return '+OK\r\n';
    case 'GET': return reply(key.endsWith(':epoch') ? this.epoch : null);
    case 'HGETALL': return reply(Object.entries(this.latest).flat());
    case 'XADD': return reply(this.add(more.at(-1)));
    case 'XINFO': return reply(['length', this.entries.length, 'entries-added',
      this.entries.length, 'last-generated-id', this.entries.at(-1)?.[0] ?? '0-0',
      'first-entry', this.entries[0] ?? null]);
    case 'XREAD': return this.read(socket, key, more);
    default: return `-ERR unknown command '${name}'\r\n`;
    }
  }

  add(lines) {
    const id = `${Date.now()}-${this.entries.length}`;
    this.entries.push([id, ['l', lines]]);
    return id;
  }

  // Without one it is answered a little later, as BLOCK would.
  read(socket, key, more) {
    const last = more.at(-1);
    const stream = more.at(-2);
    const at = this.entries.findIndex(([id]) => id === last);
    const next = this.entries.slice(at + 1, at + 5);
    if (next.length) return reply([[stream, next]]);
    setTimeout(() => socket.write(reply(null)), 50).unref();
    return undefined;
  }

  // The next command of that name, once it was answered.
  async next(name) {
    return new Promise((resolve) => {
      this.asked.push({ name, resolve: (words) => { resolve(words); } });
    });
  }

  drop() {
    for (const socket of this.sockets) socket.destroy();
  }

  async stop() {
    this.drop();
    this.server.close();
    await once(this.server, 'close');
  }
}
