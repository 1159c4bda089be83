import { concurrently } from '../base/concurrently.ts';
import type { Descriptor, Image, ImageIndex } from './image.ts';
import { isImageConfigType } from './media-types.ts';
import { bytesStream } from './read-bytes.ts';
import type { ImageStore } from './store.ts';
import type { BlobFiles } from './store-blobs.ts';
import type { StoreLock } from './store-lock.ts';
import type { Records } from './store-records.ts';
import { fullReference } from './tagged-reference.ts';

interface Parts {
  readonly blobs: BlobFiles;
  readonly records: Records;
  readonly lock: StoreLock;
}

const layersAtOnce = 3;

/** The descriptor as the store keeps it: what an index or an archive said beside it is theirs. */
const own = ({ mediaType, digest, size, platform }: Descriptor): Descriptor => ({
  mediaType,
  digest,
  size,
  ...(platform === undefined ? {} : { platform }),
});

const putOne = async (image: Image, parts: Parts, signal?: AbortSignal): Promise<void> => {
  const { blobs, records } = parts;
  await concurrently(
    image.layers,
    layersAtOnce,
    (layer, stop) => blobs.put(layer.blob(stop), { expected: layer.descriptor.digest, signal: stop }),
    signal,
  );
  await blobs.put(bytesStream(image.configBytes), { expected: image.manifest.config.digest, signal });
  await blobs.put(bytesStream(image.manifestBytes), { expected: image.descriptor.digest, signal });
  const { config } = image.manifest;
  if (isImageConfigType(config.mediaType)) await records.rememberId(config.digest, own(image.descriptor));
};

const putAny = async (image: Image | ImageIndex, parts: Parts, signal?: AbortSignal): Promise<void> => {
  if (image.kind === 'image') return putOne(image, parts, signal);
  for (const descriptor of image.index.manifests) {
    await putAny(await image.member(descriptor, signal), parts, signal);
  }
  await parts.blobs.put(bytesStream(image.indexBytes), { expected: image.descriptor.digest, signal });
};

export const createPutImage =
  (parts: Parts): ImageStore['putImage'] =>
  async (image, tags, signal) => {
    const references = tags.map(fullReference);
    return parts.lock.shared(async () => {
      await putAny(image, parts, signal);
      const descriptor = own(image.descriptor);
      for (const reference of references) {
        await parts.records.tag({
          reference,
          descriptor,
          ...(image.kind === 'image' ? { imageId: image.manifest.config.digest } : {}),
          storedAt: Date.now(),
        });
      }
      return descriptor;
    });
  };
