// Failure: something in the world went wrong while work was under way. Faults of the input are Diagnostics instead.

/**
 * The words of Harness failure strategies (`onFailure.errors`), so that a strategy written for Harness
 * matches our failures too.
 */
export type FailureClass =
  | 'Authentication'
  | 'Authorization'
  | 'Connectivity'
  | 'Timeout'
  | 'InfrastructureFailure'
  | 'PluginImageFailure'
  | 'ResourceLimitsFailure'
  | 'ConfigurationFailure'
  | 'Unknown';

export interface FailureDetails {
  /** Facts for people and programs: status codes, references, paths, byte counts. Never a secret. */
  readonly facts?: Readonly<Record<string, string | number | boolean>>;
  /** The next thing to do, as an instruction. */
  readonly hint?: string;
  readonly failureClass?: FailureClass;
  /** True when the same call may succeed a moment later. */
  readonly transient?: boolean;
  readonly cause?: unknown;
}

/** Thrown for failures of the world. `code` is `room/name`, listed in docs/reference/errors.md and never reused. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: string;
  readonly facts: Readonly<Record<string, string | number | boolean>>;
  readonly hint: string | undefined;
  readonly failureClass: FailureClass;
  readonly transient: boolean;

  constructor(code: string, message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.facts = details.facts ?? {};
    this.hint = details.hint;
    this.failureClass = details.failureClass ?? 'Unknown';
    this.transient = details.transient ?? false;
  }
}
