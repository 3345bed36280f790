// What clients of the stream have in common: one websocket, which they drop, do
// not read for a while, or find silent, and then another.
import WebSocket from 'ws';

export const RETRY_MS = 50;
// A heartbeat is asked for every second.
const SILENT_MS = 10_000;
const HANDSHAKE_MS = 10_000;
const REACH_MS = 60_000;

// A kind of client says what to do first, opened(), and with a frame, take().
export class Client {
  constructor(name, url, headers, counts) {
    Object.assign(this, { name, url, headers, counts });
    this.stopped = false;
    this.isStalled = false;
    this.faults = [];
    this.watch = setInterval(() => this.listen(), 1000);
  }

  fault(text) {
    this.faults.push(`${this.name}: ${text}`);
  }

  open() {
    const socket = new WebSocket(
      `${this.url.replace('http', 'ws')}/data/stream/`, 'orders',
      { headers: this.headers, perMessageDeflate: false,
        handshakeTimeout: HANDSHAKE_MS });
    this.socket = socket;
    this.isStalled = false;
    this.heardAt = Date.now();
    socket.on('error', () => {});
    socket.on('open', () => this.opened());
    socket.on('message', (bytes) => {
      // Of one that was ended, too, what had come is handed over.
      if (this.socket !== socket || socket.readyState !== WebSocket.OPEN) return;
      this.heardAt = Date.now();
      try {
        this.take(JSON.parse(bytes.toString()));
      } catch (error) {
        this.fault(error.message);
      }
    });
    socket.on('close', () => {
      if (this.socket === socket) this.later();
    });
  }

  later() {
    if (!this.stopped) this.timer = setTimeout(() => this.connect(), RETRY_MS);
  }

  say(command) {
    this.socket.send(JSON.stringify(command));
  }

  // Who is told nothing any more may be connected to nobody.
  listen() {
    if (this.socket?.readyState !== WebSocket.OPEN || this.isStalled ||
        Date.now() - this.heardAt < SILENT_MS) return;
    this.counts.silences++;
    this.socket.terminate();
  }

  drop() { this.socket?.terminate(); }

  stall() {
    this.isStalled = true;
    this.socket?._socket?.pause();
  }

  wake() {
    if (this.isStalled) this.heardAt = Date.now();
    this.isStalled = false;
    this.socket?._socket?.resume();
  }

  // Until isThere(); state(): what is said where that never is.
  async reachState(isThere, state) {
    const started = Date.now();
    this.wake();
    while (!isThere()) {
      if (Date.now() - started > REACH_MS) {
        this.fault(`stuck at ${state()}`);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  stop() {
    this.stopped = true;
    clearInterval(this.watch);
    clearTimeout(this.timer);
    this.socket?.terminate();
  }
}
