// Programs of others against the daemon, each written as its users would write it
// (tests/e2e/clients): what they place comes back to them, by https too where they
// can be told whom to trust.
import assert from 'node:assert/strict';
import test from 'node:test';
import { run } from './lib/processes.mjs';
import { sharedPair } from './lib/tls.mjs';
import { withWorld } from './lib/world.mjs';

const dir = new URL('clients/', import.meta.url).pathname;
const python = '/usr/bin/python3'; // Debian's, which has its packages
const programs = [
  ['curl', 'CURL', () => [`${dir}curl.sh`, []],
    (ca) => ({ CURL_CA_BUNDLE: ca })],
  ['Python, websockets', 'PY1', () => [python, [`${dir}python_websockets.py`]],
    (ca) => ({ SSL_CERT_FILE: ca })],
  ['Python, websocket-client', 'PY2',
    () => [python, [`${dir}python_websocket.py`]],
    (ca) => ({ SSL_CERT_FILE: ca, WEBSOCKET_CLIENT_CA_BUNDLE: ca })],
  ['Java', 'JAVA', () => ['java', [`${dir}Client.java`]], null],
  ['Node', 'NODE', () => [process.execPath, [`${dir}node.mjs`]],
    (ca) => ({ NODE_EXTRA_CA_CERTS: ca })],
];

for (const [what, instrument, command, trust] of programs) {
  for (const tls of trust ? [false, true] : [false]) {
    test(`${what}${tls ? ', by https' : ''}`, withWorld({ tls },
      async (world) => {
        const [program, args] = command();
        const { code, out, err } = await run(program, [...args,
          world.url.replace('127.0.0.1', 'localhost'), 'demo', 'demo-secret'],
        { env: { ...process.env, ...(tls ? trust(sharedPair().cert) : {}) } });
        assert.equal(code, 0, err + out);
        const order = JSON.parse(out.trim().split('\n').at(-1));
        assert.deepEqual([order.instrument, order.quantity, order.price],
                         [instrument, '1.5', '10.25']);
        if (what === 'curl') assert.match(out, /^602$/m);
        const { body } = await (await world.token('demo')).get(
          `/api/data/?instrument=${instrument}`);
        assert.equal(body.count, 1);
      }));
  }
}
