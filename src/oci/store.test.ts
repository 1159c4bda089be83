import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { codeOf } from '../../test/failure-code.ts';
import { bytesOf, fileMember, imageOf, layerOf, streamOf, tarOf } from '../../test/images.ts';
import { needs } from '../../test/needs.ts';
import { Failure } from '../base/failure.ts';
import { parseDigest } from '../refs/digest.ts';
import { digestOf } from './digest.ts';
import type { Image, ImageIndex } from './image.ts';
import { indexOf } from './image-from.ts';
import { mediaTypes } from './media-types.ts';
import { type ImageStore, openStore } from './store.ts';
import { validate } from './validate.ts';

const root = mkdtempSync(join(tmpdir(), 'slipway store '));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
const newRoot = (): string => join(root, `store ${(count += 1)}`);

const layer = layerOf(tarOf([fileMember('a', 'content')]));
const other = layerOf(tarOf([fileMember('b', 'x'.repeat(5000))]));
const image = imageOf([layer, other]);
const second = imageOf([other]);

const blobsOf = (store: ImageStore): readonly string[] => readdirSync(join(store.root, 'blobs/sha256')).sort();

const age = async (store: ImageStore, seconds: number): Promise<void> => {
  const when = Date.now() / 1000 - seconds;
  for (const name of blobsOf(store)) await utimes(join(store.root, 'blobs/sha256', name), when, when);
};

describe('blobs', () => {
  test('are kept under their digest, in sha512 too', async () => {
    const store = await openStore(newRoot());
    const bytes = Buffer.from('some content');
    const put = await store.putBlob(streamOf(bytes, 3));
    expect(put).toEqual({ digest: digestOf(bytes), size: bytes.length });
    expect(await readFile(store.blobPath(put.digest))).toEqual(bytes);
    expect(await bytesOf(store.blob(put.digest))).toEqual(bytes);
    const long = digestOf(bytes, 'sha512');
    expect(await store.hasBlob(long)).toBe(false);
    await store.putBlob(streamOf(bytes), { expected: long });
    expect(await bytesOf(store.blob(long))).toEqual(bytes);
  });

  test('that are there are not read again', async () => {
    const store = await openStore(newRoot());
    const { digest, size } = await store.putBlob(streamOf(Buffer.from('x')));
    // eslint-disable-next-line require-yield
    async function* never(): AsyncGenerator<Uint8Array> {
      expect.unreachable('the stream was read');
    }
    expect(await store.putBlob(never(), { expected: digest })).toEqual({ digest, size });
  });

  test('other than promised, failing, or aborted leave nothing', async () => {
    const store = await openStore(newRoot());
    const expected = digestOf('other');
    expect(await codeOf(store.putBlob(streamOf(Buffer.from('x')), { expected }))).toBe('oci/digest-mismatch');
    async function* failing() {
      yield Buffer.alloc(1_000_000);
      throw new Error('source is gone');
    }
    await expect(store.putBlob(failing())).rejects.toThrow('source is gone');
    const stop = new AbortController();
    async function* endless() {
      for (;;) {
        yield Buffer.alloc(1_000_000);
        stop.abort();
      }
    }
    await expect(store.putBlob(endless(), { signal: stop.signal })).rejects.toThrow('abort');
    expect(blobsOf(store)).toEqual([]);
  });

  test('that are missing or rotten fail; rotten ones make room for good ones', async () => {
    const store = await openStore(newRoot());
    expect(await codeOf(bytesOf(store.blob(digestOf('absent'))))).toBe('oci/blob-missing');
    const { digest } = await store.putBlob(streamOf(Buffer.from('good')));
    await writeFile(store.blobPath(digest), 'evil');
    expect(await codeOf(bytesOf(store.blob(digest)))).toBe('oci/digest-mismatch');
    expect(await store.hasBlob(digest)).toBe(false);
    await store.putBlob(streamOf(Buffer.from('good')), { expected: digest });
    expect((await bytesOf(store.blob(digest))).toString()).toBe('good');
  });
});

