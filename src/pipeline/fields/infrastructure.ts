// Where a CI stage runs: `infrastructure`, or `runtime` with `platform`.
import { specOfType, withProperty, type JsonSchema } from '../../yaml/json-schema.ts';
import { field, object, required } from '../../yaml/object-shape.ts';
import { boolean, choice, duration, raw, text, textList, textMap, tree } from '../../yaml/shape.ts';

const os = choice(['Linux', 'MacOS', 'Windows'], { also: { mac: 'MacOS', darwin: 'MacOS' } });

export const platform = object('the platform', {
  os: field(os, 'Linux by default.'),
  arch: field(choice(['Amd64', 'Arm64'], { also: { x86_64: 'Amd64', aarch64: 'Arm64' } }), 'Amd64 by default.'),
});

export const kubernetesDirect = object('the Kubernetes infrastructure', {
  connectorRef: required(text, 'Connector of the cluster.'),
  namespace: required(text, 'Namespace of the pods.'),
  os: field(os, 'Linux by default.'),
  annotations: field(textMap, 'Annotations of the pod.'),
  labels: field(textMap, 'Labels of the pod.'),
  nodeSelector: field(textMap, 'Labels that the node must have.'),
  tolerations: field(tree, 'Taints that the pod tolerates.'),
  hostNames: field(textList, 'Host aliases.'),
  priorityClassName: field(text, 'Priority class.'),
  serviceAccountName: field(text, 'Service account.'),
  automountServiceAccountToken: field(boolean, 'Mounts the token of the service account.'),
  runAsUser: field(text, 'User id of all containers.'),
  containerSecurityContext: field(tree, 'Security context of all containers.'),
  volumes: field(
    tree,
    'Volumes: mountPath, type EmptyDir, PersistentVolumeClaim, HostPath, ConfigMap or Secret, and spec.',
  ),
  imagePullPolicy: field(choice(['Always', 'Never', 'IfNotPresent']), 'When images are pulled.'),
  initTimeout: field(duration, 'How long the pod may take to start.'),
  harnessImageConnectorRef: field(text, 'Connector for the images of Harness.'),
  podSpecOverlay: field(text, 'YAML that is merged into the pod.'),
});

const vmPool = object('the pool of a VM infrastructure', {
  poolName: field(text, 'Name of the pool.'),
  identifier: field(text, 'Old name of poolName.'),
  os: field(os, 'Linux by default.'),
  initTimeout: field(duration, 'How long the machine may take to start.'),
  harnessImageConnectorRef: field(text, 'Connector for the images of Harness.'),
});

export const vm = object('the VM infrastructure', {
  type: field(choice(['Pool']), 'Pool.'),
  spec: field(vmPool, 'The pool.'),
});

export const cloud = object(
  'the Cloud runtime',
  {
    size: field(
      choice(['xsmall', 'flex', 'small', 'medium', 'large', 'xlarge', 'xxlarge', 'xxxlarge'], { isOpen: true }),
      'Size of the machine.',
    ),
    imageName: field(text, 'Image of the machine.'),
    nestedVirtualization: field(boolean, 'Virtual machines inside the machine.'),
  },
  { isOpen: true },
);

export const dockerRuntime = object(
  'the Docker runtime',
  { harnessImageConnectorRef: field(text, 'Connector for the images of Harness.') },
  { isOpen: true },
);

export const infrastructureFields = object('the infrastructure', {
  type: field(text, 'KubernetesDirect or VM.'),
  spec: field(raw({}), 'Settings of the type.'),
  useFromStage: field(text, 'Identifier of an earlier stage whose infrastructure is used.'),
});

export const runtimeFields = object('the runtime', {
  type: field(text, 'Cloud or Docker.'),
  spec: field(raw({}), 'Settings of the type.'),
});

export const infrastructureSchema: JsonSchema = {
  ...withProperty(infrastructureFields.schema, 'type', { enum: ['KubernetesDirect', 'VM', 'UseFromStage'] }),
  allOf: [specOfType({ const: 'KubernetesDirect' }, kubernetesDirect.schema), specOfType({ const: 'VM' }, vm.schema)],
};

export const runtimeSchema: JsonSchema = {
  ...withProperty(runtimeFields.schema, 'type', { enum: ['Cloud', 'Docker'] }),
  allOf: [specOfType({ const: 'Cloud' }, cloud.schema), specOfType({ const: 'Docker' }, dockerRuntime.schema)],
};
