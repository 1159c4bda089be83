// The files of a tar by random access: one pass over the headers, then contents where they lie.
import type { FileHandle } from 'node:fs/promises';
import { posix } from 'node:path';
import { handleChunks } from '../base/file-chunks.ts';
import { badArchive } from './bad-archive.ts';
import type { LayoutFiles } from './layout-files.ts';
import { cleanPath } from './tar/clean-path.ts';
import { readTarFrom } from './tar/read.ts';
import { fileSource } from './tar/source.ts';

type Member =
  | { readonly offset: number; readonly size: number }
  /** A symlink (as `docker save` writes for equal layers) or a hardlink. */
  | { readonly target: string };

/** An archive of images has a few files for each layer. */
const entryLimit = 200_000;
const linkDepth = 16;

/** `file` stays its opener's to close. Throws Failure `oci/bad-tar`, `oci/unsafe-path`, `oci/unsupported-tar`. */
export const tarFiles = async (file: FileHandle, fileSize: number, name: string): Promise<LayoutFiles> => {
  const members = new Map<string, Member>();
  for await (const { entry, offset } of readTarFrom(fileSource(file, fileSize), { entries: entryLimit })) {
    const { path, type, size, linkTarget } = entry;
    if (type === 'file' && offset !== undefined) members.set(path, { offset, size });
    else if (type === 'hardlink' && linkTarget !== undefined) members.set(path, { target: linkTarget });
    else if (type === 'symlink' && linkTarget !== undefined) {
      members.set(path, {
        target: linkTarget.startsWith('/') ? linkTarget : posix.join(posix.dirname(path), linkTarget),
      });
    }
  }
  const find = (path: string): { readonly offset: number; readonly size: number } | undefined => {
    let at = cleanPath(path);
    for (let depth = 0; depth < linkDepth; depth += 1) {
      const member = members.get(at);
      if (member === undefined || 'offset' in member) return member;
      at = cleanPath(member.target);
    }
    return undefined;
  };
  return {
    name,
    size: (path) => Promise.resolve(find(path)?.size),
    async *read(path, signal) {
      const member = find(path);
      if (member === undefined) throw badArchive(name, `it has no file "${path}"`);
      const { offset, size } = member;
      yield* handleChunks(file, { start: offset, end: offset + size, signal });
    },
  };
};
