// Event: one line of a run's journal. CLI, logs, API and resume all read this one stream.

/** What an operation produced, for the summary and for later steps. No secrets. */
export interface ImageResult {
  /** Names it carries locally: tags in the store or the tar. */
  readonly tags: readonly string[];
  /** Digest of the image config, Docker's image id. */
  readonly imageId: string;
  /** Digest of the manifest as a registry holds it; absent when nothing was pushed yet. */
  readonly digest?: string;
  /** Bytes: sum of layer sizes as held. */
  readonly sizeBytes: number;
  readonly platform?: string;
  readonly tar?: string;
  readonly destinations: readonly DestinationResult[];
}

export interface DestinationResult {
  readonly reference: string;
  readonly digest?: string;
  readonly status: 'pushed' | 'failed' | 'canceled';
  readonly message?: string;
}

/** A failure as data. `code` is in docs/reference/errors.md. */
export interface FailureReport {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly failureClass: string;
  readonly facts: Readonly<Record<string, string | number | boolean>>;
  /** Messages of the causes, outermost first. */
  readonly causes: readonly string[];
}

export type OperationStatus = 'succeeded' | 'failed' | 'skipped' | 'canceled' | 'ignored';

/** A bar of the live view. `id` is unique within the operation; the last one with an id wins. */
export interface Progress {
  readonly id: string;
  /** `COPY . /app`, `sha256:1a2b… → localhost:5000`. */
  readonly label: string;
  readonly state: 'running' | 'done' | 'cached' | 'failed';
  /** Bytes, when the work is measured in bytes. */
  readonly current?: number;
  readonly total?: number;
  /** Why it is done and not taken from a cache: `src/app.js changed`. */
  readonly reason?: string;
}

export type Event = { readonly seq: number; /** Milliseconds since the epoch. */ readonly at: number } & EventBody;

export type EventBody =
  | {
      readonly type: 'run-started';
      readonly runId: string;
      readonly pipeline: string;
      readonly file: string;
      readonly sequenceId: number;
      readonly pid: number;
      /** Which process of all that ever had this number: see base/process-mark.ts. */
      readonly process?: string;
      readonly operations: readonly {
        readonly id: string;
        readonly name: string;
        readonly stage: string;
        readonly kind: string;
      }[];
    }
  | { readonly type: 'operation-started'; readonly operation: string; readonly attempt: number }
  | {
      readonly type: 'log';
      readonly operation: string;
      readonly stream: 'stdout' | 'stderr';
      /** Masked, without line end. */ readonly line: string;
    }
  | { readonly type: 'progress'; readonly operation: string; readonly progress: Progress }
  | { readonly type: 'operation-ready'; readonly operation: string }
  | {
      readonly type: 'operation-retrying';
      readonly operation: string;
      readonly attempt: number;
      readonly delayMs: number;
      readonly failure: FailureReport;
    }
  | {
      readonly type: 'operation-finished';
      readonly operation: string;
      readonly status: OperationStatus;
      readonly durationMs: number;
      readonly outputs: Readonly<Record<string, string>>;
      readonly images: readonly ImageResult[];
      readonly exitCode?: number;
      readonly failure?: FailureReport;
      /** Why it was skipped or ignored. */
      readonly reason?: string;
    }
  | { readonly type: 'note'; readonly message: string; readonly operation?: string }
  | {
      readonly type: 'run-finished';
      readonly status: 'succeeded' | 'failed' | 'canceled';
      readonly durationMs: number;
    };
