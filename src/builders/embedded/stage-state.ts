// A stage while it is built, and what an image brings when a stage begins with it.
import { layerFrom } from '../../oci/open.ts';
import type { Descriptor, HistoryEntry, Image, ImageConfig, Layer, RunConfig } from '../../oci/image.ts';
import { mediaTypes } from '../../oci/media-types.ts';
import type { ImageStore } from '../../oci/store.ts';
import type { Digest } from '../../refs/digest.ts';
import { type LayerFiles, type MergedTree, mergedTree, readLayerFiles } from './merged-tree.ts';

export interface StageState {
  readonly layers: readonly Layer[];
  /** Files of each layer, in the order of `layers`. Read when first asked for: a build that is cached whole reads none. */
  readonly files: readonly (() => Promise<LayerFiles>)[];
  readonly tree: () => Promise<MergedTree>;
  readonly config: RunConfig;
  readonly history: readonly HistoryEntry[];
  /** The base's configuration, for what the Dockerfile does not touch. */
  readonly base: Pick<ImageConfig, 'os' | 'architecture' | 'variant' | 'os.version'>;
  /** RFC 3339: of the newest step, or of the base. */
  readonly created: string;
  /** ARGs declared and every variable at the end, for stages that begin with this one. */
  readonly arguments: ReadonlyMap<string, string>;
  readonly variables: ReadonlyMap<string, string> | undefined;
  readonly author: string | undefined;
}

export const storedLayer = (diffId: Digest, sizeBytes: number, store: ImageStore): Layer => {
  const descriptor: Descriptor = { mediaType: mediaTypes.ociLayer, digest: diffId, size: sizeBytes };
  return layerFrom(descriptor, diffId, { isChecked: true, blob: (d, signal) => store.blob(d.digest, signal) });
};

/** Some tools write no history, or one that lacks layers: entries that are added later must not be taken for theirs. */
const fullHistory = (history: readonly HistoryEntry[], layers: number): readonly HistoryEntry[] => {
  const lacking = Math.max(0, layers - history.filter((entry) => entry.empty_layer !== true).length);
  return [...history, ...Array.from({ length: lacking }, () => ({ comment: 'a layer of the base image' }))];
};

const once = <T>(work: () => Promise<T>): (() => Promise<T>) => {
  let result: Promise<T> | undefined;
  return () => (result ??= work());
};

const layerFiles = (diffId: Digest, store: ImageStore, signal: AbortSignal): (() => Promise<LayerFiles>) =>
  once(() => readLayerFiles(store.blobPath(diffId), signal));

/** Layers as the image has them; their uncompressed tars are put into the store, since files are read from there. */
export const stateOfImage = async (image: Image, store: ImageStore, signal: AbortSignal): Promise<StageState> => {
  for (const layer of image.layers) {
    if (!(await store.hasBlob(layer.diffId)))
      await store.putBlob(layer.tar(signal), { expected: layer.diffId, signal });
  }
  const files = image.layers.map((layer) => layerFiles(layer.diffId, store, signal));
  const { config } = image;
  return {
    layers: image.layers,
    files,
    tree: once(async () => mergedTree(await Promise.all(files.map((read) => read())))),
    config: config.config ?? {},
    history: fullHistory(config.history ?? [], image.layers.length),
    base: {
      os: config.os,
      architecture: config.architecture,
      ...(config.variant === undefined ? {} : { variant: config.variant }),
      ...(config['os.version'] === undefined ? {} : { 'os.version': config['os.version'] }),
    },
    created: config.created ?? '1970-01-01T00:00:00Z',
    arguments: new Map(),
    variables: undefined,
    author: config.author,
  };
};

export const withLayer = (state: StageState, layer: Layer, store: ImageStore, signal: AbortSignal): StageState => {
  const files = layerFiles(layer.diffId, store, signal);
  return {
    ...state,
    layers: [...state.layers, layer],
    files: [...state.files, files],
    tree: once(async () => (await state.tree()).with(await files())),
  };
};
