// The orders as the database has them, in the shape of the wire, by code that
// shares nothing with the program.
import assert from 'node:assert/strict';
import { DatabaseRows } from '../e2e/lib/rows.mjs';

function decimal(units) {
  if (units === null) return null;
  const text = String(units);
  const negative = text.startsWith('-');
  const digits = (negative ? text.slice(1) : text).padStart(9, '0');
  const fraction = digits.slice(-8).replace(/0+$/, '');
  return (negative ? '-' : '') + digits.slice(0, -8) +
    (fraction ? `.${fraction}` : '');
}

function time(us) {
  const seconds = us.slice(0, -6);
  const date = new Date(Number(seconds) * 1000).toISOString();
  return `${date.slice(0, 19)}.${us.slice(-6)}Z`;
}

// An order as it was at one time; version null: gone.
export const version = (id, number) => `${id} ${number ?? 'gone'}`;

export class Rows extends DatabaseRows {
  // 64-bit integers as text: a double would bend them.
  async orders(username) {
    const rows = await this.rows(`
      SELECT o.id, u.username AS owner, o.instrument, o.side,
        CAST(o.quantity AS TEXT) AS quantity, CAST(o.price AS TEXT) AS price,
        o.status, CAST(o.filled_quantity AS TEXT) AS filled_quantity,
        CAST(o.average_price AS TEXT) AS average_price, o.client_order_id,
        o.version, o.position, CAST(o.created AS TEXT) AS created,
        CAST(o.updated AS TEXT) AS updated
      FROM orders o JOIN "user" u ON u.id = o.owner
      WHERE u.username = '${username}'`);
    return rows.map((row) => ({ ...row,
      quantity: decimal(row.quantity), price: decimal(row.price),
      filled_quantity: decimal(row.filled_quantity),
      average_price: decimal(row.average_price),
      created: time(row.created), updated: time(row.updated) }));
  }

  async position(username) {
    const found = await this.column(`SELECT s.position FROM stream s
      JOIN "user" u ON u.id = s.owner WHERE u.username = '${username}'`);
    return found[0] ?? 0;
  }

  // What is in the log behind all that another has, by order and version.
  async eventsBehind(other) {
    const all = 'SELECT id, order_id, kind, body FROM event';
    const [last] = await other.column('SELECT max(id) FROM event');
    const both = `${all} WHERE id <= ${last} ORDER BY id`;
    assert.deepEqual(await this.rows(both), await other.rows(both));
    const more = await this.rows(`${all} WHERE id > ${last}`);
    return new Set(more.map(({ order_id: id, kind, body }) =>
      version(id, kind === 'delete' ? null : JSON.parse(body).version)));
  }

  // What the log has of an order.
  story(id) {
    return this.rows('SELECT id, position, kind, body FROM event ' +
      `WHERE order_id = ${id} ORDER BY id`);
  }

  // Positions 1, 2, 3, ... of every stream; event ids likewise; counts equal.
  async holes() {
    return this.rows(`
      SELECT owner, count(*) AS events, max(position) AS last FROM event
        GROUP BY owner HAVING count(*) <> max(position)
      UNION ALL SELECT 0, count(*), max(id) FROM event
        HAVING count(*) <> max(id)
      UNION ALL SELECT owner, order_count, there FROM (
        SELECT s.owner, s.order_count, (SELECT count(*) FROM orders o
          WHERE o.owner = s.owner) AS there FROM stream s) AS counted
        WHERE order_count <> there`);
  }
}
