// `<+input>` and its suffixes, and the values given for inputs.
import { RE2JS } from 're2js';
import { inputSuffixes } from './expression/segments.ts';

export interface InputRequest {
  readonly default?: string;
  readonly allowed?: readonly string[];
  readonly many: boolean;
  readonly pattern?: string;
}

/** Splits at commas that stand outside of `\'…\'` or quotes. */
const commaList = (text: string): readonly string[] => {
  const items: string[] = [];
  let item = '';
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    if (text.startsWith("\\'", at)) {
      quoted = !quoted;
      at += 1;
    } else if (text[at] === ',' && !quoted) {
      items.push(item.trim());
      item = '';
    } else {
      item += text[at];
    }
  }
  return [...items, item.trim()];
};

/** Reads `<+input>.default(x).allowedValues(a,b)`; undefined when the text is no input (schema of runtime inputs, pipeline-schema section 3). */
export const readInput = (text: string): InputRequest | undefined => {
  const head = /^\s*<\+\s*input\s*>/.exec(text)?.[0];
  if (head === undefined) return undefined;
  const suffixes = inputSuffixes(text, head.length);
  if ((suffixes.at(-1)?.end ?? head.length) < text.trimEnd().length) return undefined;
  let request: InputRequest = { many: false };
  for (const { name, argument } of suffixes) {
    switch (name) {
      case 'default':
        request = { ...request, default: argument.replaceAll("\\'", '') };
        break;
      case 'allowedValues':
      case 'selectOneFrom':
        request = { ...request, allowed: commaList(argument) };
        break;
      case 'selectManyFrom':
        request = { ...request, allowed: commaList(argument), many: true };
        break;
      case 'regex':
        request = { ...request, pattern: argument };
        break;
      case 'executionInput':
        break;
      default:
        name satisfies never;
    }
  }
  return request;
};

/** A sentence saying why the value may not be given, or undefined when it may. */
export const inputProblem = (request: InputRequest, value: string): string | undefined => {
  const { allowed, pattern } = request;
  if (allowed !== undefined) {
    const chosen = request.many ? value.split(',').map((v) => v.trim()) : [value];
    const bad = chosen.find((v) => !allowed.includes(v));
    if (bad !== undefined) return `"${bad}" is not one of the allowed values: ${allowed.join(', ')}`;
  }
  if (pattern !== undefined) {
    try {
      if (!RE2JS.compile(pattern).matches(value)) return `"${value}" does not match ${pattern}`;
    } catch {
      return `the regular expression ${pattern} cannot be used`;
    }
  }
  return undefined;
};

export interface InputValues {
  /** By the name the user gave. */
  readonly values: ReadonlyMap<string, string>;
  readonly used: Set<string>;
}

/** The value whose name is `fullName` or its longest end at a dot. */
export const inputValue = (inputs: InputValues, fullName: string): string | undefined => {
  for (let name = fullName; ; name = name.slice(name.indexOf('.') + 1)) {
    const value = inputs.values.get(name);
    if (value !== undefined) {
      inputs.used.add(name);
      return value;
    }
    if (!name.includes('.')) return undefined;
  }
};
