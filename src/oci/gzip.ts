// gzip in parallel: the stream is cut into blocks that are deflated at the same time on Node's thread pool, each with the
// last 32 KiB before it as dictionary, and joined into one member (RFC 1951, RFC 1952). The bytes depend on the input and
// on zlib only, not on the number of cores or on how the input was cut.
import { availableParallelism } from 'node:os';
import { constants, crc32, deflateRaw } from 'node:zlib';

const blockBytes = 1024 * 1024;
const dictionaryBytes = 32 * 1024;

/** No name, no time, unknown system: RFC 1952, section 2.3. */
const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
/** An empty last block: every other block ends on a byte boundary and is not the last. */
const lastBlock = Buffer.from([0x03, 0x00]);

export interface GzipOptions {
  /** 1 to 9. */
  readonly level?: number;
  /** Blocks being deflated at once; memory is about three MiB for each. */
  readonly parallel?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Measured on system files: 1.7 times as fast as level 6 for 3 % more bytes (ADR on tar and compression). */
const defaultGzipLevel = 4;

const deflate = (block: Buffer, dictionary: Buffer | undefined, level: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const options = {
      level,
      finishFlush: constants.Z_SYNC_FLUSH,
      // One round trip to the thread pool: what cannot be compressed grows by less than that.
      chunkSize: block.length + 64 * 1024,
      ...(dictionary === undefined ? {} : { dictionary }),
    };
    deflateRaw(block, options, (error, result) => {
      if (error === null) resolve(result);
      else reject(error);
    });
  });

async function* blocks(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let block = Buffer.allocUnsafe(blockBytes);
  let filled = 0;
  for await (const chunk of stream) {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + blockBytes - filled);
      block.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled === blockBytes) {
        yield block;
        block = Buffer.allocUnsafe(blockBytes);
        filled = 0;
      }
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}

export async function* gzip(
  stream: AsyncIterable<Uint8Array>,
  { level = defaultGzipLevel, parallel = availableParallelism() + 1, signal }: GzipOptions = {},
): AsyncGenerator<Uint8Array> {
  const queue: Promise<Buffer>[] = [];
  let crc = 0;
  let size = 0;
  let dictionary: Buffer | undefined;
  yield header;
  for await (const block of blocks(stream)) {
    signal?.throwIfAborted();
    crc = crc32(block, crc);
    size += block.length;
    const deflated = deflate(block, dictionary, level);
    deflated.catch(() => {}); // thrown when its turn comes
    queue.push(deflated);
    dictionary = block.subarray(-dictionaryBytes);
    if (queue.length >= parallel) {
      const first = await queue.shift();
      if (first !== undefined) yield first;
    }
  }
  for (const deflated of queue) yield await deflated;
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE(size % 2 ** 32, 4);
  yield lastBlock;
  yield trailer;
}
