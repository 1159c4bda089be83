// Shapes: what stands where in a document, as data. One table gives the reading with its faults and the JSON schema.
import { parseBoolean } from '../base/boolean.ts';
import { parseDuration } from '../base/duration.ts';
import { nearest } from '../base/nearest.ts';
import { definition, type JsonSchema } from './json-schema.ts';
import { isNull, type YamlNode, type YamlScalar } from './node.ts';
import { otherReading } from './other-reading.ts';
import { isExpression, nameOf, report, type Reading } from './reading.ts';
import type { Tree, Value, ValueList, ValueMap } from './value.ts';

export interface Shape<T> {
  readonly schema: JsonSchema;
  /** Undefined when nothing is written (`key:`, `~`, empty text where that means nothing) and after a report. */
  read(node: YamlNode, reading: Reading): T | undefined;
}

export const valueOf = ({ text, at, path, textStart }: YamlScalar): Value =>
  textStart === undefined ? { text, at, path } : { text, at, path, textStart };

export const treeOf = (node: YamlNode): Tree => {
  switch (node.kind) {
    case 'scalar':
      return { kind: 'scalar', value: valueOf(node) };
    case 'list':
      return { kind: 'list', items: node.items.map(treeOf), at: node.at, path: node.path };
    case 'map':
      return {
        kind: 'map',
        entries: node.entries.map(({ name, key, value }) => ({ name, key, tree: treeOf(value) })),
        at: node.at,
        path: node.path,
      };
    default:
      return node satisfies never;
  }
};

export const wrongType = (node: YamlNode, what: string, reading: Reading): void =>
  report(reading, 'error', node, {
    code: 'yaml/wrong-type',
    message:
      node.kind === 'scalar' && isExpression(node.text)
        ? `${nameOf(node.path)} must be ${what}, written out: an expression cannot give it`
        : `${nameOf(node.path)} must be ${what}, not ${kindOf(node)}`,
    hint: `Write ${what}.`,
  });

const kindOf = (node: YamlNode): string =>
  node.kind === 'scalar' ? (isNull(node) ? 'empty' : `the text \`${excerpt(node.text)}\``) : `a ${node.kind}`;

export const excerpt = (text: string): string => {
  const line = text.split('\n', 1)[0] ?? '';
  return line.length > 60 || line.length < text.trimEnd().length ? `${line.slice(0, 57)}…` : line;
};

export const reportSpelling = (value: Value, meant: string, reading: Reading): void =>
  report(reading, 'warning', value, {
    code: 'yaml/choice-spelling',
    message: `\`${excerpt(value.text)}\` is read as \`${meant}\``,
    hint: `Write ${meant}.`,
  });

/** A scalar; `what` stands in messages, after "must be". `check` sees it when it holds no expression and is not empty, and may give another value for it. */
const scalar = (
  what: string,
  schema: JsonSchema,
  check: (value: Value, reading: Reading, node: YamlScalar) => Value | undefined,
): Shape<Value> => ({
  schema,
  read: (node, reading) => {
    if (isNull(node)) return undefined;
    if (node.kind !== 'scalar') {
      wrongType(node, what, reading);
      return undefined;
    }
    const value = valueOf(node);
    return isExpression(node.text) ? value : check(value, reading, node);
  },
});

const checkOtherReading = (node: YamlScalar, reading: Reading): void => {
  const other = node.style === 'plain' ? otherReading(node.text) : undefined;
  if (other === undefined) return;
  report(reading, 'warning', node, {
    code: 'yaml/changed-by-yaml',
    message: `\`${node.text}\` is read as this text; other YAML readers make it ${other}`,
    hint: `Write it in quotes, so that every reader sees the same: "${node.text}"`,
  });
};

/** Kept as written: `010`, `1.10` and `yes` stay so, with a warning. May be empty text in quotes. */
export const text = scalar('text', definition('text'), (value, reading, node) => {
  checkOtherReading(node, reading);
  return value;
});

export const boolean = scalar('true or false', definition('boolean'), (value, reading) => {
  if (value.text.trim() === '') return undefined;
  if (parseBoolean(value.text) !== undefined) return value;
  report(reading, 'error', value, {
    code: 'yaml/bad-boolean',
    message: `${nameOf(value.path)} must be true or false, not \`${excerpt(value.text)}\``,
    hint: 'Write true or false.',
  });
  return undefined;
});

export const integer = scalar('a whole number', definition('integer'), (value, reading) => {
  if (value.text.trim() === '') return undefined;
  if (/^[-+]?\d{1,15}$/.test(value.text)) return value;
  report(reading, 'error', value, {
    code: 'yaml/bad-number',
    message: `${nameOf(value.path)} must be a whole number, not \`${excerpt(value.text)}\``,
    hint: 'Write digits only.',
  });
  return undefined;
});

