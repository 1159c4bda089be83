import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { stage } from '../../test/fake-run.ts';
import { localContext } from '../../test/run-local-step.ts';
import { fileMember, imageOf, layerOf, tarOf } from '../../test/images.ts';
import type { Destination, ImageSource, OutputFiles } from '../contract/image-operation.ts';
import type { Progress } from '../journal/event.ts';
import { openArchive, writeArchive } from '../oci/archive.ts';
import { compressImage } from '../oci/compress.ts';
import { digestOf } from '../oci/digest.ts';
import { indexOf } from '../oci/image-from.ts';
import type { Image, ImageIndex, Layer } from '../oci/image.ts';
import { mediaTypes } from '../oci/media-types.ts';
import { createRegistryClient, type RegistryClient } from '../oci/remote/client.ts';
import { type ImageStore, openStore } from '../oci/store.ts';
import type { BuildImage, OperationBase, PushImage } from '../plan/operation.ts';
import { isBadReference, parseReference } from '../refs/reference.ts';
import { createRegistry, type Registry } from '../registry/registry.ts';
import { memoryStore } from '../registry/store-memory.ts';
import { createDelivery, type TransferDeps } from './deliver.ts';
import { createPushExecutor } from './push-executor.ts';
import { pushMany, throwIfFailed } from './push.ts';
import { workspacePath } from './workspace-path.ts';

let folder: string;
let store: ImageStore;
let registries: Map<string, Registry>;
let asked: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-transfer-'));
  store = await openStore(join(folder, 'store'));
  await mkdir(join(folder, 'workspace'));
  registries = new Map(['one.test', 'two.test', 'three.test'].map((host) => [host, createRegistry(memoryStore())]));
  registries.set('broken.test', async () => new Response('no', { status: 403 }));
  asked = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const newClient = (): RegistryClient =>
  createRegistryClient({
    credentials: async () => undefined,
    backoffMs: 1,
    transport: (request) => {
      const { host, pathname } = new URL(request.url);
      asked.push(`${request.method} ${host}${pathname}`);
      const registry = registries.get(host);
      if (registry === undefined) throw Object.assign(new Error('no such host'), { code: 'ENOTFOUND' });
      return registry(request);
    },
  });

const deps = (): TransferDeps => ({ store, clientFor: async () => newClient() });

const contextFor = (signal = new AbortController().signal) => {
  const lines: string[] = [];
  const bars: Progress[] = [];
  const context = localContext({
    workspace: join(folder, 'workspace'),
    scratch: join(folder, 'scratch'),
    signal,
    log: (line) => lines.push(line),
    progress: (progress) => bars.push(progress),
  });
  return { context, lines, bars };
};

const base: OperationBase = {
  id: 's.b',
  step: 'b',
  name: 'b',
  stage: 's',
  after: [],
  from: stage('s').from,
  when: { status: 'Success' },
  failureStrategies: [],
  notes: [],
};
const builder = { name: 'embedded', reason: 'test', required: false } as const;

const pushOperation = (source: ImageSource, to: readonly string[], files: OutputFiles = {}): PushImage => ({
  ...base,
  kind: 'push-image',
  builder,
  source,
  destinations: to.map((reference): Destination => ({ reference })),
  files,
});

const buildOperation = (outputs: Partial<BuildImage['outputs']>, files: OutputFiles = {}): BuildImage => ({
  ...base,
  kind: 'build-image',
  builder,
  context: '.',
  dockerfile: 'Dockerfile',
  buildArgs: {},
  labels: {},
  platforms: [],
  buildSecrets: [],
  noCache: false,
  cacheFrom: [],
  cacheTo: [],
  tags: ['team/app:1', 'team/app:latest'],
  outputs: { push: [], load: false, ...outputs },
  baseConnectors: [],
  files,
});

const target = (text: string, client = newClient()) => {
  const reference = parseReference(text);
  if (isBadReference(reference)) throw new Error(reference.problem);
  return { reference, client };
};

