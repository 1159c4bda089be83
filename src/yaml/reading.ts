// What is handed down while a tree is read: where faults go, and which of them are only consequences of broken syntax.
import type { Diagnostic, Report } from '../diagnostics/diagnostic.ts';
import type { SourceText, Span } from '../diagnostics/source.ts';
import type { YamlDocument, YamlNode } from './node.ts';

export interface Reading {
  readonly report: Report;
  /** Offsets of syntax faults, ascending. */
  readonly faults: readonly number[];
  /** The key under which the node being read stands: where a missing field is reported. */
  readonly owner?: Span;
}

/** Faults found on a line that is not even YAML are left out: that line was reported, and correcting it may change them all. */
export const readingOf = (document: YamlDocument, source: SourceText, report: Report): Reading => {
  const lines = new Set(document.faults.map((offset) => source.position(offset).line));
  return {
    faults: document.faults,
    report:
      lines.size === 0
        ? report
        : (d) => {
            if (d.at === undefined || !lines.has(source.position(d.at.start).line)) report(d);
          },
  };
};

export const under = (reading: Reading, owner: Span): Reading => ({ ...reading, owner });

/** True when syntax faults stand inside: a field that seems to be missing may be there. */
export const isBroken = (node: YamlNode, reading: Reading): boolean =>
  reading.faults.some((offset) => offset >= node.at.start && offset <= node.at.end);

export const report = (
  reading: Reading,
  severity: Diagnostic['severity'],
  node: { readonly at: Span; readonly path: string },
  fault: Omit<Diagnostic, 'severity' | 'at' | 'path'>,
): void => reading.report({ severity, at: node.at, ...(node.path === '' ? {} : { path: node.path }), ...fault });

/** The last part of a path, in backticks: how a person would call the node. */
export const nameOf = (path: string): string =>
  path === '' ? 'this document' : `\`${path.slice(path.lastIndexOf('.') + 1)}\``;

export const isExpression = (text: string): boolean => text.includes('<+');
