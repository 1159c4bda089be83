import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import { codeOf } from '../../test/failure-code.ts';
import {
  bytesOf,
  compressedLayerOf,
  fileMember,
  imageOf,
  layerOf,
  member,
  streamOf,
  tarOf,
} from '../../test/images.ts';
import { needs } from '../../test/needs.ts';
import { Failure } from '../base/failure.ts';
import { openArchive, writeArchive } from './archive.ts';
import { digestOf } from './digest.ts';
import type { Image, ImageIndex } from './image.ts';
import { indexOf } from './image-from.ts';
import { openLayout, writeLayout } from './layout.ts';
import { mediaTypes } from './media-types.ts';
import { readTar } from './tar/read.ts';
import { flatten } from './tree.ts';
import { validate } from './validate.ts';

const run = promisify(execFile);
const root = mkdtempSync(join(tmpdir(), 'slipway archive '));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
const place = (name: string): string => join(root, `${(count += 1)}`, name);

const lower = tarOf([
  member('etc', 'directory'),
  fileMember('etc/motd', 'hello\n'),
  fileMember('bin/tool', '#!/bin/sh\n', { mode: 0o755, uid: 3_000_000_000 }),
]);
const upper = tarOf([fileMember('etc/.wh.motd', ''), fileMember('app/main', 'x'.repeat(10_000))]);
const plain = imageOf([layerOf(lower), layerOf(upper), layerOf(lower)]);
const gzipped = imageOf([
  compressedLayerOf(lower, gzipSync(lower), mediaTypes.ociLayerGzip),
  compressedLayerOf(upper, gzipSync(upper), mediaTypes.ociLayerGzip),
]);
const mixed = imageOf([layerOf(lower), compressedLayerOf(upper, zstdCompressSync(upper), mediaTypes.ociLayerZstd)]);

const indexOver = (images: readonly Image[], platforms: readonly string[] = ['amd64', 'arm64']): ImageIndex => {
  const manifests = images.map((image, i) => ({
    ...image.descriptor,
    platform: { os: platforms[i] === 'unknown' ? 'unknown' : 'linux', architecture: platforms[i] ?? 'amd64' },
  }));
  const { index, indexBytes } = indexOf({ mediaType: mediaTypes.ociIndex, manifests });
  return {
    kind: 'index',
    descriptor: { mediaType: mediaTypes.ociIndex, digest: digestOf(indexBytes), size: indexBytes.length },
    index,
    indexBytes,
    member: async ({ digest }) => images.find((image) => image.descriptor.digest === digest) ?? expect.unreachable(),
  };
};

