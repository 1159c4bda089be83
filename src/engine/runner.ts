// Runner: where operations execute (local, docker, kubernetes).
import type { Exec, PlanStage, Service } from '../plan/operation.ts';
import type { StepContext, StepResult } from './executor.ts';

/** One instance serves many runs at once. */
export interface Runner {
  readonly name: string;
  /** Makes what one stage's steps share; disposing it removes every trace of the stage. */
  open(stage: PlanStage, runId: string, signal: AbortSignal): Promise<Workspace>;
}

export interface Workspace extends AsyncDisposable {
  /** Absolute folder on this machine where in-process operations read and write. */
  readonly path: string;
  /** Where the stage's absolute `sharedPaths` are on this machine; absent: where they say. */
  readonly shared?: Readonly<Record<string, string>>;
  /** Sentences for the person who started the run. */
  readonly notes?: readonly string[];
  /** Runs to the end. Aborting `context.signal` stops the whole process tree. */
  exec(operation: Exec, context: StepContext): Promise<StepResult>;
  /** Calls `context.ready()` when started; resolves when the service ended or was stopped through `context.signal`. */
  serve(operation: Service, context: StepContext): Promise<StepResult>;
}
