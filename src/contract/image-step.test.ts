import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { showText, type Text } from '../refs/text.ts';
import { flavourOf } from './flavour.ts';
import { type Given, type GivenValue, settingVariable } from './given.ts';
import type { BuildSpec, BuilderName, PushSpec } from './image-operation.ts';
import { imageStep, type ImageStep, type Surroundings } from './image-step.ts';
import { readSettings } from './read-settings.ts';

interface Input {
  readonly image?: string;
  /** As written under `settings:`; a name in capitals is the variable itself. Late parts and lists are taken as they are. */
  readonly settings: Readonly<Record<string, Text | { readonly list: readonly Text[] }>>;
  readonly environment?: Readonly<Record<string, Text>>;
  readonly around?: Partial<Surroundings>;
  readonly unknownSettings?: 'warning';
  readonly builder?: BuilderName;
}

const read = ({ image = 'plugins/docker', settings, environment = {}, around, unknownSettings, builder }: Input) => {
  const faults: Diagnostic[] = [];
  const report = (d: Diagnostic): void => {
    faults.push(d);
  };
  const given = Object.entries(settings).map(([written, value]): Given => {
    const isList = typeof value === 'object' && 'list' in value;
    const kind: GivenValue = isList ? { kind: 'list', items: value.list } : { kind: 'text', text: value };
    const name = /^[A-Z_]+$/.test(written) ? written : settingVariable(written);
    return { name, written, value: kind, origin: { path: `settings.${written}` } };
  });
  const flavour = flavourOf(image) ?? expect.unreachable(image);
  const step = imageStep(
    readSettings({
      flavour,
      given,
      environment,
      report,
      ...(unknownSettings === undefined ? {} : { unknownSettings }),
    }),
    {
      builder: { name: builder ?? 'embedded', reason: 'a test', required: false },
      baseConnectors: [],
      sharedPaths: [],
      autoLabels: {},
      isPlugin: true,
      placeholders: 'error',
      report,
      ...around,
    },
  );
  return { step, faults };
};

const built = (input: Input): BuildSpec => {
  const { step, faults } = read(input);
  expect(faults.filter((f) => f.severity === 'error')).toEqual([]);
  return step?.kind === 'build-image' ? step.spec : expect.unreachable('no build');
};
const pushed = (input: Input): PushSpec => {
  const { step, faults } = read(input);
  expect(faults.filter((f) => f.severity === 'error')).toEqual([]);
  return step?.kind === 'push-image' ? step.spec : expect.unreachable('no push');
};
const names = (spec: BuildSpec | PushSpec): string[] =>
  ('outputs' in spec ? spec.outputs.push : spec.destinations).map((d) => showText(d.reference));

