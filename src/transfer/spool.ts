// Layers that several registries need are fetched once: into the store at the first question, read from there by all.
import type { Digest } from '../refs/digest.ts';
import type { Image, ImageIndex, Layer } from '../oci/image.ts';
import type { ImageStore } from '../oci/store.ts';

/** The same image; nothing is fetched for a registry that has the layer. */
export const spooled = (image: Image | ImageIndex, store: ImageStore, signal?: AbortSignal): Image | ImageIndex => {
  const arriving = new Map<Digest, Promise<unknown>>();

  const arrive = (layer: Layer): Promise<unknown> => {
    const { digest } = layer.descriptor;
    const known = arriving.get(digest);
    if (known !== undefined) return known;
    // One destination that gives up must not take the layer from the others: only the whole push's signal stops this.
    const arrival = store.putBlob(layer.blob(signal), { expected: digest, signal });
    arriving.set(digest, arrival);
    arrival.catch(() => arriving.delete(digest)); // a retry asks again
    return arrival;
  };

  const through = (layer: Layer): Layer => ({
    ...layer,
    async *blob(ownSignal) {
      await arrive(layer);
      yield* store.blob(layer.descriptor.digest, ownSignal);
    },
  });

  const wrap = (inner: Image | ImageIndex): Image | ImageIndex =>
    inner.kind === 'image'
      ? { ...inner, layers: inner.layers.map(through) }
      : { ...inner, member: async (descriptor, memberSignal) => wrap(await inner.member(descriptor, memberSignal)) };

  return wrap(image);
};
