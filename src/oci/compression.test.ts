import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import { codeOf } from '../../test/failure-code.ts';
import { bytesOf, fileMember, imageOf, layerOf, streamOf, tarOf } from '../../test/images.ts';
import { needs } from '../../test/needs.ts';
import { Failure } from '../base/failure.ts';
import { compressImage } from './compress.ts';
import { decompress } from './decompress.ts';
import { gzip } from './gzip.ts';
import type { Layer } from './image.ts';
import { mediaTypes } from './media-types.ts';
import { layerFrom } from './open.ts';
import { openStore } from './store.ts';
import { validate } from './validate.ts';

const root = mkdtempSync(join(tmpdir(), 'slipway compress '));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const mebibyte = 1024 * 1024;
/** Text that repeats at distances within and across blocks, between stretches of noise. */
const content = Buffer.concat(
  Array.from({ length: 60 }, (_, i) =>
    Buffer.concat([Buffer.from(`line ${i % 7} of a log\n`.repeat(3000)), randomBytes(500)]),
  ),
);

describe('gzip', () => {
  test.each([
    { name: 'nothing', bytes: Buffer.alloc(0) },
    { name: 'one byte', bytes: Buffer.from('x') },
    { name: 'one block', bytes: Buffer.alloc(mebibyte, 'abc') },
    { name: 'one byte more than a block', bytes: Buffer.alloc(mebibyte + 1, 'abc') },
    { name: 'many blocks', bytes: content },
    { name: 'what cannot be compressed', bytes: randomBytes(2.5 * mebibyte) },
  ])('of $name is one member that any gunzip reads', async ({ bytes }) => {
    const compressed = await bytesOf(gzip(streamOf(bytes)));
    expect(gunzipSync(compressed).equals(bytes)).toBe(true);
    expect(compressed.indexOf(Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]), 1)).toBe(-1);
  });

  test('is the same however the input is cut and whatever runs at once', async () => {
    const expected = await bytesOf(gzip(streamOf(content), { parallel: 1 }));
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1000, max: 3 * mebibyte }),
        fc.integer({ min: 1, max: 8 }),
        async (step, parallel) => {
          expect((await bytesOf(gzip(streamOf(content, step), { parallel }))).equals(expected)).toBe(true);
        },
      ),
      { numRuns: fuzzRuns(10) },
    );
  });

  test('loses next to nothing to the blocks', async () => {
    const alone = gzipSync(content, { level: 4 }).length;
    expect((await bytesOf(gzip(streamOf(content)))).length).toBeLessThan(alone * 1.02);
  });

  test('hands on the failure of its source, and stops when asked', async () => {
    async function* failing() {
      yield Buffer.alloc(3 * mebibyte);
      throw new Error('source is gone');
    }
    await expect(bytesOf(gzip(failing()))).rejects.toThrow('source is gone');
    const stop = new AbortController();
    stop.abort(new Error('stop'));
    await expect(bytesOf(gzip(streamOf(content), { signal: stop.signal }))).rejects.toThrow('stop');
  });

  test('holds a few blocks, not the stream', async () => {
    async function* zeros() {
      for (let i = 0; i < 300; i += 1) yield Buffer.alloc(mebibyte);
    }
    const before = process.memoryUsage().rss;
    let size = 0;
    for await (const chunk of gzip(zeros())) size += chunk.length;
    expect(size).toBeLessThan(2 * mebibyte);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * mebibyte);
  });
});

