// A machine: a network namespace with one cable to a switch that all have. What
// runs on it can be killed, stopped and cut off from any other.
import { execFileSync } from 'node:child_process';
import { Process } from '../e2e/lib/processes.mjs';

const SWITCH = 'lan';
const CLIENTS = '10.0.0.1'; // where the test itself is
const NOBODY = '02:00:00:00:00:ff';

const ip = (...args) =>
  execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'inherit'],
                             encoding: 'utf8' });

export function makeSwitch() {
  ip('link', 'add', SWITCH, 'type', 'bridge');
  ip('addr', 'add', `${CLIENTS}/24`, 'dev', SWITCH);
  ip('link', 'set', SWITCH, 'up');
}

export class Machine {
  // number: the last of its address.
  constructor(name, number) {
    this.name = name;
    this.address = `10.0.0.${number}`;
    this.port = `to-${name}`; // of the switch
    this.process = null;
    ip('netns', 'add', name);
    ip('link', 'add', this.port, 'type', 'veth', 'peer', 'name', 'eth0',
       'netns', name);
    ip('-n', name, 'link', 'set', 'lo', 'up');
    ip('-n', name, 'link', 'set', 'eth0', 'up');
    ip('-n', name, 'addr', 'add', `${this.address}/24`, 'dev', 'eth0');
    ip('link', 'set', this.port, 'master', SWITCH);
    ip('link', 'set', this.port, 'up');
  }

  // What it is there for.
  start(command, args, options) {
    this.process = new Process('nsenter',
      [`--net=/run/netns/${this.name}`, command, ...args], options);
    this.process.name = this.name;
    return this.process;
  }

  pids() {
    return ip('netns', 'pids', this.name).split('\n').filter(Boolean)
      .map(Number);
  }

  signal(signal) {
    for (const pid of this.pids()) {
      try {
        process.kill(pid, signal);
      } catch (error) {
        if (error.code !== 'ESRCH') throw error; // it has just ended
      }
    }
  }

  // All of it at once, and without a word.
  async kill() {
    this.signal('SIGKILL');
    await this.process.exit;
  }

  stall() { this.signal('SIGSTOP'); }
  wake() { this.signal('SIGCONT'); }

  unplug() { ip('link', 'set', this.port, 'down'); }

  // Until something goes through the cable.
  async plug() {
    ip('link', 'set', this.port, 'up');
    while (!ip('-n', this.name, 'link', 'show', 'eth0').includes(' state UP '))
      await new Promise((resolve) => setTimeout(resolve, 20));
    // Whom it looked for in vain it would not find for some seconds more.
    ip('-n', this.name, 'neigh', 'flush', 'dev', 'eth0');
  }

  // What it sends to another is lost, silently.
  loseWay(other) {
    ip('-n', this.name, 'neigh', 'replace', other.address, 'lladdr', NOBODY,
       'dev', 'eth0', 'nud', 'permanent');
  }

  findWay(other) {
    ip('-n', this.name, 'neigh', 'del', other.address, 'dev', 'eth0');
  }
}

// Neither hears the other.
export function cut(a, b) {
  a.loseWay(b);
  b.loseWay(a);
}

export function join(a, b) {
  a.findWay(b);
  b.findWay(a);
}
