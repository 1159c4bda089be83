// Parser directives: `# syntax=`, `# escape=` and `# check=` in the first lines, before any other comment or instruction.
import type { Report } from '../diagnostics/diagnostic.ts';
import type { SourceText } from '../diagnostics/source.ts';
import { fault } from './fault.ts';
import type { Directives } from './instructions.ts';
import { LineCursor } from './lines.ts';
import { trim, trimStart } from './space.ts';

const names = ['syntax', 'escape', 'check'] as const;
const pattern = /^([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*(.+?)[\t\n\f\r ]*$/;

export interface DirectiveLines {
  readonly directives: Directives;
  /** How many lines from the top are directives: they are not comments of the instruction below. */
  readonly lines: number;
}

/** One directive of a comment's text after `#`; undefined when it is an ordinary comment. */
export const readDirective = (comment: string): { readonly name: string; readonly value: string } | undefined => {
  const match = pattern.exec(trimStart(comment));
  const name = names.find((n) => n === match?.[1]?.toLowerCase());
  return name === undefined ? undefined : { name, value: match?.[2] ?? '' };
};

export const readDirectives = (source: SourceText, report: Report): DirectiveLines => {
  const cursor = new LineCursor(source);
  const found = new Map<string, string>();
  let lines = 0;
  for (let line = cursor.next(); line !== undefined; line = cursor.next()) {
    const text = trimStart(line.text);
    const directive = text.startsWith('#') ? readDirective(text.slice(1)) : undefined;
    if (directive === undefined) break;
    lines = cursor.count;
    const at = { source, start: line.start, end: line.start + line.text.length };
    if (found.has(directive.name))
      fault(report, 'dockerfile/bad-directive', at, `the parser directive "${directive.name}" is given a second time`);
    else found.set(directive.name, directive.value);
    if (directive.name === 'escape' && directive.value !== '\\' && directive.value !== '`')
      fault(report, 'dockerfile/bad-directive', at, `"${directive.value}" cannot be the escape character`, {
        hint: 'Use \\ or `.',
      });
  }
  const syntax = found.get('syntax');
  const check = found.get('check');
  return {
    directives: {
      ...(syntax === undefined ? {} : { syntax: trim(syntax) }),
      ...(check === undefined ? {} : { check: trim(check) }),
      escape: found.get('escape') === '`' ? '`' : '\\',
    },
    lines,
  };
};
