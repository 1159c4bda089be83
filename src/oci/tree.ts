// The file tree that an image's layers make together, for comparing images. Not for unpacking: it is held in memory, without contents.
import type { Digest } from '../refs/digest.ts';
import { digestOfStream } from './digest.ts';
import type { Image, Layer } from './image.ts';
import type { TarEntry } from './tar/entry.ts';
import { readTar } from './tar/read.ts';

export interface TreeEntry {
  readonly entry: TarEntry;
  /** Of a file's content; a hardlink has its target's. */
  readonly content?: Digest;
}

const whiteout = '.wh.';
const opaque = '.wh..wh..opq';

const split = (path: string): readonly [folder: string, name: string] => {
  const slash = path.lastIndexOf('/');
  return [slash < 0 ? '' : path.slice(0, slash), path.slice(slash + 1)];
};

const removeBelow = (tree: Map<string, TreeEntry>, path: string): void => {
  const prefix = path === '' ? '' : `${path}/`;
  for (const known of tree.keys()) if (known !== '' && known.startsWith(prefix)) tree.delete(known);
};

const readLayer = async (layer: Layer, signal?: AbortSignal) => {
  const added = new Map<string, TreeEntry>();
  const hidden: string[] = [];
  const emptied: string[] = [];
  for await (const { entry, content } of readTar(layer.tar(signal))) {
    const [folder, name] = split(entry.path);
    if (name === opaque) emptied.push(folder);
    else if (name.startsWith(whiteout))
      hidden.push(`${folder === '' ? '' : `${folder}/`}${name.slice(whiteout.length)}`);
    else if (entry.type === 'file') added.set(entry.path, { entry, content: await digestOfStream(content()) });
    else added.set(entry.path, { entry });
  }
  return { added, hidden, emptied };
};

/**
 * Merged entries by path, sorted. A whiteout hides only what lower layers brought, whatever its place in the tar, and an
 * entry that is no folder replaces a folder with all below it (OCI image-spec, layer.md, "Whiteouts", "Change Types").
 */
export const flatten = async (image: Image, signal?: AbortSignal): Promise<ReadonlyMap<string, TreeEntry>> => {
  const tree = new Map<string, TreeEntry>();
  for (const layer of image.layers) {
    const { added, hidden, emptied } = await readLayer(layer, signal);
    for (const path of emptied) removeBelow(tree, path);
    for (const path of hidden) {
      tree.delete(path);
      removeBelow(tree, path);
    }
    for (const [path, found] of added) {
      if (found.entry.type !== 'directory') removeBelow(tree, path);
      const { linkTarget } = found.entry;
      const target = found.entry.type === 'hardlink' && linkTarget !== undefined ? tree.get(linkTarget) : undefined;
      tree.set(path, target?.content === undefined ? found : { ...found, content: target.content });
    }
  }
  return new Map([...tree].sort(([a], [b]) => (a < b ? -1 : 1)));
};
