// Steps, groups and what runs in parallel.
import { nearest } from '../base/nearest.ts';
import { parseBoolean } from '../base/boolean.ts';
import type { Span } from '../diagnostics/source.ts';
import { entryOf, isNull, type YamlNode } from '../yaml/node.ts';
import { object, type FieldValues } from '../yaml/object-shape.ts';
import { isBroken, isExpression, report, under, type Reading } from '../yaml/reading.ts';
import { excerpt, wrongType } from '../yaml/shape.ts';
import { groupFields, stepFields } from './fields/node.ts';
import { isStepType, specShapes, stepTypes } from './fields/step-types.ts';
import { readIdentity, type Identity, type Siblings } from './identity.ts';
import type { NodeBase, Step, StepGroup, StepItem, Value } from './model.ts';
import { readItem } from './read-item.ts';
import { readSpec } from './read-spec.ts';
import { inOtherCapitals, isEmptyNode, reportNoType, type TypedNode } from './read-type.ts';

export const stepShape = object('a step', stepFields, {
  misplaced: {
    envVariables: 'It belongs under `spec`.',
    image: 'It belongs under `spec`.',
    connectorRef: 'It belongs under `spec`.',
    command: 'It belongs under `spec`.',
    reports: 'It belongs under `spec`.',
    settings: 'It belongs under `spec`.',
  },
});
export const groupShape = object('a step group', groupFields);

const kinds = ['step', 'stepGroup', 'parallel', 'insert'];
const groupDepth = 10;

/** Reads the items of a `steps` or `parallel` list; a faulty one is left out and the next is read. */
export const readSteps = (node: YamlNode, siblings: Siblings, reading: Reading, depth = 0): readonly StepItem[] => {
  if (isNull(node)) return [];
  if (node.kind !== 'list') {
    wrongType(node, 'a list of steps, each starting with `- step:`', reading);
    return [];
  }
  return node.items.flatMap((item) => readStepItem(item, siblings, reading, depth));
};

const readStepItem = (node: YamlNode, siblings: Siblings, reading: Reading, depth: number): readonly StepItem[] => {
  const item = readItem(node, kinds, 'step', reading);
  if (item === undefined) return [];
  if (depth > groupDepth) {
    report(reading, 'error', node, {
      code: 'pipeline/too-nested',
      message: `groups and parallel lists are nested more than ${groupDepth} deep`,
      hint: 'Flatten them.',
    });
    return [];
  }
  const below = under(reading, item.key);
  switch (item.kind) {
    case 'step': {
      const step = readStep(item.node, { key: item.key, siblings, reading: below });
      return step === undefined ? [] : [{ kind: 'step', step }];
    }
    case 'stepGroup': {
      const group = readGroup(item.node, { key: item.key, siblings, reading: below }, depth);
      return group === undefined ? [] : [{ kind: 'group', group }];
    }
    case 'parallel': {
      const items = readSteps(item.node, siblings, below, depth + 1);
      return items.length === 0 ? [] : [{ kind: 'parallel', items, at: item.key }];
    }
    default:
      reportInsert(item.node, item.key, 'steps', below);
      return [];
  }
};

/** A place that a template leaves open. Filled ones would be lost, so they are refused. */
export const reportInsert = (node: YamlNode, key: Span, list: 'steps' | 'stages', reading: Reading): void => {
  const filling = entryOf(node, list)?.value;
  const isFilled = filling?.kind === 'list' && filling.items.length > 0;
  report(
    reading,
    isFilled ? 'error' : 'note',
    { at: key, path: node.path },
    {
      code: 'pipeline/insert',
      message: isFilled
        ? '`insert` is not supported'
        : '`insert` is a place that a template leaves open; it is left out',
      ...(isFilled ? { hint: `Write its ${list} in place of the insert.` } : {}),
    },
  );
};

interface NodeContext {
  readonly key: Span;
  readonly siblings: Siblings;
  readonly reading: Reading;
}

const readStep = (node: YamlNode, context: NodeContext): Step | undefined => {
  const { key, reading } = context;
  const typed: TypedNode = { what: 'step', node, key, reading };
  if (isEmptyNode(typed)) return undefined;
  const read = stepShape.read(node, reading);
  if (read === undefined) return undefined;
  const type = read.type?.text.trim() ?? '';
  const identity = readIdentity(
    read,
    {
      what: type === '' ? 'a step' : `a ${type} step`,
      fallback: type === '' ? 'step' : type,
      at: key,
      path: node.path,
      siblings: context.siblings,
    },
    reading,
  );
  const base = nodeBase(identity, read, { at: read.identifier?.at ?? read.name?.at ?? key, path: node.path });
  if (read.template !== undefined) return { ...base, type: 'other', stepType: 'template', template: read.template };
  if (read.type === undefined || type === '') {
    reportNoType(typed, {
      name: identity.name,
      fields: stepFields,
      hint: 'Add type: Run, Plugin, Background, BuildAndPushDockerRegistry or another.',
    });
    return undefined;
  }
  const known = stepType(read.type, reading);
  if (known === undefined) return undefined;
  const specKey = entryOf(node, 'spec')?.key;
  const spec: YamlNode = read.spec ?? { kind: 'map', entries: [], at: specKey ?? key, path: `${node.path}.spec` };
  if (read.spec === undefined && isBroken(node, reading)) return undefined;
  const step = readSpec({ base, type: known, spec, reading: under(reading, specKey ?? key) });
  if (step?.type === 'BuildAndPushDockerRegistry') checkRegistry(step, specKey ?? key, reading);
  return step;
};

