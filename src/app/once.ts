// One operation without a pipeline, through the same engine, journal and view as everything else.
import { relative } from 'node:path';
import type { Runner } from '../engine/runner.ts';
import { newRunId } from '../journal/journal.ts';
import type { Operation, OperationBase, Plan, PlanStage } from '../plan/operation.ts';
import { type Project, projectSecrets } from './project.ts';
import type { Outcome } from './run-file.ts';
import { type RunObserver, runOperations } from './run-operations.ts';

/** Paths of such an operation are absolute on this machine: the workspace is the whole file system. */
const wholeMachine: Runner = {
  name: 'here',
  open: async () => ({
    path: '/',
    exec: () => Promise.reject(new Error('no commands here')),
    serve: () => Promise.reject(new Error('no services here')),
    [Symbol.asyncDispose]: async () => {},
  }),
};

/** Relative to the workspace, which is `/`. */
export const fromRoot = (path: string): string => relative('/', path) || '.';

export const baseOf = (kind: string, name: string): OperationBase => ({
  id: `${kind}.${kind}`,
  step: kind,
  name,
  stage: kind,
  after: [],
  from: { file: '<command line>', line: 1, column: 1 },
  when: { status: 'Success' },
  failureStrategies: [],
  notes: [],
});

export const runOnce = async (operation: Operation, project: Project, observer: RunObserver): Promise<Outcome> => {
  if (project.diagnostics.some((d) => d.severity === 'error'))
    return { kind: 'refused', diagnostics: project.diagnostics, snippet: undefined };
  const stage: PlanStage = {
    id: operation.stage,
    name: operation.name,
    type: 'CI',
    infrastructure: 'none',
    runner: 'here',
    cloneCodebase: false,
    sharedPaths: [],
    after: [],
    when: { status: 'Success' },
    failureStrategies: [],
    from: operation.from,
    environment: {},
    notes: [],
  };
  const plan: Plan = {
    pipeline: { identifier: operation.step, name: operation.name, file: '<command line>' },
    sequenceId: 0,
    stages: [stage],
    operations: [operation],
    scope: {},
    secrets: [],
    connectors: [],
  };
  const runId = newRunId(new Date());
  const secrets = projectSecrets(project, observer);
  const result = await runOperations(
    { plan, runId, runners: { here: wholeMachine }, connectors: project.connectors, secrets },
    observer,
  );
  return { kind: 'ran', plan, runId, result, diagnostics: project.diagnostics };
};
