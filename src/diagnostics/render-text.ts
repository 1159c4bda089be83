// Diagnostics: faults of the input as values, and how they are shown. Pure.
import { codeFrame } from './code-frame.ts';
import type { Diagnostic, Severity } from './diagnostic.ts';
import { countBySeverity, countLine, inOrder } from './order.ts';
import { cells, printable, wrap } from './printable.ts';
import type { Span } from './source.ts';

export interface TextOptions {
  readonly color: boolean;
  /** Cells of the terminal. */
  readonly width: number;
}

/** For people: a block with a code frame for each, in the order of the file, and a count at the end. Empty without diagnostics. */
export const renderText = (diagnostics: readonly Diagnostic[], options: TextOptions): string => {
  if (diagnostics.length === 0) return '';
  const paint = painter(options.color);
  const width = Math.max(40, options.width);
  const blocks = inOrder(diagnostics).map((d) => block(d, width, paint).join('\n'));
  const counts = countBySeverity(diagnostics);
  const worst = counts.error > 0 ? 'error' : counts.warning > 0 ? 'warning' : 'note';
  return `${blocks.join('\n\n')}\n\n${paint(worst, countLine(counts))}\n`;
};

type Tone = Severity | 'strong' | 'faint' | 'help';
type Paint = (tone: Tone, text: string) => string;

const tones: Readonly<Record<Tone, readonly [number, number]>> = {
  error: [31, 39],
  warning: [35, 39],
  note: [36, 39],
  help: [32, 39],
  strong: [1, 22],
  faint: [2, 22],
};

const painter =
  (color: boolean): Paint =>
  (tone, text) =>
    color && text !== '' ? `\u001B[${tones[tone][0]}m${text}\u001B[${tones[tone][1]}m` : text;

const block = (d: Diagnostic, width: number, paint: Paint): string[] => {
  const heading = `${d.severity}[${d.code}]`;
  const [first = '', ...rest] = wrap(printable(`${heading}: ${d.message}`), width);
  const lines = [
    paint('strong', paint(d.severity, heading) + first.slice(heading.length)),
    ...rest.map((line) => paint('strong', `  ${line}`)),
  ];
  const gutter = Math.max(2, ...[d.at, ...(d.related ?? []).map((r) => r.at)].map(lineDigits));
  const blanks = ' '.repeat(gutter);
  if (d.at !== undefined) lines.push(...place(d.at, d.severity, { gutter, width, paint, path: d.path }));
  else if (d.path !== undefined) lines.push(`${blanks} ${paint('faint', '=')} at ${printable(d.path)}`);
  for (const { at, message } of d.related ?? []) {
    lines.push(`${blanks} ${paint('faint', '=')} ${paint('note', 'note')}: ${printable(message)}`);
    lines.push(...place(at, 'note', { gutter, width, paint, path: undefined }));
  }
  if (d.hint !== undefined) {
    const isSnippet = d.hint.includes('\n');
    const [opening = '', ...more] = isSnippet
      ? printable(d.hint).split('\n')
      : wrap(printable(d.hint), width - gutter - 9);
    lines.push(`${blanks} ${paint('faint', '=')} ${paint('help', 'help')}: ${opening}`);
    lines.push(...more.map((line) => `${blanks}         ${line}`));
  }
  return lines;
};

const lineDigits = (at: Span | undefined): number =>
  at === undefined ? 0 : String(at.source.position(at.start).line).length;

interface PlaceOptions {
  readonly gutter: number;
  readonly width: number;
  readonly paint: Paint;
  readonly path: string | undefined;
}

const place = (at: Span, severity: Severity, { gutter, width, paint, path }: PlaceOptions): string[] => {
  const { line, column } = at.source.position(at.start);
  const frame = codeFrame(at, width - gutter - 3);
  const blanks = ' '.repeat(gutter);
  const bar = paint('faint', '|');
  const where = `${printable(at.source.name)}:${line}:${column}`;
  const inPath = path === undefined || path === '' ? '' : `(${printable(path)})`;
  const fits = cells(`${where} ${inPath}`) + gutter + 4 <= width;
  return [
    `${blanks}${paint('faint', '-->')} ${where}${fits && inPath !== '' ? ` ${paint('faint', inPath)}` : ''}`,
    ...(fits || inPath === '' ? [] : [`${blanks}    ${paint('faint', inPath)}`]),
    `${blanks} ${bar}`,
    `${paint('faint', String(frame.line).padStart(gutter))} ${bar} ${frame.text}`.trimEnd(),
    `${blanks} ${bar} ${' '.repeat(frame.indent)}${paint(severity, '^'.repeat(frame.length))}`,
  ];
};
