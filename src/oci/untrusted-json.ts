// Readers for JSON that somebody else wrote: each returns a typed value or throws what `bad` makes of the problem.
import { type Digest, parseDigest } from '../refs/digest.ts';

/** Makes the Failure for a problem said in words: `"layers" is not a list`. */
export type Bad = (problem: string) => Error;

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Null prototypes, so that neither `constructor` nor a `__proto__` in the text can be taken for data. */
const withoutPrototype = (_key: string, value: unknown): unknown =>
  isObject(value) ? Object.assign(Object.create(null) as object, value) : value;

export const parseJson = (bytes: Uint8Array, bad: Bad): JsonObject => {
  const value = parseJsonValue(bytes, bad);
  if (!isObject(value)) throw bad('it is not a JSON object');
  return value;
};

export const parseJsonValue = (bytes: Uint8Array, bad: Bad): unknown => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return JSON.parse(text, withoutPrototype);
  } catch {
    throw bad('it is not JSON');
  }
};

export const asObject = (value: unknown, what: string, bad: Bad): JsonObject => {
  if (!isObject(value)) throw bad(`${what} is not an object`);
  return value;
};

export const asString = (value: unknown, what: string, bad: Bad): string => {
  if (typeof value !== 'string') throw bad(`${what} is not a string`);
  return value;
};

export const asList = (value: unknown, what: string, bad: Bad): readonly unknown[] => {
  if (!Array.isArray(value)) throw bad(`${what} is not a list`);
  return value;
};

export const asDigest = (value: unknown, what: string, bad: Bad): Digest => {
  const digest = parseDigest(asString(value, what, bad));
  if (digest === undefined) throw bad(`${what} is not a digest`);
  return digest;
};

/** A whole number of bytes that a double holds exactly. */
export const asSize = (value: unknown, what: string, bad: Bad): number => {
  if (!Number.isSafeInteger(value) || Number(value) < 0) throw bad(`${what} is not a size in bytes`);
  return Number(value);
};

export const asStrings = (value: unknown, what: string, bad: Bad): readonly string[] =>
  asList(value, what, bad).map((item) => asString(item, `an item of ${what}`, bad));

export const asStringMap = (value: unknown, what: string, bad: Bad): Readonly<Record<string, string>> => {
  const object = asObject(value, what, bad);
  for (const key of Object.keys(object)) asString(object[key], `${what}."${key}"`, bad);
  return object as Readonly<Record<string, string>>;
};

/** `{ [key]: read(value) }`, or `{}` where the key is absent or null: what optional fields of a typed object spread. */
export const optional = <K extends string, T>(
  object: JsonObject,
  key: K,
  read: (value: unknown, what: string, bad: Bad) => T,
  bad: Bad,
): { readonly [P in K]?: T } => {
  const value = object[key];
  return value === undefined || value === null ? {} : ({ [key]: read(value, `"${key}"`, bad) } as { [P in K]?: T });
};
