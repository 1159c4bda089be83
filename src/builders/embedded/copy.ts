// COPY and ADD: sources and destination to the entries of a layer, as BuildKit places them (dockerfile reference, "COPY").
import { nearest } from '../../base/nearest.ts';
import { compileGlob, hasGlob } from '../../dockerfile/glob.ts';
import type { IgnoreRules } from '../../dockerfile/ignore.ts';
import type { Span } from '../../diagnostics/source.ts';
import type { TarEntry } from '../../oci/tar/entry.ts';
import { buildFailure } from './fault.ts';
import { cleanRooted, type FileNode, type FileTree, joinPath, nameOf, parentOf, resolveIn } from './file-tree.ts';
import type { LayerItem } from './layer-write.ts';

export interface CopyRequest {
  readonly keyword: 'COPY' | 'ADD';
  readonly at: Span;
  readonly source: FileTree;
  /** For messages: `the build context`, `stage "build"`. */
  readonly sourceName: string;
  readonly sources: readonly string[];
  readonly files: readonly { readonly name: string; readonly content: string }[];
  /** As written, a trailing slash included; absolute or relative to `workdir`. */
  readonly destination: string;
  readonly workdir: string;
  /** The stage so far. */
  readonly target: FileTree;
  /** Absent: what the source says. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  readonly mode?: number;
  readonly exclude?: IgnoreRules;
  readonly parents: boolean;
  /** Seconds since the epoch for what has no time of its own. */
  readonly timeSeconds: number;
  /** No mtime is later than this. */
  readonly clampSeconds?: number;
  /** ADD: gives the files of an archive, or undefined when the node is none. */
  readonly unpack?: (node: FileNode) => Promise<readonly FileNode[] | undefined>;
}

const glob = (pattern: string, request: CopyRequest): readonly string[] => {
  const { source } = request;
  let found: string[] = [''];
  for (const part of pattern.split('/')) {
    if (!hasGlob(part)) {
      found = found.map((path) => joinPath(path, part)).filter((path) => source.get(path) !== undefined);
      continue;
    }
    const matches = compileGlob(part);
    if (matches === undefined)
      throw buildFailure('embedded/bad-pattern', request.at, `"${pattern}" is not a pattern`, {
        hint: 'close brackets and complete ranges',
      });
    found = found.flatMap((path) => {
      const folder = resolveIn(source, path, true);
      return source.get(folder)?.entry.type === 'directory' || folder === ''
        ? source
            .children(folder)
            .filter(matches)
            .map((name) => joinPath(path, name))
        : [];
    });
  }
  return found;
};

const missing = (path: string, request: CopyRequest): Error => {
  const folder = parentOf(path);
  const names = request.source.get(folder) !== undefined || folder === '' ? request.source.children(folder) : [];
  const near = nearest(nameOf(path), names);
  return buildFailure(
    'embedded/source-missing',
    request.at,
    `${request.keyword} finds no "${path}" in ${request.sourceName}`,
    {
      facts: { path },
      hint:
        near === undefined
          ? 'it may be left out by .dockerignore, or the context may be another folder'
          : `did you mean "${joinPath(folder, near)}"?`,
    },
  );
};

