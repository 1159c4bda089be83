// A command in a root file system: overlay or a plain folder, its own namespaces where they are allowed.
import { chmodSync, copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Isolation } from './isolation.ts';
import { type Ended, endingWithUs, pidNamespace, runTree } from './process-tree.ts';

export interface RootCommand {
  readonly isolation: Isolation;
  /** Folder that becomes `/`. With overlay: an empty one to mount it on. */
  readonly root: string;
  readonly overlay?: {
    /** Paths relative to `layersFolder`, topmost first. */
    readonly lower: readonly string[];
    readonly layersFolder: string;
    readonly upper: string;
    readonly work: string;
  };
  readonly command: readonly string[];
  /** Exactly this. */
  readonly environment: ReadonlyMap<string, string>;
  readonly folder: string;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly network: 'host' | 'none';
  /** Mounted below the root before the command starts. Sources are absolute; missing mount points are made. */
  readonly mounts: readonly RootMount[];
  /** Private folder for scripts; removed by the caller. */
  readonly scratch: string;
  readonly signal: AbortSignal;
  readonly line: (text: string, stream: 'stdout' | 'stderr') => void;
}

export type RootMount =
  | {
      readonly kind: 'bind';
      readonly source: string;
      readonly target: string;
      readonly readOnly: boolean;
      readonly isFile: boolean;
      /** File that is locked while the command runs. */
      readonly lock?: string;
    }
  | { readonly kind: 'tmpfs'; readonly target: string; readonly sizeBytes?: number };

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** What Docker leaves to a container's root by default. */
const capabilities = [
  'chown',
  'dac_override',
  'fsetid',
  'fowner',
  'mknod',
  'net_raw',
  'setgid',
  'setuid',
  'setfcap',
  'setpcap',
  'net_bind_service',
  'sys_chroot',
  'kill',
  'audit_write',
];

const exports = (environment: ReadonlyMap<string, string>): string[] =>
  [...environment].flatMap(([name, value]) => (/^[A-Za-z_]\w*$/.test(name) ? [`export ${name}=${quote(value)}`] : []));

const mountLines = (mount: RootMount): string[] => {
  const target = quote(`.${mount.target}`);
  const make =
    mount.kind === 'bind' && mount.isFile
      ? `[ -e ${target} ] || { mkdir -p ${quote(`.${mount.target.slice(0, mount.target.lastIndexOf('/'))}`)}; : > ${target}; }`
      : `mkdir -p ${target}`;
  if (mount.kind === 'tmpfs')
    return [
      make,
      `mount -t tmpfs ${mount.sizeBytes === undefined || mount.sizeBytes === 0 ? '' : `-o size=${mount.sizeBytes} `}tmpfs ${target}`,
    ];
  return [
    make,
    `mount --bind ${quote(mount.source)} ${target}`,
    ...(mount.readOnly ? [`mount -o remount,bind,ro ${target}`] : []),
  ];
};

/** Devices of a container (OCI runtime-spec, config-linux.md, "Default Devices"). */
const deviceLines = [
  'mount -t tmpfs -o mode=755,nosuid tmpfs ./dev',
  'mkdir -p ./dev/pts ./dev/shm',
  ...[
    ['null', 3],
    ['zero', 5],
    ['full', 7],
    ['random', 8],
    ['urandom', 9],
  ].map(([name, minor]) => `mknod -m 666 ./dev/${name} c 1 ${minor}`),
  'mknod -m 666 ./dev/tty c 5 0',
  'mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts ./dev/pts',
  'ln -s pts/ptmx ./dev/ptmx',
  'mount -t tmpfs -o mode=1777,size=64m shm ./dev/shm',
  'ln -s /proc/self/fd ./dev/fd; ln -s /proc/self/fd/0 ./dev/stdin; ln -s /proc/self/fd/1 ./dev/stdout; ln -s /proc/self/fd/2 ./dev/stderr',
];

