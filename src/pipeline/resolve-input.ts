// What an `<+input>` stands for at one place: the value given, its default, or a report that it is missing.
import type { Diagnostic, Report } from '../diagnostics/diagnostic.ts';
import type { Span } from '../diagnostics/source.ts';
import type { Outcome } from './expression/evaluate.ts';
import { inputProblem, inputValue, type InputValues, readInput } from './input.ts';
import type { Value } from './model.ts';

export interface MissingInput {
  /** Full name: `pipeline.variables.version`. */
  readonly name: string;
  readonly at: Span;
  readonly path: string;
  readonly allowed?: readonly string[];
  readonly pattern?: string;
}

export interface InputOptions {
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
  if (value.path.endsWith('.when.condition')) return `${place}.when.condition`;
  const below =
    /\.spec\.(?!execution)(.*)$/.exec(value.path.slice(value.path.lastIndexOf('.step.') + 1))?.[1] ??
    value.path.slice(value.path.lastIndexOf('.') + 1);
  return `${place}.spec.${below}`;
};

/** `source`: the `<+input>` with its suffixes. Undefined after a report; late when nothing was given. */
export const inputOutcome = (value: Value, source: string, options: InputOptions): Outcome | undefined => {
  const { place, report, inputs, lenientInputs, asked } = options;
  const tell = (code: string, message: string, more: Partial<Diagnostic> = {}): undefined => {
    report({ code, severity: 'error', message, at: value.at, path: value.path, ...more });
  };
  const request = readInput(source);
  if (request === undefined)
    return tell('input/syntax', `"${source}" is no input`, {
      hint: 'write <+input>, with .default(x), .allowedValues(a,b) or .regex(r) behind it',
    });
  const name = inputName(value, place);
  const chosen = inputValue(inputs, name) ?? request.default;
  if (chosen !== undefined) {
    const problem = inputProblem(request, chosen);
    if (problem !== undefined) return tell('input/not-allowed', `input ${name}: ${problem}`);
    return { kind: 'known', value: chosen };
  }
  if (!asked.missingInputs.some((m) => m.name === name)) {
    const { allowed, pattern } = request;
    asked.missingInputs.push({
      name,
      at: value.at,
      path: value.path,
      ...(allowed === undefined ? {} : { allowed }),
      ...(pattern === undefined ? {} : { pattern }),
    });
    tell('input/missing', `input ${name} has no value`, {
      severity: lenientInputs ? 'note' : 'error',
      hint: `give it with --input ${name.slice(name.lastIndexOf('.') + 1)}=…${allowed === undefined ? '' : ` (one of ${allowed.join(', ')})`}`,
    });
  }
  return { kind: 'late', source: `input.${name}` };
};
