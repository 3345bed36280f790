// What scripts/demo.mjs shows: a market that fits its instruments, and fills of
// nothing that has been canceled meanwhile.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { Process, deadline, run } from './lib/processes.mjs';
import { withWorld } from './lib/world.mjs';

const DEMO = fileURLToPath(new URL('../../scripts/demo.mjs', import.meta.url));
const { out: spec } = await run(process.execPath, [DEMO, '--market']);

test('each of its instruments has a price near the one that its orders have',
  withWorld({ settings: ['--market-sim', spec.trim()] }, async (world) => {
    const starts = new Map(spec.replace(/@\d+\s*$/, '').split(',').map(
      (one) => one.split('=')));
    const demo = await world.token('demo');
    assert.ok(starts.size > 30);
    for (;;) {
      const { results } = (await demo.get('/api/market/')).body;
      if (results.length < starts.size) continue;
      for (const { symbol, bid, ask } of results) {
        const start = Number(starts.get(symbol));
        const far = Math.max(Math.abs(start) / 5, 0.1);
        assert.ok(Math.abs(bid - start) < far && Math.abs(ask - start) < far,
                  `${symbol}: ${bid} ${ask}, not ${start}`);
      }
      return;
    }
  }));

// A server that has one order, which is canceled before the demo's exchange comes
// to fill it. asked: what was changed, and how often the market was looked at.
async function withOrder(body) {
  const order = { id: 7, version: 3, instrument: 'EDF01', side: 'buy',
    status: 'new', quantity: '10', price: '99', filled_quantity: '0',
    average_price: null };
  const asked = { changes: [], looks: 0 };
  const answers = {
    PATCH: () => [412, { current: { ...order, status: 'canceled', version: 4 } }],
    POST: () => [201, { ...order, id: 8, price: '1' }],
    GET: (url) => [200, !url.pathname.startsWith('/api/market/')
      ? { count: 300, results: [order] }
      : { results: url.searchParams.get('symbols').split(',').map((symbol) => (
        { symbol, bid: '11', ask: '12', last: '12' })) }],
  };
  const server = createServer(({ method, url: path, headers }, response) => {
    const url = new URL(path, 'http://any');
    const [status, answer] = answers[method](url);
    if (method === 'PATCH')
      asked.changes.push({ path, version: headers['if-match'] });
    asked.looks += url.pathname.startsWith('/api/market/') ? 1 : 0;
    response.writeHead(status, { 'Set-Cookie': 'csrftoken=x; Path=/' })
      .end(JSON.stringify(answer));
    server.emit('asked');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await body(`http://127.0.0.1:${server.address().port}`, asked,
               () => deadline(once(server, 'asked'), 'the demo to ask'));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('a fill names the version that it fills, and is not tried again',
  () => withOrder(async (url, asked, next) => {
    const demo = new Process(process.execPath, [DEMO, url],
      { env: { ...process.env, LWSAPP_DEMO_EXCHANGE: 'secret' } });
    while (!asked.changes.length) await next();
    const { looks } = asked;
    while (asked.looks < looks + 2) await next();
    assert.deepEqual(asked.changes,
                     [{ path: '/api/data/7/', version: '"3"' }]);
    demo.child.kill('SIGTERM');
    await demo.untilEnd();
  }));
