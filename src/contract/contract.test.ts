// The cases of the plugin contract (T01–T65) that the settings of today cover. Where we differ from upstream on purpose the row says why.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import { showText } from '../refs/text.ts';
import { type Flavour, flavourOf } from './flavour.ts';
import type { Given } from './given.ts';
import { imageStep } from './image-step.ts';
import { readSettings } from './read-settings.ts';
import { selectBuilder } from './select-builder.ts';
import { autoTags, expandedTags } from './tags.ts';

interface Row {
  readonly id: string;
  readonly image: string;
  readonly input: Readonly<Record<string, string>>;
  readonly expected: string;
  /** Set where upstream does something else. */
  readonly departs?: string;
  readonly tagsFile?: string;
  readonly ref?: string;
  readonly branch?: string;
}

/** The operation in one line, or the faults. */
const outcome = ({ image, input, tagsFile, ref, branch }: Omit<Row, 'id' | 'expected'>): string => {
  const flavour: Flavour = flavourOf(image) ?? { family: 'docker', registry: 'plain' };
  const faults: Diagnostic[] = [];
  const report = (d: Diagnostic): void => {
    if (d.severity === 'error') faults.push(d);
  };
  const given = Object.entries({ PLUGIN_REPO: 'o/r', ...input }).map(([name, text]): Given => ({
    name,
    written: name,
    value: { kind: 'text', text },
    origin: {},
  }));
  const settings = readSettings({
    flavour,
    given: given.filter((g) => g.value.kind !== 'text' || g.value.text !== '(unset)'),
    environment: { BAR: '2' },
    report,
  });
  const step = imageStep(settings, {
    builder: { name: 'embedded', reason: '', required: false },
    baseConnectors: [],
    sharedPaths: ['/shared'],
    ...(tagsFile === undefined ? {} : { tagsFile }),
    ...(ref === undefined ? {} : { gitReference: ref }),
    ...(branch === undefined ? {} : { defaultBranch: branch }),
    autoLabels: {},
    isPlugin: true,
    placeholders: 'error',
    report,
  });
  if (step === undefined) return faults.map((f) => f.code).join(' ');
  if (faults.length > 0) return `FAULT AND STEP ${faults.map((f) => f.code).join(' ')}`;
  if (step.kind === 'push-image') {
    const { source } = step.spec;
    return `push ${source.kind} ${showText(source.kind === 'tar' ? source.path : source.reference)} -> ${step.spec.destinations.map((d) => showText(d.reference)).join(' ')}`;
  }
  const { outputs, buildArgs, buildSecrets, tags } = step.spec;
  return [
    'build',
    ...(outputs.push.length > 0 ? [`push ${outputs.push.map((d) => showText(d.reference)).join(' ')}`] : []),
    ...(outputs.load ? [`load ${tags.map(showText).join(' ')}`] : []),
    ...(outputs.tar === undefined ? [] : [`${outputs.tar.format} tar ${showText(outputs.tar.path)}`]),
    ...Object.entries(buildArgs).map(([n, v]) => `arg ${n}=${showText(v)}`),
    ...buildSecrets.map((s) => `secret ${s.id}`),
  ].join(', ');
};

