import { readdir } from 'node:fs/promises';

/** Names in a folder; none when it cannot be read: they only help a message. */
export const namesIn = async (folder: string): Promise<readonly string[]> => {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
};
