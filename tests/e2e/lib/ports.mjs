// Ports that stay free. One that the kernel hands out may be taken by any
// outgoing connection as soon as nobody listens there, so that a server that
// was stopped could not come back.
import { once } from 'node:events';
import net from 'node:net';

// Linux hands out those from 32768 on.
const FIRST = 10_000;
const END = 32_768;

async function isFree(port) {
  const server = net.createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    if (error.code !== 'EADDRINUSE') throw error;
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

export async function freePort() {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (END - FIRST));
    if (await isFree(port)) return port;
  }
}
