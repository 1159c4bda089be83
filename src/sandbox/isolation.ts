// What this machine allows for a RUN, found out once by doing it.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../base/failure.ts';
import { pidNamespace } from './process-tree.ts';
import { syscalls } from './syscalls.ts';
import { userNamespace } from './user-namespace.ts';
import { works } from './works.ts';

export type Isolation =
  /** Own namespaces, the layer collected by overlay; without root in a user namespace. */
  | 'overlay'
  /** Own namespaces, the layer found by comparing a copy. */
  | 'copy'
  /** Only chroot: an unprivileged root container. */
  | 'chroot';

const found = new Map<string, Isolation>();

/** `root`: the folder where layers will lie; overlay depends on its file system. `SLIPWAY_ISOLATION` chooses a weaker kind. Failure `sandbox/cannot-isolate`. */
export const isolationFor = (root: string): Isolation => {
  const wanted = process.env['SLIPWAY_ISOLATION'] ?? '';
  const key = `${wanted}\n${root}`;
  const isolation = found.get(key) ?? probe(root, wanted);
  found.set(key, isolation);
  return isolation;
};

const probe = (root: string, wanted: string): Isolation => {
  if (process.platform !== 'linux') throw refusal('RUN needs Linux: its commands are programs of the image');
  if (syscalls() === undefined)
    throw refusal('RUN needs the native part of the package koffi, which cannot be loaded here');
  if (process.getuid?.() !== 0) return withoutRoot(root);
  const namespaces = wanted !== 'chroot' && works([...pidNamespace, '--mount', '--ipc', '--uts', 'true']);
  if (namespaces && wanted !== 'copy' && overlayWorks(root, [], '')) return 'overlay';
  if (namespaces) return 'copy';
  if (existsSync('/proc/self') && works(['chroot', '/', 'true'])) return 'chroot';
  throw refusal('neither namespaces nor chroot are allowed here');
};

const withoutRoot = (root: string): Isolation => {
  const user = userNamespace();
  if (user === undefined)
    throw refusal(
      'RUN needs root or a user namespace, and this user may not make one',
      'allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0, user.max_user_namespaces above 0), run as root, or build a Dockerfile without RUN, which needs no privilege',
    );
  if (!overlayWorks(root, user.options, ',userxattr'))
    throw refusal(
      'RUN without root needs overlay in a user namespace, and the file system of the cache does not allow it',
      'use Linux 5.11 or newer, put the cache on a disk of its own (not inside of a container), or run as root',
    );
  return 'overlay';
};

const overlayWorks = (root: string, user: readonly string[], options: string): boolean => {
  mkdirSync(root, { recursive: true });
  const folder = mkdtempSync(join(root, '.probe-'));
  try {
    for (const name of ['lower', 'upper', 'work', 'merged']) mkdirSync(join(folder, name));
    return works([
      'unshare',
      ...user,
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-c',
      `cd "$1" && mount -t overlay overlay -o "lowerdir=lower,upperdir=upper,workdir=work$2" merged && : > merged/file && umount merged && rm -rf work`,
      'slipway',
      folder,
      options,
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const refusal = (
  why: string,
  hint = 'run as root (in a container: also without --privileged, where chroot is allowed), or build a Dockerfile without RUN, which needs no privilege',
): Failure => new Failure('sandbox/cannot-isolate', why, { failureClass: 'InfrastructureFailure', hint });
