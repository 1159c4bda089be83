import type { Diagnostic, Severity } from './diagnostic.ts';
import { countBySeverity, inOrder } from './order.ts';
import type { Span } from './source.ts';

/** What `--format json` prints. Fields are only ever added. Lines and columns count from 1, columns in UTF-16 code units. */
interface JsonReport {
  readonly version: 1;
  readonly errors: number;
  readonly warnings: number;
  readonly notes: number;
  readonly diagnostics: readonly JsonDiagnostic[];
}

interface JsonDiagnostic {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly place?: JsonPlace;
  /** Where in the document: `stages[0].steps[2].spec.repo`. */
  readonly path?: string;
  readonly hint?: string;
  readonly related?: readonly { readonly message: string; readonly place: JsonPlace }[];
}

export interface JsonPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  /** The column after the last one. */
  readonly endColumn: number;
}

export const renderJson = (diagnostics: readonly Diagnostic[]): string => {
  const counts = countBySeverity(diagnostics);
  const report: JsonReport = {
    version: 1,
    errors: counts.error,
    warnings: counts.warning,
    notes: counts.note,
    diagnostics: inOrder(diagnostics).map((d) => ({
      code: d.code,
      severity: d.severity,
      message: d.message,
      ...(d.at === undefined ? {} : { place: jsonPlace(d.at) }),
      ...(d.path === undefined ? {} : { path: d.path }),
      ...(d.hint === undefined ? {} : { hint: d.hint }),
      ...(d.related === undefined
        ? {}
        : { related: d.related.map((r) => ({ message: r.message, place: jsonPlace(r.at) })) }),
    })),
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
};

export const jsonPlace = (span: Span): JsonPlace => {
  const start = span.source.position(span.start);
  const end = span.source.position(Math.max(span.start, span.end));
  return { file: span.source.name, line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
};