const counted = (layer: Layer, count: () => void): Layer => ({
  ...layer,
  tar: (signal) => {
    count();
    return layer.tar(signal);
  },
  blob: (signal) => {
    count();
    return layer.blob(signal);
  },
});

const plainImage = (): Image =>
  imageOf([layerOf(tarOf([fileMember('a', 'a'.repeat(100_000))])), layerOf(tarOf([fileMember('b', 'b')]))]);
const digestAt = async (text: string): Promise<string> => (await newClient().resolve(target(text).reference)).digest;

describe('pushing to many', () => {
  it('reads and compresses each layer once, and all registries hold the same digest', async () => {
    let reads = 0;
    const image = plainImage();
    const [first, second] = image.layers;
    const watched = { ...image, layers: [counted(first!, () => (reads += 1)), counted(second!, () => (reads += 1))] };
    const hosts = ['one.test', 'two.test', 'three.test'];
    const { image: pushed, outcomes } = await pushMany(
      watched,
      hosts.map((host) => target(`${host}/team/app:1`)),
      { store },
    );
    expect(reads).toBe(2);
    expect(outcomes.map(({ reference, status }) => `${reference} ${status}`)).toEqual(
      hosts.map((host) => `${host}/team/app:1 pushed`),
    );
    for (const host of hosts) expect(await digestAt(`${host}/team/app:1`)).toBe(pushed.descriptor.digest);
    expect(pushed.kind === 'image' && pushed.manifest.layers.map((l) => l.mediaType)).toEqual([
      mediaTypes.ociLayerGzip,
      mediaTypes.ociLayerGzip,
    ]);
  });

  it('reports each destination by itself, and names each in the failure', async () => {
    const report = await pushMany(
      plainImage(),
      ['one.test/a:1', 'broken.test/a:1', 'absent.test/a:1'].map((name) => target(name)),
      { store },
    );
    expect(report.outcomes.map(({ status }) => status)).toEqual(['pushed', 'failed', 'failed']);
    let failure: unknown;
    try {
      throwIfFailed(report);
    } catch (error) {
      failure = error;
    }
    expect(failure).toMatchObject({
      code: 'transfer/push-failed',
      failureClass: 'Authorization',
      message: expect.stringMatching(
        /^2 of 3 destinations failed:\n {2}one\.test\/a:1: pushed\n {2}broken\.test\/a:1: broken\.test does not allow.*\n {2}absent\.test\/a:1: .*not known/,
      ),
      facts: { failed: 2, pushed: 1, destinations: 3 },
    });
  });

  it('gives the failure of an only destination as it is', async () => {
    const report = await pushMany(plainImage(), [target('broken.test/a:1')], { store });
    expect(() => {
      throwIfFailed(report);
    }).toThrow(expect.objectContaining({ code: 'registry/denied' }));
  });

  it('tells what was canceled from what was pushed', async () => {
    const stop = new AbortController();
    const two = registries.get('two.test')!;
    registries.set('two.test', async (request) => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return two(request);
    });
    const { outcomes } = await pushMany(plainImage(), [target('one.test/a:1'), target('two.test/a:1')], {
      store,
      context: { signal: stop.signal, log: () => stop.abort() },
    });
    expect(outcomes.map(({ status }) => status)).toEqual(['pushed', 'canceled']);
    await expect(
      pushMany(plainImage(), [target('one.test/a:2')], { store, context: { signal: stop.signal } }),
    ).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('fetches a layer from its source once for all, and not at all when all have it', async () => {
    const compressed = await compressImage(plainImage(), store);
    await newClient().push(compressed, target('one.test/source:1').reference);
    await rm(join(folder, 'store'), { recursive: true });
    store = await openStore(join(folder, 'store'));
    const pulled = await newClient().pull(target('one.test/source:1').reference);
    let reads = 0;
    const watched = { ...pulled, layers: pulled.layers.map((layer) => counted(layer, () => (reads += 1))) };
    const targets = () => ['two.test/a:1', 'three.test/a:1'].map((name) => target(name));
    await pushMany(watched, targets(), { store, asIs: true });
    expect(reads).toBe(2);
    await pushMany(watched, targets(), { store, asIs: true });
    expect(reads).toBe(2);
    expect(await digestAt('three.test/a:1')).toBe(compressed.descriptor.digest);
  });

  it('compresses every image of an index, and leaves one alone that is compressed', async () => {
    const image = plainImage();
    const { index, indexBytes } = indexOf({
      mediaType: mediaTypes.ociIndex,
      manifests: [{ ...image.descriptor, platform: { os: 'linux', architecture: 'amd64' } }],
    });
    const plain: ImageIndex = {
      kind: 'index',
      descriptor: { mediaType: mediaTypes.ociIndex, digest: digestOf(indexBytes), size: indexBytes.length },
      index,
      indexBytes,
      member: async () => image,
    };
    const { image: pushed, outcomes } = await pushMany(plain, [target('one.test/multi:1')], { store });
    expect(outcomes[0]).toMatchObject({ status: 'pushed', digest: pushed.descriptor.digest });
    expect(pushed.descriptor.digest).not.toBe(plain.descriptor.digest);
    const whole = await newClient().pull(target('one.test/multi:1').reference, { platform: 'all' });
    const again = await pushMany(whole, [target('two.test/multi:1')], { store });
    expect(again.outcomes[0]?.digest).toBe(pushed.descriptor.digest);
    const member = await newClient().pull(target('two.test/multi:1').reference, {
      platform: { os: 'linux', architecture: 'amd64' },
    });
    expect(member.config).toEqual(image.config);
  });
});

describe('the push step', () => {
  const run = async (operation: PushImage, signal?: AbortSignal) => {
    const seen = contextFor(signal);
    return { ...seen, result: await createPushExecutor(deps())(operation, seen.context) };
  };

  test.each(['docker', 'oci'] as const)(
    'pushes a tar (%s) to several registries and leaves its files',
    async (format) => {
      await writeArchive(plainImage(), { path: join(folder, 'workspace/image.tar'), format, tags: ['x:1'] });
      const { result, bars } = await run(
        pushOperation(
          { kind: 'tar', path: '/harness/image.tar' },
          ['one.test/team/app:1', 'one.test/team/app:2', 'two.test/app:1'],
          {
            digestFile: 'out/digest.txt',
            artifactFile: 'out/artifact.json',
            outputFile: 'out/output.env',
          },
        ),
      );
      const digest = await digestAt('two.test/app:1');
      expect(result.outputs).toMatchObject({ digest });
      expect(await readFile(join(folder, 'workspace/out/digest.txt'), 'utf8')).toBe(digest);
      expect(await readFile(join(folder, 'workspace/out/output.env'), 'utf8')).toBe(`digest="${digest}"\n`);
      const artifact = await readFile(join(folder, 'workspace/out/artifact.json'), 'utf8');
      expect(artifact).toContain('\n\t"kind": "docker/v1"');
      expect(JSON.parse(artifact)).toEqual({
        kind: 'docker/v1',
        data: {
          registryType: 'Docker',
          registryUrl: 'https://one.test',
          images: ['one.test/team/app:1', 'one.test/team/app:2', 'two.test/app:1'].map((image) => ({ image, digest })),
        },
      });
      expect(bars.some(({ label }) => /^sha256:[0-9a-f]{8}… → one\.test$/.test(label))).toBe(true);
      // Two tags of one repository: its three blobs are started once.
      expect(asked.filter((a) => a === 'POST one.test/v2/team/app/blobs/uploads/')).toHaveLength(3);
      expect(asked.filter((a) => a.startsWith('PUT one.test/v2/team/app/manifests/'))).toHaveLength(2);
    },
  );

  it('pushes from the store, and from a registry without changing the digest', async () => {
    await store.putImage(plainImage(), ['team/app:1']);
    await run(pushOperation({ kind: 'store', reference: 'team/app:1' }, ['one.test/app:1']));
    const digest = await digestAt('one.test/app:1');
    const { result } = await run(
      pushOperation({ kind: 'registry', reference: 'one.test/app:1' }, ['two.test/renamed:2']),
    );
    expect(await digestAt('two.test/renamed:2')).toBe(digest);
    expect(result.images?.[0]).toMatchObject({
      digest,
      platform: 'linux/amd64',
      destinations: [{ status: 'pushed', digest }],
    });
  });

  it('lists only what was pushed when a destination fails', async () => {
    await store.putImage(plainImage(), ['team/app:1']);
    const operation = pushOperation(
      { kind: 'store', reference: 'team/app:1' },
      ['one.test/app:1', 'broken.test/app:1'],
      { artifactFile: 'artifact.json' },
    );
    await expect(run(operation)).rejects.toMatchObject({ code: 'transfer/push-failed' });
    const artifact = JSON.parse(await readFile(join(folder, 'workspace/artifact.json'), 'utf8')) as {
      data: { images: { image: string }[] };
    };
    expect(artifact.data.images.map(({ image }) => image)).toEqual(['one.test/app:1']);
  });

  test.each([
    {
      name: 'an image that the store does not have',
      source: { kind: 'store', reference: 'team/ap:1' },
      code: 'transfer/image-absent',
      says: 'The image store has no team/ap:1. It has team/app:1',
    },
    {
      name: 'a tar that is not there',
      source: { kind: 'tar', path: 'imag.tar' },
      code: 'transfer/tar-missing',
      says: 'There is no archive imag.tar in the workspace. Its folder has image.tar.',
    },
    {
      name: 'a tar outside the workspace',
      source: { kind: 'tar', path: '../store/x.tar' },
      code: 'transfer/path-outside',
      says: '../store/x.tar',
    },
    {
      name: 'a source that is no reference',
      source: { kind: 'registry', reference: 'Not A Name' },
      code: 'transfer/bad-source',
      says: 'Not A Name',
    },
    {
      name: 'an image that the registry does not have',
      source: { kind: 'registry', reference: 'one.test/app:9' },
      code: 'registry/not-found',
      says: 'one.test has no manifest 9',
    },
  ] as const)('names $name', async ({ source, code, says }) => {
    await store.putImage(plainImage(), ['team/app:1']);
    await writeFile(join(folder, 'workspace/image.tar'), '');
    await expect(run(pushOperation(source, ['one.test/app:1']))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(says),
    });
    expect(asked.filter((a) => a.startsWith('PUT'))).toEqual([]);
  });

  it('refuses a destination that is no reference before it sends anything', async () => {
    await store.putImage(plainImage(), ['team/app:1']);
    const operation = pushOperation({ kind: 'store', reference: 'team/app:1' }, ['one.test/app:1', 'one.test/App:1']);
    await expect(run(operation)).rejects.toMatchObject({
      code: 'transfer/bad-destination',
      message: expect.stringContaining('capital letters'),
    });
    expect(asked).toEqual([]);
  });
});

