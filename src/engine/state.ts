// What a run and its stages know while they last.
import type { EventBody, FailureReport, OperationStatus } from '../journal/event.ts';
import type { Condition, Operation, PlanStage } from '../plan/operation.ts';
import type { Executors } from './executor.ts';
import { Queue } from './limits.ts';
import { type Mask, maskAll } from './mask.ts';
import type { Records } from './records.ts';
import type { Runner, Workspace } from './runner.ts';

export interface RunDeps {
  readonly runId: string;
  readonly executors: Executors;
  /** By the name that stages carry. */
  readonly runners: Readonly<Record<string, Runner>>;
  /** Takes masked events in order. */
  readonly emit: (body: EventBody) => void;
  /** Value of a secret; throws Failure when there is none. */
  readonly secret: (id: string) => string;
  readonly mask: Mask;
  /** Text of an expression that waited. */
  readonly late: (expression: string, lookUp: (path: string) => string | undefined) => string;
  readonly lateCondition: (expression: string, lookUp: (path: string) => string | undefined) => boolean;
  /** Folder for the operations' private folders. */
  readonly scratchRoot: string;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

/** What the stages of one run share while it lasts. */
export interface RunState {
  readonly deps: RunDeps;
  readonly records: Records;
  readonly queues: Map<string, Queue>;
  /** Follows `deps.signal`; also aborted by the failure action Abort. */
  readonly stop: AbortController;
  pipelineFailed: boolean;
}

export const emitTo =
  ({ emit, mask }: RunDeps) =>
  (body: EventBody): void => {
    emit(maskAll(body, mask));
  };

/** Waits for a place when the node is limited. */
export const enter = async (state: RunState, node: Pick<Operation | PlanStage, 'concurrency'>): Promise<Disposable> => {
  if (node.concurrency === undefined) return { [Symbol.dispose]() {} };
  const { group, limit } = node.concurrency;
  const queue = state.queues.get(group) ?? new Queue(limit);
  state.queues.set(group, queue);
  return queue.enter();
};

/** The stage while it runs. */
export interface StageState {
  readonly run: RunState;
  readonly stage: PlanStage;
  readonly workspace: Workspace;
  readonly signal: AbortSignal;
  failed: boolean;
}

export const lookUpIn =
  (state: RunState, stage: string, stageFailed: boolean) =>
  (path: string): string | undefined =>
    state.records.lookUp(path, stage, {
      stage: stageFailed ? 'FAILED' : 'SUCCESS',
      pipeline: state.pipelineFailed ? 'FAILED' : 'SUCCESS',
    });

/** Undefined when the node runs, else why not. */
export const whyNot = (
  when: Condition,
  failed: boolean,
  of: string,
  state: RunState,
  lookUp: (path: string) => string | undefined,
): string | undefined => {
  if (when.status === 'Success' && failed) return `the ${of} has failed`;
  if (when.status === 'Failure' && !failed) return `it runs only when the ${of} has failed`;
  const { expression } = when;
  if (expression === undefined || expression === true) return undefined;
  if (expression === false) return 'its condition is false';
  return state.deps.lateCondition(expression.late, lookUp) ? undefined : `its condition is false: ${expression.late}`;
};

/** Records an operation that was not started. */
export const recordSkipped = (
  state: RunState,
  operation: Operation,
  status: OperationStatus,
  reason: string,
  failure?: FailureReport,
): void => {
  state.records.set(operation.id, {
    status,
    outputs: {},
    images: [],
    attempts: 0,
    ...(failure === undefined ? {} : { failure }),
  });
  emitTo(state.deps)({
    type: 'operation-finished',
    operation: operation.id,
    status,
    durationMs: 0,
    outputs: {},
    images: [],
    reason,
    ...(failure === undefined ? {} : { failure }),
  });
};
