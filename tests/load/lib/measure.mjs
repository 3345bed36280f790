// What is measured, and by what: processor time, memory, wrk, the disk.
import { readFileSync, readdirSync, openSync, writeSync, fsyncSync, closeSync,
         unlinkSync, writeFileSync, statfsSync } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { Process } from '../../e2e/lib/processes.mjs';

export const started = new Set(); // all that must be ended
export const starting = new Set(); // promises of such

export function launch(command, args, options) {
  const child = new Process(command, args, options);
  started.add(child);
  child.exit.finally(() => started.delete(child));
  return child;
}

// Nothing that was started outlives this program, however it ends.
export async function clear() {
  await Promise.allSettled([...starting]);
  for (const one of [...started]) {
    if (one.kill) await one.kill().catch(() => {});
    else one.child.kill('SIGKILL');
  }
}

export function clearOnSignals() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => clear().finally(() => process.exit(130)));
}

// To its end; fails with what it printed. input: its standard input.
export async function finish(command, args, { input, ...options } = {}) {
  const child = launch(command, args, options);
  child.child.stdin.end(input);
  const { code } = await child.exit;
  if (code !== 0) {
    throw new Error(`${child.name} ${args.join(' ')}: exit ${code}\n` +
                    child.out + child.err);
  }
  return child.out;
}

// Of the processes that have ended and been waited for; in steps of 10 ms.
function endedUs() {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10_000;
}

// A generator run to its end: what it printed and the processor time it took,
// beside the server's; the server's memory afterwards. Without a pid nothing
// is known of the server.
export async function load(command, args, pid) {
  const before = { server: pid && cpuUs(pid), generator: endedUs() };
  const out = await finish(command, args);
  return { out, server_us: pid && cpuUs(pid) - before.server,
           generator_us: endedUs() - before.generator,
           rss: pid && rssBytes(pid) };
}

