// A layer's tar, straight from where the contents lie into the image store. Sorted, so that equal files give equal bytes.
import { closeSync, openSync, readSync } from 'node:fs';
import { Failure } from '../../base/failure.ts';
import type { ImageStore } from '../../oci/store.ts';
import type { TarEntry } from '../../oci/tar/entry.ts';
import { tarEnd, tarHeader, tarPadding } from '../../oci/tar/write.ts';
import type { Digest } from '../../refs/digest.ts';
import type { Content } from './file-tree.ts';

export interface LayerItem {
  readonly entry: TarEntry;
  readonly content?: Content | Uint8Array;
  /** Digest of the content, where it is cheaper to ask than to read. */
  readonly digest?: (() => Digest) | undefined;
}

export interface WrittenLayer {
  readonly diffId: Digest;
  readonly sizeBytes: number;
}

const chunkBytes = 1 << 20;

const changed = (content: Content): Failure =>
  new Failure('embedded/file-changed', `${content.file.toString()} changed while it was read`, {
    facts: { file: content.file.toString() },
    hint: 'build again when nothing writes to the context',
    transient: true,
  });

/** Chunks are never written to again once yielded: the store keeps them for a while. */
function* pieces(items: readonly LayerItem[]): Generator<Uint8Array> {
  let chunk = Buffer.allocUnsafe(chunkBytes);
  let used = 0;
  function* add(bytes: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < bytes.length;) {
      const take = Math.min(bytes.length - at, chunkBytes - used);
      chunk.set(bytes.subarray(at, at + take), used);
      used += take;
      at += take;
      if (used === chunkBytes) {
        yield chunk;
        chunk = Buffer.allocUnsafe(chunkBytes);
        used = 0;
      }
    }
  }
  for (const { entry, content } of items) {
    yield* add(tarHeader(entry));
    if (content === undefined) continue;
    if (content instanceof Uint8Array) {
      yield* add(content);
    } else {
      const handle = openSync(content.file, 'r');
      try {
        for (let left = content.size, at = content.start; left > 0;) {
          const read = readSync(handle, chunk, used, Math.min(left, chunkBytes - used), at);
          if (read === 0) throw changed(content);
          left -= read;
          at += read;
          used += read;
          if (used === chunkBytes) {
            yield chunk;
            chunk = Buffer.allocUnsafe(chunkBytes);
            used = 0;
          }
        }
      } finally {
        closeSync(handle);
      }
    }
    yield* add(tarPadding(entry.size));
  }
  yield* add(tarEnd);
  yield chunk.subarray(0, used);
}

async function* asStream(items: readonly LayerItem[]): AsyncGenerator<Uint8Array> {
  yield* pieces(items);
}

const rank = ({ entry }: LayerItem): number => (entry.type === 'hardlink' ? 1 : 0);

/** Parents before what is in them, files before the hardlinks to them; by path otherwise. */
export const sorted = (items: readonly LayerItem[]): readonly LayerItem[] =>
  items.toSorted(
    (a, b) => rank(a) - rank(b) || (a.entry.path < b.entry.path ? -1 : a.entry.path > b.entry.path ? 1 : 0),
  );

export const writeLayer = async (
  items: readonly LayerItem[],
  store: ImageStore,
  signal: AbortSignal,
): Promise<WrittenLayer> => {
  const { digest, size } = await store.putBlob(asStream(items), { signal });
  return { diffId: digest, sizeBytes: size };
};
