// Sockets that never read: what they cost in memory, and what they do to the
// one beside them that does read.
//   node tests/load/silent.mjs [SOCKETS] [EVENTS]
import { readFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { World } from '../e2e/lib/world.mjs';

const sockets = Number(process.argv[2] ?? 5000);
const total = Number(process.argv[3] ?? 20000);
const world = await World.start({ settings: ['--log-level', 'error',
                                             '--socket-blocked-s', '600'] });
const demo = await world.token('demo');

async function memoryMb() {
  const status = await readFile(`/proc/${world.daemon.child.pid}/status`,
                                'utf8');
  return Math.round(Number(status.match(/VmRSS:\s+(\d+)/)[1]) / 1024);
}

// One order at a time, from the POST to its frame at the reader.
async function latency(reader, count) {
  const times = [];
  for (let i = 0; i < count; i++) {
    const started = performance.now();
    const posted = demo.post('/api/data/', { instrument: 'EDF01',
      quantity: '100', price: '10.5' });
    await reader.next();
    times.push(performance.now() - started);
    await posted;
  }
  times.sort((a, b) => a - b);
  return { p50_ms: times[Math.floor(count * 0.5)].toFixed(2),
           p99_ms: times[Math.floor(count * 0.99)].toFixed(2) };
}

const reader = await world.follow(demo);
const alone = await latency(reader, 300);
const before = await memoryMb();
for (let i = 0; i < sockets; i += 100) {
  const some = await Promise.all(Array.from(
    { length: Math.min(100, sockets - i) }, () => world.follow(demo)));
  for (const stream of some) stream.socket._socket.pause();
}
const idle = await memoryMb();
const order = { instrument: 'L'.repeat(255), quantity: '1', price: '1' };
let highest = idle;
for (let sent = 0; sent < total; sent += 1000) {
  const answer = await demo.post('/api/data/',
    Array.from({ length: 1000 }, () => order));
  if (answer.status !== 201) throw new Error(answer.text);
  for (let seen = 0; seen < 1000;) {
    const frame = await reader.next();
    seen += frame.type === 'folded' ? frame.to - frame.from : 1;
  }
  highest = Math.max(highest, await memoryMb());
}
const beside = await latency(reader, 300);
console.log(JSON.stringify({ sockets, events: total, memory_mb: { before, idle,
  highest, after: await memoryMb() }, reader_alone: alone,
  reader_beside: beside }));
await world.stop();
