// Failures as data for the journal.
import { Failure } from '../base/failure.ts';
import type { FailureReport } from '../journal/event.ts';

const causesOf = (error: unknown): readonly string[] => {
  const messages: string[] = [];
  for (
    let cause = error instanceof Error ? error.cause : undefined;
    cause instanceof Error && messages.length < 5;
    cause = cause.cause
  ) {
    if (cause.message !== '' && !messages.includes(cause.message)) messages.push(cause.message);
  }
  return messages;
};

/** An error that is no Failure is a bug: its stack goes along. */
export const reportOf = (error: unknown): FailureReport => {
  if (error instanceof Failure) {
    return {
      code: error.code,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      failureClass: error.failureClass,
      facts: error.facts,
      causes: causesOf(error),
    };
  }
  return {
    code: 'engine/bug',
    message: error instanceof Error ? error.message : String(error),
    hint: 'this is a fault of Slipway: please report it, with what "slipway logs" shows',
    failureClass: 'Unknown',
    facts: error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {},
    causes: causesOf(error),
  };
};

export const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';
