import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, test } from 'vitest';
import { requestWith } from '../base/http-body.ts';
import { mediaTypes } from '../oci/media-types.ts';
import { createRegistry, type Registry, type RegistryOptions } from './registry.ts';
import { openDiskStore } from './store-disk.ts';
import { memoryStore } from './store-memory.ts';
import type { RegistryStore } from './store.ts';

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-registry-'));
  folders.push(folder);
  return folder;
};

const stores: readonly { readonly name: string; readonly open: () => Promise<RegistryStore> }[] = [
  { name: 'memory', open: async () => memoryStore() },
  { name: 'disk', open: async () => openDiskStore(await newFolder()) },
];

const sha = (content: string | Uint8Array, algorithm: 'sha256' | 'sha512' = 'sha256'): string =>
  `${algorithm}:${createHash(algorithm).update(content).digest('hex')}`;

const client = (registry: Registry) => {
  const ask = (method: string, path: string, init: { headers?: Record<string, string>; body?: string } = {}) =>
    registry(
      new Request(`http://registry.test${path}`, {
        method,
        headers: {
          ...(init.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(init.body)) }),
          ...init.headers,
        },
        ...(init.body === undefined ? {} : { body: init.body }),
      }),
    );
  const push = async (repository: string, content: string, algorithm: 'sha256' | 'sha512' = 'sha256') => {
    const started = await ask('POST', `/v2/${repository}/blobs/uploads/`);
    const digest = sha(content, algorithm);
    const done = await ask('PUT', `${started.headers.get('location')}?digest=${digest}`, { body: content });
    expect(done.status).toBe(201);
    return digest;
  };
  const putManifest = (
    repository: string,
    reference: string,
    manifest: object,
    mediaType: string = mediaTypes.ociManifest,
  ) =>
    ask('PUT', `/v2/${repository}/manifests/${reference}`, {
      body: JSON.stringify(manifest),
      headers: { 'content-type': mediaType },
    });
  return { ask, push, putManifest };
};

const manifestOf = (config: string, layers: readonly string[], more: object = {}) => ({
  schemaVersion: 2,
  mediaType: mediaTypes.ociManifest,
  config: { mediaType: mediaTypes.ociConfig, digest: config, size: 2 },
  layers: layers.map((digest) => ({ mediaType: mediaTypes.ociLayerGzip, digest, size: 5 })),
  ...more,
});

const codeOf = async (response: Response): Promise<string> =>
  ((await response.json()) as { errors: { code: string }[] }).errors[0]!.code;

