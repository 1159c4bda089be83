// Resolver: what was written, with its expressions evaluated at one place of the pipeline.
import { parseDuration } from '../base/duration.ts';
import { nearest } from '../base/nearest.ts';
import type { Diagnostic, Report } from '../diagnostics/diagnostic.ts';
import type { Span } from '../diagnostics/source.ts';
import { isKnown, joinText, showText, type Text } from '../refs/text.ts';
import { spanIn } from '../yaml/span-in.ts';
import { evaluate, isTrue, type Outcome, textOf } from './expression/evaluate.ts';
import { isParseFault, parseExpression } from './expression/parse.ts';
import { hasExpression, segmentsOf } from './expression/segments.ts';
import { isList, isMap, type Known, type ScopeNode, showKnown } from './expression/value.ts';
import { inputProblem, inputValue, type InputValues, readInput } from './input.ts';
import type { Value, ValueList, ValueMap } from './model.ts';
import type { Resolver } from './resolver.ts';

export interface MissingInput {
  /** Full name: `pipeline.variables.version`. */
  readonly name: string;
  readonly at: Span;
  readonly path: string;
  readonly allowed?: readonly string[];
  readonly pattern?: string;
}

export interface ResolverOptions {
  readonly root: () => ScopeNode;
  /** Full name of the node: `pipeline.stages.image.spec.execution.steps.build`. */
  readonly place: string;
  readonly report: Report;
  readonly inputs: InputValues;
  readonly lenientInputs: boolean;
  readonly asked: { readonly missingInputs: MissingInput[]; readonly secrets: Set<string> };
}

/** The name a person would use: the place, then the last part of the value's path. */
const inputName = (value: Value, place: string): string => {
  if (place.includes('.variables.')) return place;
  if (value.path.endsWith('codebase.build')) return 'pipeline.properties.ci.codebase.build';
  const below =
    /\.spec\.(?!execution)(.*)$/.exec(value.path.slice(value.path.lastIndexOf('.step.') + 1))?.[1] ??
    value.path.slice(value.path.lastIndexOf('.') + 1);
  return `${place}.spec.${below}`;
};

