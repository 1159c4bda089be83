// BuildAndPushDockerRegistry, -ECR, -GAR, -GCR, -ACR: fields become the settings that Harness injects, envVariables last.
import type { Flavour } from '../contract/flavour.ts';
import type { Given } from '../contract/given.ts';
import type { Step, Value } from '../pipeline/model.ts';
import type { Resolver } from '../pipeline/resolver.ts';
import { joinText } from '../refs/text.ts';
import { fromEnvironment, fromList, fromMap, fromValue, originOf } from './given-fields.ts';
import { imageStep } from './image-step.ts';
import type { StepResult, StepSurroundings } from '../plan/step-kind.ts';

export type BuildAndPushStep = Extract<Step, { type: `BuildAndPush${string}` }>;

const joined = (
  name: string,
  written: string,
  parts: readonly (Value | string | undefined)[],
  resolver: Resolver,
): readonly Given[] => {
  const anchor = parts.find((p): p is Value => typeof p === 'object');
  const texts = parts.map((p) => (typeof p === 'string' ? p : resolver.text(p)));
  if (anchor === undefined || texts.some((t) => t === undefined)) return [];
  return [
    {
      name,
      written,
      value: { kind: 'text', text: joinText(...texts.map((t) => t ?? '')) },
      origin: originOf(anchor),
    },
  ];
};

/** Registry and repository of each kind. */
const address = (
  step: BuildAndPushStep,
  resolver: Resolver,
): { readonly registry: Flavour['registry']; readonly given: readonly Given[] } => {
  switch (step.type) {
    case 'BuildAndPushDockerRegistry':
      return { registry: 'plain', given: fromValue('PLUGIN_REPO', 'repo', step.spec.repo, resolver) };
    case 'BuildAndPushECR':
      return {
        registry: 'ecr',
        given: [
          ...fromValue('PLUGIN_REPO', 'imageName', step.spec.imageName, resolver),
          ...fromValue('PLUGIN_REGION', 'region', step.spec.region, resolver),
          ...fromValue('PLUGIN_ACCOUNT', 'account', step.spec.account, resolver),
        ],
      };
    case 'BuildAndPushGAR':
    case 'BuildAndPushGCR':
      return {
        registry: step.type === 'BuildAndPushGAR' ? 'gar' : 'gcr',
        given: [
          ...fromValue('PLUGIN_REPO', 'imageName', step.spec.imageName, resolver),
          ...joined('PLUGIN_REGISTRY', 'host', [step.spec.host, '/', step.spec.projectID], resolver),
        ],
      };
    case 'BuildAndPushACR':
      return { registry: 'acr', given: fromValue('PLUGIN_REPO', 'repository', step.spec.repository, resolver) };
    default:
      return step satisfies never;
  }
};

const switchOn = (name: string, written: string, value: Value): Given => ({
  name,
  written,
  value: { kind: 'text', text: 'true' },
  origin: originOf(value),
});

/** Fields of the container that Harness builds in. */
const notesOf = (spec: BuildAndPushStep['spec']): readonly string[] =>
  spec.resources === undefined && spec.runAsUser === undefined
    ? []
    : ['resources and runAsUser are for a container of its own, which this step does not have'];

export const buildAndPush = (step: BuildAndPushStep, around: StepSurroundings): StepResult | undefined => {
  const { resolver } = around;
  const { spec } = step;
  const { registry, given } = address(step, resolver);
  const hub = step.type === 'BuildAndPushDockerRegistry' ? step.spec.registryRef : undefined;
  const caching = resolver.boolean(spec.caching) ?? false;
  return imageStep(
    {
      step,
      flavour: { family: around.familyOf(caching), registry },
      isPlugin: false,
      caching,
      connector: spec.connectorRef ?? hub,
      notes: notesOf(spec),
      baseConnectors: spec.baseImageConnectorRefs,
      given: [
        ...given,
        ...fromList('PLUGIN_TAGS', 'tags', spec.tags, resolver),
        ...fromValue('PLUGIN_DOCKERFILE', 'dockerfile', spec.dockerfile, resolver),
        ...fromValue('PLUGIN_CONTEXT', 'context', spec.context, resolver),
        ...fromValue('PLUGIN_TARGET', 'target', spec.target, resolver),
        ...fromMap('PLUGIN_BUILD_ARGS', 'buildArgs', spec.buildArgs, resolver),
        ...fromMap('PLUGIN_CUSTOM_LABELS', 'labels', spec.labels, resolver),
        ...fromMap('PLUGIN_SECRETS_FROM_ENV', 'envDockerSecrets', spec.envDockerSecrets, resolver),
        ...fromMap('PLUGIN_SECRETS_FROM_FILE', 'fileDockerSecrets', spec.fileDockerSecrets, resolver),
        ...fromList('PLUGIN_CACHE_FROM', 'cacheFrom', spec.cacheFrom, resolver),
        ...fromValue('PLUGIN_CACHE_TO', 'cacheTo', spec.cacheTo, resolver),
        ...fromValue('PLUGIN_CACHE_REPO', 'remoteCacheRepo', spec.remoteCache, resolver),
        ...(spec.remoteCache === undefined
          ? []
          : [switchOn('PLUGIN_ENABLE_CACHE', 'remoteCacheRepo', spec.remoteCache)]),
        ...fromEnvironment(spec.envVariables, resolver),
      ],
    },
    around,
  );
};
