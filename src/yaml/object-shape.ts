// A map with known fields.
import { nearest } from '../base/nearest.ts';
import type { JsonSchema } from './json-schema.ts';
import { entryOf, isNull, type YamlEntry, type YamlMap, type YamlNode } from './node.ts';
import { isBroken, report, under, type Reading } from './reading.ts';
import { excerpt, wrongType, type Shape } from './shape.ts';

export interface Field<T> {
  readonly shape: Shape<T>;
  /** One line for editors and the reference. */
  readonly doc: string;
  readonly isRequired?: boolean;
  /** Names that people write instead: an error that gives the right one. */
  readonly notNamed?: readonly string[];
  /** Why the field has no effect here: said in a note when it is set. */
  readonly noEffect?: string;
}

export type Fields = Readonly<Record<string, Field<unknown>>>;

export type FieldValues<F extends Fields> = {
  readonly [K in keyof F]?: F[K] extends Field<infer T> ? T : never;
};

export interface ObjectOptions {
  /** Keys that belong elsewhere, and where: a warning, since real files have them. */
  readonly misplaced?: Readonly<Record<string, string>>;
  /** True when any other key is fine. */
  readonly isOpen?: boolean;
}

export interface ObjectShape<F extends Fields> extends Shape<FieldValues<F>> {
  readonly fields: F;
}

export const field = <T>(shape: Shape<T>, doc: string, more: Omit<Field<T>, 'shape' | 'doc'> = {}): Field<T> => ({
  shape,
  doc,
  ...more,
});

export const required = <T>(shape: Shape<T>, doc: string, more: Omit<Field<T>, 'shape' | 'doc'> = {}): Field<T> =>
  field(shape, doc, { isRequired: true, ...more });

/** `name` stands in messages: "`taggs` is no field of NAME". */
export const object = <F extends Fields>(name: string, fields: F, options: ObjectOptions = {}): ObjectShape<F> => ({
  fields,
  schema: objectSchema(fields, options),
  read: (node, reading) => {
    if (isNull(node)) return undefined;
    if (node.kind !== 'map') {
      wrongType(node, `a map with fields (${Object.keys(fields).slice(0, 4).join(', ')}, …)`, reading);
      return undefined;
    }
    const values: Record<string, unknown> = {};
    const unknown: YamlEntry[] = [];
    for (const entry of node.entries) {
      const known = Object.hasOwn(fields, entry.name) ? fields[entry.name] : undefined;
      if (known === undefined) {
        unknown.push(entry);
        continue;
      }
      if (known.noEffect !== undefined && !isNull(entry.value)) sayNoEffect(entry, known.noEffect, reading);
      const value = known.shape.read(entry.value, under(reading, entry.key));
      if (value !== undefined) values[entry.name] = value;
    }
    if (options.isOpen !== true) reportUnknown(unknown, { name, fields, options, reading });
    reportMissing(node, { name, fields, options, reading });
    return values as FieldValues<F>; // each shape gave the type its field declares
  },
});

interface ObjectContext {
  readonly name: string;
  readonly fields: Fields;
  readonly options: ObjectOptions;
  readonly reading: Reading;
}

const mostUnknown = 20;

const reportUnknown = (entries: readonly YamlEntry[], context: ObjectContext): void => {
  for (const entry of entries.slice(0, mostUnknown)) unknownKey(entry, context);
  const next = entries[mostUnknown];
  if (next === undefined) return;
  report(
    context.reading,
    'error',
    { at: next.key, path: next.value.path },
    {
      code: 'yaml/unknown-key',
      message: `${entries.length - mostUnknown} more keys are not known in ${context.name}`,
      hint: `Known are ${Object.keys(context.fields).join(', ')}.`,
    },
  );
};

const unknownKey = (entry: YamlEntry, { name, fields, options, reading }: ObjectContext): void => {
  const at = { at: entry.key, path: entry.value.path };
  const written = `\`${excerpt(entry.name)}\``;
  const rightName = Object.entries(fields).find(([, f]) => f.notNamed?.includes(entry.name))?.[0];
  const place = options.misplaced !== undefined && Object.hasOwn(options.misplaced, entry.name);
  if (rightName !== undefined) {
    report(reading, 'error', at, {
      code: 'yaml/wrong-name',
      message: `${written} is called \`${rightName}\` in ${name}`,
      hint: `Write ${rightName}.`,
    });
    return;
  }
  if (place) {
    report(reading, 'warning', at, {
      code: 'yaml/unknown-key',
      message: `${written} is no field of ${name}; it has no effect here`,
      hint: options.misplaced?.[entry.name] ?? '',
    });
    return;
  }
  const near = nearest(entry.name, Object.keys(fields));
  report(reading, near === undefined ? 'warning' : 'error', at, {
    code: 'yaml/unknown-key',
    message: `${written} is no field of ${name}${near === undefined ? '; it has no effect' : ''}`,
    hint: near === undefined ? `Known are ${Object.keys(fields).join(', ')}.` : `Did you mean \`${near}\`?`,
  });
};

const sayNoEffect = (entry: YamlEntry, why: string, reading: Reading): void =>
  report(
    reading,
    'note',
    { at: entry.key, path: entry.value.path },
    {
      code: 'yaml/no-effect',
      message: `\`${entry.name}\` has no effect here: ${why}`,
    },
  );

const reportMissing = (node: YamlMap, { name, fields, options, reading }: ObjectContext): void => {
  if (isBroken(node, reading)) return;
  const all = Object.keys(fields);
  for (const [missing, { isRequired, doc, notNamed }] of Object.entries(fields)) {
    if (isRequired !== true) continue;
    const entry = entryOf(node, missing);
    if (entry !== undefined && !isEmpty(entry.value)) continue;
    // A misspelt or misnamed key was reported already.
    const isMisspelt = node.entries.some(
      (e) =>
        !Object.hasOwn(fields, e.name) &&
        options.misplaced?.[e.name] === undefined &&
        (notNamed?.includes(e.name) === true || nearest(e.name, all) === missing),
    );
    if (isMisspelt) continue;
    report(
      reading,
      'error',
      { at: entry?.key ?? reading.owner ?? node.at, path: node.path },
      {
        code: 'yaml/missing-field',
        message: entry === undefined ? `${name} needs \`${missing}\`` : `\`${missing}\` is empty, and ${name} needs it`,
        hint: `Add ${missing}: ${doc}`,
      },
    );
  }
};

const isEmpty = (node: YamlNode): boolean =>
  isNull(node) ||
  (node.kind === 'scalar' && node.text.trim() === '') ||
  (node.kind === 'list' && node.items.every(isEmpty));

const objectSchema = (fields: Fields, options: ObjectOptions): JsonSchema => {
  const needed = Object.entries(fields).flatMap(([name, f]) => (f.isRequired === true ? [name] : []));
  const properties = Object.fromEntries(
    Object.entries(fields).map(([name, { shape, doc, noEffect }]) => [
      name,
      { description: noEffect === undefined ? doc : `${doc} No effect in Slipway: ${noEffect}`, ...shape.schema },
    ]),
  );
  return {
    type: needed.length > 0 ? 'object' : ['object', 'null'],
    properties,
    ...(needed.length > 0 ? { required: needed } : {}),
    ...(options.isOpen === true ? {} : { additionalProperties: false }),
  };
};
