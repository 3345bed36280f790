// A page of one generation of DataTables, served from this machine, and the
// server under test behind the same address, so that the browser need not be
// allowed to reach it from elsewhere.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { request as secureRequest } from 'node:https';
import { request } from 'node:http';

const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

const page = (scripts) => `<!doctype html><meta charset="utf-8"><title>table
</title><div id="at"></div>${scripts.map((_, i) =>
  `<script src="/script/${i}"></script>`).join('')}<script src="/page.js">
</script>`;

// headers: a login. ca: of a server with a certificate of its own.
export async function openHost({ url, headers = {}, ca }) {
  let scripts = [];
  const target = new URL(url);
  const send = target.protocol === 'https:' ? secureRequest : request;

  // Whatever comes for /data goes there, with the login.
  const forward = (incoming, answer) => {
    const to = new URL(target);
    const asked = new URL(incoming.url, 'http://here');
    to.search = [to.search.slice(1), asked.search.slice(1)].filter(Boolean)
      .join('&');
    const { 'content-type': type, 'content-length': length } = incoming.headers;
    const outgoing = send(to, { method: incoming.method, ca, headers: {
      ...headers, ...type && { 'content-type': type },
      ...length && { 'content-length': length } } }, (from) => {
      answer.writeHead(from.statusCode, {
        'Content-Type': from.headers['content-type'] ?? 'text/plain' });
      from.pipe(answer);
    });
    outgoing.on('error', (error) => {
      answer.writeHead(502).end(String(error));
    });
    incoming.pipe(outgoing);
  };

  const server = createServer(async (incoming, answer) => {
    const { pathname } = new URL(incoming.url, 'http://here');
    const script = /^\/script\/(\d+)$/.exec(pathname);
    const isPage = pathname === '/page.js';
    if (pathname === '/data') return forward(incoming, answer);
    if (!script && !isPage && pathname !== '/')
      return answer.writeHead(404).end(escape(pathname));
    const body = script ? await readFile(scripts[Number(script[1])])
      : isPage ? await readFile(new URL('page.js', import.meta.url))
        : page(scripts);
    answer.writeHead(200, { 'Content-Type': script || isPage
      ? 'text/javascript' : 'text/html; charset=utf-8' }).end(body);
  });
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    use(list) { scripts = list; },
    close() {
      server.closeAllConnections();
      return new Promise((done) => { server.close(done); });
    },
  };
}
