// What a summary says of an image or index.
import type { Image, ImageIndex } from '../oci/image.ts';
import { formatPlatform } from '../refs/platform.ts';

export interface ImageFacts {
  /** Docker's image id; of an index, the digest of the index. */
  readonly imageId: string;
  /** Bytes: layers as held; of an index, of all its manifests. */
  readonly sizeBytes: number;
  readonly platform?: string;
}

export const factsOf = (image: Image | ImageIndex): ImageFacts => {
  if (image.kind === 'index') {
    const platforms = image.index.manifests.flatMap(({ platform }) =>
      platform === undefined || platform.os === 'unknown' ? [] : [formatPlatform(platform)],
    );
    return {
      imageId: image.descriptor.digest,
      sizeBytes: image.index.manifests.reduce((sum, { size }) => sum + size, 0),
      ...(platforms.length === 0 ? {} : { platform: platforms.join(',') }),
    };
  }
  return {
    imageId: image.manifest.config.digest,
    sizeBytes: image.manifest.layers.reduce((sum, { size }) => sum + size, 0),
    ...(image.config.os === '' ? {} : { platform: formatPlatform(image.config) }),
  };
};
