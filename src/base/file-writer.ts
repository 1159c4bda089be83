import type { FileHandle } from 'node:fs/promises';

const bufferBytes = 512 * 1024;

/** Appends chunks of any size to a file in large writes, the last one still under way while the next chunks are made. */
export class FileWriter {
  /** Bytes handed in. */
  size = 0;
  readonly #file: FileHandle;
  #chunks: Uint8Array[] = [];
  #waiting = 0;
  #at: number;
  #writing: Promise<void> = Promise.resolve();

  constructor(file: FileHandle, startAt = 0) {
    this.#file = file;
    this.#at = startAt;
  }

  /** The chunk must not be changed afterwards. */
  async write(chunk: Uint8Array): Promise<void> {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#waiting += chunk.length;
    this.size += chunk.length;
    if (this.#waiting >= bufferBytes) await this.#flush();
  }

  /** Waits until everything is handed to the system. The file stays open. */
  async end(): Promise<void> {
    await this.#flush();
    await this.#writing;
  }

  async #flush(): Promise<void> {
    const only = this.#chunks[0];
    const bytes = this.#chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.#chunks, this.#waiting);
    this.#chunks = [];
    this.#waiting = 0;
    const at = this.#at;
    this.#at += bytes.length;
    await this.#writing;
    this.#writing = this.#writeAll(bytes, at);
    this.#writing.catch(() => {}); // thrown by the next write or by end
  }

  async #writeAll(bytes: Uint8Array, at: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, at + done);
      done += bytesWritten;
    }
  }
}
