import { describe, expect, it } from 'vitest';
import { built, pushed, pushNames, readStep, type WrittenStep } from '../../test/contract-step.ts';
import type { ImageStep } from './image-step.ts';

describe('the registry is in a name once', () => {
  it.each<{ name: string; image: string; settings: WrittenStep['settings']; expected: string }>([
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
    expect(pushNames(built({ image, settings }))).toEqual([expected]);
  });
});

describe('tags', () => {
  it('are one each, whether a list, a text or both', () => {
    expect(pushNames(built({ settings: { repo: 'o/r', tags: { list: ['1', '2, 1', '3'] } } }))).toEqual([
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
    expect(pushNames(built({ settings: { repo: 'o/r' }, around: { tagsFile: '1.2\n1.3,latest\n' } }))).toEqual([
      'o/r:1.2',
      'o/r:1.3',
      'o/r:latest',
    ]);
  });

  it('of auto_tag replace written ones, with a note', () => {
    const { step } = readStep({
      settings: { repo: 'o/r', auto_tag: 'true', tags: 'x' },
      around: { gitReference: 'refs/tags/v2.0.1' },
    });
    expect(step?.kind === 'build-image' ? pushNames(step.spec) : []).toEqual(['o/r:2', 'o/r:2.0', 'o/r:2.0.1']);
    expect(step?.notes).toEqual(['auto_tag is on, so the tags written are not used']);
  });

  it('of auto_tag on another branch leave nothing to do', () => {
    const { step } = readStep({
      settings: { repo: 'o/r', auto_tag: 'true' },
      around: { gitReference: 'refs/heads/dev', defaultBranch: 'main' },
    });
    expect(step?.skip).toMatch(/this is "dev"/);
  });
});

describe('outputs', () => {
  it('keep an image that is not pushed, unless that is switched off', () => {
    expect(built({ settings: { repo: 'o/r', no_push: 'true' } }).outputs).toEqual({ push: [], load: true });
    const off = readStep({ settings: { repo: 'o/r', no_push: 'true', buildx_load: 'false' } }).step as ImageStep;
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
    const { step } = readStep({
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
