// A writer of one owner: places, changes and removes orders, one at a time,
// and keeps a list of its own of what was acknowledged. A write whose answer
// never came is asked again with its client_order_id, or looked up.
export class Writer {
  constructor(name, world, session, random, counts) {
    Object.assign(this, { name, world, session, random, counts });
    this.orders = new Map(); // client_order_id -> {id, price, quantity, state}
    this.made = 0;
    this.stopped = false;
    this.faults = [];
  }

  async request(method, path, body) {
    for (;;) {
      try {
        const answer = await this.session.request(method, path, body);
        if (answer.status !== 503) return answer;
        this.counts.unavailable++;
      } catch {
        this.counts.unanswered++;
        if (method !== 'POST') return null; // done or not: the caller's to see
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
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
    this.counts.acknowledged++;
    this.orders.set(id, { id: answer.body.id, price: answer.body.price,
                          version: answer.body.version, is_there: true });
  }

  async change() {
    const known = [...this.orders.values()].filter((o) => o.is_there);
    if (!known.length) return this.place();
    const order = this.random.pick(known);
    const price = String(this.random.below(100000) / 100);
    const answer = await this.request('PATCH', `/api/data/${order.id}/`,
                                      { price });
    if (answer?.status === 200) {
      this.counts.acknowledged++;
      Object.assign(order, { price: answer.body.price,
                             version: answer.body.version, unsure: null });
    } else if (!answer) {
      order.unsure = 'change';
    } else {
      this.faults.push(`PATCH ${order.id}: ${answer.status} ${answer.text}`);
    }
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
      this.counts.acknowledged++;
      order.is_there = false;
    } else {
      this.faults.push(`DELETE ${order.id}: ${answer.status} ${answer.text}`);
    }
  }

  async run() {
    while (!this.stopped) {
      const what = this.random.below(10);
      if (what < 5) await this.place();
      else if (what < 9) await this.change();
      else await this.remove();
    }
  }

  // What was acknowledged is there, once, as it was acknowledged last.
  check(rows) {
    const byId = new Map();
    for (const row of rows) {
      if (byId.has(row.client_order_id))
        this.faults.push(`${row.client_order_id} is there twice`);
      byId.set(row.client_order_id, row);
    }
    for (const [id, order] of this.orders) {
      const row = byId.get(id);
        if (!order.is_there) {
        if (row) this.faults.push(`${id} was removed and is there`);
      } else if (!row) {
        this.faults.push(`${id} was acknowledged and is lost`);
      } else if (!order.unsure && row.price !== order.price) {
        this.faults.push(`${id} stands at ${row.price}, not ${order.price}`);
      }
    }
  }
}
