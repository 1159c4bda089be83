// What the registry reads of a manifest: enough to refuse what could not be pulled and to list referrers.
import { digestOf } from '../oci/digest.ts';
import type { Descriptor } from '../oci/image.ts';
import { isNonDistributable } from '../oci/media-types.ts';
import { isIndexType, isManifestType } from '../oci/parse-manifest.ts';
import { type JsonObject, isObject } from '../oci/untrusted-json.ts';
import { algorithmOf, type Digest, parseDigest } from '../refs/digest.ts';
import { ApiError } from './api-error.ts';
import type { StoredManifest } from './store.ts';

/** What a manifest says must be in its repository. */
export interface References {
  readonly blobs: readonly Digest[];
  readonly manifests: readonly Digest[];
}

const invalid = (message: string, detail?: unknown): ApiError => new ApiError(400, 'MANIFEST_INVALID', message, detail);

export const parseManifestJson = (bytes: Uint8Array): JsonObject => {
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

const isElsewhere = (layer: unknown): boolean =>
  isObject(layer) && isNonDistributable(textOf(layer['mediaType']) ?? '');

/** Throws ApiError when the bytes are not what `digest` says or are no manifest of a type we know. */
export const readManifest = (bytes: Uint8Array, mediaType: string, digest: Digest): StoredManifest => {
  const actual = digestOf(bytes, algorithmOf(digest));
  if (actual !== digest)
    throw new ApiError(400, 'DIGEST_INVALID', 'the manifest has another digest than the one it was sent for', {
      digest,
      actual,
    });
  const value = parseManifestJson(bytes);
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
export const mediaTypeOf = (value: JsonObject, contentType: string | null): string => {
  const claimed = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  const own = textOf(value['mediaType']);
  if (own !== undefined && claimed !== '' && own.toLowerCase() !== claimed)
    throw invalid(`the manifest says it is ${own}, but it was sent as ${claimed}`);
  const type = claimed === '' ? own : claimed;
  if (type === undefined) throw invalid('the request has no Content-Type and the manifest has no mediaType');
  return type;
};

/** Throws ApiError when the shape is not that of its media type. Unknown media types have no references. */
export const referencesOf = (value: JsonObject, mediaType: string): References => {
  if (isManifestType(mediaType)) {
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
  if (isIndexType(mediaType)) {
    if (value['schemaVersion'] !== 2) throw invalid('schemaVersion is not 2');
    const manifests = value['manifests'];
    if (!Array.isArray(manifests)) throw invalid('manifests is not a list');
    return { blobs: [], manifests: manifests.map((m, i) => digestIn(m, `manifests[${i}]`)) };
  }
  if (!/^[\w.+-]+\/[\w.+-]+$/.test(mediaType)) throw invalid(`"${mediaType}" is not a media type`);
  return { blobs: [], manifests: [] };
};
