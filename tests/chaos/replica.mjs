// A client that keeps a table of one owner's orders from the list and the
// stream, by the contract alone, and checks every promise on the way. It drops
// its connection, stops reading and comes back.
import assert from 'node:assert/strict';
import WebSocket from 'ws';

const RETRY_MS = 50;

export class Replica {
  constructor(name, url, headers, counts) {
    Object.assign(this, { name, url, headers, counts });
    this.table = new Map();
    this.position = null; // {epoch, seq}: the table stands there
    this.stopped = false;
    this.faults = [];
    this.connect();
  }

  fault(text) {
    this.faults.push(`${this.name}: ${text}`);
  }

  // The whole list and its position, of one snapshot each page; a change
  // between pages shows in the position, and all is read again.
  async load() {
    for (;;) {
      const rows = new Map();
      let position = null;
      let next = `${this.url}/api/data/?page_size=1000`;
      while (next) {
        const response = await fetch(next, { headers: this.headers });
        if (!response.ok) throw new Error(`list: ${response.status}`);
        const page = await response.json();
        if (position && (page.position.seq !== position.seq ||
                         page.position.epoch !== position.epoch)) {
          position = null;
          break;
        }
        position = page.position;
        for (const order of page.results) rows.set(order.id, order);
        next = page.next;
      }
      if (position) {
        this.table = rows;
        this.position = position;
        this.counts.loads++;
        return;
      }
    }
  }

  async connect() {
    if (this.stopped) return;
    try {
      if (!this.position) await this.load();
    } catch {
      this.later();
      return;
    }
    if (this.stopped) return;
    const socket = new WebSocket(
      `${this.url.replace('http', 'ws')}/data/stream/`, 'orders',
      { headers: this.headers, perMessageDeflate: false });
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('open', () => socket.send(JSON.stringify(
      { command: 'subscribe', position: this.position, heartbeat: 1 })));
    socket.on('message', (bytes) => {
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

  take(frame) {
    if (frame.command === 'subscribe') this.joined(frame);
    else if (frame.events) frame.events.forEach((event) => this.apply(event));
    else if (frame.type === 'folded') this.fold(frame);
    else if (frame.type === 'heartbeat') this.heard(frame);
    else if (frame.type?.startsWith('data.')) this.apply(frame);
  }

  joined(frame) {
    if (frame.status !== 'ok') {
      this.socket.terminate();
      return;
    }
    if (frame.resync) {
      // Foreign position: only a new epoch may say so.
      if (frame.position.epoch === this.position.epoch)
        this.fault(`resync of ${this.position.seq} at ${frame.position.seq}`);
      this.position = null;
      this.counts.resyncs++;
      this.socket.terminate();
      return;
    }
    if (frame.position.seq < this.position.seq)
      this.fault(`the stream went back to ${frame.position.seq}`);
    this.counts[frame.folded ? 'folds' : 'recoveries']++;
  }

  apply(event) {
    if (event.seq !== this.position.seq + 1)
      this.fault(`event ${event.seq} after ${this.position.seq}`);
    if (event.order.position !== event.seq)
      this.fault(`order at ${event.order.position} in event ${event.seq}`);
    const known = this.table.get(event.order.id);
    if (event.type === 'data.new' && known)
      this.fault(`new order ${event.order.id} was there`);
    if (event.type !== 'data.new' && !known)
      this.fault(`${event.type} of unknown order ${event.order.id}`);
    if (event.type === 'data.delete') this.table.delete(event.order.id);
    else this.table.set(event.order.id, event.order);
    this.position.seq = event.seq;
    this.counts.events++;
  }

  fold(frame) {
    if (frame.from !== this.position.seq)
      this.fault(`fold from ${frame.from} at ${this.position.seq}`);
    for (const order of frame.orders) this.table.set(order.id, order);
    for (const id of frame.deleted) this.table.delete(id);
    this.position.seq = frame.to;
    this.counts.foldedItems += frame.orders.length + frame.deleted.length;
  }

  heard(frame) {
    if (frame.seq !== undefined && frame.seq !== this.position.seq)
      this.fault(`heartbeat ${frame.seq} at ${this.position.seq}`);
    this.counts.heartbeats++;
  }

  drop() { this.socket?.terminate(); }
  stall() { this.socket?._socket?.pause(); }
  wake() { this.socket?._socket?.resume(); }

  // Until the table stands at seq.
  async reach(seq) {
    const started = Date.now();
    this.wake();
    while (this.position?.seq !== seq) {
      if (Date.now() - started > 60_000) {
        this.fault(`stuck at ${this.position?.seq}, not ${seq}`);
        return;
      }
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    this.socket?.terminate();
  }

  // The table equals the rows of the database, field by field.
  compare(rows) {
    assert.equal(this.table.size, rows.length,
                 `${this.name}: ${this.table.size} orders, not ${rows.length}`);
    for (const row of rows)
      assert.deepEqual(this.table.get(row.id), row, this.name);
  }
}
