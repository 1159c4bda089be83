// Files of other users, handled without root: a worker that is root in the user namespace writes, reads and removes them.
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Failure } from '../../base/failure.ts';
import type { TarEntry } from '../../oci/tar/entry.ts';
import type { Digest } from '../../refs/digest.ts';
import { inUserNamespace, type UserNamespace } from '../../sandbox/user-namespace.ts';
import { layerFolder } from './disk-tree.ts';
import type { FileTree } from './file-tree.ts';
import type { LayerItem } from './layer-write.ts';

export type FileJob =
  | {
      readonly kind: 'unpack';
      readonly root: string;
      readonly diffId: Digest;
      readonly tar: string;
      readonly owners: boolean;
    }
  /** Contents go to one file, the rest to a list of `PackedItem`. */
  | { readonly kind: 'pack'; readonly upper: string; readonly contents: string; readonly list: string }
  | { readonly kind: 'remove'; readonly path: string };

/** A LayerItem as JSON. */
export interface PackedItem {
  readonly entry: Omit<TarEntry, 'xattrs'>;
  /** Values in base64. */
  readonly xattrs: Readonly<Record<string, string>>;
  /** Where its content starts, of a file. */
  readonly start?: number;
}

const worker = fileURLToPath(new URL(`mapped-files-worker${extname(import.meta.url)}`, import.meta.url));

const commandOf = (user: UserNamespace, job: FileJob): readonly [string, readonly string[]] => {
  const [program = '', ...rest] = inUserNamespace(user, [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    worker,
    JSON.stringify(job),
  ]);
  return [program, rest];
};

const run = promisify(execFile);

const work = async (user: UserNamespace, job: FileJob, signal: AbortSignal): Promise<void> => {
  const [program, rest] = commandOf(user, job);
  try {
    await run(program, rest, { signal, killSignal: 'SIGKILL' });
  } catch (cause) {
    signal.throwIfAborted();
    const stderr = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : '';
    throw new Failure('embedded/mapped-files', `files of the user namespace could not be handled: ${stderr}`, {
      cause,
      facts: { work: job.kind },
      hint: user.isSingle
        ? ''
        : 'the image may have owners beyond the ranges of /etc/subuid and /etc/subgid: give the user at least 65536 of each',
      failureClass: 'InfrastructureFailure',
    });
  }
};

/** As unpackLayer, for the user namespace. */
export const unpackMapped = async (
  user: UserNamespace,
  layer: { readonly root: string; readonly diffId: Digest; readonly tar: string },
  signal: AbortSignal,
): Promise<string> => {
  await work(user, { kind: 'unpack', ...layer, owners: !user.isSingle }, signal);
  return layerFolder(layer.root, layer.diffId);
};

/** As itemsOfUpper. Where root is the only user, what the image has keeps the owner that it has there. */
export const itemsOfMappedUpper = async (
  user: UserNamespace,
  folders: { readonly upper: string; readonly scratch: string },
  tree: FileTree,
  signal: AbortSignal,
): Promise<readonly LayerItem[]> => {
  const contents = join(folders.scratch, 'packed');
  const list = join(folders.scratch, 'packed.json');
  await work(user, { kind: 'pack', upper: folders.upper, contents, list }, signal);
  const file = Buffer.from(contents);
  return (JSON.parse(readFileSync(list, 'utf8')) as readonly PackedItem[]).map(({ entry, xattrs, start }) => {
    const below = user.isSingle ? tree.get(entry.path)?.entry : undefined;
    return {
      entry: {
        ...entry,
        ...(below === undefined ? {} : { uid: below.uid, gid: below.gid }),
        ...(Object.keys(xattrs).length === 0
          ? {}
          : { xattrs: Object.fromEntries(Object.entries(xattrs).map(([n, v]) => [n, Buffer.from(v, 'base64')])) }),
      },
      ...(start === undefined ? {} : { content: { file, start, size: entry.size } }),
    };
  });
};

/** Synchronous: also the last act of a process that ends. */
export const removeMapped = (user: UserNamespace, path: string): void => {
  const [program, rest] = commandOf(user, { kind: 'remove', path });
  spawnSync(program, rest, { stdio: 'ignore' });
};