const rows: readonly Row[] = [
  { id: 'T01', image: 'plugins/buildx', input: {}, expected: 'build, push o/r:latest' },
  { id: 'T02', image: 'plugins/buildx', input: { PLUGIN_TAGS: 'a, b ,c' }, expected: 'build, push o/r:a o/r:b o/r:c' },
  { id: 'T03', image: 'plugins/docker', input: { PLUGIN_TAGS: 'a,b' }, expected: 'build, push o/r:a o/r:b' },
  { id: 'T04', image: 'plugins/buildx', input: { PLUGIN_TAG: 'x', PLUGIN_TAGS: 'y' }, expected: 'build, push o/r:x' },
  {
    id: 'T05',
    image: 'plugins/kaniko',
    input: { PLUGIN_TAG: 'x' },
    expected: 'build, push o/r:x',
    departs: 'kaniko ignores TAG and pushes latest; the same name means the same everywhere',
  },
  { id: 'T06', image: 'plugins/buildx', input: {}, tagsFile: 'v1,v2', expected: 'build, push o/r:v1 o/r:v2' },
  {
    id: 'T07',
    image: 'plugins/buildx',
    input: { PLUGIN_NO_PUSH: 'true' },
    expected: 'build, load o/r:latest',
    departs: 'an image that is not pushed stays reachable',
  },
  {
    id: 'T08',
    image: 'plugins/buildx',
    input: { PLUGIN_NO_PUSH: 'true', PLUGIN_BUILDX_LOAD: 'true' },
    expected: 'build, load o/r:latest',
  },
  {
    id: 'T09',
    image: 'plugins/buildx',
    input: { PLUGIN_BUILDX_LOAD: 'true' },
    expected: 'build, push o/r:latest, load o/r:latest',
    departs: 'what was asked for is done, not dropped',
  },
  {
    id: 'T10',
    image: 'plugins/buildx',
    input: { PLUGIN_NO_PUSH: 'true', PLUGIN_TAR_PATH: 'sub/dir/i.tar', PLUGIN_TAGS: 'a,b' },
    expected: 'build, load o/r:a o/r:b, docker tar sub/dir/i.tar',
    departs: 'the tar carries all tags',
  },
  {
    id: 'T12',
    image: 'plugins/buildx',
    input: { PLUGIN_NO_PUSH: 'true', PLUGIN_TAR_PATH: 'd/i.tar', PLUGIN_BUILDX_OUTPUT_FORMAT: 'oci' },
    expected: 'build, load o/r:latest, oci tar d/i.tar',
  },
  {
    id: 'T13',
    image: 'plugins/buildx',
    input: { PLUGIN_NO_PUSH: 'true', PLUGIN_DESTINATION_TAR_PATH: 'd/i.tar' },
    expected: 'build, load o/r:latest, docker tar d/i.tar',
  },
  {
    id: 'T14',
    image: 'plugins/buildx',
    input: { PLUGIN_TAR_PATH: 'i.tar' },
    expected: 'build, push o/r:latest, docker tar i.tar',
    departs: 'buildx drops the tar in silence',
  },
  {
    id: 'T15',
    image: 'plugins/docker',
    input: { PLUGIN_NO_PUSH: 'true', PLUGIN_TAR_PATH: 'i.tar' },
    expected: 'build, load o/r:latest, docker tar i.tar',
    departs: 'docker writes no tar',
  },
  { id: 'T16', image: 'plugins/docker', input: { PLUGIN_NO_PUSH: 'yes' }, expected: 'contract/bad-boolean' },
  {
    id: 'T17',
    image: 'plugins/kaniko',
    input: { PLUGIN_DRY_RUN: 'true' },
    expected: 'build, load o/r:latest',
    departs: 'kaniko ignores DRY_RUN and pushes',
  },
  {
    id: 'T18',
    image: 'plugins/buildah-docker',
    input: { PLUGIN_NO_PUSH: 'true' },
    expected: 'build, load o/r:latest',
    departs: 'buildah ignores NO_PUSH and pushes',
  },
  {
    id: 'T19',
    image: 'plugins/docker',
    input: { PLUGIN_PUSH_ONLY: 'true', PLUGIN_NO_PUSH: 'true' },
    expected: 'contract/no-push-and-push-only',
  },
  {
    id: 'T20',
    image: 'plugins/buildx',
    input: { PLUGIN_PUSH_ONLY: 'true', PLUGIN_NO_PUSH: 'true' },
    expected: 'contract/no-push-and-push-only',
    departs: 'buildx pushes',
  },
  {
    id: 'T22',
    image: 'plugins/kaniko-gar',
    input: { PLUGIN_PUSH_ONLY: 'true', PLUGIN_NO_PUSH: 'true', PLUGIN_SOURCE_TAR_PATH: 'ok.tar' },
    expected: 'contract/no-push-and-push-only',
    departs: 'kaniko-gar pushes',
  },
  {
    id: 'T23',
    image: 'plugins/buildx',
    input: { PLUGIN_PUSH_ONLY: 'true', PLUGIN_TAGS: 'a' },
    expected: 'push store o/r:a -> o/r:a',
  },
  {
    id: 'T25',
    image: 'plugins/buildx',
    input: { PLUGIN_PUSH_ONLY: 'true', PLUGIN_SOURCE_IMAGE: 'src:1', PLUGIN_TAGS: 'a' },
    expected: 'push store src:1 -> o/r:a',
  },
  {
    id: 'T26',
    image: 'plugins/buildx',
    input: { PLUGIN_PUSH_ONLY: 'true', PLUGIN_SOURCE_IMAGE: 'registry:5000/ns/image' },
    expected: 'push store registry:5000/ns/image:latest -> o/r:latest',
  },
  {
    id: 'T27',
    image: 'plugins/buildx',
    input: { PLUGIN_PUSH_ONLY: 'true', PLUGIN_SOURCE_IMAGE: 'image:' },
    expected: 'push store image:latest -> o/r:latest',
  },
  {
    id: 'T28',
    image: 'plugins/buildx',
    input: { PLUGIN_PUSH_ONLY: 'true', PLUGIN_SOURCE_IMAGE: 'docker.op.example:4444/test/op:v.123' },
    expected: 'push store docker.op.example:4444/test/op:v.123 -> o/r:latest',
  },
  {
    id: 'T29',
    image: 'plugins/buildx',
    input: { PLUGIN_PUSH_ONLY: 'true', PLUGIN_SOURCE_TAR_PATH: 'i.tar' },
    expected: 'push tar i.tar -> o/r:latest',
  },
  {
    id: 'T32',
    image: 'plugins/docker',
    input: { PLUGIN_PUSH_ONLY: 'true', PLUGIN_SOURCE_TAR_PATH: 'i.tar' },
    expected: 'push tar i.tar -> o/r:latest',
    departs: 'docker ignores the tar',
  },
  {
    id: 'T35',
    image: 'plugins/kaniko',
    input: { PLUGIN_PUSH_ONLY: 'true', PLUGIN_SOURCE_TAR_PATH: 'i.tar', PLUGIN_TAGS: 't1,t2' },
    expected: 'push tar i.tar -> o/r:t1 o/r:t2',
  },
  {
    id: 'T37',
    image: 'plugins/kaniko-gcr',
    input: { PLUGIN_PUSH_ONLY: 'true', PLUGIN_SOURCE_TAR_PATH: 'i.tar' },
    expected: 'push tar i.tar -> gcr.io/o/r:latest',
    departs: 'kaniko-gcr builds and pushes',
  },
  {
    id: 'T38',
    image: 'plugins/kaniko-gcr',
    input: { PLUGIN_NO_PUSH: 'true', PLUGIN_TAR_PATH: 'i.tar' },
    expected: 'build, load gcr.io/o/r:latest, docker tar i.tar',
    departs: 'kaniko-gcr writes no tar',
  },
  { id: 'T42', image: 'plugins/kaniko', input: { PLUGIN_REPO: '(unset)' }, expected: 'contract/no-repository' },
  {
    id: 'T45a',
    image: 'plugins/kaniko',
    input: { PLUGIN_AUTO_TAG: 'true', PLUGIN_EXPAND_TAG: 'true' },
    branch: 'main',
    ref: 'refs/heads/main',
    expected: 'contract/auto-and-expand',
  },
  {
    id: 'T46',
    image: 'plugins/docker',
    input: { PLUGIN_AUTO_TAG: 'true', PLUGIN_AUTO_TAG_SUFFIX: 'linux-amd64' },
    ref: 'refs/tags/v1.0.0',
    expected: 'build, push o/r:1-linux-amd64 o/r:1.0-linux-amd64 o/r:1.0.0-linux-amd64',
  },
  {
    id: 'T48',
    image: 'plugins/buildx',
    input: { PLUGIN_AUTO_TAG: 'true' },
    ref: 'refs/heads/dev',
    branch: 'main',
    expected: 'contract/auto-tag',
    departs: 'a build that is left out is said, not passed',
  },
  {
    id: 'T49',
    image: 'plugins/kaniko',
    input: { PLUGIN_REGISTRY: 'artifactory.example.com', PLUGIN_EXPAND_REPO: 'true', PLUGIN_REPO: 'service' },
    expected: 'build, push artifactory.example.com/service:latest',
  },
  {
    id: 'T49b',
    image: 'plugins/kaniko',
    input: {
      PLUGIN_REGISTRY: 'artifactory.example.com',
      PLUGIN_EXPAND_REPO: 'true',
      PLUGIN_REPO: 'artifactory.example.com/service',
    },
    expected: 'build, push artifactory.example.com/service:latest',
  },
  {
    id: 'T50',
    image: 'plugins/buildx',
    input: { PLUGIN_SECRETS_FROM_ENV: 'x=Y', PLUGIN_SECRETS_FROM_FILE: 'k=p/f' },
    expected: 'build, push o/r:latest, secret x, secret k',
  },
  {
    id: 'T50b',
    image: 'plugins/buildx',
    input: { PLUGIN_SECRETS_FROM_ENV: 'x=Y,=q' },
    expected: 'contract/bad-pair',
    departs: 'buildx drops malformed secrets in silence',
  },
  {
    id: 'T51',
    image: 'plugins/buildx',
    input: { PLUGIN_BUILD_ARGS: 'A=1, B=2' },
    expected: 'build, push o/r:latest, arg A=1, arg B=2',
  },
  {
    id: 'T51b',
    image: 'plugins/buildx',
    input: { PLUGIN_BUILD_ARGS: 'A=1', PLUGIN_BUILD_ARGS_NEW: 'A=1,2; B=3', PLUGIN_MULTIPLE_BUILD_ARGS: 'true' },
    expected: 'build, push o/r:latest, arg A=1,2, arg B=3',
  },
  {
    id: 'T61',
    image: 'plugins/ecr',
    input: { PLUGIN_REPO: 'ns/app', PLUGIN_REGISTRY: '123456789012.dkr.ecr.eu-west-1.amazonaws.com' },
    expected: 'build, push 123456789012.dkr.ecr.eu-west-1.amazonaws.com/ns/app:latest',
  },
  {
    id: 'T61b',
    image: 'plugins/kaniko-ecr',
    input: {
      PLUGIN_REPO: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/ns/app',
      PLUGIN_REGISTRY: '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
    },
    expected: 'build, push 123456789012.dkr.ecr.eu-west-1.amazonaws.com/ns/app:latest',
    departs: 'kaniko-ecr doubles the registry',
  },
  { id: 'T65', image: 'plugins/gcr', input: { PLUGIN_REPO: 'p/i' }, expected: 'build, push gcr.io/p/i:latest' },
  {
    id: 'unknown',
    image: 'plugins/docker',
    input: { PLUGIN_DOCKERFIL: 'x' },
    expected: 'contract/unknown-setting',
    departs: 'the plugins ignore unknown settings',
  },
  {
    id: 'refused',
    image: 'plugins/docker',
    input: { PLUGIN_SQUASH: 'true' },
    expected: 'contract/refused-setting',
    departs: 'what cannot be done stops the step',
  },
  {
    id: 'refused but off',
    image: 'plugins/docker',
    input: { PLUGIN_SQUASH: 'false' },
    expected: 'build, push o/r:latest',
  },
  {
    id: 'tar outside',
    image: 'plugins/docker',
    input: { PLUGIN_TAR_PATH: '../i.tar' },
    expected: 'contract/path-outside',
  },
  {
    id: 'tar absolute',
    image: 'plugins/docker',
    input: { PLUGIN_TAR_PATH: '/elsewhere/i.tar' },
    expected: 'contract/path-outside',
  },
  {
    id: 'tar in a shared path',
    image: 'plugins/docker',
    input: { PLUGIN_TAR_PATH: '/shared/i.tar', PLUGIN_NO_PUSH: 'true' },
    expected: 'build, load o/r:latest, docker tar /shared/i.tar',
  },
  {
    id: 'two sources',
    image: 'plugins/buildx',
    input: { PLUGIN_PUSH_ONLY: 'true', PLUGIN_SOURCE_TAR_PATH: 'i.tar', PLUGIN_SOURCE_IMAGE: 'a:1' },
    expected: 'contract/two-sources',
    departs: 'two meanings are refused',
  },
  {
    id: 'source without push_only',
    image: 'plugins/buildx',
    input: { PLUGIN_SOURCE_IMAGE: 'a:1' },
    expected: 'contract/source-without-push-only',
    departs: 'buildx ignores it',
  },
  { id: 'bad tag', image: 'plugins/docker', input: { PLUGIN_TAGS: 'a b' }, expected: 'contract/bad-tag' },
  {
    id: 'capital letters',
    image: 'plugins/docker',
    input: { PLUGIN_REPO: 'Team/App' },
    expected: 'contract/bad-reference',
  },
];

