// The image store: content-addressed images on disk, standing in for a Docker daemon's. Safe for many processes at once.
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Failure } from '../base/failure.ts';
import { writeFileWhole } from '../base/write-file-whole.ts';
import type { Digest } from '../refs/digest.ts';
import { diskFailure } from './disk-failure.ts';
import type { Descriptor, Image, ImageIndex } from './image.ts';
import { BlobFiles } from './store-blobs.ts';
import { createFinder } from './store-find.ts';
import { type GarbageReport, collectGarbage } from './store-garbage.ts';
import { StoreLock } from './store-lock.ts';
import { createPutImage } from './store-put.ts';
import { Records } from './store-records.ts';
import { fullReference } from './tagged-reference.ts';

export interface StoredImage {
  /** Full form: `docker.io/library/alpine:3.20`. */
  readonly reference: string;
  readonly descriptor: Descriptor;
  /** Digest of the configuration; an index has none. */
  readonly imageId?: Digest;
  /** Milliseconds since the epoch. */
  readonly storedAt: number;
}

export interface PutBlobOptions {
  /** Failure `oci/digest-mismatch` when the bytes are others. A blob that is there already is not read again. */
  readonly expected?: Digest;
  readonly signal?: AbortSignal | undefined;
}

export interface ImageStore {
  /** Absolute. */
  readonly root: string;
  /** A blob is visible when it is whole, never before. Chunks of the stream must not be changed after they were yielded. */
  putBlob(
    stream: AsyncIterable<Uint8Array>,
    options?: PutBlobOptions,
  ): Promise<{ readonly digest: Digest; readonly size: number }>;
  hasBlob(digest: Digest): Promise<boolean>;
  /** Where the blob is, or would be. Never write there. */
  blobPath(digest: Digest): string;
  /** Checked at its end: a blob whose bytes have rotted is removed and Failure `oci/digest-mismatch` thrown. Failure `oci/blob-missing`. */
  blob(digest: Digest, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /** Copies what is not there yet, then sets the tags, in any form of reference. */
  putImage(image: Image | ImageIndex, tags: readonly string[], signal?: AbortSignal): Promise<Descriptor>;
  /** By reference, `repository@digest` (any repository), digest of a manifest or configuration, or at least twelve digits of an image id. */
  find(reference: string, signal?: AbortSignal): Promise<Image | ImageIndex | undefined>;
  /** All tagged images, by reference. */
  list(): Promise<readonly StoredImage[]>;
  /** False when there was no such tag. The image stays until garbage is collected. */
  untag(reference: string): Promise<boolean>;
  /** The compressed form remembered for a layer, if its blob is still there. */
  compressed(diffId: Digest): Promise<Descriptor | undefined>;
  rememberCompressed(diffId: Digest, descriptor: Descriptor): Promise<void>;
  /** Removes blobs that no tag reaches and left-over temporary files, when they were last written or used longer ago than that. */
  collectGarbage(olderThanMs: number): Promise<GarbageReport>;
}

const version = '1\n';

const prepare = async (root: string): Promise<void> => {
  try {
    for (const folder of ['blobs/sha256', 'blobs/sha512', 'refs', 'ids', 'compressed', 'locks']) {
      await mkdir(join(root, folder), { recursive: true });
    }
    const path = join(root, 'store-version');
    const found = await readFile(path, 'utf8').catch(() => undefined);
    if (found === undefined) await writeFileWhole(path, version);
    else if (found !== version) {
      throw new Failure('oci/store-unusable', `The image store at ${root} was made by a newer version.`, {
        facts: { path: root, version: found.trim() },
        hint: 'Update this program, or choose another folder for the store.',
        failureClass: 'ConfigurationFailure',
      });
    }
  } catch (error) {
    throw diskFailure(error, 'oci/store-unusable', root);
  }
};

/** Makes the folder when it is not there. Throws Failure `oci/store-unusable`, `oci/no-space`. */
export const openStore = async (folder: string): Promise<ImageStore> => {
  const root = resolve(folder);
  await prepare(root);
  const lock = new StoreLock(join(root, 'locks'));
  const blobs = new BlobFiles(join(root, 'blobs'), lock);
  const records = new Records(root);
  return {
    root,
    putBlob: (stream, options) => blobs.put(stream, options),
    hasBlob: (digest) => blobs.has(digest),
    blobPath: (digest) => blobs.path(digest),
    blob: (digest, signal) => blobs.read(digest, signal),
    putImage: createPutImage({ blobs, records, lock }),
    find: createFinder({ blobs, records }),
    list: () => records.references(),
    untag: (reference) => records.untag(fullReference(reference)),
    async compressed(diffId) {
      const descriptor = await records.compressed(diffId);
      return descriptor !== undefined && (await blobs.touch(descriptor.digest)) ? descriptor : undefined;
    },
    rememberCompressed: (diffId, descriptor) => records.rememberCompressed(diffId, descriptor),
    collectGarbage: (olderThanMs) => collectGarbage({ blobs, records, lock }, olderThanMs),
  };
};
