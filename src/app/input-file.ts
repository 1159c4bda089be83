// Input files: a map of names to values, or an input set as Harness exports it, whose steps and stages are found by identifier.
import type { Report } from '../diagnostics/diagnostic.ts';
import type { SourceText } from '../diagnostics/source.ts';
import { entryOf, type YamlNode } from '../yaml/node.ts';
import { readYaml } from '../yaml/read.ts';

type Pair = readonly [name: string, value: string];

/** `pipeline.stages.image.spec.execution.steps.build.spec.repo`: lists are walked by identifier, or by name in `variables`. */
const pairsBelow = (node: YamlNode, name: string): readonly Pair[] => {
  switch (node.kind) {
    case 'scalar':
      return [[name, node.text]];
    case 'map':
      return node.entries.flatMap((e) =>
        ['identifier', 'name', 'type'].includes(e.name) && e.value.kind === 'scalar' && name !== ''
          ? []
          : pairsBelow(e.value, name === '' ? e.name : `${name}.${e.name}`),
      );
    case 'list':
      return node.items.flatMap((item) => {
        const inner = wrapped(item);
        const id = inner.kind === 'map' ? (textOf(inner, 'identifier') ?? textOf(inner, 'name')) : undefined;
        if (inner.kind !== 'map' || id === undefined) return [];
        const value = entryOf(inner, 'value');
        return value === undefined ? pairsBelow(inner, `${name}.${id}`) : pairsBelow(value.value, `${name}.${id}`);
      });
    default:
      return node satisfies never;
  }
};

/** `- stage: {…}`, `- step: {…}`, `- stepGroup: {…}`. */
const wrapped = (node: YamlNode): YamlNode => {
  if (node.kind !== 'map' || node.entries.length !== 1) return node;
  const [only] = node.entries;
  return only !== undefined && ['stage', 'step', 'stepGroup'].includes(only.name) ? only.value : node;
};

const textOf = (node: YamlNode & { kind: 'map' }, name: string): string | undefined => {
  const value = entryOf(node, name)?.value;
  return value?.kind === 'scalar' ? value.text : undefined;
};

export const readInputFile = (source: SourceText, report: Report): readonly Pair[] =>
  readYaml(source, report).flatMap(({ root }): readonly Pair[] => {
    if (root === undefined) return [];
    if (root.kind !== 'map') {
      report({
        code: 'app/bad-input-file',
        severity: 'error',
        message: 'an input file is a map of names to values, or an input set',
        at: root.at,
      });
      return [];
    }
    const inputSet = entryOf(root, 'inputSet')?.value;
    const pipeline = inputSet?.kind === 'map' ? entryOf(inputSet, 'pipeline')?.value : entryOf(root, 'pipeline')?.value;
    return pipeline === undefined ? pairsBelow(root, '') : pairsBelow(pipeline, 'pipeline');
  });