describe('written and opened again', () => {
  test.each([
    { name: 'plain layers', image: plain },
    { name: 'gzip layers', image: gzipped },
  ])('a Docker archive keeps the digest of an image with $name', async ({ image }) => {
    const path = place('new folder/image.tar');
    const tags = ['app:1', 'registry.example.com:5000/team/app:latest', 'docker.io/library/app:1'];
    const { sizeBytes } = await writeArchive(image, { path, format: 'docker', tags });
    expect((await readFile(path)).length).toBe(sizeBytes);
    await using archive = await openArchive(path);
    expect(archive.format).toBe('docker');
    expect(archive.images.length).toBe(1);
    const [found] = archive.images;
    expect(found?.image.descriptor.digest).toBe(image.descriptor.digest);
    expect(found?.tags).toEqual(['docker.io/library/app:1', 'registry.example.com:5000/team/app:latest']);
    expect(await validate(found!.image)).toEqual([]);
  });

  test('a Docker archive of layers of several kinds has plain layers and the same image id', async () => {
    const path = place('image.tar');
    await writeArchive(mixed, { path, format: 'docker', tags: ['app:1'] });
    await using archive = await openArchive(path);
    const found = archive.images[0]!.image as Image;
    expect(found.manifest.config.digest).toBe(mixed.manifest.config.digest);
    expect(found.layers.map((layer) => layer.descriptor.mediaType)).toEqual([mediaTypes.ociLayer, mediaTypes.ociLayer]);
    expect(await validate(found)).toEqual([]);
    expect(await flatten(found)).toEqual(await flatten(mixed));
  });

  test('an OCI archive keeps an index with all its images', async () => {
    const path = place('index.tar');
    const index = indexOver([plain, mixed]);
    await writeArchive(index, { path, format: 'oci', tags: ['team/app:2'] });
    await using archive = await openArchive(path);
    expect(archive.format).toBe('oci');
    expect(archive.images[0]?.tags).toEqual(['docker.io/team/app:2']);
    const found = archive.images[0]!.image;
    expect(found.descriptor.digest).toBe(index.descriptor.digest);
    expect(await validate(found)).toEqual([]);
  });

  test('the same image and tags give the same bytes, also without tags', async () => {
    for (const tags of [['a:1', 'b:2'], []]) {
      const paths = [place('x.tar'), place('y.tar')];
      for (const path of paths) await writeArchive(plain, { path, format: 'docker', tags });
      const [x, y] = await Promise.all(paths.map((path) => readFile(path)));
      expect(x?.equals(y!)).toBe(true);
      await using archive = await openArchive(paths[0]!);
      expect(archive.images[0]?.tags.length).toBe(tags.length);
    }
  });

  test('an image of several platforms is refused for a Docker archive, one with attestations is not', async () => {
    const path = place('image.tar');
    const write = (index: ImageIndex) => writeArchive(index, { path, format: 'docker', tags: [] });
    expect(await codeOf(write(indexOver([plain, gzipped])))).toBe('oci/archive-platforms');
    await write(indexOver([plain, gzipped], ['amd64', 'unknown']));
    await using archive = await openArchive(path);
    expect(archive.images[0]?.image.descriptor.digest).toBe(plain.descriptor.digest);
  });

  test('a failing source leaves no file, and an existing archive as it was', async () => {
    const path = place('image.tar');
    await writeArchive(plain, { path, format: 'docker', tags: [] });
    const before = await readFile(path);
    const broken: Image = imageOf([{ ...layerOf(lower), blob: () => layerOf(upper).blob() }]);
    await expect(writeArchive(broken, { path, format: 'docker', tags: [] })).rejects.toThrow();
    expect((await readFile(path)).equals(before)).toBe(true);
    expect(readdirSync(join(path, '..'))).toEqual(['image.tar']);
  });

  test('an aborted write leaves no file', async () => {
    const path = place('image.tar');
    const stop = new AbortController();
    stop.abort();
    await expect(writeArchive(plain, { path, format: 'oci', tags: [], signal: stop.signal })).rejects.toThrow();
    expect(readdirSync(join(path, '..'))).toEqual([]);
  });
});

