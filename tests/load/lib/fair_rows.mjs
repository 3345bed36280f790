// A modest user beside 32 greedy connections of another, on each queue.
import { endWorld, worldOf } from './data.mjs';
import { order } from './http_rows.mjs';
import { wrk } from './measure.mjs';

const GREEDY = 32;
const json = { 'Content-Type': 'application/json' };
const login = (username) => JSON.stringify({ username,
                                             password: `${username}-secret` });
const post = (path, body) => [{ method: 'POST', path, body }];
const get = (path) => [{ path }];

// What each of the two asks for. strangers: neither is logged in yet. refused:
// whose answers may be refusals: of exports, since a user has few at a time; of
// logins, since one has 50 tokens, which is known only behind the hash.
const queues = {
  writer: { greedy: post('/api/data/', `[${Array(1000).fill(order)}]`),
            modest: post('/api/data/', order) },
  'writer, of arrays that it refuses': {
    greedy: post('/api/data/', `[${Array(999).fill(order)},{}]`),
    modest: post('/api/data/', order), refused: 'greedy' },
  readers: { greedy: get('/api/data/?page_size=1000'),
             modest: get('/api/me/') },
  'long readers': { greedy: get('/api/data/?search=q7&ordering=price'),
                    modest: get('/api/data/?search=q') },
  'lists beside searches': { greedy: get('/api/data/?search=q7&ordering=price'),
                             modest: get('/api/data/') },
  hashes: { greedy: post('/api/token/', login('demo')),
            modest: post('/api/token/', login('other')), strangers: true,
            refused: 'both' },
  exports: { greedy: get('/api/data/?format=csv'),
             modest: get('/api/data/?format=ndjson'), refused: 'greedy' },
};

// Searches are made anew each time, and no limit ends what is to be seen.
const settings = ['--search-memory', '0', '--login-attempts-per-account', '0',
                  '--trusted-proxy', '127.0.0.1'];

async function row(bench, name, { greedy, modest, strangers, refused }) {
  const world = await worldOf(bench.quick ? 5000 : 20000, { settings });
  const other = await world.token('other');
  const headers = (session, address) => ({ ...json,
    'X-Forwarded-For': address, ...(strangers ? {} : session.headers()) });
  const ask = (requests, session, address, connections, more = {}) =>
    wrk(world.dir, world.url, requests, { connections,
      seconds: bench.quick ? 1 : 6, headers: headers(session, address),
      refused: refused === 'both', ...more });
  await other.post('/api/data/', JSON.parse(order));
  const alone = await ask(modest, other, '198.51.100.2', 1);
  const single = await ask(greedy, world.demo, '198.51.100.1', 1,
    { refused: Boolean(refused) });
  const [beside] = await Promise.all([
    ask(modest, other, '198.51.100.2', 1),
    ask(greedy, world.demo, '198.51.100.1', GREEDY,
        { script: 'greedy.lua', refused: Boolean(refused) })]);
  await endWorld(world);
  const most = 3 * alone.p99_us + single.max_us;
  return { what: `${name}: p99 beside ${GREEDY} greedy connections`, unit: 'ms',
    ours: beside.p99_us / 1000, baseline: 'alone', base: alone.p99_us / 1000,
    p50_us: beside.p50_us, p99_us: beside.p99_us, max_us: beside.max_us,
    base_p50_us: alone.p50_us, base_p99_us: alone.p99_us,
    base_max_us: alone.max_us,
    bar: `<= 3 x alone + ${(single.max_us / 1000).toFixed(1)} ms, the longest ` +
         'greedy request alone',
    met: beside.p99_us <= most };
}

export async function* fair(bench) {
  for (const [name, queue] of Object.entries(queues))
    yield await row(bench, name, queue);
}
