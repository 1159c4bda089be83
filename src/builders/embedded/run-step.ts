// RUN: the stage's files as a root file system, the command in it, the layer it leaves.
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Failure } from '../../base/failure.ts';
import type { Span } from '../../diagnostics/source.ts';
import type { Mount } from '../../dockerfile/mount.ts';
import type { Run } from '../../dockerfile/instructions.ts';
import type { Digest } from '../../refs/digest.ts';
import { isolationFor } from '../../sandbox/isolation.ts';
import { type BindMount, type RootMount, runInRoot } from '../../sandbox/root-command.ts';
import { userNamespace } from '../../sandbox/user-namespace.ts';
import { accountOf, isUnknown } from '../../sandbox/users.ts';
import { fillBareRoot, isOfBareRoot } from './bare-root.ts';
import { openCacheFolder } from './cache-folder.ts';
import { itemsOfUpper, itemsSince, ownersIfRoot, snapshotOf, unpackLayer, writeNodes } from './disk-tree.ts';
import { buildFailure, unsupported } from './fault.ts';
import { type FileNode, type FileTree, joinPath, parentOf, resolveIn } from './file-tree.ts';
import type { LayerItem } from './layer-write.ts';
import { itemsOfMappedUpper, unpackMapped } from './mapped-files.ts';
import { makeMountPoints, type MountPoint, mountPointIn, withoutMountPoints } from './mount-points.ts';
import type { StageState } from './stage-state.ts';
import { defaultPath, shellOf, workdirOf } from './step-inputs.ts';
import { openWorkFolder } from './work-folder.ts';

export interface RunRequest {
  readonly instruction: Run;
  readonly state: StageState;
  readonly environment: ReadonlyMap<string, string>;
  readonly mounts: readonly Mount[];
  /** Files that a bind or cache mount reads from: the context, a stage or an image. */
  readonly sourceOf: (mount: Mount) => FileTree;
  readonly secret: (id: string) => Buffer | undefined;
  /** Where the uncompressed tar of a layer lies. */
  readonly blobPath: (diffId: Digest) => string;
  readonly root: string;
  readonly signal: AbortSignal;
  readonly line: (text: string, stream: 'stdout' | 'stderr') => void;
  /** Takes the layer while its files are still there. */
  readonly collect: (items: readonly LayerItem[]) => Promise<void>;
}

const textIn = (tree: FileTree, path: string): string | undefined => {
  const content = tree.get(resolveIn(tree, path, true))?.content;
  if (content === undefined || content.size > 1 << 22) return undefined;
  const bytes = readFileSync(content.file);
  return bytes.subarray(content.start, content.start + content.size).toString();
};

export const userFiles = (tree: FileTree): { readonly passwd?: string; readonly group?: string } => {
  const passwd = textIn(tree, 'etc/passwd');
  const group = textIn(tree, 'etc/group');
  return { ...(passwd === undefined ? {} : { passwd }), ...(group === undefined ? {} : { group }) };
};

/** The command line: exec form as it is, text for the stage's shell, a script from a heredoc. */
const commandOf = (
  { command }: Run,
  shell: readonly string[],
  scratch: string,
): { readonly argv: readonly string[]; readonly mounts: readonly BindMount[] } => {
  switch (command.form) {
    case 'exec':
      return { argv: command.arguments, mounts: [] };
    case 'shell':
      return { argv: [...shell, command.text], mounts: [] };
    case 'script': {
      const folder = join(scratch, 'pipes');
      mkdirSync(folder, { mode: 0o755 });
      writeFileSync(join(folder, command.name), command.content, { mode: 0o755 });
      return {
        argv: [`/dev/pipes/${command.name}`],
        mounts: [{ kind: 'bind', source: folder, target: 'dev/pipes', readOnly: true, isFile: false }],
      };
    }
    default:
      return command satisfies never;
  }
};

const nodesBelow = function* (tree: FileTree, path: string, prefix = ''): Generator<FileNode> {
  for (const name of tree.children(path)) {
    const at = joinPath(path, name);
    const node = tree.get(at);
    if (node === undefined) continue;
    const to = joinPath(prefix, name);
    yield { ...node, entry: { ...node.entry, path: to } };
    if (node.entry.type === 'directory') yield* nodesBelow(tree, at, to);
  }
};

interface Mounted extends Disposable {
  readonly mounts: readonly RootMount[];
  readonly environment: ReadonlyMap<string, string>;
}

/** Writes what a mount shows into `folder`, or into a file there. Gives the path to mount. */
const writeSource = (
  tree: FileTree,
  source: string,
  folder: string,
): { readonly path: string; readonly isFile: boolean } | undefined => {
  const path = resolveIn(tree, source, true);
  const node = tree.get(path);
  if (node === undefined && path !== '') return undefined;
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  if (node === undefined || node.entry.type === 'directory') {
    writeNodes(folder, nodesBelow(tree, path), ownersIfRoot);
    return { path: folder, isFile: false };
  }
  writeNodes(folder, [{ ...node, entry: { ...node.entry, path: 'file' } }], ownersIfRoot);
  return { path: join(folder, 'file'), isFile: true };
};