describe('decompress', () => {
  const text = Buffer.from('some text, '.repeat(20_000));
  const frame = zstdCompressSync(text);
  const skippable = Buffer.concat([Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0]), Buffer.from('abc')]);

  test.each([
    { name: 'plain bytes', bytes: text, plain: text },
    { name: 'nothing', bytes: Buffer.alloc(0), plain: Buffer.alloc(0) },
    { name: 'two bytes', bytes: Buffer.from('ab'), plain: Buffer.from('ab') },
    { name: 'gzip', bytes: gzipSync(text), plain: text },
    {
      name: 'gzip of two members',
      bytes: Buffer.concat([gzipSync(text), gzipSync(text)]),
      plain: Buffer.concat([text, text]),
    },
    { name: 'gzip with zeros after it', bytes: Buffer.concat([gzipSync(text), Buffer.alloc(512)]), plain: text },
    { name: 'zstd', bytes: frame, plain: text },
    { name: 'zstd of nothing', bytes: zstdCompressSync(''), plain: Buffer.alloc(0) },
    {
      name: 'zstd of three frames',
      bytes: Buffer.concat([frame, frame, frame]),
      plain: Buffer.concat([text, text, text]),
    },
    { name: 'zstd with a skippable frame first', bytes: Buffer.concat([skippable, frame]), plain: text },
    {
      name: 'zstd with skippable frames between and after',
      bytes: Buffer.concat([frame, skippable, frame, skippable]),
      plain: Buffer.concat([text, text]),
    },
    {
      name: 'an empty skippable frame',
      bytes: Buffer.concat([Buffer.from([0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]), frame]),
      plain: text,
    },
  ])('$name, in pieces of any size', async ({ bytes, plain }) => {
    for (const step of [1, 2, 3, 7, 1000, 1_000_000]) {
      if (step < 7 && bytes.length > 20_000) continue;
      expect((await bytesOf(decompress(streamOf(bytes, step)))).equals(plain), `step ${step}`).toBe(true);
    }
  });

  test.each([
    { name: 'gzip that is cut', bytes: gzipSync(text).subarray(0, 100) },
    { name: 'gzip with a wrong checksum', bytes: Buffer.concat([gzipSync(text).subarray(0, -8), Buffer.alloc(8, 1)]) },
    { name: 'gzip with garbage after it', bytes: Buffer.concat([gzipSync(text), Buffer.from('garbage')]) },
    { name: 'zstd that is cut', bytes: frame.subarray(0, frame.length - 1) },
    { name: 'zstd that is cut in the next header', bytes: Buffer.concat([frame, frame.subarray(0, 3)]) },
    { name: 'zstd with garbage after it', bytes: Buffer.concat([frame, Buffer.from('garbage')]) },
    { name: 'zstd whose skippable frame is cut', bytes: Buffer.concat([frame, skippable.subarray(0, 9)]) },
    {
      name: 'zstd whose content is damaged',
      bytes: Buffer.concat([frame.subarray(0, 20), Buffer.alloc(10, 0xff), frame.subarray(30)]),
    },
  ])('$name is refused', async ({ bytes }) => {
    for (const step of [5, 1_000_000])
      expect(await codeOf(bytesOf(decompress(streamOf(bytes, step))))).toBe('oci/bad-compression');
  });

  test('a bomb stops at the limit', async () => {
    for (const bomb of [gzipSync(Buffer.alloc(50 * mebibyte)), zstdCompressSync(Buffer.alloc(50 * mebibyte))]) {
      let size = 0;
      const work = (async () => {
        for await (const chunk of decompress(streamOf(bomb), { limitBytes: mebibyte })) size += chunk.length;
      })();
      expect(await codeOf(work)).toBe('oci/too-large');
      expect(size).toBeLessThanOrEqual(mebibyte);
    }
  });

  test('leaving early closes the source', async () => {
    for (const bytes of [gzipSync(content), zstdCompressSync(content), content]) {
      let closed = false;
      async function* watched() {
        try {
          for (;;) yield* streamOf(bytes, 1000);
        } finally {
          closed = true;
        }
      }
      for await (const _ of decompress(watched())) break;
      expect(closed).toBe(true);
    }
  });

  test('a failure of the source is handed on as it is', async () => {
    for (const bytes of [gzipSync(content), zstdCompressSync(content)]) {
      async function* failing() {
        yield bytes.subarray(0, 5000);
        throw new Failure('oci/blob-missing', 'gone');
      }
      expect(await codeOf(bytesOf(decompress(failing())))).toBe('oci/blob-missing');
    }
  });

  test('any change to compressed bytes gives bytes or a Failure', async () => {
    const small = Buffer.from('some text '.repeat(30));
    const originals = [
      gzipSync(small),
      zstdCompressSync(small),
      Buffer.concat([zstdCompressSync(small), skippable, frame]),
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...originals),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 400 }),
        async (original, changes, step) => {
          const bytes = Buffer.from(original);
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
          expect(await codeOf(bytesOf(decompress(streamOf(bytes, step), { limitBytes: mebibyte })))).toMatch(
            /nothing was thrown|oci\/(?:bad-compression|too-large)/,
          );
        },
      ),
      { numRuns: fuzzRuns(300) },
    );
  });

  needs(['zstd'])('with the zstd program', () => {
    test.each([['-3'], ['-19', '--long=27'], ['-1', '-T2'], ['--no-check']])(
      'what it writes with %s %s',
      async (...options) => {
        const args = options.filter((option) => typeof option === 'string');
        const bytes = execFileSync('zstd', ['-c', ...args], {
          input: content,
          maxBuffer: 1 << 28,
          stdio: ['pipe', 'pipe', 'ignore'],
        });
        expect((await bytesOf(decompress(streamOf(bytes, 100_000)))).equals(content)).toBe(true);
      },
    );
  });
});

describe('compressImage', () => {
  test('compresses each layer once, remembers it, and leaves compressed layers alone', async () => {
    const store = await openStore(join(root, 'store'));
    let reads = 0;
    const counting = (layer: Layer): Layer => ({
      ...layer,
      tar: (signal) => {
        reads += 1;
        return layer.tar(signal);
      },
    });
    const a = counting(layerOf(tarOf([fileMember('a', content)])));
    const b = counting(layerOf(tarOf([fileMember('b', 'b')])));
    const image = imageOf([a, b, a], { author: 'somebody' });
    const progress: number[] = [];
    const compressed = await compressImage(image, store, { progress: (_, done, total) => progress.push(done / total) });
    expect(reads).toBe(2);
    expect(progress.filter((share) => share === 1).length).toBe(2);
    expect(progress.every((share) => share <= 1)).toBe(true);
    expect(compressed.manifest.layers.map((layer) => layer.mediaType)).toEqual(Array(3).fill(mediaTypes.ociLayerGzip));
    expect(compressed.manifest.config).toEqual(image.manifest.config);
    expect(await validate(compressed)).toEqual([]);

    const again = await compressImage(image, await openStore(join(root, 'store')));
    expect(reads).toBe(2);
    expect(again.descriptor).toEqual(compressed.descriptor);
    expect(await compressImage(again, store)).toBe(again);
  });

  test('a layer that is not what it claims fails, and nothing of it stays', async () => {
    const store = await openStore(join(root, 'lying'));
    const { descriptor, diffId } = layerOf(tarOf([fileMember('a', 'good')]));
    const evil = tarOf([fileMember('a', 'evil')]);
    const lying = layerFrom(descriptor, diffId, { blob: () => streamOf(evil) });
    expect(await codeOf(compressImage(imageOf([lying]), store))).toBe('oci/digest-mismatch');
    expect(await store.compressed(diffId)).toBeUndefined();
    expect(readdirSync(join(store.root, 'blobs/sha256'))).toEqual([]);
  });
});