describe('archives of others', () => {
  const config = Buffer.from(plain.configBytes);
  const dockerTar = (manifest: unknown, more: readonly ReturnType<typeof fileMember>[] = []) =>
    tarOf([fileMember('manifest.json', JSON.stringify(manifest)), fileMember('config.json', config), ...more]);
  const open = async (bytes: Uint8Array) => {
    const path = place('archive.tar');
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, bytes);
    return openArchive(path);
  };
  const layers = ['1/layer.tar', '2/layer.tar', '3/layer.tar'];
  const legacy = dockerTar(
    [
      { Config: 'config.json', RepoTags: ['app:1'], Layers: layers },
      { Config: 'config.json', RepoTags: ['app:2', 'app:1'], Layers: layers },
    ],
    [
      fileMember('1/layer.tar', lower),
      fileMember('2/layer.tar', gzipSync(upper)),
      member('3/layer.tar', 'symlink', { linkTarget: '../1/layer.tar' }),
    ],
  );

  test('old docker save: a layer as a symlink to an equal one, a gzip layer, an image listed twice', async () => {
    await using archive = await open(legacy);
    expect(archive.images.length).toBe(1);
    expect(archive.images[0]?.tags).toEqual(['app:1', 'app:2']);
    const image = archive.images[0]!.image as Image;
    expect(image.layers.map((layer) => layer.diffId)).toEqual(plain.layers.map((layer) => layer.diffId));
    expect(image.layers[1]?.descriptor).toEqual({
      mediaType: mediaTypes.ociLayerGzip,
      digest: digestOf(gzipSync(upper)),
      size: gzipSync(upper).length,
    });
    expect(await validate(image)).toEqual([]);
  });

  test.each([
    { name: 'gzip', compress: gzipSync },
    { name: 'zstd', compress: zstdCompressSync },
  ])('an archive compressed with $name is opened and leaves no file behind', async ({ compress }) => {
    const before = readdirSync(tmpdir()).filter((name) => name.includes('slipway-archive'));
    {
      await using archive = await open(compress(legacy));
      expect(await validate(archive.images[0]!.image)).toEqual([]);
    }
    expect(readdirSync(tmpdir()).filter((name) => name.includes('slipway-archive'))).toEqual(before);
  });

  test('an archive that expands beyond the limit is refused', async () => {
    const path = place('bomb.tar.gz');
    await mkdir(join(path, '..'));
    await writeFile(path, gzipSync(Buffer.alloc(10_000_000)));
    expect(await codeOf(openArchive(path, { expandedLimitBytes: 1_000_000 }))).toBe('oci/too-large');
  });

  test('several images', async () => {
    const one = imageOf([layerOf(lower)], { author: 'one' });
    await using archive = await open(
      tarOf([
        fileMember('c1', Buffer.from(one.configBytes)),
        fileMember('c2', Buffer.from(plain.configBytes)),
        fileMember('lower', lower),
        fileMember('upper', upper),
        fileMember(
          'manifest.json',
          JSON.stringify([
            { Config: 'c1', RepoTags: null, Layers: ['lower'] },
            { Config: 'c2', RepoTags: ['two:latest'], Layers: ['lower', './upper', 'lower'] },
          ]),
        ),
      ]),
    );
    expect(archive.images.map(({ tags }) => tags)).toEqual([[], ['two:latest']]);
    for (const { image } of archive.images) expect(await validate(image)).toEqual([]);
  });

  test('both forms in one, with the index naming platforms that are left out', async () => {
    const absent = indexOver([plain, gzipped]);
    const blob = (image: Image | ImageIndex, bytes: Uint8Array) =>
      fileMember(`blobs/sha256/${image.descriptor.digest.slice(7)}`, bytes);
    const { indexBytes } = indexOf({ mediaType: mediaTypes.ociIndex, manifests: [absent.descriptor] });
    await using archive = await open(
      tarOf([
        blob(absent, absent.indexBytes),
        blob(plain, plain.manifestBytes),
        fileMember('index.json', indexBytes),
        fileMember('oci-layout', '{"imageLayoutVersion":"1.0.0"}'),
        fileMember('config.json', config),
        fileMember('lower', lower),
        fileMember('upper', upper),
        fileMember('manifest.json', JSON.stringify([{ Config: 'config.json', Layers: ['lower', 'upper', 'lower'] }])),
      ]),
    );
    expect(archive.images[0]?.image.kind).toBe('image');
    expect(await validate(archive.images[0]!.image)).toEqual([]);
  });

  test.each([
    { name: 'an empty file', bytes: new Uint8Array(), code: 'oci/not-an-archive' },
    { name: 'a text', bytes: Buffer.from('FROM scratch\n'.repeat(100)), code: 'oci/not-an-archive' },
    { name: 'a tar of something else', bytes: lower, code: 'oci/not-an-archive' },
    { name: 'a gzip that is cut', bytes: gzipSync(legacy).subarray(0, 300), code: 'oci/bad-compression' },
    { name: 'a tar that is cut', bytes: legacy.subarray(0, 8000), code: 'oci/bad-tar' },
    { name: 'no images', bytes: dockerTar([]), code: 'oci/not-an-archive' },
    { name: 'a manifest that is no JSON', bytes: tarOf([fileMember('manifest.json', '[{]')]), code: 'oci/bad-archive' },
    { name: 'a manifest of the wrong shape', bytes: dockerTar({ Config: 'x' }), code: 'oci/bad-archive' },
    { name: 'no configuration', bytes: dockerTar([{ Config: 'absent', Layers: [] }]), code: 'oci/bad-archive' },
    { name: 'a missing layer', bytes: dockerTar([{ Config: 'config.json', Layers: layers }]), code: 'oci/bad-archive' },
    { name: 'too few layers', bytes: dockerTar([{ Config: 'config.json', Layers: ['1'] }]), code: 'oci/bad-archive' },
    {
      name: 'a layer path that leaves the archive',
      bytes: dockerTar([{ Config: '../../etc/passwd', Layers: [] }]),
      code: 'oci/unsafe-path',
    },
    {
      name: 'a layer that is a link out of the archive',
      bytes: dockerTar(
        [{ Config: 'config.json', Layers: layers }],
        [member('1/layer.tar', 'symlink', { linkTarget: '../../../etc/passwd' })],
      ),
      code: 'oci/unsafe-path',
    },
    {
      name: 'links in a circle',
      bytes: dockerTar(
        [{ Config: 'config.json', Layers: layers }],
        [
          member('1/layer.tar', 'symlink', { linkTarget: '../2/layer.tar' }),
          member('2/layer.tar', 'symlink', { linkTarget: '../1/layer.tar' }),
        ],
      ),
      code: 'oci/bad-archive',
    },
    {
      name: 'an unknown layout version',
      bytes: tarOf([fileMember('oci-layout', '{"imageLayoutVersion":"2.0"}'), fileMember('index.json', '{}')]),
      code: 'oci/bad-archive',
    },
  ])('$name is refused', async ({ bytes, code }) => {
    expect(await codeOf(open(bytes))).toBe(code);
  });

  test('a file that is not there, a folder that is no layout', async () => {
    expect(await codeOf(openArchive(place('absent.tar')))).toBe('oci/archive-missing');
    expect(await codeOf(openArchive(root))).toBe('oci/not-an-archive');
    const path = place('file');
    await mkdir(join(path, '..'));
    await writeFile(path, 'x');
    expect(await codeOf(openLayout(path))).toBe('oci/not-an-archive');
  });

  test('a layer that is not what the configuration says fails when it is read', async () => {
    await using archive = await open(
      dockerTar([{ Config: 'config.json', Layers: ['a', 'a', 'a'] }], [fileMember('a', lower)]),
    );
    const image = archive.images[0]!.image as Image;
    await bytesOf(image.layers[0]!.tar());
    expect(await codeOf(bytesOf(image.layers[1]!.tar()))).toBe('oci/digest-mismatch');
  });
});

