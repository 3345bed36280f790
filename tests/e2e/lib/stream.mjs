// The websocket as a client sees it: frames in order, waited for one by one.
import assert from 'node:assert/strict';
import WebSocket from 'ws';
import { deadline } from './processes.mjs';
import { trusted } from './tls.mjs';

export class Stream {
  // options: protocols ('orders' if not given; null: none), headers, query,
  // autoPong (false: it answers no ping).
  constructor(url, session, { protocols = 'orders', headers = {},
                              query = '', autoPong = true } = {}) {
    this.frames = []; // everything that came and was not taken yet
    this.waiters = [];
    this.socket = new WebSocket(
      `${url.replace(/^http/, 'ws')}/data/stream/${query}`,
      protocols ?? undefined,
      { headers: { ...(session ? session.headers() : {}), ...headers },
        perMessageDeflate: false, ca: trusted(), autoPong });
    this.opened = deadline(new Promise((resolve, reject) => {
      this.socket.once('open', resolve);
      this.socket.once('unexpected-response', (_, response) => {
        const error = new Error(`handshake: ${response.statusCode}`);
        error.status = response.statusCode;
        this.socket.terminate();
        reject(error);
      });
      this.socket.once('error', reject);
    }), 'a websocket to open');
    this.opened.catch(() => {});
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      this.socket.once('close', (code, reason) => {
        this.ended = { code, reason: reason.toString() };
        this.give();
        resolve(this.ended);
      });
    });
    this.socket.on('message', (bytes) => {
      this.lastText = bytes.toString('utf8');
      const frame = JSON.parse(this.lastText);
      if (frame.type !== 'heartbeat') {
        // A batch is its events.
        this.frames.push(...(frame.events ?? [frame]));
      }
      this.lastFrame = frame;
      this.rawFrames = (this.rawFrames ?? 0) + 1;
      if (frame.type === 'heartbeat') this.heartbeats.push(frame);
      this.give();
    });
    this.heartbeats = [];
  }

  give() {
    for (const waiter of [...this.waiters]) waiter();
  }

  until(ready, what) {
    return deadline(new Promise((resolve, reject) => {
      const waiter = () => {
        const value = ready();
        if (value === undefined && !this.ended) return;
        this.waiters.splice(this.waiters.indexOf(waiter), 1);
        if (value === undefined) {
          reject(new Error(`closed ${JSON.stringify(this.ended)} while ` +
                           `waiting for ${what}`));
        } else resolve(value);
      };
      this.waiters.push(waiter);
      waiter();
    }), what);
  }

  // The next frame, whatever it is.
  next() {
    return this.until(() => this.frames.shift(), 'a frame');
  }

  async nextOf(count) {
    const frames = [];
    while (frames.length < count) frames.push(await this.next());
    return frames;
  }

  heartbeat() {
    return this.until(() => this.heartbeats.shift(), 'a heartbeat');
  }

  send(command) {
    this.socket.send(typeof command === 'string' || Buffer.isBuffer(command)
      ? command : JSON.stringify(command));
  }

  // Sends a command and takes the next frame as its answer.
  async ask(command) {
    this.send(command);
    return this.next();
  }

  async subscribe(command = {}) {
    const answer = await this.ask({ command: 'subscribe', ...command });
    assert.equal(answer.status, 'ok', JSON.stringify(answer));
    return answer;
  }

  // Nothing has come that was not taken: shown by a ping that overtakes nothing.
  async silent() {
    const answer = await this.ask({ command: 'ping', time: 1 });
    assert.equal(answer.command, 'ping', JSON.stringify(answer));
  }

  close() {
    this.socket.close();
    return deadline(this.closed, 'a websocket to close');
  }
}
