// Questions about small files that may be absent.
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { errorCode } from '../base/error-code.ts';

const ifThere = async <T, U>(asked: Promise<T>, absent: U): Promise<T | U> => {
  try {
    return await asked;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return absent;
    throw error;
  }
};

export const readIfThere = (path: string): Promise<string | undefined> => ifThere(readFile(path, 'utf8'), undefined);

/** Bytes; undefined when there is no such file. */
export const sizeIfThere = async (path: string): Promise<number | undefined> =>
  (await ifThere(stat(path), undefined))?.size;

/** True when there was such a file. */
export const removeIfThere = (path: string): Promise<boolean> =>
  ifThere(
    rm(path).then(() => true),
    false,
  );

/** Names in a folder without hidden ones (files being written); none when it is absent. */
export const namesIn = async (folder: string): Promise<readonly string[]> =>
  (await ifThere(readdir(folder), [])).filter((name) => !name.startsWith('.'));
