// One operation: whether it runs, its attempts, and what its failure means.
import { setTimeout as sleep } from 'node:timers/promises';
import type { FailureReport, OperationStatus } from '../journal/event.ts';
import type { FailureAction, Operation } from '../plan/operation.ts';
import { attempt } from './attempt.ts';
import type { StepResult } from './executor.ts';
import { isAbort, reportOf } from './failure-report.ts';
import { fillLate } from './fill.ts';
import { enter, lookUpIn, recordSkipped, type StageState, stopReason, whyNot } from './state.ts';

const actionFor = (operation: Operation, state: StageState, failure: FailureReport): FailureAction => {
  const rules = operation.failureStrategies.length > 0 ? operation.failureStrategies : state.stage.failureStrategies;
  const rule = rules.find(({ errors }) => errors.some((e) => e === 'AllErrors' || e === failure.failureClass));
  return rule?.action ?? { type: 'MarkAsFailure' };
};

/** All it comes after has ended. `stop`: the signal that ends a service, which is no failure of it. */
export const runOperation = async (
  operation: Operation,
  state: StageState,
  signal: AbortSignal,
  ready: () => void,
  stop?: AbortSignal,
): Promise<void> => {
  const { run, stage } = state;
  const { deps, emit } = run;
  if (skipStopped(operation, state, signal)) return;
  const lookUp = lookUpIn(run, stage.id, operation.id);
  const started = deps.now();
  let attempts = 0;

  const finish = (
    status: OperationStatus,
    result: StepResult,
    more: { readonly failure?: FailureReport; readonly reason?: string } = {},
  ): void => {
    const common = {
      status,
      outputs: result.outputs ?? {},
      images: result.images ?? [],
      ...(result.exitCode === undefined ? {} : { exitCode: result.exitCode }),
      ...(more.failure === undefined ? {} : { failure: more.failure }),
    };
    if (status === 'failed') run.operations.fail(operation.id);
    run.records.set(operation.id, { ...common, attempts });
    emit({
      type: 'operation-finished',
      operation: operation.id,
      durationMs: deps.now() - started,
      ...common,
      ...(more.reason === undefined ? {} : { reason: more.reason }),
    });
  };

  const cancel = (result: StepResult): void => {
    if (stop?.aborted === true && !state.signal.aborted) {
      finish('succeeded', result, { reason: 'stopped at the end of its stage' });
      return;
    }
    const why: unknown = signal.reason;
    if (!run.stop.signal.aborted) run.operations.fail(operation.id);
    finish('canceled', result, isAbort(why) ? { reason: stopReason(run) } : { failure: reportOf(why) });
  };

  let filled: Operation;
  try {
    const failedBefore = run.operations.hasFailedBefore(operation.id);
    const reason = whyNot(operation.when, failedBefore, 'stage', run, lookUp);
    if (reason !== undefined) {
      recordSkipped(run, operation, 'skipped', reason);
      return;
    }
    filled = fillLate(operation, (expression) => deps.late(expression, lookUp));
  } catch (error) {
    finish('failed', {}, { failure: reportOf(error) });
    return;
  }

  using _place = await enter(run, operation);
  if (skipStopped(operation, state, signal)) return;
  for (;;) {
    attempts += 1;
    emit({ type: 'operation-started', operation: operation.id, attempt: attempts });
    const outcome = await attempt(filled, state, signal, ready);
    if ('result' in outcome) {
      finish('succeeded', outcome.result);
      return;
    }
    if ('canceled' in outcome) {
      cancel({});
      return;
    }
    const { failure } = outcome;
    const result = exitCodeOf(failure);
    const action = operation.kind === 'service' ? ignore : actionFor(operation, state, failure);
    if (action.type === 'Retry' && attempts <= action.retryCount) {
      const delayMs = action.intervalsMs[Math.min(attempts, action.intervalsMs.length) - 1] ?? 0;
      emit({ type: 'operation-retrying', operation: operation.id, attempt: attempts + 1, delayMs, failure });
      try {
        await sleep(delayMs, undefined, { signal });
      } catch {
        cancel(result); // only an abort ends the sleep early
        return;
      }
      continue;
    }
    const type = action.type === 'Retry' ? action.then : action.type;
    if (operation.kind === 'service') {
      finish('ignored', result, { failure, reason: 'the failure of a service does not fail its stage' });
    } else if (type === 'Ignore') {
      finish('ignored', result, { failure, reason: 'its failure strategy is Ignore' });
    } else if (type === 'MarkAsSuccess') {
      finish('succeeded', result, { failure, reason: 'its failure strategy is MarkAsSuccess' });
    } else {
      finish('failed', result, { failure });
      if (type === 'Abort')
        run.stop.abort(
          new DOMException(`step "${operation.name}" failed, and its failure strategy is Abort`, 'AbortError'),
        );
    }
    return;
  }
};

const ignore: FailureAction = { type: 'Ignore' };

/** Records an operation whose turn came after the end of its stage. */
const skipStopped = (operation: Operation, { run }: StageState, signal: AbortSignal): boolean => {
  if (!signal.aborted) return false;
  const stopped = run.stop.signal.aborted;
  if (!stopped) run.operations.fail(operation.id);
  const why: unknown = signal.reason;
  const reason = stopped ? stopReason(run) : why instanceof Error ? why.message : 'its stage was stopped';
  recordSkipped(run, operation, 'canceled', reason);
  return true;
};

const exitCodeOf = ({ facts }: FailureReport): StepResult =>
  typeof facts['exitCode'] === 'number' ? { exitCode: facts['exitCode'] } : {};
