// Tells a process that still runs from one that is gone, also when its number was given to another since.
import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { errorCode } from './error-code.ts';

/** `pid-start-place`: start in clock ticks since boot (proc_pid_stat(5), field 22), place: boot and pid namespace. */
export const markOf = (pid: number): string => `${pid}-${startOf(pid) ?? 0}-${place()}`;

let ownPlace: string | undefined;
/** Process numbers mean the same process only inside one pid namespace of one boot. */
const place = (): string => {
  if (ownPlace === undefined) {
    try {
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8);
      ownPlace = `${boot}.${/\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0'}`;
    } catch {
      ownPlace = 'here'; // no /proc: one place, and the number must do
    }
  }
  return ownPlace;
};

const startOf = (pid: number): string | undefined => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined; // gone, or no /proc
  }
};

const exists = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
};

/** Milliseconds after which what a process of another boot, container or machine left counts as abandoned. */
const abandonedMs = 86_400_000;

/**
 * False when the marked process is gone. What cannot be seen from here (another container with the same folder) counts as
 * running until `evidence`, a file or folder it writes to, has not changed for a day.
 */
export const isRunning = (mark: string, evidence?: string): boolean => {
  const [pid, start, where] = mark.split('-');
  if (where === place()) {
    const now = startOf(Number(pid));
    return now === undefined ? start === '0' && exists(Number(pid)) : start === '0' || now === start;
  }
  if (evidence === undefined) return true;
  try {
    return Date.now() - statSync(evidence).mtimeMs < abandonedMs;
  } catch {
    return false; // what it wrote to is gone
  }
};
