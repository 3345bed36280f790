// How what things cost grows: see scripts/growth --help.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { curves, draw, table } from './lib/curves.mjs';
import { clear, clearOnSignals, machine } from './lib/measure.mjs';

const { values } = parseArgs({ options: {
  only: { type: 'string', multiple: true }, quick: { type: 'boolean' },
  large: { type: 'boolean' }, out: { type: 'string' },
  json: { type: 'string' } } });
const unknown = (values.only ?? []).filter((name) => !(name in curves));
if (unknown.length) {
  console.error(`growth: no curve ${unknown.join(', ')}; there are: ` +
                Object.keys(curves).join(' '));
  process.exit(2);
}
clearOnSignals();

const dir = mkdtempSync(join(tmpdir(), 'lws-app-growth-'));
const facts = machine(dir);
rmSync(dir, { recursive: true });
const quick = values.quick ?? false;
const growth = { quick, large: values.large ?? false, rounds: quick ? 1 : 3,
                 seconds: 1 };
console.log(`${facts.cpu}, ${facts.cores} cores, Linux ${facts.kernel}, ` +
            `${facts.filesystem}, fsync ${facts.fsync_us} us, load ${facts.load}`);
const results = {};
let failed = false;
for (const [name, curve] of Object.entries(curves)) {
  if (values.only && !values.only.includes(name)) continue;
  // What has been measured so far, for who waits.
  growth.say = (point) => process.stderr.write(
    `growth: ${name} ${point[curve.x[1]]}\n`);
  try {
    const points = await curve.run(growth);
    results[name] = points;
    console.log(`\n### ${name}\n\n${table(curve, points)}`);
    if (values.out) {
      mkdirSync(values.out, { recursive: true });
      await draw(join(values.out, `${name}.svg`), curve, points);
    }
  } catch (error) {
    failed = true;
    console.error(`growth: ${name}: ${error.stack}`);
  }
}
await clear();
if (values.json) {
  writeFileSync(values.json, `${JSON.stringify({ machine: facts, quick,
    curves: results }, null, 1)}\n`);
}
process.exitCode = failed ? 1 : 0;
