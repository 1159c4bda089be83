// What the steps of a stage have in common: keys of their inputs, environments, the empty tree.
import type { Instruction } from '../../dockerfile/instructions.ts';
import { buildFailure } from './fault.ts';
import { cleanRooted, type FileTree } from './file-tree.ts';
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

export const unknownUser = (instruction: Instruction, what: string, name: string): Error =>
  buildFailure(
    'embedded/unknown-user',
    instruction.at,
    `${what}: "${name}" is not in /etc/passwd or /etc/group of the image`,
    { hint: 'use a number, or make the user with a RUN before' },
  );

export const envOf = (env: readonly string[] | undefined): Map<string, string> =>
  new Map(
    (env ?? []).map((entry): [string, string] => [
      entry.slice(0, entry.indexOf('=')),
      entry.slice(entry.indexOf('=') + 1),
    ]),
  );

export const clamped = (item: LayerItem, epoch: number | undefined): LayerItem =>
  epoch === undefined || item.entry.mtimeSeconds <= epoch
    ? item
    : { ...item, entry: { ...item.entry, mtimeSeconds: epoch, mtimeNanoseconds: 0 } };

/** A content is known by its digest in the context, and by its place in an immutable layer elsewhere. */
const digestOf = ({ entry, content, digest }: LayerItem): string => {
  if (content === undefined) return '';
  if (content instanceof Uint8Array) return stepKey(Buffer.from(content).toString('base64'));
  const file = content.file.toString('latin1');
  return digest?.() ?? `${file.slice(file.lastIndexOf('/') + 1)}:${content.start}:${entry.size}`;
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
      for (const name of tree.children(at)) walk(at === '' ? name : `${at}/${name}`);
  };
  walk(cleanRooted(path));
  return stepKey(parts);
};

export const emptyTree: FileTree = { get: () => undefined, children: () => [] };