describe('the contract', () => {
  it.each(rows)('$id $image', ({ expected, ...row }) => {
    expect(outcome(row)).toBe(expected);
  });
});

describe('tags', () => {
  it.each([
    ['refs/tags/v1.0.0', ['1', '1.0', '1.0.0']],
    ['refs/tags/0.9.0', ['0.9', '0.9.0']],
    ['refs/tags/v1.0.0-alpha.1', ['1.0.0-alpha.1']],
    ['refs/tags/x1.0.0', 'auto_tag needs a git tag like v1.2.3'],
    ['refs/heads/main', ['latest']],
  ])('are derived from %s', (ref, expected) => {
    const result = autoTags(ref, 'main', '');
    if (typeof expected === 'string') expect('problem' in result ? result.problem : '').toContain(expected);
    else expect('tags' in result ? result.tags : result).toEqual(expected);
  });

  it.each([
    ['v1.2', ['1', '1.2', '1.2.0']],
    ['v1.2.3+linux_amd64', ['1-linux-amd64', '1.2-linux-amd64', '1.2.3-linux-amd64']],
    ['v1.2.3-rc1', ['1.2.3-rc1']],
    ['v1+bld', ['v1+bld']],
    ['stable', ['stable']],
  ])('%s is expanded', (tag, expected) => {
    expect(expandedTags(tag)).toEqual(expected);
  });
});