describe('a fault before any work', () => {
  it.each<Input & { readonly name: string; readonly code: string; readonly says: RegExp }>([
    {
      name: 'a setting that no plugin has names the nearest one',
      settings: { repo: 'o/r', taggs: '1' },
      code: 'contract/unknown-setting',
      says: /no setting "taggs".*did you mean "tags"/s,
    },
    {
      name: 'and the variable when it was written as one',
      settings: { repo: 'o/r', PLUGIN_NO_PUSHH: 'true' },
      code: 'contract/unknown-setting',
      says: /did you mean "PLUGIN_NO_PUSH"/,
    },
    {
      name: 'a switch that waits for a step',
      settings: { repo: 'o/r', dry_run: [{ expression: 'steps.a.output.outputVariables.x' }] },
      code: 'contract/late-boolean',
      says: /"dry_run" must be known before the run/,
    },
    {
      name: 'a switch without effect is read all the same',
      settings: { repo: 'o/r', daemon_off: 'yes' },
      code: 'contract/bad-boolean',
      says: /"daemon_off" is "yes"/,
    },
    {
      name: 'a number that is none',
      settings: { repo: 'o/r', daemon_retry_count: '2d' },
      code: 'contract/bad-integer',
      says: /"2d"/,
    },
    {
      name: 'two names of one switch that differ',
      settings: { repo: 'o/r', dry_run: 'false', no_push: 'true' },
      code: 'contract/given-twice',
      says: /"dry_run" and "no_push" are two names/,
    },
    {
      name: 'a setting that nobody honours here',
      settings: { repo: 'o/r', squash: 'true' },
      code: 'contract/refused-setting',
      says: /"squash" cannot be honoured/,
    },
    {
      name: 'a source in a step that builds',
      settings: { repo: 'o/r', source_image: 'a:1' },
      code: 'contract/source-without-push-only',
      says: /source_image has a meaning only with push_only/,
    },
    {
      name: 'a tar to write in a step that builds nothing',
      settings: { repo: 'o/r', push_only: 'true', tar_path: 'a.tar' },
      code: 'contract/tar-with-push-only',
      says: /tar_path asks for a build/,
    },
    {
      name: 'two sources',
      settings: { repo: 'o/r', push_only: 'true', source_tar_path: 'a.tar', source_image: 'a:1' },
      code: 'contract/two-sources',
      says: /both set/,
    },
    {
      name: 'a source that is no reference',
      settings: { repo: 'o/r', push_only: 'true', source_image: 'A/b:1' },
      code: 'contract/bad-reference',
      says: /capital letters/,
    },
    {
      name: 'a tar where no other step sees it',
      settings: { repo: 'o/r', no_push: 'true', tar_path: '/tmp/image.tar' },
      code: 'contract/path-outside',
      says: /other steps cannot see.*like image\.tar, or add its folder to sharedPaths/s,
    },
    {
      name: 'a tar outside the workspace',
      settings: { repo: 'o/r', no_push: 'true', tar_path: 'a/../../image.tar' },
      code: 'contract/path-outside',
      says: /leaves the workspace/,
    },
    {
      name: 'a shared path left by dots',
      settings: { repo: 'o/r', no_push: 'true', tar_path: '/shared/../etc/image.tar' },
      around: { sharedPaths: ['/shared'] },
      code: 'contract/path-outside',
      says: /cannot see/,
    },
    {
      name: 'a context that is an address',
      settings: { repo: 'o/r', context: 'https://github.com/a/b.git' },
      code: 'contract/remote-context',
      says: /no folder/,
    },
    {
      name: 'an archive format that does not exist',
      settings: { repo: 'o/r', no_push: 'true', tar_path: 'a.tar', buildx_output_format: 'zip' },
      code: 'contract/bad-format',
      says: /"zip"/,
    },
    {
      name: 'a platform without architecture',
      settings: { repo: 'o/r', platform: 'arm64' },
      code: 'contract/bad-platform',
      says: /like linux\/arm64/,
    },
    {
      name: 'several platforms on the builder that builds one',
      settings: { repo: 'o/r', platform: 'linux/amd64,linux/arm64' },
      code: 'contract/several-platforms',
      says: /one platform at a time/,
    },
    {
      name: 'a repository with capitals',
      settings: { repo: 'ghcr.io/Me/App' },
      code: 'contract/bad-reference',
      says: /write "me\/app"/,
    },
    {
      name: 'a repository that has a tag already',
      settings: { repo: 'o/r:1' },
      code: 'contract/bad-reference',
      says: /"o\/r:1" has a tag.*under tags/s,
    },
    { name: 'no repository', settings: {}, code: 'contract/no-repository', says: /missing/ },
    { name: 'no tag in the list', settings: { repo: 'o/r', tags: ' , ' }, code: 'contract/no-tags', says: /empty/ },
    {
      name: 'an empty .tags file',
      settings: { repo: 'o/r' },
      around: { tagsFile: '\n' },
      code: 'contract/no-tags',
      says: /file \.tags is empty/,
    },
    {
      name: 'a tag that no registry takes',
      settings: { repo: 'o/r', tags: 'ok,feature/x' },
      code: 'contract/bad-tag',
      says: /"feature\/x"/,
    },
    {
      name: 'a user without password',
      settings: { repo: 'o/r', username: 'me' },
      code: 'contract/half-login',
      says: /set "password" too/,
    },
    {
      name: 'a password without user for base images',
      settings: { repo: 'o/r', base_image_password: [{ secret: 'p' }] },
      code: 'contract/half-login',
      says: /"base_image_password" is set/,
    },
    {
      name: 'a login for another registry than the one pushed to',
      settings: { repo: 'team/app', registry: 'https://reg.example.com', username: 'me', password: [{ secret: 'p' }] },
      code: 'contract/other-registry',
      says: /for reg\.example\.com, and team\/app:latest goes to docker\.io.*reg\.example\.com\/team\/app/s,
    },
    {
      name: 'a build secret that names nothing',
      settings: { repo: 'o/r', secret: 'npm' },
      code: 'contract/bad-pair',
      says: /id=NAME/,
    },
    {
      name: 'a placeholder, when the step is to run',
      settings: { repo: 'YOUR_DOCKER_REPO' },
      code: 'contract/bad-reference',
      says: /YOUR_DOCKER_REPO/,
    },
  ])('$name', ({ code, says, ...input }) => {
    const { step, faults } = read(input);
    expect(step).toBeUndefined();
    const errors = faults.filter((f) => f.severity === 'error');
    expect(errors.map((f) => f.code)).toEqual([code]);
    expect(`${errors[0]?.message ?? ''}\n${errors[0]?.hint ?? ''}`).toMatch(says);
  });

  it('comes with all others at once, each at its setting', () => {
    const { faults } = read({ settings: { repo: 'O/r', tags: 'a b', dry_run: 'yes', squash: 'true', nonsense: '1' } });
    expect(faults.map((f) => `${f.path ?? ''} ${f.code}`).sort()).toEqual([
      'settings.dry_run contract/bad-boolean',
      'settings.nonsense contract/unknown-setting',
      'settings.repo contract/bad-reference',
      'settings.squash contract/refused-setting',
      'settings.tags contract/bad-tag',
    ]);
  });

  it('is a warning for unknown settings when that is asked for', () => {
    const { step, faults } = read({ settings: { repo: 'o/r', nonsense: '1' }, unknownSettings: 'warning' });
    expect(step?.kind).toBe('build-image');
    expect(faults).toMatchObject([{ severity: 'warning', code: 'contract/unknown-setting' }]);
  });

  it('is a warning for placeholders while only looking', () => {
    const { step, faults } = read({
      settings: { repo: 'YOUR_DOCKER_REPO', no_push: 'true', tar_path: '/PATH/TO/TAR' },
      around: { placeholders: 'warning' },
    });
    expect(step?.kind).toBe('build-image');
    expect(faults.map((f) => `${f.severity} ${f.code}`)).toEqual([
      'warning contract/placeholder',
      'warning contract/placeholder',
    ]);
  });
});

