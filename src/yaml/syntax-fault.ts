// The library's syntax errors in our own words, one for each line, with what to do.
import type { YAMLError } from 'yaml';
import type { Diagnostic, Report } from '../diagnostics/diagnostic.ts';
import type { SourceText, Span } from '../diagnostics/source.ts';

const mostShown = 50;

export interface SyntaxFaults {
  /** In the order of the text. */
  readonly errors: readonly YAMLError[];
  /** Faults of values that were masked before the text was parsed again. */
  readonly faults: readonly (Diagnostic & { readonly at: Span })[];
}

/** Gives the offsets of the first faults, ascending. */
export const reportSyntaxFaults = (
  source: SourceText,
  { errors, faults }: SyntaxFaults,
  report: Report,
): readonly number[] => {
  const offsets = faults.map((fault) => fault.at.start);
  for (const fault of faults) report(fault);
  const lines = new Set(offsets.map((offset) => source.position(offset).line));
  let afterEnd = false;
  let more = 0;
  for (const error of errors) {
    const isAfterEnd = error.code === 'UNEXPECTED_TOKEN' && error.message.includes('in YAML stream');
    if (isAfterEnd && afterEnd) continue;
    afterEnd ||= isAfterEnd;
    const offset = Math.min(error.pos[0], source.text.length);
    const { line } = source.position(offset);
    if (lines.has(line)) continue;
    lines.add(line);
    if (lines.size > mostShown) {
      more += 1;
      continue;
    }
    offsets.push(offset);
    const start = error.code === 'BAD_INDENT' ? afterBlanks(source.text, offset) : offset;
    const end = Math.max(start, Math.min(error.pos[1], source.text.length));
    const { isOneLine: _, ...words } = syntaxFault(error, source, offset);
    report({ severity: 'error', at: { source, start, end }, ...words });
  }
  if (more > 0) {
    report({
      code: 'yaml/more-faults',
      severity: 'error',
      message: `${more} more lines of ${source.name} are not YAML`,
      hint: 'Correct those shown and check again; one early slip often causes the later ones.',
    });
  }
  return offsets.sort((a, b) => a - b);
};

const afterBlanks = (text: string, offset: number): number => {
  let at = offset;
  while (text[at] === ' ') at += 1;
  return at;
};

type Words = Pick<Diagnostic, 'code' | 'message' | 'hint'> & {
  /** For a nested value: nothing but the line itself is meant. */
  readonly isOneLine?: boolean;
};

export const syntaxFault = (error: YAMLError, source: SourceText, offset: number): Words => {
  const { line, column } = source.position(offset);
  const text = source.line(line);
  const lead = valueStart(text);
  const isInValue = text.includes('<+', lead) && column > lead;
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return {
        code: 'yaml/tab-indent',
        message: 'this line is indented with a tab, which YAML does not allow',
        hint: 'Indent with blanks; tabs are allowed inside values and comments.',
      };
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'UNEXPECTED_TOKEN':
    case 'MISSING_CHAR':
    case 'BLOCK_IN_FLOW':
    case 'KEY_OVER_1024_CHARS':
      if (error.message.startsWith('Missing closing')) return unclosedQuote;
      if (isInValue) return unquotedExpression(text);
      return error.code === 'BLOCK_AS_IMPLICIT_KEY' ? nestedValue(source, line, text) : unexpected(source, offset);
    case 'MULTILINE_IMPLICIT_KEY':
      return missingColon(text);
    case 'BAD_INDENT':
      return badIndent(error, source, offset);
    case 'BAD_SCALAR_START':
      return {
        code: 'yaml/reserved-start',
        message: `a value without quotes cannot start with \`${source.text[offset] ?? ''}\``,
        hint: `Put it in quotes: '${valueOn(text, column).replaceAll("'", "''")}'`,
      };
    case 'BAD_DQ_ESCAPE':
      return {
        code: 'yaml/bad-escape',
        message: `\`${source.text.slice(offset, offset + 2)}\` is no escape that YAML knows`,
        hint: 'Double the backslash, or put the value in single quotes, where a backslash is just a backslash.',
      };
    default:
      return { code: 'yaml/syntax', ...otherWords(error) };
  }
};

