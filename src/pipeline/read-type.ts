// What stages and steps have in common when they, or their `type`, are missing or misspelt.
import { nearest } from '../base/nearest.ts';
import type { Span } from '../diagnostics/source.ts';
import { isNull, type YamlNode } from '../yaml/node.ts';
import type { Fields } from '../yaml/object-shape.ts';
import { isBroken, report, type Reading } from '../yaml/reading.ts';
import { excerpt, reportSpelling } from '../yaml/shape.ts';
import type { Value } from './model.ts';

export interface TypedNode {
  readonly what: 'stage' | 'step' | 'stepGroup';
  readonly node: YamlNode;
  readonly key: Span;
  readonly reading: Reading;
}

/** True, and reported, when nothing stands below `stage:`, `step:` or `stepGroup:`. */
export const isEmptyNode = ({ what, node, key, reading }: TypedNode): boolean => {
  if (!isNull(node)) return false;
  report(
    reading,
    'error',
    { at: key, path: node.path },
    {
      code: 'yaml/missing-field',
      message: `this ${what === 'stepGroup' ? 'step group' : what} is empty`,
      hint: `Add ${what === 'stepGroup' ? 'name, identifier and steps' : 'type, name, identifier and spec'}, indented below \`${what}:\`.`,
    },
  );
  return true;
};

/** True when a key that is none of `fields` most likely means `name`: that was reported already. */
export const hasMisspelt = (node: YamlNode, name: string, fields: Fields): boolean =>
  node.kind === 'map' && node.entries.some((e) => !Object.hasOwn(fields, e.name) && nearest(e.name, [name]) === name);

export const reportNoType = (
  { what, node, key, reading }: TypedNode,
  { name, fields, hint }: { readonly name: string; readonly fields: Fields; readonly hint: string },
): void => {
  if (isBroken(node, reading) || hasMisspelt(node, 'type', fields)) return;
  report(
    reading,
    'error',
    { at: key, path: node.path },
    { code: 'pipeline/no-type', message: `the ${what} \`${excerpt(name)}\` has no type`, hint },
  );
};

/** The one of `types` that differs from `type` in capitals only, with a warning. */
export const inOtherCapitals = (
  type: string,
  { types, at, reading }: { readonly types: readonly string[]; readonly at: Value; readonly reading: Reading },
): string | undefined => {
  const meant = types.find((t) => t.toLowerCase() === type.toLowerCase());
  if (meant !== undefined) reportSpelling({ ...at, text: type }, meant, reading);
  return meant;
};
