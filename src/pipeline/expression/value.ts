// Values of expressions: plain data, and names that lead to it.
import type { Text } from '../../refs/text.ts';

export type Known = string | number | boolean | null | readonly Known[] | KnownMap;

/** A map without prototype, so that no name leads to code. */
export type KnownMap = ReadonlyMap<string, Known>;

export const isList = (value: Known): value is readonly Known[] => Array.isArray(value);
export const isMap = (value: Known): value is KnownMap => value instanceof Map;

/** What a name or path stands for. */
export type ScopeNode =
  | { readonly kind: 'known'; readonly value: Known }
  | { readonly kind: 'secret'; readonly id: string }
  /** Text with secrets in it. */
  | { readonly kind: 'joined'; readonly text: Text }
  /** A variable that leads to itself through these names. */
  | { readonly kind: 'cycle'; readonly names: readonly string[] }
  /** Known only while running; every member of it is so too. */
  | { readonly kind: 'late' }
  /** A variable whose value is such an expression. */
  | { readonly kind: 'expression'; readonly source: string }
  | { readonly kind: 'names'; get(name: string): ScopeNode | undefined; names(): readonly string[] };

export const knownNode = (value: Known): ScopeNode => ({ kind: 'known', value });

/** Names with fixed nodes; own entries only. */
export const namesOf = (entries: Iterable<readonly [string, ScopeNode | undefined]>): ScopeNode => {
  const map = new Map<string, ScopeNode>();
  for (const [name, node] of entries) if (node !== undefined) map.set(name, node);
  return { kind: 'names', get: (name) => map.get(name), names: () => [...map.keys()] };
};

/** As Harness writes a value into text. */
export const showKnown = (value: Known): string => {
  if (value === null) return '';
  if (isList(value)) return value.map(showKnown).join(',');
  if (isMap(value)) return JSON.stringify(toJson(value));
  return String(value);
};

const toJson = (value: Known): unknown => {
  if (isList(value)) return value.map(toJson);
  if (isMap(value)) return Object.fromEntries([...value].map(([k, v]) => [k, toJson(v)]));
  return value;
};

export const fromJson = (value: unknown, depth = 0): Known => {
  if (depth > 64 || value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map((item) => fromJson(item, depth + 1));
  if (typeof value === 'object') return new Map(Object.entries(value).map(([k, v]) => [k, fromJson(v, depth + 1)]));
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
};

/** The node of a variable whose resolved text is `text`. A `Secret` variable holds the id of a secret. */
export const fromText = (text: Text, type: 'String' | 'Number' | 'Secret'): ScopeNode => {
  if (typeof text === 'string') {
    if (type === 'Secret') return { kind: 'secret', id: text };
    return knownNode(type === 'Number' && /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text);
  }
  const [only] = text;
  if (text.length === 1 && typeof only === 'object')
    return 'secret' in only ? { kind: 'secret', id: only.secret } : { kind: 'expression', source: only.expression };
  return { kind: 'joined', text };
};
