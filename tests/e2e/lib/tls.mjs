// Certificates for the tests: one made per run of a file, for localhost, and
// further ones on demand.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// The whole of a file's tests over https: how *_tls.test.mjs run another's.
export const everywhere = Boolean(process.env.LWSAPP_TEST_TLS);

let ca;

// Of the daemon's certificate, which is its own root; undefined before any.
export const trusted = () => ca;

// Writes dir/name.pem and dir/name.key; gives their paths. addresses: whom it is
// for.
export function makePair(dir, name = 'server',
                         { key = 'ec', addresses = ['127.0.0.1'] } = {}) {
  const pair = { cert: join(dir, `${name}.pem`), key: join(dir, `${name}.key`) };
  const kind = key === 'ec' ? ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
    : [key];
  execFileSync('openssl', ['req', '-x509', '-newkey', ...kind, '-nodes',
    '-days', '2', '-subj', `/CN=${name}`, '-addext',
    ['subjectAltName=DNS:localhost', ...addresses].join(',IP:'), '-keyout', pair.key,
    '-out', pair.cert], { stdio: 'pipe' });
  return pair;
}

// The pair of this process, trusted by everything that connects.
let shared;
export function sharedPair() {
  if (!shared) {
    const dir = mkdtempSync(join(tmpdir(), 'lws-app-tls-'));
    process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
    shared = makePair(dir);
    ca = readFileSync(shared.cert);
  }
  return shared;
}
