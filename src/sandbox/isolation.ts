// What this machine allows for a RUN, found out once by doing it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../base/failure.ts';
import { syscalls } from './syscalls.ts';

export type Isolation =
  /** Own namespaces, the layer collected by overlay. */
  | 'overlay'
  /** Own namespaces, the layer found by comparing a copy. */
  | 'copy'
  /** Only chroot: an unprivileged root container. */
  | 'chroot';

const works = (command: readonly string[]): boolean =>
  spawnSync(command[0] ?? '', command.slice(1), { stdio: 'ignore', timeout: 10_000 }).status === 0;

const found = new Map<string, Isolation>();

/** `root`: the folder where layers will lie; overlay depends on its file system. `SLIPWAY_ISOLATION` chooses a weaker kind. Failure `sandbox/cannot-isolate`. */
export const isolationFor = (root: string): Isolation => {
  const known = found.get(root);
  if (known !== undefined) return known;
  const isolation = probe(root);
  found.set(root, isolation);
  return isolation;
};

const probe = (root: string): Isolation => {
  if (process.platform !== 'linux') throw refusal('RUN needs Linux: its commands are programs of the image');
  if (process.getuid?.() !== 0) throw refusal('RUN needs root here, and this is another user');
  if (syscalls() === undefined)
    throw refusal('RUN needs the native part of the package koffi, which cannot be loaded here');
  const wanted = process.env['SLIPWAY_ISOLATION'];
  const namespaces =
    wanted !== 'chroot' &&
    works([
      'setpriv',
      '--pdeathsig',
      'KILL',
      'unshare',
      '--mount',
      '--pid',
      '--ipc',
      '--uts',
      '--fork',
      '--kill-child',
      'true',
    ]);
  if (namespaces && wanted !== 'copy' && overlayWorks(root)) return 'overlay';
  if (namespaces) return 'copy';
  if (existsSync('/proc/self') && works(['chroot', '/', 'true'])) return 'chroot';
  throw refusal('neither namespaces nor chroot are allowed here');
};

const overlayWorks = (root: string): boolean => {
  mkdirSync(root, { recursive: true });
  const folder = mkdtempSync(join(root, '.probe-'));
  try {
    for (const name of ['lower', 'upper', 'work', 'merged']) mkdirSync(join(folder, name));
    return works([
      'unshare',
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-c',
      `mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged`.replace(
        /^/,
        `cd '${folder.replaceAll("'", "'\\''")}' && `,
      ),
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const refusal = (why: string): Failure =>
  new Failure('sandbox/cannot-isolate', why, {
    failureClass: 'InfrastructureFailure',
    hint: 'run as root (in a container: also without --privileged, where chroot is allowed), or build a Dockerfile without RUN, which needs no privilege',
  });
