// One operation: whether it runs, its attempts, its deadline, and what its failure means.
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onExit } from '../base/on-exit.ts';
import type { FailureReport, OperationStatus } from '../journal/event.ts';
import type { FailureAction, Operation } from '../plan/operation.ts';
import { isKnown, type Text } from '../refs/text.ts';
import type { StepContext, StepResult } from './executor.ts';
import { isAbort, reportOf } from './failure-report.ts';
import { fillLate } from './fill.ts';
import { deadline } from './limits.ts';
import { emitTo, enter, lookUpIn, recordSkipped, type StageState, whyNot } from './state.ts';

const actionFor = (operation: Operation, state: StageState, failure: FailureReport): FailureAction => {
  const rules = operation.failureStrategies.length > 0 ? operation.failureStrategies : state.stage.failureStrategies;
  const rule = rules.find(({ errors }) => errors.some((e) => e === 'AllErrors' || e === failure.failureClass));
  return rule?.action ?? { type: 'MarkAsFailure' };
};

type Attempt = { readonly result: StepResult } | { readonly failure: FailureReport } | { readonly canceled: true };

/** `stop`: the signal that ends a service, which is no failure of it. */
export const runOperation = async (
  operation: Operation,
  state: StageState,
  signal: AbortSignal,
  ready: () => void,
  stop?: AbortSignal,
): Promise<void> => {
  const { run, stage } = state;
  const { deps } = run;
  const emit = emitTo(deps);
  using _place = await enter(run, operation);
  if (signal.aborted) {
    recordSkipped(
      run,
      operation,
      'canceled',
      run.stop.signal.aborted ? 'the run was stopped' : 'its stage was stopped',
    );
    if (!run.stop.signal.aborted) state.failed = true;
    return;
  }
  const lookUp = lookUpIn(run, stage.id, state.failed);
  const started = deps.now();
  let attempts = 0;

  const finish = (
    status: OperationStatus,
    result: StepResult,
    more: { failure?: FailureReport; reason?: string } = {},
  ): void => {
    const common = {
      status,
      outputs: result.outputs ?? {},
      images: result.images ?? [],
      ...(result.exitCode === undefined ? {} : { exitCode: result.exitCode }),
      ...(more.failure === undefined ? {} : { failure: more.failure }),
    };
    run.records.set(operation.id, { ...common, attempts });
    emit({
      type: 'operation-finished',
      operation: operation.id,
      durationMs: deps.now() - started,
      ...common,
      ...(more.reason === undefined ? {} : { reason: more.reason }),
    });
  };

  let filled: Operation;
  try {
    const reason = whyNot(operation.when, state.failed, 'stage', run, lookUp);
    if (reason !== undefined) {
      recordSkipped(run, operation, 'skipped', reason);
      return;
    }
    filled = fillLate(operation, (expression) => deps.late(expression, lookUp));
  } catch (error) {
    state.failed = true;
    finish('failed', {}, { failure: reportOf(error) });
    return;
  }

  const attempt = async (): Promise<Attempt> => {
    attempts += 1;
    emit({ type: 'operation-started', operation: operation.id, attempt: attempts });
    await mkdir(deps.scratchRoot, { recursive: true, mode: 0o700 });
    const scratch = await mkdtemp(join(deps.scratchRoot, 'step-'));
    using _removed = onExit(() => {
      rmSync(scratch, { recursive: true, force: true });
    });
    using limit = deadline(signal, operation.timeoutMs, `step "${operation.name}"`);
    const context: StepContext = {
      runId: deps.runId,
      stage,
      workspace: state.workspace.path,
      scratch,
      signal: limit.signal,
      reveal: (text) => revealed(text, deps.secret, deps.mask.add),
      log: (line, stream = 'stdout') => {
        emit({ type: 'log', operation: operation.id, stream, line });
      },
      progress: (progress) => {
        emit({ type: 'progress', operation: operation.id, progress });
      },
      ready: () => {
        emit({ type: 'operation-ready', operation: operation.id });
        ready();
      },
    };
    try {
      return { result: await execute(filled, state, context) };
    } catch (error) {
      if (signal.aborted) return { canceled: true };
      return { failure: reportOf(isAbort(error) && limit.signal.aborted ? limit.signal.reason : error) };
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  };

  for (;;) {
    const outcome = await attempt();
    if ('result' in outcome) {
      finish('succeeded', outcome.result);
      return;
    }
    if ('canceled' in outcome) {
      if (stop?.aborted === true) finish('succeeded', {}, { reason: 'stopped at the end of its stage' });
      else {
        const why: unknown = signal.reason;
        if (!run.stop.signal.aborted) state.failed = true;
        finish('canceled', {}, isAbort(why) ? { reason: 'the run was stopped' } : { failure: reportOf(why) });
      }
      return;
    }
    const { failure } = outcome;
    const result = exitCodeOf(failure);
    const action = actionFor(operation, state, failure);
    if (action.type === 'Retry' && attempts <= action.retryCount) {
      const delayMs = action.intervalsMs[Math.min(attempts, action.intervalsMs.length) - 1] ?? 0;
      emit({ type: 'operation-retrying', operation: operation.id, attempt: attempts + 1, delayMs, failure });
      try {
        await sleep(delayMs, undefined, { signal });
      } catch {
        finish('canceled', result, { reason: 'the run was stopped' }); // only an abort ends the sleep early
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
      state.failed = true;
      finish('failed', result, { failure });
      if (type === 'Abort') {
        run.pipelineFailed = true;
        run.stop.abort(
          new DOMException(`step "${operation.name}" failed, and its failure strategy is Abort`, 'AbortError'),
        );
      }
    }
    return;
  }
};

const exitCodeOf = ({ facts }: FailureReport): StepResult =>
  typeof facts['exitCode'] === 'number' ? { exitCode: facts['exitCode'] } : {};

const revealed = (text: Text, secret: (id: string) => string, mask: (value: string) => void): string => {
  if (isKnown(text)) return text;
  return text
    .map((part) => {
      if (typeof part === 'string') return part;
      if ('expression' in part) throw new Error(`<+${part.expression}> was not filled in`);
      const value = secret(part.secret);
      mask(value);
      return value;
    })
    .join('');
};

const execute = (operation: Operation, { run, workspace }: StageState, context: StepContext): Promise<StepResult> => {
  const { executors } = run.deps;
  switch (operation.kind) {
    case 'exec':
      return workspace.exec(operation, context);
    case 'service':
      return workspace.serve(operation, context);
    case 'build-image':
      return executors['build-image'](operation, context);
    case 'push-image':
      return executors['push-image'](operation, context);
    case 'scan-image':
      return executors['scan-image'](operation, context);
    case 'unsupported':
      throw new Error(`unsupported step ${operation.stepType} reached the engine`);
    default:
      return operation satisfies never;
  }
};
