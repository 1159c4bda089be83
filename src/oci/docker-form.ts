// An image in the form that a Docker archive can hold.
import { Failure } from '../base/failure.ts';
import type { Image, ImageIndex, Layer } from './image.ts';
import { withLayers } from './image-from.ts';
import { layerCompression, plainLayerType } from './media-types.ts';

const isRunnable = (image: Image | ImageIndex): image is Image =>
  image.kind === 'image' && image.config.os !== '' && image.config.os !== 'unknown';

/** The one image of an index whose other members are attestations. Throws Failure `oci/archive-platforms`. */
const onlyImage = async (index: ImageIndex, signal?: AbortSignal): Promise<Image> => {
  const images: Image[] = [];
  for (const descriptor of index.index.manifests) {
    if (descriptor.platform?.os === 'unknown') continue; // BuildKit's attestations
    const member = await index.member(descriptor, signal);
    if (member.kind === 'index') images.push(await onlyImage(member, signal));
    else if (isRunnable(member)) images.push(member);
  }
  const [image] = images;
  if (image !== undefined && images.length === 1) return image;
  throw new Failure(
    'oci/archive-platforms',
    `A Docker archive holds one image, but this index has images for ${images.length} platforms.`,
    {
      facts: { platforms: images.map(({ config }) => `${config.os}/${config.architecture}`).join(', ') },
      hint: 'Write an OCI archive, or choose one platform.',
      failureClass: 'ConfigurationFailure',
    },
  );
};

/** A layer as its plain tar. Its size is found by reading it once. */
const plainLayer = async (layer: Layer, signal?: AbortSignal): Promise<Layer> => {
  if (layer.descriptor.digest === layer.diffId) return layer;
  let size = 0;
  for await (const chunk of layer.tar(signal)) size += chunk.length;
  return {
    diffId: layer.diffId,
    descriptor: { mediaType: plainLayerType(layer.descriptor.mediaType), digest: layer.diffId, size },
    blob: layer.tar,
    tar: layer.tar,
  };
};

/**
 * Readers of Docker archives take layers that are all plain or all gzip (crane and kaniko look at the first one only), so
 * such an image stays as it is, digest and all. Any other gets plain layers, and with them another manifest.
 */
export const dockerForm = async (image: Image | ImageIndex, signal?: AbortSignal): Promise<Image> => {
  const one = image.kind === 'index' ? await onlyImage(image, signal) : image;
  const kinds = new Set(one.layers.map((layer) => layerCompression(layer.descriptor.mediaType)));
  if (kinds.size === 0 || (kinds.size === 1 && (kinds.has('gzip') || kinds.has('none')))) return one;
  const layers: Layer[] = [];
  for (const layer of one.layers) layers.push(await plainLayer(layer, signal));
  return withLayers(one, layers);
};
