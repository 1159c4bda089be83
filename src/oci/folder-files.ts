import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../base/error-code.ts';
import { fileChunks } from '../base/file-chunks.ts';
import { badArchive } from './bad-archive.ts';
import type { LayoutFiles } from './layout-files.ts';
import { cleanPath } from './tar/clean-path.ts';

/** The files of a folder. Paths that leave it are Failure `oci/unsafe-path`. */
export const folderFiles = (folder: string): LayoutFiles => {
  const size = async (path: string): Promise<number | undefined> => {
    try {
      const found = await stat(join(folder, cleanPath(path)));
      return found.isFile() ? found.size : undefined;
    } catch (error) {
      if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
      throw error;
    }
  };
  return {
    name: folder,
    size,
    async *read(path, signal) {
      if ((await size(path)) === undefined) throw badArchive(folder, `it has no file "${path}"`);
      yield* fileChunks(join(folder, cleanPath(path)), { signal });
    },
  };
};
