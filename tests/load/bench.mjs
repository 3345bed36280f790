// What is fast, measured beside what could be: see scripts/bench --help.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { endWorld, worldOf } from './lib/data.mjs';
import { clear, clearOnSignals, machine } from './lib/measure.mjs';
import { fair } from './lib/fair_rows.mjs';
import * as market from './lib/market_rows.mjs';
import * as http from './lib/http_rows.mjs';
import { peerOf, Refused } from './lib/peer.mjs';
import { peer } from './lib/peer_rows.mjs';
import * as postgres from './lib/postgres_rows.mjs';
import * as sockets from './lib/socket_rows.mjs';
import { views } from './lib/view_rows.mjs';

const engines = {
  sqlite: { list: http.list, search: http.search, million: http.million,
            start: sockets.start, creates: http.creates,
            latency: sockets.latency, fanout: sockets.fanout,
            idle: sockets.idle, workers: http.workers, fair,
            market: market.market, views, peer },
  postgres: { creates: postgres.creates, daemons: postgres.daemons,
              trips: postgres.trips, standby: postgres.standby,
              list: postgres.list },
};

const { values } = parseArgs({ options: {
  engine: { type: 'string', default: 'sqlite' },
  only: { type: 'string', multiple: true }, quick: { type: 'boolean' },
  json: { type: 'string' }, peer: { type: 'string' },
  'peer-username': { type: 'string' }, 'peer-password': { type: 'string' },
  'peer-pid': { type: 'string' } } });

function refuse(message) {
  console.error(`bench: ${message}`);
  process.exit(2);
}

const rows = engines[values.engine];
if (!rows) {
  refuse(`no engine ${values.engine}; there are: ` +
         Object.keys(engines).join(' '));
}
if (values.peer && values.engine !== 'sqlite')
  refuse('--peer: not with --engine');
const unknown = (values.only ?? []).filter((name) => !(name in rows));
if (unknown.length) {
  refuse(`no row ${unknown.join(', ')}; there are: ` +
         Object.keys(rows).join(' '));
}
const alone = Object.keys(values).find((name) => name.startsWith('peer-'));
if (!values.peer && (alone || values.only?.includes('peer')))
  refuse(`${alone ? `--${alone}` : 'row peer'}: needs --peer URL`);

const worlds = new Map();
const shared = (orders) => async () => {
  if (!worlds.has(orders)) worlds.set(orders, await worldOf(orders));
  return worlds.get(orders);
};
const quick = values.quick ?? false;
const bench = { quick, rounds: quick ? 1 : 3, seconds: quick ? 1 : 3,
                size: quick ? 20000 : 100000,
                manySize: quick ? 100000 : 1000000 };
if (values.peer) {
  bench.peer = await peerOf(values).catch((error) => {
    if (!(error instanceof Refused)) throw error;
    refuse(error.message);
  });
}
bench.orders = shared(bench.size);
bench.many = shared(bench.manySize);

clearOnSignals();

function short(value, unit) {
  if (value === undefined) return '';
  if (unit === 'B') return `${(value / 1024).toFixed(2)} KB`;
  return `${value >= 100 ? Math.round(value).toLocaleString('en')
                         : value.toFixed(1)}${unit === '/s' ? '' : ' '}${unit}`;
}

// Of ours and, in brackets, of the baseline.
function both(ours, base, show) {
  if (ours === undefined) return '';
  return show(ours) + (base === undefined ? '' : ` (${show(base)})`);
}

const ms = (times) => times.map((us) => (us / 1000).toFixed(2)).join(' / ');
const share = (one) => `${Math.round(one * 100)}%`;
const megabytes = (bytes) => String(Math.round(bytes / 1e6));
const micro = (us) => us.toFixed(1);

function cells(row) {
  return [row.what, short(row.ours, row.unit), row.baseline
    ? `${row.baseline} ${short(row.base, row.unit)}` : '',
    row.base ? (row.ours / row.base).toFixed(2) : '',
    both(row.p50_us && [row.p50_us, row.p99_us, row.max_us], row.base_p50_us &&
      [row.base_p50_us, row.base_p99_us, row.base_max_us], ms),
    both(row.cpu_us, row.base_cpu_us, micro),
    both(row.generator_us, row.base_generator_us, micro),
    both(row.rss, row.base_rss, megabytes),
    both(row.spread, row.base_spread, share),
    row.bar ? `${row.bar}: ${row.met ? 'yes' : 'NO'}` : '', row.note ?? ''];
}

const dir = mkdtempSync(join(tmpdir(), 'lws-app-bench-'));
const facts = machine(dir);
rmSync(dir, { recursive: true });
const results = [];
console.log(`${facts.cpu}, ${facts.cores} cores, Linux ${facts.kernel}, ` +
  `${facts.filesystem}, fsync ${facts.fsync_us} us, load ${facts.load}\n`);
console.log('In brackets: of the baseline.\n\n' +
  '| work | ours | baseline | ratio | p50 / p99 / max ms | server us each | ' +
  `generator us each | memory MB | spread | bar | |\n|${' --- |'.repeat(11)}`);
let failed = false;
for (const [name, run] of Object.entries(rows)) {
  if (values.only && !values.only.includes(name)) continue;
  if (name === 'peer' && !bench.peer) continue;
  try {
    for await (const row of await run(bench)) {
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