export const duration = scalar('a duration', definition('duration'), (value, reading) => {
  if (value.text.trim() === '') return undefined;
  if (parseDuration(value.text) !== undefined) return value;
  report(reading, 'error', value, {
    code: 'yaml/bad-duration',
    message: `\`${excerpt(value.text)}\` is not a duration`,
    hint: /^\d{1,6}$/.test(value.text)
      ? `Add the unit: ${value.text}s, ${value.text}m or ${value.text}h.`
      : 'Write it like 90s, 10m or 1h 30m; the units are w, d, h, m and s.',
  });
  return undefined;
});

export interface ChoiceOptions {
  /** Other spellings, lower case, and what they mean: read with a warning. */
  readonly also?: Readonly<Record<string, string>>;
  /** True when other values may exist that are not known here: unknown ones are kept, with a warning. */
  readonly isOpen?: boolean;
}

/** One of `values`, in any capitals; the value's text becomes the spelling of `values`. */
export const choice = (values: readonly string[], options: ChoiceOptions = {}): Shape<Value> =>
  scalar(
    `one of ${values.join(', ')}`,
    {
      anyOf: [options.isOpen === true ? definition('text') : { enum: [...values, '', null] }, definition('expression')],
    },
    (value, reading) => {
      if (value.text.trim() === '') return undefined;
      if (values.includes(value.text)) return value;
      const folded = value.text.trim().toLowerCase();
      const meant = values.find((v) => v.toLowerCase() === folded) ?? options.also?.[folded];
      if (meant !== undefined) {
        reportSpelling(value, meant, reading);
        return { text: meant, at: value.at, path: value.path };
      }
      const near = nearest(value.text, values);
      report(reading, options.isOpen === true ? 'warning' : 'error', value, {
        code: 'yaml/unknown-choice',
        message: `${nameOf(value.path)} cannot be \`${excerpt(value.text)}\``,
        hint: near === undefined ? `Use one of ${values.join(', ')}.` : `Did you mean ${near}?`,
      });
      return options.isOpen === true ? value : undefined;
    },
  );

/** A list of text, or one text. Empty items are left out. */
export const textList: Shape<ValueList> = {
  schema: definition('textList'),
  read: (node, reading) => {
    if (isNull(node)) return undefined;
    if (node.kind === 'map') {
      wrongType(node, 'a list of text', reading);
      return undefined;
    }
    const items = (node.kind === 'list' ? node.items : [node])
      .map((item) => text.read(item, reading))
      .filter((value) => value !== undefined)
      .filter((value) => value.text !== '');
    return { items, at: node.at, path: node.path };
  },
};

/** A map of text, or one expression that gives the map. */
export const textMap: Shape<ValueMap> = {
  schema: definition('textMap'),
  read: (node, reading) => {
    if (isNull(node)) return undefined;
    if (node.kind === 'scalar' && isExpression(node.text)) {
      return { entries: {}, at: node.at, path: node.path, whole: valueOf(node) };
    }
    if (node.kind !== 'map') {
      if (node.kind === 'scalar' && node.text === '') return undefined;
      wrongType(node, 'a map of text', reading);
      return undefined;
    }
    const entries = node.entries.flatMap(({ name, key, value: child }) => {
      const value =
        isNull(child) && child.kind === 'scalar' ? { ...valueOf(child), text: '' } : text.read(child, reading);
      return value === undefined ? [] : [[name, { key, value }] as const];
    });
    // fromEntries defines own properties, also one called __proto__.
    return { entries: Object.fromEntries(entries), at: node.at, path: node.path };
  },
};

/** Anything. */
export const tree: Shape<Tree> = {
  schema: {},
  read: (node) => (isNull(node) ? undefined : treeOf(node)),
};

/** The node itself, for a reader that looks deeper. */
export const raw = (schema: JsonSchema): Shape<YamlNode> => ({
  schema,
  read: (node) => (isNull(node) ? undefined : node),
});

/** A list; items that are empty or faulty are left out. */
export const listOf = <T>(item: Shape<T>, what = `a list`): Shape<readonly T[]> => ({
  schema: { type: ['array', 'null'], items: item.schema },
  read: (node, reading) => {
    if (isNull(node)) return undefined;
    if (node.kind !== 'list') {
      wrongType(node, what, reading);
      return undefined;
    }
    return node.items.flatMap((child) => {
      const value = item.read(child, reading);
      return value === undefined ? [] : [value];
    });
  },
});
