// Folders for work under way: gone when the work ends, and when its process was killed, removed by the next one.
import { mkdir, mkdtemp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from './error-code.ts';
import { onExit } from './on-exit.ts';
import { isRunning, markOf } from './process-mark.ts';
import { removeTree, removeTreeNow } from './remove-tree.ts';

export interface OwnedFolder extends AsyncDisposable {
  /** Absolute, mode 0700. */
  readonly path: string;
}

/** How such a folder is removed: with its work, and by a process that ends at once. */
export interface Removal {
  readonly remove: (folder: string) => Promise<void>;
  readonly removeNow: (folder: string) => void;
}

const asTree: Removal = { remove: removeTree, removeNow: removeTreeNow };

/** Removes what processes that are gone have left in `root`. */
const removeAbandoned = async (root: string, { remove }: Removal): Promise<void> => {
  let names: readonly string[];
  try {
    names = await readdir(root);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  for (const name of names) {
    const mark = /^\d+-\d+-[\w.]+(?=~)/.exec(name)?.[0];
    // Another process may remove the same at the same time; what resists does not stop new work.
    if (mark !== undefined && !isRunning(mark, join(root, name))) await remove(join(root, name)).catch(() => {});
  }
};

/** A new folder in `root`, which is made and first rid of what is abandoned. */
export const openOwnedFolder = async (root: string, label = '', removal: Removal = asTree): Promise<OwnedFolder> => {
  await mkdir(root, { recursive: true, mode: 0o700 });
  await removeAbandoned(root, removal);
  const path = await mkdtemp(join(root, `${markOf(process.pid)}~${label}`));
  const atExit = onExit(() => {
    removal.removeNow(path);
  });
  return {
    path,
    async [Symbol.asyncDispose]() {
      await removal.remove(path);
      atExit[Symbol.dispose]();
    },
  };
};