describe.each(stores)('the registry over a store in $name', ({ open }) => {
  const start = async (options?: RegistryOptions) => client(createRegistry(await open(), options));

  it('answers /v2/ and names no route it does not have', async () => {
    const { ask } = await start();
    const root = await ask('GET', '/v2/');
    expect([root.status, root.headers.get('docker-distribution-api-version')]).toEqual([200, 'registry/2.0']);
    expect((await ask('GET', '/v1/search')).status).toBe(404);
    expect((await ask('PUT', '/v2/app/tags/list')).status).toBe(405);
  });

  it('gives a blob back as it was sent, whole and by range', async () => {
    const { ask, push } = await start();
    const digest = await push('team/app', 'hello');
    const head = await ask('HEAD', `/v2/team/app/blobs/${digest}`);
    expect([head.status, head.headers.get('content-length'), head.headers.get('docker-content-digest')]).toEqual([
      200,
      '5',
      digest,
    ]);
    expect(await (await ask('GET', `/v2/team/app/blobs/${digest}`)).text()).toBe('hello');
    for (const [range, status, text, place] of [
      ['bytes=1-3', 206, 'ell', 'bytes 1-3/5'],
      ['bytes=2-', 206, 'llo', 'bytes 2-4/5'],
      ['bytes=-2', 206, 'lo', 'bytes 3-4/5'],
      ['bytes=0-99', 206, 'hello', 'bytes 0-4/5'],
      ['bytes=0-1,3-4', 200, 'hello', null],
    ] as const) {
      const part = await ask('GET', `/v2/team/app/blobs/${digest}`, { headers: { range } });
      expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([status, text, place]);
    }
    for (const range of ['bytes=5-', 'bytes=3-1', 'bytes=-0'])
      expect((await ask('GET', `/v2/team/app/blobs/${digest}`, { headers: { range } })).status).toBe(416);
    const again = await ask('GET', `/v2/team/app/blobs/${digest}`, { headers: { 'if-none-match': `"${digest}"` } });
    expect(again.status).toBe(304);
  });

  it('keeps a blob to the repository it was sent to', async () => {
    const { ask, push } = await start();
    const digest = await push('team/app', 'hello');
    const elsewhere = await ask('GET', `/v2/team/other/blobs/${digest}`);
    expect([elsewhere.status, await codeOf(elsewhere)]).toEqual([404, 'BLOB_UNKNOWN']);
  });

  it('takes the empty blob and sha512', async () => {
    const { ask, push } = await start();
    const empty = await push('app', '');
    expect((await ask('HEAD', `/v2/app/blobs/${empty}`)).headers.get('content-length')).toBe('0');
    expect(await (await ask('GET', `/v2/app/blobs/${empty}`)).text()).toBe('');
    const long = await push('app', 'hello', 'sha512');
    expect(await (await ask('GET', `/v2/app/blobs/${long}`)).text()).toBe('hello');
  });

  it('takes a blob in one POST, and starts an upload when the POST has no body', async () => {
    const { ask } = await start();
    const digest = sha('one go');
    const done = await ask('POST', `/v2/app/blobs/uploads/?digest=${digest}`, { body: 'one go' });
    expect([done.status, done.headers.get('location')]).toEqual([201, `/v2/app/blobs/${digest}`]);
    const begun = await ask('POST', `/v2/app/blobs/uploads/?digest=${digest}`, { headers: { 'content-length': '0' } });
    expect(begun.status).toBe(202);
  });

  it('takes chunks in order only, and says where it is', async () => {
    const { ask } = await start();
    const started = await ask('POST', '/v2/app/blobs/uploads/');
    const location = started.headers.get('location')!;
    const chunk = (body: string, range: string) =>
      ask('PATCH', location, { body, headers: { 'content-range': range } });
    expect((await chunk('abc', '0-2')).headers.get('range')).toBe('0-2');
    const early = await chunk('ghi', '6-8');
    expect([early.status, early.headers.get('range'), early.headers.get('location')]).toEqual([416, '0-2', location]);
    expect((await chunk('xy', '3-5')).status).toBe(400);
    const status = await ask('GET', location);
    expect([status.status, status.headers.get('range')]).toEqual([204, '0-2']);
    expect((await chunk('def', '3-5')).status).toBe(202);
    const done = await ask('PUT', `${location}?digest=${sha('abcdefg')}`, {
      body: 'g',
      headers: { 'content-range': '6-6' },
    });
    expect(done.status).toBe(201);
    expect((await ask('GET', location)).status).toBe(404);
  });

  it('refuses bytes of another digest and forgets them', async () => {
    const { ask } = await start();
    const location = (await ask('POST', '/v2/app/blobs/uploads/')).headers.get('location')!;
    const wrong = await ask('PUT', `${location}?digest=${sha('expected')}`, { body: 'other' });
    expect([wrong.status, await codeOf(wrong)]).toEqual([400, 'DIGEST_INVALID']);
    expect((await ask('HEAD', `/v2/app/blobs/${sha('other')}`)).status).toBe(404);
    expect((await ask('GET', location)).status).toBe(404);
  });

  it('keeps what arrived before a connection broke, hidden until the upload is complete', async () => {
    const registry = createRegistry(await open());
    const { ask } = client(registry);
    const location = (await ask('POST', '/v2/app/blobs/uploads/')).headers.get('location')!;
    const breaking = requestWith(
      `http://registry.test${location}`,
      { method: 'PATCH' },
      (async function* () {
        yield Buffer.from('abc');
        throw Object.assign(new Error('gone'), { code: 'ECONNRESET' });
      })(),
    );
    expect((await registry(breaking)).status).toBe(500);
    expect((await ask('GET', location)).headers.get('range')).toBe('0-2');
    expect((await ask('HEAD', `/v2/app/blobs/${sha('abc')}`)).status).toBe(404);
    expect(
      (await ask('PUT', `${location}?digest=${sha('abcdef')}`, { body: 'def', headers: { 'content-range': '3-5' } }))
        .status,
    ).toBe(201);
  });

  it('lets a client that came back take over from its own dead connection', async () => {
    const registry = createRegistry(await open());
    const { ask } = client(registry);
    const location = (await ask('POST', '/v2/app/blobs/uploads/')).headers.get('location')!;
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    const hanging = registry(
      requestWith(
        `http://registry.test${location}`,
        { method: 'PATCH' },
        (async function* () {
          yield Buffer.from('abc');
          arrive();
          await new Promise(() => {});
        })(),
      ),
    );
    await arrived;
    await new Promise((resolve) => setTimeout(resolve, 5));
    const next = await ask('PATCH', location, { body: 'def', headers: { 'content-range': '3-5' } });
    expect([next.status, next.headers.get('range')]).toEqual([202, '0-5']);
    expect((await hanging).status).toBe(409);
  });

  it('cancels an upload', async () => {
    const { ask } = await start();
    const location = (await ask('POST', '/v2/app/blobs/uploads/')).headers.get('location')!;
    expect((await ask('DELETE', location)).status).toBe(204);
    expect((await ask('DELETE', location)).status).toBe(404);
    expect((await ask('PATCH', '/v2/app/blobs/uploads/..%2f..', { body: 'x' })).status).toBe(404);
  });

  it('mounts a blob from a named repository, from any, or starts an upload', async () => {
    const { ask, push } = await start();
    const digest = await push('base', 'shared');
    expect((await ask('POST', `/v2/a/blobs/uploads/?mount=${digest}&from=base`)).status).toBe(201);
    expect((await ask('POST', `/v2/b/blobs/uploads/?mount=${digest}`)).status).toBe(201);
    expect((await ask('POST', `/v2/c/blobs/uploads/?mount=${digest}&from=nowhere`)).status).toBe(202);
    expect((await ask('HEAD', `/v2/a/blobs/${digest}`)).status).toBe(200);
    expect((await ask('HEAD', `/v2/c/blobs/${digest}`)).status).toBe(404);
  });

  it('deletes a blob from one repository', async () => {
    const { ask, push } = await start();
    const digest = await push('app', 'hello');
    await ask('POST', `/v2/other/blobs/uploads/?mount=${digest}&from=app`);
    expect((await ask('DELETE', `/v2/app/blobs/${digest}`)).status).toBe(202);
    expect((await ask('DELETE', `/v2/app/blobs/${digest}`)).status).toBe(404);
    expect((await ask('HEAD', `/v2/other/blobs/${digest}`)).status).toBe(200);
  });

  it('refuses blobs and manifests beyond its limits', async () => {
    const { ask, push, putManifest } = await start({ maxBlobBytes: 10, maxManifestBytes: 300 });
    const config = await push('app', '{}');
    const location = (await ask('POST', '/v2/app/blobs/uploads/')).headers.get('location')!;
    const large = await ask('PATCH', location, { body: '12345678901' });
    expect([large.status, await codeOf(large)]).toEqual([413, 'SIZE_INVALID']);
    const manifest = manifestOf(config, [], { annotations: { padding: 'x'.repeat(300) } });
    expect((await putManifest('app', '1', manifest)).status).toBe(413);
  });

  it('gives a manifest back byte for byte, by tag and by digest', async () => {
    const { ask, push, putManifest } = await start();
    const manifest = manifestOf(await push('app', '{}'), [await push('app', 'layer')]);
    const text = JSON.stringify(manifest);
    const put = await putManifest('app', '1.0', manifest);
    expect([put.status, put.headers.get('docker-content-digest')]).toEqual([201, sha(text)]);
    for (const reference of ['1.0', sha(text)]) {
      const got = await ask('GET', `/v2/app/manifests/${reference}`);
      expect([got.status, got.headers.get('content-type'), await got.text()]).toEqual([
        200,
        mediaTypes.ociManifest,
        text,
      ]);
      const head = await ask('HEAD', `/v2/app/manifests/${reference}`);
      expect([head.headers.get('content-length'), head.headers.get('docker-content-digest')]).toEqual([
        String(text.length),
        sha(text),
      ]);
    }
    expect((await ask('GET', '/v2/app/manifests/2.0')).status).toBe(404);
  });

  it('moves a tag and keeps the manifest it left', async () => {
    const { ask, push, putManifest } = await start();
    const config = await push('app', '{}');
    const first = (await putManifest('app', 'latest', manifestOf(config, []))).headers.get('docker-content-digest')!;
    const second = (
      await putManifest('app', 'latest', manifestOf(config, [], { annotations: { a: 'b' } }))
    ).headers.get('docker-content-digest')!;
    expect((await ask('HEAD', '/v2/app/manifests/latest')).headers.get('docker-content-digest')).toBe(second);
    expect((await ask('HEAD', `/v2/app/manifests/${first}`)).status).toBe(200);
  });

  it('puts a manifest by digest under several tags', async () => {
    const { ask, push } = await start();
    const text = JSON.stringify(manifestOf(await push('app', '{}'), []));
    const digest = sha(text, 'sha512');
    const put = await ask('PUT', `/v2/app/manifests/${digest}?tag=1&tag=1.2`, {
      body: text,
      headers: { 'content-type': mediaTypes.ociManifest },
    });
    expect([put.status, put.headers.get('oci-tag')]).toEqual([201, '1, 1.2']);
    expect((await ask('HEAD', '/v2/app/manifests/1.2')).headers.get('docker-content-digest')).toBe(digest);
  });

  const absent = sha('absent');
  test.each([
    {
      name: 'a layer that is not there',
      manifest: (config: string) => manifestOf(config, [absent]),
      status: 404,
      code: 'MANIFEST_BLOB_UNKNOWN',
    },
    {
      name: 'a configuration that is not there',
      manifest: () => manifestOf(absent, []),
      status: 404,
      code: 'MANIFEST_BLOB_UNKNOWN',
    },
    {
      name: 'a digest that is none',
      manifest: (config: string) => manifestOf(config, ['sha256:12']),
      status: 400,
      code: 'MANIFEST_INVALID',
    },
    {
      name: 'layers that are no list',
      manifest: (config: string) => manifestOf(config, [], { layers: {} }),
      status: 400,
      code: 'MANIFEST_INVALID',
    },
    {
      name: 'schema version 1',
      manifest: (config: string) => manifestOf(config, [], { schemaVersion: 1 }),
      status: 400,
      code: 'MANIFEST_INVALID',
    },
    {
      name: 'another media type than it was sent as',
      manifest: (config: string) => manifestOf(config, [], { mediaType: mediaTypes.dockerManifest }),
      status: 400,
      code: 'MANIFEST_INVALID',
    },
  ])('refuses a manifest with $name', async ({ manifest, status, code }) => {
    const { ask, push, putManifest } = await start();
    const refused = await putManifest('app', '1', manifest(await push('app', '{}')));
    expect([refused.status, await codeOf(refused)]).toEqual([status, code]);
    expect((await ask('HEAD', '/v2/app/manifests/1')).status).toBe(404);
  });

  it('takes a manifest whose foreign layer it does not have, and sparse ones when it is told to', async () => {
    const { push, putManifest } = await start();
    const config = await push('app', '{}');
    const foreign = {
      mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
      digest: absent,
      size: 1,
    };
    expect((await putManifest('app', '1', manifestOf(config, [], { layers: [foreign] }))).status).toBe(201);
    const sparse = await start({ sparse: true });
    expect((await sparse.putManifest('app', '1', manifestOf(absent, [absent]))).status).toBe(201);
  });

  it('refuses a manifest that is not JSON, and one sent for another digest', async () => {
    const { ask, push } = await start();
    const config = await push('app', '{}');
    const headers = { 'content-type': mediaTypes.ociManifest };
    expect((await ask('PUT', '/v2/app/manifests/1', { body: '{"schemaVersion":', headers })).status).toBe(400);
    const other = await ask('PUT', `/v2/app/manifests/${absent}`, {
      body: JSON.stringify(manifestOf(config, [])),
      headers,
    });
    expect([other.status, await codeOf(other)]).toEqual([400, 'DIGEST_INVALID']);
  });

  it('deletes a tag alone, and a manifest with its tags', async () => {
    const { ask, push, putManifest } = await start();
    const manifest = manifestOf(await push('app', '{}'), []);
    const digest = sha(JSON.stringify(manifest));
    for (const tag of ['a', 'b']) await putManifest('app', tag, manifest);
    expect((await ask('DELETE', '/v2/app/manifests/a')).status).toBe(202);
    expect((await ask('HEAD', `/v2/app/manifests/${digest}`)).status).toBe(200);
    expect((await ask('DELETE', `/v2/app/manifests/${digest}`)).status).toBe(202);
    expect((await ask('HEAD', '/v2/app/manifests/b')).status).toBe(404);
    expect(await (await ask('GET', '/v2/app/tags/list')).json()).toEqual({ name: 'app', tags: [] });
  });

  it('lists tags in order, page by page', async () => {
    const { ask, push, putManifest } = await start();
    const manifest = manifestOf(await push('team/app', '{}'), []);
    for (const tag of ['c', 'a', 'd', 'b', 'e']) await putManifest('team/app', tag, manifest);
    const pages: string[][] = [];
    for (let path: string | undefined = '/v2/team/app/tags/list?n=2'; path !== undefined;) {
      const response: Response = await ask('GET', path);
      pages.push(((await response.json()) as { tags: string[] }).tags);
      path = /<(.*)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
    }
    expect(pages).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(await (await ask('GET', '/v2/team/app/tags/list?last=c')).json()).toEqual({
      name: 'team/app',
      tags: ['d', 'e'],
    });
    expect(await (await ask('GET', '/v2/team/app/tags/list?n=0')).json()).toEqual({ name: 'team/app', tags: [] });
    expect((await ask('GET', '/v2/team/app/tags/list?n=x')).status).toBe(400);
    expect((await ask('GET', '/v2/team/tags/list')).status).toBe(404);
    expect(await (await ask('GET', '/v2/_catalog')).json()).toEqual({ repositories: ['team/app'] });
  });

  it('lists who refers to a manifest, also before that manifest is there', async () => {
    const { ask, push, putManifest } = await start();
    const config = await push('app', '{}');
    const subject = manifestOf(config, []);
    const digest = sha(JSON.stringify(subject));
    const signature = manifestOf(config, [], {
      artifactType: 'application/signature',
      subject: { mediaType: mediaTypes.ociManifest, digest, size: JSON.stringify(subject).length },
      annotations: { by: 'me' },
    });
    const put = await putManifest('app', sha(JSON.stringify(signature)), signature);
    expect([put.status, put.headers.get('oci-subject')]).toEqual([201, digest]);
    const list = async (query: string) => {
      const response = await ask('GET', `/v2/app/referrers/${digest}${query}`);
      const index = (await response.json()) as { manifests: { artifactType: string; annotations: object }[] };
      return { found: index.manifests, filters: response.headers.get('oci-filters-applied') };
    };
    expect(await list('')).toEqual({
      found: [expect.objectContaining({ artifactType: 'application/signature', annotations: { by: 'me' } })],
      filters: null,
    });
    expect(await list('?artifactType=application/other')).toEqual({ found: [], filters: 'artifactType' });
    expect((await list('?artifactType=application/signature')).found).toHaveLength(1);
    await ask('DELETE', `/v2/app/manifests/${sha(JSON.stringify(signature))}`);
    expect((await list('')).found).toEqual([]);
  });

  test.each(['/v2/Team/app/tags/list', '/v2/a..b/tags/list', '/v2/..%2F..%2Fetc/tags/list', '/v2/a/_blobs/tags/list'])(
    'refuses the repository name in %s',
    async (path) => {
      const { ask } = await start();
      const response = await ask('GET', path);
      expect(['NAME_INVALID']).toContain(await codeOf(response));
    },
  );
});