describe('what is let pass', () => {
  it.each<Input & { readonly name: string }>([
    { name: 'a refused switch that is off', settings: { repo: 'o/r', squash: 'false', bake_file: '' } },
    { name: 'variables of other tools', settings: { repo: 'o/r', AWS_ACCESS_KEY_ID: 'k', SOMETHING: 'x' } },
    { name: 'the same value under two names', settings: { repo: 'o/r', dry_run: '1', no_push: 'true' } },
    { name: 'empty text for a switch', settings: { repo: 'o/r', push_only: '' } },
  ])('$name', (input) => {
    expect(built(input).tags).toEqual(['o/r:latest']);
  });

  it('a setting without effect, with a note that says why', () => {
    const { step } = read({ settings: { repo: 'o/r', purge: 'true', snapshot_mode: 'redo' } });
    expect(step?.notes).toEqual([
      '"purge" has no effect: a build leaves nothing to clean up',
      '"snapshot_mode" has no effect: it tunes the Kaniko executor and does not change the image',
    ]);
  });
});

describe('the registry is in a name once', () => {
  it.each<{ name: string; image: string; settings: Input['settings']; expected: string }>([
    {
      name: 'ECR from account and region',
      image: 'plugins/kaniko-ecr',
      settings: { repo: 'app', account: '012345678901', region: 'eu-west-1' },
      expected: '012345678901.dkr.ecr.eu-west-1.amazonaws.com/app:latest',
    },
    {
      name: 'a region in China',
      image: 'plugins/ecr',
      settings: { repo: 'app', account: '1', region: 'cn-north-1' },
      expected: '1.dkr.ecr.cn-north-1.amazonaws.com.cn/app:latest',
    },
    {
      name: 'ECR, given in full',
      image: 'plugins/kaniko-ecr',
      settings: { repo: '1.dkr.ecr.us-east-1.amazonaws.com/app', registry: '1.dkr.ecr.us-east-1.amazonaws.com' },
      expected: '1.dkr.ecr.us-east-1.amazonaws.com/app:latest',
    },
    {
      name: 'GCR with its project',
      image: 'plugins/kaniko-gcr',
      settings: { repo: 'app', registry: 'gcr.io/project' },
      expected: 'gcr.io/project/app:latest',
    },
    {
      name: 'a host that only begins alike',
      image: 'plugins/gcr',
      settings: { repo: 'gcr.iox/a' },
      expected: 'gcr.io/gcr.iox/a:latest',
    },
    {
      name: 'GAR from its location',
      image: 'plugins/gar',
      settings: { repo: 'p/r/app', location: 'europe-west1' },
      expected: 'europe-west1-docker.pkg.dev/p/r/app:latest',
    },
    {
      name: 'ACR, whose repository is complete',
      image: 'plugins/acr',
      settings: { repo: 'me.azurecr.io/app', registry: 'me.azurecr.io' },
      expected: 'me.azurecr.io/app:latest',
    },
    {
      name: 'Docker Hub is no prefix',
      image: 'plugins/kaniko',
      settings: { repo: 'o/r', registry: 'https://index.docker.io/v1/', expand_repo: 'true' },
      expected: 'o/r:latest',
    },
    {
      name: 'Heroku',
      image: 'plugins/heroku',
      settings: { app: 'shop' },
      expected: 'registry.heroku.com/shop/web:latest',
    },
  ])('$name', ({ image, settings, expected }) => {
    expect(names(built({ image, settings }))).toEqual([expected]);
  });
});

