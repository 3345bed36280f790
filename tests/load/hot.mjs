// Have the hot paths grown? Instructions repeat where times don't: callgrind
// counts them, hot.json holds what they were. With another compiler, library or
// processor they differ by some percent, hence the room; it grows with nobody's
// machine being slow.
//   node tests/load/hot.mjs LOAD_HOT [--record]
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const [program, flag] = process.argv.slice(2);
const file = new URL('hot.json', import.meta.url);
const ROOM = 1.15;

function count(path) {
  const { status, stderr } = spawnSync('valgrind', ['--tool=callgrind',
    `--toggle-collect=${path}`, '--callgrind-out-file=/dev/null', program],
    { encoding: 'utf8' });
  const [, collected] = stderr.match(/Collected : (\d+)/) ?? [];
  if (status !== 0 || !Number(collected)) throw new Error(stderr);
  return Number(collected);
}

const paths = ['hot_create', 'hot_change', 'hot_list', 'hot_deliver',
               'hot_view'];
const counts = Object.fromEntries(paths.map((path) => [path, count(path)]));
if (flag === '--record') {
  const taken = { machine: process.arch, compiler:
    execFileSync('cc', ['--version'], { encoding: 'utf8' }).split('\n')[0] };
  writeFileSync(file, `${JSON.stringify({ ...taken, counts }, null, 1)}\n`);
} else {
  const { machine, counts: before } = JSON.parse(readFileSync(file, 'utf8'));
  if (machine !== process.arch) {
    console.log(`counts are of ${machine}: not compared`);
    process.exit(0);
  }
  for (const path of paths) {
    const share = counts[path] / before[path];
    if (!share) throw new Error(`${path} is not in hot.json: --record`);
    console.log(`${path}: ${counts[path]} instructions, ${share.toFixed(3)} ` +
                'of what they were');
    if (share > ROOM) process.exitCode = 1;
  }
}
