// The store's small files: a tag, an image id, a remembered compression. Each is one JSON file, replaced whole.
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../base/error-code.ts';
import { writeFileWhole } from '../base/write-file-whole.ts';
import { type Digest, hexOf, parseDigest } from '../refs/digest.ts';
import { digestOf } from './digest.ts';
import { diskFailure } from './disk-failure.ts';
import type { Descriptor } from './image.ts';
import { asDescriptor } from './parse-manifest.ts';
import type { StoredImage } from './store.ts';
import { type JsonObject, asDigest, asSize, asString, optional, parseJson } from './untrusted-json.ts';

const unreadable = (problem: string): Error => new Error(problem);

export class Records {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** Undefined when it is not there or not readable: a record that a crash has damaged counts as never written. */
  async #read<T>(path: string, parse: (object: JsonObject) => T): Promise<T | undefined> {
    let bytes: Buffer;
    try {
      bytes = await readFile(path);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
    try {
      return parse(parseJson(bytes, unreadable));
    } catch {
      return undefined;
    }
  }

  async #write(path: string, value: unknown): Promise<void> {
    try {
      await writeFileWhole(path, `${JSON.stringify(value)}\n`);
    } catch (error) {
      throw diskFailure(error, 'oci/store-unusable', path);
    }
  }

  #tagPath(reference: string): string {
    return join(this.#root, 'refs', `${hexOf(digestOf(reference))}.json`);
  }

  #idPath(imageId: Digest): string {
    return join(this.#root, 'ids', `${hexOf(imageId)}.json`);
  }

  #compressedPath(diffId: Digest): string {
    return join(this.#root, 'compressed', `${hexOf(diffId)}.json`);
  }

  tag(image: StoredImage): Promise<void> {
    return this.#write(this.#tagPath(image.reference), image);
  }

  /** `reference` in the form that `fullReference` gives. */
  tagged(reference: string): Promise<StoredImage | undefined> {
    return this.#readImage(this.#tagPath(reference));
  }

  #readImage(path: string): Promise<StoredImage | undefined> {
    return this.#read(path, (object) => ({
      reference: asString(object['reference'], 'reference', unreadable),
      descriptor: asDescriptor(object['descriptor'], 'descriptor', unreadable),
      ...optional(object, 'imageId', asDigest, unreadable),
      storedAt: asSize(object['storedAt'], 'storedAt', unreadable),
    }));
  }

  async untag(reference: string): Promise<boolean> {
    try {
      await rm(this.#tagPath(reference));
      return true;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return false;
      throw error;
    }
  }

  async references(): Promise<readonly StoredImage[]> {
    const folder = join(this.#root, 'refs');
    const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
    const images = await Promise.all(names.map((name) => this.#readImage(join(folder, name))));
    return images
      .filter((image) => image !== undefined)
      .sort((a, b) => (a.reference < b.reference ? -1 : a.reference > b.reference ? 1 : 0));
  }

  #readDescriptor(path: string): Promise<Descriptor | undefined> {
    return this.#read(path, (object) => asDescriptor(object['descriptor'], 'descriptor', unreadable));
  }

  rememberId(imageId: Digest, descriptor: Descriptor): Promise<void> {
    return this.#write(this.#idPath(imageId), { descriptor });
  }

  byId(imageId: Digest): Promise<Descriptor | undefined> {
    return this.#readDescriptor(this.#idPath(imageId));
  }

  async ids(): Promise<readonly Digest[]> {
    return (await readdir(join(this.#root, 'ids'))).flatMap((name) => {
      const id = name.endsWith('.json') ? parseDigest(`sha256:${name.slice(0, -'.json'.length)}`) : undefined;
      return id === undefined ? [] : [id];
    });
  }

  forgetId(imageId: Digest): Promise<void> {
    return rm(this.#idPath(imageId), { force: true });
  }

  rememberCompressed(diffId: Digest, descriptor: Descriptor): Promise<void> {
    return this.#write(this.#compressedPath(diffId), { descriptor });
  }

  compressed(diffId: Digest): Promise<Descriptor | undefined> {
    return this.#readDescriptor(this.#compressedPath(diffId));
  }
}