describe('tags', () => {
  it('are one each, whether a list, a text or both', () => {
    expect(names(built({ settings: { repo: 'o/r', tags: { list: ['1', '2, 1', '3'] } } }))).toEqual([
      'o/r:1',
      'o/r:2',
      'o/r:3',
    ]);
  });

  it('may wait for a step', () => {
    const late = [{ expression: 'steps.v.output.outputVariables.tag' }] as const;
    expect(built({ settings: { repo: 'o/r', tags: { list: [late] } } }).tags).toEqual([
      ['o/r:', { expression: 'steps.v.output.outputVariables.tag' }],
    ]);
  });

  it('come from lines of .tags too', () => {
    expect(names(built({ settings: { repo: 'o/r' }, around: { tagsFile: '1.2\n1.3,latest\n' } }))).toEqual([
      'o/r:1.2',
      'o/r:1.3',
      'o/r:latest',
    ]);
  });

  it('of auto_tag replace written ones, with a note', () => {
    const { step } = read({
      settings: { repo: 'o/r', auto_tag: 'true', tags: 'x' },
      around: { gitReference: 'refs/tags/v2.0.1' },
    });
    expect(step?.kind === 'build-image' ? names(step.spec) : []).toEqual(['o/r:2', 'o/r:2.0', 'o/r:2.0.1']);
    expect(step?.notes).toEqual(['auto_tag is on, so the tags written are not used']);
  });

  it('of auto_tag on another branch leave nothing to do', () => {
    const { step } = read({
      settings: { repo: 'o/r', auto_tag: 'true' },
      around: { gitReference: 'refs/heads/dev', defaultBranch: 'main' },
    });
    expect(step?.skip).toMatch(/this is "dev"/);
  });
});

