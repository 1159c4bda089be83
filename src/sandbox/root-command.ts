// A command in a root file system: overlay or a plain folder, its own namespaces where they are allowed.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { shellQuote } from '../base/shell-quote.ts';
import { enterCommand } from './enter-root.ts';
import type { Isolation } from './isolation.ts';
import { type Ended, endingWithUs, pidNamespace, runTree } from './process-tree.ts';
import { userNamespace } from './user-namespace.ts';

export interface RootCommand {
  readonly isolation: Isolation;
  /** Folder that becomes `/`. With overlay: an empty one to mount it on. It must have (unless chroot is all there is) the folders proc, sys and dev, none of them a link. */
  readonly root: string;
  readonly overlay?: {
    /** All three relative to `layersFolder`, without `:` and `,`; `lower` topmost first. */
    readonly lower: readonly string[];
    readonly upper: string;
    readonly work: string;
    readonly layersFolder: string;
  };
  readonly command: readonly string[];
  /** Exactly this. */
  readonly environment: ReadonlyMap<string, string>;
  readonly folder: string;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly network: 'host' | 'none';
  /** Mounted below the root before the command starts. */
  readonly mounts: readonly RootMount[];
  /** Private folder for scripts; removed by the caller. */
  readonly scratch: string;
  readonly signal: AbortSignal;
  readonly line: (text: string, stream: 'stdout' | 'stderr') => void;
}

interface MountTarget {
  /** Below the root, without a leading slash. No component may be a link: a mount would follow it out of the root. */
  readonly target: string;
  readonly readOnly: boolean;
}

export interface BindMount extends MountTarget {
  readonly kind: 'bind';
  /** Absolute. */
  readonly source: string;
  readonly isFile: boolean;
}

export interface TmpfsMount extends MountTarget {
  readonly kind: 'tmpfs';
  readonly sizeBytes?: number;
}

export type RootMount = BindMount | TmpfsMount;

const mountLines = (mount: RootMount): string[] => {
  const target = shellQuote(`./${mount.target}`);
  const make =
    mount.kind === 'bind' && mount.isFile
      ? `[ -e ${target} ] || { mkdir -p ${shellQuote(`./${dirname(mount.target)}`)}; : > ${target}; }`
      : `[ -d ${target} ] || mkdir -p ${target}`;
  if (mount.kind === 'tmpfs') {
    const size = mount.sizeBytes === undefined || mount.sizeBytes === 0 ? '' : `,size=${mount.sizeBytes}`;
    return [make, `mount -t tmpfs -o nodev${mount.readOnly ? ',ro' : ''}${size} tmpfs ${target}`];
  }
  const remount = `mount -o remount,bind,nodev${mount.readOnly ? ',ro' : ''}`;
  const bind = `mount --bind ${shellQuote(mount.source)} ${target}`;
  if (userNamespace() === undefined) return [make, bind, `${remount} ${target}`];
  // Flags that the machine's mount has are locked in a user namespace: they must be named again. Devices do not work there anyway.
  const locked = ['', ',nosuid', ',nosuid,noexec'].map((flags) => `${remount}${flags} ${target} 2>/dev/null`);
  return mount.readOnly ? [make, bind, locked.join(' || ')] : [make, bind];
};

/** Devices of a container (OCI runtime-spec, config-linux.md, "Default Devices"): bound from the host, so that none can be made. */
const deviceLines = [
  'mount -t tmpfs -o mode=755,nosuid,nodev tmpfs ./dev',
  'mkdir ./dev/pts ./dev/shm',
  'for d in null zero full random urandom tty; do : > ./dev/$d; mount --bind /dev/$d ./dev/$d; done',
  'mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts ./dev/pts',
  'ln -s pts/ptmx ./dev/ptmx',
  'mount -t tmpfs -o mode=1777,size=64m,nodev,nosuid shm ./dev/shm',
  'ln -s /proc/self/fd ./dev/fd; ln -s /proc/self/fd/0 ./dev/stdin; ln -s /proc/self/fd/1 ./dev/stdout; ln -s /proc/self/fd/2 ./dev/stderr',
];

/** What would let the command reach the machine through the kernel's files. */
const procLines = [
  'for p in sys sysrq-trigger; do [ ! -e ./proc/$p ] || { mount --bind ./proc/$p ./proc/$p; mount -o remount,bind,ro ./proc/$p; }; done',
  '[ ! -e ./proc/kcore ] || mount --bind /dev/null ./proc/kcore',
];

const script = (options: RootCommand): string => {
  const { overlay } = options;
  const environment = [...options.environment];
  const { command, folder, uid, gid, groups } = options;
  const enter = `exec ${enterCommand({ command, environment, folder, uid, gid, groups }, options.scratch).map(shellQuote).join(' ')}`;
  if (options.isolation === 'chroot')
    return ['set -e', `cd ${shellQuote(options.root)}`, 'exec 3<&-', enter, ''].join('\n');
  return [
    'set -e',
    `trap 'echo "slipway: the root file system could not be prepared" >&2' EXIT`,
    'umask 022',
    ...(overlay === undefined
      ? [
          `mount --bind ${shellQuote(options.root)} ${shellQuote(options.root)}`,
          `mount -o remount,bind,nodev ${shellQuote(options.root)}`,
        ]
      : [
          `cd ${shellQuote(overlay.layersFolder)}`,
          `mount -t overlay overlay -o ${shellQuote(`nodev,lowerdir=${overlay.lower.join(':')},upperdir=${overlay.upper},workdir=${overlay.work},index=off,metacopy=off,${userNamespace() === undefined ? 'redirect_dir=off' : 'userxattr'}`)} ${shellQuote(options.root)}`,
        ]),
    `cd ${shellQuote(options.root)}`,
    'mount -t proc -o nosuid,nodev,noexec proc ./proc',
    ...procLines,
    'mount -t sysfs -o ro,nosuid,nodev,noexec sysfs ./sys 2>/dev/null || true',
    ...deviceLines,
    ...options.mounts.flatMap(mountLines),
    ...(options.network === 'none' ? ['ip link set lo up 2>/dev/null || true'] : []),
    // As switch_root does: the old root is out of reach for good, also for whoever may chroot again.
    'mount -n --move . /',
    'exec 3<&-',
    enter,
    '',
  ].join('\n');
};

/** Runs to its end; rejects when aborted. Nothing stays mounted: mounts are made in a namespace that ends with the command. */
export const runInRoot = async (options: RootCommand): Promise<Ended> => {
  const file = join(options.scratch, 'root-command.sh');
  writeFileSync(file, script(options), { mode: 0o600 });
  const namespaces = [
    ...(userNamespace()?.options ?? []),
    '--mount',
    '--ipc',
    '--uts',
    '--propagation',
    'private',
    ...(options.network === 'none' ? ['--net'] : []),
  ];
  return runTree({
    command:
      options.isolation === 'chroot' ? endingWithUs(['sh', file]) : [...pidNamespace, ...namespaces, '--', 'sh', file],
    folder: '/',
    environment: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
    signal: options.signal,
    line: options.line,
  });
};
