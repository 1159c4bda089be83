// A copy of the code base for the steps of a stage: what a fresh checkout with the local changes would hold.
import { execFile } from 'node:child_process';
import {
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import { decodePath, encodePath } from '../../base/byte-path.ts';
import { Failure } from '../../base/failure.ts';

const git = async (folder: string, args: readonly string[]): Promise<Buffer | undefined> => {
  try {
    const { stdout } = await promisify(execFile)('git', ['-C', folder, ...args], {
      encoding: 'buffer',
      maxBuffer: 1 << 28,
    });
    return stdout;
  } catch {
    return undefined; // no git, or no checkout
  }
};

const split = (bytes: Buffer): readonly string[] => {
  const paths: string[] = [];
  for (let start = 0, end = bytes.indexOf(0); end >= 0; start = end + 1, end = bytes.indexOf(0, start))
    paths.push(decodePath(bytes.subarray(start, end)));
  return paths;
};

const join_ = (folder: string, name: string): string => `${folder}${sep}${name}`;

/** One entry: a folder is made, a link stays a link, a file is cloned where the file system can. Sockets and devices are left out. */
const copyEntry = (from: string, to: string): 'folder' | 'file' | 'none' => {
  const source = encodePath(from);
  const target = encodePath(to);
  const facts = lstatSync(source, { throwIfNoEntry: false });
  if (facts === undefined) return 'none'; // deleted in the work tree, but tracked
  if (facts.isDirectory()) {
    mkdirSync(target, { recursive: true, mode: facts.mode & 0o7777 });
    return 'folder';
  }
  mkdirSync(encodePath(dirname(to)), { recursive: true });
  if (facts.isSymbolicLink()) {
    symlinkSync(readlinkSync(source, { encoding: 'buffer' }), target);
    return 'file';
  }
  if (!facts.isFile()) return 'none';
  copyFileSync(source, target, constants.COPYFILE_FICLONE);
  utimesSync(target, facts.atime, facts.mtime);
  return 'file';
};

const copyFolder = (from: string, to: string, skip: (path: string) => boolean): void => {
  for (const name of readdirSync(encodePath(from), { encoding: 'buffer' })) {
    const path = join_(from, decodePath(name));
    if (skip(path)) continue;
    const target = join_(to, decodePath(name));
    if (copyEntry(path, target) === 'folder') copyFolder(path, target, skip);
  }
};

/**
 * In a Git checkout: tracked files as they are in the work tree and untracked ones that are not ignored, with `.git`.
 * Elsewhere: the folder, without `excluded` and `.slipway`. Failure `runner/no-codebase`.
 */
export const copyCodebase = async (folder: string, to: string, excluded: readonly string[]): Promise<void> => {
  const from = resolve(folder);
  const outside = new Set(excluded.map((path) => resolve(path)));
  const skip = (path: string): boolean => outside.has(path) || path === join(from, '.slipway');
  try {
    mkdirSync(to, { recursive: true });
    const listed = await git(from, ['ls-files', '-z', '--cached', '--others', '--exclude-standard']);
    if (listed === undefined || listed.length === 0) {
      copyFolder(from, to, skip);
      return;
    }
    for (const path of new Set(split(listed))) {
      const source = join_(from, path);
      if (skip(source)) continue;
      // A submodule is listed as one entry: its own files are what its checkout holds.
      if (copyEntry(source, join_(to, path)) === 'folder') copyFolder(source, join_(to, path), skip);
    }
    const gitFolder = join(from, '.git');
    if (copyEntry(gitFolder, join(to, '.git')) === 'folder') copyFolder(gitFolder, join(to, '.git'), skip);
  } catch (cause) {
    throw new Failure('runner/no-codebase', `cannot copy the code base ${folder}`, {
      facts: { folder, to },
      cause,
      failureClass: 'InfrastructureFailure',
      hint: 'check rights and free space, or work in the folder itself with --bind',
    });
  }
};
