// The container fields that Run, Plugin and Background share.
import type { ContainerFields, ResourcesSpec, Value } from '../pipeline/model.ts';
import type { Resolver } from '../pipeline/resolver.ts';
import type { ContainerSpec, Resources, Shell } from '../plan/operation.ts';
import type { StepSurroundings } from '../plan/step-kind.ts';

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

const shells: readonly Shell[] = ['Sh', 'Bash', 'Powershell', 'Pwsh', 'Python'];

/** Sh unless written. One that an expression gives is reported when it is none. */
export const shellOf = (value: Value | undefined, { resolver, report }: StepSurroundings): Shell => {
  const written = resolver.known(value);
  if (value === undefined || written === undefined) return 'Sh';
  const shell = shells.find((s) => s.toLowerCase() === written.toLowerCase());
  if (shell === undefined)
    report({
      code: 'steps/bad-shell',
      severity: 'error',
      message: `"${written}" is no shell`,
      at: value.at,
      path: value.path,
      hint: `write one of ${shells.join(', ')}`,
    });
  return shell ?? 'Sh';
};

/** Sentences for `plan` about fields that are read and have no effect. */
export const withoutEffect = (spec: {
  readonly entrypoint?: unknown;
  readonly reports?: unknown;
  readonly outputAlias?: unknown;
}): readonly string[] => [
  ...(spec.entrypoint === undefined ? [] : ['entrypoint is for a container, and this step runs without one']),
  ...(spec.reports === undefined ? [] : ['reports are not collected']),
  ...(spec.outputAlias === undefined ? [] : ['outputAlias has no effect: outputs are found under the step']),
];
