// One step in a workspace of its own, without the engine around it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StepContext, StepResult } from '../src/engine/executor.ts';
import type { Runner } from '../src/engine/runner.ts';
import type { Shell } from '../src/plan/operation.ts';
import type { Text } from '../src/refs/text.ts';
import { stage, step } from './fake-run.ts';

export interface LocalStep {
  readonly command: Text;
  readonly shell?: Shell;
  readonly outputs?: readonly string[];
  readonly environment?: Readonly<Record<string, Text>>;
  readonly sharedPaths?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface LocalOutcome {
  readonly result: StepResult;
  /** What it printed, both streams in the order they came. */
  readonly lines: readonly string[];
  readonly workspace: string;
}

export const localContext = (
  more: Pick<StepContext, 'workspace' | 'scratch' | 'log'> & Partial<StepContext>,
): StepContext => ({
  runId: 'r',
  stage: stage('s'),
  signal: new AbortController().signal,
  reveal: (text) =>
    typeof text === 'string' ? text : text.map((p) => (typeof p === 'string' ? p : `secret`)).join(''),
  progress: () => {},
  ready: () => {},
  ...more,
});

/** Every secret has the value `secret`. */
export const runLocalStep = async (runner: Runner, given: LocalStep): Promise<LocalOutcome> => {
  const signal = given.signal ?? new AbortController().signal;
  const planStage = stage('s', { sharedPaths: given.sharedPaths ?? [], environment: { FROM_STAGE: 'yes' } });
  await using workspace = await runner.open(planStage, '20261124-083015-7f3a', signal);
  const scratch = mkdtempSync(join(tmpdir(), 'slipway scratch-'));
  const lines: string[] = [];
  try {
    const operation = step('a', [], {
      command: given.command,
      shell: given.shell ?? 'Sh',
      outputs: given.outputs ?? [],
      environment: given.environment ?? {},
    });
    const context = localContext({
      workspace: workspace.path,
      stage: planStage,
      scratch,
      signal,
      log: (line) => {
        lines.push(line);
      },
    });
    return { result: await workspace.exec(operation, context), lines, workspace: workspace.path };
  } catch (error) {
    if (error instanceof Error) Object.assign(error, { lines });
    throw error;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};
