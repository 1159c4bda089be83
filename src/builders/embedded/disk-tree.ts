// Layers and trees on disk, for commands that need a file view, and back again.
import {
  type BigIntStats,
  chmodSync,
  closeSync,
  existsSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { decodePath, encodePath } from '../../base/byte-path.ts';
import { Failure } from '../../base/failure.ts';
import { temporaryName } from '../../base/temporary-name.ts';
import type { TarEntry } from '../../oci/tar/entry.ts';
import { hexOf, type Digest } from '../../refs/digest.ts';
import { syscalls } from '../../sandbox/syscalls.ts';
import { entryFrom } from './context-tree.ts';
import { type Content, type FileNode, joinPath, nameOf, parentOf } from './file-tree.ts';
import type { LayerItem } from './layer-write.ts';
import type { LayerFiles } from './merged-tree.ts';

const fileTypeBits = { character: 0o020000, block: 0o060000, fifo: 0o010000 } as const;
const buffer = Buffer.allocUnsafe(1 << 20);

/** Appends a content to an open file; gives the bytes written, fewer than its size when its file has ended. */
export const copyContent = ({ file, start, size }: Content, out: number): number => {
  const from = openSync(file, 'r');
  try {
    let done = 0;
    while (done < size) {
      const read = readSync(from, buffer, 0, Math.min(buffer.length, size - done), start + done);
      if (read === 0) break;
      writeSync(out, buffer, 0, read);
      done += read;
    }
    return done;
  } finally {
    closeSync(from);
  }
};

const writeContent = ({ content, entry }: FileNode, path: Buffer): void => {
  const out = openSync(path, 'wx', 0o600);
  try {
    if (content !== undefined && copyContent(content, out) < content.size)
      throw new Failure('embedded/layer-cut', `the layer ends within ${entry.path}`, { facts: { path: entry.path } });
  } finally {
    closeSync(out);
  }
};

const setFacts = (entry: TarEntry, path: Buffer, owners: boolean): void => {
  if (owners) lchownSync(path, entry.uid, entry.gid);
  if (entry.type !== 'symlink') chmodSync(path, entry.mode);
  for (const [name, value] of Object.entries(entry.xattrs ?? {})) syscalls()?.setXattr(path, name, value);
  syscalls()?.setTimes(path, entry.mtimeSeconds, entry.mtimeNanoseconds);
};

export interface WriteOptions {
  /** `.wh.` members become overlay's, with its attributes in this namespace. Absent: they are expected to be merged away. */
  readonly whiteouts?: 'trusted' | 'user';
  /** False where nothing can be given to anybody else. */
  readonly owners: boolean;
}

/** What root may, and another user may not. */
export const ownersIfRoot: WriteOptions = { owners: process.getuid?.() === 0 };

/**
 * Writes nodes below `folder`, which is new and empty. A parent that is not a folder there is replaced by one: no member is ever
 * written through a link.
 */
export const writeNodes = (folder: string, nodes: Iterable<FileNode>, options: WriteOptions): void => {
  const { whiteouts, owners } = options;
  const folders: TarEntry[] = [];
  const made = new Set(['']);
  const absolute = (path: string): Buffer => encodePath(path === '' ? folder : `${folder}/${path}`);
  const parent = (path: string): void => {
    const above = parentOf(path);
    if (made.has(above)) return;
    parent(above);
    const there = lstatSync(absolute(above), { throwIfNoEntry: false });
    if (there !== undefined && !there.isDirectory()) rmSync(absolute(above), { force: true });
    if (!there?.isDirectory()) mkdirSync(absolute(above), { mode: 0o755 });
    made.add(above);
  };
  const clear = (path: string): void => {
    made.delete(path);
    rmSync(absolute(path), { recursive: true, force: true });
  };
  for (const node of nodes) {
    const { entry } = node;
    const { path, type } = entry;
    if (path === '') {
      folders.push(entry);
      continue;
    }
    parent(path);
    const name = nameOf(path);
    if (name.startsWith('.wh.')) {
      if (whiteouts === undefined) continue;
      const above = parentOf(path);
      if (name === '.wh..wh..opq')
        syscalls()?.setXattr(absolute(above), `${whiteouts}.overlay.opaque`, Buffer.from('y'));
      else if (!name.startsWith('.wh..wh.'))
        syscalls()?.makeNode(absolute(joinPath(above, name.slice(4))), fileTypeBits.character, 0, 0);
      continue;
    }
    const target = absolute(path);
    if (type === 'directory') {
      const there = lstatSync(target, { throwIfNoEntry: false });
      if (there !== undefined && !there.isDirectory()) clear(path);
      if (!there?.isDirectory()) mkdirSync(target, { mode: 0o700 });
      made.add(path);
      folders.push(entry);
      continue;
    }
    clear(path);
    if (type === 'file') {
      writeContent(node, target);
    } else if (type === 'symlink') {
      symlinkSync(encodePath(entry.linkTarget ?? ''), target);
    } else if (type === 'hardlink') {
      parent(entry.linkTarget ?? '');
      if (lstatSync(absolute(entry.linkTarget ?? ''), { throwIfNoEntry: false })?.isFile() !== true) continue;
      linkSync(absolute(entry.linkTarget ?? ''), target);
      continue;
    } else {
      syscalls()?.makeNode(target, fileTypeBits[type] | entry.mode, entry.deviceMajor ?? 0, entry.deviceMinor ?? 0);
      if (lstatSync(target, { throwIfNoEntry: false }) === undefined) continue;
    }
    setFacts(entry, target, owners);
  }
  // Deepest first: writing into a folder changes its time.
  for (const entry of folders.toReversed()) setFacts(entry, absolute(entry.path), owners);
};

/** `<root>/layers/<20 letters>`, 120 bits of the digest: short, because a mount lists up to 180 of them in 4,096 bytes. */
export const layerFolder = (root: string, diffId: Digest): string =>
  join(root, 'layers', Buffer.from(hexOf(diffId), 'hex').toString('base64url').slice(0, 20));

/** Unpacks a layer for overlay once; two builds at once both may, and one of them wins. */
export const unpackLayer = async (
  root: string,
  diffId: Digest,
  files: () => Promise<LayerFiles>,
  options: WriteOptions,
): Promise<string> => {
  const folder = layerFolder(root, diffId);
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
  const temporary = temporaryName(folder);
  try {
    mkdirSync(temporary, { mode: 0o755 });
    writeNodes(temporary, await files(), options);
    renameSync(temporary, folder);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
};

interface Walked {
  readonly path: string;
  readonly file: Buffer;
  readonly facts: BigIntStats;
}

function* walk(folder: string, path = ''): Generator<Walked> {
  const file = encodePath(path === '' ? folder : `${folder}/${path}`);
  const facts = lstatSync(file, { bigint: true });
  if (path !== '') yield { path, file, facts };
  if (!facts.isDirectory()) return;
  for (const name of readdirSync(file, { encoding: 'buffer' }).map(decodePath).sort())
    yield* walk(folder, joinPath(path, name));
}

type Xattrs = Readonly<Record<string, Uint8Array>>;

const xattrsOf = ({ file }: Walked): Xattrs => syscalls()?.xattrs(file) ?? {};

/** `all`: of the file on disk; overlay's own are left out. */
const fullEntry = ({ facts, path, file }: Walked, all: Xattrs): TarEntry | undefined => {
  const owner = { uid: Number(facts.uid), gid: Number(facts.gid) };
  const xattrs = Object.fromEntries(Object.entries(all).filter(([name]) => !/^(?:trusted|user)\.overlay\./.test(name)));
  const more = Object.keys(xattrs).length === 0 ? owner : { ...owner, xattrs };
  if (facts.isCharacterDevice() || facts.isBlockDevice()) {
    const device = facts.rdev;
    return {
      path,
      type: facts.isBlockDevice() ? 'block' : 'character',
      mode: Number(facts.mode) & 0o7777,
      mtimeSeconds: Number(facts.mtimeMs / 1000n),
      mtimeNanoseconds: 0,
      size: 0,
      deviceMajor: Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn)),
      deviceMinor: Number((device & 0xffn) | ((device >> 12n) & ~0xffn)),
      ...more,
    };
  }
  const entry = entryFrom(facts, path, file);
  return entry === undefined ? undefined : { ...entry, ...more };
};

