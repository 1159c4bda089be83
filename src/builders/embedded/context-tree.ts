// The build context as a tree: what .dockerignore lets through, read with as few system calls as possible.
import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { decodePath, encodePath } from '../../base/byte-path.ts';
import type { IgnoreRules } from '../../dockerfile/ignore.ts';
import type { TarEntry } from '../../oci/tar/entry.ts';
import { syscalls } from '../../sandbox/syscalls.ts';
import type { FileDigests } from './file-digests.ts';
import { type FileNode, type FileTree, joinPath } from './file-tree.ts';

const typeOf = (facts: BigIntStats): TarEntry['type'] | undefined =>
  facts.isFile()
    ? 'file'
    : facts.isDirectory()
      ? 'directory'
      : facts.isSymbolicLink()
        ? 'symlink'
        : facts.isFIFO()
          ? 'fifo'
          : undefined;

/** Without owner: files of the context belong to root unless --chown says otherwise. Undefined for sockets and devices. */
export const entryFrom = (facts: BigIntStats, path: string, file: Buffer): TarEntry | undefined => {
  const type = typeOf(facts);
  if (type === undefined) return undefined;
  const billion = 1_000_000_000n;
  const nanoseconds = ((facts.mtimeNs % billion) + billion) % billion;
  return {
    path,
    type,
    mode: Number(facts.mode) & 0o7777,
    uid: 0,
    gid: 0,
    mtimeSeconds: Number((facts.mtimeNs - nanoseconds) / billion),
    mtimeNanoseconds: Number(nanoseconds),
    size: type === 'file' ? Number(facts.size) : 0,
    ...(type === 'symlink' ? { linkTarget: decodePath(readlinkSync(file, { encoding: 'buffer' })) } : {}),
  };
};

/** `folder` is absolute. Reads lazily, folder by folder; every node is read once. */
export const contextTree = (folder: string, rules: IgnoreRules, digests: FileDigests): FileTree => {
  const nodes = new Map<string, FileNode | undefined>();
  const lists = new Map<string, readonly string[]>();
  const root = folder === '/' ? '' : folder;
  const fileOf = (path: string): Buffer => encodePath(path === '' ? folder : `${root}/${path}`);

  const read = (path: string): FileNode | undefined => {
    const file = fileOf(path);
    const facts = lstatSync(file, { bigint: true, throwIfNoEntry: false });
    if (facts === undefined) return undefined;
    const entry = entryFrom(facts, path, file);
    if (entry === undefined) return undefined;
    if (
      path !== '' &&
      rules.excludes(path) &&
      !(entry.type === 'directory' && rules.mayIncludeBelow(path) && children(path).length > 0)
    )
      return undefined;
    const found = entry.type === 'file' || entry.type === 'directory' ? (syscalls()?.xattrs(file) ?? {}) : {};
    const xattrs = Object.fromEntries(
      Object.entries(found).filter(([name]) => name === 'security.capability' || name.startsWith('user.')),
    );
    return {
      entry: Object.keys(xattrs).length === 0 ? entry : { ...entry, xattrs },
      ...(entry.type === 'file'
        ? { content: { file, start: 0, size: entry.size }, digest: () => digests.of(file, facts) }
        : {}),
      ...(entry.type === 'file' && facts.nlink > 1n ? { identity: `${facts.dev}:${facts.ino}` } : {}),
    };
  };
  const get = (path: string): FileNode | undefined => {
    if (!nodes.has(path)) nodes.set(path, reachable(path) ? read(path) : undefined);
    return nodes.get(path);
  };
  /** A path through a link would leave the tree: links are resolved by who asks, never by the file system. */
  const reachable = (path: string): boolean => {
    const slash = path.lastIndexOf('/');
    return slash < 0 || get(path.slice(0, slash))?.entry.type === 'directory';
  };
  const children = (path: string): readonly string[] => {
    const known = lists.get(path);
    if (known !== undefined) return known;
    const names = readdirSync(fileOf(path), { encoding: 'buffer' }).map(decodePath).sort();
    const kept = names.filter((name) => {
      const child = joinPath(path, name);
      return !rules.excludes(child) || rules.mayIncludeBelow(child);
    });
    lists.set(path, kept);
    return kept;
  };
  return {
    get,
    children: (path) => children(path).filter((name) => get(joinPath(path, name)) !== undefined),
  };
};
