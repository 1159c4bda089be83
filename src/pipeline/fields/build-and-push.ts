// The five Build and Push steps (Harness: "Build and Push to …").
import { field, object, required, type ObjectShape } from '../../yaml/object-shape.ts';
import { boolean, text, textList, textMap } from '../../yaml/shape.ts';
import { resources } from './container.ts';

const common = {
  tags: required(textList, 'Tags of the image, such as latest or v.<+pipeline.sequenceId>.', {
    notNamed: ['tag', 'imageTag'],
  }),
  dockerfile: field(text, 'Path of the Dockerfile, `Dockerfile` by default.'),
  context: field(text, 'Build context, the code base by default.'),
  target: field(text, 'Stage of the Dockerfile to build.'),
  buildArgs: field(textMap, 'Build arguments (ARG).', { notNamed: ['args', 'build_args'] }),
  labels: field(textMap, 'Labels of the image.'),
  envVariables: field(textMap, 'Variables for the builder, such as PLUGIN_NO_PUSH.', {
    notNamed: ['environmentVariables', 'environment', 'env'],
  }),
  envDockerSecrets: field(textMap, 'Build secrets: id and the variable that holds it.'),
  fileDockerSecrets: field(textMap, 'Build secrets: id and the path of the file.'),
  caching: field(boolean, 'Docker layer caching; selects BuildX.'),
  cacheFrom: field(textList, 'Where the cache is read from.'),
  cacheTo: field(text, 'Where the cache is written to.'),
  optimize: field(boolean, 'Kaniko: faster snapshots.'),
  baseImageConnectorRefs: field(textList, 'Connector for the base image; the first is used.', {
    notNamed: ['baseImageConnectorRef'],
  }),
  resources: field(resources, 'Limits and requests of the container.'),
  runAsUser: field(text, 'User id in the container.'),
} as const;

const noEffect = {
  privileged: 'Build and Push steps have no such field.',
  imagePullPolicy: 'Build and Push steps have no such field.',
  shell: 'Build and Push steps have no such field.',
  platform: 'Set PLUGIN_PLATFORM under envVariables instead.',
} as const;

const options = { misplaced: noEffect };
const connectorRef = required(text, 'Connector of the registry.');
const remoteCacheImage = field(text, 'Image that holds the cache layers.', { notNamed: ['remoteCacheRepo'] });

export const dockerRegistry = object(
  'a BuildAndPushDockerRegistry step',
  {
    connectorRef: field(text, 'Connector of the registry; this or registryRef.'),
    registryRef: field(text, 'Harness Artifact Registry; this or connectorRef.'),
    repo: required(text, 'Repository, with the registry host unless it is on Docker Hub.', {
      notNamed: ['repository', 'imageName', 'repoName'],
    }),
    ...common,
    remoteCacheRepo: field(text, 'Repository that holds the cache layers.', { notNamed: ['remoteCacheImage'] }),
  },
  options,
);

export const ecr = object(
  'a BuildAndPushECR step',
  {
    connectorRef,
    region: required(text, 'AWS region.'),
    account: required(text, 'AWS account number.', { notNamed: ['accountId', 'accountID'] }),
    imageName: required(text, 'Name of the image in the registry.', { notNamed: ['repo', 'image'] }),
    ...common,
    remoteCacheImage,
  },
  options,
);

const google = {
  connectorRef,
  host: required(text, 'Registry host, such as europe-west1-docker.pkg.dev.'),
  projectID: required(text, 'Google Cloud project.', { notNamed: ['projectId', 'project'] }),
  imageName: required(text, 'Image, for Artifact Registry `repository/image`.', { notNamed: ['repo', 'image'] }),
  ...common,
  remoteCacheImage,
} as const;

export const gar = object('a BuildAndPushGAR step', google, options);
export const gcr = object('a BuildAndPushGCR step', google, options);

export const acr = object(
  'a BuildAndPushACR step',
  {
    connectorRef,
    repository: required(text, 'Image with its registry: name.azurecr.io/image.', { notNamed: ['repo', 'imageName'] }),
    subscriptionId: field(text, 'Azure subscription, for the link to the artifact only.'),
    ...common,
    remoteCacheImage,
  },
  options,
);

export const buildAndPushShapes = {
  BuildAndPushDockerRegistry: dockerRegistry,
  BuildAndPushECR: ecr,
  BuildAndPushGAR: gar,
  BuildAndPushGCR: gcr,
  BuildAndPushACR: acr,
} as const satisfies Readonly<Record<string, ObjectShape<{}>>>;
