// Engine: runs a plan. Order, conditions, failure strategies, time-outs, cancellation; knows no builder, registry or runner by name.
import { rmdir } from 'node:fs/promises';
import { Failure } from '../base/failure.ts';
import { markOf } from '../base/process-mark.ts';
import type { Plan } from '../plan/operation.ts';
import { deadline } from './limits.ts';
import { runInOrder } from './order.ts';
import type { OperationRecord } from './records.ts';
import { runStage } from './stage.ts';
import { createRunState, type RunDeps } from './state.ts';

export interface RunResult {
  readonly status: 'succeeded' | 'failed' | 'canceled';
  readonly durationMs: number;
  readonly operations: ReadonlyMap<string, OperationRecord>;
}

const refuseUnsupported = (plan: Plan): void => {
  const unsupported = plan.operations.filter((o) => o.kind === 'unsupported');
  const [first] = unsupported;
  if (first === undefined) return;
  throw new Failure(
    'engine/unsupported',
    `${unsupported.map((o) => `step "${o.step}" (${o.stepType})`).join(', ')} cannot be run by Slipway`,
    {
      facts: { file: first.from.file, line: first.from.line },
      hint: 'leave them out with --skip-unsupported',
      failureClass: 'ConfigurationFailure',
    },
  );
};

const refuseRunners = (plan: Plan, deps: RunDeps): void => {
  for (const { runner, id } of plan.stages) {
    if (deps.runners[runner] === undefined)
      throw new Failure('engine/no-runner', `stage "${id}" asks for the runner "${runner}"`, {
        hint: `there are: ${Object.keys(deps.runners).join(', ')}`,
        failureClass: 'ConfigurationFailure',
      });
  }
};

/**
 * Runs to the end; aborting `deps.signal` ends it early and cleanly. Throws before anything was started (`engine/unsupported`,
 * `engine/no-runner`), or what `deps.emit` threw, after everything was stopped; failures of operations are in the result.
 */
export const runPlan = async (plan: Plan, deps: RunDeps): Promise<RunResult> => {
  refuseUnsupported(plan);
  refuseRunners(plan, deps);
  const started = deps.now();
  const state = createRunState(plan, deps);
  using limit = deadline(deps.signal, plan.timeoutMs, `pipeline "${plan.pipeline.name}"`);
  const cancel = (): void => {
    state.stop.abort(limit.signal.reason);
  };
  if (limit.signal.aborted) cancel();
  limit.signal.addEventListener('abort', cancel, { once: true });
  state.emit({
    type: 'run-started',
    runId: deps.runId,
    pipeline: plan.pipeline.name,
    file: plan.pipeline.file,
    sequenceId: plan.sequenceId,
    pid: process.pid,
    process: markOf(process.pid),
    operations: plan.operations.map(({ id, name, stage, kind }) => ({ id, name, stage, kind })),
  });
  try {
    const operations = Map.groupBy(plan.operations, ({ stage }) => stage);
    await runInOrder(plan.stages, (stage) => runStage(stage, operations.get(stage.id) ?? [], state));
  } finally {
    limit.signal.removeEventListener('abort', cancel);
    await rmdir(deps.scratchRoot).catch(() => {}); // never made, or another run uses it
  }
  const status = deps.signal.aborted
    ? 'canceled'
    : state.stages.anyFailed || state.stop.signal.aborted
      ? 'failed'
      : 'succeeded';
  const durationMs = deps.now() - started;
  state.emit({ type: 'run-finished', status, durationMs });
  if (state.brokenEmit !== undefined) throw state.brokenEmit.error;
  return { status, durationMs, operations: state.records.all };
};