test('docker save of Docker 20.10: two images, equal layers as symlinks', async () => {
  await using archive = await openArchive(join(import.meta.dirname, 'testdata/docker-20.10.24-save.tar.gz'));
  expect(archive.images.map(({ tags }) => tags)).toEqual([['app:1'], ['rep:1']]);
  for (const { image } of archive.images) expect(await validate(image)).toEqual([]);
  const repeated = archive.images[1]?.image as Image;
  expect(repeated.layers.map((layer) => layer.diffId)).toEqual(
    plain.layers.map(() => expect.stringMatching(/^sha256:/)),
  );
  expect(repeated.layers[2]?.diffId).toBe(repeated.layers[0]?.diffId);
});

test('any change to an archive gives images or a Failure', async () => {
  const path = place('mutated.tar');
  await writeArchive(plain, { path, format: 'docker', tags: ['app:1'] });
  const docker = await readFile(path);
  await writeArchive(indexOver([plain, gzipped]), { path, format: 'oci', tags: ['app:1'] });
  const oci = await readFile(path);
  const saved = gunzipSync(await readFile(join(import.meta.dirname, 'testdata/docker-20.10.24-save.tar.gz')));
  const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(docker, oci, saved),
      fc.array(change, { minLength: 1, maxLength: 5 }),
      fc.option(fc.nat(), { nil: undefined }),
      async (original, changes, cut) => {
        let bytes = Buffer.from(original);
        for (const [at, byte] of changes) {
          // Half of the changes go to where the JSON and the headers are dense.
          const index = at % 2 === 0 ? at % bytes.length : bytes.length - 1 - (at % Math.min(bytes.length, 6000));
          bytes[index] = byte;
        }
        if (cut !== undefined) bytes = bytes.subarray(0, cut % bytes.length);
        await writeFile(path, bytes);
        try {
          await using archive = await openArchive(path);
          for (const { image } of archive.images) await validate(image);
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
        }
      },
    ),
    { numRuns: fuzzRuns(200) },
  );
});

describe('layout folders', () => {
  test('images are added, tags move, and all can be opened', async () => {
    const path = place('layout dir');
    await writeLayout(plain, { path, tags: ['app:1', 'app:2'] });
    await writeLayout(gzipped, { path, tags: ['app:2'] });
    await writeLayout(gzipped, { path, tags: ['app:2'] });
    await using layout = await openLayout(path);
    expect(layout.images.map(({ tags, image }) => [image.descriptor.digest, tags])).toEqual([
      [plain.descriptor.digest, ['docker.io/library/app:1']],
      [gzipped.descriptor.digest, ['docker.io/library/app:2']],
    ]);
    for (const { image } of layout.images) expect(await validate(image)).toEqual([]);
  });

  test('a damaged blob fails when it is read', async () => {
    const path = place('layout');
    await writeLayout(plain, { path, tags: [] });
    const blob = join(path, 'blobs/sha256', plain.layers[0]!.diffId.slice(7));
    const bytes = await readFile(blob);
    bytes[100] = 1;
    await writeFile(blob, bytes);
    await using layout = await openLayout(path);
    expect((await validate(layout.images[0]!.image)).length).toBeGreaterThan(0);
    expect(await codeOf(bytesOf((layout.images[0]!.image as Image).layers[0]!.blob()))).toBe('oci/digest-mismatch');
  });
});

