// How long a write waits for its turn: four workers kept busy by 64 writers,
// an import beside them, and one more client whose answers are timed.
//   node tests/load/turns.mjs [SECONDS]
import { performance } from 'node:perf_hooks';
import http from 'node:http';
import { Session } from '../e2e/lib/http.mjs';
import { World } from '../e2e/lib/world.mjs';

const seconds = Number(process.argv[2] ?? 10);
const world = await World.start({ workers: 4, settings: ['--log-level',
                                                         'warn'] });
const order = { instrument: 'EDF01', quantity: '100', price: '10.5' };
let over = false;
let written = 0;
let refused = 0;

const other = await world.token('other');

async function saturate() {
  const session = Object.assign(new Session(world.url),
    { token: other.token, agent: new http.Agent({ keepAlive: true }) });
  while (!over) {
    const { status } = await session.post('/api/data/', order);
    if (status === 201) written++;
    else refused++;
  }
  session.agent.destroy();
}

const lines = Array.from({ length: 1000 * seconds * 5 }, () =>
  JSON.stringify(order)).join('\n');
const writers = Array.from({ length: 64 }, saturate);
const imported = world.command(['import', '-', '--owner', 'boss'],
                               { input: lines });
const session = await world.token('demo');
session.agent = new http.Agent({ keepAlive: true });
const times = [];
const until = performance.now() + seconds * 1000;
while (performance.now() < until) {
  const started = performance.now();
  const { status } = await session.post('/api/data/', order);
  if (status !== 201) refused++;
  times.push(performance.now() - started);
}
over = true;
await Promise.all(writers);
await imported;
session.agent.destroy();
times.sort((a, b) => a - b);
const at = (share) => times[Math.min(times.length - 1,
  Math.floor(times.length * share))].toFixed(1);
console.log(JSON.stringify({ seconds, timed: times.length, p50_ms: at(0.5),
  p99_ms: at(0.99), max_ms: at(1), written_by_others: written,
  imported: 1000 * seconds * 5, refused }));
await world.stop();
