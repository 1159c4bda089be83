// The library's parser within bounds of depth, and past values that are no YAML: those are masked and the rest is read.
import { Composer, isScalar, Lexer, Parser, visit, type Document, type YAMLError } from 'yaml';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { SourceText } from '../diagnostics/source.ts';
import { syntaxFault, valueStart, type SyntaxFaults } from './syntax-fault.ts';

export interface Parsed extends SyntaxFaults {
  readonly documents: readonly Document.Parsed[];
}

const deepest = 100;
/** Each value that is masked costs a parse; so many characters are parsed again at most. */
const mostParsedAgain = 1 << 20;
const mostMasked = 30;

/** A diagnostic when the text is nested too deeply to be read. */
export const parseYaml = (source: SourceText): Parsed | Diagnostic => {
  const faults: Parsed['faults'][number][] = [];
  const rounds = Math.min(mostMasked, Math.floor(mostParsedAgain / (source.text.length + 1)));
  let { text } = source;
  for (let round = 0; ; round++) {
    const documents = withoutStacks(() => documentsOf(text));
    if (typeof documents === 'number') return tooDeep(source, documents);
    const errors = documents.flatMap((d): readonly YAMLError[] => d.errors).sort((a, b) => a.pos[0] - b.pos[0]);
    const [first] = errors;
    const unclosed = errors.find(isUnclosedQuote);
    const valueMask = first === undefined || first === unclosed ? undefined : maskOfValue(source, first);
    const mask = valueMask ?? maskOfQuote(source, documents, unclosed);
    if (mask === undefined || round >= rounds || text.slice(mask.start, mask.end) === masked(mask)) {
      return { documents, errors, faults };
    }
    faults.push(mask.fault);
    text = text.slice(0, mask.start) + masked(mask) + text.slice(mask.end);
  }
};

interface Mask {
  readonly start: number;
  readonly end: number;
  readonly fault: Parsed['faults'][number];
}

/** Reads as one plain scalar of the same length. */
const masked = ({ start, end }: Mask): string => '_'.repeat(end - start);

const isUnclosedQuote = (error: YAMLError): boolean =>
  error.code === 'MISSING_CHAR' && error.message.startsWith('Missing closing');

/** The value of a line that holds an expression, or a second `key:`, without quotes. */
const maskOfValue = (source: SourceText, error: YAMLError): Mask | undefined => {
  const offset = Math.min(error.pos[0], source.text.length);
  const fault = syntaxFault(error, source, offset);
  if (fault.code !== 'yaml/unquoted-expression' && !(fault.code === 'yaml/nested-value' && fault.isOneLine)) {
    return undefined;
  }
  const { line, column } = source.position(offset);
  const lineStart = offset - column + 1;
  const written = source.line(line);
  const start = lineStart + valueStart(written);
  const end = lineStart + written.trimEnd().length;
  const { isOneLine: _, ...words } = fault;
  return end <= start ? undefined : { start, end, fault: { severity: 'error', at: { source, start, end }, ...words } };
};

/** From a quote that is never closed to the end of its line: the lines below are read as if it were closed there. */
const maskOfQuote = (
  source: SourceText,
  documents: readonly Document.Parsed[],
  error: YAMLError | undefined,
): Mask | undefined => {
  if (error === undefined) return undefined;
  const start = documents.map((d) => unclosedIn(d, source.text)).find((found) => found !== undefined);
  if (start === undefined) return undefined;
  const { line, column } = source.position(start);
  const end = start - column + 1 + source.line(line).trimEnd().length;
  const at = { source, start, end: Math.max(start + 1, end) };
  return {
    start,
    end: at.end,
    fault: {
      code: 'yaml/unclosed-quote',
      severity: 'error',
      message: `the quote ${source.text[start] ?? ''} that starts here is never closed`,
      at,
      hint: 'Add the closing quote at the end of the value.',
    },
  };
};

const unclosedIn = (document: Document.Parsed, text: string): number | undefined => {
  let found: number | undefined;
  visit(document, {
    Scalar: (_key, node) => {
      if (!isScalar(node) || node.range === undefined || node.range === null) return undefined;
      if (node.type !== 'QUOTE_DOUBLE' && node.type !== 'QUOTE_SINGLE') return undefined;
      const [start, end] = node.range;
      if (end - start > 1 && text[end - 1] === text[start]) return undefined;
      found = start;
      return visit.BREAK;
    },
  });
  return found;
};

/** The library makes an Error for each syntax fault; without stacks, half a million of them cost a fifth of the time. */
const withoutStacks = <T>(work: () => T): T => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
};

/** The offset where the text is nested too deeply, when it is. */
const documentsOf = (text: string): readonly Document.Parsed[] | number => {
  const parser = new Parser();
  // `failsafe` keeps every scalar text; keys are compared by buildTree, since the library's own check is quadratic.
  const composer = new Composer({ schema: 'failsafe', uniqueKeys: false, prettyErrors: false, logLevel: 'silent' });
  const documents: Document.Parsed[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) documents.push(...composer.next(token));
    if (parser.stack.length > deepest) return Math.min(parser.offset, text.length);
  }
  for (const token of parser.end()) documents.push(...composer.next(token));
  documents.push(...composer.end(false, text.length));
  return documents;
};

const tooDeep = (source: SourceText, start: number): Diagnostic => ({
  code: 'yaml/too-deep',
  severity: 'error',
  message: `lists and maps are nested more than ${deepest} levels deep`,
  at: { source, start, end: start },
  hint: 'Flatten the structure, or check that it is the file you meant.',
});
