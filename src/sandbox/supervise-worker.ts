// Runs a command where no process id namespace is to be had, and ends all that came of it: when the command ends, when it is
// told to stop, or when the pipe from the engine (descriptor 3) closes. A program of its own: `node supervise-worker.ts COMMAND…`.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { openLibc, prctlOf } from './libc.ts';

/** Milliseconds between SIGTERM and SIGKILL: less than the engine waits for this process. */
const graceMs = 1500;
const prSetChildSubreaper = 36;

/** Orphans below become children of this process (prctl(2), PR_SET_CHILD_SUBREAPER): nobody leaves the tree by a double fork. */
prctlOf(openLibc())(prSetChildSubreaper, 1);

/** Parent and state of every process; /proc/PID/stat is readable whoever owns the process (proc_pid_stat(5)). */
const processes = (): ReadonlyMap<number, { readonly parent: number; readonly isEnded: boolean }> => {
  const found = new Map<number, { parent: number; isEnded: boolean }>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const text = readFileSync(`/proc/${name}/stat`, 'latin1');
      const [state = '', parent = '0'] = text.slice(text.lastIndexOf(')') + 2).split(' ');
      found.set(Number(name), { parent: Number(parent), isEnded: state === 'Z' || state === 'X' });
    } catch {
      continue; // it has ended
    }
  }
  return found;
};

const descendants = (): readonly number[] => {
  const all = processes();
  const below = new Set([process.pid]);
  for (let before = 0; before !== below.size;) {
    before = below.size;
    for (const [pid, { parent }] of all) if (below.has(parent)) below.add(pid);
  }
  below.delete(process.pid);
  return [...below].filter((pid) => all.get(pid)?.isEnded === false);
};

const signalAll = (name: NodeJS.Signals): number => {
  const pids = descendants();
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      continue; // it has ended
    }
  }
  return pids.length;
};

/** New ones may be born while their parents are ended: until none is left. */
const endAll = (): void => {
  for (let round = 0; round < 1000 && signalAll('SIGKILL') > 0; round += 1) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
  }
};

const [, , program = '', ...rest] = process.argv;
const child = spawn(program, rest, { stdio: ['ignore', 'inherit', 'inherit'] });
const stop = (): void => {
  signalAll('SIGTERM');
  setTimeout(() => {
    signalAll('SIGKILL');
  }, graceMs).unref();
};
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
const gone = (): void => {
  endAll();
  process.exit(137);
};
new Socket({ fd: 3, readable: true, writable: false }).on('error', gone).on('close', gone).resume();
child.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(127);
});
child.on('exit', (code, signal) => {
  endAll();
  if (signal === null) process.exit(code ?? 0);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
