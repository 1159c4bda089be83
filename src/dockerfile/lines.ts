// Logical lines: physical lines joined by the escape character, comments left out, with the way back to the source.
import type { SourceText, Span } from '../diagnostics/source.ts';
import type { EscapeCharacter, Word } from './instructions.ts';
import { isSpace, trim } from './space.ts';

/** One instruction's text and where each part of it came from. */
export class LogicalLine {
  readonly source: SourceText;
  readonly text: string;
  readonly escape: EscapeCharacter;
  readonly #pieces: readonly Piece[];
  /** Where each piece begins in `text`. */
  readonly #indexes: readonly number[];

  constructor(source: SourceText, escape: EscapeCharacter, pieces: readonly Piece[]) {
    this.source = source;
    this.escape = escape;
    this.#pieces = pieces;
    this.text = pieces.map((p) => p.text).join('');
    let index = 0;
    this.#indexes = pieces.map((piece) => (index += piece.text.length) - piece.text.length);
  }

  /** Offset in the source where it begins, though a lone escape character may be all that is there. */
  get start(): number {
    return this.#pieces[0]?.start ?? 0;
  }

  /** Offset in the source of a character of `text`; after the last one, the end of the last piece. */
  offset(index: number): number {
    let low = 0;
    let high = this.#pieces.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#indexes[middle] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return (this.#pieces[low]?.start ?? 0) + index - (this.#indexes[low] ?? 0);
  }

  /** Half-open, as String.slice. */
  span(start: number, end: number): Span {
    const from = this.offset(start);
    return { source: this.source, start: from, end: end > start ? this.offset(end - 1) + 1 : from };
  }

  word(start: number, end: number, text = this.text.slice(start, end)): Word {
    return { text, at: this.span(start, end) };
  }
}

export interface Piece {
  readonly text: string;
  /** Offset in the source. */
  readonly start: number;
}

export interface PhysicalLine {
  /** Without its line end. */
  readonly text: string;
  readonly start: number;
  /** After the line end. */
  readonly end: number;
}

/** Steps through the physical lines of a source; a byte order mark at the start is left out. */
export class LineCursor {
  readonly source: SourceText;
  /** Lines read so far. */
  count = 0;
  #at: number;

  constructor(source: SourceText) {
    this.source = source;
    this.#at = source.text.startsWith('\ufeff') ? 1 : 0;
  }

  /** Offset after what was read. */
  get at(): number {
    return this.#at;
  }

  next(): PhysicalLine | undefined {
    const { text } = this.source;
    const start = this.#at;
    if (start >= text.length) return undefined;
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline + 1;
    this.#at = end;
    this.count++;
    let stop = end;
    while (stop > start && (text[stop - 1] === '\n' || text[stop - 1] === '\r')) stop--;
    return { text: text.slice(start, stop), start, end };
  }
}

export const isComment = (text: string): boolean => {
  let at = 0;
  while (isSpace(text[at] ?? '')) at++;
  return text[at] === '#';
};

export const isBlank = (text: string): boolean => trim(text) === '';

/** The text before an escape character that ends the line; undefined when the line does not go on. An escaped escape character joins nothing. */
export const beforeContinuation = (text: string, escape: EscapeCharacter): string | undefined => {
  let end = text.length;
  while (end > 0 && (text[end - 1] === ' ' || text[end - 1] === '\t')) end--;
  return text[end - 1] === escape && text[end - 2] !== escape ? text.slice(0, end - 1) : undefined;
};
