import type { Diagnostic, Severity } from './diagnostic.ts';

/** By file in the order of first mention, then by place; those without a place come last. Keeps the order of equals. */
export const inOrder = (diagnostics: readonly Diagnostic[]): readonly Diagnostic[] => {
  const files = new Map<string, number>();
  for (const { at } of diagnostics)
    if (at !== undefined && !files.has(at.source.name)) files.set(at.source.name, files.size);
  const fileRank = (d: Diagnostic): number => (d.at === undefined ? files.size : (files.get(d.at.source.name) ?? 0));
  return diagnostics.toSorted((a, b) => fileRank(a) - fileRank(b) || (a.at?.start ?? 0) - (b.at?.start ?? 0));
};

export type Counts = Readonly<Record<Severity, number>>;

export const countBySeverity = (diagnostics: readonly Diagnostic[]): Counts => {
  const counts = { error: 0, warning: 0, note: 0 };
  for (const { severity } of diagnostics) counts[severity] += 1;
  return counts;
};

/** `2 errors, 1 warning`; empty when there is nothing to count. */
export const countLine = (counts: Counts): string =>
  (['error', 'warning', 'note'] as const)
    .filter((severity) => counts[severity] > 0)
    .map((severity) => `${counts[severity]} ${severity}${counts[severity] === 1 ? '' : 's'}`)
    .join(', ');
