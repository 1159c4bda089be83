// Conditions of `when`: decided before the run where that can be. Text outside of `<+…>` is part of the expression.
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Span } from '../diagnostics/source.ts';
import { spanIn } from '../yaml/span-in.ts';
import type { Ast } from './expression/ast.ts';
import { evaluate, isTrue } from './expression/evaluate.ts';
import { literalSource, wholeSource } from './expression/late-source.ts';
import { isParseFault, parseExpression } from './expression/parse.ts';
import { segmentsOf } from './expression/segments.ts';
import { showKnown } from './expression/value.ts';
import type { Value } from './model.ts';
import type { ResolverOptions } from './resolve.ts';
import { inputOutcome } from './resolve-input.ts';

/** Decided, late (its source), or undefined after a report. */
export type Decision = boolean | { readonly late: string } | undefined;

/** The expression of a condition, and where its characters stand in the value's text. */
interface Source {
  readonly text: string;
  readonly at: (start: number, end: number) => Span;
}

/** Inputs are put in: alone as the condition they hold, beside other text as a literal. A missing one decides later. */
const sourceOf = (value: Value, options: ResolverOptions): Source | Exclude<Decision, boolean> => {
  const segments = segmentsOf(value.text);
  const [first] = segments;
  if (segments.length === 1 && first?.kind === 'expression')
    return { text: first.text, at: (start, end) => spanIn(value, start + 2, end + 2) };
  if (!segments.some((segment) => segment.kind === 'input'))
    return { text: value.text, at: (start, end) => spanIn(value, start, end) };
  let text = '';
  for (const segment of segments) {
    if (segment.kind !== 'input') {
      text += segment.kind === 'expression' ? `<+${segment.text}>` : segment.kind === 'text' ? segment.text : '<+';
      continue;
    }
    const outcome = inputOutcome(value, segment.text, options);
    if (outcome?.kind === 'late') return { late: outcome.source };
    if (outcome?.kind !== 'known') return undefined;
    const given = showKnown(outcome.value);
    text += segments.length === 1 ? given : literalSource(given);
  }
  return { text, at: () => value.at };
};

/** A text beside `||` at the top: JEXL takes it as true. */
const hasTextBesideOr = (ast: Ast): boolean =>
  ast.kind === 'binary' &&
  ast.operator === '||' &&
  [ast.left, ast.right].some(
    (side) => (side.kind === 'literal' && typeof side.value === 'string' && side.value !== '') || hasTextBesideOr(side),
  );

export const resolveCondition = (value: Value, options: ResolverOptions): Decision => {
  const tell = (code: string, message: string, at: Span, more: Partial<Diagnostic> = {}): undefined => {
    options.report({ code, severity: 'error', message, at, path: value.path, ...more });
  };
  const source = sourceOf(value, options);
  if (source === undefined || 'late' in source) return source;
  if (source.text.trim() === '') return true;
  const ast = parseExpression(source.text);
  if (isParseFault(ast))
    return tell('expression/syntax', `in the condition: ${ast.problem}`, source.at(ast.start, ast.end));
  if (hasTextBesideOr(ast)) {
    tell('expression/always-true', 'this condition is always true: a text beside || counts as true', value.at, {
      severity: 'warning',
      hint: 'repeat the comparison: <+a> == "x" || <+a> == "y"',
    });
  }
  const outcome = evaluate(ast, options.root());
  switch (outcome.kind) {
    case 'known':
      return isTrue(outcome.value);
    case 'late':
      return { late: wholeSource(outcome) };
    case 'fault': {
      const { problem, hint, unknown, start, end } = outcome.fault;
      const code = unknown === undefined ? 'expression/cannot-evaluate' : 'expression/unknown-name';
      return tell(code, `in the condition: ${problem}`, source.at(start, end), hint === undefined ? {} : { hint });
    }
    default:
      return tell('expression/cannot-evaluate', 'a secret cannot decide a condition', value.at);
  }
};
