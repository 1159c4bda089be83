// What every instruction's reader gets: the split line with its heredocs and surroundings.
import type { Report } from '../diagnostics/diagnostic.ts';
import type { Span } from '../diagnostics/source.ts';
import type { Heredoc, InstructionBase } from './instructions.ts';
import type { SplitLine } from './split.ts';
import { trim } from './space.ts';

export interface RawInstruction extends SplitLine {
  /** Of the whole instruction, heredocs included. */
  readonly at: Span;
  readonly comments: readonly string[];
  readonly heredocs: readonly Heredoc[];
}

/** Gives undefined after reporting an error. */
export type Reader<T> = (raw: RawInstruction, report: Report) => T | undefined;

/** The fields that all instructions have. */
export const baseOf = (raw: RawInstruction): InstructionBase => ({
  at: raw.at,
  keyword: raw.keyword,
  code: trim(raw.line.text),
  comments: raw.comments,
});

/** `RUN`, as it is named in messages. */
export const nameOf = (raw: RawInstruction): string => raw.keyword.text.toUpperCase();
