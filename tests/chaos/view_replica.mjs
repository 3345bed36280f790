// A client that looks at live views of one owner's orders, by the contract
// alone: it keeps each page by its answer and its patches, and checks every
// promise on the way. It drops its connection, stops reading and comes back.
import assert from 'node:assert/strict';
import WebSocket from 'ws';
import { Client, RETRY_MS } from './client.mjs';

const ascending = (column) => (a, b) => Number(a[column]) - Number(b[column]);
const then = (...orders) => (a, b) =>
  orders.reduce((found, order) => found || order(a, b), 0);
const back = (order) => (a, b) => order(b, a);

// What each asks for, and what that means of the rows of the database.
const VIEWS = {
  newest: { query: { ordering: '-id', page_size: 10 },
            means: () => true, order: back(ascending('id')), start: 0 },
  cheap: { query: { side: 'buy', ordering: 'price,id', start: 3,
                    page_size: 25 },
           means: ({ side }) => side === 'buy',
           order: then(ascending('price'), ascending('id')), start: 3 },
  dear: { query: { instrument: 'EDF01', price__gte: '250',
                   ordering: '-price,-quantity,id', page_size: 15 },
          means: ({ instrument, price }) =>
            instrument === 'EDF01' && Number(price) >= 250,
          order: then(back(ascending('price')), back(ascending('quantity')),
                      ascending('id')), start: 0 },
};

export class ViewReplica extends Client {
  constructor(...args) {
    super(...args);
    this.connect();
  }

  connect() {
    if (this.stopped) return;
    this.pages = new Map();
    this.stands = {}; // by the last heartbeat
    this.open();
  }

  opened() {
    Object.keys(VIEWS).forEach((id) => this.ask(id));
  }

  ask(id) {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    this.pages.delete(id);
    this.say({ command: 'view', id, heartbeat: 1, max_rate: 30,
               query: VIEWS[id].query });
  }

  take(frame) {
    if (frame.command === 'view' && frame.status === 'ok') this.answered(frame);
    else if (frame.command === 'view' || frame.error) this.refused(frame);
    else if (frame.type === 'view') this.patch(frame);
    else if (frame.type === 'heartbeat') this.stands = frame.views ?? {};
  }

  answered({ id, position, data, recordsTotal, recordsFiltered }) {
    this.pages.set(id, { seq: position.seq, rows: data, total: recordsTotal,
                         matching: recordsFiltered });
    this.counts.views++;
  }

  // What can't be had at the moment is asked for again.
  refused({ id, code, error }) {
    const why = code ?? error.code;
    if (!['resync', 'busy', 'throttled', 'unavailable', 'budget', 'nomem']
      .includes(why))
      this.fault(`view ${id}: ${why}`);
    this.counts.viewsAgain++;
    setTimeout(() => this.ask(id), RETRY_MS);
  }

  patch(frame) {
    const page = this.pages.get(frame.id);
    if (frame.from !== page.seq)
      this.fault(`patch of ${frame.id} from ${frame.from} at ${page.seq}`);
    if (frame.seq < frame.from)
      this.fault(`patch of ${frame.id} back to ${frame.seq}`);
    const rows = new Map([...page.rows, ...frame.rows ?? []]
      .map((row) => [row.id, row]));
    const ids = frame.ids ?? page.rows.map(({ id }) => id);
    page.rows = ids.map((id) => rows.get(id));
    if (page.rows.some((row) => !row))
      this.fault(`a row of ${frame.id} never came: ${ids}`);
    page.total = frame.recordsTotal ?? page.total;
    page.matching = frame.recordsFiltered ?? page.matching;
    page.seq = frame.seq;
    this.counts.patches++;
  }

  // Until every view stands at seq.
  reach(seq) {
    return this.reachState(
      () => Object.keys(VIEWS).every((id) => this.pages.has(id) &&
        (this.stands[id] === seq || this.pages.get(id).seq === seq)),
      () => `views ${JSON.stringify(this.stands)}, not ${seq}`);
  }

  // Each page is what its query means of the rows of the database.
  compare(orders) {
    for (const [id, { means, order, start, query }] of Object.entries(VIEWS)) {
      const page = this.pages.get(id);
      const matching = orders.filter(means).sort(order);
      const rows = matching.slice(start, start + query.page_size)
        .map((row) => ({ DT_RowId: `order-${row.id}`, ...row }));
      assert.deepEqual({ total: page.total, matching: page.matching,
                         rows: page.rows },
        { total: orders.length, matching: matching.length, rows },
        `${this.name}: view ${id}`);
    }
  }
}
