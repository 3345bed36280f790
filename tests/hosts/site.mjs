// Everything that serves: three daemons, a PostgreSQL primary and its standby,
// two Redis, and a balancer before all, each on a machine of its own.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { documented } from '../e2e/lib/front.mjs';
import { Session } from '../e2e/lib/http.mjs';
import { deadline, run } from '../e2e/lib/processes.mjs';
import { bin } from '../e2e/lib/world.mjs';
import { Cluster } from './cluster.mjs';
import { Machine, makeSwitch } from './machine.mjs';
import { DIR } from './own_system.mjs';

const PORT = 8000;
const env = { ...process.env, LWSAPP_PASSWORD_ITERATIONS: '1000' };
// All clients come from one address here.
const SETTINGS = ['--log-level', 'warn', '--allow-root',
  '--sockets-per-address', '0', '--api-per-address', '0',
  '--new-connections-per-address', '0', '--login-attempts-per-address', '0'];

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Site {
  static async start({ users, isSafe }) {
    const site = new Site();
    site.isSafe = isSafe;
    makeSwitch();
    site.balancer = new Machine('balancer', 2);
    site.daemons = [11, 12, 13].map((number, i) =>
      new Machine(`daemon${i + 1}`, number));
    site.databases = [21, 22].map((number, i) =>
      new Machine(`database${i + 1}`, number));
    site.redises = [31, 32].map((number, i) =>
      new Machine(`redis${i + 1}`, number));
    site.url = `http://${site.balancer.address}:${PORT}`;
    site.cluster = await Cluster.start(site.databases, isSafe);
    await Promise.all(site.redises.map((machine) => site.startRedis(machine)));
    await site.command('migrate');
    for (const name of users) await site.createUser(name);
    await Promise.all(site.daemons.map((machine) => site.startDaemon(machine)));
    await site.startBalancer();
    site.reader = await site.token(users[0]);
    site.epoch = await site.epochAt(site.daemons[0]);
    return site;
  }

  get machines() {
    return [this.balancer, ...this.daemons, ...this.databases, ...this.redises];
  }

  async command(...args) {
    const { out, err, code } = await run(join(bin, 'lws-app'), [...args,
      '--database', this.cluster.primary.url], { input: 'secret-word\n', env });
    if (code !== 0) throw new Error(`${args[0]}: ${out}${err}`);
  }

  createUser(name) {
    return this.command('createuser', '--username', name, '--password-stdin');
  }

  async token(username) {
    const session = new Session(this.url);
    const { status, body, text } = await session.post('/api/token/',
      { username, password: 'secret-word' });
    if (status !== 200) throw new Error(`token: ${status} ${text}`);
    session.token = body.token;
    return session;
  }

  // What a machine was there for, once more.
  start(machine) {
    if (this.daemons.includes(machine)) return this.startDaemon(machine);
    if (this.redises.includes(machine)) return this.startRedis(machine);
    if (machine === this.balancer) return this.startBalancer();
    return this.cluster.servers()
      .find((server) => server.machine === machine).serve();
  }

  async startRedis(machine) {
    const redis = machine.start('redis-server', ['--port', '6379', '--bind',
      machine.address, '--protected-mode', 'no', '--save', '', '--dir', DIR]);
    await redis.line(/eady to accept connections/);
  }

  async startDaemon(machine) {
    const daemon = machine.start(join(bin, 'lws-app'), ['serve',
      '--listen', `${machine.address}:${PORT}`,
      '--database', this.cluster.url(),
      '--database-durability', this.isSafe ? 'standby' : 'local',
      ...this.redises.flatMap(({ address }) =>
        ['--redis', `redis://${address}:6379`]),
      '--public-url', this.url, '--trusted-proxy', this.balancer.address,
      ...SETTINGS], { env, cwd: DIR });
    await daemon.line(/^ready port=/m);
  }

  async startBalancer() {
    const dir = join(DIR, 'haproxy');
    await mkdir(dir, { recursive: true });
    const config = join(dir, 'haproxy.cfg');
    await writeFile(config, documented('haproxy-machines', {
      'one 10.0.0.11:8000': `one ${this.daemons[0].address}:${PORT}`,
      'two 10.0.0.12:8000': `two ${this.daemons[1].address}:${PORT}`,
      'three 10.0.0.13:8000': `three ${this.daemons[2].address}:${PORT}`,
      'bind :443 ssl crt /etc/haproxy/desk.example.pem alpn h2,http/1.1':
        `bind ${this.balancer.address}:${PORT}`,
      'X-Forwarded-Proto https': 'X-Forwarded-Proto http' }));
    this.balancer.start('haproxy', ['-f', config, '-db']);
    await deadline((async () => {
      while (!await this.answers()) await pause(50);
    })(), 'the balancer');
  }

  async answers() {
    try {
      return (await new Session(this.url).get('/readyz')).status === 200;
    } catch {
      return false;
    }
  }

  // What a daemon says of itself; undefined: nothing.
  async readyz(machine) {
    try {
      const answer = await fetch(`http://${machine.address}:${PORT}/readyz`,
                                 { signal: AbortSignal.timeout(5000) });
      const { status: word, ...body } = await answer.json();
      return { ...body, status: answer.status, word };
    } catch {
      return undefined;
    }
  }

  // Until each of those says what is wanted.
  async tell(machines, wanted, what) {
    let said;
    await deadline((async () => {
      do {
        await pause(100);
        said = await Promise.all(machines.map((one) => this.readyz(one)));
      } while (!said.every(wanted));
    })(), () => `${what}; they say ${JSON.stringify(said)}`);
  }

  ready() {
    return this.tell(this.daemons, (said) => said?.status === 200 &&
      said.word === 'ready', 'every daemon to be ready');
  }

  // The epoch that a daemon serves.
  async epochAt(machine) {
    const session = new Session(`http://${machine.address}:${PORT}`);
    session.token = this.reader.token;
    let answer;
    await deadline((async () => {
      do answer = await session.get('/api/data/?page_size=1');
      while (!answer.body?.position);
    })(), () => `the epoch of ${machine.name}; it says ${answer?.text}`);
    return answer.body.position.epoch;
  }

  // Every daemon serves the same epoch: a new one, if a standby was promoted.
  async checkEpoch() {
    const found = await Promise.all(this.daemons.map((machine) =>
      this.epochAt(machine)));
    const isNew = this.cluster.hasPromoted;
    this.cluster.hasPromoted = false;
    assert.equal(new Set(found).size, 1, `epochs: ${found}`);
    assert.equal(found[0] !== this.epoch, isNew,
                 `epoch ${found[0]} after ${this.epoch}`);
    [this.epoch] = found;
  }

  // Nobody has ended by himself.
  checkAlive() {
    for (const { name, process } of this.machines)
      assert.equal(process.ended, undefined, `${name} has ended`);
  }

  async stop() {
    for (const { name, process } of this.daemons)
      assert.deepEqual(await process.stop(), { code: 0, signal: null }, name);
  }
}
