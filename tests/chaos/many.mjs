// Many seeds, one after the other; a table of their counts, and their sum.
//   node tests/chaos/many.mjs [--first N] [--runs N] [--seconds N]
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: {
  first: { type: 'string', default: '1' },
  runs: { type: 'string', default: '10' },
  seconds: { type: 'string', default: '60' },
} });
const run = new URL('run.mjs', import.meta.url).pathname;
const sum = {};
let failed = 0;
for (let i = 0; i < Number(values.runs); i++) {
  const seed = Number(values.first) + i;
  const { stdout, status } = spawnSync(process.execPath,
    [run, '--seed', String(seed), '--seconds', values.seconds],
    { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });
  if (status !== 0) failed++;
  const counts = stdout.trim() ? JSON.parse(stdout) : { lost: 1 };
  const faults = Object.values(counts.faults ?? {})
    .reduce((total, n) => total + n, 0);
  console.log(JSON.stringify({ ...counts, faults }));
  for (const [key, value] of Object.entries({ ...counts, faults }))
    sum[key] = (sum[key] ?? 0) + value;
}
delete sum.seed;
delete sum.memoryKb;
console.log(JSON.stringify({ all: sum, failed_runs: failed }));
process.exitCode = failed ? 1 : 0;
