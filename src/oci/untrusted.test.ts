import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOf, compressedLayerOf, fileMember, imageOf, layerOf, streamOf, tarOf } from '../../test/images.ts';
import { Failure } from '../base/failure.ts';
import { checkDigest, digestOf, hashing } from './digest.ts';
import type { Image } from './image.ts';
import { imageFrom } from './image-from.ts';
import { mediaTypes } from './media-types.ts';
import { type BlobSource, imageFromManifest } from './open.ts';
import { parseConfig } from './parse-config.ts';
import { parseManifest } from './parse-manifest.ts';
import { readBytes } from './read-bytes.ts';
import { validate } from './validate.ts';

const codeOf = async (work: () => unknown): Promise<string> => {
  try {
    await work();
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
  return 'nothing was thrown';
};

const layer = layerOf(tarOf([fileMember('a', 'content')]));
const image = imageOf([layer], { config: { Env: ['A=b'], Labels: { x: 'y' } }, history: [{ created_by: 'COPY' }] });

const blobs = (...more: readonly Uint8Array[]): BlobSource => ({
  blob: ({ digest }) => {
    const found = [image.configBytes, image.manifestBytes, ...more].find((bytes) => digestOf(bytes) === digest);
    return streamOf(found ?? expect.unreachable(digest));
  },
});

const bytes = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const descriptor = { mediaType: mediaTypes.ociConfig, digest: digestOf('x'), size: 1 };
const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config: descriptor, layers: [] };

describe('manifests', () => {
  test.each([
    { name: 'text', value: 'not json', code: 'oci/bad-manifest' },
    { name: 'a list', value: [], code: 'oci/bad-manifest' },
    { name: 'bytes that are no UTF-8', value: Buffer.from([0x7b, 0xff, 0x7d]), code: 'oci/bad-manifest' },
    { name: 'schema version 1', value: { schemaVersion: 1, fsLayers: [] }, code: 'oci/unsupported-manifest' },
    { name: 'no schema version', value: { ...manifest, schemaVersion: undefined }, code: 'oci/bad-manifest' },
    { name: 'an unknown media type', value: { ...manifest, mediaType: 'text/html' }, code: 'oci/unsupported-manifest' },
    { name: 'both at once (CVE-2021-41190)', value: { ...manifest, manifests: [] }, code: 'oci/bad-manifest' },
    {
      name: 'an index that calls itself a manifest',
      value: { schemaVersion: 2, mediaType: mediaTypes.ociManifest, manifests: [] },
      code: 'oci/bad-manifest',
    },
    { name: 'no config', value: { ...manifest, config: undefined }, code: 'oci/bad-manifest' },
    { name: 'layers that are no list', value: { ...manifest, layers: {} }, code: 'oci/bad-manifest' },
    {
      name: 'a digest that is a path',
      value: { ...manifest, config: { ...descriptor, digest: 'sha256:../../etc/passwd' } },
      code: 'oci/bad-manifest',
    },
    { name: 'a negative size', value: { ...manifest, config: { ...descriptor, size: -1 } }, code: 'oci/bad-manifest' },
    {
      name: 'a size that no double holds',
      value: { ...manifest, config: { ...descriptor, size: 2 ** 60 } },
      code: 'oci/bad-manifest',
    },
    { name: 'annotations that are numbers', value: { ...manifest, annotations: { a: 1 } }, code: 'oci/bad-manifest' },
    { name: 'deep nesting', value: `{"a":${'['.repeat(1_000_000)}`, code: 'oci/bad-manifest' },
    { name: 'five megabytes', value: Buffer.alloc(5 * 1024 * 1024, ' '), code: 'oci/too-large' },
  ])('$name is refused', async ({ value, code }) => {
    expect(await codeOf(() => parseManifest(value instanceof Uint8Array ? value : bytes(value)))).toBe(code);
  });

  test('another type than the source said is refused', async () => {
    expect(await codeOf(() => parseManifest(bytes(manifest), mediaTypes.ociIndex))).toBe('oci/bad-manifest');
    expect(await codeOf(() => parseManifest(bytes(manifest), mediaTypes.dockerManifest))).toBe('oci/bad-manifest');
    expect(parseManifest(bytes(manifest), 'application/json').mediaType).toBe(mediaTypes.ociManifest);
  });

  test('a manifest without media type is known by its parts', () => {
    expect(parseManifest(bytes({ schemaVersion: 2, manifests: [] })).mediaType).toBe(mediaTypes.ociIndex);
    expect(parseManifest(bytes({ ...manifest, mediaType: undefined }))).toEqual(manifest);
  });

  test('prototypes are out of reach', () => {
    const text = `{"schemaVersion":2,"mediaType":"${mediaTypes.ociManifest}","config":${JSON.stringify(descriptor)},"layers":[],"annotations":{"__proto__":"x","constructor":"y"},"__proto__":{"subject":{}}}`;
    const parsed = parseManifest(bytes(text));
    expect(parsed.subject).toBeUndefined();
    expect(Object.keys(parsed.annotations ?? {})).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['subject']).toBeUndefined();
  });

  test('any JSON is read or refused with a Failure', async () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.record(
        { schemaVersion: fc.constant(2), config: fc.jsonValue(), layers: fc.jsonValue(), manifests: fc.jsonValue() },
        { requiredKeys: [] },
      ),
    );
    await fc.assert(
      fc.asyncProperty(value, async (anything) => {
        const text = bytes(JSON.stringify(anything));
        expect(await codeOf(() => parseManifest(text))).toMatch(/nothing was thrown|oci\//);
        expect(await codeOf(() => parseConfig(text))).toMatch(/nothing was thrown|oci\//);
      }),
    );
  });
});

