import type { Span } from './source.ts';
import { cells, printable } from './printable.ts';

export interface CodeFrame {
  readonly line: number;
  /** The source line, or the window of it that holds the span. No control characters, tabs as blanks. */
  readonly text: string;
  /** Cells before the marks. */
  readonly indent: number;
  /** Cells to mark, at least one. */
  readonly length: number;
}

const tab = '  ';
/** Code units looked at on both sides of a place, so that a line of ten megabytes costs nothing. */
const reach = 400;

/** `width`: cells for the source line. */
export const codeFrame = (span: Span, width: number): CodeFrame => {
  const { line, column } = span.source.position(span.start);
  const whole = span.source.line(line);
  const from = Math.max(0, column - 1 - reach);
  const to = Math.min(whole.length, column - 1 + reach);
  const markEnd = Math.min(to, Math.max(column - 1, column - 1 + span.end - span.start));
  const before = shown(whole.slice(from, column - 1));
  const marked = shown(whole.slice(column - 1, markEnd));
  const after = shown(whole.slice(markEnd, to));
  const isCut = from > 0 || to < whole.length;
  const beforeCells = cells(before);
  const markedCells = cells(marked);
  if (!isCut && beforeCells + markedCells + cells(after) <= width) {
    return { line, text: before + marked + after, indent: beforeCells, length: Math.max(1, markedCells) };
  }
  const room = Math.max(20, width) - 2;
  // The mark keeps two thirds of the room at least; what is left shows what stands before it.
  const left = takeEnd(before, Math.max(Math.floor(room / 3), room - markedCells - cells(after)));
  const cutLeft = from > 0 || left.length < before.length ? '…' : '';
  const rest = takeStart(marked + after, room - cells(left));
  const cutRight = to < whole.length || rest.length < marked.length + after.length ? '…' : '';
  const indent = cells(cutLeft + left);
  return {
    line,
    text: cutLeft + left + rest + cutRight,
    indent,
    length: Math.max(1, Math.min(markedCells, cells(rest))),
  };
};

const shown = (text: string): string => printable(text.replaceAll('\t', tab));

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

const takeStart = (text: string, width: number): string => {
  let used = 0;
  let taken = '';
  for (const { segment } of graphemes.segment(text)) {
    used += cells(segment);
    if (used > width) break;
    taken += segment;
  }
  return taken;
};

const takeEnd = (text: string, width: number): string => {
  let used = 0;
  let start = text.length;
  for (const { segment, index } of [...graphemes.segment(text)].toReversed()) {
    used += cells(segment);
    if (used > width) break;
    start = index;
  }
  return text.slice(start);
};
