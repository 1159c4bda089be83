// What the steps of a stage have in common: keys of their inputs, defaults of the configuration, the empty tree.
import type { Instruction } from '../../dockerfile/instructions.ts';
import type { RunConfig } from '../../oci/image.ts';
import { buildFailure } from './fault.ts';
import { cleanRooted, type FileTree, joinPath, nameOf } from './file-tree.ts';
import type { LayerItem } from './layer-write.ts';
import { stepKey } from './step-cache.ts';

/** A digest of what a layer holds, without its times, so that touching a file does not miss the cache. */
export const contentKey = (items: readonly LayerItem[]): string =>
  stepKey(
    items.map((item) => {
      const { entry } = item;
      const xattrs = Object.entries(entry.xattrs ?? {}).map(([k, v]) => [k, Buffer.from(v).toString('base64')]);
      return [
        entry.path,
        entry.type,
        entry.mode,
        entry.uid,
        entry.gid,
        entry.linkTarget,
        entry.size,
        xattrs,
        item.content === undefined ? '' : digestOf(item),
      ];
    }),
  );

/** What each file brings to the key, for a sentence that says which one changed. */
export const inputsOf = (items: readonly LayerItem[]): ReadonlyMap<string, string> =>
  new Map(
    items.map((item) => {
      const { path, type, mode, uid, gid, linkTarget = '' } = item.entry;
      return [path, [type, mode.toString(8), uid, gid, digestOf(item).slice(-16), linkTarget].join(' ')];
    }),
  );

export const unknownUser = (instruction: Instruction, what: string, name: string): Error =>
  buildFailure(
    'embedded/unknown-user',
    instruction.at,
    `${what}: "${name}" is not in /etc/passwd or /etc/group of the image`,
    { hint: 'use a number, or make the user with a RUN before' },
  );

/** What BuildKit gives an image without a PATH (dockerfile2llb, defaultPathEnv). */
export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export const workdirOf = ({ WorkingDir }: RunConfig): string =>
  WorkingDir === undefined || WorkingDir === '' ? '/' : WorkingDir;

export const shellOf = ({ Shell }: RunConfig): readonly string[] => Shell ?? ['/bin/sh', '-c'];

/** RFC 3339 in whole seconds, as history and configuration have it. */
export const timeText = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');

export const envOf = (env: readonly string[] | undefined): Map<string, string> =>
  new Map(
    (env ?? []).map((entry): [string, string] => [
      entry.slice(0, entry.indexOf('=')),
      entry.slice(entry.indexOf('=') + 1),
    ]),
  );

/** Times of a layer are whole seconds, as containerd and BuildKit write them, and not later than the epoch asked for. */
export const clamped = (item: LayerItem, epoch: number | undefined): LayerItem =>
  item.entry.mtimeNanoseconds === 0 && (epoch === undefined || item.entry.mtimeSeconds <= epoch)
    ? item
    : {
        ...item,
        entry: {
          ...item.entry,
          mtimeSeconds: Math.min(item.entry.mtimeSeconds, epoch ?? item.entry.mtimeSeconds),
          mtimeNanoseconds: 0,
        },
      };

/** A content is known by its digest in the context, and by its place in an immutable layer elsewhere. */
const digestOf = ({ entry, content, digest }: LayerItem): string => {
  if (content === undefined) return '';
  if (content instanceof Uint8Array) return stepKey(Buffer.from(content).toString('base64'));
  return digest?.() ?? `${nameOf(content.file.toString('latin1'))}:${content.start}:${entry.size}`;
};

export const contentOf = (tree: FileTree | undefined, path: string): string => {
  if (tree === undefined) return '';
  const parts: unknown[] = [];
  const walk = (at: string): void => {
    const node = tree.get(at);
    if (node !== undefined)
      parts.push([
        at,
        node.entry.type,
        node.entry.mode,
        node.entry.linkTarget,
        node.digest?.() ?? [node.content?.file.toString('latin1'), node.content?.start],
      ]);
    if (node === undefined ? at === '' : node.entry.type === 'directory')
      for (const name of tree.children(at)) walk(joinPath(at, name));
  };
  walk(cleanRooted(path));
  return stepKey(parts);
};

export const emptyTree: FileTree = { get: () => undefined, children: () => [] };
