// One stage: its workspace, its operations in their order, its services until it ends.
import { Failure } from '../base/failure.ts';
import type { FailureReport, OperationStatus } from '../journal/event.ts';
import type { Operation, PlanStage, Service } from '../plan/operation.ts';
import { isAbort, reportOf } from './failure-report.ts';
import { deadline } from './limits.ts';
import { runOperation } from './operation.ts';
import { runInOrder } from './order.ts';
import type { Workspace } from './runner.ts';
import { enter, lookUpIn, recordSkipped, type RunState, type StageState, stopReason, whyNot } from './state.ts';

/** All stages it comes after have ended. */
export const runStage = async (stage: PlanStage, operations: readonly Operation[], run: RunState): Promise<void> => {
  const recordAll = (status: OperationStatus, reason: string, failure?: FailureReport): void => {
    for (const operation of operations)
      if (!run.records.all.has(operation.id)) recordSkipped(run, operation, status, reason, failure);
  };
  if (run.stop.signal.aborted) {
    recordAll('canceled', stopReason(run));
    return;
  }
  try {
    const failedBefore = run.stages.hasFailedBefore(stage.id);
    const reason = whyNot(stage.when, failedBefore, 'pipeline', run, lookUpIn(run, stage.id));
    if (reason !== undefined) {
      recordAll('skipped', `stage "${stage.name}" is left out: ${reason}`);
      return;
    }
    using _place = await enter(run, stage);
    using limit = deadline(run.stop.signal, stage.timeoutMs, `stage "${stage.name}"`);
    limit.signal.throwIfAborted();
    const runner = run.deps.runners[stage.runner];
    if (runner === undefined) throw new Error(`no runner ${stage.runner}`);
    const workspace = await runner.open(stage, run.deps.runId, limit.signal);
    try {
      for (const message of workspace.notes ?? []) run.emit({ type: 'note', message });
      await runAll(operations, { run, stage, workspace, signal: limit.signal });
    } finally {
      await close(workspace, stage, run);
    }
  } catch (error) {
    if (isAbort(error)) {
      recordAll('canceled', stopReason(run));
      return;
    }
    if (!run.stop.signal.aborted || !(error instanceof Failure)) run.stages.fail(stage.id);
    recordAll('failed', `stage "${stage.name}" could not run`, reportOf(error));
  }
  if (operations.some((o) => run.operations.hasFailed(o.id))) run.stages.fail(stage.id);
};

/** What could not be removed is told; the work that was done stays done. */
const close = async (workspace: Workspace, stage: PlanStage, run: RunState): Promise<void> => {
  try {
    await workspace[Symbol.asyncDispose]();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    run.emit({
      type: 'note',
      message: `the workspace ${workspace.path} of stage "${stage.name}" could not be removed: ${why}`,
    });
  }
};

const runAll = async (operations: readonly Operation[], state: StageState): Promise<void> => {
  const stopServices = new AbortController();
  const services: Promise<void>[] = [];
  try {
    await runInOrder(operations, (operation) => {
      if (operation.kind !== 'service') return runOperation(operation, state, state.signal, () => {});
      return new Promise<void>((ready, broken) => {
        services.push(runService(operation, state, stopServices.signal, ready).then(ready, broken));
      });
    });
  } finally {
    stopServices.abort(new DOMException('its stage has ended', 'AbortError'));
    await Promise.all(services);
  }
};

const runService = async (service: Service, state: StageState, stop: AbortSignal, ready: () => void): Promise<void> => {
  if (service.needless !== undefined) {
    recordSkipped(state.run, service, 'skipped', service.needless);
    return;
  }
  await runOperation(service, state, AbortSignal.any([state.signal, stop]), ready, stop);
};
