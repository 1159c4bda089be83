// Dockerfile: text → logical lines → typed instructions → checks. Pure. The bar is what BuildKit's Dockerfile frontend accepts and means.
import { type Diagnostic, hasErrors, type Report } from '../diagnostics/diagnostic.ts';
import type { SourceText } from '../diagnostics/source.ts';
import { checkDockerfile } from './checks.ts';
import { readDirectives } from './directives.ts';
import { fault, warn } from './fault.ts';
import { heredocsOf } from './heredoc.ts';
import type { Arg, Dockerfile, EscapeCharacter, From, Heredoc, Instruction, Stage } from './instructions.ts';
import { beforeContinuation, isBlank, isComment, LineCursor, LogicalLine, type Piece } from './lines.ts';
import type { RawInstruction } from './raw-instruction.ts';
import { readInstruction, takesHeredocs } from './read-instruction.ts';
import { trim, trimEnd, trimStart } from './space.ts';
import { splitLine } from './split.ts';

/** Beyond these, reading stops with `dockerfile/too-large`. */
export const limits = {
  /** UTF-16 units of the whole text, heredocs included. */
  length: 8 * 1024 * 1024,
  lines: 200_000,
  instructions: 5000,
} as const;

/** Reports every fault with its place, then what the checks find. Undefined when there was an error. Never throws. */
export const parseDockerfile = (source: SourceText, report: Report): Dockerfile | undefined => {
  const diagnostics: Diagnostic[] = [];
  const collect: Report = (d) => {
    diagnostics.push(d);
    report(d);
  };
  const { directives, lines } = readDirectives(source, collect);
  const raws = readRaw(source, directives.escape, lines, collect);
  const globalArgs: Arg[] = [];
  const stages: Stage[] = [];
  let current: { readonly from: From; readonly instructions: Instruction[] } | undefined;
  let fromSeen = false;
  for (const raw of raws) {
    if (raw.keyword.text.toLowerCase() === 'from') fromSeen = true;
    const instruction = readInstruction(raw, collect);
    if (instruction === undefined) continue;
    if (instruction.kind === 'from') {
      current = { from: instruction, instructions: [] };
      const name = instruction.name === undefined ? {} : { name: instruction.name };
      stages.push({ index: stages.length, ...name, ...current });
    } else if (current !== undefined) current.instructions.push(instruction);
    else if (instruction.kind === 'arg') globalArgs.push(instruction);
    else if (!fromSeen) {
      const message = `${instruction.keyword.text.toUpperCase()} stands before the first FROM`;
      const hint = 'Only ARG may stand there; move it below the FROM of its stage.';
      fault(collect, 'dockerfile/before-from', instruction.keyword.at, message, { hint });
    }
  }
  if (!fromSeen) {
    const message = raws.length === 0 ? 'the Dockerfile has no instructions' : 'the Dockerfile has no FROM';
    const at = { source, start: 0, end: 0 };
    fault(collect, 'dockerfile/no-stage', at, message, { hint: 'Begin with FROM IMAGE, or FROM scratch.' });
  }
  if (hasErrors(diagnostics)) return undefined;
  const dockerfile = { source, directives, globalArgs, stages };
  checkDockerfile(dockerfile, collect);
  // `# check=error=true` makes errors of warnings.
  return hasErrors(diagnostics) ? undefined : dockerfile;
};

/**
 * Reads an ONBUILD trigger of a base image's config: exactly one instruction. `source` is named for messages, e.g. `ONBUILD of alpine:3`.
 * Undefined after reporting.
 */
export const parseTrigger = (source: SourceText, report: Report): Instruction | undefined => {
  const { directives, lines } = readDirectives(source, report);
  const [raw, ...more] = readRaw(source, directives.escape, lines, report);
  if (raw === undefined || more[0] !== undefined) {
    const at = more[0]?.at ?? { source, start: 0, end: source.text.length };
    const message = raw === undefined ? 'the trigger has no instruction' : 'the trigger has more than one instruction';
    return fault(report, 'dockerfile/bad-trigger', at, message);
  }
  const instruction = readInstruction(raw, report);
  if (instruction?.kind !== 'from') return instruction;
  return fault(report, 'dockerfile/bad-trigger', raw.keyword.at, 'FROM cannot be a trigger of ONBUILD');
};

