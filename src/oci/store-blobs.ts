import { type FileHandle, mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode } from '../base/error-code.ts';
import { Failure } from '../base/failure.ts';
import { fileChunks } from '../base/file-chunks.ts';
import { FileWriter } from '../base/file-writer.ts';
import { isTemporaryName, temporaryName } from '../base/temporary-name.ts';
import { type Digest, algorithmOf, hexOf, parseDigest } from '../refs/digest.ts';
import { Hasher, digestMismatch, hashing } from './digest.ts';
import { diskFailure } from './disk-failure.ts';
import { blobMissing } from './open.ts';
import type { PutBlobOptions } from './store.ts';
import type { StoreLock } from './store-lock.ts';

export interface BlobFile {
  readonly path: string;
  /** Undefined for a left-over temporary file. */
  readonly digest: Digest | undefined;
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly usedAt: number;
}

/** `blobs/<algorithm>/<hex>`, as in an OCI layout. A blob's modification time is when it was last put or asked for. */
export class BlobFiles {
  readonly #root: string;
  readonly #lock: StoreLock;

  constructor(root: string, lock: StoreLock) {
    this.#root = root;
    this.#lock = lock;
  }

  path(digest: Digest): string {
    return join(this.#root, algorithmOf(digest), hexOf(digest));
  }

  async size(digest: Digest): Promise<number | undefined> {
    try {
      return (await stat(this.path(digest))).size;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  async has(digest: Digest): Promise<boolean> {
    return (await this.size(digest)) !== undefined;
  }

  /** Keeps the blob from being taken for garbage. False when it is not there. */
  touch(digest: Digest): Promise<boolean> {
    return this.#lock.shared(async () => {
      const now = new Date();
      try {
        await utimes(this.path(digest), now, now);
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return false;
        if (errorCode(error) !== 'EROFS' && errorCode(error) !== 'EPERM') throw error;
      }
      return this.has(digest);
    });
  }

  async put(
    stream: AsyncIterable<Uint8Array>,
    { expected, signal }: PutBlobOptions = {},
  ): Promise<{ readonly digest: Digest; readonly size: number }> {
    if (expected !== undefined && (await this.touch(expected))) {
      const size = await this.size(expected);
      if (size !== undefined) return { digest: expected, size };
    }
    const temporary = temporaryName(
      join(this.#root, expected === undefined ? 'sha256' : algorithmOf(expected), 'blob'),
    );
    try {
      const written = await writeHashed(temporary, stream, expected, signal);
      await this.#lock.shared(() => rename(temporary, this.path(written.digest)));
      return written;
    } catch (error) {
      await rm(temporary, { force: true });
      throw diskFailure(error, 'oci/store-unusable', this.#root);
    }
  }

  async *read(digest: Digest, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    try {
      yield* hashing(fileChunks(this.path(digest), { signal }), { digest });
    } catch (error) {
      if (errorCode(error) === 'ENOENT') throw blobMissing(digest, 'The image store');
      if (error instanceof Failure && error.code === 'oci/digest-mismatch') await this.remove(this.path(digest));
      throw error;
    }
  }

  async remove(path: string): Promise<void> {
    await rm(path, { force: true });
  }

  async *files(): AsyncGenerator<BlobFile> {
    for (const algorithm of ['sha256', 'sha512']) {
      const folder = join(this.#root, algorithm);
      for (const name of await readdir(folder)) {
        const digest = parseDigest(`${algorithm}:${name}`);
        if (digest === undefined && !isTemporaryName(name)) continue;
        const path = join(folder, name);
        const found = await stat(path).catch(() => undefined);
        if (found !== undefined) yield { path, digest, size: found.size, usedAt: found.mtimeMs };
      }
    }
  }
}

const writeHashed = async (
  path: string,
  stream: AsyncIterable<Uint8Array>,
  expected: Digest | undefined,
  signal: AbortSignal | undefined,
): Promise<{ readonly digest: Digest; readonly size: number }> => {
  const file = await create(path);
  try {
    const writer = new FileWriter(file);
    const hasher = new Hasher(expected === undefined ? 'sha256' : algorithmOf(expected));
    for await (const chunk of stream) {
      signal?.throwIfAborted();
      hasher.update(chunk);
      await writer.write(chunk);
    }
    await writer.end();
    const size = hasher.size;
    const digest = hasher.digest();
    if (expected !== undefined && digest !== expected) throw digestMismatch({ digest: expected }, { digest, size });
    return { digest, size };
  } finally {
    await file.close();
  }
};

const create = async (path: string): Promise<FileHandle> => {
  try {
    return await open(path, 'wx');
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    await mkdir(dirname(path), { recursive: true });
    return open(path, 'wx');
  }
};
