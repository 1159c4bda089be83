// The client against our own registry, without a port.
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, test } from 'vitest';
import { bytesOf, compressedLayerOf, fileMember, imageOf, tarOf } from '../../../test/images.ts';
import type { ImageReference } from '../../refs/reference.ts';
import { createRegistry, type Registry, type RegistryOptions } from '../../registry/registry.ts';
import { memoryStore } from '../../registry/store-memory.ts';
import { digestOf } from '../digest.ts';
import { indexOf } from '../image-from.ts';
import type { Image, ImageIndex } from '../image.ts';
import { mediaTypes } from '../media-types.ts';
import { createRegistryClient, type RegistryClientOptions } from './client.ts';
import type { Credential } from './credential.ts';

const layer = (name: string, content: string | Uint8Array = name) => {
  const tar = tarOf([fileMember(name, content)]);
  return compressedLayerOf(tar, gzipSync(tar), mediaTypes.ociLayerGzip);
};

const reference = (tag: string, repository = 'team/app', registry = 'localhost:5000'): ImageReference => ({
  registry,
  repository,
  tag,
});

const setUp = (
  options: {
    registry?: RegistryOptions;
    client?: Partial<RegistryClientOptions>;
    wrap?: (registry: Registry) => Registry;
  } = {},
) => {
  const asked: string[] = [];
  const plain = createRegistry(memoryStore(), options.registry);
  const registry = options.wrap?.(plain) ?? plain;
  const client = createRegistryClient({
    credentials: async () => undefined,
    transport: (request) => {
      const url = new URL(request.url);
      asked.push(`${request.method} ${url.pathname}${url.search}`);
      return registry(request);
    },
    backoffMs: 1,
    ...options.client,
  });
  return { client, asked, registry };
};

const indexFor = (
  images: readonly { readonly image: Image; readonly architecture: string; readonly variant?: string }[],
): ImageIndex => {
  const { index, indexBytes } = indexOf({
    mediaType: mediaTypes.ociIndex,
    manifests: images.map(({ image, architecture, variant }) => ({
      mediaType: image.descriptor.mediaType,
      digest: image.descriptor.digest,
      size: image.descriptor.size,
      platform: { os: 'linux', architecture, ...(variant === undefined ? {} : { variant }) },
    })),
  });
  return {
    kind: 'index',
    descriptor: { mediaType: mediaTypes.ociIndex, digest: digestOf(indexBytes), size: indexBytes.length },
    index,
    indexBytes,
    member: async (descriptor) => images.find(({ image }) => image.descriptor.digest === descriptor.digest)!.image,
  };
};

