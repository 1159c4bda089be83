import type { Span } from '../diagnostics/source.ts';

/** Where the characters of a scalar's text start in the source; undefined when they do not stand there unchanged and in one piece. */
export const textStartOf = (
  source: string,
  at: Span,
  text: string,
  style: 'plain' | 'quoted' | 'block',
): number | undefined => {
  const start = style === 'block' ? firstContent(source, at) : style === 'quoted' ? at.start + 1 : at.start;
  return text !== '' && start + text.length <= at.end && source.startsWith(text, start) ? start : undefined;
};

/** After the header line of a block scalar and the indentation of its first line. */
const firstContent = (source: string, at: Span): number => {
  const lineEnd = source.indexOf('\n', at.start);
  let start = lineEnd < 0 ? at.end : lineEnd + 1;
  while (start < at.end && source[start] === ' ') start += 1;
  return start;
};