describe('the store on disk', () => {
  it('finds uploads, blobs, tags and referrers again after a restart', async () => {
    const root = await newFolder();
    const before = client(createRegistry(await openDiskStore(root)));
    const location = (await before.ask('POST', '/v2/app/blobs/uploads/')).headers.get('location')!;
    await before.ask('PATCH', location, { body: 'abc' });
    const config = await before.push('app', '{}');
    await before.putManifest('app', '1', manifestOf(config, []));

    const after = client(createRegistry(await openDiskStore(root)));
    expect((await after.ask('GET', location)).headers.get('range')).toBe('0-2');
    expect((await after.ask('PUT', `${location}?digest=${sha('abcdef')}`, { body: 'def' })).status).toBe(201);
    expect((await after.ask('HEAD', '/v2/app/manifests/1')).status).toBe(200);
    expect(await readdir(join(root, 'uploads'))).toEqual([]);
  });

  it('serves many clients that push the same blob at once', async () => {
    const root = await newFolder();
    const { ask, push } = client(createRegistry(await openDiskStore(root)));
    await Promise.all(Array.from({ length: 40 }, (_, i) => push(`team/app${i % 4}`, 'the same bytes')));
    expect(await (await ask('GET', `/v2/team/app3/blobs/${sha('the same bytes')}`)).text()).toBe('the same bytes');
    expect(await readdir(join(root, 'uploads'))).toEqual([]);
  });
});
