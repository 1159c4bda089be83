// Docker archives: `manifest.json` names configurations, layers and tags (Docker image specification v1.2, "Combined
// Image JSON + Filesystem Changeset Format"). Written by docker save, skopeo, crane, kaniko, podman, and here.
import { type Digest, parseDigest } from '../refs/digest.ts';
import type { ArchivedImage } from './archived-image.ts';
import { badArchive } from './bad-archive.ts';
import { compressionOf } from './decompress.ts';
import { digestOfStream } from './digest.ts';
import type { Descriptor, Image, Layer } from './image.ts';
import { imageFromBytes } from './image-from.ts';
import type { LayoutFiles } from './layout-files.ts';
import { mediaTypes } from './media-types.ts';
import { layerFrom } from './open.ts';
import { parseConfig } from './parse-config.ts';
import { manifestLimitBytes, readBytes } from './read-bytes.ts';
import { type Bad, asList, asObject, asString, asStrings, optional, parseJsonValue } from './untrusted-json.ts';

export interface DockerEntry {
  /** Path of the configuration. */
  readonly config: string;
  /** Paths of the layers, lowest first. */
  readonly layers: readonly string[];
  readonly repoTags: readonly string[];
}

export const readDockerManifest = async (files: LayoutFiles): Promise<readonly DockerEntry[]> => {
  const bad: Bad = (problem) => badArchive(files.name, `in its manifest.json, ${problem}`);
  const bytes = await readBytes(files.read('manifest.json'), manifestLimitBytes, 'file "manifest.json"');
  return asList(parseJsonValue(bytes, bad), 'the text', bad).map((item) => {
    const object = asObject(item, 'an item', bad);
    return {
      config: asString(object['Config'], '"Config"', bad),
      layers: optional(object, 'Layers', asStrings, bad).Layers ?? [],
      repoTags: optional(object, 'RepoTags', asStrings, bad).RepoTags ?? [],
    };
  });
};

/** Names that are digests of the file: `blobs/sha256/<hex>` of docker, `sha256:<hex>.tar.gz` and `<hex>.tar.gz` of crane. */
const digestInName = (path: string): Digest | undefined => {
  const hex =
    /^blobs\/sha256\/([0-9a-f]{64})$/.exec(path)?.[1] ?? /^(?:sha256:)?([0-9a-f]{64})\.tar\.gz$/.exec(path)?.[1];
  return hex === undefined ? undefined : parseDigest(`sha256:${hex}`);
};

const head = async (stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
  for await (const chunk of stream) return chunk.subarray(0, 4);
  return new Uint8Array();
};

const openLayer = async (
  files: LayoutFiles,
  path: string,
  diffId: Digest,
  signal: AbortSignal | undefined,
): Promise<Layer> => {
  const size = await files.size(path);
  if (size === undefined) throw badArchive(files.name, `its layer "${path}" is missing`);
  const compression = compressionOf(await head(files.read(path, signal)));
  const descriptor: Descriptor =
    compression === 'none'
      ? { mediaType: mediaTypes.ociLayer, digest: diffId, size }
      : {
          mediaType: compression === 'gzip' ? mediaTypes.ociLayerGzip : mediaTypes.ociLayerZstd,
          digest: digestInName(path) ?? (await digestOfStream(files.read(path, signal))),
          size,
        };
  return layerFrom(descriptor, diffId, { blob: (_, stop) => files.read(path, stop) });
};

const openEntry = async (files: LayoutFiles, entry: DockerEntry, signal?: AbortSignal): Promise<Image> => {
  if ((await files.size(entry.config)) === undefined) {
    throw badArchive(files.name, `its configuration "${entry.config}" is missing`);
  }
  const configBytes = await readBytes(files.read(entry.config, signal), manifestLimitBytes, 'image configuration');
  const config = parseConfig(configBytes);
  const ids = config.rootfs.diff_ids;
  if (ids.length !== entry.layers.length) {
    throw badArchive(
      files.name,
      `it has ${entry.layers.length} layers for an image whose configuration lists ${ids.length}`,
    );
  }
  const layers: Layer[] = [];
  for (const [i, diffId] of ids.entries()) layers.push(await openLayer(files, entry.layers[i] ?? '', diffId, signal));
  return imageFromBytes(config, configBytes, layers);
};

/** An image that `manifest.json` lists twice, for two tags, is opened once. */
export const readDockerArchive = async (
  files: LayoutFiles,
  signal?: AbortSignal,
): Promise<readonly ArchivedImage[]> => {
  const found = new Map<Digest, { tags: readonly string[]; readonly image: Image }>();
  for (const entry of await readDockerManifest(files)) {
    const image = await openEntry(files, entry, signal);
    const known = found.get(image.descriptor.digest);
    if (known === undefined) found.set(image.descriptor.digest, { tags: entry.repoTags, image });
    else known.tags = [...new Set([...known.tags, ...entry.repoTags])];
  }
  return [...found.values()];
};
