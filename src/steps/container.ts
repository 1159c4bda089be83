// The container fields that Run, Plugin and Background share.
import type { ContainerFields, ResourcesSpec } from '../pipeline/model.ts';
import type { Resolver } from '../pipeline/resolver.ts';
import type { ContainerSpec, Resources, Shell } from '../plan/operation.ts';
import type { Value } from '../pipeline/model.ts';

type Amounts = { readonly memory?: string; readonly cpu?: string };

const amounts = (spec: ResourcesSpec['limits'], resolver: Resolver): Amounts => {
  const memory = resolver.known(spec?.memory);
  const cpu = resolver.known(spec?.cpu);
  return { ...(memory === undefined ? {} : { memory }), ...(cpu === undefined ? {} : { cpu }) };
};

const resources = (spec: ResourcesSpec | undefined, resolver: Resolver): Resources | undefined =>
  spec === undefined
    ? undefined
    : {
        ...(spec.limits === undefined ? {} : { limits: amounts(spec.limits, resolver) }),
        ...(spec.requests === undefined ? {} : { requests: amounts(spec.requests, resolver) }),
      };

export const containerOf = (spec: ContainerFields, resolver: Resolver): ContainerSpec => {
  const image = resolver.text(spec.image);
  const connector = resolver.known(spec.connectorRef);
  const privileged = resolver.boolean(spec.privileged);
  const runAsUser = resolver.known(spec.runAsUser);
  const policy = resolver.known(spec.imagePullPolicy);
  const limits = resources(spec.resources, resolver);
  return {
    ...(image === undefined ? {} : { image }),
    ...(connector === undefined ? {} : { connector }),
    ...(privileged === undefined ? {} : { privileged }),
    ...(runAsUser === undefined ? {} : { runAsUser }),
    ...(policy === 'Always' || policy === 'Never' || policy === 'IfNotPresent' ? { imagePullPolicy: policy } : {}),
    ...(limits === undefined ? {} : { resources: limits }),
  };
};

const shells: Readonly<Record<string, Shell>> = {
  sh: 'Sh',
  bash: 'Bash',
  powershell: 'Powershell',
  pwsh: 'Pwsh',
  python: 'Python',
};

export const shellOf = (value: Value | undefined, resolver: Resolver): Shell =>
  shells[(resolver.known(value) ?? 'Sh').toLowerCase()] ?? 'Sh';
