import type { Diagnostic, Severity } from './diagnostic.ts';
import { inOrder } from './order.ts';
import { jsonPlace } from './render-json.ts';

/** Workflow commands of GitHub Actions, one line for each diagnostic: they become annotations of the changed files. */
export const renderGithub = (diagnostics: readonly Diagnostic[]): string =>
  inOrder(diagnostics)
    .map((d) => {
      const place = d.at === undefined ? undefined : jsonPlace(d.at);
      const properties: Readonly<Record<string, string | number>> = {
        ...(place === undefined
          ? {}
          : { file: place.file, line: place.line, col: place.column, endLine: place.endLine }),
        // GitHub takes an end column only for places on one line.
        ...(place === undefined || place.endLine !== place.line || place.endColumn <= place.column
          ? {}
          : { endColumn: place.endColumn - 1 }),
        title: d.code,
      };
      const list = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
      const text = [
        d.message,
        ...(d.related ?? []).map((r) => `${r.message}: ${where(r.at)}`),
        ...(d.hint ? [d.hint] : []),
      ];
      return `::${commands[d.severity]} ${list.join(',')}::${escapeData(text.join('\n'))}\n`;
    })
    .join('');

const commands: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', note: 'notice' };

const where = (at: NonNullable<Diagnostic['at']>): string => {
  const { file, line, column } = jsonPlace(at);
  return `${file}:${line}:${column}`;
};

// As @actions/core escapes them (packages/core/src/command.ts).
const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const escapeProperty = (text: string): string => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
