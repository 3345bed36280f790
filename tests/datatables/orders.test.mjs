// The suite against this server: real clients of four generations, over rows
// with empty cells and days, counts held against SQL.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { DatabaseRows, change } from '../e2e/lib/rows.mjs';
import { World } from '../e2e/lib/world.mjs';
import { generations } from './generations.mjs';
import { runAll } from './run.mjs';
import { casesOf } from './suite.mjs';

const ROWS = 90;
const told = new Map();
const table = JSON.parse(await readFile(new URL('orders.json', import.meta.url),
                                        'utf8'));
let world;

before(async () => {
  world = await World.start({ tls: false });
  const demo = await world.token('demo');
  const boss = await world.token('boss');
  const instruments = ['EDF 01', 'AXA', 'Bund 10Y', 'edf', 'Crédit X'];
  const made = await demo.post('/api/data/', Array.from({ length: ROWS },
    (_, i) => ({ instrument: instruments[i % 5], side: i % 3 ? 'buy' : 'sell',
      quantity: String(i % 7 + 1), price: String((i * 7) % 11 - 2.5),
      ...i % 4 ? {} : { client_order_id: `c ${i}` } })));
  assert.equal(made.status, 201, made.text);
  for (let id = 1; id <= ROWS; id += 3)
    await boss.patch(`/api/data/${id}/`, { status: 'filled',
      filled_quantity: '1', average_price: String(id % 5) });
  // On several days.
  await change(world.database, 'UPDATE orders SET created = 1767225600000000 + ' +
    'id % 6 * 43200000000 + id');
  await (await world.token('other')).order({ instrument: 'not mine' });
  await runAll({ url: `${world.url}/api/data/?format=datatables`, table,
    headers: { Authorization: `Token ${demo.token}` },
    tell: (title, error) => { told.set(title, error); } });
});
after(() => world.stop());

for (const generation of generations)
  for (const method of ['GET', 'POST'])
    for (const name of casesOf(generation)) {
      const title = `DataTables ${generation.name}, ${method}: ${name}`;
      test(title, () => {
        assert.ok(told.has(title), 'it was not run');
        if (told.get(title)) throw told.get(title);
      });
    }

test('what the oracle looked at is what the database has', async () => {
  const database = new DatabaseRows(world.database);
  assert.deepEqual(await database.column(
    `SELECT COUNT(*) FROM orders WHERE owner = (SELECT id FROM "user"
     WHERE username = 'demo')`), [ROWS]);
});
