// Manifests and indexes from untrusted bytes (OCI image-spec, manifest.md and image-index.md; Docker's schema 2).
import { Failure } from '../base/failure.ts';
import type { Platform } from '../refs/platform.ts';
import type { Descriptor, Index, Manifest } from './image.ts';
import { mediaTypes } from './media-types.ts';
import { manifestLimitBytes, tooLarge } from './read-bytes.ts';
import {
  type Bad,
  type JsonObject,
  asDigest,
  asList,
  asObject,
  asSize,
  asString,
  asStringMap,
  asStrings,
  optional,
  parseJson,
} from './untrusted-json.ts';

const badManifest: Bad = (problem) =>
  new Failure('oci/bad-manifest', `The image manifest is not valid: ${problem}.`, {
    facts: { problem },
    hint: 'Push or build the image again with a current tool.',
    failureClass: 'ConfigurationFailure',
  });

const unsupported = (what: string): Failure =>
  new Failure('oci/unsupported-manifest', `The image manifest is ${what}, which is not supported.`, {
    hint: 'Push the image again with a tool that writes Docker schema 2 or OCI manifests.',
    failureClass: 'ConfigurationFailure',
  });

const asPlatform = (value: unknown, what: string, bad: Bad): Platform => {
  const object = asObject(value, what, bad);
  return {
    os: asString(object['os'] ?? '', 'the os of a platform', bad),
    architecture: asString(object['architecture'] ?? '', 'the architecture of a platform', bad),
    ...optional(object, 'variant', asString, bad),
    ...optional(object, 'os.version', asString, bad),
  };
};

export const asDescriptor = (value: unknown, what: string, bad: Bad): Descriptor => {
  const object = asObject(value, what, bad);
  return {
    mediaType: asString(object['mediaType'], `the mediaType of ${what}`, bad),
    digest: asDigest(object['digest'], `the digest of ${what}`, bad),
    size: asSize(object['size'], `the size of ${what}`, bad),
    ...optional(object, 'urls', asStrings, bad),
    ...optional(object, 'annotations', asStringMap, bad),
    ...optional(object, 'platform', asPlatform, bad),
    ...optional(object, 'artifactType', asString, bad),
  };
};

const asDescriptors = (value: unknown, what: string): readonly Descriptor[] =>
  asList(value, what, badManifest).map((item) => asDescriptor(item, `an item of ${what}`, badManifest));

const indexTypes: ReadonlySet<string> = new Set([mediaTypes.ociIndex, mediaTypes.dockerManifestList]);
const manifestTypes: ReadonlySet<string> = new Set([mediaTypes.ociManifest, mediaTypes.dockerManifest]);

export const isIndexType = (mediaType: string): boolean => indexTypes.has(mediaType);
export const isManifestType = (mediaType: string): boolean => manifestTypes.has(mediaType);

const common = (object: JsonObject) => ({
  schemaVersion: 2 as const,
  ...optional(object, 'artifactType', asString, badManifest),
  ...optional(object, 'subject', (v, what, bad) => asDescriptor(v, what, bad), badManifest),
  ...optional(object, 'annotations', asStringMap, badManifest),
});

/**
 * `mediaType` is what the source called it (a descriptor, a Content-Type); it must agree with the text. A text that is
 * manifest and index at once is refused (CVE-2021-41190). Throws Failure `oci/bad-manifest`, `oci/unsupported-manifest`, `oci/too-large`.
 */
export const parseManifest = (bytes: Uint8Array, mediaType?: string): Manifest | Index => {
  if (bytes.length > manifestLimitBytes) throw tooLarge('image manifest', manifestLimitBytes);
  const object = parseJson(bytes, badManifest);
  if (object['schemaVersion'] === 1) throw unsupported('in the Docker format of schema version 1');
  if (object['schemaVersion'] !== 2) throw badManifest('"schemaVersion" is not 2');
  const { mediaType: stated } = optional(object, 'mediaType', asString, badManifest);
  const isIndex = object['manifests'] !== undefined;
  if (isIndex && (object['layers'] !== undefined || object['config'] !== undefined)) {
    throw badManifest('it is a manifest and an index at once');
  }
  const known = stated ?? mediaType ?? (isIndex ? mediaTypes.ociIndex : mediaTypes.ociManifest);
  const called = mediaType !== undefined && (isIndexType(mediaType) || isManifestType(mediaType)) ? mediaType : known;
  if (!isIndexType(known) && !isManifestType(known)) throw unsupported(`of the media type "${known}"`);
  if (isIndexType(known) !== isIndex || called !== known) {
    throw badManifest(`it is called "${called}", but its text is ${isIndex ? 'an index' : 'a manifest'} "${known}"`);
  }
  if (isIndex) {
    return { ...common(object), mediaType: known, manifests: asDescriptors(object['manifests'], '"manifests"') };
  }
  return {
    ...common(object),
    mediaType: known,
    config: asDescriptor(object['config'], '"config"', badManifest),
    layers: asDescriptors(object['layers'], '"layers"'),
  };
};

export const isIndex = (value: Manifest | Index): value is Index => 'manifests' in value;
