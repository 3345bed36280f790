// The client beside them, who does nothing wrong: it places orders, reads its
// list, and must see each order on its stream, in order, without a hole.
import assert from 'node:assert/strict';

export class Good {
  static async start(world, name) {
    const good = new Good();
    good.session = await world.token(name);
    good.stream = await world.follow(good.session);
    good.seq = good.stream.joined.position.seq;
    good.orders = 0;
    good.slowest_ms = 0;
    return good;
  }

  // One order, and the event of it; others may have changed some meanwhile.
  async turn() {
    const began = performance.now();
    const order = await this.session.order({ instrument: 'GOOD' });
    for (;;) {
      const event = await this.stream.next();
      assert.equal(event.seq, ++this.seq, JSON.stringify(event));
      if (event.type === 'data.new' && event.order.id === order.id) break;
    }
    const list = await this.session.get('/api/data/?page_size=1');
    assert.equal(list.status, 200, list.text);
    this.orders++;
    this.slowest_ms = Math.max(this.slowest_ms, performance.now() - began);
  }

  async run(until) {
    while (!until()) await this.turn();
    await this.turn(); // once more: they are leaving by now
    assert.equal(this.stream.ended, undefined);
  }
}
