// The `spec` of a CI or SecurityTests stage.
import { field, object } from '../../yaml/object-shape.ts';
import { boolean, choice, raw, text, textList, tree } from '../../yaml/shape.ts';
import { infrastructureSchema, platform, runtimeSchema } from './infrastructure.ts';

const caching = object('`caching`', {
  enabled: field(boolean, 'Turns Cache Intelligence on.'),
  key: field(text, 'Cache key, such as cache-{{ checksum "package.json" }}.'),
  paths: field(textList, 'What is cached.'),
  override: field(boolean, 'Replaces an entry of the same key.'),
  policy: field(choice(['pull', 'push', 'pull-push']), 'pull-push by default.'),
});

export const executionShape = object('the execution', {
  steps: field(raw({}), 'Steps, in order.'),
  rollbackSteps: field(tree, 'Deployment.', { noEffect: 'a CI stage has no rollback' }),
});

export const stageSpecShape = object(
  'the spec of a CI stage',
  {
    cloneCodebase: field(boolean, 'Clones the code base before the first step.'),
    infrastructure: field(raw(infrastructureSchema), 'Where the stage runs: KubernetesDirect or VM.'),
    runtime: field(raw(runtimeSchema), 'Where the stage runs: Cloud or Docker.'),
    platform: field(platform, 'Operating system and architecture.'),
    sharedPaths: field(textList, 'Folders that all steps of the stage share.'),
    execution: field(raw({}), 'The steps.'),
    caching: field(
      {
        ...tree,
        schema: caching.schema,
        read: (node, reading) => (caching.read(node, reading), tree.read(node, reading)),
      },
      'Cache Intelligence.',
    ),
    buildIntelligence: field(tree, 'Cache of build tools.'),
    serviceDependencies: field(raw({}), 'Old form of Background steps.'),
    slsa_provenance: field(tree, 'Provenance after Build and Push.'),
    delegateSelectors: field(tree, 'Delegates of Harness.'),
  },
  {
    misplaced: {
      variables: 'Variables belong beside `spec`, in the stage.',
      failureStrategies: 'Failure strategies belong beside `spec`, in the stage.',
      strategy: 'A strategy belongs beside `spec`, in the stage.',
      when: '`when` belongs beside `spec`, in the stage.',
      cacheIntelligence: 'Its name is `caching`.',
      cloneCodeAsStep: 'Use `cloneCodebase`.',
      repoName: 'It belongs under properties.ci.codebase, in the pipeline.',
    },
  },
);

export const serviceShape = object('a service dependency', {
  identifier: field(text, 'Letters, digits and `_`.'),
  name: field(text, 'For people.'),
  type: field(text, 'Service.'),
  description: field(text, 'For people.'),
  spec: field(raw({}), 'As a Background step.'),
});
