// Decompression by what the bytes are, not by what they are called: gzip (all members), zstd (all frames), or neither.
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import { badCompression } from './bad-compression.ts';
import { tooLarge } from './read-bytes.ts';
import { through } from './through.ts';
import { createFrameSplitter, isSkippableMagic, zstdMagic } from './zstd-frames.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

/** By the first four bytes. No tar starts like one of the compressed formats. */
export const compressionOf = (head: Uint8Array): Compression => {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (head.length < 4) return 'none';
  const magic = Buffer.from(head.buffer, head.byteOffset, 4).readUInt32LE();
  return magic === zstdMagic || isSkippableMagic(magic) ? 'zstd' : 'none';
};

export interface DecompressOptions {
  /** Bytes that may come out; Failure `oci/too-large` beyond. Without it the caller must bound what it does with the bytes. */
  readonly limitBytes?: number;
  readonly signal?: AbortSignal | undefined;
}

const chunkSize = 256 * 1024;

const isZlibError = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && /^(?:Z_|ZSTD_|ERR_ZLIB|ERR_ZSTD)/.test(String(error.code));

async function* gunzip(stream: AsyncIterable<Uint8Array>, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* through(stream, createGunzip({ chunkSize }), signal);
  } catch (error) {
    throw isZlibError(error) ? badCompression('gzip', error.message, error) : error;
  }
}

/** Pieces of one frame, up to and with the one that ends it. */
async function* oneFrame(
  first: Uint8Array,
  pieces: AsyncIterator<{ readonly bytes: Uint8Array; readonly end: boolean }>,
): AsyncGenerator<Uint8Array> {
  yield first;
  for (;;) {
    const next = await pieces.next();
    if (next.done === true) return;
    if (next.value.bytes.length > 0) yield next.value.bytes;
    if (next.value.end) return;
  }
}

async function* framePieces(stream: AsyncIterable<Uint8Array>) {
  const splitter = createFrameSplitter();
  for await (const chunk of stream) yield* splitter.push(chunk);
  splitter.end();
}

async function* unzstd(stream: AsyncIterable<Uint8Array>, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const pieces = framePieces(stream);
  try {
    for (;;) {
      const first = await pieces.next();
      if (first.done === true) return;
      const decoder = createZstdDecompress({ chunkSize, params: { [constants.ZSTD_d_windowLogMax]: 27 } });
      yield* through(oneFrame(first.value.bytes, pieces), decoder, signal);
    }
  } catch (error) {
    throw isZlibError(error) ? badCompression('zstd', error.message, error) : error;
  } finally {
    await pieces.return();
  }
}

async function* bounded(stream: AsyncIterable<Uint8Array>, limitBytes: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > limitBytes) throw tooLarge('decompressed content', limitBytes);
    yield chunk;
  }
}

/** The first chunks until they hold four bytes, and the stream as it was. */
const peek = async (
  stream: AsyncIterable<Uint8Array>,
): Promise<{ readonly head: Uint8Array; readonly whole: AsyncGenerator<Uint8Array> }> => {
  const iterator = stream[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let size = 0;
  while (size < 4) {
    const next = await iterator.next();
    if (next.done === true) break;
    chunks.push(next.value);
    size += next.value.length;
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    try {
      yield* chunks;
      for (;;) {
        const next = await iterator.next();
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  const only = chunks[0];
  return { head: chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks), whole: whole() };
};

/** Bytes that are neither gzip nor zstd pass unchanged. Throws Failure `oci/bad-compression`, `oci/too-large`. */
export async function* decompress(
  stream: AsyncIterable<Uint8Array>,
  { limitBytes, signal }: DecompressOptions = {},
): AsyncGenerator<Uint8Array> {
  const { head, whole } = await peek(stream);
  const kind = compressionOf(head);
  const plain = kind === 'gzip' ? gunzip(whole, signal) : kind === 'zstd' ? unzstd(whole, signal) : whole;
  yield* limitBytes === undefined ? plain : bounded(plain, limitBytes);
}
