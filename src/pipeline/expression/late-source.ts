// Writes what must wait for the run as the text of an expression, with everything known put in. parseExpression reads it back.
import { strength } from './parse.ts';
import { isList, type Known, showKnown } from './value.ts';

export interface LateSource {
  readonly source: string;
  /** How tightly its outermost operator binds; absent when it has none. */
  readonly binds?: number;
}

const unaryBinds = 8;

/** In brackets when its operator is weaker than `least`. */
const within = ({ source, binds }: LateSource, least: number): string =>
  binds !== undefined && binds < least ? `(${source})` : source;

/** As it stands in a plan: with brackets around what an operator joins. */
export const wholeSource = (late: LateSource): string => within(late, unaryBinds);

/** A known value never becomes an expression: its `<+` is written `\u003c+`. */
export const literalSource = (value: Known): string => {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (isList(value)) return `[${value.map(literalSource).join(', ')}]`;
  const escaped = showKnown(value)
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('<+', '\\u003c+');
  return `"${escaped}"`;
};

/** `steps.a.output`, with names that are no words as `["a b"]`. */
export const pathSource = (path: readonly string[]): string =>
  path
    .map((name, n) =>
      n === 0 ? name : /^[\p{L}\p{N}_$]+(?:-[\p{L}\p{N}_$]+)*$/u.test(name) ? `.${name}` : `[${literalSource(name)}]`,
    )
    .join('');

export const binarySource = (operator: string, left: LateSource, right: LateSource): LateSource => {
  const binds = strength[operator] ?? 0;
  return { source: `${within(left, binds)} ${operator} ${within(right, binds + 1)}`, binds };
};

export const unarySource = (operator: string, of: LateSource): LateSource => ({
  source: `${operator}(${of.source})`,
  binds: unaryBinds,
});

export const choiceSource = (condition: LateSource, then: LateSource, otherwise: LateSource): LateSource => ({
  source: `${within(condition, 1)} ? ${within(then, 1)} : ${within(otherwise, 1)}`,
  binds: 0,
});

export const partSource = (of: LateSource, part: string): LateSource => ({
  source: `${within(of, unaryBinds + 1)}${part}`,
});
