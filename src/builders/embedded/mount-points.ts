// Places in a root file system that something is mounted on. Links are resolved in the tree before anything is made, since the
// host would follow them out of the root; what an image lacks is made beside it, so that it never gets into a layer.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encodePath } from '../../base/byte-path.ts';
import { cleanRooted, type FileTree, parentOf, resolveIn } from './file-tree.ts';
import type { LayerItem } from './layer-write.ts';

export interface MountPoint {
  /** Resolved, without a leading slash. */
  readonly path: string;
  readonly isFile: boolean;
}

export const mountPointIn = (tree: FileTree, target: string, isFile: boolean): MountPoint => ({
  path: resolveIn(tree, cleanRooted(target), true),
  isFile,
});

/** Below `folder`, those that the tree lacks. A tmpfs covers what is in dev. */
export const makeMountPoints = (folder: string, tree: FileTree, points: readonly MountPoint[]): void => {
  for (const { path, isFile } of points) {
    if (tree.get(path) !== undefined || path.startsWith('dev/')) continue;
    const full = encodePath(join(folder, path));
    mkdirSync(isFile ? encodePath(dirname(join(folder, path))) : full, { recursive: true, mode: 0o755 });
    if (isFile) writeFileSync(full, '', { flag: 'a', mode: 0o644 });
  }
};

/** The items without mount points that the image lacks and that nothing was put into. */
export const withoutMountPoints = (
  items: readonly LayerItem[],
  tree: FileTree,
  points: readonly MountPoint[],
): readonly LayerItem[] => {
  const stubs = new Map<string, boolean>();
  for (const { path, isFile } of points) {
    if (tree.get(path) === undefined) stubs.set(path, isFile);
    for (let at = parentOf(path); at !== '' && tree.get(at) === undefined; at = parentOf(at)) stubs.set(at, false);
  }
  const isStub = ({ entry }: LayerItem): boolean => {
    const isFile = stubs.get(entry.path);
    return isFile === undefined
      ? false
      : isFile
        ? entry.type === 'file' && entry.size === 0
        : entry.type === 'directory';
  };
  const filled = new Set<string>();
  for (const item of items) {
    if (isStub(item)) continue;
    for (let at = parentOf(item.entry.path); at !== '' && !filled.has(at); at = parentOf(at)) filled.add(at);
  }
  return items.filter((item) => !isStub(item) || filled.has(item.entry.path));
};