describe('outputs', () => {
  it('keep an image that is not pushed, unless that is switched off', () => {
    expect(built({ settings: { repo: 'o/r', no_push: 'true' } }).outputs).toEqual({ push: [], load: true });
    const off = read({ settings: { repo: 'o/r', no_push: 'true', buildx_load: 'false' } }).step as ImageStep;
    expect(off.kind === 'build-image' && off.spec.outputs).toEqual({ push: [], load: false });
    expect(off.notes).toEqual(['the image is built and not kept: the step neither pushes, saves nor names it']);
  });

  it('name files in the workspace and in shared paths', () => {
    const spec = built({
      settings: {
        repo: 'o/r',
        no_push: 'true',
        tar_path: '/harness/out/i.tar',
        artifact_file: '/shared/a.json',
        digest_file: 'd',
      },
      around: { sharedPaths: ['/shared/'] },
    });
    expect(spec.outputs.tar).toEqual({ path: '/harness/out/i.tar', format: 'docker' });
    expect(spec.files).toEqual({ artifactFile: '/shared/a.json', digestFile: 'd' });
  });

  it('need no repository when only a tar is written', () => {
    expect(built({ settings: { no_push: 'true', tar_path: 'i.tar' } })).toMatchObject({
      tags: [],
      outputs: { push: [], load: false, tar: { path: 'i.tar' } },
    });
  });

  it('go through the connector, or with the login of the step', () => {
    const login = { username: 'me', password: [{ secret: 'p' }] as const };
    const own = built({ settings: { repo: 'o/r', ...login, skip_tls_verify: 'true' }, around: { connector: 'hub' } });
    expect(own.outputs.push).toEqual([{ reference: 'o/r:latest', connector: 'hub', login, insecure: true }]);
    expect(pushed({ settings: { repo: 'o/r', push_only: 'true' }, around: { connector: 'hub' } }).destinations).toEqual(
      [{ reference: 'o/r:latest', connector: 'hub' }],
    );
  });
});

describe('logins of Kaniko', () => {
  it('are for base images when they come as DOCKER_ variables', () => {
    const settings = { repo: 'o/r', DOCKER_USERNAME: 'me', DOCKER_PASSWORD: [{ secret: 'p' }] };
    expect(built({ image: 'plugins/kaniko', settings })).toMatchObject({
      outputs: { push: [{ reference: 'o/r:latest' }] },
      baseLogins: [{ registry: 'docker.io', username: 'me' }],
    });
    expect(built({ image: 'plugins/docker', settings }).outputs.push[0]?.login?.username).toBe('me');
    expect(built({ image: 'plugins/docker', settings }).baseLogins).toBeUndefined();
  });
});

