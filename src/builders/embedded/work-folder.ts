// Folders of work under way. Their names tell the process, so that those of a process that was killed are removed by the next one.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { onExit } from '../../base/on-exit.ts';
import { userNamespace } from '../../sandbox/user-namespace.ts';
import { removeMapped } from './mapped-files.ts';

/** Clock ticks since boot at which a process started: tells it from a later one with its id. */
const startOf = (pid: number): string | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined; // it has ended
  }
};

const isAlive = (pid: number, start: string): boolean => {
  if (process.platform === 'linux') return startOf(pid) === start;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Also what belongs to other users of our user namespace. */
const removeAll = (path: string): void => {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    const user = userNamespace();
    if (user === undefined) throw error;
    removeMapped(user, path);
  }
};

const sweep = (folder: string): void => {
  for (const name of readdirSync(folder)) {
    const [, pid, start] = /^([0-9]+)-([0-9]*)-/.exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid), start ?? '')) removeAll(join(folder, name));
  }
};

export interface WorkFolder extends Disposable {
  readonly path: string;
}

/** A new folder (mode 0700) below `<root>/run`, removed when disposed or when the process exits. */
export const openWorkFolder = (root: string): WorkFolder => {
  const folder = join(root, 'run');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  sweep(folder);
  const path = mkdtempSync(join(folder, `${process.pid}-${startOf(process.pid) ?? ''}-`));
  const remove = (): void => {
    removeAll(path);
  };
  const atExit = onExit(remove);
  return {
    path,
    [Symbol.dispose]: () => {
      atExit[Symbol.dispose]();
      remove();
    },
  };
};
