// Here-documents: which a line opens, and what their words say (`<<EOF`, `<<-"EOF"`, `3<<EOF`).
import { expand, isBadExpansion } from './expand.ts';
import type { Heredoc } from './instructions.ts';

export type HeredocOpening = Pick<Heredoc, 'name' | 'chomp' | 'expand' | 'fileDescriptor'>;

const none: ReadonlyMap<string, string> = new Map();
const opening = /^([0-9]*)<<(-?)[\t\n\f\r ]*([^<]*)$/;

const countQuotes = (text: string): number => text.replace(/[^'"]/g, '').length;

/** Undefined when the word is not a heredoc. */
export const readHeredocWord = (word: string): HeredocOpening | undefined => {
  const match = opening.exec(word);
  const rest = match?.[3] ?? '';
  if (rest === '') return undefined;
  const plain = expand(rest, none, { escape: '\\', keepUnset: true });
  const quoted = expand(rest, none, { escape: '\\', keepUnset: true, keepQuotes: true });
  if (isBadExpansion(plain) || isBadExpansion(quoted)) return undefined;
  const [name] = plain.words;
  if (name === undefined || plain.words.length !== 1) return undefined;
  return {
    name,
    chomp: match?.[2] === '-',
    expand: countQuotes(name) === countQuotes(quoted.words[0] ?? ''),
    fileDescriptor: Number(match?.[1] ?? ''),
  };
};

/** In the order in which their contents follow. The backslash escapes here whatever `# escape=` says. */
export const heredocsOf = (line: string): readonly HeredocOpening[] => {
  if (!line.includes('<<')) return [];
  const words = expand(line, none, { escape: '\\', keepQuotes: true, keepEscapes: true, keepUnset: true });
  if (isBadExpansion(words)) return [];
  return words.words.flatMap((word) => readHeredocWord(word) ?? []);
};

/** Leading tabs of every line away, as `<<-` asks. */
export const chomp = (content: string): string => content.replace(/^\t+/gm, '');
