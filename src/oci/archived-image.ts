import type { Image, ImageIndex } from './image.ts';

export type ArchiveFormat = 'docker' | 'oci';

export interface ArchivedImage {
  /** As the archive has them: whole references, or mere tags in some OCI layouts. */
  readonly tags: readonly string[];
  readonly image: Image | ImageIndex;
}

/** An open archive or layout. Its images can be read until it is disposed. */
export interface Archive extends AsyncDisposable {
  /** `docker` when there is a Docker manifest, also beside an OCI layout. */
  readonly format: ArchiveFormat;
  /** At least one. */
  readonly images: readonly ArchivedImage[];
}
