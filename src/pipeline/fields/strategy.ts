// Loops: matrix, repeat, parallelism.
import { definition, type JsonSchema } from '../../yaml/json-schema.ts';
import { isNull, type YamlMap, type YamlNode } from '../../yaml/node.ts';
import { field, object } from '../../yaml/object-shape.ts';
import { isExpression, report, under, type Reading } from '../../yaml/reading.ts';
import { choice, integer, raw, text, textList, treeOf, valueOf, wrongType, type Shape } from '../../yaml/shape.ts';
import type { Strategy, Tree } from '../model.ts';

const repeat = object('`repeat`', {
  times: field(integer, 'Number of copies; this or items.'),
  items: field(textList, 'One copy for each; this or times.'),
  maxConcurrency: field(integer, 'Copies at the same time.'),
  partitionSize: field(integer, 'Items for each copy.', { noEffect: 'items are not put in partitions' }),
  start: field(integer, 'First item.', { noEffect: 'all items are used' }),
  end: field(integer, 'Last item.', { noEffect: 'all items are used' }),
  unit: field(choice(['Percentage', 'Count']), 'Unit of start and end.', { noEffect: 'all items are used' }),
});

const matrixSchema: JsonSchema = {
  type: 'object',
  properties: {
    exclude: {
      description: 'Combinations to leave out: a list of maps of axis and value.',
      anyOf: [{ type: ['array', 'null'], items: { type: 'object' } }, definition('expression')],
    },
    maxConcurrency: { description: 'Copies at the same time.', ...integer.schema },
    nodeName: { description: 'Name pattern of the copies.', ...text.schema },
  },
  additionalProperties: {
    description: 'An axis: a list, or an expression that gives one.',
    type: ['array', 'string', 'number', 'boolean'],
  },
};

const written = object('`strategy`', {
  matrix: field(raw(matrixSchema), 'One copy for each combination of the axes.'),
  repeat: field(repeat, 'One copy for each item, or a number of copies.', { notNamed: ['for'] }),
  parallelism: field(integer, 'Number of copies.'),
  maxConcurrency: field(integer, 'Copies at the same time.'),
  when: field(raw({}), 'When a copy runs.', { noEffect: 'write `when` beside `strategy`' }),
  onFailure: field(choice(['RunAll', 'SkipQueued']), 'What happens to the other copies when one fails.'),
});

export const strategy: Shape<Strategy> = {
  schema: written.schema,
  read: (node, reading) => {
    const read = written.read(node, reading);
    if (read === undefined || node.kind !== 'map') return undefined;
    const kinds = node.entries.filter((e) => isKind(e.name) && !isNull(e.value));
    if (kinds.length !== 1) {
      // A misspelt or broken kind was reported by the shape.
      if (kinds.length > 1 || node.entries.every((e) => Object.hasOwn(written.fields, e.name))) {
        report(
          reading,
          'error',
          { at: kinds[1]?.key ?? reading.owner ?? node.at, path: node.path },
          {
            code: 'pipeline/strategy-kind',
            message:
              kinds.length === 0
                ? '`strategy` needs one of matrix, repeat and parallelism'
                : `\`strategy\` has ${kinds.map((k) => k.name).join(' and ')}; only one can be used`,
            hint: 'Keep one of matrix, repeat and parallelism.',
          },
        );
      }
      return undefined;
    }
    const base = {
      axes: [],
      exclude: [],
      at: node.at,
      ...(read.maxConcurrency === undefined ? {} : { maxConcurrency: read.maxConcurrency }),
    };
    if (read.matrix !== undefined) return matrix(read.matrix, base, reading);
    if (read.repeat !== undefined) return repeated(node, read.repeat, base, reading);
    return read.parallelism === undefined ? undefined : { ...base, kind: 'parallelism', times: read.parallelism };
  },
};

const isKind = (name: string): boolean => name === 'matrix' || name === 'repeat' || name === 'parallelism';

type Base = Omit<Strategy, 'kind'>;

const repeated = (
  node: YamlMap,
  { times, items, maxConcurrency }: NonNullable<ReturnType<typeof repeat.read>>,
  base: Base,
  reading: Reading,
): Strategy | undefined => {
  if ((times === undefined) === (items === undefined)) {
    report(
      reading,
      'error',
      { at: reading.owner ?? node.at, path: `${node.path}.repeat` },
      {
        code: 'pipeline/strategy-kind',
        message:
          times === undefined ? '`repeat` needs times or items' : '`repeat` has times and items; only one can be used',
        hint: 'Keep one of times and items.',
      },
    );
    return undefined;
  }
  return {
    ...base,
    kind: 'repeat',
    ...(times === undefined ? {} : { times }),
    ...(items === undefined ? {} : { items }),
    ...(maxConcurrency === undefined ? {} : { maxConcurrency }),
  };
};

const matrix = (node: YamlNode, base: Base, reading: Reading): Strategy | undefined => {
  if (node.kind !== 'map') {
    wrongType(node, 'a map of axes, each with a list', reading);
    return undefined;
  }
  let { maxConcurrency } = base;
  let nodeName: Strategy['nodeName'];
  let exclude: readonly Tree[] = [];
  const axes: Strategy['axes'][number][] = [];
  for (const { name, key, value } of node.entries) {
    const below = under(reading, key);
    if (name === 'maxConcurrency') maxConcurrency = integer.read(value, below) ?? maxConcurrency;
    else if (name === 'nodeName') nodeName = text.read(value, below);
    else if (name === 'exclude') exclude = excluded(value, below);
    else if (value.kind === 'list') axes.push({ name, items: value.items.map(treeOf) });
    else if (value.kind === 'scalar' && isExpression(value.text)) axes.push({ name, items: [], whole: valueOf(value) });
    else if (value.kind === 'scalar' && !isNull(value)) {
      axes.push({ name, items: [treeOf(value)] });
      report(below, 'warning', value, {
        code: 'pipeline/single-axis',
        message: `the axis \`${name}\` is no list; it is read as a list of one`,
        hint:
          name === 'parallelism'
            ? 'To limit the copies at the same time, write maxConcurrency.'
            : 'Write `- ` before the value.',
      });
    } else wrongType(value, 'a list', below);
  }
  if (axes.length === 0) {
    report(reading, 'error', node, {
      code: 'pipeline/strategy-kind',
      message: '`matrix` has no axis',
      hint: 'Add an axis with a list, such as `service: [api, web]`.',
    });
    return undefined;
  }
  return {
    ...base,
    kind: 'matrix',
    axes,
    exclude,
    ...(maxConcurrency === undefined ? {} : { maxConcurrency }),
    ...(nodeName === undefined || nodeName.text === '' ? {} : { nodeName }),
  };
};

const excluded = (node: YamlNode, reading: Reading): readonly Tree[] => {
  if (isNull(node) || (node.kind === 'scalar' && node.text.trim() === '')) return [];
  if (node.kind === 'list') {
    return node.items.flatMap((item) => {
      if (item.kind === 'map') return [treeOf(item)];
      if (!isNull(item)) wrongType(item, 'a map of axis and value', reading);
      return [];
    });
  }
  wrongType(node, 'a list of maps of axis and value', reading);
  return [];
};
