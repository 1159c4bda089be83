// How checks report: `# check=` may skip rules or make errors of them, for the file or for one instruction.
import { parseBoolean } from '../base/boolean.ts';
import type { Diagnostic, Report } from '../diagnostics/diagnostic.ts';
import type { Span } from '../diagnostics/source.ts';
import type { DockerfileCode } from './codes.ts';
import { readDirective } from './directives.ts';
import type { Dockerfile, InstructionBase } from './instructions.ts';

export type LintReport = (
  code: DockerfileCode,
  at: Span,
  message: string,
  more?: Pick<Diagnostic, 'hint' | 'related'>,
  /** Its comments may hold a `check=skip=…` of their own. */
  instruction?: InstructionBase,
) => void;

interface CheckOptions {
  readonly skip: readonly string[];
  readonly error: boolean;
}

/** `skip=Rule,Rule;error=true`. Undefined when it cannot be read. */
const parseCheckOptions = (text: string): CheckOptions | undefined => {
  let skip: readonly string[] = [];
  let error = false;
  for (const part of text === '' ? [] : text.split(';')) {
    const equals = part.indexOf('=');
    const key = part.slice(0, Math.max(equals, 0)).trim();
    const value = part.slice(equals + 1).trim();
    if (equals < 0) return undefined;
    if (key === 'skip') skip = value.split(',').map((rule) => plainName(rule));
    else if (key === 'error') {
      const read = parseBoolean(value);
      if (read === undefined) return undefined;
      error = read;
    } else if (key !== 'experimental') return undefined;
  }
  return { skip, error };
};

/** BuildKit's `JSONArgsRecommended` and our `dockerfile/json-args-recommended` meet here. */
const plainName = (rule: string): string =>
  rule
    .replace(/^dockerfile\//, '')
    .replace(/[^a-z0-9]/gi, '')
    .toLowerCase();

export const lintReport = (dockerfile: Dockerfile, report: Report): LintReport => {
  const whole = parseCheckOptions(dockerfile.directives.check?.split(' ')[0] ?? '');
  return (code, at, message, more = {}, instruction) => {
    const own = (instruction?.comments ?? []).flatMap((comment) => {
      const directive = readDirective(comment);
      return directive?.name === 'check' ? (parseCheckOptions(directive.value.split(' ')[0] ?? '')?.skip ?? []) : [];
    });
    const skipped = new Set([...(whole?.skip ?? []), ...own]);
    if (skipped.has('all') || skipped.has(plainName(code))) return;
    report({ code, severity: whole?.error === true ? 'error' : 'warning', message, at, ...more });
  };
};