describe('images', () => {
  test('are found by every name they have', async () => {
    const store = await openStore(newRoot());
    const descriptor = await store.putImage(image, ['app:1', 'registry.example.com/team/app:2']);
    expect(descriptor.digest).toBe(image.descriptor.digest);
    const id = image.manifest.config.digest;
    for (const name of [
      'app:1',
      'docker.io/library/app:1',
      'registry.example.com/team/app:2',
      `anything/at/all@${descriptor.digest}`,
      descriptor.digest,
      id,
      id.slice('sha256:'.length),
      id.slice('sha256:'.length, 'sha256:'.length + 12),
      id.slice(0, 'sha256:'.length + 12),
    ]) {
      const found = await store.find(name);
      expect(found?.descriptor.digest, name).toBe(descriptor.digest);
    }
    for (const name of [
      'app',
      'app:3',
      'App:1',
      id.slice(7, 18),
      layer.diffId,
      digestOf('absent'),
      'f'.repeat(12),
      '',
    ]) {
      expect(await store.find(name), name).toBeUndefined();
    }
    expect(await validate((await store.find('app:1'))!)).toEqual([]);
  });

  test('tags move, are listed, and go', async () => {
    const store = await openStore(newRoot());
    await store.putImage(image, ['b:1', 'app']);
    await store.putImage(second, ['app:latest']);
    expect((await store.list()).map(({ reference, descriptor }) => [reference, descriptor.digest])).toEqual([
      ['docker.io/library/app:latest', second.descriptor.digest],
      ['docker.io/library/b:1', image.descriptor.digest],
    ]);
    expect((await store.list())[0]?.imageId).toBe(second.manifest.config.digest);
    expect(await store.untag('app')).toBe(true);
    expect(await store.untag('app')).toBe(false);
    expect(await store.find('app')).toBeUndefined();
    expect((await store.find(second.descriptor.digest))?.descriptor.digest).toBe(second.descriptor.digest);
  });

  test('a bad tag is refused before anything is copied', async () => {
    const store = await openStore(newRoot());
    expect(await codeOf(store.putImage(image, ['Not A Tag']))).toBe('oci/bad-reference');
    expect(blobsOf(store)).toEqual([]);
  });

  test('an index is kept with all its members, artifacts too', async () => {
    const store = await openStore(newRoot());
    const manifests = [image, second].map((member) => member.descriptor);
    const { index, indexBytes } = indexOf({ mediaType: mediaTypes.ociIndex, manifests });
    const whole: ImageIndex = {
      kind: 'index',
      descriptor: { mediaType: mediaTypes.ociIndex, digest: digestOf(indexBytes), size: indexBytes.length },
      index,
      indexBytes,
      member: async ({ digest }) => (digest === image.descriptor.digest ? image : second),
    };
    await store.putImage(whole, ['multi:1']);
    const found = await store.find('multi:1');
    expect(found?.kind).toBe('index');
    expect(await validate(found!)).toEqual([]);
    expect((await store.find(second.manifest.config.digest))?.descriptor.digest).toBe(second.descriptor.digest);
  });

  test('a source that lies about a layer is not stored', async () => {
    const store = await openStore(newRoot());
    const lying = imageOf([{ ...layer, blob: () => streamOf(Buffer.from('something else')) }]);
    expect(await codeOf(store.putImage(lying, ['app:1']))).toBe('oci/digest-mismatch');
    expect(await store.find('app:1')).toBeUndefined();
    expect(blobsOf(store)).toEqual([]);
  });

  test('records that a crash has cut count as absent', async () => {
    const store = await openStore(newRoot());
    await store.putImage(image, ['app:1']);
    const folder = join(store.root, 'refs');
    for (const name of readdirSync(folder)) await writeFile(join(folder, name), '{"refer');
    expect(await store.find('app:1')).toBeUndefined();
    expect(await store.list()).toEqual([]);
  });

  test('remembered compressions are forgotten with their blobs', async () => {
    const store = await openStore(newRoot());
    const { digest, size } = await store.putBlob(streamOf(Buffer.from('compressed')));
    await store.rememberCompressed(layer.diffId, { mediaType: mediaTypes.ociLayerGzip, digest, size });
    expect((await store.compressed(layer.diffId))?.digest).toBe(digest);
    rmSync(store.blobPath(digest));
    expect(await store.compressed(layer.diffId)).toBeUndefined();
  });
});

describe('opening', () => {
  test('a place that cannot be a folder, and a store of a newer version, are refused', async () => {
    const path = join(root, 'a file');
    await writeFile(path, '');
    expect(await codeOf(openStore(join(path, 'store')))).toBe('oci/store-unusable');
    const newer = newRoot();
    await openStore(newer);
    await openStore(newer);
    await writeFile(join(newer, 'store-version'), '2\n');
    expect(await codeOf(openStore(newer))).toBe('oci/store-unusable');
  });
});

