// A tree of files that can be read: a merged image, or the build context. COPY and ADD know no other source.
import type { TarEntry } from '../../oci/tar/entry.ts';
import type { Digest } from '../../refs/digest.ts';

/** Where the content of a file is: a range of a file on this machine. */
export interface Content {
  readonly file: Buffer;
  readonly start: number;
  readonly size: number;
}

export interface FileNode {
  readonly entry: TarEntry;
  /** Of regular files. */
  readonly content?: Content;
  /** Known already, or worked out when asked for. */
  readonly digest?: () => Digest;
  /** Equal for the names of one file that has several. */
  readonly identity?: string;
}

export interface FileTree {
  get(path: string): FileNode | undefined;
  /** Names directly below a folder, sorted. */
  children(path: string): readonly string[];
}

/** Folder of a path; empty for what lies directly below the root. */
export const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

export const joinPath = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);

/** `path` without `.`, `..` and doubled slashes, never above the root, without a leading slash. */
export const cleanRooted = (path: string): string => {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
};

const mostLinks = 40;

/** Follows symbolic links in every component (also the last one when `last`), inside the tree. What is not there stays as written. */
export const resolveIn = (tree: FileTree, path: string, last: boolean): string => {
  let rest = cleanRooted(path)
    .split('/')
    .filter((p) => p !== '');
  let done: string[] = [];
  let links = 0;
  while (rest.length > 0) {
    const [name = '', ...after] = rest;
    rest = after;
    const at = [...done, name].join('/');
    const node = tree.get(at);
    const target = node?.entry.type === 'symlink' ? node.entry.linkTarget : undefined;
    if (target === undefined || (rest.length === 0 && !last) || links >= mostLinks) {
      done.push(name);
      continue;
    }
    links += 1;
    const base = target.startsWith('/') ? '' : done.join('/');
    rest = [
      ...cleanRooted(`${base}/${target}`)
        .split('/')
        .filter((p) => p !== ''),
      ...rest,
    ];
    done = [];
  }
  return done.join('/');
};
