// Diagnostics in the format that was asked for.
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { renderGithub } from '../diagnostics/render-github.ts';
import { renderJson } from '../diagnostics/render-json.ts';
import { renderSarif } from '../diagnostics/render-sarif.ts';
import { renderText } from '../diagnostics/render-text.ts';
import { useColor } from './color.ts';
import { version } from './version.ts';

export const showDiagnostics = (
  diagnostics: readonly Diagnostic[],
  format: 'text' | 'json' | 'sarif' | 'github',
  stream: NodeJS.WriteStream,
): string => {
  switch (format) {
    case 'text':
      return diagnostics.length === 0
        ? ''
        : `${renderText(diagnostics, { color: useColor(stream), width: Math.min(stream.columns ?? 80, 120) }).trimEnd()}\n`;
    case 'json':
      return `${renderJson(diagnostics).trimEnd()}\n`;
    case 'sarif':
      return `${renderSarif(diagnostics, { version: version() }).trimEnd()}\n`;
    case 'github':
      return diagnostics.length === 0 ? '' : `${renderGithub(diagnostics).trimEnd()}\n`;
    default:
      return format satisfies never;
  }
};
