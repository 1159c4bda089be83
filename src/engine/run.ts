// Engine: runs a plan. Order, conditions, failure strategies, time-outs, cancellation; knows no builder, registry or runner by name.
import { Failure } from '../base/failure.ts';
import type { Plan, PlanStage } from '../plan/operation.ts';
import { createRecords, type OperationRecord } from './records.ts';
import { runStage } from './stage.ts';
import { emitTo, type RunDeps, type RunState } from './state.ts';

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

/** Runs to the end. Throws only before anything was started (`engine/unsupported`, `engine/no-runner`); failures of operations are in the result. */
export const runPlan = async (plan: Plan, deps: RunDeps): Promise<RunResult> => {
  refuseUnsupported(plan);
  for (const { runner, id } of plan.stages) {
    if (deps.runners[runner] === undefined)
      throw new Failure('engine/no-runner', `stage "${id}" asks for the runner "${runner}"`, {
        hint: `there are: ${Object.keys(deps.runners).join(', ')}`,
      });
  }
  const started = deps.now();
  const emit = emitTo(deps);
  const state: RunState = {
    deps,
    records: createRecords(),
    queues: new Map(),
    stop: new AbortController(),
    pipelineFailed: false,
  };
  const cancel = (): void => {
    state.stop.abort(deps.signal.reason);
  };
  if (deps.signal.aborted) cancel();
  deps.signal.addEventListener('abort', cancel, { once: true });
  emit({
    type: 'run-started',
    runId: deps.runId,
    pipeline: plan.pipeline.name,
    file: plan.pipeline.file,
    sequenceId: plan.sequenceId,
    pid: process.pid,
    operations: plan.operations.map(({ id, name, stage, kind }) => ({ id, name, stage, kind })),
  });
  const stages = new Map<string, Promise<void>>();
  const start = (stage: PlanStage): Promise<void> => {
    const known = stages.get(stage.id);
    if (known !== undefined) return known;
    const before = stage.after.flatMap((id) => plan.stages.filter((s) => s.id === id)).map(start);
    const running = Promise.all(before).then(() =>
      runStage(
        stage,
        plan.operations.filter((o) => o.stage === stage.id),
        state,
      ),
    );
    stages.set(stage.id, running);
    return running;
  };
  await Promise.all(plan.stages.map(start));
  deps.signal.removeEventListener('abort', cancel);
  const status = deps.signal.aborted ? 'canceled' : state.pipelineFailed ? 'failed' : 'succeeded';
  const durationMs = deps.now() - started;
  emit({ type: 'run-finished', status, durationMs });
  return { status, durationMs, operations: state.records.all };
};
