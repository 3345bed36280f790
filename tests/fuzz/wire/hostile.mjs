// A hostile client: one connection after another, each with bytes of its own,
// none of which are waited for longer than a moment.
import net from 'node:net';
import tls from 'node:tls';
import { Random } from '../../chaos/random.mjs';
import { bytes } from '../../e2e/lib/wire.mjs';
import { mutate } from './mutate.mjs';
import { bodies, commands, headers, paths } from './seeds.mjs';

const METHODS = ['GET', 'GET', 'GET', 'POST', 'POST', 'PATCH', 'PUT', 'DELETE',
                 'OPTIONS', 'HEAD', 'CONNECT'];
const MOMENT_MS = 100;
const HANDSHAKE = { Upgrade: 'websocket', Connection: 'Upgrade',
                    'Sec-WebSocket-Version': '13',
                    'Sec-WebSocket-Protocol': 'orders' };

// A client's frame, masked.
export function frame(payload, { opcode = 1, fin = true } = {}) {
  const mask = Buffer.from([0x11, 0x22, 0x33, 0x44]);
  const body = Buffer.from(payload).map((byte, i) => byte ^ mask[i % 4]);
  const first = (fin ? 0x80 : 0) | opcode;
  let head = Buffer.from([first, 0x80 | Math.min(body.length, 126)]);
  if (body.length >= 65536) {
    head = Buffer.alloc(10);
    head.set([first, 0xff]);
    head.writeUInt32BE(body.length, 6);
  } else if (body.length >= 126) {
    head = Buffer.concat([head, Buffer.alloc(2)]);
    head.writeUInt16BE(body.length, 2);
  }
  return Buffer.concat([head, mask, body]);
}

export class Hostile {
  // world: a running one; tokens: logins it may use; counts: what all of them
  // have done.
  constructor(world, { seed, tokens, epoch, counts }) {
    Object.assign(this, { world, tokens, counts });
    this.random = new Random(seed);
    this.commands = commands.map((text) => text.replace('EPOCH', epoch));
  }

  async run(until) {
    while (!until()) {
      await (this.random.below(10) < 3 ? this.socket() : this.requests());
      this.counts.connections++;
    }
  }

  login() {
    const token = this.random.pick([...this.tokens, null]);
    return token ? { Authorization: `Token ${token}` } : {};
  }

  request() {
    const { random } = this;
    const method = random.pick(METHODS);
    const body = /^P/.test(method) || random.below(10) === 0
      ? random.pick(bodies) : undefined;
    const bent = body && random.below(10) < 4 ? mutate(random, body) : body;
    const more = {};
    for (let left = random.below(3); left > 0; left--) {
      const [name, value] = random.pick(headers).split(': ');
      more[name] = value ?? '';
    }
    const text = bytes(method, random.pick(paths),
                       { headers: { ...this.login(), ...more },
                         ...(bent === undefined ? {} : { body: '' }),
                         ...(bent ? { headers: { ...this.login(), ...more,
                           'Content-Length': bent.length } } : {}) });
    let head = Buffer.from(text, 'latin1');
    if (random.below(10) < 4) head = mutate(random, head);
    return bent ? Buffer.concat([head, Buffer.from(bent)]) : head;
  }

  async requests() {
    const { random } = this;
    const many = random.pick([1, 1, 1, 2, 5, 20]);
    let data = Buffer.concat(Array.from({ length: many },
                                        () => this.request()));
    if (random.below(5) === 0) data = data.subarray(0, random.below(data.length));
    this.counts.requests += many;
    await this.talk(this.cut(data));
  }

  frames() {
    const { random } = this;
    return Array.from({ length: 1 + random.below(40) }, () => {
      const text = random.pick(this.commands);
      const command = random.below(10) < 4 ? mutate(random, text)
        : Buffer.from(text);
      this.counts.frames++;
      switch (random.below(16)) {
      case 0: return Buffer.concat([
        frame(command.subarray(0, 5), { fin: false }),
        frame(command.subarray(5), { opcode: 0 })]);
      case 1: return frame(command.subarray(0, 100),
        { opcode: random.pick([2, 3, 8, 9, 10, 11]) });
      case 2: return frame(command, { fin: false });
      case 3: return frame('a'.repeat(random.pick([125, 126, 4096, 4097, 65536])));
      case 4: return mutate(random, frame(command));
      default: return frame(command);
      }
    });
  }

  async socket() {
    const { random } = this;
    const path = random.pick(['/data/stream/', '/data/stream/',
                              '/data/stream/?login=ticket', '/api/data/']);
    const key = Buffer.from(Array.from({ length: 16 }, () => random.below(256)));
    let head = Buffer.from(bytes('GET', path, { headers: { ...HANDSHAKE,
      ...this.login(), 'Sec-WebSocket-Key': key.toString('base64') } }));
    if (random.below(10) === 0) head = mutate(random, head);
    this.counts.sockets++;
    await this.talk([head, ...this.frames()]);
  }

  // In pieces, anywhere.
  cut(data) {
    const pieces = [];
    while (data.length && pieces.length < 8 && this.random.below(3) === 0) {
      const at = this.random.below(data.length) + 1;
      pieces.push(data.subarray(0, at));
      data = data.subarray(at);
    }
    return data.length ? [...pieces, data] : pieces;
  }

  // Some of those to a TLS port do not speak it, or no further than they like.
  connect() {
    const tcp = net.connect({ port: this.world.port, host: '127.0.0.1',
                              allowHalfOpen: true });
    if (this.world.scheme === 'http' || this.random.below(8) === 0)
      return { tcp, stream: tcp };
    return { tcp, stream: tls.connect({ socket: tcp, allowHalfOpen: true,
      rejectUnauthorized: false, servername: 'localhost' }) };
  }

  talk(pieces) {
    const { tcp, stream } = this.connect();
    const way = this.random.below(4); // how it ends
    return new Promise((resolve) => {
      let timer;
      const end = () => {
        clearTimeout(timer);
        if (way === 0) tcp.resetAndDestroy();
        else tcp.destroy();
        resolve();
      };
      const wait = () => {
        clearTimeout(timer);
        timer = setTimeout(end, way === 1 ? 0 : MOMENT_MS);
      };
      const send = (left) => {
        if (tcp.destroyed) return;
        if (left.length) {
          stream.write(left[0], () => send(left.slice(1)));
        } else {
          if (way === 2) stream.end();
          wait();
        }
      };
      for (const socket of [tcp, stream]) {
        socket.on('error', () => {});
        socket.on('close', end);
      }
      stream.on('data', (piece) => { this.counts.bytes += piece.length; });
      stream.on('end', end);
      wait();
      send(pieces);
    });
  }
}
