// From a logical line to keyword, flags and the rest: what comes before an instruction's own reading.
import type { Word } from './instructions.ts';
import type { LogicalLine } from './lines.ts';
import { isSpace } from './space.ts';

export interface SplitLine {
  readonly line: LogicalLine;
  readonly keyword: Word;
  /** Words that begin with `--`, quotes and escapes taken away. */
  readonly flags: readonly Word[];
  /** What is after the flags, without spaces around it. */
  readonly rest: Word;
  /** Index of `rest` in `line.text`. */
  readonly restStart: number;
}

/** Splits `line.text` from `from` on: ONBUILD splits its trigger the same way. */
export const splitLine = (line: LogicalLine, from = 0): SplitLine => {
  const { text } = line;
  let start = from;
  while (start < text.length && isSpace(text[start] ?? '')) start++;
  let end = text.length;
  while (end > start && isSpace(text[end - 1] ?? '')) end--;
  let keywordEnd = start;
  while (keywordEnd < end && !/[\t\v\f\r ]/.test(text[keywordEnd] ?? '')) keywordEnd++;
  const { flags, restStart } = readFlags(line, keywordEnd, end);
  return { line, keyword: line.word(start, keywordEnd), flags, rest: line.word(restStart, end), restStart };
};

const readFlags = (
  line: LogicalLine,
  from: number,
  end: number,
): { readonly flags: readonly Word[]; readonly restStart: number } => {
  const { text, escape } = line;
  const flags: Word[] = [];
  let at = from;
  const skipSpaces = (): void => {
    while (at < end && isSpace(text[at] ?? '')) at++;
  };
  for (skipSpaces(); at + 1 < end && text.startsWith('--', at); skipSpaces()) {
    const start = at;
    let word = '';
    let quote = '';
    for (; at < end; at++) {
      const character = text[at] ?? '';
      if (quote === '' && isSpace(character)) break;
      if (quote === '' && (character === '"' || character === "'")) quote = character;
      else if (character === quote) quote = '';
      else if (character === escape) word += at + 1 < end ? (text[++at] ?? '') : '';
      else word += character;
    }
    if (word === '--') {
      skipSpaces();
      break;
    }
    flags.push(line.word(start, at, word));
  }
  return { flags, restStart: at };
};
