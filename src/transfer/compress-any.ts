// Compression of an image or of every image of an index, as registries will hold them.
import { compressImage, type CompressOptions } from '../oci/compress.ts';
import { digestOf } from '../oci/digest.ts';
import { indexOf } from '../oci/image-from.ts';
import type { Descriptor, Image, ImageIndex } from '../oci/image.ts';
import { isIndexType, isManifestType } from '../oci/parse-manifest.ts';
import type { ImageStore } from '../oci/store.ts';

/** The same object when nothing had to be compressed: then its digest stays too. */
export const compressAny = async (
  image: Image | ImageIndex,
  store: ImageStore,
  options: CompressOptions,
): Promise<Image | ImageIndex> =>
  image.kind === 'image' ? compressImage(image, store, options) : compressIndex(image, store, options);

const compressIndex = async (index: ImageIndex, store: ImageStore, options: CompressOptions): Promise<ImageIndex> => {
  const members = new Map<string, Image | ImageIndex>();
  const descriptors: Descriptor[] = [];
  let isChanged = false;
  for (const descriptor of index.index.manifests) {
    if (!isIndexType(descriptor.mediaType) && !isManifestType(descriptor.mediaType)) {
      descriptors.push(descriptor);
      continue;
    }
    const member = await index.member(descriptor, options.signal);
    const compressed = await compressAny(member, store, options);
    members.set(compressed.descriptor.digest, compressed);
    const { digest, size, mediaType } = compressed.descriptor;
    descriptors.push({ ...descriptor, mediaType, digest, size });
    if (digest !== descriptor.digest) isChanged = true;
  }
  if (!isChanged) return index;
  const { schemaVersion: _, ...rest } = index.index;
  const made = indexOf({ ...rest, manifests: descriptors });
  return {
    kind: 'index',
    descriptor: {
      mediaType: made.index.mediaType,
      digest: digestOf(made.indexBytes),
      size: made.indexBytes.length,
    },
    index: made.index,
    indexBytes: made.indexBytes,
    member: async (descriptor, signal) => members.get(descriptor.digest) ?? index.member(descriptor, signal),
  };
};