export const copyItems = async (request: CopyRequest): Promise<readonly LayerItem[]> => {
  const { source, target, owner, mode, clampSeconds, timeSeconds } = request;
  const items = new Map<string, LayerItem>();
  /** First name of each file that has several: they stay one within a source, as fsutil's copy has it. */
  const names = new Map<string, string>();
  const absolute = request.destination.startsWith('/')
    ? request.destination
    : `${request.workdir}/${request.destination}`;

  const placed = (entry: TarEntry, path: string, ownMode = mode): TarEntry => {
    const time =
      clampSeconds !== undefined && entry.mtimeSeconds > clampSeconds
        ? { mtimeSeconds: clampSeconds, mtimeNanoseconds: 0 }
        : {};
    return {
      ...entry,
      path,
      ...owner,
      ...(ownMode === undefined || entry.type === 'symlink' ? {} : { mode: ownMode }),
      ...time,
    };
  };
  const folder = (path: string, like?: TarEntry, isTop = false): void => {
    if (path === '' || items.has(path)) return;
    const there = target.get(path);
    // A folder that is there keeps what it is, unless one of the sources brings it again (fsutil copies its metadata).
    if (there?.entry.type === 'directory' && (like === undefined || isTop)) return;
    folder(parentOf(path));
    const made: TarEntry = like ?? {
      path,
      type: 'directory',
      mode: 0o755,
      uid: 0,
      gid: 0,
      mtimeSeconds: timeSeconds,
      mtimeNanoseconds: 0,
      size: 0,
    };
    // --chmod is for what is copied, not for the folders on the way to it.
    items.set(path, { entry: placed(made, path, like === undefined && !isTop ? 0o755 : mode) });
  };
  const put = (node: FileNode, path: string): void => {
    folder(parentOf(path));
    if (node.entry.type === 'directory') {
      folder(path, node.entry);
      return;
    }
    const same = node.identity === undefined ? undefined : names.get(node.identity);
    if (same !== undefined && same !== path) {
      items.set(path, { entry: { ...placed(node.entry, path), type: 'hardlink', size: 0, linkTarget: same } });
      return;
    }
    if (node.identity !== undefined) names.set(node.identity, path);
    items.set(path, {
      entry: placed(node.entry, path),
      ...(node.content === undefined ? {} : { content: node.content }),
      digest: node.digest,
    });
  };
  const excluded = (relative: string): boolean => request.exclude?.excludes(relative) ?? false;
  const putBelow = (path: string, to: string, relative: string): void => {
    for (const name of source.children(path)) {
      const node = source.get(joinPath(path, name));
      const below = joinPath(relative, name);
      if (node === undefined) continue;
      if (excluded(below)) {
        if (node.entry.type === 'directory' && request.exclude?.mayIncludeBelow(below) === true)
          putBelow(joinPath(path, name), joinPath(to, name), below);
        continue;
      }
      put(node, joinPath(to, name));
      if (node.entry.type === 'directory') putBelow(joinPath(path, name), joinPath(to, name), below);
    }
  };

  const found = request.sources.flatMap((written) => {
    const trimmed = written.replace(/^(?:\.?\/)+/, '');
    const pivot = trimmed.indexOf('/./');
    const path = cleanRooted(written);
    const paths = hasGlob(path) ? glob(path, request) : [path];
    return paths.map((p) => ({
      path: p,
      pivot: pivot < 0 ? 0 : cleanRooted(trimmed.slice(0, pivot + 1)).length,
    }));
  });
  const many = found.length + request.files.length > 1;
  const intoFolder = many || /(?:^|\/)\.{0,2}$/.test(request.destination) || request.parents;
  const base = resolveIn(target, cleanRooted(absolute), true);
  if (
    many &&
    request.sources.length + request.files.length > 1 &&
    !/\/\.{0,2}$|^\.{1,2}$/.test(request.destination) &&
    target.get(base)?.entry.type !== 'directory' &&
    !request.parents
  ) {
    throw buildFailure(
      'embedded/destination-not-a-folder',
      request.at,
      `${request.keyword} has several sources, so "${request.destination}" must be a folder`,
      { hint: `write ${request.destination}/` },
    );
  }

  for (const { path, pivot } of found) {
    names.clear();
    const real = resolveIn(source, path, true);
    const node = source.get(real);
    if (node === undefined && real !== '') throw missing(path, request);
    const to = request.parents ? joinPath(base, cleanRooted(path.slice(pivot))) : base;
    if (node === undefined || node.entry.type === 'directory') {
      folder(to, node?.entry, true);
      putBelow(real, to, '');
      continue;
    }
    const name = nameOf(path);
    if (excluded(name)) continue;
    const unpacked = await request.unpack?.(node);
    if (unpacked !== undefined) {
      folder(to);
      for (const member of unpacked)
        if (member.entry.path !== '')
          put(
            member.entry.type === 'hardlink'
              ? { entry: { ...member.entry, linkTarget: joinPath(to, member.entry.linkTarget ?? '') } }
              : member,
            joinPath(to, member.entry.path),
          );
      continue;
    }
    const isFolder =
      target.get(base)?.entry.type === 'directory' || items.get(base)?.entry.type === 'directory' || base === '';
    put(node, request.parents ? to : intoFolder || isFolder ? joinPath(base, name) : base);
  }
  for (const file of request.files) {
    const content = Buffer.from(file.content);
    const isFolder = target.get(base)?.entry.type === 'directory' || base === '';
    const path = intoFolder || isFolder ? joinPath(base, file.name) : base;
    folder(parentOf(path));
    items.set(path, {
      entry: placed(
        {
          path,
          type: 'file',
          mode: 0o644,
          uid: 0,
          gid: 0,
          mtimeSeconds: timeSeconds,
          mtimeNanoseconds: 0,
          size: content.length,
        },
        path,
      ),
      content,
    });
  }
  return [...items.values()];
};
