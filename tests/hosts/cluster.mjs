// A PostgreSQL primary and its standby, each on a machine of its own. Which of
// them is which may change.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { appendFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../e2e/lib/processes.mjs';
import { makePair } from '../e2e/lib/tls.mjs';
import { DIR } from './own_system.mjs';

const NAME = 'lwsapp';
const PORT = 5432;

// The newest one installed: Debian keeps them out of PATH.
function programs() {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root) : [];
  versions.sort((a, b) => Number(b) - Number(a));
  return join(root, versions[0] ?? '', 'bin');
}

const bin = programs();
const asUser = ['--reuid=postgres', '--regid=postgres', '--init-groups'];

class Server {
  constructor(machine) {
    this.machine = machine;
    this.dir = join(DIR, machine.name);
    this.data = join(this.dir, 'data');
    this.url = `postgresql:///${NAME}?host=${this.dir}&user=${NAME}`;
  }

  // One of PostgreSQL's programs, on this machine; what it prints.
  async program(name, ...args) {
    const { out, err, code } = await run('nsenter', [
      `--net=/run/netns/${this.machine.name}`, 'setpriv', ...asUser,
      join(bin, name), ...args], { cwd: this.dir });
    if (code !== 0) throw new Error(`${name}: ${out}${err}`);
    return out;
  }

  async serve() {
    const process = this.machine.start('setpriv', [...asUser,
      join(bin, 'postgres'), '-D', this.data, '-k', this.dir], { cwd: this.dir });
    await process.line(/ready to accept (read-only )?connections/, 'err');
  }

  // It waits for no standby.
  async ask(sql, name = NAME) {
    const { out, err, code } = await run('psql', ['-X', '-q', '-A', '-t', '-c',
      sql, '-h', this.dir, '-U', NAME, name],
    { env: { ...process.env, PGOPTIONS: '-c synchronous_commit=local' } });
    if (code !== 0) throw new Error(err);
    return out.trim();
  }
}

export class Cluster {
  // is_safe: commits wait for the standby.
  static async start([first, second], isSafe) {
    const cluster = new Cluster();
    cluster.isSafe = isSafe;
    cluster.hasPromoted = false;
    cluster.primary = new Server(first);
    cluster.standby = new Server(second);
    for (const { dir } of cluster.servers()) {
      await mkdir(dir);
      execFileSync('chown', ['postgres:', dir]);
    }
    await cluster.makePrimary();
    await cluster.makeStandby();
    return cluster;
  }

  servers() { return [this.primary, this.standby]; }

  // Where daemons find the one that can be written to.
  url() {
    const addresses = this.servers().map(({ machine }) => machine.address);
    return `postgresql://${NAME}@${addresses.sort()}/${NAME}` +
      `?sslmode=verify-full&sslrootcert=${this.cert}`;
  }

  async makePrimary() {
    const { primary } = this;
    const addresses = this.servers().map(({ machine }) => machine.address);
    const { cert, key } = makePair(DIR, 'postgres', { addresses });
    this.cert = cert;
    execFileSync('chown', ['postgres:', key]);
    await primary.program('initdb', '--pgdata', primary.data, '--username', NAME,
      '--auth', 'trust', '--encoding', 'UTF8', '--locale', 'C', '--no-sync',
      '--data-checksums');
    // fsync is on, though it is memory: the daemon asks.
    await appendFile(join(primary.data, 'postgresql.conf'), `
synchronous_standby_names = '${this.isSafe ? '*' : ''}'
listen_addresses = '*'
port = ${PORT}
ssl = on
ssl_cert_file = '${cert}'
ssl_key_file = '${key}'
max_connections = 300
log_min_messages = log
wal_keep_size = 512MB
max_wal_size = 256MB
wal_sender_timeout = 3s
wal_receiver_timeout = 3s
wal_retrieve_retry_interval = 200ms
tcp_keepalives_idle = 1
tcp_keepalives_interval = 1
tcp_keepalives_count = 3
tcp_user_timeout = 5000
`);
    await appendFile(join(primary.data, 'pg_hba.conf'), `
hostssl all all 10.0.0.0/24 trust
hostssl replication all 10.0.0.0/24 trust
`);
    await primary.serve();
    await primary.ask(`CREATE DATABASE ${NAME}`, 'postgres');
  }

  // What the standby needs to know of the primary.
  source() {
    return `host=${this.primary.machine.address} user=${NAME} ` +
      `sslmode=require application_name=${this.standby.machine.name}`;
  }

  async makeStandby() {
    const { standby } = this;
    await rm(standby.data, { recursive: true, force: true });
    await standby.program('pg_basebackup', '--pgdata', standby.data, '--dbname',
      this.source(), '--write-recovery-conf', '--checkpoint', 'fast',
      '--no-sync', '--wal-method', 'stream');
    await standby.serve();
    await this.follows();
  }

  // The standby's, from where it and the primary were the same.
  async rewindStandby() {
    const { primary, standby } = this;
    await primary.ask('CHECKPOINT'); // or its history is not in its files yet
    await standby.program('pg_rewind', '--target-pgdata', standby.data,
      '--source-server', `${this.source()} dbname=${NAME}`,
      '--write-recovery-conf', '--no-sync');
    await standby.serve();
    await this.follows();
  }

  // Until the standby has what the primary has, and commits wait for it where
  // they are to.
  async follows() {
    const wanted = this.isSafe ? 'sync' : 'async';
    while (await this.primary.ask('SELECT sync_state FROM pg_stat_replication ' +
      "WHERE state = 'streaming'") !== wanted);
  }

  // The standby becomes the primary. Whether the old one still serves is the
  // caller's to see to.
  async promote() {
    await this.standby.program('pg_ctl', 'promote', '-D', this.standby.data,
                               '-w');
    [this.primary, this.standby] = [this.standby, this.primary];
    this.hasPromoted = true;
  }
}
