// One attempt at an operation: its private folder, its deadline, what it may use, and how it ended.
import { Failure } from '../base/failure.ts';
import { type OwnedFolder, openOwnedFolder } from '../base/owned-folder.ts';
import type { FailureReport } from '../journal/event.ts';
import type { Operation } from '../plan/operation.ts';
import { revealText, type Text } from '../refs/text.ts';
import type { StepContext, StepResult } from './executor.ts';
import { isAbort, reportOf } from './failure-report.ts';
import { deadline, DidNotStop, untilStopped } from './limits.ts';
import type { RunDeps, RunState, StageState } from './state.ts';

export type Attempt =
  | { readonly result: StepResult }
  | { readonly failure: FailureReport }
  | { readonly canceled: true };

const defaultGraceMs = 15_000;

/** `ready` is called when a service serves. Never rejects. */
export const attempt = async (
  operation: Operation,
  state: StageState,
  signal: AbortSignal,
  ready: () => void,
): Promise<Attempt> => {
  const { run } = state;
  using limit = deadline(signal, operation.timeoutMs, `step "${operation.name}"`);
  const graceMs = run.deps.graceMs ?? defaultGraceMs;
  try {
    await using scratch = await openScratch(run, operation.id);
    const context = contextOf(operation.id, state, scratch.path, limit.signal, ready);
    return { result: await untilStopped(execute(operation, state, context), limit.signal, graceMs) };
  } catch (error) {
    if (error instanceof DidNotStop) {
      run.emit({
        type: 'note',
        operation: operation.id,
        message: `step "${operation.name}" did not stop within ${graceMs / 1000} s after it was told to; the run goes on without it`,
      });
    }
    if (signal.aborted) return { canceled: true };
    return { failure: reportOf(limit.signal.aborted ? timedOut(limit.signal.reason, error) : error) };
  }
};

/** The time-out as the failure, with what it brought about as the cause. */
const timedOut = (reason: unknown, error: unknown): unknown =>
  reason instanceof Failure && error !== reason && !isAbort(error) && !(error instanceof DidNotStop)
    ? new Failure(reason.code, reason.message, {
        facts: reason.facts,
        failureClass: reason.failureClass,
        cause: error,
        ...(reason.hint === undefined ? {} : { hint: reason.hint }),
      })
    : reason;

const openScratch = async ({ deps: { scratchRoot }, emit }: RunState, operation: string): Promise<OwnedFolder> => {
  let folder: OwnedFolder;
  try {
    folder = await openOwnedFolder(scratchRoot, 'step-');
  } catch (cause) {
    throw new Failure('engine/no-scratch', `cannot make a private folder for the step in ${scratchRoot}`, {
      facts: { folder: scratchRoot },
      failureClass: 'InfrastructureFailure',
      hint: 'check the rights and the free space of that folder, or choose another with SLIPWAY_HOME',
      cause,
    });
  }
  const { path } = folder;
  return {
    path,
    async [Symbol.asyncDispose]() {
      try {
        await folder[Symbol.asyncDispose]();
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        emit({ type: 'note', operation, message: `the private folder ${path} could not be removed: ${why}` });
      }
    },
  };
};

const contextOf = (
  operation: string,
  { run, stage, workspace }: StageState,
  scratch: string,
  signal: AbortSignal,
  ready: () => void,
): StepContext => {
  const { deps, emit } = run;
  return {
    runId: deps.runId,
    stage,
    workspace: workspace.path,
    ...(workspace.shared === undefined ? {} : { shared: workspace.shared }),
    scratch,
    signal,
    reveal: (text) => revealed(text, deps),
    log: (text, stream = 'stdout') => {
      for (const line of text.split(/\r?\n/)) emit({ type: 'log', operation, stream, line });
    },
    progress: (progress) => {
      emit({ type: 'progress', operation, progress });
    },
    ready: () => {
      emit({ type: 'operation-ready', operation });
      ready();
    },
  };
};

const revealed = (text: Text, { secret, mask }: RunDeps): string =>
  revealText(text, (id) => {
    const value = secret(id);
    mask.add(value);
    return value;
  });

const execute = async (
  operation: Operation,
  { run, workspace }: StageState,
  context: StepContext,
): Promise<StepResult> => {
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
