// A peer: another server with the addresses and frames of the application that
// lws-app takes the place of. Who it is, whether it lets us in, what it has.
import { createWriteStream, existsSync } from 'node:fs';
import { once } from 'node:events';
import { Session } from '../../e2e/lib/http.mjs';
import { cpuUs, within } from './measure.mjs';

const ORDERS_MAX = 1000000;
const SLICE = 1000; // orders asked for at once

// What the one who called can mend: the message names the flag.
export class Refused extends Error {}

const loopback = /^(127(\.\d+){3}|localhost|\[::1\])$/;

function addressOf(text) {
  let url;
  try { url = new URL(text); } catch { /* told below */ }
  if (url?.protocol !== 'http:' || url.href !== `${url.origin}/`)
    throw new Refused(`--peer ${text}: not like http://127.0.0.1:8000`);
  if (!loopback.test(url.hostname))
    throw new Refused(`--peer ${text}: load goes to loopback only`);
  return url.origin;
}

function processOf(text) {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d*$/.test(text) || !existsSync(`/proc/${text}/task`))
    throw new Refused(`--peer-pid ${text}: no such process`);
  return Number(text);
}

// As a browser: the page with its cookie, the form, the session's cookie.
async function login(url, username, password) {
  const session = new Session(url);
  const page = await session.get('/accounts/login/').catch((error) => {
    throw new Refused(`--peer ${url}: no answer (${error.code ??
                                                   error.message})`);
  });
  const csrf = session.cookies.get('csrftoken');
  if (page.status !== 200 || !csrf) {
    throw new Refused(`--peer ${url}: ${page.status} for /accounts/login/, ` +
                      'not a form with a csrftoken');
  }
  const answer = await session.form('/accounts/login/',
    { csrfmiddlewaretoken: csrf, username, password, next: '/' });
  if (answer.status !== 302 || !session.cookies.has('sessionid')) {
    throw new Refused('--peer-username, --peer-password: no login as ' +
                      `${username} (${answer.status})`);
  }
  return session;
}

// What DataTables asks for a table of four columns.
export function table(price, { start = 0, length = 25, search = '', column = 0,
                               dir = 'asc' } = {}) {
  const params = new URLSearchParams({ format: 'datatables', draw: '1' });
  for (const [i, name] of ['id', 'instrument', 'quantity', price].entries()) {
    for (const [key, value] of [['data', name], ['name', ''],
      ['searchable', 'true'], ['orderable', 'true'], ['search][value', ''],
      ['search][regex', 'false']]) params.set(`columns[${i}][${key}]`, value);
  }
  for (const [key, value] of Object.entries({ 'order[0][column]': column,
    'order[0][dir]': dir, start, length, 'search[value]': search,
    'search[regex]': 'false' })) params.set(key, String(value));
  return `/api/data/?${params}`;
}

export async function ask(side, query) {
  const { status, body, text } = await side.session.get(
    table(side.price, query));
  if (status !== 200 || !Array.isArray(body?.data)) {
    throw new Error(`${side.url}: ${status} for DataTables: ` +
                    text.slice(0, 200));
  }
  return body;
}

// One of the two that are measured. What differs: the name of the price, and
// that a peer's order names its user.
export const sideOf = (url, session, pid, price, more) => ({ url, session, pid,
  price, order: (instrument) => ({ instrument, quantity: 12, [price]: 34.5,
                                   ...more }) });

async function meet(url, pid, username, password) {
  const before = pid && cpuUs(pid);
  const session = await login(url, username, password);
  const { body } = await session.get('/api/data/?format=json');
  const user = body?.results?.[0]?.user;
  if (user === undefined) {
    throw new Refused(`--peer-username ${username}: no orders of this user, ` +
                      'each with its user, at /api/data/');
  }
  const side = sideOf(url, session, pid, 'initial_price', { user });
  side.total = (await ask(side, { length: 1 })).recordsTotal;
  if (!(side.total > 0 && side.total <= ORDERS_MAX)) {
    throw new Refused(`--peer ${url}: ${side.total} orders; measured are 1 ` +
                      `to ${ORDERS_MAX}`);
  }
  if (pid && cpuUs(pid) === before) {
    throw new Refused(`--peer-pid ${pid}: did nothing while ${url} answered`);
  }
  return side;
}

export async function peerOf(values) {
  const url = addressOf(values.peer);
  const pid = processOf(values['peer-pid']);
  const side = await within(meet(url, pid, values['peer-username'] ?? 'demo',
    values['peer-password'] ?? 'demo'), 20000);
  if (!side) throw new Refused(`--peer ${url}: no answer in 20 s`);
  return side;
}

const near = (value, least) => Number(value) >= least && Number(value) <= 9e9
  ? Number(value).toFixed(8) : '1';

// The same order here; where lws-app has a rule that the peer hasn't, one that
// keeps it.
const asOurs = (row) => JSON.stringify({
  instrument: String(row.instrument).replace(/\p{Cc}/gu, ' ') || 'none',
  quantity: near(row.quantity, 1e-8), price: near(row.initial_price, -9e9) });

// The peer's orders into a file for `lws-app import`. Answers needles: the ten
// beginnings of instruments that are nearest to being in a tenth of them.
export async function copyOrders(peer, file) {
  const beginnings = new Map();
  const out = createWriteStream(file);
  for (let start = 0; start < peer.total; start += SLICE) {
    const { data } = await ask(peer, { start, length: SLICE });
    for (const { instrument } of data) {
      const longest = Math.min(12, instrument.length);
      for (let length = 3; length <= longest; length++) {
        const text = instrument.slice(0, length);
        beginnings.set(text, (beginnings.get(text) ?? 0) + 1);
      }
    }
    const lines = data.map((row) => `${asOurs(row)}\n`).join('');
    if (!out.write(lines)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
  const far = ([, count]) => Math.abs(count / peer.total - 0.1);
  return [...beginnings].sort((a, b) => far(a) - far(b)).slice(0, 10)
    .map(([text]) => text);
}
