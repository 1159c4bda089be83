// Images from sources that hold manifests and blobs under their digests: layout, archive, store, registry.
import { Failure } from '../base/failure.ts';
import type { Digest } from '../refs/digest.ts';
import { decompress } from './decompress.ts';
import { checkDigest, digestOf, hashing } from './digest.ts';
import type { Descriptor, Image, ImageConfig, ImageIndex, Index, Layer, Manifest } from './image.ts';
import { isImageConfigType, layerCompression } from './media-types.ts';
import { badConfig, parseConfig } from './parse-config.ts';
import { isIndex, parseManifest } from './parse-manifest.ts';
import { manifestLimitBytes, readBytes } from './read-bytes.ts';

export interface BlobSource {
  /** True when `blob` checks what it gives, so that it is not hashed twice. */
  readonly isChecked?: boolean;
  /** The bytes of a configuration or a layer. */
  blob(descriptor: Descriptor, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /** The bytes of a manifest that an index lists; `blob` where the source does not tell the two apart. Need not check them. */
  manifest?(descriptor: Descriptor, signal?: AbortSignal): Promise<Uint8Array>;
}

export interface ManifestFrom {
  readonly bytes: Uint8Array;
  /** What the source called it: a descriptor's or Content-Type's. Undefined to go by the text. */
  readonly mediaType?: string;
  /** The digest asked for. Undefined when a tag was asked for: sha256 of the bytes then. */
  readonly digest?: Digest;
  /** Further fields for the image's own descriptor, as an index has them. */
  readonly platform?: Descriptor['platform'];
  readonly annotations?: Descriptor['annotations'];
  readonly source: BlobSource;
}

const checkedBlob = (descriptor: Descriptor, source: BlobSource, signal?: AbortSignal): AsyncIterable<Uint8Array> => {
  const bytes = source.blob(descriptor, signal);
  return source.isChecked === true ? bytes : hashing(bytes, descriptor);
};

/** A layer whose blob is checked against `descriptor` and whose tar against `diffId`. */
export const layerFrom = (descriptor: Descriptor, diffId: Digest, source: BlobSource): Layer => ({
  diffId,
  descriptor,
  blob: (signal) => checkedBlob(descriptor, source, signal),
  tar: (signal) =>
    descriptor.digest === diffId
      ? checkedBlob(descriptor, source, signal)
      : hashing(decompress(source.blob(descriptor, signal), { signal }), { digest: diffId }),
});

/** Artifacts have the shape of images without being one: their layers are blobs, not tars (manifest.md, "Guidelines for Artifact Usage"). */
const isArtifact = (manifest: Manifest): boolean =>
  !isImageConfigType(manifest.config.mediaType) ||
  (manifest.layers.length > 0 && manifest.layers.every((layer) => layerCompression(layer.mediaType) === undefined));

const artifactConfig: ImageConfig = { architecture: '', os: '', rootfs: { type: 'layers', diff_ids: [] } };

const openImage = async (from: ManifestFrom, manifest: Manifest, signal?: AbortSignal): Promise<Image> => {
  const { source } = from;
  const configBytes = await readBytes(
    checkedBlob(manifest.config, source, signal),
    manifestLimitBytes,
    'image configuration',
  );
  const artifact = isArtifact(manifest);
  const config = artifact ? artifactConfig : parseConfig(configBytes);
  const ids = artifact ? manifest.layers.map((layer) => layer.digest) : config.rootfs.diff_ids;
  if (ids.length !== manifest.layers.length) {
    throw badConfig(`it lists ${ids.length} layers where the manifest lists ${manifest.layers.length}`);
  }
  return {
    kind: 'image',
    descriptor: descriptorOf(from, manifest),
    manifest,
    manifestBytes: from.bytes,
    config,
    configBytes,
    layers: manifest.layers.map((descriptor, i) => layerFrom(descriptor, ids[i] ?? descriptor.digest, source)),
  };
};

const openIndex = (from: ManifestFrom, index: Index): ImageIndex => ({
  kind: 'index',
  descriptor: descriptorOf(from, index),
  index,
  indexBytes: from.bytes,
  member: (descriptor, signal) => openDescriptor(descriptor, from.source, signal),
});

const descriptorOf = (from: ManifestFrom, parsed: Manifest | Index): Descriptor => ({
  mediaType: parsed.mediaType,
  digest: from.digest ?? digestOf(from.bytes),
  size: from.bytes.length,
  ...(from.platform === undefined ? {} : { platform: from.platform }),
  ...(from.annotations === undefined ? {} : { annotations: from.annotations }),
  ...(parsed.artifactType === undefined ? {} : { artifactType: parsed.artifactType }),
});

/**
 * Checks `bytes` against `digest`, reads them, and for an image also its configuration. Layers and members stay unread.
 * Throws Failure `oci/digest-mismatch`, `oci/bad-manifest`, `oci/unsupported-manifest`, `oci/bad-config`, `oci/too-large`.
 */
export const imageFromManifest = async (from: ManifestFrom, signal?: AbortSignal): Promise<Image | ImageIndex> => {
  if (from.digest !== undefined) checkDigest(from.bytes, { digest: from.digest });
  const parsed = parseManifest(from.bytes, from.mediaType);
  return isIndex(parsed) ? openIndex(from, parsed) : openImage(from, parsed, signal);
};

/** As `imageFromManifest`, for a manifest or index that the source itself holds. */
export const openDescriptor = async (
  descriptor: Descriptor,
  source: BlobSource,
  signal?: AbortSignal,
): Promise<Image | ImageIndex> => {
  const bytes =
    source.manifest === undefined
      ? await readBytes(source.blob(descriptor, signal), manifestLimitBytes, 'image manifest')
      : await source.manifest(descriptor, signal);
  checkDigest(bytes, descriptor);
  return imageFromManifest(
    {
      bytes,
      mediaType: descriptor.mediaType,
      digest: descriptor.digest,
      ...(descriptor.platform === undefined ? {} : { platform: descriptor.platform }),
      ...(descriptor.annotations === undefined ? {} : { annotations: descriptor.annotations }),
      source,
    },
    signal,
  );
};

export const blobMissing = (digest: Digest, where: string): Failure =>
  new Failure('oci/blob-missing', `${where} has no blob ${digest}.`, {
    facts: { digest },
    hint: 'Fetch or build the image again.',
    failureClass: 'InfrastructureFailure',
  });
