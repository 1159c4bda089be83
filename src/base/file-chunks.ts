import { type FileHandle, open } from 'node:fs/promises';

export interface FileRange {
  /** First byte; 0 when absent. */
  readonly start?: number;
  /** The byte after the last one; the file's end when absent. */
  readonly end?: number;
  readonly signal?: AbortSignal | undefined;
}

const chunkBytes = 512 * 1024;

/** Parts of an open file, the next one being read while the last is used. Each chunk is the receiver's to keep. Ends early when the file does. */
export async function* handleChunks(
  file: FileHandle,
  { start = 0, end = Number.MAX_SAFE_INTEGER, signal }: FileRange = {},
): AsyncGenerator<Uint8Array> {
  const read = async (at: number): Promise<Uint8Array> => {
    const length = Math.min(chunkBytes, end - at);
    if (length <= 0) return new Uint8Array();
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, at);
    return buffer.subarray(0, bytesRead);
  };
  let at = start;
  let pending = read(at);
  try {
    for (;;) {
      const chunk = await pending;
      signal?.throwIfAborted();
      if (chunk.length === 0) return;
      at += chunk.length;
      pending = read(at);
      pending.catch(() => {}); // seen by the next round, or not wanted any more
      yield chunk;
    }
  } finally {
    await pending.catch(() => {});
  }
}

/** As `handleChunks`, for a path. Opens the file at the first read and closes it at the end. */
export async function* fileChunks(path: string | Buffer, range: FileRange = {}): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r');
  try {
    yield* handleChunks(file, range);
  } finally {
    await file.close();
  }
}
