import type { Digest } from '../refs/digest.ts';
import type { BlobFiles } from './store-blobs.ts';
import type { StoreLock } from './store-lock.ts';
import type { Records } from './store-records.ts';
import { isIndex, parseManifest } from './parse-manifest.ts';
import { readBytes, manifestLimitBytes } from './read-bytes.ts';

export interface GarbageReport {
  readonly removedBlobs: number;
  readonly removedTemporaries: number;
  readonly freedBytes: number;
}

interface Parts {
  readonly blobs: BlobFiles;
  readonly records: Records;
  readonly lock: StoreLock;
}

/** Adds what a manifest or index reaches. What is missing or unreadable reaches nothing, and stays itself. */
const mark = async (digest: Digest, blobs: BlobFiles, reached: Set<Digest>): Promise<void> => {
  if (reached.has(digest)) return;
  reached.add(digest);
  let parsed;
  try {
    parsed = parseManifest(await readBytes(blobs.read(digest), manifestLimitBytes, 'image manifest'));
  } catch {
    return;
  }
  if (isIndex(parsed)) {
    for (const member of parsed.manifests) await mark(member.digest, blobs, reached);
  } else {
    for (const part of [parsed.config, ...parsed.layers]) reached.add(part.digest);
  }
};

export const collectGarbage = (parts: Parts, olderThanMs: number): Promise<GarbageReport> =>
  parts.lock.alone(async () => {
    const { blobs, records } = parts;
    const reached = new Set<Digest>();
    for (const image of await records.references()) await mark(image.descriptor.digest, blobs, reached);
    const limit = Date.now() - olderThanMs;
    let removedBlobs = 0;
    let removedTemporaries = 0;
    let freedBytes = 0;
    for await (const file of blobs.files()) {
      if (file.usedAt > limit || (file.digest !== undefined && reached.has(file.digest))) continue;
      await blobs.remove(file.path);
      freedBytes += file.size;
      if (file.digest === undefined) removedTemporaries += 1;
      else removedBlobs += 1;
    }
    for (const id of await records.ids()) {
      const descriptor = await records.byId(id);
      if (descriptor === undefined || !(await blobs.has(descriptor.digest))) await records.forgetId(id);
    }
    return { removedBlobs, removedTemporaries, freedBytes };
  });
