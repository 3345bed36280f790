// node scripts/demo.mjs URL: logs in as demo (password demo), sees to it that
// there are a few hundred orders, then places, changes and cancels some, so
// that there is something to look at. With LWSAPP_DEMO_EXCHANGE, the password of
// the superuser demo-exchange, that one fills orders that the market has reached.
// Ends by SIGTERM, or with the server.
// node scripts/demo.mjs --market: what --market-sim is to simulate for it.
const ORDERS = 300;
const BATCH = 100;
const PAUSE_MS = { least: 300, most: 1500 };
const MARKET_RATE = 200; // lines a second, of all instruments
const QUOTES_MS = 1000; // between two looks at the market
const FILLS_AT_ONCE = 3;
const MARKET_TRIES = 5;

// Name, a price to start from, decimals, steps of quantity.
const INSTRUMENTS = [
  ['AIR.PA', 158.42, 2, 10], ['AXA.PA', 33.18, 2, 50], ['BNP.PA', 62.07, 2, 25],
  ['EDF01', 11.985, 3, 100], ['ENGI.PA', 14.835, 3, 100], ['MC.PA', 702.3, 2, 5],
  ['OR.PA', 401.55, 2, 5], ['SAN.PA', 92.61, 2, 25], ['SU.PA', 231.75, 2, 10],
  ['TTE14', 60.24, 2, 50], ['VIE.PA', 29.47, 2, 50], ['ALV.DE', 288.9, 2, 10],
  ['BAS.DE', 47.315, 3, 50], ['DTE.DE', 28.34, 2, 100], ['SAP.DE', 218.65, 2, 10],
  ['SIE.DE', 176.82, 2, 10], ['ASML.AS', 671.1, 2, 5], ['INGA.AS', 15.742, 3, 100],
  ['ENEL.MI', 6.934, 3, 500], ['ISP.MI', 3.9145, 4, 1000],
  ['SAN.MC', 4.4215, 4, 1000], ['NESN.SW', 86.34, 2, 20], ['NOVN.SW', 95.12, 2, 20],
  ['BUND-DEC', 132.41, 2, 1], ['BOBL-DEC', 118.27, 2, 1], ['OAT-DEC', 124.98, 2, 1],
  ['BRENT-FEB', 74.35, 2, 1], ['TTF-JAN', 43.285, 3, 5], ['EUA-DEC', 68.91, 2, 10],
  ['TTF-NBP-JAN', -0.425, 3, 5], ['DEBASE-Q1', 91.2, 2, 1], ['EURUSD', 1.0872, 4, 10000],
  ['EURGBP', 0.8341, 4, 10000], ['USDJPY', 151.347, 3, 10000],
];

if (process.argv[2] === '--market') {
  const starts = INSTRUMENTS.map(([name, usual, decimals]) =>
    `${name}=${usual.toFixed(decimals)}`);
  console.log(`${starts}@${MARKET_RATE}`);
  process.exit();
}

const base = new URL(process.argv[2]);
const quotes = new Map(); // symbol -> quote
const open = new Map(); // id -> order: may still be changed
const done = []; // ids, oldest first
let stopping = false;
let wake = () => {};

const pick = (list) => list[Math.floor(Math.random() * list.length)];
const between = (least, most) => least + Math.random() * (most - least);

class Refused extends Error {
  constructor(status, text) {
    super(`${status} ${text}`);
    this.status = status;
    this.text = text;
  }
}

// Who asks: the cookies of each login.
const trader = new Map();
const exchange = new Map();

async function ask(method, path, body, headers = {}, cookies = trader) {
  const answer = await fetch(new URL(path, base), {
    method,
    body,
    redirect: 'manual',
    headers: {
      Accept: 'application/json',
      Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      'X-CSRFToken': cookies.get('csrftoken') ?? '',
      ...headers,
    },
  });
  for (const line of answer.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
    cookies.set(name, value);
  }
  const text = await answer.text();
  if (answer.status >= 400) throw new Refused(answer.status, text);
  return text;
}

async function askJson(method, path, value, cookies = trader, headers = {}) {
  const text = await ask(method, path, value && JSON.stringify(value), {
    ...headers, ...value && { 'Content-Type': 'application/json' },
  }, cookies);
  return text ? JSON.parse(text) : null;
}

// By the form, not by a token: this login is ended again when the demo stops,
// and a token could not do that itself.
async function login(username, password, cookies) {
  await ask('GET', '/accounts/login/', undefined, {}, cookies);
  await ask('POST', '/accounts/login/', new URLSearchParams({
    username, password, next: '/',
    csrfmiddlewaretoken: cookies.get('csrftoken'),
  }), {}, cookies);
}

const logout = (cookies) => ask('POST', '/accounts/logout/', new URLSearchParams({
  csrfmiddlewaretoken: cookies.get('csrftoken'),
}), {}, cookies);

async function readQuotes() {
  const symbols = INSTRUMENTS.map(([name]) => encodeURIComponent(name));
  const { results } = await askJson('GET', `/api/market/?symbols=${symbols}`);
  for (const quote of results) quotes.set(quote.symbol, quote);
}

// Orders are placed by its prices, so it should have some of each. There may be
// none.
async function awaitMarket() {
  for (let i = 0; i < MARKET_TRIES && quotes.size < INSTRUMENTS.length; i++) {
    if (i) await pause();
    await readQuotes();
  }
}

