import { isNull } from '../../yaml/node.ts';
import { field, object } from '../../yaml/object-shape.ts';
import { isExpression, nameOf, report, type Reading } from '../../yaml/reading.ts';
import { valueOf, wrongType, type Shape } from '../../yaml/shape.ts';
import type { YamlNode } from '../../yaml/node.ts';
import type { Codebase } from '../model.ts';
import { buildField, cloneFields, codebaseBuild } from './other-steps.ts';

const codebaseFields = object('the code base', { build: buildField, ...cloneFields });

const codebaseShape: Shape<Codebase> = {
  schema: codebaseFields.schema,
  read: (node, reading) => {
    const read = codebaseFields.read(node, reading);
    if (read === undefined) return undefined;
    const build = read.build === undefined ? undefined : buildOf(read.build, reading);
    return {
      ...(read.connectorRef === undefined ? {} : { connectorRef: read.connectorRef }),
      ...(read.repoName === undefined ? {} : { repoName: read.repoName }),
      ...(build === undefined ? {} : { build }),
      ...(read.depth === undefined ? {} : { depth: read.depth }),
      ...(read.cloneDirectory === undefined ? {} : { cloneDirectory: read.cloneDirectory }),
      at: reading.owner ?? node.at,
    };
  },
};

const needed: Readonly<Record<string, 'branch' | 'tag' | 'number' | 'commitSha'>> = {
  branch: 'branch',
  tag: 'tag',
  PR: 'number',
  commitSha: 'commitSha',
};

const buildOf = (node: YamlNode, reading: Reading): Codebase['build'] | undefined => {
  if (isNull(node)) return undefined;
  if (node.kind === 'scalar' && isExpression(node.text)) return { whole: valueOf(node) };
  if (node.kind !== 'map') {
    wrongType(node, '<+input>, or a map with type and spec', reading);
    return undefined;
  }
  const read = codebaseBuild.read(node, reading);
  if (read === undefined) return undefined;
  const field = read.type === undefined ? undefined : needed[read.type.text];
  if (field !== undefined && read.spec?.[field] === undefined) {
    report(reading, 'error', node, {
      code: 'pipeline/incomplete-build',
      message: `${nameOf(node.path)} has type ${read.type?.text ?? ''} and no \`spec.${field}\``,
      hint: `Add spec: { ${field}: … }, or write \`build: <+input>\`.`,
    });
  }
  return { ...(read.type === undefined ? {} : { type: read.type }), ...read.spec };
};

const codebase = field(codebaseShape, 'The code base that is cloned.');

export const properties = object(
  'the properties',
  {
    ci: field(object('`properties.ci`', { codebase }, { isOpen: true }), 'Continuous integration.'),
  },
  { isOpen: true },
);
