// The application that lws-app takes the place of, as its clients saw it: its
// addresses, logins and errors, its frames (JSON in JSON). A program of its
// own, so that it has a process to measure.
//   node original.mjs [ORDERS] [LOST]
// LOST: a pattern; events of such instruments reach nobody, as when its Redis
// channels are full.
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import { WebSocketServer } from 'ws';

const [count = '1000', pattern] = process.argv.slice(2);
const lost = pattern && new RegExp(pattern);
const USER = 2;
const fields = ['id', 'user', 'instrument', 'initial_price', 'quantity'];
const names = ['BNP', 'EDF', 'GDF', 'AXA', 'TTE'];
const orders = Array.from({ length: Number(count) }, (_, i) => ({
  id: i + 1, user: USER,
  instrument: names[i % 5] + String(i % 20).padStart(2, '0'),
  initial_price: (i * 7919 % 50000) / 100, quantity: i % 2000 }));
const sessions = new Set();
const followers = new Set();

const cookies = (request) => Object.fromEntries((request.headers.cookie ?? '')
  .split('; ').map((pair) => pair.split('=')));

function answer(response, status, body, headers = {}) {
  const isText = typeof body === 'string';
  response.writeHead(status, { 'Content-Type': isText
    ? 'text/html' : 'application/json', ...headers });
  response.end(isText ? body : JSON.stringify(body));
}

// A failed login shows the form again, and says nothing.
function login(request, response, form) {
  const csrf = cookies(request).csrftoken;
  if (request.method === 'POST' && csrf &&
      form.get('csrfmiddlewaretoken') !== csrf)
    return answer(response, 403, 'CSRF');
  if (request.method === 'POST' && form.get('username') === 'demo' &&
      form.get('password') === 'demo') {
    const id = randomBytes(8).toString('hex');
    sessions.add(id);
    return answer(response, 302, '', { Location: form.get('next'),
      'Set-Cookie': [`sessionid=${id}; HttpOnly; Path=/`,
                     `csrftoken=${randomBytes(8).toString('hex')}; Path=/`] });
  }
  const token = csrf ?? randomBytes(8).toString('hex');
  return answer(response, 200, '<form method="post"><input type="hidden" ' +
    `name="csrfmiddlewaretoken" value="${token}"></form>`,
    { 'Set-Cookie': `csrftoken=${token}; Path=/` });
}

function grid(response, args) {
  const columns = [];
  while (args.has(`columns[${columns.length}][data]`))
    columns.push(args.get(`columns[${columns.length}][data]`));
  const needle = (args.get('search[value]') ?? '').toLowerCase();
  const found = orders.filter((order) => columns.some((name) =>
    String(order[name]).toLowerCase().includes(needle)));
  const by = columns[Number(args.get('order[0][column]') ?? 0)];
  const sign = args.get('order[0][dir]') === 'desc' ? -1 : 1;
  found.sort((a, b) => sign * (a[by] < b[by] ? -1 : Number(a[by] > b[by])));
  const length = Number(args.get('length') ?? 20);
  const start = Math.floor(Number(args.get('start') ?? 0) / length) * length;
  if (start && start >= found.length)
    return answer(response, 404, { detail: 'Invalid page.' });
  return answer(response, 200, { recordsTotal: orders.length,
    recordsFiltered: found.length, draw: Number(args.get('draw') ?? 1),
    data: found.slice(start, start + length).map((order) =>
      Object.fromEntries(columns.map((name) => [name, order[name]]))) });
}

function notify({ user, ...order }) {
  if (lost?.test(order.instrument)) return;
  const content = JSON.stringify({ ...order, type: 'data.new',
                                   time: Date.now() / 1000 });
  for (const socket of followers)
    socket.send(JSON.stringify({ type: 'data.send', content }));
}

function create(request, response, text) {
  const { csrftoken } = cookies(request);
  if (!csrftoken || request.headers['x-csrftoken'] !== csrftoken)
    return answer(response, 403, { detail: 'CSRF Failed' });
  const { user, instrument, quantity = 0, initial_price = 0 } =
    JSON.parse(text);
  const missing = Object.entries({ user, instrument })
    .filter(([, value]) => value === undefined)
    .map(([name]) => [name, ['This field is required.']]);
  if (missing.length)
    return answer(response, 400, Object.fromEntries(missing));
  const order = { id: orders.length + 1, quantity, initial_price, instrument,
                  user };
  orders.push(order);
  notify(order); // its frame is sent before its 201
  return answer(response, 201, order);
}

function data(request, response, args, text) {
  if (!sessions.has(cookies(request).sessionid))
    return answer(response, 403, { detail: 'Not logged in.' });
  if (request.method === 'POST') return create(request, response, text);
  if (args.get('format') === 'datatables') return grid(response, args);
  return answer(response, 200, { count: orders.length, next: null,
    previous: null, results: orders.slice(-20).reverse().map((order) =>
      Object.fromEntries(fields.map((name) => [name, order[name]]))) });
}

const server = http.createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://any');
  let text = '';
  for await (const piece of request) text += piece;
  if (pathname === '/accounts/login/')
    login(request, response, new URLSearchParams(text));
  else if (pathname === '/api/data/')
    data(request, response, searchParams, text);
  else answer(response, 404, 'nothing here');
});

const sockets = new WebSocketServer({ server, path: '/data/stream/',
  verifyClient: ({ req }) => sessions.has(cookies(req).sessionid) });
sockets.on('connection', (socket) => {
  socket.on('close', () => followers.delete(socket));
  socket.on('message', (bytes) => {
    const { command } = JSON.parse(bytes);
    if (command === 'subscribe') followers.add(socket);
    else if (command === 'unsubscribe') followers.delete(socket);
    else return;
    socket.send(JSON.stringify({ command, status: 'ok' }));
  });
});

server.listen(0, '127.0.0.1', () =>
  console.log(`ready port=${server.address().port}`));
