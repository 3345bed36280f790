// A client that keeps a table of one owner's orders from the list and the
// stream, by the contract alone, and checks every promise on the way. It drops
// its connection, stops reading and comes back.
import assert from 'node:assert/strict';
import { Client } from './client.mjs';

const LOAD_MS = 10_000;

export class Replica extends Client {
  constructor(...args) {
    super(...args);
    this.table = new Map();
    this.position = null; // {epoch, seq}: the table stands there
    this.connect();
  }

  // The whole list and its position, of one snapshot each page; a change
  // between pages shows in the position, and all is read again.
  async load() {
    for (;;) {
      const rows = new Map();
      let position = null;
      let next = `${this.url}/api/data/?page_size=1000`;
      while (next) {
        const response = await fetch(next, { headers: this.headers,
          signal: AbortSignal.timeout(LOAD_MS) });
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
    if (!this.stopped) this.open();
  }

  opened() {
    this.say({ command: 'subscribe', position: this.position, heartbeat: 1 });
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

  // Until the table stands at seq.
  reach(seq) {
    return this.reachState(() => this.position?.seq === seq,
                           () => `${this.position?.seq}, not ${seq}`);
  }

  // The table equals the rows of the database, field by field.
  compare(rows) {
    assert.equal(this.table.size, rows.length,
                 `${this.name}: ${this.table.size} orders, not ${rows.length}`);
    for (const row of rows)
      assert.deepEqual(this.table.get(row.id), row, this.name);
  }
}
