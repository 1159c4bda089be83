// Parts of a pipeline that people show alone: steps, stages, the spec of a stage. Each is put in the frame that it lacks.
import { entryOf, type YamlMap, type YamlNode, type YamlScalar } from '../yaml/node.ts';
import { report, type Reading } from '../yaml/reading.ts';
import { stepTypes } from './fields/step-types.ts';
import { identifierFrom } from './identity.ts';
import { nameFromFile } from './read-pipeline.ts';
import { stageTypes } from './read-stage.ts';

/**
 * What stands under `pipeline:`, for a document without it. Reports a note on what was read; undefined when the document is no part of a
 * pipeline, without a report.
 */
export const pipelineFromFragment = (node: YamlNode, file: string, reading: Reading): YamlNode | undefined => {
  const found = partOf(node);
  if (found === undefined) return undefined;
  report(
    reading,
    'note',
    { at: { ...node.at, end: node.at.start }, path: '' },
    {
      code: 'pipeline/fragment',
      message: `this is ${found.what}, read as ${found.frame}`,
      hint: 'A whole file starts with `pipeline:` and has name, identifier and stages.',
    },
  );
  return found.wrap(file);
};

interface Part {
  readonly what: string;
  readonly frame: string;
  wrap(file: string): YamlNode;
}

const partOf = (node: YamlNode): Part | undefined => {
  if (node.kind === 'scalar') return undefined;
  if (node.kind === 'list') return partOfList(node);
  const has = (name: string): boolean => entryOf(node, name) !== undefined;
  if (has('stages')) {
    return { what: 'the body of a pipeline without `pipeline:`', frame: 'the pipeline', wrap: () => node };
  }
  if (has('stage')) {
    return { what: 'one stage', frame: 'a pipeline of this stage', wrap: (file) => ofStages(list(node, [node]), file) };
  }
  if (has('step') || has('stepGroup')) {
    return { what: 'one step', frame: 'a pipeline of one CI stage', wrap: (file) => ofSteps(list(node, [node]), file) };
  }
  if (has('execution')) {
    return { what: 'the spec of a stage', frame: 'a pipeline of one CI stage', wrap: (file) => ofSpec(node, file) };
  }
  const steps = entryOf(node, 'steps')?.value;
  if (steps !== undefined) {
    return { what: 'a list of steps', frame: 'a pipeline of one CI stage', wrap: (file) => ofSteps(steps, file) };
  }
  const spec = entryOf(node, 'spec')?.value;
  if (spec === undefined) return undefined;
  const type = entryOf(node, 'type')?.value;
  // The body of a template: its `spec` holds type and spec.
  if (type === undefined) return entryOf(spec, 'type') === undefined ? undefined : partOf(spec);
  if (type.kind !== 'scalar') return undefined;
  if (stageTypes.includes(type.text)) {
    return {
      what: 'the body of a stage',
      frame: 'a pipeline of this stage',
      wrap: (file) => {
        const named =
          has('identifier') || has('name') ? node : { ...node, entries: [...nameOfFile(node, file), ...node.entries] };
        return ofStages(list(node, [map(node, [['stage', named]])]), file);
      },
    };
  }
  if (stepTypes.includes(type.text)) {
    return {
      what: 'the body of a step',
      frame: 'a pipeline of one CI stage',
      wrap: (file) => ofSteps(list(node, [map(node, [['step', node]])]), file),
    };
  }
  return undefined;
};

const partOfList = (node: YamlNode & { kind: 'list' }): Part | undefined => {
  const kinds = new Set(node.items.flatMap((item) => kindOfItem(item)));
  if (kinds.has('stage') && kinds.has('step')) return undefined;
  if (kinds.has('stage'))
    return { what: 'a list of stages', frame: 'a pipeline', wrap: (file) => ofStages(node, file) };
  if (kinds.has('step')) {
    return { what: 'a list of steps', frame: 'a pipeline of one CI stage', wrap: (file) => ofSteps(node, file) };
  }
  return undefined;
};

const kindOfItem = (item: YamlNode): readonly ('stage' | 'step')[] => {
  if (item.kind !== 'map') return [];
  const parallel = entryOf(item, 'parallel')?.value;
  if (parallel?.kind === 'list') return parallel.items.flatMap(kindOfItem);
  if (entryOf(item, 'stage') !== undefined) return ['stage'];
  if (entryOf(item, 'step') !== undefined || entryOf(item, 'stepGroup') !== undefined) return ['step'];
  const type = entryOf(item, 'type')?.value;
  if (type?.kind !== 'scalar') return [];
  return stageTypes.includes(type.text) ? ['stage'] : ['step'];
};

const ofSteps = (steps: YamlNode, file: string): YamlNode =>
  ofSpec(map(steps, [['execution', map(steps, [['steps', steps]])]]), file);

const ofSpec = (spec: YamlNode, file: string): YamlNode => {
  const stage = map(spec, [
    ['type', scalar(spec, 'CI')],
    ['spec', spec],
  ]);
  return ofStages(
    list(spec, [map(spec, [['stage', { ...stage, entries: [...nameOfFile(spec, file), ...stage.entries] }]])]),
    file,
  );
};

const ofStages = (stages: YamlNode, file: string): YamlNode => {
  const pipeline = map(stages, [['stages', stages]]);
  return { ...pipeline, entries: [...nameOfFile(stages, file), ...pipeline.entries] };
};

const nameOfFile = (node: YamlNode, file: string): YamlMap['entries'] =>
  map(node, [
    ['identifier', scalar(node, identifierFrom(nameFromFile(file)))],
    ['name', scalar(node, nameFromFile(file))],
  ]).entries;

const list = (at: YamlNode, items: readonly YamlNode[]): YamlNode => ({
  kind: 'list',
  items,
  at: at.at,
  path: at.path,
});

const map = (at: YamlNode, entries: readonly (readonly [string, YamlNode])[]): YamlMap => ({
  kind: 'map',
  entries: entries.map(([name, value]) => ({ name, key: { ...at.at, end: at.at.start }, value })),
  at: at.at,
  path: at.path,
});

const scalar = (at: YamlNode, text: string): YamlScalar => ({
  kind: 'scalar',
  text,
  style: 'quoted',
  at: { ...at.at, end: at.at.start },
  path: at.path,
});
