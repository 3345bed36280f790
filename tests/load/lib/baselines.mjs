// What lws-app is compared with: the least that its library can do, and nginx.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../e2e/lib/ports.mjs';
import { bin } from '../../e2e/lib/world.mjs';
import { launch } from './measure.mjs';

export async function bare(headBytes = 200, bodyBytes = 0) {
  const child = launch(join(bin, 'load_bare'), [String(headBytes),
                                                String(bodyBytes)]);
  const [, port] = await child.line(/ready port=(\d+)/);
  return { child, pid: child.child.pid, url: `http://127.0.0.1:${port}` };
}

// One process, a file of that size, and Nchan at the addresses of lws-app.
export async function nginx(dir, bodyBytes) {
  const port = await freePort();
  const home = join(dir, 'nginx');
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'page.json'), 'x'.repeat(bodyBytes));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${home}/${name};`).join(' ');
  writeFileSync(join(home, 'nginx.conf'), `
load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
daemon off; master_process off; worker_rlimit_nofile 65536;
pid ${home}/pid; error_log ${home}/error.log;
events { worker_connections 16384; }
http {
  access_log off; ${temporary} keepalive_requests 1000000000;
  open_file_cache max=10;
  types { application/json json; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    root ${home};
    location = /data/stream/ {
      nchan_subscriber websocket; nchan_channel_id orders;
      nchan_subscriber_first_message newest;
    }
    location = /api/data/ {
      nchan_publisher; nchan_channel_id orders; nchan_message_timeout 5s;
    }
  }
}
`);
  const child = launch('/usr/sbin/nginx', ['-c', `${home}/nginx.conf`, '-e',
                                           `${home}/error.log`]);
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries++) {
    try {
      await fetch(`${url}/page.json`).then((answer) => answer.text());
      return { child, pid: child.child.pid, url };
    } catch (error) {
      if (tries > 100 || child.ended) throw new Error(child.err, { cause: error });
      await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
  }
}

export const end = (server) => server.child.stop();