const mountsOf = async (request: RunRequest, tree: FileTree, workdir: string, scratch: string): Promise<Mounted> => {
  const mounts: RootMount[] = [];
  const environment = new Map(request.environment);
  using held = new DisposableStack();
  const { at } = request.instruction;
  const missing = (source: string): Failure =>
    buildFailure('embedded/source-missing', at, `--mount finds no "${source}"`, { facts: { path: source } });
  const placeOf = (target: string, isFile: boolean): string =>
    mountPointIn(tree, target.startsWith('/') ? target : `${workdir}/${target}`, isFile).path;
  for (const [index, mount] of request.mounts.entries()) {
    const folder = join(scratch, `mount-${index}`);
    switch (mount.type) {
      case 'tmpfs': {
        const size = mount.sizeBytes === undefined ? {} : { sizeBytes: mount.sizeBytes };
        mounts.push({ kind: 'tmpfs', target: placeOf(mount.target, false), readOnly: mount.readOnly, ...size });
        break;
      }
      case 'secret': {
        const value = request.secret(mount.id);
        if (value === undefined && mount.required)
          throw buildFailure('embedded/no-secret', at, `the build secret "${mount.id}" is required and was not given`, {
            hint: `give it with --secret ${mount.id}=file`,
          });
        if (value === undefined) break;
        if (mount.env !== undefined) environment.set(mount.env, value.toString());
        if (mount.target === undefined) break;
        writeFileSync(folder, value, { mode: 0o600 });
        if (ownersIfRoot.owners) chownSync(folder, mount.uid ?? 0, mount.gid ?? 0);
        chmodSync(folder, mount.mode ?? 0o400);
        mounts.push({
          kind: 'bind',
          source: folder,
          target: placeOf(mount.target, true),
          readOnly: true,
          isFile: true,
        });
        break;
      }
      case 'bind': {
        const written = writeSource(request.sourceOf(mount), mount.source, folder);
        if (written === undefined) throw missing(mount.source);
        const { path, isFile } = written;
        mounts.push({
          kind: 'bind',
          source: path,
          target: placeOf(mount.target, isFile),
          readOnly: mount.readOnly,
          isFile,
        });
        break;
      }
      case 'cache': {
        const cache = await openCacheFolder(request.root, mount, request.signal, (seeded) => {
          if (mount.from === undefined) return;
          if (writeSource(request.sourceOf(mount), mount.source, seeded) === undefined) throw missing(mount.source);
        });
        held.use(cache);
        mounts.push({
          kind: 'bind',
          source: resolve(cache.path),
          target: placeOf(mount.target, false),
          readOnly: mount.readOnly,
          isFile: false,
        });
        break;
      }
      case 'ssh':
        throw unsupported(at, 'RUN --mount=type=ssh');
      default:
        mount satisfies never;
    }
  }
  const taken = held.move();
  return { mounts, environment, [Symbol.dispose]: () => taken.dispose() };
};

/** The machine's own name resolution, as copies: what the command writes to them is lost. */
const networkFiles = (tree: FileTree, scratch: string): readonly BindMount[] =>
  ['resolv.conf', 'hosts'].flatMap((name) => {
    const from = `/etc/${name}`;
    const point = mountPointIn(tree, from, true);
    const above = tree.get(parentOf(point.path));
    if (!existsSync(from) || (above !== undefined && above.entry.type !== 'directory')) return [];
    const source = join(scratch, name);
    copyFileSync(from, source);
    chmodSync(source, 0o644);
    return [{ kind: 'bind', source, target: point.path, readOnly: false, isFile: true }];
  });

/** Kernel file systems stand on folders: an image where one of them is something else cannot run anything. */
const systemFolders = (tree: FileTree, at: Span): readonly MountPoint[] =>
  ['proc', 'sys', 'dev'].map((path) => {
    const type = tree.get(path)?.entry.type;
    if (type !== undefined && type !== 'directory')
      throw buildFailure('embedded/bad-root', at, `/${path} of the image is no folder but a ${type}`);
    return { path, isFile: false };
  });

