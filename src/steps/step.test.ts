import { describe, expect, it } from 'vitest';
import { operationNamed, planText, type PlanTextOptions } from '../../test/plan-text.ts';
import { step, whole } from '../../test/pipeline-text.ts';
import type { Operation } from '../plan/operation.ts';

const kubernetes = 'infrastructure: {type: KubernetesDirect, spec: {connectorRef: k8s, namespace: ci}}';

const one = (steps: string, options: PlanTextOptions & { readonly spec?: string } = {}): Operation => {
  const { spec, ...rest } = options;
  const { plan, diagnostics } = planText(whole({ steps, ...(spec === undefined ? {} : { spec }) }), rest);
  expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
  return operationNamed(plan, 's.x');
};
const build = (steps: string, options?: PlanTextOptions & { readonly spec?: string }) => {
  const operation = one(steps, options);
  return operation.kind === 'build-image' ? operation : expect.unreachable(operation.kind);
};
const faults = (steps: string): readonly string[] =>
  planText(whole({ steps }))
    .diagnostics.filter((d) => d.severity === 'error')
    .map((d) => `${d.at?.source.position(d.at.start).line ?? 0} ${d.code} ${d.path ?? ''}`);

describe('native build and push steps', () => {
  it.each<{ type: string; spec: string; reference: string; connector: string }>([
    {
      type: 'BuildAndPushDockerRegistry',
      spec: 'connectorRef: hub\nrepo: org/app\ntags: [a]',
      reference: 'org/app:a',
      connector: 'hub',
    },
    {
      type: 'BuildAndPushECR',
      spec: 'connectorRef: aws\nregion: eu-west-1\naccount: 012345678901\nimageName: app\ntags: [a]',
      reference: '012345678901.dkr.ecr.eu-west-1.amazonaws.com/app:a',
      connector: 'aws',
    },
    {
      type: 'BuildAndPushGAR',
      spec: 'connectorRef: gcp\nhost: europe-docker.pkg.dev\nprojectID: p\nimageName: repo/app\ntags: [a]',
      reference: 'europe-docker.pkg.dev/p/repo/app:a',
      connector: 'gcp',
    },
    {
      type: 'BuildAndPushGCR',
      spec: 'connectorRef: gcp\nhost: gcr.io\nprojectID: p\nimageName: app\ntags: [a]',
      reference: 'gcr.io/p/app:a',
      connector: 'gcp',
    },
    {
      type: 'BuildAndPushACR',
      spec: 'connectorRef: azure\nrepository: me.azurecr.io/app\ntags: [a]',
      reference: 'me.azurecr.io/app:a',
      connector: 'azure',
    },
  ])('$type pushes to $reference', ({ type, spec, reference, connector }) => {
    const operation = build(step(type, spec));
    expect(operation.outputs).toEqual({ push: [{ reference, connector }], load: false });
    expect(operation.tags).toEqual([reference]);
  });

  it('hand all their fields on', () => {
    const operation = build(
      step(
        'BuildAndPushDockerRegistry',
        `connectorRef: hub
repo: org/app
tags: [a, "<+pipeline.sequenceId>"]
dockerfile: docker/Dockerfile
context: src
target: prod
buildArgs: {LIST: "a,b", TOKEN: <+secrets.getValue("t")>}
labels: {team: x}
envDockerSecrets: {npm: NPM_TOKEN}
fileDockerSecrets: {rc: .npmrc}
baseImageConnectorRefs: [base, other]
envVariables: {PLUGIN_PLATFORM: linux/arm64, PLUGIN_NO_CACHE: "true", PLUGIN_ARTIFACT_FILE: a.json}
resources: {limits: {memory: 2Gi}}`,
      ),
      { commitSha: 'abc', repoUrl: 'https://git.example.com/a' },
    );
    expect(operation).toMatchObject({
      dockerfile: 'docker/Dockerfile',
      context: 'src',
      target: 'prod',
      buildArgs: { LIST: 'a,b', TOKEN: [{ secret: 't' }] },
      labels: {
        team: 'x',
        'org.opencontainers.image.revision': 'abc',
        'org.opencontainers.image.source': 'https://git.example.com/a',
      },
      buildSecrets: [
        { id: 'npm', from: { environment: 'NPM_TOKEN' } },
        { id: 'rc', from: { file: '.npmrc' } },
      ],
      platforms: ['linux/arm64'],
      noCache: true,
      tags: ['org/app:a', 'org/app:7'],
      baseConnectors: ['base', 'other'],
      files: { artifactFile: 'a.json' },
    });
    expect(operation.notes.join('\n')).toMatch(/resources and runAsUser/);
  });

  it('split a tag that holds several, as Harness and the plugin do together', () => {
    const steps = step('BuildAndPushDockerRegistry', 'connectorRef: hub\nrepo: o/r\ntags: <+input>');
    const { plan, diagnostics } = planText(whole({ steps }), { lenient: true });
    expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
    expect(operationNamed(plan, 's.x').kind).toBe('build-image');
    expect(build(step('BuildAndPushDockerRegistry', 'connectorRef: hub\nrepo: o/r\ntags: ["a,b"]')).tags).toEqual([
      'o/r:a',
      'o/r:b',
    ]);
  });

  it('are read as the plugin that Harness would run them with', () => {
    const steps = step(
      'BuildAndPushDockerRegistry',
      'connectorRef: hub\nrepo: o/r\ntags: [a]\nenvVariables: {DOCKER_USERNAME: me, DOCKER_PASSWORD: <+secrets.getValue("p")>}',
    );
    expect(build(steps).outputs.push[0]?.login).toMatchObject({ username: 'me' });
    const onKubernetes = build(steps, { spec: kubernetes });
    expect(onKubernetes.outputs.push[0]).toEqual({ reference: 'o/r:a', connector: 'hub' });
    expect(onKubernetes.baseLogins).toMatchObject([{ registry: 'docker.io', username: 'me' }]);
  });

  it('take the cache of Kaniko from remoteCacheRepo', () => {
    const steps = step(
      'BuildAndPushDockerRegistry',
      'connectorRef: hub\nrepo: o/r\ntags: [a]\nremoteCacheRepo: o/cache',
    );
    expect(build(steps, { spec: kubernetes })).toMatchObject({ cacheFrom: ['type=registry,ref=o/cache'] });
  });

  it('report a fault at the field it is in, and no other for it', () => {
    const bad = (spec: string): string => step('BuildAndPushDockerRegistry', `connectorRef: hub\n${spec}`);
    expect(faults(bad('repo: Org/app\ntags: [a]'))).toEqual([
      expect.stringMatching(/contract\/bad-reference .*\.repo$/),
    ]);
    expect(faults(bad('repo: o/r\ntags: [a]\nenvVariables: {PLUGIN_NO_PUSH: yes}'))).toEqual([
      expect.stringMatching(/contract\/bad-boolean .*envVariables\.PLUGIN_NO_PUSH$/),
    ]);
    expect(faults(bad('repo: <+nobody.knows>\ntags: [a]'))).toEqual([expect.stringMatching(/expression\//)]);
    expect(faults(bad('repo: o/r\ntags: [<+nobody.knows>]'))).toEqual([expect.stringMatching(/expression\//)]);
  });
});

describe('plugin steps', () => {
  it('of the seed: what Buildah calls dry_run is a build that pushes nothing', () => {
    const operation = build(
      step(
        'Plugin',
        'connectorRef: hub\nimage: plugins/buildah-docker:1.2.2\nsettings: {repo: o/r, tag: v1, dry_run: "true", tar_path: image.tar, username: me, password: <+secrets.getValue("p")>}',
      ),
    );
    expect(operation.outputs).toEqual({ push: [], tar: { path: 'image.tar', format: 'docker' }, load: true });
    expect(operation.builder.reason).toMatch(/plugins\/buildah-docker stands for it/);
  });

  it('have native lists, switches and maps', () => {
    const operation = build(
      step(
        'Plugin',
        'image: plugins/docker\nsettings: {repo: o/r, tags: [a, b], no_push: true, build_args: {A: "1,2"}}',
      ),
    );
    expect(operation.tags).toEqual(['o/r:a', 'o/r:b']);
    expect(operation.buildArgs).toEqual({ A: '1,2' });
    expect(operation.outputs.push).toEqual([]);
  });

  it('never sign in with the connector, which is for their own image', () => {
    const operation = build(step('Plugin', 'connectorRef: hub\nimage: plugins/docker\nsettings: {repo: o/r}'));
    expect(operation.outputs.push).toEqual([{ reference: 'o/r:latest' }]);
  });

  it('have one fault for a switch that cannot be resolved', () => {
    const steps = step('Plugin', 'image: plugins/docker\nsettings: {repo: o/r, dry_run: <+nobody.knows>}');
    expect(faults(steps)).toEqual([expect.stringMatching(/expression\//)]);
  });

  it('of any other image are read and not run', () => {
    const { plan } = planText(whole({ steps: step('Plugin', 'image: plugins/slack\nsettings: {channel: x}') }), {
      unsupported: 'note',
    });
    expect(operationNamed(plan, 's.x')).toMatchObject({ kind: 'unsupported', stepType: 'Plugin plugins/slack' });
  });
});

describe('run, background and scan steps', () => {
  it('keep command, environment, outputs and container', () => {
    const operation = one(
      step(
        'Run',
        'connectorRef: hub\nimage: alpine:3\nshell: Bash\ncommand: make <+pipeline.sequenceId>\nenvVariables: {A: <+secrets.getValue("s")>}\noutputVariables: [{name: V}]\nprivileged: true\nimagePullPolicy: Always\nresources: {limits: {memory: 1Gi, cpu: "2"}}\nrunAsUser: 1000',
      ),
    );
    expect(operation).toMatchObject({
      kind: 'exec',
      shell: 'Bash',
      command: 'make 7',
      environment: { A: [{ secret: 's' }] },
      outputs: ['V'],
      container: {
        image: 'alpine:3',
        connector: 'hub',
        privileged: true,
        runAsUser: '1000',
        imagePullPolicy: 'Always',
        resources: { limits: { memory: '1Gi', cpu: '2' } },
      },
    });
  });

  it('a service has its command and ports', () => {
    const operation = one(
      step('Background', 'connectorRef: hub\nimage: redis\ncommand: redis-server\nportBindings: {"6379": "6379"}'),
    );
    expect(operation).toMatchObject({ kind: 'service', command: 'redis-server', ports: { 6379: '6379' } });
  });

  it('a scan has its target, its gate and all its settings', () => {
    const operation = one(
      step(
        'AquaTrivy',
        'mode: orchestration\nconfig: default\ntarget: {type: container, name: app, variant: v1, detection: manual, workspace: image.tar}\nimage: {type: local_archive}\nadvanced: {log: {level: debug}, fail_on_severity: critical}\nsettings: {product_config_name: default}\nprivileged: true',
      ),
    );
    expect(operation).toMatchObject({
      kind: 'scan-image',
      scanner: 'trivy',
      mode: 'orchestration',
      target: { type: 'container', name: 'app', variant: 'v1', workspace: 'image.tar', imageType: 'local_archive' },
      failOnSeverity: 'critical',
      settings: { config: 'default', detection: 'manual', log_level: 'debug', product_config_name: 'default' },
    });
  });

  it('a gate that is no severity is a fault, not a missing gate', () => {
    const steps = step(
      'AquaTrivy',
      'mode: orchestration\nconfig: default\ntarget: {type: container}\nimage: {type: local_image}\nadvanced: {fail_on_severity: <+pipeline.name>}',
    );
    expect(faults(steps)).toEqual([expect.stringMatching(/steps\/bad-severity .*fail_on_severity$/)]);
  });
});