// What the market gives for an order that it has reached, or undefined.
function priceFor({ instrument, side, price }) {
  const { bid, ask: offer } = quotes.get(instrument) ?? {};
  if (side === 'buy') return offer && Number(offer) <= Number(price) ? offer : undefined;
  return bid && Number(bid) >= Number(price) ? bid : undefined;
}

// All of what is left, or half of it; of the order as it was seen, so that nothing
// is filled that has been canceled meanwhile.
async function fill(order, price) {
  const had = Number(order.filled_quantity);
  const left = Number(order.quantity) - had;
  const more = left > 1 && Math.random() < 0.5 ? Math.floor(left / 2) : left;
  const average = (had * Number(order.average_price ?? 0) +
                   more * Number(price)) / (had + more);
  note(await askJson('PATCH', `/api/data/${order.id}/`, {
    status: more === left ? 'filled' : 'partially_filled',
    filled_quantity: String(had + more), average_price: average.toFixed(6),
  }, exchange, { 'If-Match': `"${order.version}"` }));
}

let lookedAt = -Infinity;

async function trade() {
  if (performance.now() - lookedAt < QUOTES_MS) return;
  lookedAt = performance.now();
  await readQuotes();
  if (!exchange.size) return;
  const reached = [...open.values()].map((order) => [order, priceFor(order)])
    .filter(([, price]) => price);
  for (const [order, price] of reached.slice(0, FILLS_AT_ONCE)) {
    await unlessGone(order, () => fill(order, price));
  }
}

function draft() {
  const [instrument, usual, decimals, lot] = pick(INSTRUMENTS);
  const start = Number(quotes.get(instrument)?.last ?? usual);
  const price = start + between(-0.02, 0.02) * Math.abs(start);
  return {
    instrument,
    side: pick(['buy', 'sell']),
    quantity: String(lot * Math.ceil(between(0, 20))),
    price: price.toFixed(decimals),
  };
}

function note(order) {
  if (['new', 'partially_filled'].includes(order.status)) {
    open.set(order.id, order);
  } else if (open.delete(order.id) || !done.includes(order.id)) {
    done.push(order.id);
  }
}

async function seed() {
  const page = await askJson('GET', '/api/data/?page_size=1000');
  page.results.reverse().forEach(note);
  for (let left = ORDERS - page.count; left > 0; left -= BATCH) {
    const drafts = Array.from({ length: Math.min(left, BATCH) }, draft);
    (await askJson('POST', '/api/data/', drafts)).forEach(note);
  }
}

async function place() {
  note(await askJson('POST', '/api/data/', draft()));
  while (open.size + done.length > ORDERS && done.length) await remove(done.shift());
}

// Of what is filled, staff alone may.
async function remove(id) {
  try {
    await askJson('DELETE', `/api/data/${id}/`, undefined,
                  exchange.size ? exchange : trader);
  } catch (error) {
    if (!(error instanceof Refused) || ![404, 409].includes(error.status)) throw error;
  }
}

// Amended as a trader does: the price by a tick or so, or the quantity by some.
function amendment(order) {
  const known = INSTRUMENTS.find(([name]) => name === order.instrument);
  const [, , decimals, lot] = known ?? ['', 0, 2, 1];
  if (Math.random() < 0.3) {
    return { quantity: String(Math.ceil(Number(order.filled_quantity)) +
      lot * Math.ceil(between(0, 20))) };
  }
  const ticks = Math.ceil(between(0, 5)) * pick([-1, 1]);
  return { price: (Number(order.price) + ticks / 10 ** decimals).toFixed(decimals) };
}

async function change(what) {
  const order = pick([...open.values()]);
  if (!order) return place();
  return unlessGone(order, async () =>
    note(await askJson('PATCH', `/api/data/${order.id}/`, what(order))));
}

// Somebody else may have changed or deleted it.
async function unlessGone(order, act) {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Refused) || error.status >= 500) throw error;
    open.delete(order.id);
    // As somebody else has it by now.
    if (error.status === 412) note(JSON.parse(error.text).current);
  }
}

const cancel = () => ({ status: 'canceled' });

async function step() {
  const dice = Math.random();
  // As many come as go, once there are enough.
  if (open.size < ORDERS / 2 || (dice < 0.2 && open.size < ORDERS)) await place();
  else if (dice < 0.8) await change(amendment);
  else await change(cancel);
}

function pause() {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, between(PAUSE_MS.least, PAUSE_MS.most));
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => {
    stopping = true;
    wake();
  });
}

try {
  await login('demo', 'demo', trader);
  if (process.env.LWSAPP_DEMO_EXCHANGE) {
    await login('demo-exchange', process.env.LWSAPP_DEMO_EXCHANGE, exchange);
  }
  await awaitMarket();
  await seed();
  while (!stopping) {
    try {
      await trade();
      await step();
    } catch (error) {
      // Busy for the moment, or one of ours is gone already: the next may do.
      if (!(error instanceof Refused) || ![404, 429, 503].includes(error.status)) {
        throw error;
      }
    }
    if (!stopping) await pause();
  }
  await logout(trader);
  if (exchange.size) await logout(exchange);
} catch (error) {
  if (!stopping) {
    console.error(`demo: ${error.message}${error.cause ? `: ${error.cause.message}` : ''}`);
    process.exitCode = 1;
  }
}
