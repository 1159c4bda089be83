import { entryOf, isNull, type YamlEntry, type YamlMap, type YamlNode } from '../yaml/node.ts';
import { field, object } from '../yaml/object-shape.ts';
import { isBroken, report, under, type Reading } from '../yaml/reading.ts';
import { boolean, duration, raw, text, textMap, tree, type Shape } from '../yaml/shape.ts';
import { properties } from './fields/codebase.ts';
import { templateUse } from './fields/template-use.ts';
import { variables } from './fields/variables.ts';
import { identifierFrom } from './identity.ts';
import type { Pipeline, ValueMap } from './model.ts';
import { readStages } from './read-stage.ts';

/** A map; a list is read as keys without values. */
const tags: Shape<ValueMap> = {
  ...textMap,
  read: (node, reading) => {
    if (node.kind !== 'list') return textMap.read(node, reading);
    if (node.items.length > 0) {
      report(reading, 'warning', node, {
        code: 'pipeline/tag-list',
        message: '`tags` of a pipeline is a map; this list is read as names without values',
        hint: 'Write `name: ""` for each.',
      });
    }
    const entries = node.items.flatMap((item) =>
      item.kind === 'scalar'
        ? [[item.text, { key: item.at, value: { text: '', at: item.at, path: item.path } }] as const]
        : [],
    );
    return { entries: Object.fromEntries(entries), at: node.at, path: node.path };
  },
};

export const pipelineShape = object('a pipeline', {
  identifier: field(text, 'Letters, digits and `_`.', { notNamed: ['id'] }),
  name: field(text, 'For people.'),
  projectIdentifier: field(text, 'Project, for <+project.identifier>.'),
  orgIdentifier: field(text, 'Organisation, for <+org.identifier>.'),
  accountIdentifier: field(text, 'Account.'),
  description: field(text, 'For people.'),
  tags: field(tags, 'Tags.'),
  properties: field(properties, 'The code base, under ci.codebase.'),
  stages: field(raw({}), 'Stages, in order.', { notNamed: ['stage'] }),
  variables: field(variables, 'Variables, for <+pipeline.variables.NAME>.'),
  timeout: field(duration, 'The run fails after this time.'),
  template: field(templateUse, 'A pipeline template instead of stages.'),
  delegateSelectors: field(tree, 'Delegates of Harness.'),
  flowControl: field(tree, 'Barriers, in deployments.'),
  notificationRules: field(tree, 'Who is told of the outcome.', { noEffect: 'nobody is notified' }),
  allowStageExecutions: field(boolean, 'Lets people run chosen stages only.'),
  fixedInputsOnRerun: field(boolean, 'Keeps the inputs on a second run.'),
});

/** `node` is what stands under `pipeline:`; `file` is the name of the file, for what has no name of its own. */
export const readPipeline = (node: YamlNode, file: string, reading: Reading): Pipeline | undefined => {
  if (isNull(node)) {
    report(
      reading,
      'error',
      { at: reading.owner ?? node.at, path: node.path },
      {
        code: 'yaml/missing-field',
        message: 'the pipeline is empty',
        hint: 'Add name, identifier and stages, indented below `pipeline:`.',
      },
    );
    return undefined;
  }
  const read = pipelineShape.read(node, reading);
  if (read === undefined || node.kind !== 'map') return undefined;
  const at = read.identifier?.at ?? read.name?.at ?? reading.owner ?? node.at;
  return {
    file,
    ...pipelineIdentity(read, { file, at, reading }),
    ...(read.projectIdentifier === undefined ? {} : { projectIdentifier: read.projectIdentifier }),
    ...(read.orgIdentifier === undefined ? {} : { orgIdentifier: read.orgIdentifier }),
    ...(read.description === undefined ? {} : { description: read.description }),
    ...(read.tags === undefined ? {} : { tags: read.tags }),
    ...(read.properties?.ci?.codebase === undefined ? {} : { codebase: read.properties.ci.codebase }),
    variables: read.variables ?? [],
    ...(read.timeout === undefined ? {} : { timeout: read.timeout }),
    stages: stagesOf(node, read.template !== undefined, reading),
    ...(read.template === undefined ? {} : { template: read.template }),
    at,
  };
};

const stagesOf = (node: YamlMap, hasTemplate: boolean, reading: Reading): Pipeline['stages'] => {
  const entry = entryOf(node, 'stages');
  if (entry !== undefined && !isEmptyList(entry)) return readStages(entry.value, new Map(), under(reading, entry.key));
  const isMisnamed = entryOf(node, 'stage') !== undefined;
  if (!hasTemplate && !isMisnamed && !isBroken(node, reading)) {
    report(
      reading,
      'error',
      { at: entry?.key ?? reading.owner ?? node.at, path: node.path },
      {
        code: 'yaml/missing-field',
        message: 'the pipeline has no stages',
        hint: 'Add stages: a list of stages.',
      },
    );
  }
  return [];
};

const isEmptyList = ({ value }: YamlEntry): boolean =>
  isNull(value) || (value.kind === 'list' && value.items.length === 0);

const pipelineIdentity = (
  read: NonNullable<ReturnType<typeof pipelineShape.read>>,
  { file, at, reading }: { readonly file: string; readonly at: Pipeline['at']; readonly reading: Reading },
): Pick<Pipeline, 'identifier' | 'name'> => {
  const name = read.name?.text.trim() ?? '';
  const identifier = read.identifier?.text.trim() ?? '';
  if (identifier !== '') return { identifier, name: name === '' ? identifier : name };
  const fallback = name === '' ? nameFromFile(file) : name;
  const derived = identifierFrom(fallback);
  report(
    reading,
    'note',
    { at, path: '' },
    {
      code: 'pipeline/no-identifier',
      message: `the pipeline has no identifier; it is called \`${derived}\``,
      hint: `Add identifier: ${derived}`,
    },
  );
  return { identifier: derived, name: fallback };
};

/** `ci/01-build.step.yaml` gives `01-build`. */
export const nameFromFile = (file: string): string => {
  const base = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
  const name = base.replace(/\.ya?ml$/i, '').replace(/\.(?:pipeline|stages?|steps?|stage-spec|harness)$/i, '');
  return /\w/.test(name) ? name.replace(/^\.+/, '') : 'pipeline';
};
