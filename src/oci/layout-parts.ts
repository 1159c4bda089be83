// What a layout is made of, for the writers of archives and folders: the blobs an image reaches, and the index over it.
import type { Digest } from '../refs/digest.ts';
import { formatReference } from '../refs/reference.ts';
import type { Descriptor, Image, ImageIndex } from './image.ts';
import { imageNameAnnotation, refNameAnnotation } from './read-layout.ts';
import { bytesStream } from './read-bytes.ts';
import { taggedReference } from './tagged-reference.ts';

export interface LayoutBlob {
  readonly descriptor: Descriptor;
  open(signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

const ofImage = (image: Image): readonly LayoutBlob[] => [
  ...image.layers.map(({ descriptor, blob }) => ({ descriptor, open: blob })),
  { descriptor: image.manifest.config, open: () => bytesStream(image.configBytes) },
  { descriptor: image.descriptor, open: () => bytesStream(image.manifestBytes) },
];

/** Each blob once, in an order that depends on the image only: parts before what names them. */
export async function* layoutBlobs(image: Image | ImageIndex, signal?: AbortSignal): AsyncGenerator<LayoutBlob> {
  const seen = new Set<Digest>();
  async function* all(part: Image | ImageIndex): AsyncGenerator<LayoutBlob> {
    if (part.kind === 'image') {
      yield* ofImage(part);
      return;
    }
    for (const member of part.index.manifests) yield* all(await part.member(member, signal));
    yield { descriptor: part.descriptor, open: () => bytesStream(part.indexBytes) };
  }
  for await (const blob of all(image)) {
    if (seen.has(blob.descriptor.digest)) continue;
    seen.add(blob.descriptor.digest);
    yield blob;
  }
}

export const layoutFile = '{"imageLayoutVersion":"1.0.0"}';

/** The entries of an index.json: one for each tag, as docker and buildx write them; one without a name when there is none. */
export const layoutEntries = (image: Image | ImageIndex, tags: readonly string[]): readonly Descriptor[] => {
  const { annotations: _, ...plain } = image.descriptor;
  if (tags.length === 0) return [plain];
  const references = tags.map(taggedReference);
  const byName = new Map(references.map((reference) => [formatReference(reference), reference.tag]));
  return [...byName].map(([name, tag]) => ({
    ...plain,
    annotations: { [imageNameAnnotation]: name, [refNameAnnotation]: tag },
  }));
};
