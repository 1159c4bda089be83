// A registry store in memory, for tests and short-lived servers.
import { randomUUID } from 'node:crypto';
import { digestOf } from '../oci/digest.ts';
import type { Descriptor } from '../oci/image.ts';
import { algorithmOf, type Digest } from '../refs/digest.ts';
import { type RegistryStore, type StoredManifest, type Upload, UploadTooLarge } from './store.ts';

interface Repository {
  readonly blobs: Set<Digest>;
  readonly manifests: Map<Digest, StoredManifest>;
  readonly tags: Map<string, Digest>;
}

class MemoryUpload implements Upload {
  readonly id = randomUUID();
  readonly repository: string;
  size = 0;
  readonly #chunks: Uint8Array[] = [];
  readonly #end: (bytes: Buffer | undefined, digest?: Digest) => void;

  constructor(repository: string, end: (id: string, bytes: Buffer | undefined, digest?: Digest) => void) {
    this.repository = repository;
    this.#end = (bytes, digest) => {
      end(this.id, bytes, digest);
    };
  }

  async append(
    source: AsyncIterable<Uint8Array>,
    limits: { readonly maxBytes: number; readonly signal: AbortSignal },
  ): Promise<void> {
    for await (const chunk of source) {
      limits.signal.throwIfAborted();
      if (this.size + chunk.length > limits.maxBytes) throw new UploadTooLarge();
      this.#chunks.push(Uint8Array.from(chunk));
      this.size += chunk.length;
    }
  }

  async commit(digest: Digest): Promise<boolean> {
    const bytes = Buffer.concat(this.#chunks);
    const fits = digestOf(bytes, algorithmOf(digest)) === digest;
    this.#end(fits ? bytes : undefined, digest);
    return fits;
  }

  async cancel(): Promise<void> {
    this.#end(undefined);
  }
}

export const memoryStore = (): RegistryStore => {
  const blobs = new Map<Digest, Buffer>();
  const repositories = new Map<string, Repository>();
  const uploads = new Map<string, MemoryUpload>();

  const repositoryOf = (name: string): Repository => {
    const known = repositories.get(name);
    if (known !== undefined) return known;
    const made: Repository = { blobs: new Set(), manifests: new Map(), tags: new Map() };
    repositories.set(name, made);
    return made;
  };

  return {
    async blob(repository, digest) {
      const bytes = blobs.get(digest);
      if (bytes === undefined || repositories.get(repository)?.blobs.has(digest) !== true) return undefined;
      return {
        size: bytes.length,
        async *read(start, end) {
          if (end >= start) yield bytes.subarray(start, end + 1);
        },
      };
    },
    async mountBlob(repository, digest, from) {
      const has =
        from === undefined
          ? [...repositories.values()].some((r) => r.blobs.has(digest))
          : repositories.get(from)?.blobs.has(digest) === true;
      if (has) repositoryOf(repository).blobs.add(digest);
      return has;
    },
    async deleteBlob(repository, digest) {
      return repositories.get(repository)?.blobs.delete(digest) === true;
    },
    async createUpload(repository) {
      const upload = new MemoryUpload(repository, (id, bytes, digest) => {
        uploads.delete(id);
        if (bytes === undefined || digest === undefined) return;
        blobs.set(digest, bytes);
        repositoryOf(repository).blobs.add(digest);
      });
      uploads.set(upload.id, upload);
      return upload;
    },
    async upload(repository, id) {
      const upload = uploads.get(id);
      return upload?.repository === repository ? upload : undefined;
    },
    async putManifest(repository, manifest) {
      repositoryOf(repository).manifests.set(manifest.digest, manifest);
    },
    async manifest(repository, digest) {
      return repositories.get(repository)?.manifests.get(digest);
    },
    async deleteManifest(repository, digest) {
      const found = repositories.get(repository);
      if (found?.manifests.delete(digest) !== true) return false;
      for (const [tag, target] of found.tags) if (target === digest) found.tags.delete(tag);
      return true;
    },
    async referrers(repository, digest): Promise<readonly Descriptor[]> {
      const manifests = repositories.get(repository)?.manifests.values() ?? [];
      return [...manifests].filter((m) => m.subject === digest).map((m) => m.descriptor);
    },
    async tag(repository, tag, digest) {
      repositoryOf(repository).tags.set(tag, digest);
    },
    async tagged(repository, tag) {
      return repositories.get(repository)?.tags.get(tag);
    },
    async untag(repository, tag) {
      return repositories.get(repository)?.tags.delete(tag) === true;
    },
    async tags(repository) {
      const found = repositories.get(repository);
      return found === undefined ? undefined : [...found.tags.keys()];
    },
    async repositories() {
      return [...repositories.keys()];
    },
  };
};
