// Finds the `<+…>` in a text: what stands around them is kept as it is.

export type Segment =
  | { readonly kind: 'text'; readonly text: string; readonly start: number }
  /** `<+input>` whole, with the suffixes that follow it. */
  | { readonly kind: 'input'; readonly text: string; readonly start: number; readonly end: number }
  /** Any other: `start` is the offset of `<+`; `text` is what stands between `<+` and `>`. */
  | { readonly kind: 'expression'; readonly text: string; readonly start: number; readonly end: number }
  /** `<+` without its `>`. */
  | { readonly kind: 'open'; readonly start: number };

/** A `>` that might compare is looked beyond no further than this, and no more often in one text. */
const longestLook = 16_384;
const mostLooks = 64;

/**
 * Offset of the `>` that closes the `<+` at `start`, or undefined. Quotes and nested `<+` are passed over. A `>` or `>=`
 * with a blank on both sides compares when another `>` closes after it (`<+a > 3>`), and else closes (`<+ a > file`);
 * every other `>` closes, also in `<+a>=="x"`.
 */
export const closeOf = (text: string, start: number): number | undefined =>
  closeIn(text, start, Math.min(text.length, start + longestLook), true) ?? closeIn(text, start, text.length, false);

const isBlank = (character: string | undefined): boolean => character !== undefined && /\s/.test(character);

const closeIn = (text: string, start: number, end: number, mayCompare: boolean): number | undefined => {
  let depth = 0;
  let quote = '';
  for (let at = start; at < end; at += 1) {
    const character = text[at];
    if (quote !== '') {
      if (character === '\\') at += 1;
      else if (character === quote) quote = '';
      continue;
    }
    if (character === '<' && text[at + 1] === '+') {
      depth += 1;
      at += 1;
    } else if (character === '"' || character === "'") {
      // An apostrophe inside of a regex or plain word never closes: then it is no quote.
      if (text.indexOf(character, at + 1) >= 0) quote = character;
    } else if (character === '>') {
      const after = text[at + 1] === '=' ? text[at + 2] : text[at + 1];
      if (!(mayCompare && isBlank(text[at - 1]) && isBlank(after))) {
        depth -= 1;
        if (depth === 0) return at;
      }
    }
  }
  return undefined;
};

export const segmentsOf = (text: string): readonly Segment[] => {
  const segments: Segment[] = [];
  let at = 0;
  let looks = mostLooks;
  for (;;) {
    const start = text.indexOf('<+', at);
    if (start < 0) break;
    if (start > at) segments.push({ kind: 'text', text: text.slice(at, start), start: at });
    let close = looks > 0 ? closeIn(text, start, Math.min(text.length, start + longestLook), true) : undefined;
    if (close === undefined) {
      looks -= 1;
      close = closeIn(text, start, text.length, false);
    }
    if (close === undefined) {
      segments.push({ kind: 'open', start });
      return segments;
    }
    const inside = text.slice(start + 2, close);
    at = close + 1;
    if (/^\s*input\s*(?:>|$)/.test(inside)) {
      // `<+input > 3>` has no suffixes.
      if (inside.trim() === 'input') at = inputSuffixes(text, at).at(-1)?.end ?? at;
      segments.push({ kind: 'input', text: text.slice(start, at), start, end: at });
    } else segments.push({ kind: 'expression', text: inside, start, end: at });
  }
  if (at < text.length) segments.push({ kind: 'text', text: text.slice(at), start: at });
  return segments;
};

const suffixNames = ['default', 'allowedValues', 'selectOneFrom', 'selectManyFrom', 'regex', 'executionInput'] as const;

export interface InputSuffix {
  readonly name: (typeof suffixNames)[number];
  readonly argument: string;
  /** After the bracket that closes it. */
  readonly end: number;
}

/** The `.name(…)` that follow an `<+input>`, from `start` on. */
export const inputSuffixes = (text: string, start: number): readonly InputSuffix[] => {
  const suffixes: InputSuffix[] = [];
  let at = start;
  for (;;) {
    const name = suffixNames.find((known) => text.startsWith(`.${known}(`, at));
    if (name === undefined) return suffixes;
    const argumentStart = at + name.length + 2;
    let depth = 1;
    let end = argumentStart;
    for (; end < text.length && depth > 0; end += 1) {
      if (text[end] === '\\') end += 1;
      else if (text[end] === '(') depth += 1;
      else if (text[end] === ')') depth -= 1;
      else if (text.startsWith('<+input', end)) break;
    }
    if (depth > 0) return suffixes;
    suffixes.push({ name, argument: text.slice(argumentStart, end - 1), end });
    at = end;
  }
};
