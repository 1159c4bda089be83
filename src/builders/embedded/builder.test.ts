import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openBuildSpace } from '../../../test/dockerfile-build.ts';
import { localContext } from '../../../test/run-local-step.ts';
import type { BuildImage } from '../../plan/operation.ts';
import { createDelivery } from '../../transfer/deliver.ts';
import { createEmbeddedBuilder } from './builder.ts';

const operationOf = (more: Partial<BuildImage>): BuildImage => ({
  kind: 'build-image',
  id: 'ci.build',
  step: 'build',
  name: 'build',
  stage: 'ci',
  after: [],
  from: { file: 'p.yaml', line: 1, column: 1 },
  when: { status: 'Success' },
  failureStrategies: [],
  notes: [],
  builder: { name: 'embedded', reason: '', required: false },
  context: 'context',
  dockerfile: 'Dockerfile',
  buildArgs: { A: 'given' },
  labels: { l: 'label' },
  platforms: [],
  buildSecrets: [],
  noCache: false,
  cacheFrom: [],
  cacheTo: [],
  tags: ['app:1'],
  outputs: { push: [], tar: { path: 'out/image.tar', format: 'docker' }, load: true },
  baseConnectors: [],
  files: {},
  ...more,
});

const open = async () => {
  const space = await openBuildSpace();
  const { store } = space;
  const delivery = createDelivery({
    store,
    clientFor: () => {
      throw new Error('nothing is pushed');
    },
  });
  const builder = createEmbeddedBuilder({
    store,
    delivery,
    root: join(space.folder, 'cache'),
    pull: async (reference) => {
      throw new Error(`no ${reference}`);
    },
  });
  const context = localContext({ workspace: space.folder, scratch: space.folder, log: () => {} });
  return { space, builder, context, [Symbol.asyncDispose]: () => space[Symbol.asyncDispose]() };
};

describe('the embedded builder', () => {
  test('leaves what the outputs say: a tar, a tag, its result', async () => {
    await using it = await open();
    it.space.file('f', '1');
    writeFileSync(join(it.space.folder, 'Dockerfile'), 'FROM scratch\nARG A\nENV A=$A\nCOPY f /\n');
    const { images, outputs } = await it.builder.build(operationOf({}), it.context);
    expect(images).toMatchObject([{ tags: ['app:1'], tar: 'out/image.tar' }]);
    expect(outputs).toMatchObject({ IMAGE_TAR_PATH: 'out/image.tar' });
    expect(readFileSync(join(it.space.folder, 'out/image.tar')).length).toBeGreaterThan(1000);
    const stored = await it.space.store.find('docker.io/library/app:1');
    expect(stored?.kind === 'image' && stored.config.config).toMatchObject({
      Env: [expect.stringMatching(/^PATH=/), 'A=given'],
      Labels: { l: 'label' },
    });
  });

  test.each([
    {
      name: 'a step that fails',
      dockerfile: 'FROM scratch\nCOPY f /\nCOPY nope /\n',
      more: {},
      code: 'embedded/source-missing',
    },
    { name: 'a Dockerfile with a fault', dockerfile: 'FROM scratch\nCOPPY f /\n', more: {}, code: /^dockerfile\// },
    {
      name: 'no Dockerfile',
      dockerfile: 'FROM scratch\n',
      more: { dockerfile: 'Other' },
      code: 'embedded/no-dockerfile',
    },
    { name: 'no context', dockerfile: 'FROM scratch\n', more: { context: 'other' }, code: 'embedded/no-context' },
    { name: 'a bad platform', dockerfile: 'FROM scratch\n', more: { platforms: ['x'] }, code: 'embedded/bad-platform' },
  ])('$name leaves no tar, tag or temporary file', async ({ dockerfile, more, code }) => {
    await using it = await open();
    it.space.file('f', '1');
    writeFileSync(join(it.space.folder, 'Dockerfile'), dockerfile);
    await expect(it.builder.build(operationOf(more), it.context)).rejects.toMatchObject({
      code: typeof code === 'string' ? code : expect.stringMatching(code),
    });
    expect(existsSync(join(it.space.folder, 'out'))).toBe(false);
    expect(await it.space.store.list()).toEqual([]);
    const work = join(it.space.folder, 'cache/run');
    expect(existsSync(work) ? readdirSync(work) : []).toEqual([]);
  });
});
