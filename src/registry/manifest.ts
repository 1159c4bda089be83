// What the registry reads of a manifest: enough to refuse what could not be pulled and to list referrers.
import { digestOf } from '../oci/digest.ts';
import type { Descriptor } from '../oci/image.ts';
import { mediaTypes } from '../oci/media-types.ts';
import { algorithmOf, type Digest, parseDigest } from '../refs/digest.ts';
import { ApiError } from './api-error.ts';
import type { StoredManifest } from './store.ts';

const indexTypes: ReadonlySet<string> = new Set([mediaTypes.ociIndex, mediaTypes.dockerManifestList]);
const imageTypes: ReadonlySet<string> = new Set([mediaTypes.ociManifest, mediaTypes.dockerManifest]);

/** What a manifest says must be in its repository. */
export interface References {
  readonly blobs: readonly Digest[];
  readonly manifests: readonly Digest[];
}

type JsonObject = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const invalid = (message: string, detail?: unknown): ApiError => new ApiError(400, 'MANIFEST_INVALID', message, detail);

const parse = (bytes: Uint8Array): JsonObject => {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw invalid('the manifest is not JSON in UTF-8');
  }
  if (!isObject(value)) throw invalid('the manifest is not a JSON object');
  return value;
};

const digestIn = (value: unknown, where: string): Digest => {
  const text = isObject(value) ? value['digest'] : undefined;
  const digest = typeof text === 'string' ? parseDigest(text) : undefined;
  if (digest === undefined) throw invalid(`${where} has no valid digest`, { digest: text });
  return digest;
};

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** OCI image-spec, layer.md, "Non-Distributable Layers": their bytes are elsewhere. */
const isElsewhere = (layer: unknown): boolean =>
  isObject(layer) && /nondistributable|foreign/.test(textOf(layer['mediaType']) ?? '');

/** Throws ApiError when the bytes are not what `digest` says or are no manifest of a type we know. */
export const readManifest = (bytes: Uint8Array, mediaType: string, digest: Digest): StoredManifest => {
  const actual = digestOf(bytes, algorithmOf(digest));
  if (actual !== digest)
    throw new ApiError(400, 'DIGEST_INVALID', 'the manifest has another digest than the one it was sent for', {
      digest,
      actual,
    });
  const value = parse(bytes);
  const subject = value['subject'] === undefined ? undefined : digestIn(value['subject'], 'subject');
  const config = value['config'];
  const artifactType = textOf(value['artifactType']) ?? (isObject(config) ? textOf(config['mediaType']) : undefined);
  const annotations = isObject(value['annotations']) ? stringsOf(value['annotations']) : undefined;
  const descriptor: Descriptor = {
    mediaType,
    digest,
    size: bytes.length,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  return { digest, mediaType, bytes, descriptor, ...(subject === undefined ? {} : { subject }) };
};

const stringsOf = (value: JsonObject): Record<string, string> =>
  Object.fromEntries(Object.entries(value).filter((e): e is [string, string] => typeof e[1] === 'string'));

/** The media type of a manifest that was sent as `contentType`; throws ApiError when the two disagree. */
export const mediaTypeOf = (bytes: Uint8Array, contentType: string | null): string => {
  const value = parse(bytes);
  const claimed = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  const own = textOf(value['mediaType']);
  if (own !== undefined && claimed !== '' && own.toLowerCase() !== claimed)
    throw invalid(`the manifest says it is ${own}, but it was sent as ${claimed}`);
  const type = claimed === '' ? own : claimed;
  if (type === undefined) throw invalid('the request has no Content-Type and the manifest has no mediaType');
  return type;
};

/** Throws ApiError when the shape is not that of its media type. Unknown media types have no references. */
export const referencesOf = (manifest: StoredManifest): References => {
  const value = parse(manifest.bytes);
  if (imageTypes.has(manifest.mediaType)) {
    if (value['schemaVersion'] !== 2) throw invalid('schemaVersion is not 2');
    const layers = value['layers'];
    if (!Array.isArray(layers)) throw invalid('layers is not a list');
    return {
      blobs: [
        digestIn(value['config'], 'config'),
        ...layers.flatMap((layer, i) => (isElsewhere(layer) ? [] : [digestIn(layer, `layers[${i}]`)])),
      ],
      manifests: [],
    };
  }
  if (indexTypes.has(manifest.mediaType)) {
    if (value['schemaVersion'] !== 2) throw invalid('schemaVersion is not 2');
    const manifests = value['manifests'];
    if (!Array.isArray(manifests)) throw invalid('manifests is not a list');
    return { blobs: [], manifests: manifests.map((m, i) => digestIn(m, `manifests[${i}]`)) };
  }
  if (!/^[\w.+-]+\/[\w.+-]+$/.test(manifest.mediaType)) throw invalid(`"${manifest.mediaType}" is not a media type`);
  return { blobs: [], manifests: [] };
};
