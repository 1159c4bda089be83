// RegistryStore: what the API needs of a place that keeps blobs, manifests, tags and unfinished uploads.
import type { Descriptor } from '../oci/image.ts';
import type { Digest } from '../refs/digest.ts';

/** Blobs belong to repositories: what one repository has, another has only after a mount. */
export interface RegistryStore {
  /** Undefined when the repository does not have it. */
  blob(repository: string, digest: Digest): Promise<StoredBlob | undefined>;
  /** Gives `repository` a blob that `from` (absent: any repository) has; false when it has not. */
  mountBlob(repository: string, digest: Digest, from?: string): Promise<boolean>;
  /** False when the repository does not have it. */
  deleteBlob(repository: string, digest: Digest): Promise<boolean>;

  /** `algorithm` is a guess that saves reading the bytes again at the end. */
  createUpload(repository: string, algorithm: 'sha256' | 'sha512'): Promise<Upload>;
  /** Undefined when there is none of this id in this repository. */
  upload(repository: string, id: string): Promise<Upload | undefined>;

  putManifest(repository: string, manifest: StoredManifest): Promise<void>;
  manifest(repository: string, digest: Digest): Promise<StoredManifest | undefined>;
  /** Removes its tags too. False when the repository does not have it. */
  deleteManifest(repository: string, digest: Digest): Promise<boolean>;
  /** Manifests of the repository whose `subject` is `digest`. */
  referrers(repository: string, digest: Digest): Promise<readonly Descriptor[]>;

  tag(repository: string, tag: string, digest: Digest): Promise<void>;
  tagged(repository: string, tag: string): Promise<Digest | undefined>;
  untag(repository: string, tag: string): Promise<boolean>;
  /** Undefined when the repository does not exist. In no order. */
  tags(repository: string): Promise<readonly string[] | undefined>;
  /** In no order. */
  repositories(): Promise<readonly string[]>;
}

export interface StoredBlob {
  /** Bytes. */
  readonly size: number;
  /** Bytes `start` to `end`, both included. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
}

export interface StoredManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly subject?: Digest;
  /** As the referrers API lists it. */
  readonly descriptor: Descriptor;
}

/** An unfinished blob. Visible to nobody before `commit`. Its methods are called one at a time. */
export interface Upload {
  readonly id: string;
  /** Bytes received. */
  readonly size: number;
  /** What arrived before a failure of `source` is kept, so that the client can go on from there. */
  append(
    source: AsyncIterable<Uint8Array>,
    limits: { readonly maxBytes: number; readonly signal: AbortSignal },
  ): Promise<void>;
  /** Makes it a blob of the repository; false when the bytes have another digest. The upload is gone either way. */
  commit(digest: Digest): Promise<boolean>;
  cancel(): Promise<void>;
}

/** Thrown by `append` when more than `maxBytes` arrive. */
export class UploadTooLarge extends Error {
  override readonly name = 'UploadTooLarge';
}
