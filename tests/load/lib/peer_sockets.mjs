// Sockets of a peer and of lws-app, by the same client: how late frames come,
// how many, how many not at all, and what a socket holds.
import http from 'node:http';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import WebSocket from 'ws';
import { deadline } from '../../e2e/lib/processes.mjs';
import { cpuUs, rssBytes, within } from './measure.mjs';

const CLOSE_MS = 3000; // who hasn't answered a close by then is cut off
const LOST_MAX = 20; // in a round of one socket
const open = new Set();

export function closeAll() {
  for (const socket of open) socket.terminate();
}

// What was begun before is not to be measured with what comes next: a server
// goes on for a while with requests whose client has gone.
export async function calm(side) {
  for (let i = 0; i < 100; i++) {
    const before = side.pid && cpuUs(side.pid);
    await new Promise((resolve) => { setTimeout(resolve, 100); });
    if (side.pid ? cpuUs(side.pid) - before < 10000 : i >= 20) return;
  }
}

// What the server and this process, which is the generator, took since.
function meter(side) {
  const before = { server: side.pid && cpuUs(side.pid),
                   own: process.cpuUsage() };
  return (count) => {
    const { user, system } = process.cpuUsage(before.own);
    return { cpu_us: side.pid && (cpuUs(side.pid) - before.server) / count,
             generator_us: (user + system) / count,
             rss: side.pid && rssBytes(side.pid) };
  };
}

export const created = '/api/data/?format=json';

export const writing = (side) => ({ ...side.session.headers('POST'),
  'Content-Type': 'application/json' });

// One connection, one order after the other.
function writer(side) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const post = (instrument) => deadline(new Promise((resolve, reject) => {
    const body = JSON.stringify(side.order(instrument));
    const headers = { ...writing(side),
                      'Content-Length': Buffer.byteLength(body) };
    http.request(side.url + created, { method: 'POST', agent, headers },
      (answer) => answer.resume().on('end', () => answer.statusCode === 201
        ? resolve() : reject(new Error(`POST: ${answer.statusCode}`))))
      .on('error', reject).end(body);
  }), `a POST to ${side.url}`);
  return { post, end: () => agent.destroy() };
}

// Events are known by their instrument, so that it does not matter how a frame
// holds them: one or many, JSON or JSON in JSON.
const marked = (i) => `PEERLOAD${String(i).padStart(6, '0')}`;

// One subscribed socket; heard(i) for each event marked(i).
async function follow(side, heard) {
  const socket = new WebSocket(
    `${side.url.replace(/^http/, 'ws')}/data/stream/`,
    { headers: { Cookie: side.session.cookie() }, perMessageDeflate: false });
  open.add(socket);
  socket.on('close', () => open.delete(socket));
  await deadline(once(socket, 'open'), 'a websocket to open');
  socket.on('error', () => {});
  const answer = once(socket, 'message');
  socket.send('{"command":"subscribe"}');
  const [bytes] = await deadline(answer, 'the answer to subscribe');
  if (JSON.parse(bytes).status !== 'ok')
    throw new Error(`${side.url}: subscribe: ${bytes}`);
  socket.on('message', (frame) => {
    for (const [, i] of frame.toString('utf8').matchAll(/PEERLOAD(\d{6})/g))
      heard(Number(i));
  });
  return socket;
}

async function followMany(side, count, heard) {
  const sockets = [];
  while (sockets.length < count) {
    const from = sockets.length;
    sockets.push(...await Promise.all(Array.from(
      { length: Math.min(32, count - from) },
      (_, j) => follow(side, (i) => heard(i, from + j)))));
  }
  return sockets;
}

async function leave(side, sockets) {
  await Promise.all(sockets.map((socket) => {
    const closed = once(socket, 'close');
    socket.close();
    setTimeout(() => socket.terminate(), CLOSE_MS).unref();
    return closed;
  }));
  await calm(side);
}

function timesOf(times) {
  times.sort((a, b) => a - b);
  const at = (share) => 1000 * times[Math.floor((times.length - 1) * share)];
  return { p50_us: at(0.5), p99_us: at(0.99), max_us: at(1) };
}

// From the POST to its frame at the one socket; the next order when the last
// one was answered and has come, or is lost: lateMs.
export async function latencyOf(side, count, lateMs) {
  const write = writer(side);
  const came = new Map();
  let wake = () => {};
  const [socket] = await followMany(side, 1, (i) => {
    came.set(i, performance.now());
    wake();
  });
  const times = [];
  const warm = Math.ceil(count / 10);
  let taken = meter(side);
  let i = 0;
  // Who loses much is not waited for again and again.
  for (; i < warm + count && i - came.size < LOST_MAX; i++) {
    if (i === warm) taken = meter(side);
    const begun = performance.now();
    await write.post(marked(i));
    if (!came.has(i))
      await within(new Promise((resolve) => { wake = resolve; }), lateMs);
    if (i >= warm && came.has(i)) times.push(came.get(i) - begun);
  }
  const cost = taken(i - warm);
  write.end();
  await leave(side, [socket]);
  if (!times.length) throw new Error(`${side.url}: frames don't come`);
  return { ...timesOf(times), ...cost, sent: i - warm, came: times.length };
}

// Events as fast as one connection makes them, to that many sockets. lateMs:
// after such a silence what has not come is lost.
export async function fanoutOf(side, sockets, count, lateMs) {
  const seen = new Uint8Array(sockets * count);
  const begun = [];
  const times = [];
  let last = 0;
  let done;
  const complete = new Promise((resolve) => { done = resolve; });
  const all = await followMany(side, sockets, (i, socket) => {
    if (seen[socket * count + i]++) return;
    last = performance.now();
    times.push(last - begun[i]);
    if (times.length === seen.length) done();
  });
  const write = writer(side);
  const taken = meter(side);
  for (let i = 0; i < count; i++) {
    begun.push(performance.now());
    await write.post(marked(i));
  }
  for (let before = -1; before < times.length && before < seen.length;) {
    before = times.length;
    await within(complete, lateMs);
  }
  const cost = taken(times.length);
  write.end();
  await leave(side, all);
  if (!times.length) throw new Error(`${side.url}: frames don't come`);
  return { rate: times.length / ((last - begun[0]) / 1000), ...cost,
           sent: seen.length, came: times.length,
           twice: seen.reduce((sum, n) => sum + Math.max(0, n - 1), 0),
           ...timesOf(times) };
}

// Bytes of the server's memory per subscribed socket.
export async function heldBy(side, count) {
  const first = await followMany(side, 1, () => {});
  await calm(side);
  const before = rssBytes(side.pid);
  const sockets = await followMany(side, count, () => {});
  await calm(side);
  const rss = rssBytes(side.pid);
  await leave(side, [...first, ...sockets]);
  return { each: (rss - before) / count, rss, count };
}
