// System calls that Node lacks, through koffi. Where it cannot load, extended attributes and device nodes are left out.
import { openLibc } from './libc.ts';

export interface Syscalls {
  /** Names and values; empty where the file system has none. */
  xattrs(path: Buffer): Readonly<Record<string, Uint8Array>>;
  /** False when it was refused. */
  setXattr(path: Buffer, name: string, value: Uint8Array): boolean;
  /** `mode` with the bits of the file type. False when it was refused. */
  makeNode(path: Buffer, mode: number, major: number, minor: number): boolean;
  /** Sets both times, of a link itself. */
  setTimes(path: Buffer, seconds: number, nanoseconds: number): boolean;
}

const load = (): Syscalls | undefined => {
  if (process.platform !== 'linux') return undefined;
  try {
    const libc = openLibc();
    const list = libc('intptr_t llistxattr(const uint8_t *path, _Out_ uint8_t *list, size_t size)');
    const get = libc('intptr_t lgetxattr(const uint8_t *path, const char *name, _Out_ uint8_t *value, size_t size)');
    const set = libc(
      'int lsetxattr(const uint8_t *path, const char *name, const uint8_t *value, size_t size, int flags)',
    );
    const mknod = libc('int mknod(const uint8_t *path, uint32_t mode, uint64_t dev)');
    const utimensat = libc('int utimensat(int dirfd, const uint8_t *path, const int64_t *times, int flags)');
    const zero = Buffer.alloc(1);
    const terminated = (path: Buffer): Buffer => Buffer.concat([path, zero]);
    const names = Buffer.alloc(65_536);
    const value = Buffer.alloc(65_536);
    return {
      xattrs: (path) => {
        const file = terminated(path);
        const length = list(file, names, names.length);
        if (length <= 0) return {};
        const found: Record<string, Uint8Array> = {};
        for (const name of names.subarray(0, length).toString('latin1').split('\0')) {
          if (name === '') continue;
          const size = get(file, name, value, value.length);
          if (size >= 0) found[name] = Uint8Array.from(value.subarray(0, size));
        }
        return found;
      },
      setXattr: (path, name, bytes) =>
        set(terminated(path), name, bytes.length === 0 ? zero : bytes, bytes.length, 0) === 0,
      makeNode: (path, mode, major, minor) => {
        const [a, b] = [BigInt(major), BigInt(minor)];
        // glibc's makedev: the low 12 bits of the major and the low 8 of the minor stand where they always stood.
        const device = (b & 0xffn) | ((a & 0xfffn) << 8n) | ((b & ~0xffn) << 12n) | ((a & ~0xfffn) << 32n);
        return mknod(terminated(path), mode, device) === 0;
      },
      setTimes: (path, seconds, nanoseconds) => {
        const times = new BigInt64Array([BigInt(seconds), BigInt(nanoseconds), BigInt(seconds), BigInt(nanoseconds)]);
        const [atFdcwd, noFollow] = [-100, 0x100];
        return utimensat(atFdcwd, terminated(path), times, noFollow) === 0;
      },
    };
  } catch {
    return undefined; // no binary of koffi for this machine
  }
};

let loaded: { readonly calls: Syscalls | undefined } | undefined;

export const syscalls = (): Syscalls | undefined => {
  loaded ??= { calls: load() };
  return loaded.calls;
};
