// The images in the files of an archive or a layout.
import { Failure } from '../base/failure.ts';
import { formatReference, isBadReference, parseReference } from '../refs/reference.ts';
import type { ArchiveFormat, ArchivedImage } from './archived-image.ts';
import { notAnArchive } from './bad-archive.ts';
import { digestOf } from './digest.ts';
import { readDockerArchive, readDockerManifest } from './docker-archive.ts';
import type { LayoutFiles } from './layout-files.ts';
import { manifestLimitBytes, readBytes } from './read-bytes.ts';
import { isComplete, isLayout, readLayout } from './read-layout.ts';

const sameName = (tag: string): string => {
  const parsed = parseReference(tag);
  return isBadReference(parsed) ? tag : formatReference(parsed);
};

/** Tags of the Docker manifest that the OCI index beside it does not have. */
const withDockerTags = async (
  images: readonly ArchivedImage[],
  files: LayoutFiles,
): Promise<readonly ArchivedImage[]> => {
  const tags = new Map<string, readonly string[]>();
  for (const { config, repoTags } of await readDockerManifest(files)) {
    const id = digestOf(await readBytes(files.read(config), manifestLimitBytes, 'image configuration'));
    tags.set(id, [...(tags.get(id) ?? []), ...repoTags]);
  }
  return images.map(({ tags: own, image }) => {
    const known = new Set(own.map(sameName));
    const more = image.kind === 'image' ? (tags.get(image.manifest.config.digest) ?? []) : [];
    return { tags: [...own, ...more.filter((tag) => !known.has(sameName(tag)))], image };
  });
};

/** Undefined when the layout leaves out blobs that it lists, as `docker save` does for platforms it has not got. */
const readWhole = async (
  files: LayoutFiles,
  signal: AbortSignal | undefined,
): Promise<readonly ArchivedImage[] | undefined> => {
  try {
    const images = await readLayout(files, signal);
    for (const { image } of images) if (!(await isComplete(image, files))) return undefined;
    return images.length === 0 ? undefined : images;
  } catch (error) {
    if (error instanceof Failure && error.code === 'oci/bad-archive') return undefined;
    throw error;
  }
};

export const readImages = async (
  files: LayoutFiles,
  signal: AbortSignal | undefined,
): Promise<{ readonly format: ArchiveFormat; readonly images: readonly ArchivedImage[] }> => {
  const hasLayout = await isLayout(files);
  const isDocker = (await files.size('manifest.json')) !== undefined;
  if (!hasLayout && !isDocker) {
    throw notAnArchive(
      files.name,
      'it has neither a manifest.json (Docker) nor an oci-layout with an index.json (OCI)',
    );
  }
  let images: readonly ArchivedImage[];
  if (!isDocker) {
    images = await readLayout(files, signal);
  } else {
    const whole = hasLayout ? await readWhole(files, signal) : undefined;
    images = whole === undefined ? await readDockerArchive(files, signal) : await withDockerTags(whole, files);
  }
  if (images.length === 0) throw notAnArchive(files.name, 'it lists no image');
  return { format: isDocker ? 'docker' : 'oci', images };
};
