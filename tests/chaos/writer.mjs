// A writer of one owner: places, changes and removes orders, one at a time,
// and keeps a list of its own of what was acknowledged. A write whose answer
// never came is asked again with its client_order_id, or looked up. A change says
// which version it is of: one that was on its way for long changes nothing.
import { version } from './rows.mjs';

// No fault keeps everybody from being answered for so long.
const ANSWERED_WITHIN_MS = 300_000;

// Done or not, says a proxy whose daemon went away, or a daemon whose database
// did.
const isUnsure = ({ status, text }) => [502, 504].includes(status) ||
  (status === 503 && text.includes("can't be told"));

export class Writer {
  constructor(name, session, random, counts) {
    Object.assign(this, { name, session, random, counts });
    this.orders = new Map(); // client_order_id -> {id, price, quantity, state}
    this.made = 0;
    this.stopped = false;
    this.acknowledged = new Set(); // versions, since some were lost
    this.faults = [];
  }

  // null: it may have been done.
  async ask(method, path, body, headers) {
    try {
      const answer = await this.session.request(method, path, body, headers);
      if (!isUnsure(answer)) return answer;
    } catch { /* nor is that an answer */ }
    this.counts.unanswered++;
    return null;
  }

  // As ask(), and again what was not done, or what may be asked twice.
  async request(method, path, body, headers) {
    for (;;) {
      const answer = await this.ask(method, path, body, headers);
      if (answer && answer.status !== 503) {
        this.answeredAt = Date.now();
        return answer;
      }
      if (answer) this.counts.unavailable++;
      if (Date.now() - this.answeredAt > ANSWERED_WITHIN_MS)
        throw new Error(`${this.name} is not answered any more: ` +
                        `${method} ${path} ${answer?.text ?? ''}`);
      if (!answer && method !== 'POST') return null;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  acknowledge(id, number) {
    this.counts.acknowledged++;
    this.acknowledged.add(version(id, number));
  }

  async place() {
    const id = `${this.name}-${this.made++}`;
    const price = String(this.random.below(100000) / 100);
    const answer = await this.request('POST', '/api/data/', {
      instrument: this.random.pick(['EDF01', 'AXA02', 'BNP07', 'Ü<b>']),
      quantity: String(1 + this.random.below(500)), price,
      side: this.random.pick(['buy', 'sell']), client_order_id: id });
    if (![200, 201].includes(answer.status)) {
      this.faults.push(`POST ${id}: ${answer.status} ${answer.text}`);
      return;
    }
    this.acknowledge(answer.body.id, answer.body.version);
    this.orders.set(id, { id: answer.body.id, price: answer.body.price,
                          version: answer.body.version, is_there: true });
  }

  async change() {
    const known = [...this.orders.values()].filter((o) => o.is_there);
    if (!known.length) return this.place();
    const order = this.random.pick(known);
    if (order.unsure) await this.look(order);
    const price = String(this.random.below(100000) / 100);
    const answer = await this.request('PATCH', `/api/data/${order.id}/`,
      { price }, { 'If-Match': `"${order.version}"` });
    if (answer?.status === 200) {
      this.acknowledge(order.id, answer.body.version);
      Object.assign(order, { price: answer.body.price,
                             version: answer.body.version, unsure: false });
    } else if (!answer) {
      order.unsure = true;
    } else if (answer.status !== 412 || !order.unsure) {
      this.faults.push(`PATCH ${order.id}: ${answer.status} ${answer.text}`);
    }
  }

  // What became of a change that was not answered. It may yet be done, until
  // another is.
  async look(order) {
    const answer = await this.request('GET', `/api/data/${order.id}/`);
    if (answer?.status === 200) order.version = answer.body.version;
    else if (answer)
      this.faults.push(`GET ${order.id}: ${answer.status} ${answer.text}`);
  }

  async remove() {
    const known = [...this.orders.values()].filter((o) => o.is_there);
    if (known.length < 20) return this.place();
    const order = this.random.pick(known);
    let answer = await this.request('DELETE', `/api/data/${order.id}/`);
    const unanswered = !answer;
    // Gone or not: asked until it is known.
    while (!answer)
      answer = await this.request('DELETE', `/api/data/${order.id}/`);
    if (answer.status === 204 || (unanswered && answer.status === 404)) {
      this.acknowledge(order.id, null);
      order.is_there = false;
    } else {
      this.faults.push(`DELETE ${order.id}: ${answer.status} ${answer.text}`);
    }
  }

  async run() {
    this.answeredAt = Date.now();
    while (!this.stopped) {
      const what = this.random.below(10);
      if (what < 5) await this.place();
      else if (what < 9) await this.change();
      else await this.remove();
    }
  }

  // What was acknowledged and is among the lost versions is as the rows have it.
  // Returns how many acknowledgements that makes worthless.
  lose(lost, rows) {
    const mine = this.mine(rows);
    for (const [id, order] of this.orders) {
      const row = mine.get(id);
      if (!lost.has(version(order.id, order.is_there ? order.version : null)))
        continue;
      if (row) Object.assign(order, { price: row.price, version: row.version,
                                      is_there: true });
      else this.orders.delete(id);
    }
    this.check(rows);
    const worthless = [...this.acknowledged].filter((one) => lost.has(one));
    this.acknowledged.clear();
    return worthless.length;
  }

  mine(rows) {
    const mine = new Map();
    for (const row of rows) {
      if (!row.client_order_id.startsWith(`${this.name}-`)) continue;
      if (mine.has(row.client_order_id))
        this.faults.push(`${row.client_order_id} is there twice`);
      mine.set(row.client_order_id, row);
    }
    return mine;
  }

  // What was acknowledged is there, once, as it was acknowledged last.
  check(rows) {
    const mine = this.mine(rows);
    for (const [id, order] of this.orders) {
      const row = mine.get(id);
      if (!order.is_there) {
        if (row) this.faults.push(`${id} was removed and is there`);
      } else if (!row) {
        this.faults.push(`${id} was acknowledged as ${order.id} and is lost`);
      } else if (!order.unsure && row.price !== order.price) {
        this.faults.push(`${id} stands at ${row.price}, not ${order.price}`);
      }
    }
  }
}
