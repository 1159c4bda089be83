// The three ways in which arguments are split: at spaces, at spaces outside quotes, as a JSON list.
import type { Report } from '../diagnostics/diagnostic.ts';
import { fault, warn } from './fault.ts';
import type { Word } from './instructions.ts';
import type { SplitLine } from './split.ts';
import { isSpace } from './space.ts';

/** Split at spaces; quotes mean nothing (FROM, COPY, ADD, EXPOSE, VOLUME). */
export const plainWords = ({ line, rest, restStart }: SplitLine): readonly Word[] =>
  [...rest.text.matchAll(/[^\t\v\f\r ]+/g)].map((m) =>
    line.word(restStart + m.index, restStart + m.index + m[0].length),
  );

/** A word and where it lies in `line.text`. */
export interface PlacedWord extends Word {
  readonly start: number;
}

/** Split at spaces outside quotes; quotes and escapes stay in the words (ARG, ENV, LABEL). */
export const quotedWords = ({ line, rest, restStart }: SplitLine): readonly PlacedWord[] => {
  const words: PlacedWord[] = [];
  const { text } = rest;
  let at = 0;
  while (at < text.length) {
    while (at < text.length && isSpace(text[at] ?? '')) at++;
    if (at === text.length) break;
    const start = at;
    let word = '';
    let quote = '';
    for (; at < text.length; at++) {
      const character = text[at] ?? '';
      if (quote === '' && isSpace(character)) break;
      if (character === line.escape && quote !== "'") {
        // An escape at the very end escapes nothing and is dropped.
        if (at + 1 < text.length) word += character + (text[++at] ?? '');
        continue;
      }
      if (quote === '' && (character === '"' || character === "'")) quote = character;
      else if (character === quote) quote = '';
      word += character;
    }
    if (word !== '') words.push({ ...line.word(restStart + start, restStart + at, word), start: restStart + start });
  }
  return words;
};

/** `not-json`: read it otherwise. Undefined after a report: JSON, but not a list of strings. */
export const jsonWords = (split: SplitLine, report: Report): readonly Word[] | 'not-json' | undefined => {
  const { line, rest, restStart } = split;
  if (!rest.text.startsWith('[')) return 'not-json';
  let members: unknown;
  try {
    members = JSON.parse(rest.text);
  } catch {
    if (/^\[\s*["']/.test(rest.text) && rest.text.endsWith(']'))
      warn(report, 'dockerfile/malformed-json', rest.at, 'this looks like a JSON list but is not one', {
        hint: 'Use double quotes, no comma after the last member, and \\\\ for a backslash.',
      });
    return 'not-json';
  }
  if (!Array.isArray(members)) return 'not-json';
  const words: Word[] = [];
  const places = stringPlaces(rest.text);
  for (const [i, member] of members.entries()) {
    if (typeof member !== 'string')
      return fault(report, 'dockerfile/bad-json', rest.at, `member ${i + 1} of the list is not a string`, {
        hint: 'Put every member in double quotes.',
      });
    const [start, end] = places[i] ?? [0, rest.text.length];
    words.push(line.word(restStart + start, restStart + end, member));
  }
  return words;
};

/** Start and end of each string token of a valid JSON list of strings. */
const stringPlaces = (json: string): readonly (readonly [number, number])[] =>
  [...json.matchAll(/"(?:[^"\\]|\\.)*"/g)].map((m) => [m.index, m.index + m[0].length]);
