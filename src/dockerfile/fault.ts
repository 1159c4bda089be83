// Short ways to report, so that a reader can say `return fault(…)`.
import type { Diagnostic, Report } from '../diagnostics/diagnostic.ts';
import type { Span } from '../diagnostics/source.ts';
import type { DockerfileCode } from './codes.ts';

type More = Pick<Diagnostic, 'hint' | 'related'>;

export const fault = (report: Report, code: DockerfileCode, at: Span, message: string, more: More = {}): undefined => {
  report({ code, severity: 'error', message, at, ...more });
};

export const warn = (report: Report, code: DockerfileCode, at: Span, message: string, more: More = {}): undefined => {
  report({ code, severity: 'warning', message, at, ...more });
};

/** `did you mean "x"?` as a hint, when there is something near. */
export const meant = (name: string | undefined, otherwise?: string): More => {
  if (name !== undefined) return { hint: `Did you mean ${name}?` };
  return otherwise === undefined ? {} : { hint: otherwise };
};
