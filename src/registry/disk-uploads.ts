// Unfinished uploads on disk. They outlive the process: what arrived is in a file, and a hash that is lost with the
// process is made again from it.
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileChunks } from '../base/file-chunks.ts';
import { FileWriter } from '../base/file-writer.ts';
import { Hasher, digestOfStream } from '../oci/digest.ts';
import { algorithmOf, type Digest } from '../refs/digest.ts';
import { readIfThere, sizeIfThere } from './disk-files.ts';
import { type Upload, UploadTooLarge } from './store.ts';

const abandonedAfterMs = 24 * 60 * 60 * 1000;

export interface DiskUploads {
  create(repository: string, algorithm: 'sha256' | 'sha512'): Promise<Upload>;
  find(repository: string, id: string): Promise<Upload | undefined>;
}

interface Target {
  readonly blobPath: (digest: Digest) => string;
  readonly linkBlob: (repository: string, digest: Digest) => Promise<void>;
}

export const createDiskUploads = async (root: string, target: Target): Promise<DiskUploads> => {
  await mkdir(root, { recursive: true });
  await removeAbandoned(root);
  const hashes = new Map<string, Hasher>();

  const uploadOf = (repository: string, id: string, received: number): Upload => {
    const folder = join(root, id);
    const data = join(folder, 'data');
    let size = received;

    const end = async (): Promise<void> => {
      hashes.delete(id);
      await rm(folder, { recursive: true, force: true });
    };

    return {
      id,
      get size() {
        return size;
      },
      async append(source, { maxBytes, signal }) {
        const handle = await open(data, 'r+');
        const writer = new FileWriter(handle, size);
        const running = hashes.get(id);
        try {
          for await (const chunk of source) {
            signal.throwIfAborted();
            if (size + chunk.length > maxBytes) throw new UploadTooLarge();
            await writer.write(chunk);
            running?.update(chunk);
            size += chunk.length;
          }
        } finally {
          await writer.end().finally(() => handle.close());
        }
      },
      async commit(digest) {
        const running = hashes.get(id);
        hashes.delete(id);
        const hashed = running?.size === size ? running.digest() : undefined;
        const actual =
          hashed !== undefined && algorithmOf(hashed) === algorithmOf(digest)
            ? hashed
            : await digestOfStream(fileChunks(data), algorithmOf(digest));
        if (actual !== digest) {
          await end();
          return false;
        }
        const path = target.blobPath(digest);
        await flush(data);
        await mkdir(dirname(path), { recursive: true });
        await rename(data, path);
        await target.linkBlob(repository, digest);
        await end();
        return true;
      },
      cancel: end,
    };
  };

  return {
    async create(repository, algorithm) {
      const id = randomUUID();
      await mkdir(join(root, id));
      await writeFile(join(root, id, 'data'), '');
      await writeFile(join(root, id, 'repository'), repository);
      hashes.set(id, new Hasher(algorithm));
      return uploadOf(repository, id, 0);
    },
    async find(repository, id) {
      if (!/^[0-9a-f-]{36}$/.test(id)) return undefined;
      if ((await readIfThere(join(root, id, 'repository'))) !== repository) return undefined;
      const size = await sizeIfThere(join(root, id, 'data'));
      return size === undefined ? undefined : uploadOf(repository, id, size);
    },
  };
};

/** A name in blobs/ promises its content also after a power failure. */
const flush = async (path: string): Promise<void> => {
  await using handle = await open(path, 'r+');
  await handle.datasync();
};

const removeAbandoned = async (root: string): Promise<void> => {
  const now = Date.now();
  for (const name of await readdir(root)) {
    const folder = join(root, name);
    const touched = await stat(join(folder, 'data')).catch(() => stat(folder).catch(() => undefined));
    if (touched !== undefined && now - touched.mtimeMs > abandonedAfterMs)
      await rm(folder, { recursive: true, force: true });
  }
};
