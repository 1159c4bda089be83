import type { FileHandle } from 'node:fs/promises';
import { FileWriter } from '../base/file-writer.ts';
import { tarEnd, tarHeader, tarPadding } from './tar/write.ts';

const fixed = { uid: 0, gid: 0, mtimeSeconds: 0, mtimeNanoseconds: 0 } as const;

/** Writes a tar of plain files into a file: same contents, same bytes. */
export class TarFile {
  readonly #writer: FileWriter;

  constructor(file: FileHandle) {
    this.#writer = new FileWriter(file);
  }

  async folder(path: string): Promise<void> {
    await this.#writer.write(tarHeader({ ...fixed, path, type: 'directory', mode: 0o755, size: 0 }));
  }

  /** `content` must have exactly `size` bytes. */
  async stream(path: string, size: number, content: AsyncIterable<Uint8Array>): Promise<void> {
    await this.#writer.write(tarHeader({ ...fixed, path, type: 'file', mode: 0o644, size }));
    const contentAt = this.#writer.size;
    for await (const chunk of content) await this.#writer.write(chunk);
    const written = this.#writer.size - contentAt;
    if (written !== size) throw new RangeError(`tar: ${path} has ${written} bytes where ${size} were said`);
    await this.#writer.write(tarPadding(size));
  }

  async add(path: string, content: string | Uint8Array): Promise<void> {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    await this.#writer.write(tarHeader({ ...fixed, path, type: 'file', mode: 0o644, size: bytes.length }));
    await this.#writer.write(bytes);
    await this.#writer.write(tarPadding(bytes.length));
  }

  /** Gives the size of the archive. */
  async end(): Promise<number> {
    await this.#writer.write(tarEnd);
    await this.#writer.end();
    return this.#writer.size;
  }
}
