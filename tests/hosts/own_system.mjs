// A small system of a run's own: its network, its processes and its files are
// seen by nobody else, and gone with its first process, whatever ended that.
import { spawnSync } from 'node:child_process';

// Where files go: memory, and the run's own.
export const DIR = '/run';
const FILES_MAX = '3g';

const INSIDE = 'LWSAPP_HOSTS_INSIDE';
const FIRST = `set -e
mount -t tmpfs -o size=${FILES_MAX},mode=755 tmpfs ${DIR}
ip link set lo up
"$@"`;
const NEW = ['--net', '--mount', '--pid', '--fork', '--kill-child',
             '--mount-proc'];

export const isInside = () => process.env[INSIDE] === '1';

// Why there can be none; undefined: there can.
export function whyNot() {
  if (process.getuid() !== 0)
    return 'it needs network namespaces, which only root may make';
  const { status, stderr, error } = spawnSync('unshare', [...NEW, 'true'],
                                              { encoding: 'utf8' });
  return status === 0 ? undefined
    : `no network namespaces here: ${error?.message ?? stderr.trim()}`;
}

// This program once more, inside; its exit code. The shell is the first process,
// and takes in those that lose their parents.
export function enter() {
  const { status } = spawnSync('setpriv', ['--pdeathsig', 'KILL', 'unshare',
    ...NEW, 'bash', '-c', FIRST, 'bash', process.execPath,
    ...process.argv.slice(1)],
  { stdio: 'inherit', env: { ...process.env, [INSIDE]: '1', TMPDIR: DIR,
                                     HOME: DIR } });
  return status ?? 1;
}
