import { nearest } from '../base/nearest.ts';
import { entryOf, isNull, type YamlNode } from '../yaml/node.ts';
import type { ObjectShape, Fields } from '../yaml/object-shape.ts';
import { isExpression, nameOf, report, under, type Reading } from '../yaml/reading.ts';
import { excerpt, treeOf } from '../yaml/shape.ts';
import {
  cloud,
  dockerRuntime,
  infrastructureFields,
  kubernetesDirect,
  runtimeFields,
  vm,
} from './fields/infrastructure.ts';
import type { InfrastructureSpec, Value } from './model.ts';

type RunsOn = InfrastructureSpec['type'];

/** Spellings of both keys, lower case, old ones included (Harness, and what its users wrote over the years). */
const types: Readonly<Record<string, { readonly is: RunsOn; readonly written: string; readonly isOld?: true }>> = {
  kubernetesdirect: { is: 'KubernetesDirect', written: 'KubernetesDirect' },
  'kubernetes-direct': { is: 'KubernetesDirect', written: 'KubernetesDirect', isOld: true },
  kubernetes: { is: 'KubernetesDirect', written: 'KubernetesDirect', isOld: true },
  vm: { is: 'VM', written: 'VM' },
  cloud: { is: 'Cloud', written: 'Cloud' },
  harnesscloud: { is: 'Cloud', written: 'Cloud', isOld: true },
  hostedvm: { is: 'Cloud', written: 'Cloud', isOld: true },
  kuberneteshosted: { is: 'Cloud', written: 'Cloud', isOld: true },
  docker: { is: 'Docker', written: 'Docker' },
  usefromstage: { is: 'useFromStage', written: 'UseFromStage' },
};

const specs: Readonly<Partial<Record<RunsOn, ObjectShape<Fields>>>> = {
  KubernetesDirect: kubernetesDirect,
  VM: vm,
  Cloud: cloud,
  Docker: dockerRuntime,
};

export interface InfrastructureNodes {
  /** The `spec` of the stage. */
  readonly stageSpec: YamlNode;
  readonly infrastructure: YamlNode | undefined;
  readonly runtime: YamlNode | undefined;
}

export const readInfrastructure = (nodes: InfrastructureNodes, reading: Reading): InfrastructureSpec => {
  const { infrastructure, runtime, stageSpec } = nodes;
  const at = reading.owner ?? stageSpec.at;
  if (infrastructure !== undefined && runtime !== undefined) {
    report(reading, 'error', runtime, {
      code: 'pipeline/two-infrastructures',
      message: 'the stage has `infrastructure` and `runtime`; only one can be used',
      hint: 'Keep `runtime` for Cloud and Docker, `infrastructure` for KubernetesDirect and VM.',
      related: [{ at: infrastructure.at, message: 'the infrastructure is here' }],
    });
  }
  const node = infrastructure ?? runtime;
  if (node === undefined) {
    report(
      reading,
      'note',
      { at, path: stageSpec.path },
      {
        code: 'pipeline/no-infrastructure',
        message: 'the stage does not say where it runs; the runner of the command line is used',
        hint: 'Add `runtime: { type: Cloud, spec: {} }`, or choose with --runner.',
      },
    );
    return { type: 'none', at };
  }
  const key = entryOf(stageSpec, infrastructure === undefined ? 'runtime' : 'infrastructure')?.key ?? node.at;
  const below = under(reading, key);
  const read =
    infrastructure === undefined
      ? { useFromStage: undefined, ...runtimeFields.read(node, below) }
      : { useFromStage: undefined, ...infrastructureFields.read(node, below) };
  if (node.kind !== 'map') return { type: 'none', at: key };
  const { useFromStage } = read;
  const type =
    useFromStage === undefined
      ? typeOf(read.type, infrastructure !== undefined, { node, reading: below })
      : 'useFromStage';
  if (type === undefined) return { type: 'none', at: key };
  if (type === 'useFromStage' && useFromStage === undefined) {
    report(
      below,
      'error',
      { at: key, path: node.path },
      {
        code: 'yaml/missing-field',
        message: 'infrastructure of type UseFromStage needs `useFromStage`',
        hint: 'Add useFromStage: the identifier of an earlier stage.',
      },
    );
  }
  // Old spellings have fields of their own times.
  const isCurrent = read.type === undefined || types[fold(read.type.text)]?.isOld !== true;
  const shape = isCurrent ? specs[type] : undefined;
  if (shape !== undefined) {
    const specKey = entryOf(node, 'spec')?.key ?? key;
    shape.read(
      read.spec ?? { kind: 'map', entries: [], at: specKey, path: `${node.path}.spec` },
      under(below, specKey),
    );
  }
  return {
    type,
    ...(read.spec === undefined ? {} : { spec: treeOf(read.spec) }),
    ...(useFromStage === undefined ? {} : { useFromStage }),
    at: key,
  };
};

const fold = (text: string): string => text.trim().toLowerCase();

const typeOf = (
  written: Value | undefined,
  isInfrastructure: boolean,
  { node, reading }: { readonly node: YamlNode; readonly reading: Reading },
): RunsOn | undefined => {
  const place = { at: reading.owner ?? node.at, path: node.path };
  if (written === undefined || isNull({ kind: 'scalar', style: 'plain', ...written })) {
    report(reading, 'error', place, {
      code: 'yaml/missing-field',
      message: `${nameOf(node.path)} needs \`type\``,
      hint: isInfrastructure ? 'Add type: KubernetesDirect or type: VM.' : 'Add type: Cloud or type: Docker.',
    });
    return undefined;
  }
  if (isExpression(written.text)) {
    report(reading, 'error', written, {
      code: 'pipeline/unknown-infrastructure',
      message: 'the type of the infrastructure must be written out: an expression cannot give it',
      hint: 'Write KubernetesDirect, VM, Cloud or Docker.',
    });
    return undefined;
  }
  const known = types[fold(written.text)];
  if (known === undefined) {
    const near = nearest(
      written.text,
      Object.values(types).map((t) => t.written),
    );
    report(reading, 'error', written, {
      code: 'pipeline/unknown-infrastructure',
      message: `\`${excerpt(written.text)}\` is no infrastructure`,
      hint: near === undefined ? 'Use KubernetesDirect, VM, Cloud or Docker.' : `Did you mean ${near}?`,
    });
    return undefined;
  }
  if (known.written !== written.text) {
    report(reading, 'warning', written, {
      code: 'pipeline/old-infrastructure',
      message: `\`${excerpt(written.text)}\` is an old or odd spelling; it is read as ${known.written}`,
      hint: isRuntime(known.is)
        ? `Write \`runtime: { type: ${known.written}, spec: {} }\` instead of \`infrastructure\`.`
        : `Write type: ${known.written}.`,
    });
  } else if (isInfrastructure === isRuntime(known.is)) {
    report(reading, 'warning', written, {
      code: 'pipeline/old-infrastructure',
      message: `${known.written} stands under \`${isInfrastructure ? 'infrastructure' : 'runtime'}\`; it is read all the same`,
      hint: `Put it under \`${isInfrastructure ? 'runtime' : 'infrastructure'}\`.`,
    });
  }
  return known.is;
};

const isRuntime = (type: RunsOn): boolean => type === 'Cloud' || type === 'Docker';
