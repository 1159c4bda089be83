// What a run and its stages know while they last.
import { places } from '../base/limiter.ts';
import type { EventBody, FailureReport, OperationStatus } from '../journal/event.ts';
import type { Condition, Operation, Plan, PlanStage } from '../plan/operation.ts';
import type { Executors } from './executor.ts';
import { isAbort } from './failure-report.ts';
import type { Mask } from './mask.ts';
import { maskEvent } from './mask-event.ts';
import { createProgressOf, type ProgressOf } from './outcome.ts';
import { createRecords, type Records } from './records.ts';
import type { Runner, Workspace } from './runner.ts';

type LookUp = (path: string) => string | undefined;

export interface RunDeps {
  readonly runId: string;
  readonly executors: Executors;
  /** By the name that stages carry. */
  readonly runners: Readonly<Record<string, Runner>>;
  /** Takes masked events in order. What it throws (a full disk) stops the run cleanly and is then thrown by `runPlan`. */
  readonly emit: (body: EventBody) => void;
  /** Value of a secret; throws Failure when there is none. */
  readonly secret: (id: string) => string;
  readonly mask: Mask;
  /** Text of an expression that waited. */
  readonly late: (expression: string, lookUp: LookUp) => string;
  readonly lateCondition: (expression: string, lookUp: LookUp) => boolean;
  /** Folder for the operations' private folders; made when needed, removed at the end when it is empty. */
  readonly scratchRoot: string;
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** Milliseconds that an operation has to end after it was told to stop, before the run goes on without it. */
  readonly graceMs?: number;
}

/** What the stages of one run share while it lasts. */
export interface RunState {
  readonly deps: RunDeps;
  readonly records: Records;
  /** Places of each concurrency group. */
  readonly queues: Map<string, () => Promise<Disposable>>;
  /** Follows `deps.signal`; also aborted by the pipeline's time-out, the failure action Abort and a journal that cannot be written. */
  readonly stop: AbortController;
  readonly emit: (body: EventBody) => void;
  readonly stages: ProgressOf;
  readonly operations: ProgressOf;
  /** What `deps.emit` threw first. */
  brokenEmit: { readonly error: unknown } | undefined;
}

export const createRunState = (plan: Plan, deps: RunDeps): RunState => {
  const state: RunState = {
    deps,
    records: createRecords(),
    queues: new Map(),
    stop: new AbortController(),
    stages: createProgressOf(plan.stages),
    operations: createProgressOf(plan.operations),
    brokenEmit: undefined,
    emit: (body) => {
      if (state.brokenEmit !== undefined) return;
      try {
        deps.emit(maskEvent(body, deps.mask));
      } catch (error) {
        state.brokenEmit = { error };
        state.stop.abort(error);
      }
    },
  };
  return state;
};

/** Waits for a place when the node is limited. */
export const enter = async (state: RunState, node: Pick<Operation | PlanStage, 'concurrency'>): Promise<Disposable> => {
  if (node.concurrency === undefined) return { [Symbol.dispose]() {} };
  const { group, limit } = node.concurrency;
  const queue = state.queues.get(group) ?? places(Math.max(1, limit));
  state.queues.set(group, queue);
  return queue();
};

/** The stage while it runs. */
export interface StageState {
  readonly run: RunState;
  readonly stage: PlanStage;
  readonly workspace: Workspace;
  readonly signal: AbortSignal;
}

/** How late expressions of a stage, or of one of its operations, read names. */
export const lookUpIn =
  (state: RunState, stage: string, operation?: string): LookUp =>
  (path) =>
    state.records.lookUp(path, stage, {
      stage: operation !== undefined && state.operations.hasFailedBefore(operation) ? 'FAILED' : 'SUCCESS',
      pipeline:
        state.stages.hasFailedBefore(stage) || (operation !== undefined && state.operations.hasFailedBefore(operation))
          ? 'FAILED'
          : 'SUCCESS',
    });

/** Undefined when the node runs, else why not. `failed`: whether something before it has. */
export const whyNot = (
  when: Condition,
  failed: boolean,
  of: string,
  state: RunState,
  lookUp: LookUp,
): string | undefined => {
  if (when.status === 'Success' && failed) return `the ${of} has failed`;
  if (when.status === 'Failure' && !failed) return `it runs only when the ${of} has failed`;
  const { expression } = when;
  if (expression === undefined || expression === true) return undefined;
  if (expression === false) return 'its condition is false';
  return state.deps.lateCondition(expression.late, lookUp) ? undefined : `its condition is false: ${expression.late}`;
};

/** A sentence: why a run that was stopped was. */
export const stopReason = ({ stop, deps }: RunState): string => {
  const reason: unknown = stop.signal.reason;
  if (deps.signal.aborted && (!(reason instanceof Error) || isAbort(reason))) return 'the run was canceled';
  return reason instanceof Error ? reason.message : 'the run was stopped';
};

/** Records an operation that was not started. */
export const recordSkipped = (
  state: RunState,
  operation: Operation,
  status: OperationStatus,
  reason: string,
  failure?: FailureReport,
): void => {
  const common = { status, outputs: {}, images: [], ...(failure === undefined ? {} : { failure }) };
  state.records.set(operation.id, { ...common, attempts: 0 });
  state.emit({ type: 'operation-finished', operation: operation.id, durationMs: 0, reason, ...common });
};
