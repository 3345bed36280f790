// A live view as a client keeps it, by its answer and its patches alone, held
// against a fresh draw.
import assert from 'node:assert/strict';

export class View {
  // params: DataTables' object, or query: the list's arguments.
  constructor(stream, session, id, { params, query, ...options } = {}) {
    Object.assign(this, { stream, session, id, params, query, options });
    this.page = [];
    this.patches = 0;
  }

  async open(more = {}) {
    const answer = await this.stream.ask({
      command: 'view', id: this.id,
      ...(this.params ? { params: this.params } : { query: this.query ?? {} }),
      ...this.options, ...more });
    this.take(answer);
    return answer;
  }

  take(answer) {
    assert.equal(answer.status, 'ok', JSON.stringify(answer));
    assert.equal(answer.id, this.id);
    this.seq = answer.position.seq;
    this.total = answer.recordsTotal;
    this.filtered = answer.recordsFiltered;
    this.start = answer.start;
    this.page = answer.data;
  }

  apply(frame) {
    assert.equal(frame.type, 'view', JSON.stringify(frame));
    assert.equal(frame.error, undefined, JSON.stringify(frame));
    assert.equal(frame.from, this.seq);
    assert.ok(frame.seq >= frame.from);
    const rows = new Map(this.page.map((row) => [row.id, row]));
    for (const row of frame.rows ?? []) rows.set(row.id, row);
    if (frame.ids) this.page = frame.ids.map((id) => rows.get(id));
    else this.page = this.page.map((row) => rows.get(row.id));
    assert.ok(this.page.every(Boolean), 'a row that never came');
    this.total = frame.recordsTotal ?? this.total;
    this.filtered = frame.recordsFiltered ?? this.filtered;
    this.start = frame.start ?? this.start;
    this.above = frame.above ?? this.above;
    this.seq = frame.seq;
    this.patches++;
  }

  async next() {
    this.apply(await this.stream.next());
  }

  // Takes patches until the rows are so.
  async until(ready) {
    while (!ready(this)) await this.next();
  }

  arguments() {
    const args = new URLSearchParams({ format: 'datatables' });
    const add = (name, value) => {
      if (value !== null && typeof value === 'object') {
        for (const [key, inner] of Object.entries(value)) {
          add(name ? `${name}[${key}]` : key, inner);
        }
      } else args.set(name, String(value ?? ''));
    };
    add('', { draw: 1, ...this.params });
    if (this.start !== undefined) args.set('start', this.start);
    return args;
  }

  // What a draw says now; scope: further arguments of it.
  async draw(scope = {}) {
    const args = this.arguments();
    for (const [name, value] of Object.entries(scope)) args.set(name, value);
    const { status, body } = await this.session.get(`/api/data/?${args}`);
    assert.equal(status, 200);
    assert.equal(body.error, undefined);
    return body;
  }

  isAs(draw) {
    return this.total === draw.recordsTotal &&
      this.filtered === draw.recordsFiltered &&
      JSON.stringify(this.page) === JSON.stringify(draw.data);
  }

  // Nobody writes: patches are taken until it shows what a draw shows.
  async settle(scope) {
    let draw = await this.draw(scope);
    while (!this.isAs(draw)) {
      if (this.seq >= draw.position.seq && this.stream.frames.length === 0) {
        assert.deepEqual({ total: this.total, filtered: this.filtered,
                           page: this.page },
                         { total: draw.recordsTotal,
                           filtered: draw.recordsFiltered, page: draw.data });
      }
      await this.next();
      if (this.start !== undefined) draw = await this.draw(scope);
    }
    return draw;
  }
}

export function columns(...names) {
  return names.map((data) => ({ data, name: '', searchable: true,
    orderable: true, search: { value: '', regex: false } }));
}

// The newest orders first.
export const newest = { start: 0, length: 5, order: [{ column: 0, dir: 'desc' }],
                 columns: columns('id', 'instrument', 'price', 'status') };

export async function fill(session, count, of = () => ({})) {
  const orders = Array.from({ length: count }, (_, i) => ({
    instrument: `X${i}`, quantity: '1', price: String(i), ...of(i) }));
  const { status } = await session.post('/api/data/', orders);
  assert.equal(status, 201);
}