export const runStep = async (request: RunRequest): Promise<void> => {
  const { instruction, state, root, signal } = request;
  const { config } = state;
  const tree = await state.tree();
  const account = accountOf(config.User ?? '', userFiles(tree));
  if (isUnknown(account))
    throw buildFailure(
      'embedded/unknown-user',
      instruction.at,
      `USER "${account.unknown}" is not in /etc/passwd or /etc/group of the image`,
      { hint: 'make the user with a RUN before, or use a number' },
    );
  const workdir = workdirOf(config);

  await using work = await openWorkFolder(resolve(root));
  const scratch = work.path;
  try {
    const isolation = isolationFor(root);
    const { argv, mounts: own } = commandOf(instruction, shellOf(config), scratch);
    if (isolation === 'chroot' && (request.mounts.length > 0 || instruction.network === 'none'))
      throw buildFailure(
        'embedded/unsupported',
        instruction.at,
        'RUN --mount and --network=none need namespaces, which are not allowed here',
        { hint: 'allow them: run with CAP_SYS_ADMIN' },
      );
    using mounted = await mountsOf(request, tree, workdir, scratch);
    const network = networkFiles(tree, scratch);
    const all: readonly RootMount[] = [...network, ...mounted.mounts, ...own];
    const mounts = isolation === 'chroot' ? [] : all;
    const points: readonly MountPoint[] = [
      ...systemFolders(tree, instruction.at),
      ...all.map((mount) => ({ path: mount.target, isFile: mount.kind === 'bind' && mount.isFile })),
    ];
    const environment = new Map(mounted.environment);
    if (!environment.has('PATH')) environment.set('PATH', defaultPath);
    if (!environment.has('HOME')) environment.set('HOME', account.home);
    const rootFolder = join(scratch, 'root');
    mkdirSync(rootFolder, { mode: 0o755 });
    const common = {
      isolation,
      root: rootFolder,
      command: argv,
      environment,
      folder: `/${resolveIn(tree, workdir, true)}`,
      uid: account.uid,
      gid: account.gid,
      groups: account.groups,
      network: instruction.network === 'none' ? ('none' as const) : ('host' as const),
      mounts,
      scratch,
      signal,
      line: request.line,
    };
    let items: () => Promise<readonly LayerItem[]>;
    let ended;
    if (isolation === 'overlay') {
      // Mount points that the image lacks come from a layer of their own at the bottom.
      const pointsFolder = join(scratch, 'points');
      const upper = join(scratch, 'upper');
      const layersFolder = join(resolve(root), 'layers');
      for (const path of [pointsFolder, upper, join(scratch, 'work')]) mkdirSync(path, { mode: 0o755 });
      makeMountPoints(pointsFolder, tree, points);
      const lower: string[] = [];
      const user = userNamespace();
      for (const [n, { diffId }] of state.layers.entries()) {
        const files = state.files[n];
        if (files === undefined) throw new Error('a layer without its files');
        lower.push(
          user === undefined
            ? await unpackLayer(resolve(root), diffId, files, { whiteouts: 'trusted', owners: true })
            : await unpackMapped(user, { root: resolve(root), diffId, tar: request.blobPath(diffId) }, signal),
        );
      }
      mkdirSync(layersFolder, { recursive: true, mode: 0o700 });
      const inLayers = (path: string): string => relative(layersFolder, path);
      ended = await runInRoot({
        ...common,
        overlay: {
          // Of equal layers the topmost does all that the others do, and overlay takes none twice.
          lower: [...new Set([...lower.toReversed(), pointsFolder])].map(inLayers),
          layersFolder,
          upper: inLayers(upper),
          work: inLayers(join(scratch, 'work')),
        },
      });
      items = async () =>
        user === undefined ? itemsOfUpper(upper) : itemsOfMappedUpper(user, { upper, scratch }, tree, signal);
    } else {
      const nodes = [...tree.paths.values()];
      writeNodes(
        rootFolder,
        nodes.toSorted((a, b) => (a.entry.path < b.entry.path ? -1 : 1)),
        ownersIfRoot,
      );
      makeMountPoints(rootFolder, tree, points);
      const copies = [...network, ...own];
      if (isolation === 'chroot') fillBareRoot(rootFolder, copies);
      const before = snapshotOf(rootFolder);
      ended = await runInRoot(common);
      items = async () =>
        itemsSince(rootFolder, before, (path) => isolation === 'chroot' && isOfBareRoot(path, copies));
    }
    if (ended.exitCode !== 0) {
      const how =
        ended.exitCode === undefined
          ? `was ended by ${ended.signalName ?? 'a signal'}`
          : `ended with exit code ${ended.exitCode}`;
      throw buildFailure('embedded/run-failed', instruction.at, `${instruction.code.split('\n')[0] ?? 'RUN'} ${how}`, {
        failureClass: ended.signalName === 'SIGKILL' ? 'ResourceLimitsFailure' : 'Unknown',
        facts: ended.exitCode === undefined ? { signal: ended.signalName ?? '' } : { exitCode: ended.exitCode },
        ...(ended.exitCode === 127
          ? { hint: 'exit code 127 usually means that the program, or /bin/sh itself, is not in the image' }
          : {}),
      });
    }
    await request.collect(withoutMountPoints(await items(), tree, points));
  } catch (error) {
    if (error instanceof Failure && error.code === 'sandbox/cannot-isolate')
      throw buildFailure(error.code, instruction.at, error.message, {
        ...(error.hint === undefined ? {} : { hint: error.hint }),
        failureClass: error.failureClass,
      });
    throw error;
  }
};