/** Where the value of a line starts, after dashes and `key: `. */
export const valueStart = (line: string): number => /^\s*(?:- +)*(?:[^\s:'"[{<]+: +)?/.exec(line)?.[0].length ?? 0;

const unclosedQuote: Words = {
  code: 'yaml/unclosed-quote',
  message: 'a quote is never closed',
  hint: 'Look for a value that starts with a quote and has none at its end.',
};

const otherWords = (error: YAMLError): Pick<Words, 'message' | 'hint'> => {
  switch (error.code) {
    case 'BAD_ALIAS':
      return { message: '`*` and `&` need a name', hint: 'Quote the value if the sign is meant as text.' };
    case 'MULTIPLE_ANCHORS':
      return { message: 'a value has two anchors', hint: 'Keep one `&name`.' };
    case 'MULTIPLE_TAGS':
      return { message: 'a value has two tags', hint: 'Remove them: no tag is needed.' };
    case 'ALIAS_PROPS':
      return { message: 'an alias has an anchor or a tag of its own', hint: 'Write the alias alone.' };
    case 'BAD_DIRECTIVE':
      return { message: 'this `%` line is no directive that YAML knows', hint: 'Remove the line.' };
    default:
      return { message: 'this is not YAML', hint: 'Quote the value, or check the brackets and the indentation above.' };
  }
};

const unquotedExpression = (line: string): Words => {
  const lead = line.slice(0, valueStart(line));
  const value = line.slice(lead.length);
  const quoted = `${lead.trimStart()}'${value.trimEnd().replaceAll("'", "''")}'`;
  return {
    code: 'yaml/unquoted-expression',
    message: 'this value holds an expression and needs quotes: without them YAML reads its `:`, `"` or `[` as its own',
    hint: /^[[{]/.test(value)
      ? 'Put each item that holds an expression in single quotes.'
      : `Put the whole value in single quotes:\n${quoted}`,
  };
};

const nestedValue = (source: SourceText, line: number, text: string): Words => {
  const next = source.line(line + 1);
  const indent = (s: string): number => s.length - s.trimStart().length;
  const hasChild = next.trim() !== '' && indent(next) > indent(text);
  return {
    code: 'yaml/nested-value',
    isOneLine: !hasChild,
    message: hasChild
      ? 'this line has a value, and the lines below it are indented as if they belonged to it'
      : 'a second `key:` stands in the value of this line',
    hint: hasChild
      ? 'Align the next line with this one, or remove the value.'
      : 'Start a new, indented line for a nested map; put the value in quotes if it is text.',
  };
};

const missingColon = (text: string): Words => ({
  code: 'yaml/syntax',
  message: /^\s*-/.test(text)
    ? 'a list item stands where a key is needed'
    : /^[^\s:]+:\S/.test(text.trim())
      ? 'a blank is missing after the colon'
      : 'a key without its colon',
  hint: /^\s*-/.test(text)
    ? 'Indent the list below its key, and give that key no other value.'
    : 'Write `key: value`, with a blank after the colon.',
});

const badIndent = (error: YAMLError, source: SourceText, offset: number): Words => {
  const open = error.message.startsWith('Flow') ? error.message.at(-1) : undefined;
  if (open === ']' || open === '}') {
    return {
      code: 'yaml/syntax',
      message: `\`${open}\` is missing before this line`,
      hint: 'Close the bracket, and indent its lines deeper than their key.',
    };
  }
  const { line } = source.position(offset);
  return {
    code: 'yaml/bad-indent',
    message: 'this line is indented like none of the lines above it',
    hint: `Align line ${line} with its siblings: all entries of a map or list start in the same column.`,
  };
};

const unexpected = (source: SourceText, offset: number): Words => {
  const char = source.text[offset] ?? '';
  const before = source.text.slice(0, offset).trimEnd().at(-1);
  if (before === '"' || before === "'") {
    return {
      code: 'yaml/syntax',
      message: 'text follows the closing quote',
      hint: `Put the whole value in one pair of quotes; inside ${before} write ${before === "'" ? "''" : '\\"'} for the quote itself.`,
    };
  }
  const found = char.trim() === '' ? 'the end of the line' : `\`${char}\``;
  return {
    code: 'yaml/syntax',
    message: `${found} is not expected here`,
    hint: 'Quote the value, or check the brackets and the indentation above.',
  };
};

const valueOn = (line: string, column: number): string =>
  line
    .slice(column - 1)
    .trimEnd()
    .slice(0, 60);