needs(['skopeo'])('with skopeo', () => {
  const skopeo = (...args: string[]) => run('skopeo', ['--insecure-policy', ...args], { maxBuffer: 1 << 26 });
  const inspect = async (reference: string, ...more: string[]) =>
    JSON.parse((await skopeo('inspect', ...more, reference)).stdout);

  test.each([
    { name: 'plain layers', image: plain },
    { name: 'gzip layers', image: gzipped },
    { name: 'layers of several kinds', image: mixed },
  ])('it reads our Docker archive of $name in both ways', async ({ image }) => {
    const path = place('image.tar');
    await writeArchive(image, { path, format: 'docker', tags: ['app:1'] });
    const copy = place('copy');
    await mkdir(copy, { recursive: true });
    await skopeo('copy', `docker-archive:${path}`, `dir:${copy}`);
    const manifest = JSON.parse(await readFile(join(copy, 'manifest.json'), 'utf8'));
    expect(manifest.config.digest).toBe(image.manifest.config.digest);
    const raw = (await skopeo('inspect', '--raw', `oci-archive:${path}`)).stdout;
    await using archive = await openArchive(path);
    expect(digestOf(raw)).toBe(archive.images[0]?.image.descriptor.digest);
    rmSync(path);
  });

  test('it reads our OCI archive and layout with the same digest', async () => {
    const path = place('image.tar');
    await writeArchive(gzipped, { path, format: 'oci', tags: ['app:1'] });
    expect(digestOf((await skopeo('inspect', '--raw', `oci-archive:${path}:1`)).stdout)).toBe(
      gzipped.descriptor.digest,
    );
    const folder = place('layout');
    await writeLayout(gzipped, { path: folder, tags: ['app:1'] });
    expect((await inspect(`oci:${folder}:1`)).Digest).toBe(gzipped.descriptor.digest);
    rmSync(path);
  });

  test('we read its Docker archive, OCI archive and layout with its digests', async () => {
    const source = place('source');
    await writeLayout(gzipped, { path: source, tags: ['app:1'] });
    const folder = place('x');
    await mkdir(join(folder, '..'), { recursive: true });
    const targets = [
      `docker-archive:${folder}.docker.tar:app:2`,
      `oci-archive:${folder}.oci.tar:app:2`,
      `oci:${folder}:app`,
    ];
    for (const target of targets) await skopeo('copy', `oci:${source}:1`, target);
    for (const [i, path] of [`${folder}.docker.tar`, `${folder}.oci.tar`, folder].entries()) {
      await using archive = await openArchive(path);
      expect(archive.format).toBe(i === 0 ? 'docker' : 'oci');
      const image = archive.images[0]!.image as Image;
      expect(await validate(image)).toEqual([]);
      expect(image.manifest.config.digest).toBe(gzipped.manifest.config.digest);
      expect(await flatten(image)).toEqual(await flatten(gzipped));
      if (i > 0)
        expect(image.descriptor.digest).toBe(
          (await inspect(i === 1 ? `oci-archive:${path}` : `oci:${path}:app`)).Digest,
        );
    }
    rmSync(folder, { recursive: true });
  });
});

needs(['crane'])('with crane', () => {
  test.each([
    { name: 'plain layers', image: plain },
    { name: 'gzip layers', image: gzipped },
    { name: 'layers of several kinds', image: mixed },
  ])('it exports our Docker archive of $name as the tree that it is', async ({ image }) => {
    const path = place('image.tar');
    await writeArchive(image, { path, format: 'docker', tags: ['app:1'] });
    const exported = execFileSync('crane', ['export', '-', '-'], { input: await readFile(path) });
    const files: string[] = [];
    for await (const { entry } of readTar(streamOf(exported))) if (entry.type === 'file') files.push(entry.path);
    const expected = [...(await flatten(image))].filter(([, { entry }]) => entry.type === 'file').map(([name]) => name);
    expect(files.sort()).toEqual(expected);
  });
});

needs(['tar'])('with GNU tar', () => {
  test('a folder packed by hand is an archive', async () => {
    const folder = place('layout');
    await writeLayout(plain, { path: folder, tags: ['app:1'] });
    const path = place('packed.tar.gz');
    await mkdir(join(path, '..'));
    execFileSync('tar', ['-czf', path, '-C', folder, '.']);
    await using archive = await openArchive(path);
    expect(archive.images[0]?.image.descriptor.digest).toBe(plain.descriptor.digest);
  });
});
