// The files of an image, merged from its layers (OCI image-spec, layer.md): nothing is unpacked, contents are read from the layers' tars.
import { open } from 'node:fs/promises';
import { readTarFrom } from '../../oci/tar/read.ts';
import { fileSource } from '../../oci/tar/source.ts';
import { type FileNode, type FileTree, joinPath, nameOf, parentOf } from './file-tree.ts';

/** What a layer holds, in the order of its tar. */
export type LayerFiles = readonly FileNode[];

export interface MergedTree extends FileTree {
  /** The same tree with a layer on top; the old one stays as it is. */
  with(layer: LayerFiles): MergedTree;
  readonly paths: ReadonlyMap<string, FileNode>;
}

/** Reads the members of an uncompressed layer that lies in a file. */
export const readLayerFiles = async (path: string, signal?: AbortSignal): Promise<LayerFiles> => {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  const name = Buffer.from(path);
  const files: FileNode[] = [];
  for await (const member of readTarFrom(fileSource(file, size))) {
    signal?.throwIfAborted();
    const { entry, offset } = member;
    files.push({
      entry,
      ...(entry.type === 'file' && offset !== undefined
        ? { content: { file: name, start: offset, size: entry.size } }
        : {}),
    });
  }
  return files;
};

export const mergedTree = (layers: readonly LayerFiles[] = []): MergedTree => {
  const nodes = new Map<string, FileNode>();
  const below = new Map<string, Set<string>>();

  const remove = (path: string): void => {
    for (const name of below.get(path) ?? []) remove(joinPath(path, name));
    below.delete(path);
    if (path === '') return;
    nodes.delete(path);
    below.get(parentOf(path))?.delete(nameOf(path));
  };
  const put = (path: string, node: FileNode): void => {
    const old = nodes.get(path);
    if (old !== undefined && (old.entry.type !== 'directory' || node.entry.type !== 'directory')) remove(path);
    nodes.set(path, node);
    for (let at = path; at !== '';) {
      const [folder, name] = [parentOf(at), nameOf(at)];
      const names = below.get(folder) ?? new Set();
      const had = names.has(name);
      names.add(name);
      below.set(folder, names);
      if (had) break;
      at = folder;
    }
  };

  for (const layer of layers) {
    // Whiteouts hide lower layers only, wherever they stand in the tar.
    for (const { entry } of layer) {
      const [folder, name] = [parentOf(entry.path), nameOf(entry.path)];
      if (name === '.wh..wh..opq') for (const child of below.get(folder) ?? []) remove(joinPath(folder, child));
      else if (name.startsWith('.wh.') && !name.startsWith('.wh..wh.')) remove(joinPath(folder, name.slice(4)));
    }
    for (const node of layer) {
      const { entry } = node;
      if (entry.path === '' || nameOf(entry.path).startsWith('.wh.')) continue;
      if (entry.type === 'hardlink') {
        const target = nodes.get(entry.linkTarget ?? '');
        if (target === undefined) continue;
        const { content } = target;
        const identity =
          target.identity ??
          (content === undefined ? undefined : `${content.file.toString('latin1')}:${content.start}`);
        const linked = identity === undefined ? target : { ...target, identity };
        nodes.set(target.entry.path, linked);
        put(entry.path, { ...linked, entry: { ...target.entry, path: entry.path } });
      } else {
        put(entry.path, node);
      }
    }
  }
  return {
    paths: nodes,
    get: (path) => nodes.get(path),
    children: (path) => [...(below.get(path) ?? [])].sort(),
    with: (layer) => mergedTree([...layers, layer]),
  };
};
