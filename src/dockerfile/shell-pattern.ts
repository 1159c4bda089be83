// Patterns of `${x#p}`, `${x%p}` and `${x/p/r}`: `*`, `?` and `\` before them; no brackets; neither wildcard matches a line end.

type Token = { readonly literal: string } | 'any' | 'one';
export type ShellPattern = readonly Token[];

/** Undefined when a backslash stands before anything but `*`, `?`, `\`, `/` or `}`. */
export const parsePattern = (text: string): ShellPattern | undefined => {
  const tokens: Token[] = [];
  const characters = Array.from(text);
  for (let i = 0; i < characters.length; i++) {
    let character = characters[i] ?? '';
    if (character === '*') {
      if (tokens.at(-1) !== 'any') tokens.push('any');
      continue;
    }
    if (character === '?') {
      tokens.push('one');
      continue;
    }
    if (character === '\\') {
      character = characters[++i] ?? '';
      if (!['*', '?', '\\', '/', '}'].includes(character)) return undefined;
    }
    tokens.push({ literal: character });
  }
  return tokens;
};

/** Bounds the work of one expansion: a pattern with "*" may look at every character from every place. */
interface Budget {
  steps: number;
}
const budget = (): Budget => ({ steps: 20_000_000 });

/** End of the shortest or longest match that begins at `start`, or -1. */
const matchEnd = (
  pattern: ShellPattern,
  value: readonly string[],
  start: number,
  longest: boolean,
  left: Budget,
): number => {
  let reached = new Set([start]);
  for (const token of pattern) {
    const next = new Set<number>();
    if (token === 'any') {
      for (const from of reached)
        for (let at = from; !next.has(at); at++) {
          next.add(at);
          left.steps--;
          if (at >= value.length || value[at] === '\n') break;
        }
    } else {
      for (const at of reached) {
        const character = value[at];
        if (character === undefined) continue;
        if (token === 'one' ? character !== '\n' : character === token.literal) next.add(at + 1);
      }
    }
    left.steps -= reached.size;
    if (next.size === 0 || left.steps < 0) return -1;
    reached = next;
  }
  let end = longest ? -1 : value.length;
  for (const at of reached) end = longest ? Math.max(end, at) : Math.min(end, at);
  return end;
};

export const removePrefix = (pattern: ShellPattern, value: string, longest: boolean): string => {
  const characters = Array.from(value);
  const end = matchEnd(pattern, characters, 0, longest, budget());
  return end < 0 ? value : characters.slice(end).join('');
};

export const removeSuffix = (pattern: ShellPattern, value: string, longest: boolean): string => {
  const characters = Array.from(value).toReversed();
  const end = matchEnd(pattern.toReversed(), characters, 0, longest, budget());
  return end < 0 ? value : characters.slice(end).toReversed().join('');
};

/** Replaces the first match, or all; each match is the longest at its place. Undefined when the result would be longer than `limit` or the search costs too much. */
export const replacePattern = (
  pattern: ShellPattern,
  value: string,
  replacement: string,
  all: boolean,
  limit: number,
): string | undefined => {
  const characters = Array.from(value);
  let result = '';
  let at = 0;
  /** End of the match before: an empty match is not made directly after it, as in Go's ReplaceAllString. */
  let previous = -1;
  const left = budget();
  while (at <= characters.length) {
    const end = matchEnd(pattern, characters, at, true, left);
    if (end >= 0 && !(end === at && end === previous)) {
      result += replacement;
      if (!all) return result + characters.slice(end).join('');
      previous = end;
    }
    if (end > at) at = end;
    else result += characters[at++] ?? '';
    if (result.length > limit || left.steps < 0) return undefined;
  }
  return result;
};
