// Small images made in memory for tests.
import { digestOf } from '../src/oci/digest.ts';
import type { Image, ImageConfig, Layer } from '../src/oci/image.ts';
import { imageFrom } from '../src/oci/image-from.ts';
import { mediaTypes } from '../src/oci/media-types.ts';
import { layerFrom } from '../src/oci/open.ts';
import type { TarEntry } from '../src/oci/tar/entry.ts';
import { tarEnd, tarHeader, tarPadding } from '../src/oci/tar/write.ts';

/** Yields pieces of `step` bytes. */
export async function* streamOf(bytes: Uint8Array, step = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
}

export const bytesOf = async (stream: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
};

export interface TestMember {
  readonly entry: TarEntry;
  readonly content?: Uint8Array;
}

const plain = { mode: 0o644, uid: 0, gid: 0, mtimeSeconds: 0, mtimeNanoseconds: 0, size: 0 } as const;

export const fileMember = (path: string, content: string | Uint8Array, more: Partial<TarEntry> = {}): TestMember => {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return { entry: { ...plain, path, type: 'file', ...more, size: bytes.length }, content: bytes };
};

export const member = (path: string, type: TarEntry['type'], more: Partial<TarEntry> = {}): TestMember => ({
  entry: { ...plain, ...(type === 'directory' ? { mode: 0o755 } : {}), path, type, ...more },
});

export const tarOf = (members: readonly TestMember[]): Buffer =>
  Buffer.concat([
    ...members.flatMap(({ entry, content }) => [
      tarHeader(entry),
      ...(content === undefined ? [] : [content, tarPadding(content.length)]),
    ]),
    tarEnd,
  ]);

export const layerOf = (tar: Uint8Array): Layer => {
  const digest = digestOf(tar);
  const descriptor = { mediaType: mediaTypes.ociLayer, digest, size: tar.length };
  return layerFrom(descriptor, digest, { blob: () => streamOf(tar) });
};

/** A layer whose blob is `blob`, of the given media type, and whose tar is `tar`. */
export const compressedLayerOf = (tar: Uint8Array, blob: Uint8Array, mediaType: string): Layer =>
  layerFrom({ mediaType, digest: digestOf(blob), size: blob.length }, digestOf(tar), { blob: () => streamOf(blob) });

export const imageOf = (layers: readonly Layer[], config: Partial<ImageConfig> = {}): Image =>
  imageFrom({
    config: {
      architecture: 'amd64',
      os: 'linux',
      created: '1970-01-01T00:00:00Z',
      ...config,
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
    },
    layers,
  });
