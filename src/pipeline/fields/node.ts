// Keys that stages, groups and steps share.
import { field } from '../../yaml/object-shape.ts';
import { duration, raw, text, textList, textMap, tree } from '../../yaml/shape.ts';
import { failureStrategies } from './failure-strategies.ts';
import { strategy } from './strategy.ts';
import { templateUse } from './template-use.ts';
import { variables } from './variables.ts';
import { when } from './when.ts';

const named = {
  identifier: field(text, 'Letters, digits and `_`; unique among its siblings. Expressions refer to it.', {
    notNamed: ['id'],
  }),
  name: field(text, 'For people.'),
  description: field(text, 'For people.'),
} as const;

const loops = {
  when: field(when, 'When it runs: after success by default.', { notNamed: ['if'] }),
  strategy: field(strategy, 'Runs it several times: matrix, repeat or parallelism.'),
  failureStrategies: field(failureStrategies, 'What happens when it fails.', { notNamed: ['failureStrategy'] }),
} as const;

const template = field(templateUse, 'A template instead of type and spec.');
const delegateSelectors = field(tree, 'Delegates of Harness.');
const contextType = field(text, 'Left over from the editor of Harness.');

export const stepFields = {
  ...named,
  ...loops,
  type: field(text, 'Type of the step.'),
  spec: field(raw({}), 'Settings of the step, by its type.'),
  timeout: field(duration, 'The step fails after this time.'),
  enforce: field(tree, 'Policy sets.', { noEffect: 'policies are not evaluated' }),
  template,
  contextType,
  delegateSelectors,
} as const;

export const groupFields = {
  ...named,
  ...loops,
  steps: field(raw({}), 'Steps of the group.'),
  variables: field(variables, 'Variables.'),
  sharedPaths: field(textList, 'Folders that the steps share.'),
  timeout: field(duration, 'The group fails after this time.'),
  stepGroupInfra: field(tree, 'Where the group runs, in deployment stages.', {
    noEffect: 'steps run where their stage runs',
  }),
  platform: field(tree, 'Platform.', { noEffect: 'steps run where their stage runs' }),
  delegateSelectors,
  template,
  contextType,
} as const;

export const stageFields = {
  ...named,
  ...loops,
  type: field(text, 'CI for builds.'),
  spec: field(raw({}), 'Settings of the stage, by its type.'),
  tags: field(textMap, 'Tags.'),
  variables: field(variables, 'Variables; those called PLUGIN_… reach every step as environment.'),
  pipelineVariables: field(variables, 'Variables.'),
  timeout: field(duration, 'The stage fails after this time.'),
  runMode: field(tree, 'Automatic or manual start.', { noEffect: 'stages start by themselves' }),
  skipInstances: field(tree, 'Deployment.'),
  delegateSelectors,
  template,
  contextType,
} as const;