describe('what goes into the image', () => {
  it('build arguments from the list, the map and the variables of the step', () => {
    const { step } = read({
      settings: { repo: 'o/r', build_args: 'A=1,TOKEN,GONE' },
      environment: { TOKEN: [{ secret: 't' }], HTTPS_PROXY: 'http://proxy:3128' },
    });
    expect(step?.kind === 'build-image' && step.spec.buildArgs).toEqual({
      A: '1',
      TOKEN: [{ secret: 't' }],
      https_proxy: 'http://proxy:3128',
      HTTPS_PROXY: 'http://proxy:3128',
    });
    expect(step?.notes).toEqual(['warning: build argument "GONE" has no value: the step has no variable of this name']);
  });

  it('labels: known facts, the schema, and the own ones over all', () => {
    const around = { autoLabels: { 'org.opencontainers.image.revision': 'abc' } };
    const settings = {
      repo: 'o/r',
      label_schema: 'title=T',
      custom_labels: 'team=x,org.opencontainers.image.revision=mine',
      DRONE_REMOTE_URL: 'https://git.example.com/a.git',
    };
    expect(built({ settings, around }).labels).toEqual({
      'org.opencontainers.image.revision': 'mine',
      'org.opencontainers.image.source': 'https://git.example.com/a.git',
      'org.opencontainers.image.title': 'T',
      team: 'x',
    });
    expect(built({ settings: { repo: 'o/r', auto_label: 'false' }, around }).labels).toEqual({});
    expect(built({ image: 'plugins/kaniko', settings: { repo: 'o/r' }, around }).labels).toEqual({});
  });

  it('build secrets of all three forms', () => {
    const settings = { repo: 'o/r', secrets_from_env: 'a=A', secrets_from_file: 'b=b.txt', secret: 'id=c, src=.npmrc' };
    expect(built({ settings }).buildSecrets).toEqual([
      { id: 'a', from: { environment: 'A' } },
      { id: 'b', from: { file: 'b.txt' } },
      { id: 'c', from: { file: '.npmrc' } },
    ]);
  });

  it('context, Dockerfile, stage and platform', () => {
    const settings = {
      repo: 'o/r',
      context: 'services',
      context_sub_path: 'api',
      dockerfile: 'docker/Dockerfile.api',
      target: 'prod',
      platform: 'linux/aarch64',
      no_cache: 'true',
    };
    expect(built({ settings })).toMatchObject({
      context: 'services/api',
      dockerfile: 'docker/Dockerfile.api',
      target: 'prod',
      platforms: ['linux/arm64'],
      noCache: true,
    });
  });

  it('several platforms on a builder that builds them', () => {
    const settings = { repo: 'o/r', platform: 'linux/amd64, linux/arm64' };
    expect(built({ settings, builder: 'buildx' }).platforms).toEqual(['linux/amd64', 'linux/arm64']);
  });

  it('the cache of Kaniko is a registry cache, and only when it is switched on', () => {
    const cache = { repo: 'o/r', cache_repo: 'o/cache' };
    expect(built({ image: 'plugins/kaniko', settings: cache }).cacheFrom).toEqual([]);
    expect(built({ image: 'plugins/kaniko', settings: { ...cache, enable_cache: 'true' } })).toMatchObject({
      cacheFrom: ['type=registry,ref=o/cache'],
      cacheTo: ['type=registry,ref=o/cache'],
    });
  });
});

describe('secrets', () => {
  it('are in no message', () => {
    const secret = [{ secret: 'id' }] as const;
    const { faults } = read({ settings: { repo: 'o/r', secret: 'hunter2', password: secret, tags: 'a b' } });
    expect(JSON.stringify(faults)).not.toContain('hunter2');
  });
});

it('whatever the settings are, the answer is a step or faults, and never both', () => {
  const keys = ['tags', 'repo', 'tar_path', 'source_image', 'push_only', 'no_push', 'build_args', 'secret', 'platform'];
  const value = fc.oneof(fc.string(), fc.constantFrom('true', 'a,b', 'x=1', '../..', 'linux/arm64', 'o/r:1', ' '));
  const late = value.map((text): Text => [text, { expression: 'steps.a.output.outputVariables.x' }]);
  fc.assert(
    fc.property(
      fc.constantFrom('plugins/buildx', 'plugins/kaniko-ecr', 'plugins/buildah-docker'),
      fc.dictionary(fc.constantFrom(...keys), fc.oneof(value, late)),
      (image, settings) => {
        const { step, faults } = read({ image, settings });
        expect(step === undefined).toBe(faults.some((f) => f.severity === 'error'));
        expect(JSON.parse(JSON.stringify(step ?? null))).toEqual(step ?? null);
      },
    ),
    { numRuns: fuzzRuns(300) },
  );
});
