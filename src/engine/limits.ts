// Deadlines, and the time given to work that was told to stop.
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../base/failure.ts';
import { formatMs } from './format-ms.ts';

export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
}

/** A signal that follows `parent` and is aborted with Failure `engine/timeout` after `timeoutMs`. */
export const deadline = (parent: AbortSignal, timeoutMs: number | undefined, what: string): Deadline => {
  if (timeoutMs === undefined) return { signal: parent, [Symbol.dispose]() {} };
  const controller = new AbortController();
  const timer = setTimeout(
    () => {
      controller.abort(
        new Failure('engine/timeout', `${what} took longer than its timeout of ${formatMs(timeoutMs)}`, {
          facts: { timeoutMs },
          failureClass: 'Timeout',
          hint: 'raise "timeout", or find out in the log what it waited for',
        }),
      );
    },
    Math.min(timeoutMs, 2 ** 31 - 1),
  );
  return {
    signal: AbortSignal.any([parent, controller.signal]),
    [Symbol.dispose]() {
      clearTimeout(timer);
    },
  };
};

/** Thrown when work went on although it was told to stop. */
export class DidNotStop extends Error {}

/** The outcome of `work`; rejects with DidNotStop when it has none `graceMs` after `signal` was aborted. */
export const untilStopped = async <T>(work: Promise<T>, signal: AbortSignal, graceMs: number): Promise<T> => {
  const ended = new AbortController();
  const givenUp = new Promise<never>((_, reject) => {
    const wait = (): void => {
      sleep(graceMs, undefined, { signal: ended.signal }).then(
        () => {
          reject(new DidNotStop());
        },
        () => {}, // the work has ended
      );
    };
    if (signal.aborted) wait();
    else signal.addEventListener('abort', wait, { once: true, signal: ended.signal });
  });
  try {
    return await Promise.race([work, givenUp]);
  } finally {
    ended.abort();
  }
};
