// Digests of the files of a context, remembered by what the file system says of them: a warm build reads no file.
import { createHash } from 'node:crypto';
import {
  type BigIntStats,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { temporaryName } from '../../base/temporary-name.ts';
import type { Digest } from '../../refs/digest.ts';

export interface FileDigests {
  of(file: Buffer, facts: BigIntStats): Digest;
  /** Keeps what this build has learnt; losing it costs time only. */
  save(): void;
}

/** A file that changed so shortly ago may change again within the same tick of its time stamp. */
const settledNs = 2_000_000_000n;

const buffer = Buffer.allocUnsafe(1 << 20);

const hashFile = (file: Buffer): Digest => {
  const hash = createHash('sha256');
  const handle = openSync(file, 'r');
  try {
    for (let read = readSync(handle, buffer); read > 0; read = readSync(handle, buffer))
      hash.update(buffer.subarray(0, read));
  } finally {
    closeSync(handle);
  }
  return `sha256:${hash.digest('hex')}` as Digest;
};

const load = (path: string): Map<string, string> => {
  try {
    return new Map(Object.entries(JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>));
  } catch {
    return new Map(); // not there yet, or torn: it is only a memory
  }
};

export const openFileDigests = (path: string): FileDigests => {
  const before = load(path);
  const now = new Map<string, string>();
  return {
    of: (file, facts) => {
      const key = `${file.toString('latin1')}\n${facts.ino}\n${facts.size}\n${facts.mtimeNs}\n${facts.ctimeNs}`;
      const known = before.get(key) ?? now.get(key);
      const digest = known ?? hashFile(file);
      if (facts.ctimeNs < BigInt(Date.now()) * 1_000_000n - settledNs) now.set(key, digest);
      return digest as Digest;
    },
    save: () => {
      if (now.size === before.size && [...now.keys()].every((key) => before.has(key))) return;
      mkdirSync(dirname(path), { recursive: true });
      const temporary = temporaryName(path);
      writeFileSync(temporary, JSON.stringify(Object.fromEntries(now)));
      renameSync(temporary, path);
    },
  };
};