describe('configurations', () => {
  const good = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } };

  test.each([
    { name: 'no rootfs', value: { ...good, rootfs: undefined } },
    { name: 'a diff id that is no digest', value: { ...good, rootfs: { diff_ids: ['x'] } } },
    { name: 'an environment of numbers', value: { ...good, config: { Env: [1] } } },
    { name: 'labels that are lists', value: { ...good, config: { Labels: { a: [] } } } },
    { name: 'history that is text', value: { ...good, history: 'x' } },
    { name: 'an architecture that is a number', value: { ...good, architecture: 1 } },
  ])('$name is refused', async ({ value }) => {
    expect(await codeOf(() => parseConfig(bytes(value)))).toBe('oci/bad-config');
  });

  test('what Go writes for nothing is nothing', () => {
    const parsed = parseConfig(
      bytes({ ...good, rootfs: { type: 'layers', diff_ids: null }, config: { Env: null, Volumes: { '/a': null } } }),
    );
    expect(parsed).toEqual({ ...good, config: { Volumes: { '/a': {} } } });
  });
});

describe('opening from a manifest', () => {
  test('gives the image that was described', async () => {
    const opened = await imageFromManifest({
      bytes: image.manifestBytes,
      digest: image.descriptor.digest,
      source: blobs(await bytesOf(layer.blob())),
    });
    expect(await validate(opened)).toEqual([]);
    expect((opened as Image).config).toEqual(image.config);
  });

  test('other bytes than the digest asked for are refused', async () => {
    const digest = digestOf('another');
    expect(await codeOf(() => imageFromManifest({ bytes: image.manifestBytes, digest, source: blobs() }))).toBe(
      'oci/digest-mismatch',
    );
  });

  test('a configuration that lists other layers is refused', async () => {
    const text = bytes({ ...image.manifest, layers: [] });
    expect(await codeOf(() => imageFromManifest({ bytes: text, source: blobs() }))).toBe('oci/bad-config');
  });

  test('a configuration that is not the one promised is refused', async () => {
    const source = { blob: () => streamOf(Buffer.from('{}')) };
    expect(await codeOf(() => imageFromManifest({ bytes: image.manifestBytes, source }))).toBe('oci/digest-mismatch');
  });

  test('an artifact is opened with its blobs as they are', async () => {
    const chart = Buffer.from('a chart');
    const empty = Buffer.from('{}');
    const text = bytes({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      artifactType: 'application/vnd.example',
      config: { mediaType: mediaTypes.ociEmpty, digest: digestOf(empty), size: 2 },
      layers: [{ mediaType: 'application/vnd.example.chart', digest: digestOf(chart), size: chart.length }],
    });
    const opened = await imageFromManifest({ bytes: text, source: blobs(chart, empty) });
    expect(opened.descriptor.artifactType).toBe('application/vnd.example');
    expect(await bytesOf((opened as Image).layers[0]!.blob())).toEqual(chart);
    expect(await validate(opened)).toEqual([]);
  });
});

