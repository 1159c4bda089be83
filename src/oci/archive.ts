// Image archives: Docker's and OCI's, or both in one file, plain or compressed, and OCI layouts as folders.
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { errorCode } from '../base/error-code.ts';
import { Failure } from '../base/failure.ts';
import { temporaryName } from '../base/temporary-name.ts';
import type { Archive, ArchiveFormat } from './archived-image.ts';
import { archiveMissing, notAnArchive } from './bad-archive.ts';
import { type Compression, compressionOf } from './decompress.ts';
import { diskFailure } from './disk-failure.ts';
import { folderFiles } from './folder-files.ts';
import type { Image, ImageIndex } from './image.ts';
import type { LayoutFiles } from './layout-files.ts';
import { readImages } from './read-archive.ts';
import { spool } from './spool.ts';
import { tarFiles } from './tar-files.ts';
import { writeArchiveTar } from './write-archive.ts';

export interface WriteArchiveOptions {
  /** An existing file is replaced, when the new one is whole. Parent folders are made. */
  readonly path: string;
  readonly format: ArchiveFormat;
  /** In any form of reference. */
  readonly tags: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Throws Failure `oci/no-space`, `oci/write-failed`, `oci/bad-reference`, `oci/archive-platforms`, and those of the image's
 * source. Nothing of the file stays then.
 */
export const writeArchive = async (
  image: Image | ImageIndex,
  options: WriteArchiveOptions,
): Promise<{ readonly sizeBytes: number }> => {
  const path = resolve(options.path);
  const temporary = temporaryName(path);
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, 'wx');
    let sizeBytes: number;
    try {
      sizeBytes = await writeArchiveTar(file, image, options);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    return { sizeBytes };
  } catch (error) {
    await rm(temporary, { force: true });
    throw diskFailure(error, 'oci/write-failed', options.path);
  }
};

export interface OpenArchiveOptions {
  /** Bytes that a compressed archive may expand to in the temporary folder. */
  readonly expandedLimitBytes?: number;
  readonly signal?: AbortSignal | undefined;
}

const defaultExpandedLimit = 256 * 1024 ** 3;

const readHead = async (file: FileHandle): Promise<Compression> => {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
  return compressionOf(buffer.subarray(0, bytesRead));
};

const openFile = async (path: string): Promise<FileHandle> => {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw archiveMissing(
      path,
      errorCode(error) === 'ENOENT' ? 'there is no such file' : String(errorCode(error)),
      error,
    );
  }
};

const asArchive = (path: string, error: unknown): unknown =>
  error instanceof Failure && error.code === 'oci/bad-tar' && error.facts['offset'] === 0
    ? notAnArchive(path, 'it is not a tar')
    : error;

/**
 * Opens a file or folder. Reads indexes and configurations, no layers. Throws Failure `oci/archive-missing`,
 * `oci/not-an-archive`, `oci/bad-archive`, `oci/bad-tar`, `oci/unsafe-path`, and those of manifests and configurations.
 */
export const openArchive = async (path: string, options: OpenArchiveOptions = {}): Promise<Archive> => {
  const { expandedLimitBytes = defaultExpandedLimit, signal } = options;
  await using opening = new AsyncDisposableStack();
  const given = await openFile(path);
  opening.defer(() => given.close());
  const info = await given.stat();
  let files: LayoutFiles;
  if (info.isDirectory()) {
    files = folderFiles(path);
  } else {
    if (info.size === 0) throw notAnArchive(path, info.isFile() ? 'it is empty' : 'it is not a regular file');
    let file = given;
    let { size } = info;
    if ((await readHead(given)) !== 'none') {
      const spooled = opening.use(await spool(given, { limitBytes: expandedLimitBytes, signal }));
      file = spooled.file;
      size = spooled.size;
    }
    try {
      files = await tarFiles(file, size, path);
    } catch (error) {
      throw asArchive(path, error);
    }
  }
  const read = await readImages(files, signal);
  const opened = opening.move();
  return { ...read, [Symbol.asyncDispose]: () => opened.disposeAsync() };
};
