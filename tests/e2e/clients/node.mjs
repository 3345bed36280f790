// Follows its user's orders with fetch and ws, and places one.
import WebSocket from 'ws';

const [url, username, password] = process.argv.slice(2);

async function post(path, body, token) {
  const answer = await fetch(url + path, { method: 'POST',
    headers: { 'Content-Type': 'application/json',
               ...(token ? { Authorization: `Token ${token}` } : {}) },
    body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return answer.json();
}

const { token } = await post('/api/token/', { username, password });
const socket = new WebSocket(`${url.replace('http', 'ws')}/data/stream/`, 'orders',
  { headers: { Authorization: `Token ${token}` } });
socket.on('open', () => socket.send('{"command":"subscribe"}'));
socket.on('message', async (bytes) => {
  const frame = JSON.parse(bytes);
  if (frame.command === 'subscribe')
    await post('/api/data/', { instrument: 'NODE', quantity: '1.5',
                               price: '10.25' }, token);
  for (const event of frame.events ?? [frame]) {
    if (event.type !== 'data.new') continue;
    console.log(JSON.stringify(event.order));
    socket.close();
  }
});