const asItem = (walked: Walked, xattrs: Xattrs, seen: Map<string, string>): LayerItem | undefined => {
  const entry = fullEntry(walked, xattrs);
  if (entry === undefined) return undefined;
  const { facts } = walked;
  if (entry.type === 'file' && facts.nlink > 1n) {
    const key = `${facts.dev}:${facts.ino}`;
    const first = seen.get(key);
    if (first !== undefined) return { entry: { ...entry, type: 'hardlink', size: 0, linkTarget: first } };
    seen.set(key, entry.path);
  }
  return { entry, ...(entry.type === 'file' ? { content: { file: walked.file, start: 0, size: entry.size } } : {}) };
};

const whiteout = (path: string, like: TarEntry): LayerItem => ({
  entry: { ...like, path: joinPath(parentOf(path), `.wh.${nameOf(path)}`), type: 'file', mode: 0o644, size: 0 },
});

const isOpaque = (xattrs: Xattrs): boolean =>
  ['trusted', 'user'].some((space) => Buffer.from(xattrs[`${space}.overlay.opaque`] ?? []).toString() === 'y');

/** The upper directory of an overlay, as the members of a layer (overlayfs documentation, "whiteouts and opaque directories"). */
export const itemsOfUpper = (folder: string): readonly LayerItem[] => {
  const items: LayerItem[] = [];
  const seen = new Map<string, string>();
  for (const walked of walk(folder)) {
    const { facts, path } = walked;
    const xattrs = xattrsOf(walked);
    if (facts.isCharacterDevice() && facts.rdev === 0n) {
      const entry = fullEntry(walked, xattrs);
      if (entry !== undefined) items.push(whiteout(path, plain(entry)));
      continue;
    }
    const item = asItem(walked, xattrs, seen);
    if (item === undefined) continue;
    items.push(item);
    if (facts.isDirectory() && isOpaque(xattrs)) {
      items.push({ entry: { ...plain(item.entry), path: `${path}/.wh..wh..opq`, type: 'file', mode: 0o644, size: 0 } });
    }
  }
  return items;
};

