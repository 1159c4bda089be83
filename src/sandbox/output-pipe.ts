// Pipes for the output of processes. Node's own are sockets, which a program cannot open again as /dev/stdout.
import { chmodSync, closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { syscalls } from './syscalls.ts';

export interface OutputPipe {
  readonly readable: Readable;
  /** For the child's stdio. */
  readonly writeEnd: number;
  /** To be called once the child has its copy: the readable ends when the last writer does. */
  closeWriteEnd(): void;
}

const fifo = 0o010000;

/** Undefined where named pipes cannot be made. */
export const openOutputPipe = (): OutputPipe | undefined => {
  const calls = syscalls();
  if (calls === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'slipway-pipe-'));
  const path = join(folder, 'pipe');
  try {
    if (!calls.makeNode(Buffer.from(path), fifo | 0o600, 0, 0)) return undefined;
    chmodSync(path, 0o622); // another user may open it again through /dev/stdout; nobody else reaches the folder
    const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writeEnd = openSync(path, constants.O_WRONLY);
    return {
      readable: new Socket({ fd: readEnd, readable: true, writable: false }),
      writeEnd,
      closeWriteEnd: () => {
        closeSync(writeEnd);
      },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
