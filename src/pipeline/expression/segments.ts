// Finds the `<+…>` in a text: what stands around them is kept as it is.

export type Segment =
  | { readonly kind: 'text'; readonly text: string; readonly start: number }
  /** `start` is the offset of `<+`; `text` is what stands between `<+` and `>`. */
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

export const hasExpression = (text: string): boolean => text.includes('<+');

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
    let tail = close === undefined ? -1 : close + 1;
    if (close !== undefined && text.slice(start + 2, close).trim() === 'input') {
      // `<+input>.default(x).allowedValues(a,b)`: the suffixes belong to it.
      const suffix = inputSuffix(text, tail);
      tail += suffix;
    }
    if (close === undefined) {
      segments.push({ kind: 'open', start });
      at = text.length;
      break;
    }
    close = tail;
    segments.push({ kind: 'expression', text: text.slice(start + 2, close), start, end: close });
    at = close;
  }
  if (at < text.length) segments.push({ kind: 'text', text: text.slice(at), start: at });
  return segments.map((s) =>
    s.kind === 'expression' && !/^\s*input\s*>/.test(s.text) ? { ...s, text: text.slice(s.start + 2, s.end - 1) } : s,
  );
};

/** Length of the `.name(…)` that follow an `<+input>`. */
const inputSuffix = (text: string, start: number): number => {
  let at = start;
  for (;;) {
    const name = /^\.(?:default|allowedValues|selectOneFrom|selectManyFrom|regex|executionInput)\(/.exec(
      text.slice(at, at + 24),
    )?.[0];
    if (name === undefined) return at - start;
    let depth = 1;
    let end = at + name.length;
    for (; end < text.length && depth > 0; end += 1) {
      if (text[end] === '\\') end += 1;
      else if (text[end] === '(') depth += 1;
      else if (text[end] === ')') depth -= 1;
      else if (text.startsWith('<+input', end)) break;
    }
    if (depth > 0) return at - start;
    at = end;
  }
};
