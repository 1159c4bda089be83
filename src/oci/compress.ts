// Compression for registries: done once for each layer, remembered in the store under the layer's diff id.
import { concurrently } from '../base/concurrently.ts';
import type { Digest } from '../refs/digest.ts';
import { gzip } from './gzip.ts';
import type { Descriptor, Image, Layer } from './image.ts';
import { withLayers } from './image-from.ts';
import { gzipLayerType, layerCompression } from './media-types.ts';
import { type BlobSource, layerFrom } from './open.ts';
import type { ImageStore } from './store.ts';

export interface CompressOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes of the uncompressed layer that are done; once, with all of them, for a layer that was remembered. */
  readonly progress?: (diffId: Digest, doneBytes: number, totalBytes: number) => void;
}

/** Blocks of one layer already run in parallel; the second layer fills the gaps that small ones leave. */
const layersAtOnce = 2;

async function* counted(stream: AsyncIterable<Uint8Array>, count: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) {
    yield chunk;
    count(chunk.length);
  }
}

const compressed = async (layer: Layer, store: ImageStore, options: CompressOptions): Promise<Descriptor> => {
  const { signal, progress } = options;
  const { diffId } = layer;
  const totalBytes = layer.descriptor.size;
  const mediaType = gzipLayerType(layer.descriptor.mediaType);
  const known = await store.compressed(diffId);
  if (known !== undefined) {
    progress?.(diffId, totalBytes, totalBytes);
    return { ...known, mediaType };
  }
  let done = 0;
  const tar = counted(layer.tar(signal), (bytes) => {
    done += bytes;
    progress?.(diffId, done, totalBytes);
  });
  const { digest, size } = await store.putBlob(gzip(tar, { signal }), { signal });
  const descriptor: Descriptor = { mediaType, digest, size };
  await store.rememberCompressed(diffId, descriptor);
  return descriptor;
};

/** The image as a registry will hold it: layers that are not compressed become gzip, others stay. */
export const compressImage = async (image: Image, store: ImageStore, options: CompressOptions = {}): Promise<Image> => {
  const isPlain = (layer: Layer): boolean => layerCompression(layer.descriptor.mediaType) === 'none';
  const plain = new Map(image.layers.filter(isPlain).map((layer) => [layer.diffId, layer]));
  if (plain.size === 0) return image;
  const source: BlobSource = { isChecked: true, blob: ({ digest }, signal) => store.blob(digest, signal) };
  const found = new Map(
    await concurrently(
      [...plain.values()],
      layersAtOnce,
      async (layer, signal) => [layer.diffId, await compressed(layer, store, { ...options, signal })] as const,
      options.signal,
    ),
  );
  const layers = image.layers.map((layer) => {
    const descriptor = isPlain(layer) ? found.get(layer.diffId) : undefined;
    return descriptor === undefined ? layer : layerFrom(descriptor, layer.diffId, source);
  });
  return withLayers(image, layers);
};
