// What a run looks like now, folded from its events. All views draw this and nothing else.
import type { Event, FailureReport, ImageResult, OperationStatus, Progress } from '../../journal/event.ts';

export interface StepState {
  readonly id: string;
  readonly name: string;
  readonly stage: string;
  readonly kind: string;
  status: 'waiting' | 'running' | 'retrying' | OperationStatus;
  startedAt?: number;
  durationMs?: number;
  failure?: FailureReport;
  reason?: string;
  images: readonly ImageResult[];
  readonly progress: Map<string, Progress & { readonly startedAt: number }>;
  /** Last lines of output, oldest first. */
  readonly tail: string[];
}

export interface RunState {
  runId: string;
  pipeline: string;
  sequenceId: number;
  startedAt: number;
  status: 'running' | 'succeeded' | 'failed' | 'canceled';
  durationMs: number;
  readonly steps: Map<string, StepState>;
}

/** How lines name a step: its id without the stage. */
export const shortId = (id: string): string => id.slice(id.indexOf('.') + 1);

const tailLines = 12;

export const createRunState = (): RunState => ({
  runId: '',
  pipeline: '',
  sequenceId: 0,
  startedAt: 0,
  status: 'running',
  durationMs: 0,
  steps: new Map(),
});

/** Changes `state` by one event. */
export const fold = (state: RunState, event: Event): void => {
  if (event.type === 'run-started') {
    state.runId = event.runId;
    state.pipeline = event.pipeline;
    state.sequenceId = event.sequenceId;
    state.startedAt = event.at;
    for (const o of event.operations)
      state.steps.set(o.id, { ...o, status: 'waiting', images: [], progress: new Map(), tail: [] });
    return;
  }
  if (event.type === 'run-finished') {
    state.status = event.status;
    state.durationMs = event.durationMs;
    return;
  }
  const step = event.operation === undefined ? undefined : state.steps.get(event.operation);
  if (step === undefined) return;
  switch (event.type) {
    case 'operation-started':
      step.status = 'running';
      step.startedAt ??= event.at;
      step.progress.clear();
      break;
    case 'operation-retrying':
      step.status = 'retrying';
      step.failure = event.failure;
      break;
    case 'log':
      step.tail.push(event.line);
      if (step.tail.length > tailLines) step.tail.shift();
      break;
    case 'progress':
      step.progress.set(event.progress.id, {
        ...event.progress,
        startedAt: step.progress.get(event.progress.id)?.startedAt ?? event.at,
      });
      break;
    case 'operation-finished':
      step.status = event.status;
      step.durationMs = event.durationMs;
      step.images = event.images;
      if (event.failure !== undefined) step.failure = event.failure;
      if (event.reason !== undefined) step.reason = event.reason;
      break;
    default:
      break;
  }
};