/** All instructions, split but not typed. `directiveLines` at the top are not comments. */
const readRaw = (
  source: SourceText,
  escape: EscapeCharacter,
  directiveLines: number,
  report: Report,
): readonly RawInstruction[] => {
  const raws: RawInstruction[] = [];
  const tooLarge = (offset: number, what: string): undefined =>
    fault(
      report,
      'dockerfile/too-large',
      { source, start: offset, end: offset },
      `the Dockerfile has more than ${what}`,
    );
  if (source.text.length > limits.length) {
    tooLarge(limits.length, `${limits.length} characters`);
    return raws;
  }
  const cursor = new LineCursor(source);
  let comments: string[] = [];
  for (let first = cursor.next(); first !== undefined; first = cursor.next()) {
    if (isComment(first.text)) {
      const comment = trim(trim(first.text).slice(1));
      if (comment === '') comments = [];
      else if (cursor.count > directiveLines) comments.push(comment);
      continue;
    }
    if (isBlank(first.text)) continue;
    const line = readLogicalLine(cursor, first, escape, report);
    const split = splitLine(line);
    const heredocs = takesHeredocs(split) ? readHeredocs(cursor, line, report) : [];
    const { start } = line;
    const end = heredocs.length > 0 ? cursor.at : line.offset(trimEnd(line.text).length);
    raws.push({ ...split, heredocs, comments, at: { source, start, end: withoutLineEnd(source, start, end) } });
    comments = [];
    if (raws.length > limits.instructions || cursor.count > limits.lines) {
      tooLarge(cursor.at, `${limits.instructions} instructions or ${limits.lines} lines`);
      break;
    }
  }
  return raws;
};

const withoutLineEnd = (source: SourceText, start: number, end: number): number => {
  let stop = end;
  while (stop > start && /[\r\n]/.test(source.text[stop - 1] ?? '')) stop--;
  return stop;
};

const readLogicalLine = (
  cursor: LineCursor,
  first: { readonly text: string; readonly start: number },
  escape: EscapeCharacter,
  report: Report,
): LogicalLine => {
  const { source } = cursor;
  const pieces: Piece[] = [];
  let empty: { readonly start: number; readonly end: number } | undefined;
  const indent = first.text.length - trimStart(first.text).length;
  let text = first.text.slice(indent);
  let start = first.start + indent;
  for (;;) {
    const before = beforeContinuation(text, escape);
    pieces.push({ text: before ?? text, start });
    if (before === undefined) break;
    let line = cursor.next();
    while (line !== undefined && (isComment(line.text) || isBlank(line.text))) {
      if (!isComment(line.text)) empty ??= line;
      line = cursor.next();
    }
    if (line === undefined) break;
    ({ text, start } = line);
  }
  if (empty !== undefined)
    warn(
      report,
      'dockerfile/no-empty-continuation',
      { source, start: empty.start, end: empty.start },
      'an empty line stands inside an instruction',
      {
        hint: 'Remove it, or make it a comment: a later Docker will end the instruction here.',
      },
    );
  return new LogicalLine(source, escape, pieces);
};

const readHeredocs = (cursor: LineCursor, line: LogicalLine, report: Report): readonly Heredoc[] => {
  const { source } = cursor;
  const heredocs: Heredoc[] = [];
  for (const opening of heredocsOf(line.text)) {
    const start = cursor.at;
    let end = start;
    let closed = false;
    for (let body = cursor.next(); body !== undefined; body = cursor.next()) {
      closed = (opening.chomp ? body.text.replace(/^\t+/, '') : body.text) === opening.name;
      if (closed) break;
      ({ end } = body);
    }
    if (!closed)
      fault(
        report,
        'dockerfile/unterminated-heredoc',
        line.span(0, line.text.length),
        `the heredoc "${opening.name}" is not ended`,
        {
          hint: `Write a line with ${opening.name} alone after its text.`,
        },
      );
    heredocs.push({ ...opening, content: source.text.slice(start, end), contentAt: { source, start, end } });
  }
  return heredocs;
};
