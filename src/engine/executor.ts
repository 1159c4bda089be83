// Executor: does one kind of operation. The engine asks the table and knows no builder, registry or runner.
import type { BuilderName } from '../contract/image-operation.ts';
import type { ImageResult, Progress } from '../journal/event.ts';
import type { BuildImage, Operation, PlanStage } from '../plan/operation.ts';
import type { Text } from '../refs/text.ts';

/** What an executor may use while it works on one operation. */
export interface StepContext {
  readonly runId: string;
  readonly stage: PlanStage;
  /** Absolute folder that the stage's steps share; relative paths of operations are below it. */
  readonly workspace: string;
  /** Where the stage's absolute `sharedPaths` are on this machine; absent: where they say. */
  readonly shared?: Readonly<Record<string, string>>;
  /** A private folder (mode 0700) for this operation, removed when it ends. Credentials go here. */
  readonly scratch: string;
  /** Aborted on cancellation and time-out. */
  readonly signal: AbortSignal;
  /** Fills secrets in. Late expressions were already filled by the engine. Each revealed secret is masked in logs from then on. */
  reveal(text: Text): string;
  /** One line of output without its line end. Masking is the engine's work. */
  log(line: string, stream?: 'stdout' | 'stderr'): void;
  progress(progress: Progress): void;
  /** For a service: what waits for it may start. */
  ready(): void;
}

export interface StepResult {
  /** Output variables by name. */
  readonly outputs?: Readonly<Record<string, string>>;
  readonly images?: readonly ImageResult[];
  readonly exitCode?: number;
}

/** Throws Failure when the operation failed; an AbortError when `signal` was aborted. */
export type Executor<K extends Operation['kind']> = (
  operation: Extract<Operation, { kind: K }>,
  context: StepContext,
) => Promise<StepResult>;

/** Kinds that run in the engine's process; `exec` and `service` are the runner's. */
export type ExecutedKind = Exclude<Operation['kind'], 'exec' | 'service' | 'unsupported'>;

export type Executors = { readonly [K in ExecutedKind]: Executor<K> };

/** Builds one image by one tool. Each builder room exports one; `app` chooses by `operation.builder.name`. */
export interface ImageBuilder {
  readonly name: BuilderName;
  /** Undefined when it can work here; else a sentence saying what is missing. */
  missing(signal?: AbortSignal): Promise<string | undefined>;
  /** Builds, writes the tar, loads and pushes as `operation.outputs` says. Outputs appear whole or not at all. */
  build(operation: BuildImage, context: StepContext): Promise<StepResult>;
}
