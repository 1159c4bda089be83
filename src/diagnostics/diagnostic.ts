// Diagnostic: a fault of the input, as a value. Readers report and go on, so that all faults are shown at once.
import type { Span } from './source.ts';

/** `note` is shown by `plan` and `check` but never fails anything. */
export type Severity = 'error' | 'warning' | 'note';

export interface Diagnostic {
  /** `room/name`: listed in docs/reference/errors.md, never reused. */
  readonly code: string;
  readonly severity: Severity;
  /** What is wrong, in the words and with the names the user wrote. No final full stop. */
  readonly message: string;
  readonly at?: Span;
  /** Where in the document: `stages[0].steps[2].spec.repo`. */
  readonly path?: string;
  /** What to do about it. May have several lines when it is a snippet to paste. */
  readonly hint?: string;
  /** Other places that matter, such as the first of two duplicate keys. */
  readonly related?: readonly { readonly at: Span; readonly message: string }[];
}

/** Handed down to readers; collects. A reader returns a value or undefined and the caller goes on. */
export type Report = (diagnostic: Diagnostic) => void;

export const hasErrors = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some((d) => d.severity === 'error');