export const createResolver = (options: ResolverOptions): Resolver => {
  const { root, place, report, inputs, lenientInputs, asked } = options;

  const tell = (value: Value, code: string, message: string, more: Partial<Diagnostic> = {}): undefined => {
    report({ code, severity: 'error', message, at: value.at, path: value.path, ...more });
  };

  const expressionOutcome = (value: Value, source: string, offset: number): Outcome | undefined => {
    const ast = parseExpression(source);
    if (isParseFault(ast)) {
      return tell(value, 'expression/syntax', `in <+${source}>: ${ast.problem}`, {
        at: spanIn(value, offset + ast.start, offset + ast.end),
      });
    }
    const outcome = evaluate(ast, { scope: root(), nearest: (name, candidates) => nearest(name, candidates) });
    if (outcome.kind === 'fault') {
      const { fault } = outcome;
      return tell(
        value,
        fault.unknown === undefined ? 'expression/cannot-evaluate' : 'expression/unknown-name',
        `in <+${source.trim()}>: ${fault.problem}`,
        {
          at: spanIn(value, offset + fault.start, offset + fault.end),
          ...(fault.hint === undefined ? {} : { hint: fault.hint }),
        },
      );
    }
    noteSecrets(textOf(outcome));
    return outcome;
  };

  const noteSecrets = (text: Text): void => {
    if (isKnown(text)) return;
    for (const part of text) if (typeof part === 'object' && 'secret' in part) asked.secrets.add(part.secret);
  };

  const inputOutcome = (value: Value, source: string): Outcome | undefined => {
    const request = readInput(source);
    if (request === undefined)
      return tell(value, 'input/syntax', `"${source}" is no input`, {
        hint: 'write <+input>, with .default(x), .allowedValues(a,b) or .regex(r) behind it',
      });
    const name = inputName(value, place);
    const given = inputValue(inputs, name);
    const chosen = given ?? request.default;
    if (chosen !== undefined) {
      const problem = inputProblem(request, chosen);
      if (problem !== undefined) return tell(value, 'input/not-allowed', `input ${name}: ${problem}`);
      return { kind: 'known', value: chosen };
    }
    if (!asked.missingInputs.some((m) => m.name === name)) {
      asked.missingInputs.push({
        name,
        at: value.at,
        path: value.path,
        ...(request.allowed === undefined ? {} : { allowed: request.allowed }),
        ...(request.pattern === undefined ? {} : { pattern: request.pattern }),
      });
      report({
        code: 'input/missing',
        severity: lenientInputs ? 'note' : 'error',
        message: `input ${name} has no value`,
        at: value.at,
        path: value.path,
        hint: `give it with --input ${name.slice(name.lastIndexOf('.') + 1)}=…${request.allowed === undefined ? '' : ` (one of ${request.allowed.join(', ')})`}`,
      });
    }
    return { kind: 'late', source: `input.${name}` };
  };

  /** One outcome when the whole value is one expression, else joined text. */
  const resolve = (value: Value): Outcome | undefined => {
    if (!hasExpression(value.text)) return { kind: 'known', value: value.text };
    const outcomes: (Outcome | undefined)[] = [];
    for (const segment of segmentsOf(value.text)) {
      if (segment.kind === 'text') outcomes.push({ kind: 'known', value: segment.text });
      else if (segment.kind === 'open')
        outcomes.push(
          tell(value, 'expression/syntax', 'the <+ that opens here is never closed', {
            at: spanIn(value, segment.start, segment.start + 2),
            hint: 'close it with >',
          }),
        );
      else if (/^<\+\s*input\s*>/.test(value.text.slice(segment.start)))
        outcomes.push(inputOutcome(value, value.text.slice(segment.start, segment.end)));
      else outcomes.push(expressionOutcome(value, segment.text, segment.start + 2));
    }
    if (outcomes.includes(undefined)) return undefined;
    const [only] = outcomes;
    if (outcomes.length === 1) return only;
    const text = joinText(...outcomes.flatMap((o) => (o === undefined ? [] : [textOf(o)])));
    return isKnown(text) ? { kind: 'known', value: text } : { kind: 'joined', text };
  };

  const knownText = (value: Value | undefined): string | undefined => {
    if (value === undefined) return undefined;
    const outcome = resolve(value);
    if (outcome === undefined) return undefined;
    const text = textOf(outcome);
    if (isKnown(text)) return text;
    if (lenientInputs && asked.missingInputs.length > 0) return undefined;
    return tell(
      value,
      'expression/late',
      `${showText(text)} is known only while the pipeline runs, but is needed before`,
      { hint: 'use a literal, an input or a variable here' },
    );
  };

  const expandedList = (known: Known): readonly string[] => (isList(known) ? known.map(showKnown) : [showKnown(known)]);

  return {
    text: (value) => {
      if (value === undefined) return undefined;
      const outcome = resolve(value);
      return outcome === undefined ? undefined : textOf(outcome);
    },
    known: knownText,
    boolean: (value) => {
      const text = knownText(value);
      if (text === undefined || text === '' || value === undefined) return undefined;
      if (/^(?:1|t|T|true|True|TRUE)$/.test(text)) return true;
      if (/^(?:0|f|F|false|False|FALSE)$/.test(text)) return false;
      return tell(value, 'pipeline/bad-boolean', `"${text}" is neither true nor false`, {
        hint: 'write true or false',
      });
    },
    integer: (value) => {
      const text = knownText(value);
      if (text === undefined || text === '' || value === undefined) return undefined;
      return /^-?\d{1,15}$/.test(text)
        ? Number(text)
        : tell(value, 'pipeline/bad-integer', `"${text}" is not a whole number`);
    },
    durationMs: (value) => {
      const text = knownText(value);
      if (text === undefined || text.trim() === '' || value === undefined) return undefined;
      return (
        parseDuration(text) ??
        tell(value, 'pipeline/bad-duration', `"${text}" is not a duration`, { hint: 'write it like 90s, 10m or 1h30m' })
      );
    },
    list: (values: ValueList | undefined) =>
      (values?.items ?? []).flatMap((item): readonly Text[] => {
        const outcome = resolve(item);
        if (outcome === undefined) return [];
        return (outcome.kind === 'known' ? expandedList(outcome.value) : [textOf(outcome)]).filter(
          (text) => text !== '',
        );
      }),
    map: (values: ValueMap | undefined) => {
      const result: [string, Text][] = [];
      if (values?.whole !== undefined) {
        const outcome = resolve(values.whole);
        if (outcome?.kind === 'known' && isMap(outcome.value))
          for (const [k, v] of outcome.value) result.push([k, showKnown(v)]);
        else if (outcome?.kind === 'known' && outcome.value !== '')
          tell(values.whole, 'pipeline/not-a-map', 'a map is needed here');
      }
      for (const [name, { value }] of Object.entries(values?.entries ?? {})) {
        const outcome = resolve(value);
        if (outcome !== undefined) result.push([name, textOf(outcome)]);
      }
      return Object.fromEntries(result);
    },
  };
};

/** A condition of `when`: decided, late (its source), or undefined after a report. Text outside of `<+…>` is part of the expression. */
export const resolveCondition = (
  value: Value,
  root: ScopeNode,
  report: Report,
): boolean | { readonly late: string } | undefined => {
  const whole = segmentsOf(value.text);
  const [first] = whole;
  const source = whole.length === 1 && first?.kind === 'expression' ? first.text : value.text;
  const offset = source === value.text ? 0 : 2;
  const ast = parseExpression(source);
  if (isParseFault(ast)) {
    report({
      code: 'expression/syntax',
      severity: 'error',
      message: `in the condition: ${ast.problem}`,
      at: spanIn(value, offset + ast.start, offset + ast.end),
      path: value.path,
    });
    return undefined;
  }
  if (ast.kind === 'binary' && ast.operator === '||' && (ast.right.kind === 'literal' || ast.left.kind === 'literal')) {
    report({
      code: 'expression/always-true',
      severity: 'warning',
      message: 'this condition is always true: a text beside || counts as true',
      at: value.at,
      path: value.path,
      hint: 'repeat the comparison: <+a> == "x" || <+a> == "y"',
    });
  }
  const outcome = evaluate(ast, { scope: root, nearest });
  switch (outcome.kind) {
    case 'known':
      return isTrue(outcome.value);
    case 'late':
      return { late: outcome.source };
    case 'fault':
      report({
        code: outcome.fault.unknown === undefined ? 'expression/cannot-evaluate' : 'expression/unknown-name',
        severity: 'error',
        message: `in the condition: ${outcome.fault.problem}`,
        at: spanIn(value, offset + outcome.fault.start, offset + outcome.fault.end),
        path: value.path,
        ...(outcome.fault.hint === undefined ? {} : { hint: outcome.fault.hint }),
      });
      return undefined;
    default:
      report({
        code: 'expression/cannot-evaluate',
        severity: 'error',
        message: 'a secret cannot decide a condition',
        at: value.at,
        path: value.path,
      });
      return undefined;
  }
};
