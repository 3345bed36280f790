// A PostgreSQL of a test's own, which it may stop and start, by scripts/postgres.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Process, run } from './processes.mjs';

const script = resolve(import.meta.dirname ??
  new URL('.', import.meta.url).pathname, '../../../scripts/postgres');

export class Postgres {
  // of: the server that it is a standby of.
  static async start({ of } = {}) {
    const server = new Postgres();
    server.of = of;
    server.dir = await mkdtemp(join(tmpdir(), 'pg-'));
    await chmod(server.dir, 0o711); // as root it serves as another user
    await server.serve();
    return server;
  }

  async serve() {
    this.process = new Process(script, ['--data', join(this.dir, 'data'),
      '--socket', join(this.dir, 'socket'), '--fast',
      ...(this.of ? ['--standby-of', join(this.of.dir, 'socket')] : [])]);
    [, this.url] = await this.process.line(/^ready (.*)$/m);
  }

  halt() {
    return this.process.stop();
  }

  // None of its processes runs while body does.
  async stalled(body) {
    const { out } = await run('ps', ['-eo', 'pid=,ppid=']);
    const children = new Map();
    for (const line of out.trim().split('\n')) {
      const [pid, parent] = line.trim().split(/\s+/).map(Number);
      children.set(parent, [...(children.get(parent) ?? []), pid]);
    }
    const below = (pid) => (children.get(pid) ?? []).flatMap((child) =>
      [child, ...below(child)]);
    const all = below(this.process.child.pid);
    for (const pid of all) process.kill(pid, 'SIGSTOP');
    try {
      await body();
    } finally {
      for (const pid of all) process.kill(pid, 'SIGCONT');
    }
  }

  // A statement by somebody else.
  async ask(sql) {
    const { out, err, code } = await run('psql', ['-X', '-q', '-A', '-t',
      '-c', sql, this.url]);
    if (code !== 0) throw new Error(err);
    return out.trim();
  }

  async stop() {
    if (!this.process.ended) await this.halt();
    await rm(this.dir, { recursive: true, force: true });
  }
}