// What is promised, or undefined once so long has passed.
export function within(promise, ms) {
  let timer;
  const late = new Promise((resolve) => { timer = setTimeout(resolve, ms); });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export const median = (values) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

// Of objects with the same figures: the median of each figure.
export const medians = (taken) => Object.fromEntries(Object.keys(taken[0])
  .map((name) => [name, median(taken.map((one) => one[name]))]));

// How far the rounds lie apart, as a share of the median.
export const spread = (values) =>
  (Math.max(...values) - Math.min(...values)) / median(values);

function tasks(pid) {
  try { return readdirSync(`/proc/${pid}/task`); } catch { return []; }
}

function family(pid) {
  const children = tasks(pid).flatMap((task) => {
    try {
      return readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
        .trim().split(' ').filter(Boolean);
    } catch { return []; }
  });
  return [String(pid), ...children.flatMap(family)];
}

// Of the threads of a process and its children; only those of that name where
// one is given. which: 0: on a processor, 1: waiting for one.
function threadsUs(pid, thread, which) {
  let ns = 0;
  for (const member of family(pid)) {
    for (const task of tasks(member)) {
      const at = `/proc/${member}/task/${task}`;
      try {
        if (thread && readFileSync(`${at}/comm`, 'utf8').trim() !== thread)
          continue;
        ns += Number(readFileSync(`${at}/schedstat`, 'utf8').split(' ')[which]);
      } catch { /* it has ended */ }
    }
  }
  return ns / 1000;
}

// Microseconds on a processor so far; ready to run, but without one.
export const cpuUs = (pid, thread) => threadsUs(pid, thread, 0);
export const waitUs = (pid, thread) => threadsUs(pid, thread, 1);

export function rssBytes(pid) {
  return family(pid).reduce((sum, member) => sum + 1024 * Number(
    readFileSync(`/proc/${member}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]),
    0);
}

export function fsyncUs(dir, rounds = 200) {
  const file = join(dir, 'fsync');
  const fd = openSync(file, 'w');
  const page = Buffer.alloc(4096, 1);
  const times = [];
  for (let i = 0; i < rounds; i++) {
    const begun = performance.now();
    writeSync(fd, page);
    fsyncSync(fd);
    times.push((performance.now() - begun) * 1000);
  }
  closeSync(fd);
  unlinkSync(file);
  return median(times);
}

// What body returns, and the longest that a page meanwhile took to the disk: one
// is written every 10 ms, by itself. A disk that stands still holds up whatever
// waits for it.
export async function besideDisk(dir, body) {
  const name = join(dir, 'beside');
  const file = await open(name, 'w');
  const page = Buffer.alloc(8192, 1);
  let disk_us = 0;
  let isOver = false;
  const write = async () => {
    while (!isOver) {
      await file.write(page, 0, page.length, 0);
      const begun = performance.now();
      await file.datasync();
      disk_us = Math.max(disk_us, (performance.now() - begun) * 1000);
      await pause(10);
    }
  };
  await file.write(page, 0, page.length, 0);
  await file.sync(); // so that what is measured writes no more than the page
  const writing = write();
  try {
    return { result: await body(), disk_us };
  } finally {
    isOver = true;
    await writing;
    await file.close();
    await unlink(name);
  }
}

export function machine(dir) {
  const type = execFileSync('stat', ['-f', '-c', '%T', dir], {
    encoding: 'utf8' }).trim();
  return { cpu: cpus()[0].model, cores: cpus().length, kernel: release(),
           filesystem: type, free_gb: Math.round(statfsSync(dir).bavail *
             statfsSync(dir).bsize / 1e9),
           fsync_us: Math.round(fsyncUs(dir)),
           load: readFileSync('/proc/loadavg', 'utf8').split(' ')[0] };
}

// wrk, one thread. requests: [{method, path, body}], sent in turn; tokens: a
// file of them, one a line: each request with each of them; first: where in all
// of these to begin; refused: an answer may be a refusal; script: a name of its
// own, where two run at once.
export async function wrk(dir, url, requests, { connections, seconds, headers,
                                                tokens, pid, first = 0,
                                                refused = false,
                                                script: name = 'wrk.lua' }) {
  const quote = (text) => text === undefined ? 'nil' : `[==[${text}]==]`;
  const script = join(dir, name);
  const head = Object.entries(headers ?? {})
    .map(([name, value]) => `[ [==[${name}]==] ]=${quote(value)}`).join(',');
  writeFileSync(script, `
local sent, i = {}, ${first}
local head = {${head}}
local function add(...)
  ${tokens ? `for token in io.lines(${quote(tokens)}) do
    head.Authorization = 'Token ' .. token
    sent[#sent + 1] = wrk.format(...)
  end` : 'sent[#sent + 1] = wrk.format(...)'}
end
init = function()
  ${requests.map((r) => `add(${quote(r.method ?? 'GET')}, ` +
    `${quote(r.path)}, head, ${quote(r.body)})`).join('\n  ')}
end
request = function() i = i % #sent + 1; return sent[i] end
done = function(s, l)
  local e = s.errors
  io.write(string.format('RESULT {"requests":%d,"bytes":%d,"us":%d,"errors":%d,' ..
    '"p50_us":%d,"p99_us":%d,"max_us":%d}\\n', s.requests, s.bytes, s.duration,
    e.status + e.connect + e.read + e.write + e.timeout,
    l:percentile(50), l:percentile(99), l.max))
end
`);
  const { out, server_us, generator_us, rss } = await load('wrk', ['-t1',
    `-c${connections}`, `-d${seconds}s`, '-s', script, '--timeout', '30s', url],
    pid);
  const result = JSON.parse(out.match(/RESULT (.*)/)[1]);
  if (result.errors && !refused) throw new Error(`wrk saw errors:\n${out}`);
  result.bytes /= result.requests;
  return { rate: result.requests / (result.us / 1e6), ...result, rss,
           cpu_us: pid && server_us / result.requests,
           generator_us: generator_us / result.requests };
}