describe('push and pull', () => {
  it('give the same image back, layers read when they are asked for', async () => {
    const { client, asked } = setUp();
    const image = imageOf([layer('a'), layer('b', randomBytes(3_000_000))]);
    expect((await client.push(image, reference('1'))).digest).toBe(image.descriptor.digest);
    const pulled = await client.pull(reference('1'));
    expect(pulled.descriptor.digest).toBe(image.descriptor.digest);
    expect(asked.filter((a) => a.startsWith('GET') && a.includes('/blobs/'))).toHaveLength(1); // the configuration
    for (const [i, l] of pulled.layers.entries()) {
      expect((await bytesOf(l.blob())).equals(await bytesOf(image.layers[i]!.blob()))).toBe(true);
      expect((await bytesOf(l.tar())).equals(await bytesOf(image.layers[i]!.tar()))).toBe(true);
    }
  });

  it('send the manifest last, and a second tag sends nothing else', async () => {
    const { client, asked } = setUp();
    const image = imageOf([layer('a'), layer('b')]);
    await client.push(image, reference('1'));
    expect(asked.at(-1)).toBe('PUT /v2/team/app/manifests/1');
    asked.length = 0;
    await client.push(image, reference('2'));
    expect(asked).toEqual(['PUT /v2/team/app/manifests/2']);
  });

  it('send a blob once when two tags are pushed at once', async () => {
    const { client, asked } = setUp();
    const image = imageOf([layer('a'), layer('b')]);
    await Promise.all(['1', '2', '3'].map((tag) => client.push(image, reference(tag))));
    expect(asked.filter((a) => a.startsWith('POST'))).toHaveLength(3); // two layers, one configuration
    expect(await client.tags('localhost:5000', 'team/app')).toEqual(['1', '2', '3']);
  });

  it('find out what the registry has, and mount what another repository has', async () => {
    const { client, asked, registry } = setUp();
    const image = imageOf([layer('a')]);
    const states: string[] = [];
    const progress = (_: string, __: number, ___: number, state: string) => {
      if (state !== 'running') states.push(state);
    };
    await client.push(image, reference('1'), { progress });
    await client.push(image, reference('1', 'other/app'), { progress });
    expect(asked.filter((a) => a.includes('mount='))).toHaveLength(2);
    const other = createRegistryClient({ credentials: async () => undefined, transport: registry });
    await other.push(image, reference('1'), { progress });
    expect(states).toEqual(['done', 'done', 'cached', 'cached', 'cached', 'cached']);
  });

  it('push again what was deleted from the registry since', async () => {
    const { client, registry } = setUp();
    const image = imageOf([layer('a')]);
    await client.push(image, reference('1'));
    await registry(
      new Request(`https://localhost:5000/v2/team/app/blobs/${image.layers[0]!.descriptor.digest}`, {
        method: 'DELETE',
      }),
    );
    await client.push(image, reference('2'));
    expect((await bytesOf((await client.pull(reference('2'))).layers[0]!.blob())).length).toBeGreaterThan(0);
  });

  it('leave a foreign layer where it is', async () => {
    const { client, asked } = setUp();
    const tar = tarOf([fileMember('windows', 'x')]);
    const foreign = compressedLayerOf(
      tar,
      gzipSync(tar),
      'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
    );
    await client.push(imageOf([foreign]), reference('1'));
    expect(asked.filter((a) => a.startsWith('POST'))).toHaveLength(1);
  });

  it('resolve by HEAD alone', async () => {
    const { client, asked } = setUp();
    const image = imageOf([layer('a')]);
    await client.push(image, reference('1'));
    asked.length = 0;
    const { digest, mediaType, size } = await client.resolve(reference('1'));
    expect({ digest, mediaType, size }).toEqual({
      digest: image.descriptor.digest,
      mediaType: mediaTypes.ociManifest,
      size: image.descriptor.size,
    });
    expect(asked).toEqual(['HEAD /v2/team/app/manifests/1']);
  });

  it('take "latest" when there is no tag, and refuse a digest that is not the image', async () => {
    const { client, asked } = setUp();
    const image = imageOf([layer('a')]);
    await client.push(image, { registry: 'localhost:5000', repository: 'app' });
    expect(asked.at(-1)).toBe('PUT /v2/app/manifests/latest');
    await expect(
      client.push(image, { registry: 'localhost:5000', repository: 'app', digest: digestOf('other') }),
    ).rejects.toMatchObject({ code: 'registry/digest-mismatch', failureClass: 'ConfigurationFailure' });
    const byDigest = { registry: 'localhost:5000', repository: 'app', tag: 'wrong', digest: image.descriptor.digest };
    expect((await client.pull(byDigest)).descriptor.digest).toBe(image.descriptor.digest);
  });

  it('stop at once when aborted, between layers too', async () => {
    const stop = new AbortController();
    const { client } = setUp({
      wrap: (registry) => async (request) => {
        if (request.method === 'PUT') stop.abort(new Error('enough'));
        return registry(request);
      },
    });
    await expect(
      client.push(imageOf([layer('a'), layer('b')]), reference('1'), { signal: stop.signal }),
    ).rejects.toThrow('enough');
    await expect(client.pull(reference('1'))).rejects.toMatchObject({ code: 'registry/not-found' });
  });

  it('read all pages of tags', async () => {
    const { client } = setUp({
      wrap: (registry) => (request) => {
        const url = new URL(request.url);
        if (url.pathname.endsWith('/tags/list') && !url.searchParams.has('n')) url.searchParams.set('n', '2');
        return registry(request.method === 'GET' ? new Request(url, request) : request);
      },
    });
    const image = imageOf([layer('a')]);
    for (const tag of ['a', 'b', 'c', 'd', 'e']) await client.push(image, reference(tag));
    expect(await client.tags('localhost:5000', 'team/app')).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});

describe('indexes', () => {
  const amd = imageOf([layer('amd')]);
  const armV6 = imageOf([layer('v6')], { architecture: 'arm', variant: 'v6' });
  const armV7 = imageOf([layer('v7')], { architecture: 'arm', variant: 'v7' });
  const index = indexFor([
    { image: amd, architecture: 'amd64' },
    { image: armV6, architecture: 'arm', variant: 'v6' },
    { image: armV7, architecture: 'arm', variant: 'v7' },
  ]);

  test.each([
    { wanted: { os: 'linux', architecture: 'amd64' }, found: amd },
    { wanted: { os: 'linux', architecture: 'arm', variant: 'v6' }, found: armV6 },
    { wanted: { os: 'linux', architecture: 'arm' }, found: armV7 },
    { wanted: { os: 'linux', architecture: 'arm', variant: 'v8' }, found: armV7 },
  ])('give the image for $wanted.architecture $wanted.variant', async ({ wanted, found }) => {
    const { client } = setUp();
    await client.push(index, reference('multi'));
    expect((await client.pull(reference('multi'), { platform: wanted })).descriptor.digest).toBe(
      found.descriptor.digest,
    );
  });

  it('give the whole when asked for all, and name what they have', async () => {
    const { client } = setUp();
    expect((await client.push(index, reference('multi'))).digest).toBe(index.descriptor.digest);
    const all = await client.pull(reference('multi'), { platform: 'all' });
    expect([all.kind, all.descriptor.digest]).toEqual(['index', index.descriptor.digest]);
    await expect(
      client.pull(reference('multi'), { platform: { os: 'linux', architecture: 's390x' } }),
    ).rejects.toMatchObject({
      code: 'registry/no-matching-platform',
      message:
        'localhost:5000/team/app:multi has no image for linux/s390x; it has linux/amd64, linux/arm/v6, linux/arm/v7',
    });
  });
});

describe('logins', () => {
  const image = imageOf([layer('a')]);
  const login = { username: 'ann', password: 's3cret' };
  const withLogin = (credential: Credential | undefined, registry: RegistryOptions['auth']) =>
    setUp({
      registry: registry === undefined ? {} : { auth: registry },
      client: { credentials: async () => credential },
    });

  test.each([
    { name: 'Basic', auth: { kind: 'basic', ...login } as const },
    { name: 'tokens', auth: { kind: 'token', ...login } as const },
  ])('are given by $name', async ({ auth }) => {
    const { client, asked } = withLogin(login, auth);
    await client.push(image, reference('1'));
    expect((await client.pull(reference('1'))).descriptor.digest).toBe(image.descriptor.digest);
    // One token for the push and one for the pull, not one for each request.
    expect(asked.filter((a) => a.includes('/token'))).toHaveLength(auth.kind === 'token' ? 2 : 0);
  });

  it('are exchanged from an identity token by POST', async () => {
    const { registry } = withLogin(undefined, { kind: 'token', ...login });
    const form = new URLSearchParams({ grant_type: 'password', ...login, access_type: 'offline', service: 'x' });
    const given = await registry(
      new Request('https://localhost:5000/token', {
        method: 'POST',
        body: form.toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      }),
    );
    const { refresh_token: identityToken } = (await given.json()) as { refresh_token: string };
    const client = createRegistryClient({ credentials: async () => ({ identityToken }), transport: registry });
    await client.push(image, reference('1'));
    const forged = createRegistryClient({
      credentials: async () => ({ identityToken: 'forged' }),
      transport: registry,
    });
    await expect(forged.pull(reference('1'))).rejects.toMatchObject({ code: 'registry/unauthorized' });
  });

  it('are sent as they are when they are registry tokens', async () => {
    const { registry } = withLogin(undefined, { kind: 'token', ...login });
    const given = await registry(
      new Request('https://localhost:5000/token?scope=repository:team/app:pull,push', {
        headers: { authorization: `Basic ${Buffer.from('ann:s3cret').toString('base64')}` },
      }),
    );
    const { token: registryToken } = (await given.json()) as { token: string };
    const client = createRegistryClient({ credentials: async () => ({ registryToken }), transport: registry });
    await client.push(image, reference('1'));
    await expect(client.push(image, reference('1', 'other'))).rejects.toMatchObject({ code: 'registry/unauthorized' });
  });

  it('are renewed when a token is withdrawn in the middle of an upload', async () => {
    let withdrawn = 0;
    const { client, asked } = setUp({
      registry: { auth: { kind: 'token', ...login } },
      client: { credentials: async () => login },
      wrap: (registry) => (request) => {
        if (request.method === 'PATCH' && (withdrawn += 1) === 1) request.headers.set('authorization', 'Bearer gone');
        return registry(request);
      },
    });
    await client.push(imageOf([layer('b', randomBytes(2_000_000))]), reference('1'));
    expect(withdrawn).toBe(2);
    expect(asked.filter((a) => a.includes('/token'))).toHaveLength(2);
  });

  it('are not given to a token server that another host names, where a layer is said to be', async () => {
    const registry = createRegistry(memoryStore(), { auth: { kind: 'token', ...login } });
    const elsewhere: string[] = [];
    const client = createRegistryClient({
      credentials: async () => login,
      transport: async (request) => {
        const { hostname, pathname } = new URL(request.url);
        if (hostname !== 'elsewhere.test') return registry(request);
        elsewhere.push(`${pathname} ${request.headers.get('authorization')}`);
        if (pathname === '/token') return Response.json({ token: 'x' });
        const challenge = 'Bearer realm="https://elsewhere.test/token"';
        return new Response(null, { status: 401, headers: { 'www-authenticate': challenge } });
      },
    });
    const { descriptor, ...rest } = layer('a');
    const foreign = {
      ...rest,
      descriptor: {
        ...descriptor,
        mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
        urls: ['https://elsewhere.test/layer'],
      },
    };
    await client.push(imageOf([foreign]), reference('1', 'team/app', 'registry.test'));
    const pulled = await client.pull(reference('1', 'team/app', 'registry.test'));
    await expect(bytesOf(pulled.layers[0]!.blob())).rejects.toMatchObject({ code: 'registry/unauthorized' });
    expect(elsewhere).toEqual(['/layer null']);
  });

  it('may pull anonymously where the registry lets them', async () => {
    const { registry } = withLogin(undefined, { kind: 'token', ...login, anonymousPull: true });
    await createRegistryClient({ credentials: async () => login, transport: registry }).push(image, reference('1'));
    const anonymous = createRegistryClient({ credentials: async () => undefined, transport: registry });
    expect((await anonymous.pull(reference('1'))).descriptor.digest).toBe(image.descriptor.digest);
    await expect(anonymous.push(image, reference('2'))).rejects.toMatchObject({
      code: 'registry/unauthorized',
      failureClass: 'Authentication',
      message: expect.stringContaining('wants a login'),
      hint: expect.stringContaining('docker login localhost:5000'),
    });
  });

  test.each(['basic', 'token'] as const)('that are wrong are told apart from absent ones (%s)', async (kind) => {
    const wrong = withLogin({ username: 'ann', password: 'wr0ng' }, { kind, ...login });
    const failure = await wrong.client.push(image, reference('1')).then(
      () => expect.unreachable(),
      (e: Error) => e,
    );
    expect(failure).toMatchObject({
      code: 'registry/unauthorized',
      message: expect.stringContaining('does not accept the login'),
    });
    expect(JSON.stringify(failure) + failure.message).not.toContain('wr0ng');
    const absent = withLogin(undefined, { kind, ...login });
    await expect(absent.client.push(image, reference('1'))).rejects.toMatchObject({
      message: expect.stringContaining('wants a login'),
    });
  });
});
