// Failures and bugs, told to a person on stderr.
import { styleText } from 'node:util';
import { Failure } from '../base/failure.ts';
import { exit, type ExitCode } from './exit.ts';
import type { Io } from './io.ts';

/** Messages of an error and of its causes, outermost first, without repeats. */
const causesOf = (error: Error): readonly string[] => {
  const messages: string[] = [];
  for (let cause = error.cause, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    if (!error.message.includes(cause.message) && !messages.includes(cause.message)) messages.push(cause.message);
  }
  return messages;
};

/** Prints what went wrong and what to do next; gives the exit code that says which of the three families it was. */
export const showError = (error: unknown, io: Io): ExitCode => {
  const red = (text: string): string => styleText('red', text, { stream: io.stderr });
  const bold = (text: string): string => styleText('bold', text, { stream: io.stderr });
  if (io.signal.aborted && (!(error instanceof Failure) || error.code.endsWith('/canceled'))) {
    io.stderr.write('slipway: canceled\n');
    return exit.canceled;
  }
  if (error instanceof Failure) {
    io.stderr.write(`${red(`error[${error.code}]`)}: ${bold(error.message)}\n`);
    for (const cause of causesOf(error)) io.stderr.write(`  because: ${cause}\n`);
    if (error.hint !== undefined) io.stderr.write(`  help: ${error.hint.replaceAll('\n', '\n        ')}\n`);
    return error.failureClass === 'ConfigurationFailure' && error.code.startsWith('app/')
      ? exit.invalidInput
      : exit.failed;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  io.stderr.write(
    `${red('slipway failed in a way it should not')}: please report this, with the command you typed.\n${text}\n`,
  );
  return exit.bug;
};
