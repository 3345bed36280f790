// What is fast, measured beside what could be: see scripts/bench --help.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { endWorld, worldOf } from './lib/data.mjs';
import { machine, started, starting } from './lib/measure.mjs';
import * as http from './lib/http_rows.mjs';
import * as sockets from './lib/socket_rows.mjs';

const rows = { list: http.list, search: http.search, million: http.million,
               start: sockets.start, creates: http.creates,
               latency: sockets.latency, fanout: sockets.fanout,
               idle: sockets.idle, workers: http.workers };

const { values } = parseArgs({ options: {
  only: { type: 'string', multiple: true }, quick: { type: 'boolean' },
  json: { type: 'string' } } });
const unknown = (values.only ?? []).filter((name) => !(name in rows));
if (unknown.length) {
  console.error(`bench: no row ${unknown.join(', ')}; there are: ` +
                Object.keys(rows).join(' '));
  process.exit(2);
}

const worlds = new Map();
const shared = (orders) => async () => {
  if (!worlds.has(orders)) worlds.set(orders, await worldOf(orders));
  return worlds.get(orders);
};
const quick = values.quick ?? false;
const bench = { quick, rounds: quick ? 1 : 3, seconds: quick ? 1 : 3,
                size: quick ? 20000 : 100000,
                manySize: quick ? 100000 : 1000000 };
bench.orders = shared(bench.size);
bench.many = shared(bench.manySize);

// Nothing that was started outlives this, however it ends.
async function clear() {
  await Promise.allSettled([...starting]);
  for (const one of [...started]) {
    if (one.kill) await one.kill().catch(() => {});
    else one.child.kill('SIGKILL');
  }
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => clear().finally(() => process.exit(130)));

function short(value, unit) {
  if (value === undefined) return '';
  if (unit === 'B') return `${(value / 1024).toFixed(2)} KB`;
  return `${value >= 100 ? Math.round(value).toLocaleString('en')
                         : value.toFixed(1)}${unit === '/s' ? '' : ' '}${unit}`;
}

function cells(row) {
  const times = row.p50_us === undefined ? '' : [row.p50_us, row.p99_us,
    row.max_us].map((us) => (us / 1000).toFixed(2)).join(' / ');
  const cpu = row.cpu_us === undefined ? '' : row.cpu_us.toFixed(1) +
    (row.base_cpu_us ? ` (${row.base_cpu_us.toFixed(1)})` : '');
  return [row.what, short(row.ours, row.unit), row.baseline
    ? `${row.baseline} ${short(row.base, row.unit)}` : '',
    row.base ? (row.ours / row.base).toFixed(2) : '', times, cpu,
    row.generator_us === undefined ? '' : row.generator_us.toFixed(1),
    row.rss === undefined ? '' : String(Math.round(row.rss / 1e6)),
    row.spread === undefined ? '' : `${Math.round(row.spread * 100)}%`,
    row.bar ? `${row.bar}: ${row.met ? 'yes' : 'NO'}` : '', row.note ?? ''];
}

const dir = mkdtempSync(join(tmpdir(), 'lws-app-bench-'));
const facts = machine(dir);
rmSync(dir, { recursive: true });
const results = [];
console.log(`${facts.cpu}, ${facts.cores} cores, Linux ${facts.kernel}, ` +
  `${facts.filesystem}, fsync ${facts.fsync_us} us, load ${facts.load}\n`);
console.log('| work | ours | baseline | ratio | p50 / p99 / max ms | ' +
  'server us each (baseline) | generator us each | memory MB | spread | ' +
  `bar | |\n|${' --- |'.repeat(11)}`);
let failed = false;
for (const [name, run] of Object.entries(rows)) {
  if (values.only && !values.only.includes(name)) continue;
  try {
    for (const row of await run(bench)) {
      results.push({ row: name, ...row });
      console.log(`| ${cells(row).join(' | ')} |`);
    }
  } catch (error) {
    failed = true;
    console.error(`bench: ${name}: ${error.stack}`);
  }
}
for (const world of worlds.values()) await endWorld(world);
await clear();
if (values.json) {
  writeFileSync(values.json, `${JSON.stringify({ machine: facts, quick,
    rows: results }, null, 1)}\n`);
}
process.exitCode = failed ? 1 : 0;