describe('garbage', () => {
  test('goes when it is old; what tags reach and what is new stays', async () => {
    const store = await openStore(newRoot());
    await store.putImage(image, ['app:1']);
    await store.putImage(second, []);
    await store.putBlob(streamOf(Buffer.from('loose')));
    await writeFile(join(store.root, 'blobs/sha256/.blob.1-0123456789ab.tmp'), 'half');
    expect(await store.collectGarbage(60_000)).toEqual({ removedBlobs: 0, removedTemporaries: 0, freedBytes: 0 });
    await age(store, 120);
    const fresh = await store.putBlob(streamOf(Buffer.from('fresh')));
    const report = await store.collectGarbage(60_000);
    expect(report).toMatchObject({ removedBlobs: 3, removedTemporaries: 1 });
    expect(await store.hasBlob(fresh.digest)).toBe(true);
    expect(await validate((await store.find('app:1'))!)).toEqual([]);
    expect(await store.find(second.manifest.config.digest)).toBeUndefined();
    await store.untag('app:1');
    await age(store, 120);
    await store.collectGarbage(60_000);
    expect(blobsOf(store)).toEqual([]);
  });

  test('a blob that is asked for again is not old', async () => {
    const store = await openStore(newRoot());
    const { digest } = await store.putBlob(streamOf(Buffer.from('again')));
    await age(store, 120);
    await store.putBlob(streamOf(Buffer.from('again')), { expected: digest });
    await store.collectGarbage(60_000);
    expect(await store.hasBlob(digest)).toBe(true);
  });

  test('waits for those who are storing, and they for it', async () => {
    const store = await openStore(newRoot());
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow: Image = imageOf([
      {
        ...layer,
        async *blob() {
          await held;
          yield* layer.blob();
        },
      },
    ]);
    const order: string[] = [];
    const storing = store.putImage(slow, ['slow:1']).then(() => order.push('stored'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const collecting = store.collectGarbage(-1).then(() => order.push('collected'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    release();
    await Promise.all([storing, collecting]);
    expect(order).toEqual(['stored', 'collected']);
    expect(await validate((await store.find('slow:1'))!)).toEqual([]);
    expect(readdirSync(join(store.root, 'locks'))).toEqual([]);
  });
});

const program = join(import.meta.dirname, 'testdata/store-writer.ts');
const writer = (...args: string[]): ChildProcess =>
  spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });

describe('many processes at once', () => {
  test('put the same and different images, while one collects garbage', async () => {
    const folder = newRoot();
    const store = await openStore(folder);
    const writers = ['one', 'two', 'three'].map((name) => writer('images', folder, name));
    const ended = Promise.all(writers.map((child) => once(child, 'exit')));
    const running = new AbortController();
    const collecting = (async () => {
      while (!running.signal.aborted) {
        await store.collectGarbage(-60_000).catch((error: unknown) => {
          if (!(error instanceof Failure && error.code === 'oci/store-busy')) throw error;
        });
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    })();
    expect((await ended).map(([code]) => code)).toEqual([0, 0, 0]);
    running.abort();
    await collecting;
    const images = await store.list();
    expect(images.length).toBe(3 * 6 + 1);
    for (const { reference } of images) expect(await validate((await store.find(reference))!), reference).toEqual([]);
    expect(readdirSync(join(folder, 'locks'))).toEqual([]);
  });

  test('kill -9 while a blob is written leaves no blob, and no lock that stays', async () => {
    const folder = newRoot();
    const store = await openStore(folder);
    const child = writer('endless', folder);
    await once(child.stdout!, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const names = blobsOf(store);
    expect(names.length).toBe(1);
    expect(parseDigest(`sha256:${names[0]}`)).toBeUndefined();
    await age(store, 120);
    expect(await store.collectGarbage(60_000)).toMatchObject({ removedTemporaries: 1 });
    expect(blobsOf(store)).toEqual([]);
  });
});

needs(['mount', 'umount'], process.getuid?.() === 0 ? [] : ['root'])('on a full disk', () => {
  test('there is a Failure that says so, and no file stays', async () => {
    const folder = newRoot();
    await mkdir(folder);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'none', folder]);
    try {
      const store = await openStore(join(folder, 'store'));
      const big = (async function* () {
        for (let i = 0; i < 40; i += 1) yield Buffer.alloc(100_000, i);
      })();
      await expect(store.putBlob(big)).rejects.toMatchObject({
        code: 'oci/no-space',
        failureClass: 'ResourceLimitsFailure',
        facts: { reason: 'ENOSPC' },
      });
      expect(blobsOf(store)).toEqual([]);
      await store.putImage(image, ['small:1']);
      expect(await validate((await store.find('small:1'))!)).toEqual([]);
    } finally {
      execFileSync('umount', [folder]);
    }
  });
});
