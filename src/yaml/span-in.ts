import type { Span } from '../diagnostics/source.ts';
import type { Value } from './value.ts';

/**
 * Where a part of a value's text stands in the source: exact when the text stands there unescaped, also over the lines of a
 * literal block (`|`); else the whole value.
 */
export const spanIn = (value: Value, start: number, end: number): Span => {
  const { source } = value.at;
  if (value.textStart !== undefined) return { source, start: value.textStart + start, end: value.textStart + end };
  const lines = blockLines(value.at);
  if (lines === undefined) return value.at;
  const first = offsetIn(lines, start);
  if (first === undefined) return value.at;
  return { source, start: first, end: Math.max(first, offsetIn(lines, end) ?? first) };
};

interface BlockLine {
  /** In the source, after the indentation. */
  readonly start: number;
  /** Without the line end. */
  readonly length: number;
}

const blockLines = ({ source, start, end }: Span): readonly BlockLine[] | undefined => {
  const { text } = source;
  const header = /^\|([-+]?)([1-9]?)[-+]?/.exec(text.slice(start, start + 4));
  const headerEnd = text.indexOf('\n', start);
  // An indentation indicator counts from the parent, which is not known here.
  if (header === null || header[2] !== '' || headerEnd < 0 || headerEnd >= end) return undefined;
  const written: { readonly start: number; readonly content: string }[] = [];
  for (let at = headerEnd + 1; at < end;) {
    const lineEnd = text.indexOf('\n', at);
    const next = lineEnd < 0 ? text.length : lineEnd;
    written.push({ start: at, content: text.slice(at, next).replace(/\r$/, '') });
    at = next + 1;
  }
  const firstFull = written.find((line) => line.content.trim() !== '');
  if (firstFull === undefined) return undefined;
  const indent = firstFull.content.length - firstFull.content.trimStart().length;
  return written.map(({ start: at, content }) => {
    const cut = Math.min(indent, content.length);
    return { start: at + cut, length: content.length - cut };
  });
};

const offsetIn = (lines: readonly BlockLine[], offset: number): number | undefined => {
  let left = offset;
  for (const line of lines) {
    if (left <= line.length) return line.start + left;
    left -= line.length + 1;
  }
  return undefined;
};