const plain = (entry: TarEntry): TarEntry => {
  const { deviceMajor: _a, deviceMinor: _b, linkTarget: _c, xattrs: _d, ...rest } = entry;
  return rest;
};

/** What distinguishes a file that was touched: everything the file system knows without reading it. */
export type Snapshot = ReadonlyMap<string, string>;

const signature = ({ facts }: Walked): string =>
  [facts.mode, facts.uid, facts.gid, facts.size, facts.mtimeNs, facts.ctimeNs, facts.ino, facts.rdev].join();

export const snapshotOf = (folder: string): Snapshot =>
  new Map([...walk(folder)].map((walked) => [walked.path, signature(walked)]));

/** Members of a layer that brings the folder from its snapshot to what it is now. `skip`: paths that are not part of the image. */
export const itemsSince = (folder: string, before: Snapshot, skip: (path: string) => boolean): readonly LayerItem[] => {
  const items: LayerItem[] = [];
  const seen = new Map<string, string>();
  const now = new Set<string>();
  for (const walked of walk(folder)) {
    const { path } = walked;
    now.add(path);
    if (skip(path)) continue;
    const [old, is] = [before.get(path), signature(walked)];
    const item = asItem(walked, xattrsOf(walked), seen);
    const sameFolder =
      item?.entry.type === 'directory' &&
      old !== undefined &&
      old.split(',').slice(0, 3).join() === is.split(',').slice(0, 3).join();
    if (item !== undefined && old !== is && !sameFolder) items.push(item);
  }
  for (const path of before.keys()) {
    const above = parentOf(path);
    if (!now.has(path) && (above === '' || now.has(above)) && !skip(path))
      items.push(
        whiteout(path, {
          path,
          type: 'file',
          mode: 0o644,
          uid: 0,
          gid: 0,
          mtimeSeconds: 0,
          mtimeNanoseconds: 0,
          size: 0,
        }),
      );
  }
  return items;
};