describe('digests', () => {
  const content = Buffer.from('content');

  test('a stream that is right passes, any other fails at its end or as soon as it is too long', async () => {
    const digest = digestOf(content);
    expect(await bytesOf(hashing(streamOf(content, 2), { digest, size: 7 }))).toEqual(content);
    expect(await codeOf(() => bytesOf(hashing(streamOf(content), { digest: digestOf('x') })))).toBe(
      'oci/digest-mismatch',
    );
    expect(await codeOf(() => bytesOf(hashing(streamOf(content), { digest, size: 8 })))).toBe('oci/digest-mismatch');
    let given = 0;
    async function* endless() {
      for (;;) {
        given += 1;
        yield content;
      }
    }
    expect(await codeOf(() => bytesOf(hashing(endless(), { digest, size: 10 })))).toBe('oci/digest-mismatch');
    expect(given).toBe(2);
  });

  test('sha512 too', async () => {
    const digest = digestOf(content, 'sha512');
    checkDigest(content, { digest, size: 7 });
    expect(await codeOf(() => checkDigest(content, { digest: digestOf('x', 'sha512') }))).toBe('oci/digest-mismatch');
    expect(await bytesOf(hashing(streamOf(content), { digest }))).toEqual(content);
  });

  test('a stream that is too large is refused before it is held', async () => {
    expect(await codeOf(() => readBytes(streamOf(Buffer.alloc(100), 10), 50, 'thing'))).toBe('oci/too-large');
  });
});

describe('images made here', () => {
  test('are the same for the same parts, whatever the order of keys', () => {
    const { rootfs, ...rest } = image.config;
    const turned = { rootfs, ...Object.fromEntries(Object.entries(rest).reverse()) } as typeof image.config;
    expect(imageFrom({ config: turned, layers: [layer] }).descriptor).toEqual(image.descriptor);
    expect(imageFrom({ config: image.config, layers: [layer], annotations: { a: 'b' } }).descriptor).not.toEqual(
      image.descriptor,
    );
  });

  test('must list the diff ids of their layers', () => {
    expect(() => imageFrom({ config: image.config, layers: [] })).toThrow('diff ids');
  });
});

describe('validate finds', () => {
  const otherTar = tarOf([fileMember('b', 'other')]);
  test.each([
    {
      name: 'a blob that is another',
      broken: { ...image, layers: [{ ...layer, blob: () => streamOf(otherTar) }] },
      part: 'layer 1',
    },
    {
      name: 'a tar that is another',
      broken: { ...image, layers: [{ ...layer, tar: () => streamOf(otherTar) }] },
      part: 'layer 1',
    },
    { name: 'a tar that is none', broken: imageOf([layerOf(Buffer.from('no tar '.repeat(100)))]), part: 'layer 1' },
    {
      name: 'a size that is wrong',
      broken: imageOf([{ ...layer, descriptor: { ...layer.descriptor, size: 1 } }]),
      part: 'layer 1',
    },
    {
      name: 'compressed bytes that are none',
      broken: imageOf([compressedLayerOf(otherTar, Buffer.from([0x1f, 0x8b, 1]), mediaTypes.ociLayerGzip)]),
      part: 'layer 1',
    },
    { name: 'a manifest of other bytes', broken: { ...image, manifestBytes: Buffer.from('{}') }, part: 'manifest' },
    {
      name: 'a value that the manifest does not say',
      broken: { ...image, manifest: { ...image.manifest, annotations: { a: 'b' } } },
      part: 'manifest',
    },
    {
      name: 'a value that the configuration does not say',
      broken: { ...image, config: { ...image.config, author: 'me' } },
      part: 'config',
    },
    { name: 'too much history', broken: imageOf([layer], { history: [{}, {}] }), part: 'config' },
    { name: 'too few layers', broken: { ...image, layers: [] }, part: 'config' },
    { name: 'no platform', broken: imageOf([layer], { os: '' }), part: 'config' },
  ])('$name', async ({ broken, part }) => {
    expect((await validate(broken)).map((violation) => violation.part)).toContain(part);
  });
});