describe('delivery', () => {
  const deliver = async (operation: BuildImage, image: Image = plainImage()) => {
    const seen = contextFor();
    return { ...seen, delivered: await createDelivery(deps()).deliver(image, operation, seen.context) };
  };

  it('writes the tar with all tags, stores, and pushes', async () => {
    const { delivered, context } = await deliver(
      buildOperation(
        { tar: { path: 'out/image.tar', format: 'docker' }, load: true, push: [{ reference: 'one.test/team/app:1' }] },
        { outputFile: 'output.env' },
      ),
    );
    const digest = await digestAt('one.test/team/app:1');
    expect(delivered).toMatchObject({
      digest,
      tar: 'out/image.tar',
      tags: ['team/app:1', 'team/app:latest'],
      outputs: { digest, IMAGE_TAR_PATH: 'out/image.tar', imageId: delivered.imageId },
      destinations: [{ reference: 'one.test/team/app:1', status: 'pushed', digest }],
    });
    await using archive = await openArchive(join(context.workspace, 'out/image.tar'));
    expect(archive.images.flatMap(({ tags }) => tags).toSorted()).toEqual([
      'docker.io/team/app:1',
      'docker.io/team/app:latest',
    ]);
    expect((await store.find('team/app:latest'))?.kind).toBe('image');
    expect(await readFile(join(context.workspace, 'output.env'), 'utf8')).toBe(
      `IMAGE_TAR_PATH="out/image.tar"\ndigest="${digest}"\n`,
    );
  });

  it('writes the digest that a later push will have, when a file is asked for', async () => {
    const { delivered, context } = await deliver(
      buildOperation({ load: true }, { digestFile: 'digest.txt', artifactFile: 'artifact.json' }),
    );
    expect(delivered.digest).toBeUndefined();
    const written = await readFile(join(context.workspace, 'digest.txt'), 'utf8');
    await createPushExecutor(deps())(
      pushOperation({ kind: 'store', reference: 'team/app:1' }, ['one.test/a:1']),
      contextFor().context,
    );
    expect(await digestAt('one.test/a:1')).toBe(written);
    expect(JSON.parse(await readFile(join(context.workspace, 'artifact.json'), 'utf8'))).toMatchObject({
      data: { images: [] },
    });
  });

  it('leaves no part of a tar when it is stopped, or when its path leaves the workspace', async () => {
    const stop = new AbortController();
    const image = plainImage();
    const stopping = {
      ...image,
      layers: image.layers.map((layer) => Object.assign({}, layer, { tar: stopped(layer), blob: stopped(layer) })),
    };
    function stopped(layer: Layer) {
      return async function* (signal?: AbortSignal) {
        yield* layer.tar();
        stop.abort(new Error('stopped'));
        signal?.throwIfAborted();
      };
    }
    const { context } = contextFor(stop.signal);
    const operation = buildOperation({ tar: { path: 'image.tar', format: 'oci' } });
    await expect(createDelivery(deps()).deliver(stopping, operation, context)).rejects.toThrow('stopped');
    await expect(deliver(buildOperation({ tar: { path: '/etc/image.tar', format: 'docker' } }))).rejects.toMatchObject({
      code: 'transfer/path-outside',
    });
    expect(await readdir(context.workspace)).toEqual([]);
  });

  it('keeps the tar of an image whose push failed', async () => {
    const operation = buildOperation({
      tar: { path: 'image.tar', format: 'docker' },
      push: [{ reference: 'broken.test/a:1' }],
    });
    await expect(deliver(operation)).rejects.toMatchObject({ code: 'registry/denied' });
    expect(await readdir(join(folder, 'workspace'))).toEqual(['image.tar']);
  });
});