/** The type in Harness's spelling. */
const stepType = (written: Value, reading: Reading): string | undefined => {
  const type = written.text.trim();
  if (isStepType(type)) return type;
  if (isExpression(type)) {
    report(reading, 'error', written, {
      code: 'pipeline/unknown-step-type',
      message: 'the type of a step must be written out: an expression cannot give it',
      hint: 'Write the type, such as Run or Plugin.',
    });
    return undefined;
  }
  const sameLetters = inOtherCapitals(type, { types: stepTypes, at: written, reading });
  if (sameLetters !== undefined) return sameLetters;
  const near = nearest(type, Object.keys(specShapes)) ?? nearest(type, stepTypes);
  report(reading, 'error', written, {
    code: 'pipeline/unknown-step-type',
    message: `there is no step type \`${excerpt(type)}\``,
    hint:
      near === undefined
        ? `Types that run here: ${Object.keys(specShapes).slice(0, 9).join(', ')}.`
        : `Did you mean ${near}?`,
  });
  return undefined;
};

const readGroup = (node: YamlNode, { key, siblings, reading }: NodeContext, depth: number): StepGroup | undefined => {
  if (isEmptyNode({ what: 'stepGroup', node, key, reading })) return undefined;
  const read = groupShape.read(node, reading);
  if (read === undefined) return undefined;
  const identity = readIdentity(
    read,
    { what: 'a step group', fallback: 'group', at: key, path: node.path, siblings },
    reading,
  );
  const base = nodeBase(identity, read, { at: read.identifier?.at ?? read.name?.at ?? key, path: node.path });
  const stepsKey = entryOf(node, 'steps')?.key;
  const steps =
    read.steps === undefined ? [] : readSteps(read.steps, new Map(), under(reading, stepsKey ?? key), depth + 1);
  if (read.steps === undefined && read.template === undefined && !isBroken(node, reading)) {
    report(
      reading,
      'error',
      { at: key, path: node.path },
      {
        code: 'yaml/missing-field',
        message: `the step group \`${excerpt(identity.name)}\` has no steps`,
        hint: 'Add steps: a list of steps.',
      },
    );
  }
  return {
    ...base,
    steps,
    variables: read.variables ?? [],
    sharedPaths: read.sharedPaths?.items ?? [],
    ...(read.template === undefined ? {} : { template: read.template }),
  };
};

type Common = Pick<FieldValues<typeof stepFields>, 'when' | 'strategy' | 'failureStrategies' | 'timeout'>;

export const nodeBase = (
  identity: Identity,
  { when, strategy, failureStrategies, timeout }: Common,
  place: { readonly at: Span; readonly path: string },
): NodeBase => ({
  ...identity,
  ...place,
  ...(when === undefined ? {} : { when }),
  ...(strategy === undefined ? {} : { strategy }),
  failureStrategies: failureStrategies ?? [],
  ...(timeout === undefined ? {} : { timeout }),
});

type DockerStep = Extract<Step, { type: 'BuildAndPushDockerRegistry' }>;

/** Exactly one of connectorRef and registryRef, unless nothing is pushed. */
const checkRegistry = (step: DockerStep, key: Span, reading: Reading): void => {
  const { connectorRef, registryRef, envVariables } = step.spec;
  const place = { at: key, path: `${step.path}.spec` };
  if (connectorRef !== undefined && registryRef !== undefined) {
    report(
      reading,
      'error',
      { at: registryRef.at, path: registryRef.path },
      {
        code: 'pipeline/two-registries',
        message: 'the step has connectorRef and registryRef; only one can be used',
        hint: 'Keep connectorRef for a registry of your own.',
        related: [{ at: connectorRef.at, message: 'connectorRef is here' }],
      },
    );
  }
  if (connectorRef !== undefined || registryRef !== undefined) return;
  const noPush = envVariables?.entries['PLUGIN_NO_PUSH']?.value.text ?? 'false';
  const mayNotPush = isExpression(noPush) || parseBoolean(noPush) === true;
  report(reading, mayNotPush ? 'warning' : 'error', place, {
    code: 'pipeline/no-registry',
    message: mayNotPush
      ? 'the step has no connectorRef; that is enough only as long as it does not push'
      : 'a BuildAndPushDockerRegistry step that pushes needs `connectorRef`',
    hint: 'Add connectorRef: the connector of the registry.',
  });
};
