import { nearest } from '../base/nearest.ts';
import type { Span } from '../diagnostics/source.ts';
import { entryOf, isNull, type YamlMap, type YamlNode } from '../yaml/node.ts';
import { object } from '../yaml/object-shape.ts';
import { isBroken, report, under, type Reading } from '../yaml/reading.ts';
import { excerpt, wrongType } from '../yaml/shape.ts';
import { background } from './fields/run.ts';
import { stageFields } from './fields/node.ts';
import { executionShape, serviceShape, stageSpecShape } from './fields/stage-spec.ts';
import { readIdentity, type Siblings } from './identity.ts';
import type { CiSpec, Stage, StageItem, StepItem, Value } from './model.ts';
import { readInfrastructure } from './read-infrastructure.ts';
import { readItem } from './read-item.ts';
import { nodeBase, readSteps, reportInsert } from './read-step.ts';
import { hasMisspelt, inOtherCapitals, isEmptyNode, reportNoType, type TypedNode } from './read-type.ts';

export const stageShape = object('a stage', stageFields);

const kinds = ['stage', 'parallel', 'insert'];
/** Types of Harness; those that are read whole come first. */
export const stageTypes: readonly string[] = [
  'CI',
  'SecurityTests',
  'Deployment',
  'Approval',
  'Custom',
  'Pipeline',
  'FeatureFlag',
  'IACM',
  'IDP',
  'Security',
  'Chaos',
  'SRM',
  'DBDevOps',
  'Infrastructure',
];
const parallelDepth = 10;

/** Reads the items of a `stages` or `parallel` list; a faulty one is left out and the next is read. */
export const readStages = (node: YamlNode, siblings: Siblings, reading: Reading, depth = 0): readonly StageItem[] => {
  if (isNull(node)) return [];
  if (node.kind !== 'list') {
    wrongType(node, 'a list of stages, each starting with `- stage:`', reading);
    return [];
  }
  return node.items.flatMap((entry): readonly StageItem[] => {
    const item = readItem(entry, kinds, 'stage', reading);
    if (item === undefined) return [];
    const below = under(reading, item.key);
    if (item.kind === 'stage') {
      const stage = readStage(item.node, item.key, siblings, below);
      return stage === undefined ? [] : [{ kind: 'stage', stage }];
    }
    if (item.kind === 'insert') {
      reportInsert(item.node, item.key, 'stages', below);
      return [];
    }
    if (depth >= parallelDepth) {
      report(reading, 'error', entry, {
        code: 'pipeline/too-nested',
        message: `parallel lists are nested more than ${parallelDepth} deep`,
        hint: 'Flatten them.',
      });
      return [];
    }
    const items = readStages(item.node, siblings, below, depth + 1);
    return items.length === 0 ? [] : [{ kind: 'parallel', items, at: item.key }];
  });
};

const readStage = (node: YamlNode, key: Span, siblings: Siblings, reading: Reading): Stage | undefined => {
  const typed: TypedNode = { what: 'stage', node, key, reading };
  if (isEmptyNode(typed)) return undefined;
  const read = stageShape.read(node, reading);
  if (read === undefined || node.kind !== 'map') return undefined;
  const identity = readIdentity(
    read,
    { what: 'a stage', fallback: 'stage', at: key, path: node.path, siblings },
    reading,
  );
  const base = {
    ...nodeBase(identity, read, { at: read.identifier?.at ?? read.name?.at ?? key, path: node.path }),
    variables: [...(read.variables ?? []), ...(read.pipelineVariables ?? [])],
  };
  if (read.template !== undefined) return { ...base, type: 'template', template: read.template };
  const type = stageType(read.type, identity.name, typed);
  if (type === undefined) return undefined;
  if (type !== 'CI' && type !== 'SecurityTests') {
    report(reading, 'note', read.type ?? { at: key, path: node.path }, {
      code: 'pipeline/opaque-stage',
      message: `a ${excerpt(type)} stage is read but cannot run here`,
    });
    return { ...base, type };
  }
  if (read.spec === undefined) {
    if (!isBroken(node, reading)) {
      report(
        reading,
        'error',
        { at: key, path: node.path },
        {
          code: 'yaml/missing-field',
          message: `the stage \`${excerpt(identity.name)}\` has no spec`,
          hint: 'Add spec: with execution, and runtime or infrastructure.',
        },
      );
    }
    return undefined;
  }
  const specKey = entryOf(node, 'spec')?.key ?? key;
  const ci = readCiSpec(read.spec, under(reading, specKey));
  return ci === undefined ? undefined : { ...base, type, ci };
};

