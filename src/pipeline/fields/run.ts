// Run, Plugin and Background steps.
import { field, object, required } from '../../yaml/object-shape.ts';
import { choice, listOf, text, textMap, tree } from '../../yaml/shape.ts';
import { containerFields, entrypoint, reports, shell } from './container.ts';

const command = field(text, 'Script to run.', { notNamed: ['script', 'commands', 'run'] });

export const outputVariable = object('an output variable', {
  name: required(text, 'Name of the shell variable whose value becomes the output.'),
  type: field(choice(['String', 'Secret']), 'Secret values are masked.'),
  value: field(text, 'Name of the variable, when it differs.'),
});

export const runFields = {
  ...containerFields,
  shell,
  command,
  outputVariables: field(
    listOf(outputVariable, 'a list of output variables, each with its name'),
    'Outputs for later steps.',
    {
      notNamed: ['outputs', 'outputVars'],
    },
  ),
  outputAlias: field(
    object('an output alias', {
      key: field(text, 'Name under which the outputs are found.'),
      scope: field(choice(['Pipeline', 'Stage', 'StepGroup']), 'How far the alias is visible.'),
    }),
    'Publishes the outputs under another name.',
  ),
  reports,
} as const;

export const run = object('a Run step', runFields);

export const plugin = object('a Plugin step', {
  ...containerFields,
  uses: field(text, 'Other name of image.'),
  settings: field(tree, 'Settings of the plugin: `repo` becomes PLUGIN_REPO.', { notNamed: ['with'] }),
  entrypoint,
  reports,
});

export const background = object('a Background step', {
  ...containerFields,
  shell,
  command,
  entrypoint,
  portBindings: field(textMap, 'Ports, host port: container port; not on Kubernetes.', { notNamed: ['ports'] }),
  reports,
});
