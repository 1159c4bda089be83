// Resolver: what was written, with its expressions evaluated at one place of the pipeline.
import { parseBoolean } from '../base/boolean.ts';
import { parseDuration } from '../base/duration.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { isKnown, joinText, showText, type Text } from '../refs/text.ts';
import { isExpression } from '../yaml/reading.ts';
import { spanIn } from '../yaml/span-in.ts';
import { evaluate, type Outcome, textOf } from './expression/evaluate.ts';
import { isParseFault, parseExpression } from './expression/parse.ts';
import { segmentsOf } from './expression/segments.ts';
import { isList, isMap, type Known, type ScopeNode, showKnown } from './expression/value.ts';
import type { Value, ValueList, ValueMap } from './model.ts';
import { inputOutcome, type InputOptions } from './resolve-input.ts';
import type { Resolver } from './resolver.ts';

export type { MissingInput } from './resolve-input.ts';

export type ResolverOptions = InputOptions & { readonly root: () => ScopeNode };

export const createResolver = (options: ResolverOptions): Resolver => {
  const { root, report, lenientInputs, asked } = options;

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
    const outcome = evaluate(ast, root());
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
    if (outcome.kind === 'known' && outcome.value === null)
      tell(
        value,
        'expression/cannot-evaluate',
        `<+${source.trim()}> has no value on this run: nothing is put in its place`,
        {
          severity: 'warning',
          at: spanIn(value, offset + ast.start, offset + ast.end),
          hint: 'say what to use instead: <+a ?: "default">',
        },
      );
    noteSecrets(textOf(outcome));
    return outcome;
  };

  const noteSecrets = (text: Text): void => {
    if (isKnown(text)) return;
    for (const part of text) if (typeof part === 'object' && 'secret' in part) asked.secrets.add(part.secret);
  };

  /** One outcome when the whole value is one expression, else joined text. */
  const resolve = (value: Value): Outcome | undefined => {
    if (!isExpression(value.text)) return { kind: 'known', value: value.text };
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
      else if (segment.kind === 'input') outcomes.push(inputOutcome(value, segment.text, options));
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
      return (
        parseBoolean(text) ??
        tell(value, 'pipeline/bad-boolean', `"${text}" is neither true nor false`, { hint: 'write true or false' })
      );
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
