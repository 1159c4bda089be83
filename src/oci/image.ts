// Image: the narrow interface that every source gives (archive, layout, store, registry, builder) and every sink takes.
import type { Digest } from '../refs/digest.ts';
import type { Platform } from '../refs/platform.ts';

/** OCI image-spec, descriptor.md. `size` is in bytes. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly urls?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: Platform;
  readonly artifactType?: string;
}

/** OCI image-spec, manifest.md. Docker's schema 2 manifest has the same shape. */
export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** OCI image-spec, image-index.md. */
export interface Index {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** OCI image-spec, config.md. Healthcheck, Shell and OnBuild are Docker's additions to it. */
export interface ImageConfig {
  readonly created?: string;
  readonly author?: string;
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  readonly 'os.version'?: string;
  readonly config?: RunConfig;
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly Digest[] };
  readonly history?: readonly HistoryEntry[];
}

export interface RunConfig {
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, Record<string, never>>>;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
  readonly Volumes?: Readonly<Record<string, Record<string, never>>>;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly StopSignal?: string;
  readonly ArgsEscaped?: boolean;
  readonly OnBuild?: readonly string[];
  readonly Shell?: readonly string[];
  readonly Healthcheck?: {
    readonly Test?: readonly string[];
    /** Nanoseconds, as Docker's API has them. */
    readonly Interval?: number;
    readonly Timeout?: number;
    readonly StartPeriod?: number;
    readonly StartInterval?: number;
    readonly Retries?: number;
  };
}

export interface HistoryEntry {
  readonly created?: string;
  readonly created_by?: string;
  readonly author?: string;
  readonly comment?: string;
  readonly empty_layer?: boolean;
}

/** A layer of one image. Streams are fresh on each call and fail at their end (Failure `oci/digest-mismatch`) when the bytes are not what they claim to be. */
export interface Layer {
  /** Digest of the uncompressed tar; the image config lists it. */
  readonly diffId: Digest;
  /** How the source holds the layer: an uncompressed media type when nothing has compressed it yet. */
  readonly descriptor: Descriptor;
  /** The bytes that `descriptor` describes. */
  blob(signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /** The uncompressed tar. */
  tar(signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

/** One image of one platform. Reading is lazy: nothing large is held in memory. */
export interface Image {
  readonly kind: 'image';
  /** Describes `manifestBytes`. */
  readonly descriptor: Descriptor;
  readonly manifest: Manifest;
  /** The exact bytes: digests depend on them. */
  readonly manifestBytes: Uint8Array;
  readonly config: ImageConfig;
  readonly configBytes: Uint8Array;
  readonly layers: readonly Layer[];
}

/** Images of several platforms under one digest. */
export interface ImageIndex {
  readonly kind: 'index';
  readonly descriptor: Descriptor;
  readonly index: Index;
  readonly indexBytes: Uint8Array;
  /** Opens a member listed in `index.manifests`. */
  member(descriptor: Descriptor, signal?: AbortSignal): Promise<Image | ImageIndex>;
}
