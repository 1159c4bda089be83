// What steps that run in a container share.
import { field, object } from '../../yaml/object-shape.ts';
import { boolean, choice, text, textList, textMap, tree } from '../../yaml/shape.ts';

const amounts = object('resource amounts', {
  memory: field(text, 'Memory, such as 500Mi or 2Gi.'),
  cpu: field(text, 'Processor share, such as 400m, 0.5 or 2.'),
});

export const resources = object('resources', {
  limits: field(amounts, 'The most the container may use.'),
  requests: field(amounts, 'What the container is promised.'),
});

export const containerFields = {
  image: field(text, 'Image the step runs in.'),
  connectorRef: field(text, 'Connector of the registry that the image is pulled from.'),
  registryRef: field(text, 'Harness Artifact Registry that the image is pulled from.'),
  privileged: field(boolean, 'Runs the container privileged.'),
  runAsUser: field(text, 'User id in the container.'),
  imagePullPolicy: field(choice(['Always', 'Never', 'IfNotPresent']), 'When the image is pulled.'),
  resources: field(resources, 'Limits and requests of the container.'),
  envVariables: field(textMap, 'Environment variables of the step.', {
    notNamed: ['environmentVariables', 'environment', 'env'],
  }),
} as const;

/** `sh` and `Bash` in any capitals; `sh` is the default. */
export const shell = field(
  choice(['Sh', 'Bash', 'Powershell', 'Pwsh', 'Python'], { also: { '/bin/sh': 'Sh', '/bin/bash': 'Bash' } }),
  'Shell that reads the command: Sh by default.',
);

export const reports = field(tree, 'Test reports: type JUnit and its paths.');

export const entrypoint = field(textList, 'Replaces the entrypoint of the image.');