const script = (options: RootCommand): string => {
  const { overlay } = options;
  const command = options.command.map(quote).join(' ');
  const identity = [
    options.gid === 0 && options.groups.length === 0
      ? ''
      : `--regid ${options.gid} ${options.groups.length === 0 ? '--clear-groups' : `--groups ${options.groups.join(',')}`}`,
  ].filter((s) => s !== '');
  const enter = `unshare --root=. --wd=${quote(options.folder)}${options.uid === 0 ? '' : ` --setuid ${options.uid}`} -- ${command}`;
  if (options.isolation === 'chroot') {
    return [
      'set -e',
      `cd ${quote(options.root)}`,
      `mkdir -p .${quote(options.folder)}`,
      ...exports(options.environment),
      `exec ${identity.length === 0 ? '' : `setpriv ${identity.join(' ')} `}${enter}`,
      '',
    ].join('\n');
  }
  return [
    'set -e',
    'umask 022',
    ...(overlay === undefined
      ? [`mount --bind ${quote(options.root)} ${quote(options.root)}`]
      : [
          `cd ${quote(overlay.layersFolder)}`,
          `mount -t overlay overlay -o ${quote(`lowerdir=${overlay.lower.join(':')},upperdir=${overlay.upper},workdir=${overlay.work},index=off,metacopy=off,redirect_dir=off`)} ${quote(options.root)}`,
        ]),
    `cd ${quote(options.root)}`,
    'for d in proc sys dev etc; do [ -d ./$d ] || mkdir ./$d; done',
    'mount -t proc -o nosuid,nodev,noexec proc ./proc',
    'mount -t sysfs -o ro,nosuid,nodev,noexec sysfs ./sys 2>/dev/null || true',
    ...deviceLines,
    ...['resolv.conf', 'hosts'].map(
      (name) =>
        `if [ -f ${quote(join(options.scratch, name))} ] && [ ! -L ./etc/${name} ]; then [ -e ./etc/${name} ] || : > ./etc/${name}; mount --bind ${quote(join(options.scratch, name))} ./etc/${name}; fi`,
    ),
    ...options.mounts.flatMap((mount, n) =>
      mount.kind === 'bind' && mount.lock !== undefined
        ? [`exec ${4 + (n % 5)}>>${quote(mount.lock)}`, `flock ${4 + (n % 5)}`]
        : [],
    ),
    ...options.mounts.flatMap(mountLines),
    `[ -d .${quote(options.folder)} ] || mkdir -p .${quote(options.folder)}`,
    ...(options.network === 'none' ? ['ip link set lo up 2>/dev/null || true'] : []),
    // As switch_root does: the old root is out of reach for good, also for whoever may chroot again.
    'mount --move . /',
    'unset OLDPWD PWD',
    'exec 3<&-',
    ...exports(options.environment),
    `exec setpriv --bounding-set=-all,${capabilities.map((c) => `+${c}`).join(',')} --inh-caps=-all ${identity.join(' ')} ${enter}`,
    '',
  ].join('\n');
};

/** Runs to its end; rejects when aborted. Nothing stays mounted: mounts are made in a namespace that ends with the command. */
export const runInRoot = async (options: RootCommand): Promise<Ended> => {
  for (const [from, name] of [
    ['/etc/resolv.conf', 'resolv.conf'],
    ['/etc/hosts', 'hosts'],
  ] as const) {
    if (!existsSync(from)) continue;
    copyFileSync(from, join(options.scratch, name));
    chmodSync(join(options.scratch, name), 0o644);
  }
  const file = join(options.scratch, 'root-command.sh');
  writeFileSync(file, script(options), { mode: 0o600 });
  const namespaces = [
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
    // Names that no shell can export still reach the command; the tools of the host need their own PATH.
    environment: {
      ...Object.fromEntries([...options.environment].filter(([name]) => !/^[A-Za-z_]\w*$/.test(name))),
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    },
    signal: options.signal,
    line: options.line,
  });
};
