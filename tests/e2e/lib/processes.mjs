// Child processes of a test: started, waited for by a line they print, ended.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

// Everything a test waits for has this deadline; none is a measure of speed.
export const DEADLINE_MS = Number(process.env.LWSAPP_TEST_DEADLINE_MS ?? 60_000);

export function deadline(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => {
      const name = typeof what === 'function' ? what() : what;
      reject(new Error(`gave up waiting for ${name}`));
    }, DEADLINE_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export class Process {
  constructor(command, args, options = {}) {
    this.name = command.split('/').pop();
    this.out = '';
    this.err = '';
    this.waiters = new Set();
    this.child = spawn(command, args, { stdio: 'pipe', ...options });
    this.child.stdin.on('error', () => {});
    this.exit = once(this.child, 'close').then(([code, signal]) => {
      this.ended = { code, signal };
      this.look();
      return this.ended;
    });
    this.exit.catch(() => {});
    for (const stream of ['stdout', 'stderr']) {
      if (!this.child[stream]) continue; // somebody else's
      this.child[stream].setEncoding('utf8');
      this.child[stream].on('data', (text) => {
        this[stream === 'stdout' ? 'out' : 'err'] += text;
        this.look();
      });
    }
  }

  look() {
    for (const waiter of this.waiters) waiter();
  }

  // Resolves with the match of pattern in what it has printed so far or prints.
  line(pattern, from = 'out') {
    return deadline(new Promise((resolve, reject) => {
      const waiter = () => {
        const match = this[from].match(pattern);
        if (match) {
          this.waiters.delete(waiter);
          resolve(match);
        } else if (this.ended) {
          this.waiters.delete(waiter);
          reject(new Error(`${this.name} ended before ${pattern}:\n` +
                           this.out + this.err));
        }
      };
      this.waiters.add(waiter);
      waiter();
    }), () => `${pattern} from ${this.name}; so far:\n${this.out}${this.err}`);
  }

  // Resolves with {code, signal}.
  untilEnd() {
    return deadline(this.exit, () => `the end of ${this.name}; so far:\n` +
      this.out + this.err);
  }

  stop(signal = 'SIGTERM') {
    if (!this.ended) this.child.kill(signal);
    return this.untilEnd();
  }
}

// Runs to its end. input: its standard input.
export async function run(command, args, { input = '', ...options } = {}) {
  const process = new Process(command, args, options);
  process.child.stdin.end(input);
  const { code, signal } = await process.untilEnd();
  return { code, signal, out: process.out, err: process.err };
}
