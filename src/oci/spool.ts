import { type FileHandle, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { handleChunks } from '../base/file-chunks.ts';
import { FileWriter } from '../base/file-writer.ts';
import { temporaryName } from '../base/temporary-name.ts';
import { decompress } from './decompress.ts';
import { diskFailure } from './disk-failure.ts';

export interface Spooled extends AsyncDisposable {
  readonly file: FileHandle;
  readonly size: number;
}

export interface SpoolOptions {
  /** Bytes that may come out: Failure `oci/too-large` beyond. */
  readonly limitBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A compressed file, decompressed to a temporary one for random access. Where the system allows, the name is removed at
 * once, so that nothing stays behind whatever happens to this process. Throws Failure `oci/no-space`, `oci/bad-compression`.
 */
export const spool = async (compressed: FileHandle, { limitBytes, signal }: SpoolOptions): Promise<Spooled> => {
  const path = temporaryName(join(tmpdir(), 'slipway-archive'));
  const file = await open(path, 'wx+', 0o600);
  const isNameless = process.platform !== 'win32';
  const discard = async (): Promise<void> => {
    await file.close();
    if (!isNameless) await rm(path, { force: true });
  };
  try {
    if (isNameless) await rm(path);
    const writer = new FileWriter(file);
    const content = decompress(handleChunks(compressed, { signal }), { limitBytes, signal });
    for await (const chunk of content) await writer.write(chunk);
    await writer.end();
    return { file, size: writer.size, [Symbol.asyncDispose]: discard };
  } catch (error) {
    await discard();
    throw diskFailure(error, 'oci/write-failed', path);
  }
};