const stageType = (written: Value | undefined, name: string, typed: TypedNode): string | undefined => {
  const { reading } = typed;
  const type = written?.text.trim() ?? '';
  if (written === undefined || type === '') {
    reportNoType(typed, { name, fields: stageFields, hint: 'Add type: CI.' });
    return undefined;
  }
  if (stageTypes.includes(type)) return type;
  const sameLetters = inOtherCapitals(type, { types: stageTypes, at: written, reading });
  if (sameLetters !== undefined) return sameLetters;
  const meant = type === 'CD' ? 'Deployment' : nearest(type, stageTypes);
  report(reading, 'error', written, {
    code: 'pipeline/unknown-stage-type',
    message: `there is no stage type \`${excerpt(type)}\``,
    hint: meant === undefined ? `Types of stages: ${stageTypes.join(', ')}.` : `Did you mean ${meant}?`,
  });
  return undefined;
};

const readCiSpec = (node: YamlNode, reading: Reading): CiSpec | undefined => {
  const read = stageSpecShape.read(node, reading);
  if (read === undefined || node.kind !== 'map') return undefined;
  const siblings: Siblings = new Map();
  if (read.platform === undefined && read.runtime !== undefined) {
    report(
      reading,
      'note',
      { at: entryOf(node, 'runtime')?.key ?? node.at, path: node.path },
      {
        code: 'pipeline/no-platform',
        message: 'the stage has no `platform`; it is read as Linux on the architecture of the machine',
        hint: 'Add platform: { os: Linux, arch: Amd64 } to fix it.',
      },
    );
  }
  return {
    ...(read.cloneCodebase === undefined ? {} : { cloneCodebase: read.cloneCodebase }),
    infrastructure: readInfrastructure(
      { stageSpec: node, infrastructure: read.infrastructure, runtime: read.runtime },
      reading,
    ),
    ...(read.platform === undefined ? {} : { platform: read.platform }),
    sharedPaths: read.sharedPaths?.items ?? [],
    ...(read.caching === undefined ? {} : { caching: read.caching }),
    services: read.serviceDependencies === undefined ? [] : readServices(read.serviceDependencies, siblings, reading),
    steps: readExecution(node, siblings, reading),
  };
};

const readExecution = (spec: YamlMap, siblings: Siblings, reading: Reading): readonly StepItem[] => {
  const entry = entryOf(spec, 'execution');
  if (entry === undefined || isNull(entry.value)) {
    if (!isBroken(spec, reading) && !hasMisspelt(spec, 'execution', stageSpecShape.fields)) {
      report(
        reading,
        'error',
        { at: entry?.key ?? reading.owner ?? spec.at, path: spec.path },
        {
          code: 'yaml/missing-field',
          message: 'the stage has no `execution`',
          hint: 'Add execution: { steps: … }.',
        },
      );
    }
    return [];
  }
  const below = under(reading, entry.key);
  if (entry.value.kind === 'list') {
    report(
      below,
      'warning',
      { at: entry.key, path: entry.value.path },
      {
        code: 'pipeline/execution-list',
        message: 'the steps stand directly under `execution`; they are read as `execution.steps`',
        hint: 'Add a line `steps:` below `execution:`.',
      },
    );
    return readSteps(entry.value, siblings, below);
  }
  const steps = executionShape.read(entry.value, below)?.steps;
  const key = entryOf(entry.value, 'steps')?.key;
  const items = steps === undefined ? [] : readSteps(steps, siblings, under(reading, key ?? entry.key));
  const isEmpty = steps === undefined || (steps.kind === 'list' && steps.items.length === 0);
  if (isEmpty && entry.value.kind === 'map' && !isBroken(spec, reading)) {
    report(
      reading,
      'warning',
      { at: key ?? entry.key, path: entry.value.path },
      {
        code: 'pipeline/no-steps',
        message: 'the stage has no steps: it does nothing',
        hint: 'Add steps under execution.steps.',
      },
    );
  }
  return items;
};

const readServices = (node: YamlNode, siblings: Siblings, reading: Reading): readonly StepItem[] => {
  if (node.kind !== 'list') {
    wrongType(node, 'a list of services', reading);
    return [];
  }
  return node.items.flatMap((item): readonly StepItem[] => {
    const read = serviceShape.read(item, reading);
    if (read?.spec === undefined) return [];
    const identity = readIdentity(
      read,
      { what: 'a service', fallback: 'service', at: item.at, path: item.path, siblings },
      reading,
    );
    const spec = background.read(read.spec, reading);
    if (spec === undefined) return [];
    const base = nodeBase(identity, {}, { at: read.identifier?.at ?? item.at, path: item.path });
    return [{ kind: 'step', step: { ...base, type: 'Background', spec } }];
  });
};
