// Methods that expressions may call, with the meaning Java gives them. Everything else does not exist.
import { RE2JS } from 're2js';
import { fromJson, isList, isMap, type Known, showKnown } from './value.ts';

export interface CallFault {
  readonly problem: string;
}

/** Results above this are refused (Harness allows values of 256 KB). */
const longestText = 262_144;

type Method = (text: string, args: readonly Known[]) => Known;

const text = (args: readonly Known[], n: number): string => showKnown(args[n] ?? null);
const whole = (args: readonly Known[], n: number, otherwise: number): number => {
  const value = args[n];
  return value === undefined ? otherwise : Math.trunc(Number(value));
};

class OutOfRange extends Error {}

const inside = (value: number, limit: number, what: string): number => {
  if (!Number.isInteger(value) || value < 0 || value > limit)
    throw new OutOfRange(`${what} ${value} is outside of the text, which has ${limit} characters`);
  return value;
};

/** Linear time, whatever the pattern. */
export const regex = (pattern: string): RE2JS =>
  RE2JS.compile(
    pattern.replaceAll(
      /\\p\{(Alpha|Digit|Alnum|Upper|Lower|Punct|Space)\}/g,
      (_, name: string) => `[[:${name.toLowerCase()}:]]`,
    ),
  );

const methods: Readonly<Record<string, { readonly least: number; readonly most: number; readonly call: Method }>> = {
  contains: { least: 1, most: 1, call: (s, a) => s.includes(text(a, 0)) },
  startsWith: { least: 1, most: 1, call: (s, a) => s.startsWith(text(a, 0)) },
  endsWith: { least: 1, most: 1, call: (s, a) => s.endsWith(text(a, 0)) },
  equals: { least: 1, most: 1, call: (s, a) => s === text(a, 0) },
  equalsIgnoreCase: { least: 1, most: 1, call: (s, a) => s.toLowerCase() === text(a, 0).toLowerCase() },
  replace: { least: 2, most: 2, call: (s, a) => s.replaceAll(text(a, 0), () => text(a, 1)) },
  replaceAll: { least: 2, most: 2, call: (s, a) => regex(text(a, 0)).matcher(s).replaceAll(text(a, 1)) },
  replaceFirst: { least: 2, most: 2, call: (s, a) => regex(text(a, 0)).matcher(s).replaceFirst(text(a, 1)) },
  split: {
    least: 1,
    most: 2,
    call: (s, a) => {
      const parts = regex(text(a, 0)).split(s, a.length > 1 ? whole(a, 1, 0) : 0);
      return [...parts];
    },
  },
  substring: {
    least: 1,
    most: 2,
    call: (s, a) => {
      const end = inside(whole(a, 1, s.length), s.length, 'the end');
      return s.slice(inside(whole(a, 0, 0), end, 'the start'), end);
    },
  },
  indexOf: { least: 1, most: 2, call: (s, a) => s.indexOf(text(a, 0), whole(a, 1, 0)) },
  lastIndexOf: { least: 1, most: 1, call: (s, a) => s.lastIndexOf(text(a, 0)) },
  length: { least: 0, most: 0, call: (s) => s.length },
  size: { least: 0, most: 0, call: (s) => s.length },
  trim: { least: 0, most: 0, call: (s) => s.trim() },
  toLowerCase: { least: 0, most: 0, call: (s) => s.toLowerCase() },
  toUpperCase: { least: 0, most: 0, call: (s) => s.toUpperCase() },
  concat: { least: 1, most: 1, call: (s, a) => s + text(a, 0) },
  matches: { least: 1, most: 1, call: (s, a) => regex(text(a, 0)).matches(s) },
  charAt: { least: 1, most: 1, call: (s, a) => s.charAt(inside(whole(a, 0, 0), s.length - 1, 'the index')) },
  toString: { least: 0, most: 0, call: (s) => s },
  isEmpty: { least: 0, most: 0, call: (s) => s === '' },
};

export const methodNames = [...Object.keys(methods), 'get'];

export const callMethod = (of: Known, name: string, args: readonly Known[]): Known | CallFault => {
  if ((isList(of) || isMap(of)) && !['equals', 'toString'].includes(name)) return callOnCollection(of, name, args);
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method === undefined) return { problem: `there is no function "${name}"` };
  if (of === null) return { problem: `the value before ".${name}()" is null` };
  if (args.length < method.least || args.length > method.most) {
    const many = method.least === method.most ? String(method.least) : `${method.least} or ${method.most}`;
    return { problem: `"${name}" takes ${many} argument${many === '1' ? '' : 's'}, not ${args.length}` };
  }
  try {
    const result = method.call(showKnown(of), args);
    if (typeof result === 'string' && result.length > longestText)
      return { problem: `the result of "${name}" is longer than ${longestText} characters` };
    return result;
  } catch (error) {
    // re2js throws for patterns it cannot compile; substring and charAt for places outside of the text.
    return {
      problem:
        error instanceof OutOfRange
          ? error.message
          : `"${showKnown(args[0] ?? null)}" is not a regular expression that can be used here: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
};

const callOnCollection = (of: Known, name: string, args: readonly Known[]): Known | CallFault => {
  const items = isList(of) ? of : isMap(of) ? [...of.keys()] : [];
  switch (name) {
    case 'size':
    case 'length':
      return items.length;
    case 'isEmpty':
      return items.length === 0;
    case 'contains':
      return items.some((item) => showKnown(item) === text(args, 0));
    case 'get':
      return (isMap(of) ? of.get(text(args, 0)) : items[whole(args, 0, 0)]) ?? null;
    default:
      return { problem: `a ${isList(of) ? 'list' : 'map'} has no function "${name}"` };
  }
};

/** `json.select("a.b[0]", text)`, `json.object(text)`, `json.list(text)`; `regex.extract(pattern, text)`, `regex.match`, `regex.replace(pattern, with, text)`. */
export const callHelper = (helper: string, name: string, args: readonly Known[]): Known | CallFault => {
  try {
    if (helper === 'regex') {
      const matcher = regex(text(args, 0)).matcher(text(args, name === 'replace' ? 2 : 1));
      if (name === 'extract') return matcher.find() ? matcher.group() : null;
      if (name === 'match') return matcher.find();
      if (name === 'replace') return matcher.replaceAll(text(args, 1));
      return { problem: `regex has no function "${name}"` };
    }
    const json = fromJson(
      JSON.parse(text(args, name === 'select' || name === 'list' ? args.length - 1 : 0)) as unknown,
    );
    if (name === 'object' || name === 'format') return json;
    if (name === 'select' || name === 'list') return args.length < 2 ? json : selectPath(json, text(args, 0));
    return { problem: `json has no function "${name}"` };
  } catch (error) {
    return { problem: `${helper}.${name}: ${error instanceof Error ? error.message : String(error)}` };
  }
};

const selectPath = (json: Known, path: string): Known => {
  let value: Known = json;
  for (const step of path.matchAll(/[^.[\]]+/g)) {
    if (isMap(value)) value = value.get(step[0]) ?? null;
    else if (isList(value)) value = value[Number(step[0])] ?? null;
    else return null;
  }
  return value;
};
