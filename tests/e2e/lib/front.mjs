// What stands before the daemon: nginx, haproxy and Prometheus, the packages
// themselves, with the configurations that docs/operating.md has.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { freePort } from './ports.mjs';
import { Process, deadline } from './processes.mjs';
import { sharedPair } from './tls.mjs';
import { World } from './world.mjs';

const operating = await readFile(
  new URL('../../../docs/operating.md', import.meta.url), 'utf8');

// The block of this kind in the document, with each of the texts changed: that
// it was there is part of the test.
export function documented(kind, changes = {}) {
  let [, text] = new RegExp(`\`\`\`${kind}\n([^]*?)\`\`\``).exec(operating);
  for (const [from, to] of Object.entries(changes)) {
    assert.ok(text.includes(from), `${from} in the ${kind} of operating.md`);
    text = text.replaceAll(from, to);
  }
  return text;
}

async function answers(port, process) {
  const isUp = () => new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('connect', () => { socket.destroy(); resolve(true); });
    socket.on('error', () => resolve(false));
  });
  await deadline((async () => {
    while (!await isUp()) {
      if (process.ended) throw new Error(process.name + process.err);
      await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
  })(), `${process.name} to listen`);
}

// backend: the daemon's address, as the proxy's configuration has it; inside:
// more for the location; changes: to the block.
export async function nginx(world, { port, backend = `127.0.0.1:${world.port}`,
                                     inside = '', changes = {} }) {
  const { cert, key } = sharedPair();
  const dir = join(world.dir, 'nginx');
  await mkdir(dir, { recursive: true });
  const block = documented('nginx', {
    '127.0.0.1:8000': backend, 'listen 443 ssl http2': `listen 127.0.0.1:${port} ssl http2`,
    '/etc/nginx/desk.example.pem': cert, '/etc/nginx/desk.example.key': key,
    'proxy_http_version 1.1;': `proxy_http_version 1.1; ${inside}`, ...changes });
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${dir}/${name};`).join('\n');
  await writeFile(join(dir, 'nginx.conf'), `daemon off;
    worker_processes 1; pid ${dir}/pid; error_log stderr notice;
    ${process.getuid() === 0 ? 'user root;' : ''}
    events {} http { access_log off; ${temp} include /etc/nginx/mime.types;
    ${block} }`);
  const child = new Process('nginx', ['-p', dir, '-c', join(dir, 'nginx.conf')]);
  await answers(port, child);
  return child;
}

export async function haproxy(world, { port, kind = 'haproxy', changes = {},
                                       backend = `127.0.0.1:${world.port}` }) {
  const { cert, key } = sharedPair();
  const dir = join(world.dir, 'haproxy');
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'both.pem'),
                  await readFile(cert, 'utf8') + await readFile(key, 'utf8'));
  await writeFile(join(dir, 'haproxy.cfg'), documented(kind, {
    '127.0.0.1:8000': backend, 'bind :443': `bind 127.0.0.1:${port}`,
    ...changes })
    .replaceAll('/etc/haproxy/desk.example.pem', join(dir, 'both.pem')));
  const child = new Process('haproxy', ['-f', join(dir, 'haproxy.cfg'), '-db']);
  await answers(port, child);
  return child;
}

export async function prometheus(world) {
  const port = await freePort();
  const dir = join(world.dir, 'prometheus');
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'prometheus.yml'),
    `global: { scrape_interval: 1s, scrape_timeout: 1s }\n${
      documented('yaml', { '127.0.0.1:8000': `127.0.0.1:${world.port}` })}`);
  const child = new Process('prometheus', [
    `--config.file=${dir}/prometheus.yml`, `--storage.tsdb.path=${dir}/data`,
    `--web.listen-address=127.0.0.1:${port}`]);
  await answers(port, child);
  child.url = `http://127.0.0.1:${port}`;
  return child;
}

// A line of a file that nginx takes for basic authentication.
export const passwordLine = (name, password) => `${name}:${
  execFileSync('openssl', ['passwd', '-apr1', password], { encoding: 'utf8' })}`;

// A daemon behind front(world, port), and what is said to it at url.
export async function behind({ front, path = '', settings = [], trust = true,
                        ...options }, body) {
  const port = await freePort();
  const url = `https://127.0.0.1:${port}${path}`;
  const world = await World.start({ tls: false, ...options, settings: [
    ...(trust ? ['--trusted-proxy', '127.0.0.1'] : []), '--public-url', url,
    ...settings] });
  let proxy;
  try {
    proxy = await front(world, port);
    world.url = url;
    await body(world, proxy);
  } catch (error) {
    console.error(world.daemon.err, proxy?.err);
    throw error;
  } finally {
    await proxy?.stop();
    await world.stop();
  }
}
