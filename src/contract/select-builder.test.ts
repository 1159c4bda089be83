import { describe, expect, it } from 'vitest';
import { flavourOf, imageOfFlavour } from './flavour.ts';
import type { BuilderName } from './image-operation.ts';
import { buildxFlag, type BuilderQuestion, familyFor, selectBuilder } from './select-builder.ts';

const question = (more: Partial<BuilderQuestion> = {}): BuilderQuestion => ({
  kubernetes: false,
  caching: false,
  flags: new Set(),
  strict: false,
  missing: {},
  ...more,
});
const flag = new Set([buildxFlag]);
const noneHere: Readonly<Partial<Record<BuilderName, string>>> = {
  'docker-cli': 'no daemon answers',
  buildx: 'no docker buildx',
  kaniko: 'no executor',
  buildah: 'no buildah',
};

describe('the table of the page', () => {
  it.each<{ kubernetes: boolean; caching: boolean; flagged: boolean; name: BuilderName }>([
    { kubernetes: false, caching: false, flagged: false, name: 'docker-cli' },
    { kubernetes: false, caching: false, flagged: true, name: 'docker-cli' },
    { kubernetes: false, caching: true, flagged: false, name: 'buildx' },
    { kubernetes: true, caching: false, flagged: false, name: 'kaniko' },
    { kubernetes: true, caching: false, flagged: true, name: 'buildx' },
    { kubernetes: true, caching: true, flagged: false, name: 'buildx' },
  ])('Kubernetes $kubernetes, caching $caching, flag $flagged: $name', ({ kubernetes, caching, flagged, name }) => {
    const asked = question({ kubernetes, caching, flags: flagged ? flag : new Set() });
    expect(selectBuilder(asked)).toMatchObject({ name, required: false });
    expect(familyFor(asked)).toBe(name === 'docker-cli' ? 'docker' : name);
  });

  it.each<{ image: string; name: BuilderName }>([
    { image: 'plugins/docker', name: 'docker-cli' },
    { image: 'plugins/ecr:20', name: 'docker-cli' },
    { image: 'docker.io/plugins/buildx:1.3.24', name: 'buildx' },
    { image: 'plugins/kaniko-ecr', name: 'kaniko' },
    { image: 'mirror.example.com:5000/plugins/buildah-docker:1.2.2', name: 'buildah' },
  ])('the plugin image $image stands for $name, also with caching', ({ image, name }) => {
    const flavour = flavourOf(image) ?? expect.unreachable(image);
    expect(selectBuilder(question({ flavour, caching: true, kubernetes: true }))).toMatchObject({ name });
  });
});

describe('selectBuilder', () => {
  it('lets the embedded builder stand in, and says for whom and why', () => {
    expect(selectBuilder(question({ kubernetes: true, missing: noneHere }))).toEqual({
      name: 'embedded',
      reason: 'embedded in place of kaniko (the stage is on Kubernetes and caching is off): no executor',
      required: false,
    });
  });

  it('refuses to with --strict-builder', () => {
    expect(selectBuilder(question({ missing: noneHere, strict: true }))).toMatchObject({
      problem: expect.stringContaining('no daemon answers'),
    });
  });

  it('takes what was asked for by name', () => {
    expect(selectBuilder(question({ requested: 'buildah' }))).toMatchObject({ name: 'buildah', required: true });
    expect(selectBuilder(question({ requested: 'auto' }))).toMatchObject({ name: 'docker-cli' });
  });

  it('never replaces what was asked for by name', () => {
    expect(selectBuilder(question({ requested: 'buildah', missing: noneHere }))).toMatchObject({
      problem: 'the builder "buildah" was asked for and cannot work here: no buildah',
    });
  });
});

describe('flavourOf', () => {
  it.each([
    ['plugins/docker', 'docker plain'],
    ['plugins/docker:linux-amd64@sha256:00', 'docker plain'],
    ['plugins/gar', 'docker gar'],
    ['index.docker.io/plugins/buildx-acr', 'buildx acr'],
    ['plugins/kaniko', 'kaniko plain'],
    ['plugins/kaniko-gar:1.9', 'kaniko gar'],
    ['plugins/buildah-docker', 'buildah plain'],
    ['plugins/heroku', 'docker heroku'],
  ])('%s is %s', (image, expected) => {
    const flavour = flavourOf(image);
    expect(`${flavour?.family ?? ''} ${flavour?.registry ?? ''}`).toBe(expected);
  });

  it.each([
    'plugins/slack',
    'plugins/manifest',
    'plugins/constructor',
    'docker',
    'docker:dind',
    'myplugins/docker',
    'plugins/docker/x',
    '',
  ])('"%s" is no image plugin', (image) => {
    expect(flavourOf(image)).toBeUndefined();
  });

  it('comes back from its name', () => {
    for (const image of ['plugins/docker', 'plugins/ecr', 'plugins/kaniko-acr', 'plugins/buildah-docker'])
      expect(imageOfFlavour(flavourOf(image) ?? expect.unreachable(image))).toBe(image);
  });
});
