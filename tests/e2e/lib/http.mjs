// HTTP as clients speak it: cookies, CSRF token, tokens, JSON; and raw bytes.
import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { deadline } from './processes.mjs';
import { trusted } from './tls.mjs';

const UNSAFE = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

export class Session {
  constructor(url) {
    this.url = url;
    this.cookies = new Map();
    this.token = null;
    this.agent = null; // the User-Agent that it says, if any
  }

  cookie() {
    return [...this.cookies].map(([k, v]) => `${k}=${v}`).join('; ');
  }

  // Over https it has the other name.
  cookieOf(name) {
    return this.cookies.get(`__Host-${name}`) ?? this.cookies.get(name);
  }

  // Headers a client of this session sends by itself.
  headers(method = 'GET') {
    const headers = {};
    if (this.agent) headers['User-Agent'] = this.agent;
    if (this.token) headers.Authorization = `Token ${this.token}`;
    else if (this.cookies.size) headers.Cookie = this.cookie();
    if (!this.token && UNSAFE.has(method) && this.cookieOf('csrftoken'))
      headers['X-CSRFToken'] = this.cookieOf('csrftoken');
    return headers;
  }

  keep(setCookies = []) {
    for (const line of setCookies) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      if (/max-age=0\b/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }

  // body: an object goes as JSON, a string or Buffer as it is. Answers
  // {status, headers, text, body}; body: the JSON, if it is.
  request(method, path, body, headers = {}) {
    let payload = body;
    const sent = { ...this.headers(method), ...headers };
    if (body !== undefined && typeof body !== 'string' &&
        !Buffer.isBuffer(body)) {
      payload = JSON.stringify(body);
      sent['Content-Type'] ??= 'application/json';
    }
    if ('Content-Length' in sent) { /* as the test wants it */ }
    else if (payload !== undefined) sent['Content-Length'] =
      Buffer.byteLength(payload);
    else if (UNSAFE.has(method) && method !== 'DELETE')
      sent['Content-Length'] = 0;
    // null: not even the one that Node sends by itself.
    const left = Object.keys(sent).filter((name) => sent[name] === null);
    for (const name of left) delete sent[name];
    return deadline(new Promise((resolve, reject) => {
      const { request: start } = this.url.startsWith('https:') ? https : http;
      const request = start(this.url + path,
        { method, headers: sent, agent: false, ca: trusted() }, (response) => {
          const pieces = [];
          response.on('data', (piece) => pieces.push(piece));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(pieces).toString('utf8');
            let parsed;
            try { parsed = JSON.parse(text); } catch { /* not JSON */ }
            this.keep(response.headers['set-cookie']);
            resolve({ status: response.statusCode, headers: response.headers,
                      text, body: parsed });
          });
        });
      for (const name of left) request.removeHeader(name);
      request.on('error', reject);
      request.end(payload);
    }), `${method} ${path}`);
  }

  get(path, headers) { return this.request('GET', path, undefined, headers); }
  post(path, body, headers) {
    return this.request('POST', path, body, headers);
  }
  put(path, body, headers) { return this.request('PUT', path, body, headers); }
  patch(path, body, headers) {
    return this.request('PATCH', path, body, headers);
  }
  delete(path, headers) {
    return this.request('DELETE', path, undefined, headers);
  }

  form(path, fields, headers = {}) {
    return this.request('POST', path, new URLSearchParams(fields).toString(),
      { 'Content-Type': 'application/x-www-form-urlencoded', ...headers });
  }

  // As a browser: the page, its form, its cookies.
  async login(username, password) {
    const page = await this.get('/accounts/login/');
    assert.equal(page.status, 200, page.text);
    const [, token] = page.text.match(
      /name="csrfmiddlewaretoken"[^>]*value="([^"]+)"/);
    const answer = await this.form('/accounts/login/',
      { csrfmiddlewaretoken: token, username, password, next: '/' },
      { 'X-CSRFToken': null });
    assert.equal(answer.status, 302, answer.text);
    return answer;
  }

  // A new order with what a test does not care about filled in.
  async order(fields = {}) {
    const answer = await this.post('/api/data/',
      { instrument: 'EDF01', quantity: '100', price: '10.5', ...fields });
    assert.equal(answer.status, 201, answer.text);
    return answer.body;
  }
}

// Bytes on a bare connection: what comes back until the peer closes, or until
// enough(text) says so.
export function raw(port, bytes, enough = () => false) {
  return deadline(new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    const finish = (closed) => {
      socket.destroy();
      resolve({ text, closed });
    };
    socket.setEncoding('latin1');
    socket.on('data', (piece) => {
      text += piece;
      if (enough(text)) finish(false);
    });
    socket.on('error', (error) => {
      if (error.code === 'ECONNRESET') finish(true);
      else reject(error);
    });
    socket.on('close', () => finish(true));
  }), 'an answer to raw bytes');
}
