// RUN: the stage's files as a root file system, the command in it, the layer it leaves.
import { createHash } from 'node:crypto';
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Failure } from '../../base/failure.ts';
import { onExit } from '../../base/on-exit.ts';
import type { Mount } from '../../dockerfile/mount.ts';
import type { Run } from '../../dockerfile/instructions.ts';
import { isolationFor } from '../../sandbox/isolation.ts';
import { type RootMount, runInRoot } from '../../sandbox/root-command.ts';
import { accountOf, isUnknown } from '../../sandbox/users.ts';
import { itemsOfUpper, itemsSince, snapshotOf, unpackLayer, writeNodes } from './disk-tree.ts';
import { buildFailure } from './fault.ts';
import { cleanRooted, type FileNode, type FileTree, resolveIn } from './file-tree.ts';
import type { LayerItem } from './layer-write.ts';
import type { StageState } from './stage-state.ts';

export interface RunRequest {
  readonly instruction: Run;
  readonly state: StageState;
  readonly environment: ReadonlyMap<string, string>;
  readonly mounts: readonly Mount[];
  /** Files that a bind or cache mount reads from: the context, a stage or an image. */
  readonly sourceOf: (mount: Mount) => FileTree;
  readonly secret: (id: string) => Buffer | undefined;
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

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The command line: exec form as it is, text for the stage's shell, a script from a heredoc. */
const commandOf = (
  { command }: Run,
  shell: readonly string[],
  scratch: string,
): { readonly argv: readonly string[]; readonly mounts: readonly RootMount[] } => {
  switch (command.form) {
    case 'exec':
      return { argv: command.arguments, mounts: [] };
    case 'shell':
      return { argv: [...shell, command.text], mounts: [] };
    case 'script': {
      const folder = join(scratch, 'pipes');
      mkdirSync(folder);
      writeFileSync(join(folder, command.name), command.content, { mode: 0o755 });
      return {
        argv: [`/dev/pipes/${command.name}`],
        mounts: [{ kind: 'bind', source: folder, target: '/dev/pipes', readOnly: true, isFile: false }],
      };
    }
    default:
      return command satisfies never;
  }
};

const nodesBelow = function* (tree: FileTree, path: string, prefix = ''): Generator<FileNode> {
  for (const name of tree.children(path)) {
    const at = path === '' ? name : `${path}/${name}`;
    const node = tree.get(at);
    if (node === undefined) continue;
    const to = prefix === '' ? name : `${prefix}/${name}`;
    yield { ...node, entry: { ...node.entry, path: to } };
    if (node.entry.type === 'directory') yield* nodesBelow(tree, at, to);
  }
};

interface Mounted {
  readonly mounts: readonly RootMount[];
  readonly environment: ReadonlyMap<string, string>;
}

const mountsOf = (request: RunRequest, workdir: string, scratch: string): Mounted => {
  const mounts: RootMount[] = [];
  const environment = new Map(request.environment);
  const absolute = (target: string): string =>
    `/${cleanRooted(target.startsWith('/') ? target : `${workdir}/${target}`)}`;
  request.mounts.forEach((mount, index) => {
    const folder = join(scratch, `mount-${index}`);
    switch (mount.type) {
      case 'tmpfs':
        mounts.push({
          kind: 'tmpfs',
          target: absolute(mount.target),
          ...(mount.sizeBytes === undefined ? {} : { sizeBytes: mount.sizeBytes }),
        });
        return;
      case 'secret': {
        const value = request.secret(mount.id);
        if (value === undefined) {
          if (mount.required)
            throw buildFailure(
              'embedded/no-secret',
              request.instruction.at,
              `the build secret "${mount.id}" is required and was not given`,
              { hint: `give it with --secret ${mount.id}=file` },
            );
          return;
        }
        if (mount.env !== undefined) environment.set(mount.env, value.toString());
        if (mount.target !== undefined) {
          writeFileSync(folder, value, { mode: mount.mode ?? 0o400 });
          chownSync(folder, mount.uid ?? 0, mount.gid ?? 0);
          mounts.push({ kind: 'bind', source: folder, target: absolute(mount.target), readOnly: true, isFile: true });
        }
        return;
      }
      case 'bind': {
        const tree = request.sourceOf(mount);
        const path = resolveIn(tree, mount.source, true);
        const node = tree.get(path);
        if (node === undefined && path !== '')
          throw buildFailure('embedded/source-missing', request.instruction.at, `--mount finds no "${mount.source}"`);
        if (node !== undefined && node.entry.type !== 'directory') {
          const only: FileNode = { ...node, entry: { ...node.entry, path: 'file' } };
          mkdirSync(folder);
          writeNodes(folder, [only], false);
          mounts.push({
            kind: 'bind',
            source: join(folder, 'file'),
            target: absolute(mount.target),
            readOnly: mount.readOnly,
            isFile: true,
          });
        } else {
          mkdirSync(folder);
          writeNodes(folder, nodesBelow(tree, path), false);
          mounts.push({
            kind: 'bind',
            source: folder,
            target: absolute(mount.target),
            readOnly: mount.readOnly,
            isFile: false,
          });
        }
        return;
      }
      case 'cache': {
        const no = (what: string): never => {
          throw buildFailure(
            'embedded/unsupported',
            request.instruction.at,
            `RUN --mount=type=cache with ${what} is not supported by the embedded builder`,
          );
        };
        if (mount.from !== undefined) no('from');
        if (mount.sharing === 'private') no('sharing=private');
        const name = createHash('sha256').update(mount.id).digest('hex').slice(0, 32);
        const cache = join(request.root, 'mounts', name);
        const isNew = mkdirSync(cache, { recursive: true, mode: mount.mode ?? 0o755 }) !== undefined;
        if (isNew) chownSync(cache, mount.uid ?? 0, mount.gid ?? 0);
        mounts.push({
          kind: 'bind',
          source: cache,
          target: absolute(mount.target),
          readOnly: mount.readOnly,
          isFile: false,
          ...(mount.sharing === 'locked' ? { lock: `${cache}.lock` } : {}),
        });
        return;
      }
      case 'ssh':
        throw buildFailure(
          'embedded/unsupported',
          request.instruction.at,
          'RUN --mount=type=ssh is not supported by the embedded builder',
        );
      default:
        mount satisfies never;
    }
  });
  return { mounts, environment };
};

const notOfTheImage = (path: string): boolean => /^(?:proc|sys|dev)(?:\/|$)/.test(path);

export const runStep = async (request: RunRequest): Promise<void> => {
  const { instruction, state, root, signal } = request;
  const isolation = isolationFor(root);
  const { config, tree } = state;
  const account = accountOf(config.User ?? '', userFiles(tree));
  if (isUnknown(account))
    throw buildFailure(
      'embedded/unknown-user',
      instruction.at,
      `USER "${account.unknown}" is not in /etc/passwd or /etc/group of the image`,
      { hint: 'make the user with a RUN before, or use a number' },
    );
  const workdir = config.WorkingDir === undefined || config.WorkingDir === '' ? '/' : config.WorkingDir;

  mkdirSync(join(root, 'run'), { recursive: true, mode: 0o700 });
  const scratch = mkdtempSync(join(resolve(root), 'run', `${process.pid}-`));
  using _atExit = onExit(() => {
    rmSync(scratch, { recursive: true, force: true });
  });
  try {
    const { argv, mounts: own } = commandOf(instruction, config.Shell ?? ['/bin/sh', '-c'], scratch);
    const { mounts, environment } = mountsOf(request, workdir, scratch);
    if (isolation === 'chroot' && (mounts.length > 0 || own.length > 0))
      throw buildFailure(
        'embedded/unsupported',
        instruction.at,
        'RUN --mount and scripts in heredocs need mounts, which are not allowed here',
        { hint: 'allow mounts: run with CAP_SYS_ADMIN' },
      );
    const mountPoints = mountPointsOf([...mounts, ...own]);
    const full = new Map(environment);
    if (!full.has('PATH')) full.set('PATH', defaultPath);
    if (!full.has('HOME')) full.set('HOME', account.home);
    const rootFolder = join(scratch, 'root');
    mkdirSync(rootFolder, { mode: 0o755 });
    const common = {
      isolation,
      root: rootFolder,
      command: argv,
      environment: full,
      folder: workdir,
      uid: account.uid,
      gid: account.gid,
      groups: account.groups,
      network: instruction.network === 'none' ? ('none' as const) : ('host' as const),
      mounts: [...mounts, ...own],
      scratch,
      signal,
      line: request.line,
    };
    let items: () => readonly LayerItem[];
    let ended;
    if (isolation === 'overlay') {
      // Mount points that an image may lack come from a layer of their own at the bottom, so that they never get into the layer above.
      const points = join(scratch, 'points');
      for (const name of ['proc', 'sys', 'dev', 'etc']) mkdirSync(join(points, name), { recursive: true, mode: 0o755 });
      for (const name of ['resolv.conf', 'hosts']) writeFileSync(join(points, 'etc', name), '');
      const layersFolder = join(resolve(root), 'layers');
      const lower = state.layers
        .map((layer, n) => unpackLayer(resolve(root), layer.diffId, state.files[n] ?? []))
        .map((folder) => folder.slice(layersFolder.length + 1));
      const upper = join(scratch, 'upper');
      const work = join(scratch, 'work');
      mkdirSync(upper, { mode: 0o755 });
      mkdirSync(work);
      mkdirSync(layersFolder, { recursive: true });
      ended = await runInRoot({
        ...common,
        overlay: { lower: [...lower.toReversed(), points], layersFolder, upper, work },
      });
      items = () => withoutMountPoints(itemsOfUpper(upper), mountPoints, tree);
    } else {
      writeNodes(
        rootFolder,
        [...tree.paths.values()].toSorted((a, b) => (a.entry.path < b.entry.path ? -1 : 1)),
        false,
      );
      const before = snapshotOf(rootFolder);
      ended = await runInRoot(common);
      items = () =>
        withoutMountPoints(
          itemsSince(rootFolder, before, (path) => notOfTheImage(path) && tree.get(path) === undefined),
          mountPoints,
          tree,
        );
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
    await request.collect(items());
  } catch (error) {
    if (error instanceof Failure && error.code === 'sandbox/cannot-isolate')
      throw buildFailure(error.code, instruction.at, error.message, {
        ...(error.hint === undefined ? {} : { hint: error.hint }),
        failureClass: error.failureClass,
      });
    throw error;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

/** Paths that were made only to mount something on them. */
const mountPointsOf = (mounts: readonly RootMount[]): ReadonlySet<string> => {
  const points = new Set(['proc', 'sys', 'dev', 'etc', 'etc/resolv.conf', 'etc/hosts']);
  for (const { target } of mounts) {
    for (let path = cleanRooted(target); path !== ''; path = path.slice(0, Math.max(0, path.lastIndexOf('/'))))
      points.add(path);
  }
  return points;
};

/** Leaves out mount points that the image lacked and that nothing was put into, as BuildKit does. */
const withoutMountPoints = (
  items: readonly LayerItem[],
  points: ReadonlySet<string>,
  tree: FileTree,
): readonly LayerItem[] => {
  const kept = new Set<string>();
  const result: LayerItem[] = [];
  for (const item of items.toSorted((a, b) => b.entry.path.length - a.entry.path.length)) {
    const { path, type, size } = item.entry;
    const isEmpty = type === 'directory' ? !kept.has(path) : type === 'file' && size === 0;
    if (points.has(path) && tree.get(path) === undefined && isEmpty) continue;
    result.push(item);
    for (let above = path; above.includes('/');) {
      above = above.slice(0, above.lastIndexOf('/'));
      kept.add(above);
    }
  }
  return result;
};
