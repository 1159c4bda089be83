// Plans of named steps and a run of them whose steps do what a test says.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Failure } from '../src/base/failure.ts';
import type { EventBody } from '../src/journal/event.ts';
import type { Exec, Operation, OperationBase, Plan, PlanStage, Service } from '../src/plan/operation.ts';
import type { StepContext, StepResult } from '../src/engine/executor.ts';
import { createMask } from '../src/engine/mask.ts';
import { runPlan, type RunResult } from '../src/engine/run.ts';
import type { RunDeps } from '../src/engine/state.ts';

const place = { file: 'pipeline.yaml', line: 1, column: 1 };

const baseOf = (id: string, more: Partial<OperationBase>): OperationBase => {
  const stage = more.stage ?? 's';
  return {
    id: `${stage}.${id}`,
    step: id.split('.').at(-1) ?? id,
    name: id,
    stage,
    from: place,
    when: { status: 'Success' },
    failureStrategies: [],
    notes: [],
    ...more,
    after: (more.after ?? []).map((other) => `${stage}.${other}`),
  };
};

/** `after` names steps of the same stage without it. */
export const step = (id: string, after: readonly string[] = [], more: Partial<Exec> = {}): Exec => ({
  kind: 'exec',
  shell: 'Sh',
  command: '',
  environment: {},
  outputs: [],
  container: {},
  ...more,
  ...baseOf(id, { ...more, after }),
});

export const service = (id: string, after: readonly string[] = [], more: Partial<Service> = {}): Service => ({
  kind: 'service',
  shell: 'Sh',
  command: '',
  environment: {},
  container: {},
  ports: {},
  ...more,
  ...baseOf(id, { ...more, after }),
});

export const stage = (id: string, more: Partial<PlanStage> = {}): PlanStage => ({
  id,
  name: id,
  type: 'CI',
  infrastructure: 'none',
  runner: 'fake',
  cloneCodebase: false,
  sharedPaths: [],
  after: [],
  when: { status: 'Success' },
  failureStrategies: [],
  from: place,
  environment: {},
  notes: [],
  ...more,
});

export const planOf = (
  operations: readonly Operation[],
  stages: readonly PlanStage[] = [stage('s')],
  more: Partial<Plan> = {},
): Plan => ({
  pipeline: { identifier: 'p', name: 'p', file: 'pipeline.yaml' },
  sequenceId: 1,
  stages,
  operations,
  scope: {},
  secrets: [],
  connectors: [],
  ...more,
});

/** What a step does; absent: it succeeds at once. */
export type Acts = Readonly<Record<string, (context: StepContext, attempt: number) => Promise<StepResult | void>>>;

export interface FakeRun {
  readonly result: RunResult;
  readonly events: readonly EventBody[];
  /** `start a`, `end a`, in the order they happened; `open s` and `close s` for stages. */
  readonly trace: readonly string[];
  /** The last `operation-finished` of a step, by its id without the stage. */
  finished(id: string): Extract<EventBody, { type: 'operation-finished' }>;
  /** Whether the folder of the private folders was there when the run had ended. */
  readonly hasLeftovers: boolean;
}

export const runFake = async (plan: Plan, acts: Acts = {}, more: Partial<RunDeps> = {}): Promise<FakeRun> => {
  const trace: string[] = [];
  const events: EventBody[] = [];
  const attempts = new Map<string, number>();
  const scratchRoot = join(mkdtempSync(join(tmpdir(), 'slipway-engine-')), 'scratch');
  const act = async (operation: Operation, context: StepContext): Promise<StepResult> => {
    const name = operation.id.slice(operation.stage.length + 1);
    const attempt = (attempts.get(operation.id) ?? 0) + 1;
    attempts.set(operation.id, attempt);
    trace.push(`start ${name}`);
    try {
      return (await acts[name]?.(context, attempt)) ?? {};
    } finally {
      trace.push(`end ${name}`);
    }
  };
  let result: RunResult;
  let hasLeftovers = false;
  try {
    result = await runPlan(plan, {
      runId: 'r1',
      executors: { 'build-image': act, 'push-image': act, 'scan-image': act },
      runners: {
        fake: {
          name: 'fake',
          open: async ({ id }) => {
            trace.push(`open ${id}`);
            return {
              path: '/nowhere',
              exec: act,
              serve: async (operation, context) => {
                context.ready();
                return act(operation, context);
              },
              [Symbol.asyncDispose]: async () => {
                trace.push(`close ${id}`);
              },
            };
          },
        },
      },
      emit: (event) => events.push(event),
      secret: (id) => `value-of-${id}`,
      mask: createMask(),
      late: (expression, lookUp) => lookUp(expression) ?? 'null',
      lateCondition: (expression, lookUp) => lookUp(expression.split(' == ')[0] ?? '') === expression.split(' == ')[1],
      scratchRoot,
      signal: new AbortController().signal,
      now: () => Date.now(),
      graceMs: 200,
      ...more,
    });
  } finally {
    hasLeftovers = existsSync(scratchRoot);
    rmSync(dirname(scratchRoot), { recursive: true, force: true });
  }
  return {
    result,
    events,
    trace,
    hasLeftovers,
    finished: (id) => {
      const found = events.findLast((e) => e.type === 'operation-finished' && e.operation.endsWith(`.${id}`));
      if (found?.type !== 'operation-finished') throw new Error(`${id} has not finished`);
      return found;
    },
  };
};

/** A step that fails with an exit code. */
export const fails = async (): Promise<never> => {
  throw new Failure('test/failed', 'it broke', { failureClass: 'Connectivity', facts: { exitCode: 3 } });
};

/** A step that goes on until it is told to stop. */
export const untilAborted = ({ signal }: StepContext): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => {
      reject(signal.reason);
    });
  });
