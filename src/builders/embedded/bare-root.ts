// What a command finds in a root where nothing can be mounted (isolation `chroot`): device nodes, and the machine's name
// resolution and scripts as plain copies. None of it becomes part of a layer.
import { chmodSync, cpSync, existsSync, lstatSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encodePath } from '../../base/byte-path.ts';
import type { BindMount } from '../../sandbox/root-command.ts';
import { syscalls } from '../../sandbox/syscalls.ts';

const characterDevice = 0o020000;

/** OCI runtime-spec, config-linux.md, "Default Devices": name, major, minor. */
const devices: readonly (readonly [string, number, number])[] = [
  ['null', 1, 3],
  ['zero', 1, 5],
  ['full', 1, 7],
  ['random', 1, 8],
  ['urandom', 1, 9],
  ['tty', 5, 0],
];

/** `root` is a private copy of the image; targets are resolved in it. Where device nodes are not allowed, /dev/null is a plain file: writing to it works, and it is empty at first. */
export const fillBareRoot = (root: string, copies: readonly BindMount[]): void => {
  for (const [name, major, minor] of devices) {
    const path = encodePath(join(root, 'dev', name));
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) continue;
    if (syscalls()?.makeNode(path, characterDevice | 0o666, major, minor) === true) chmodSync(path, 0o666);
    else if (name === 'null') {
      writeFileSync(path, '', { flag: 'wx' });
      chmodSync(path, 0o666);
    }
  }
  for (const { source, target } of copies) {
    const path = join(root, target);
    if (!existsSync(encodePath(dirname(path)))) continue;
    rmSync(encodePath(path), { force: true });
    cpSync(source, path, { recursive: true });
  }
};

/** For the comparison afterwards: kernel folders are mounts elsewhere, and the copies were never the image's. */
export const isOfBareRoot = (path: string, copies: readonly BindMount[]): boolean =>
  /^(?:dev|proc|sys)\//.test(path) || copies.some(({ target }) => target === path);
