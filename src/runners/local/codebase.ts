// A copy of the code base for the steps of a stage: what a fresh checkout with the local changes would hold.
import { execFile } from 'node:child_process';
import type { Stats } from 'node:fs';
import { chmod, constants, copyFile, lstat, mkdir, readdir, readlink, symlink, utimes } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { decodePath, encodePath } from '../../base/byte-path.ts';
import { concurrently } from '../../base/concurrently.ts';
import { errorCode } from '../../base/error-code.ts';
import { Failure } from '../../base/failure.ts';

export interface CodebaseCopy {
  readonly files: number;
  readonly sizeBytes: number;
}

const copiesAtOnce = 16;

const git = async (folder: string, args: readonly string[], signal: AbortSignal): Promise<Buffer | undefined> => {
  try {
    const options = { encoding: 'buffer', maxBuffer: 1 << 28, signal } as const;
    return (await promisify(execFile)('git', ['-C', folder, ...args], options)).stdout;
  } catch {
    signal.throwIfAborted();
    return undefined; // no git, or no checkout
  }
};

const split = (bytes: Buffer): readonly string[] => {
  const paths: string[] = [];
  for (let start = 0, end = bytes.indexOf(0); end >= 0; start = end + 1, end = bytes.indexOf(0, start))
    paths.push(decodePath(bytes.subarray(start, end)));
  return paths;
};

const factsOf = async (path: string): Promise<Stats | undefined> => {
  try {
    return await lstat(encodePath(path));
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
};

const isBelow = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

/**
 * In a Git checkout: tracked files as they are in the work tree and untracked ones that are not ignored, with `.git`.
 * Elsewhere: the folder. `.slipway` and what is in `excluded` are left out, sockets and devices too; links stay links.
 * Files are cloned where the file system can. Failure `runner/no-codebase`.
 */
export const copyCodebase = async (
  folder: string,
  to: string,
  excluded: readonly string[],
  signal: AbortSignal,
): Promise<CodebaseCopy> => {
  const from = resolve(folder);
  const outside = [...excluded.map((path) => resolve(path)), join(from, '.slipway'), resolve(to)].filter(
    (path) => path !== from && isBelow(path, from),
  );
  const skips = (path: string): boolean => outside.some((other) => isBelow(path, other));
  const total = { files: 0, sizeBytes: 0 };
  const made = new Map<string, Promise<unknown>>();
  const ensureFolder = (path: string): Promise<unknown> => {
    const known = made.get(path);
    if (known !== undefined) return known;
    const making = mkdir(encodePath(path), { recursive: true });
    made.set(path, making);
    return making;
  };

  const copyEntry = async (path: string, target: string, facts: Stats): Promise<void> => {
    if (!facts.isFile() && !facts.isSymbolicLink()) return;
    await ensureFolder(dirname(target));
    const [source, copy] = [encodePath(path), encodePath(target)];
    if (facts.isSymbolicLink()) {
      await symlink(await readlink(source, { encoding: 'buffer' }), copy);
    } else {
      await copyFile(source, copy, constants.COPYFILE_FICLONE);
      await utimes(copy, facts.atime, facts.mtime);
      total.sizeBytes += facts.size;
    }
    total.files += 1;
  };

  const copyFolder = async (path: string, target: string, facts: Stats): Promise<void> => {
    signal.throwIfAborted();
    await ensureFolder(target);
    const names = (await readdir(encodePath(path), { encoding: 'buffer' })).map(decodePath);
    const folders: [string, string, Stats][] = [];
    await concurrently(names, copiesAtOnce, async (name) => {
      signal.throwIfAborted();
      const source = `${path}/${name}`;
      if (skips(source)) return;
      const inner = await factsOf(source);
      if (inner === undefined) return;
      if (inner.isDirectory()) folders.push([source, `${target}/${name}`, inner]);
      else await copyEntry(source, `${target}/${name}`, inner);
    });
    for (const [source, copy, inner] of folders) await copyFolder(source, copy, inner);
    if ((facts.mode & 0o777) !== 0o755) await chmod(encodePath(target), facts.mode & 0o7777);
  };

  /** A tracked folder may have been replaced by a link, which leads out of the code base. */
  const linked = new Map<string, Promise<boolean>>();
  const isBehindLink = (path: string): Promise<boolean> => {
    const parent = dirname(path);
    if (parent === from || !isBelow(parent, from)) return Promise.resolve(false);
    const known = linked.get(parent);
    if (known !== undefined) return known;
    const answer = factsOf(parent).then((facts) => facts?.isSymbolicLink() === true || isBehindLink(parent));
    linked.set(parent, answer);
    return answer;
  };

  const copyListed = async (paths: readonly string[]): Promise<void> => {
    const folders: [string, string, Stats][] = [];
    await concurrently([...new Set(paths)], copiesAtOnce, async (path) => {
      signal.throwIfAborted();
      const source = `${from}/${path.replace(/\/$/, '')}`;
      if (skips(source) || (await isBehindLink(source))) return;
      const facts = await factsOf(source);
      if (facts === undefined) return; // tracked, but deleted in the work tree
      const target = `${to}/${relative(from, source)}`;
      // A submodule, or a checkout inside this one, is listed as one entry.
      if (facts.isDirectory()) folders.push([source, target, facts]);
      else await copyEntry(source, target, facts);
    });
    for (const [source, target, facts] of folders) await copyFolder(source, target, facts);
  };

  try {
    const facts = await lstat(encodePath(from));
    await ensureFolder(to);
    const listed = await git(from, ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], signal);
    if (listed === undefined || listed.length === 0) {
      await copyFolder(from, to, facts);
      return total;
    }
    await copyListed(split(listed));
    const gitFolder = await factsOf(join(from, '.git'));
    if (gitFolder?.isDirectory() === true) await copyFolder(join(from, '.git'), join(to, '.git'), gitFolder);
    else if (gitFolder !== undefined) await copyEntry(join(from, '.git'), join(to, '.git'), gitFolder);
    return total;
  } catch (cause) {
    signal.throwIfAborted();
    throw new Failure('runner/no-codebase', `cannot copy the code base ${folder}`, {
      facts: { folder, to },
      cause,
      failureClass: 'InfrastructureFailure',
      hint: 'check rights and free space, or work in the folder itself with --bind',
    });
  }
};
