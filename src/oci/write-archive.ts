// Writes image archives. Same image and tags, same bytes.
//
// A Docker archive is at once an OCI layout, as docker save has written it since version 25: old readers find
// manifest.json, new ones index.json, and both the same blobs.
import type { FileHandle } from 'node:fs/promises';
import { algorithmOf } from '../refs/digest.ts';
import { familiarReference } from '../refs/reference.ts';
import type { ArchiveFormat } from './archived-image.ts';
import { canonicalJson } from './canonical-json.ts';
import { dockerForm } from './docker-form.ts';
import type { Image, ImageIndex } from './image.ts';
import { indexOf } from './image-from.ts';
import { layoutBlobs, layoutEntries, layoutFile } from './layout-parts.ts';
import { mediaTypes } from './media-types.ts';
import { layoutBlobPath } from './read-layout.ts';
import { taggedReference } from './tagged-reference.ts';
import { TarFile } from './tar-file.ts';

interface ArchiveTarOptions {
  readonly format: ArchiveFormat;
  readonly tags: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

const dockerManifest = (image: Image, tags: readonly string[]): Buffer =>
  canonicalJson([
    {
      Config: layoutBlobPath(image.manifest.config.digest),
      RepoTags: [...new Set(tags.map((tag) => familiarReference(taggedReference(tag))))],
      Layers: image.layers.map((layer) => layoutBlobPath(layer.descriptor.digest)),
    },
  ]);

/** Gives the size of the archive in bytes. */
export const writeArchiveTar = async (
  file: FileHandle,
  image: Image | ImageIndex,
  { format, tags, signal }: ArchiveTarOptions,
): Promise<number> => {
  const held = format === 'docker' ? await dockerForm(image, signal) : image;
  const tar = new TarFile(file);
  const folders = new Set<string>();
  for await (const { descriptor, open: content } of layoutBlobs(held, signal)) {
    for (const folder of ['blobs', `blobs/${algorithmOf(descriptor.digest)}`]) {
      if (!folders.has(folder)) await tar.folder(folder);
      folders.add(folder);
    }
    signal?.throwIfAborted();
    await tar.stream(layoutBlobPath(descriptor.digest), descriptor.size, content(signal));
  }
  const { indexBytes } = indexOf({ mediaType: mediaTypes.ociIndex, manifests: layoutEntries(held, tags) });
  await tar.add('index.json', indexBytes);
  if (format === 'docker' && held.kind === 'image') await tar.add('manifest.json', dockerManifest(held, tags));
  await tar.add('oci-layout', layoutFile);
  return tar.end();
};
