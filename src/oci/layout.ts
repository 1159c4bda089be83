// OCI image layouts as folders.
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { errorCode } from '../base/error-code.ts';
import { FileWriter } from '../base/file-writer.ts';
import { temporaryName } from '../base/temporary-name.ts';
import { writeFileWhole } from '../base/write-file-whole.ts';
import { openArchive } from './archive.ts';
import type { Archive } from './archived-image.ts';
import { notAnArchive } from './bad-archive.ts';
import { diskFailure } from './disk-failure.ts';
import type { Descriptor, Image, ImageIndex } from './image.ts';
import { indexOf } from './image-from.ts';
import { type LayoutBlob, layoutBlobs, layoutEntries, layoutFile } from './layout-parts.ts';
import { mediaTypes } from './media-types.ts';
import { isIndex, parseManifest } from './parse-manifest.ts';
import { imageNameAnnotation, layoutBlobPath, refNameAnnotation } from './read-layout.ts';

/** Opens a layout folder. `openArchive` does the same for whatever is at the path. */
export const openLayout = async (folder: string, signal?: AbortSignal): Promise<Archive> => {
  const found = await stat(folder).catch(() => undefined);
  if (found !== undefined && !found.isDirectory()) throw notAnArchive(folder, 'it is not a folder');
  return openArchive(folder, { signal });
};

const writeBlob = async (path: string, { descriptor, open: content }: LayoutBlob, signal?: AbortSignal) => {
  const existing = await stat(path).catch(() => undefined);
  if (existing?.size === descriptor.size) return;
  await mkdir(dirname(path), { recursive: true });
  const temporary = temporaryName(path);
  try {
    const file = await open(temporary, 'wx');
    try {
      const writer = new FileWriter(file);
      for await (const chunk of content(signal)) await writer.write(chunk);
      await writer.end();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
};

const existingEntries = async (path: string): Promise<readonly Descriptor[]> => {
  try {
    const index = parseManifest(await readFile(path), mediaTypes.ociIndex);
    return isIndex(index) ? index.manifests : [];
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
};

/** Same tag, or the same untagged image. */
const isReplaced = (old: Descriptor, entries: readonly Descriptor[]): boolean =>
  entries.some((entry) => {
    const name = entry.annotations?.[imageNameAnnotation];
    const oldName = old.annotations?.[imageNameAnnotation];
    const sameTag = old.annotations?.[refNameAnnotation] === entry.annotations?.[refNameAnnotation];
    return name === undefined || oldName === undefined
      ? sameTag && (name === oldName || old.digest === entry.digest)
      : name === oldName;
  });

/**
 * Adds an image to a layout, or makes one. Tags that the layout has already move to the image. One writer at a time.
 * Throws Failure `oci/no-space`, `oci/write-failed`, `oci/bad-reference`.
 */
export const writeLayout = async (
  image: Image | ImageIndex,
  { path, tags, signal }: { readonly path: string; readonly tags: readonly string[]; readonly signal?: AbortSignal },
): Promise<void> => {
  const folder = resolve(path);
  const entries = layoutEntries(image, tags);
  try {
    await mkdir(folder, { recursive: true });
    for await (const blob of layoutBlobs(image, signal)) {
      await writeBlob(join(folder, layoutBlobPath(blob.descriptor.digest)), blob, signal);
    }
    const kept = (await existingEntries(join(folder, 'index.json'))).filter((old) => !isReplaced(old, entries));
    const { indexBytes } = indexOf({ mediaType: mediaTypes.ociIndex, manifests: [...kept, ...entries] });
    await writeFileWhole(join(folder, 'oci-layout'), layoutFile);
    await writeFileWhole(join(folder, 'index.json'), indexBytes);
  } catch (error) {
    throw diskFailure(error, 'oci/write-failed', path);
  }
};
