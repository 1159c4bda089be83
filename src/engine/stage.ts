// One stage: its workspace, its operations in their order, its services until it ends.
import type { FailureReport, OperationStatus } from '../journal/event.ts';
import type { Operation, PlanStage, Service } from '../plan/operation.ts';
import { isAbort, reportOf } from './failure-report.ts';
import { deadline } from './limits.ts';
import { runOperation } from './operation.ts';
import { enter, lookUpIn, recordSkipped, type RunState, type StageState, whyNot } from './state.ts';

const ended = (
  state: RunState,
  operations: readonly Operation[],
  status: OperationStatus,
  reason: string,
  failure?: FailureReport,
): void => {
  for (const operation of operations) recordSkipped(state, operation, status, reason, failure);
};

export const runStage = async (stage: PlanStage, operations: readonly Operation[], run: RunState): Promise<void> => {
  using _place = await enter(run, stage);
  if (run.stop.signal.aborted) {
    ended(run, operations, 'canceled', 'the run was stopped');
    return;
  }
  try {
    const reason = whyNot(stage.when, run.pipelineFailed, 'pipeline', run, lookUpIn(run, stage.id, false));
    if (reason !== undefined) {
      ended(run, operations, 'skipped', `stage "${stage.name}" is left out: ${reason}`);
      return;
    }
    using limit = deadline(run.stop.signal, stage.timeoutMs, `stage "${stage.name}"`);
    const runner = run.deps.runners[stage.runner];
    if (runner === undefined) throw new Error(`no runner ${stage.runner}`);
    await using workspace = await runner.open(stage, run.deps.runId, limit.signal);
    const state: StageState = { run, stage, workspace, signal: limit.signal, failed: false };
    await runAll(operations, state);
    if (state.failed) run.pipelineFailed = true;
  } catch (error) {
    const failure = isAbort(error) ? undefined : reportOf(error);
    const open = operations.filter((o) => !run.records.all.has(o.id));
    if (failure === undefined) ended(run, open, 'canceled', 'the run was stopped');
    else ended(run, open, 'failed', `stage "${stage.name}" could not run`, failure);
    if (failure !== undefined) run.pipelineFailed = true;
  }
};

const runAll = async (operations: readonly Operation[], state: StageState): Promise<void> => {
  const stopServices = new AbortController();
  const services: Promise<void>[] = [];
  const done = new Map<string, Promise<void>>();
  const byId = new Map(operations.map((o) => [o.id, o]));

  const start = (operation: Operation): Promise<void> => {
    const known = done.get(operation.id);
    if (known !== undefined) return known;
    const before = Promise.all(operation.after.flatMap((id) => byId.get(id) ?? []).map(start));
    const running = before.then(async () => {
      if (operation.kind !== 'service') {
        await runOperation(operation, state, state.signal, () => {});
        return;
      }
      await new Promise<void>((ready) => {
        services.push(runService(operation, state, stopServices.signal, ready).finally(ready));
      });
    });
    done.set(operation.id, running);
    return running;
  };

  try {
    await Promise.all(operations.map(start));
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
