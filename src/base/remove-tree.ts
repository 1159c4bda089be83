// Removes a folder with everything in it, also what a tool made read-only (Go's module cache).
import { chmodSync, lstatSync, readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { errorCode } from './error-code.ts';

/** Gives the owner the right to remove what is below. Links are not followed. */
const openFolders = (folder: Buffer): void => {
  chmodSync(folder, 0o700);
  for (const name of readdirSync(folder, { encoding: 'buffer' })) {
    const path = Buffer.concat([folder, Buffer.from('/'), name]);
    if (lstatSync(path).isDirectory()) openFolders(path);
  }
};

const isRefused = (error: unknown): boolean => errorCode(error) === 'EACCES' || errorCode(error) === 'EPERM';

/** No error when it is not there. */
export const removeTree = async (folder: string): Promise<void> => {
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  try {
    await remove();
  } catch (error) {
    if (!isRefused(error)) throw error;
    openFolders(Buffer.from(folder));
    await remove();
  }
};

/** For a process that ends at once: what cannot be removed stays for the next one. */
export const removeTreeNow = (folder: string): void => {
  const remove = (): void => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  };
  try {
    remove();
  } catch (error) {
    if (!isRefused(error)) return;
    openFolders(Buffer.from(folder));
    remove();
  }
};
