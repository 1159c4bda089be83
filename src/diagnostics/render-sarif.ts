import type { CodeTable } from '../base/codes.ts';
import type { Diagnostic } from './diagnostic.ts';
import { inOrder } from './order.ts';
import { jsonPlace } from './render-json.ts';
import type { Span } from './source.ts';

export interface SarifOptions {
  /** Of Slipway. */
  readonly version?: string;
  /** Describes the rules; codes that are not in it appear by name alone. */
  readonly codes?: CodeTable;
}

/** SARIF 2.1.0, one run: read by code scanning services and editors. */
export const renderSarif = (diagnostics: readonly Diagnostic[], options: SarifOptions = {}): string => {
  const ruleIds = [...new Set(diagnostics.map((d) => d.code))].sort();
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'slipway',
            ...(options.version === undefined ? {} : { version: options.version }),
            rules: ruleIds.map((id) => rule(id, options.codes)),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: inOrder(diagnostics).map((d) => ({
          ruleId: d.code,
          ruleIndex: ruleIds.indexOf(d.code),
          level: d.severity,
          message: { text: d.hint === undefined ? d.message : `${d.message}\n${d.hint}` },
          ...(d.at === undefined ? {} : { locations: [location(d.at, d.path)] }),
          ...(d.related === undefined
            ? {}
            : {
                relatedLocations: d.related.map((r, id) => ({ id, ...location(r.at), message: { text: r.message } })),
              }),
        })),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
};

const rule = (id: string, codes: CodeTable | undefined): object => {
  const entry = codes?.[id];
  return entry === undefined ? { id } : { id, shortDescription: { text: entry.meaning }, help: { text: entry.remedy } };
};

const location = (at: Span, path?: string): object => {
  const { file, line, column, endLine, endColumn } = jsonPlace(at);
  return {
    physicalLocation: {
      artifactLocation: { uri: uriOf(file) },
      region: { startLine: line, startColumn: column, endLine, endColumn },
    },
    ...(path === undefined || path === '' ? {} : { logicalLocations: [{ fullyQualifiedName: path }] }),
  };
};

/** A relative reference for a relative path, `file:` for an absolute one (RFC 3986; RFC 8089). */
const uriOf = (file: string): string => {
  const path = file.replaceAll('\\', '/');
  const escaped = path.split('/').map(escapeSegment).join('/');
  if (path.startsWith('/')) return `file://${escaped}`;
  return /^[A-Za-z]:\//.test(path) ? `file:///${path.slice(0, 2)}${escaped.slice(escaped.indexOf('/'))}` : escaped;
};

/** Lone surrogates cannot be encoded; they become U+FFFD. */
const escapeSegment = (segment: string): string => encodeURIComponent(segment.toWellFormed());
