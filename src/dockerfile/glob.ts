// Go's filepath.Match, which the sources of COPY and ADD use: `*`, `?`, `[a-z]`, `[^a]` and `\` before a literal; `*` and `?` do not cross "/".

interface Range {
  readonly low: string;
  readonly high: string;
}
type Token =
  | 'star'
  | 'one'
  | { readonly literal: string }
  | { readonly ranges: readonly Range[]; readonly negated: boolean };

/** True when a character makes the text a pattern, so that a backslash in it escapes. */
export const hasGlob = (pattern: string): boolean => /[*?[]/.test(pattern);

/** Undefined when the pattern is malformed: an open bracket, an empty or incomplete class, a backslash at the end. */
export const compileGlob = (pattern: string): ((path: string) => boolean) | undefined => {
  const tokens = parseGlob(Array.from(pattern));
  if (tokens === undefined) return undefined;
  return (path) => matches(tokens, Array.from(path));
};

const parseGlob = (pattern: readonly string[]): readonly Token[] | undefined => {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length;) {
    const character = pattern[at++] ?? '';
    if (character === '*') {
      if (tokens.at(-1) !== 'star') tokens.push('star');
    } else if (character === '?') tokens.push('one');
    else if (character === '\\') {
      const literal = pattern[at++];
      if (literal === undefined) return undefined;
      tokens.push({ literal });
    } else if (character === '[') {
      const parsed = parseClass(pattern, at);
      if (parsed === undefined) return undefined;
      tokens.push(parsed.token);
      at = parsed.end;
    } else tokens.push({ literal: character });
  }
  return tokens;
};

/** `start` is after "[". */
const parseClass = (
  pattern: readonly string[],
  start: number,
): { readonly token: Token; readonly end: number } | undefined => {
  let at = start;
  const negated = pattern[at] === '^';
  if (negated) at++;
  const ranges: Range[] = [];
  const member = (): string | undefined => {
    let character = pattern[at++];
    if (character === '-' || character === ']') return undefined;
    if (character === '\\') character = pattern[at++];
    return character;
  };
  while (ranges.length === 0 || pattern[at] !== ']') {
    const low = member();
    if (low === undefined) return undefined;
    let high: string | undefined = low;
    if (pattern[at] === '-') {
      at++;
      high = member();
    }
    if (high === undefined) return undefined;
    ranges.push({ low, high });
  }
  return { token: { ranges, negated }, end: at + 1 };
};

const codeOf = (character: string): number => character.codePointAt(0) ?? 0;

const accepts = (token: Exclude<Token, 'star'>, character: string): boolean => {
  if (token === 'one') return character !== '/';
  if ('literal' in token) return token.literal === character;
  const code = codeOf(character);
  return token.ranges.some((r) => codeOf(r.low) <= code && code <= codeOf(r.high)) !== token.negated;
};

/** On a mismatch only the last star needs to take more: earlier ones already stopped as soon as they could. */
const matches = (tokens: readonly Token[], path: readonly string[]): boolean => {
  let at = 0;
  let token = 0;
  let star = -1;
  let starAt = 0;
  while (at < path.length || token < tokens.length) {
    const wanted = tokens[token];
    const character = path[at];
    if (wanted === 'star') {
      star = token++;
      starAt = at;
      continue;
    }
    if (wanted !== undefined && character !== undefined && accepts(wanted, character)) {
      token++;
      at++;
      continue;
    }
    const taken = path[starAt];
    if (star < 0 || taken === undefined || taken === '/') return false;
    at = ++starAt;
    token = star + 1;
  }
  return true;
};
