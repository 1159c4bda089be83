// Expressions that waited for the run: names are looked up as whole paths in what the steps have put out.
import type { Ast } from './ast.ts';
import { evaluate, isTrue, type Outcome, pathOf } from './evaluate.ts';
import { isParseFault, parseExpression } from './parse.ts';
import { namesOf, showKnown } from './value.ts';

/** Gives the value of a path such as `steps.build.output.outputVariables.digest`, or undefined. */
export type LateLookup = (path: string) => string | undefined;

export interface LateFault {
  readonly problem: string;
}

const filledIn = (ast: Ast, lookup: LateLookup): Ast => {
  const path = pathOf(ast);
  const place = { start: ast.start, end: ast.end };
  if (path !== undefined && path !== 'json' && path !== 'regex')
    return { kind: 'literal', value: lookup(path) ?? null, ...place };
  const fill = (inner: Ast): Ast => filledIn(inner, lookup);
  switch (ast.kind) {
    case 'member':
      return { ...ast, of: fill(ast.of) };
    case 'index':
      return { ...ast, of: fill(ast.of), index: fill(ast.index) };
    case 'call':
      return { ...ast, of: fill(ast.of), arguments: ast.arguments.map(fill) };
    case 'unary':
      return { ...ast, of: fill(ast.of) };
    case 'binary':
      return { ...ast, left: fill(ast.left), right: fill(ast.right) };
    case 'choice':
      return { ...ast, condition: fill(ast.condition), then: fill(ast.then), otherwise: fill(ast.otherwise) };
    case 'list':
      return { ...ast, items: ast.items.map(fill) };
    case 'literal':
    case 'name':
      return ast;
    default:
      return ast satisfies never;
  }
};

/** The known values put into a late source may be this long together. */
const longestSource = 1 << 20;

const outcomeOf = (source: string, lookup: LateLookup): Outcome | LateFault => {
  const ast = parseExpression(source, longestSource);
  if (isParseFault(ast)) return { problem: ast.problem };
  return evaluate(filledIn(ast, lookup), namesOf([]));
};

const problemOf = (outcome: Outcome | LateFault): LateFault =>
  'problem' in outcome ? outcome : { problem: outcome.kind === 'fault' ? outcome.fault.problem : 'it has no value' };

export const isLateFault = (value: string | boolean | LateFault): value is LateFault => typeof value === 'object';

/** The text that a late part of a Text becomes. Null is a fault: a step that was to put a value out did not. */
export const evaluateLate = (source: string, lookup: LateLookup): string | LateFault => {
  const outcome = outcomeOf(source, lookup);
  if ('kind' in outcome && outcome.kind === 'known' && outcome.value !== null) return showKnown(outcome.value);
  return problemOf(outcome);
};

/** Whether a late condition holds. */
export const evaluateLateCondition = (source: string, lookup: LateLookup): boolean | LateFault => {
  const outcome = outcomeOf(source, lookup);
  return 'kind' in outcome && outcome.kind === 'known' ? isTrue(outcome.value) : problemOf(outcome);
};
