// Where a tar is read from: a stream, or a file whose contents can be jumped over.
import type { FileHandle } from 'node:fs/promises';

export interface TarSource {
  /** Bytes from the start of the archive. */
  readonly position: number;
  /** The next `length` bytes, fewer only at the end. Never allocates for bytes that did not arrive. */
  take(length: number): Promise<Buffer>;
  /** What is at hand, at most `length` bytes, at least one; empty only at the end. A view: valid for as long as the chunk it came in. */
  some(length: number): Promise<Uint8Array>;
  /** False when the archive ends before that. */
  skip(length: number): Promise<boolean>;
  /** Reads to the end, so that a check at the end of the stream takes place. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

const nothing = Buffer.alloc(0);

const takeFrom = async (source: TarSource, length: number): Promise<Buffer> => {
  const first = await source.some(length);
  if (first.length === length || first.length === 0) return Buffer.from(first.buffer, first.byteOffset, first.length);
  const parts = [first];
  let missing = length - first.length;
  while (missing > 0) {
    const part = await source.some(missing);
    if (part.length === 0) break;
    parts.push(part);
    missing -= part.length;
  }
  return Buffer.concat(parts);
};

class StreamSource implements TarSource {
  position = 0;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = nothing;
  #offset = 0;
  #ended = false;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async #fill(): Promise<boolean> {
    while (this.#offset === this.#chunk.length) {
      if (this.#ended) return false;
      const next = await this.#chunks.next();
      if (next.done === true) {
        this.#ended = true;
        this.#chunk = nothing;
        this.#offset = 0;
        return false;
      }
      this.#chunk = next.value;
      this.#offset = 0;
    }
    return true;
  }

  async some(length: number): Promise<Uint8Array> {
    if (!(await this.#fill())) return nothing;
    const part = this.#chunk.subarray(this.#offset, this.#offset + length);
    this.#offset += part.length;
    this.position += part.length;
    return part;
  }

  take(length: number): Promise<Buffer> {
    return takeFrom(this, length);
  }

  async skip(length: number): Promise<boolean> {
    let missing = length;
    while (missing > 0) {
      const part = await this.some(missing);
      if (part.length === 0) return false;
      missing -= part.length;
    }
    return true;
  }

  async drain(): Promise<void> {
    while ((await this.some(Number.MAX_SAFE_INTEGER)).length > 0);
  }

  async close(): Promise<void> {
    if (!this.#ended) await this.#chunks.return?.();
    this.#ended = true;
  }
}

export const streamSource = (stream: AsyncIterable<Uint8Array>): TarSource => new StreamSource(stream);

const windowBytes = 64 * 1024;

class FileSource implements TarSource {
  position = 0;
  readonly #file: FileHandle;
  readonly #size: number;
  #window: Buffer = nothing;
  #windowAt = 0;

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.#size = size;
  }

  async some(length: number): Promise<Uint8Array> {
    let at = this.position - this.#windowAt;
    if (at < 0 || at >= this.#window.length) {
      if (this.position >= this.#size) return nothing;
      const { buffer, bytesRead } = await this.#file.read(
        Buffer.allocUnsafe(windowBytes),
        0,
        windowBytes,
        this.position,
      );
      this.#window = buffer.subarray(0, bytesRead);
      this.#windowAt = this.position;
      at = 0;
    }
    const part = this.#window.subarray(at, at + length);
    this.position += part.length;
    return part;
  }

  take(length: number): Promise<Buffer> {
    return takeFrom(this, length);
  }

  async skip(length: number): Promise<boolean> {
    this.position += length;
    return this.position <= this.#size;
  }

  async drain(): Promise<void> {}

  async close(): Promise<void> {}
}

/** Reads headers only: contents are jumped over. The handle stays open; its owner closes it. */
export const fileSource = (file: FileHandle, size: number): TarSource => new FileSource(file, size);