describe('paths of a step', () => {
  test.each([
    { path: 'a/b.tar', found: 'workspace/a/b.tar' },
    { path: './a/../b.tar', found: 'workspace/b.tar' },
    { path: '/harness/b.tar', found: 'workspace/b.tar' },
    { path: 'name with spaces.tar', found: 'workspace/name with spaces.tar' },
    { path: '..b.tar', found: 'workspace/..b.tar' },
    { path: '../b.tar', found: undefined },
    { path: 'a/../../b.tar', found: undefined },
    { path: '/etc/passwd', found: undefined },
    { path: '/harness/../etc/passwd', found: undefined },
    { path: 'link/b.tar', found: undefined },
  ])('$path', async ({ path, found }) => {
    const { context } = contextFor();
    await symlink('/tmp', join(context.workspace, 'link'));
    const result = workspacePath(path, context);
    if (found === undefined) await expect(result).rejects.toMatchObject({ code: 'transfer/path-outside' });
    else expect(await result).toBe(join(folder, found));
  });

  it('may be below a shared path of the stage', async () => {
    const { context } = contextFor();
    const shared = join(folder, 'shared');
    expect(
      await workspacePath(join(shared, 'x/y.tar'), { ...context, stage: stage('s', { sharedPaths: [shared] }) }),
    ).toBe(join(shared, 'x/y.tar'));
  });
});