describe('the builder', () => {
  const ask = { kubernetes: false, caching: false, flags: new Set<string>(), strict: false, missing: {} };
  it.each([
    ['Cloud', {}, 'docker-cli'],
    ['Cloud with caching', { caching: true }, 'buildx'],
    ['Kubernetes', { kubernetes: true }, 'kaniko'],
    ['Kubernetes with caching', { kubernetes: true, caching: true }, 'buildx'],
    ['Kubernetes with the flag', { kubernetes: true, flags: new Set(['CI_USE_BUILDX_ON_K8']) }, 'buildx'],
    ['Cloud with the flag', { flags: new Set(['CI_USE_BUILDX_ON_K8']) }, 'docker-cli'],
    ['a buildah plugin', { flavour: { family: 'buildah', registry: 'plain' } as const }, 'buildah'],
    ['what was asked for', { requested: 'kaniko' as const }, 'kaniko'],
    ['embedded in place of one that is missing', { missing: { 'docker-cli': 'no daemon' } }, 'embedded'],
  ])('on %s', (_, question, expected) => {
    expect(selectBuilder({ ...ask, ...question })).toMatchObject({ name: expected });
  });

  it('that is missing is refused when it is strict or was asked for', () => {
    expect(selectBuilder({ ...ask, strict: true, missing: { 'docker-cli': 'no daemon' } })).toMatchObject({
      problem: expect.stringContaining('no daemon'),
    });
    expect(selectBuilder({ ...ask, requested: 'buildx', missing: { buildx: 'no plugin' } })).toMatchObject({
      problem: expect.stringContaining('no plugin'),
    });
  });
});

it('whatever the settings are, the contract answers with a step or with faults', () => {
  const names = [
    'PLUGIN_TAGS',
    'PLUGIN_REPO',
    'PLUGIN_TAR_PATH',
    'PLUGIN_SOURCE_IMAGE',
    'PLUGIN_PUSH_ONLY',
    'PLUGIN_NO_PUSH',
    'PLUGIN_BUILD_ARGS',
    'PLUGIN_SECRET',
  ];
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom(...names), fc.oneof(fc.string(), fc.constantFrom('true', 'a,b', 'x=1', '../..'))),
      (input) => {
        expect(outcome({ image: 'plugins/buildx', input })).not.toContain('FAULT AND STEP');
        expect(outcome({ image: 'plugins/buildx', input })).not.toBe('');
      },
    ),
    { numRuns: fuzzRuns(300) },
  );
});
