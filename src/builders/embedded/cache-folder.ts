// Folders of `RUN --mount=type=cache`, kept between builds, with the sharing that the mount asks for.
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from '../../base/error-code.ts';
import { temporaryName } from '../../base/temporary-name.ts';
import type { Mount } from '../../dockerfile/mount.ts';
import { ownersIfRoot } from './disk-tree.ts';

type CacheMount = Extract<Mount, { type: 'cache' }>;

export interface CacheFolder extends Disposable {
  readonly path: string;
}

const pollMs = 50;
const held = new Set<string>();

const isHeldElsewhere = (lock: string): boolean => {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    if (pid === process.pid) return held.has(lock);
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
};

/** Undefined when another build has it. A lock of a process that has died is void. */
const take = (lock: string): Disposable | undefined => {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      held.add(lock);
      return {
        [Symbol.dispose]: () => {
          held.delete(lock);
          rmSync(lock, { force: true });
        },
      };
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
      if (isHeldElsewhere(lock)) return undefined;
      rmSync(lock, { force: true });
    }
  }
  return undefined;
};

const make = (path: string, mount: CacheMount, seed: (folder: string) => void): void => {
  if (existsSync(path)) return;
  const temporary = temporaryName(path);
  try {
    mkdirSync(temporary, { recursive: true });
    seed(temporary);
    chmodSync(temporary, mount.mode ?? 0o755);
    if (ownersIfRoot.owners && (mount.uid !== undefined || mount.gid !== undefined))
      chownSync(temporary, mount.uid ?? 0, mount.gid ?? 0);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(path)) throw error;
  }
};

/** `seed` fills a new cache (`from=`, `source=`). Waits for a locked one; a private one that is in use gets a sibling. */
export const openCacheFolder = async (
  root: string,
  mount: CacheMount,
  signal: AbortSignal,
  seed: (folder: string) => void,
): Promise<CacheFolder> => {
  const folder = join(root, 'mounts');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const name = createHash('sha256')
    .update(JSON.stringify([mount.id, mount.from ?? '', mount.source]))
    .digest('hex')
    .slice(0, 32);
  if (mount.sharing === 'shared') {
    const path = join(folder, name);
    make(path, mount, seed);
    return { path, [Symbol.dispose]: () => {} };
  }
  for (let n = 0; ; n += mount.sharing === 'private' ? 1 : 0) {
    const path = join(folder, n === 0 ? name : `${name}-${n}`);
    const lock = take(`${path}.lock`);
    if (lock !== undefined) {
      make(path, mount, seed);
      return { path, [Symbol.dispose]: () => lock[Symbol.dispose]() };
    }
    if (mount.sharing === 'locked') await sleep(pollMs, undefined, { signal });
  }
};
