import { Composer, Lexer, Parser, type Document, type ParsedNode, type YAMLError } from 'yaml';
import type { Report } from '../diagnostics/diagnostic.ts';
import type { SourceText } from '../diagnostics/source.ts';
import { buildTree } from './build-tree.ts';
import type { YamlDocument } from './node.ts';
import { reportSyntaxFaults } from './syntax-fault.ts';

export interface YamlOptions {
  /** The path of a child: of a map's entry by its name, of a list's item by its index. */
  readonly childPath?: ChildPath;
}

export type ChildPath = (parent: string, child: string | number) => string;

/** UTF-16 code units. Far above any pipeline; the parser needs about two seconds for so much hostile text. */
const longestText = 1 << 20;
const deepest = 100;

/** All documents of a text, faults reported; never throws on user text. A text that is too large or too deep gives none. */
export const readYaml = (source: SourceText, report: Report, options: YamlOptions = {}): readonly YamlDocument[] => {
  const { text } = source;
  if (text.length > longestText) {
    report({
      code: 'yaml/too-large',
      severity: 'error',
      message: `${source.name} has ${text.length} characters; at most ${longestText} are read`,
      at: { source, start: 0, end: 0 },
      hint: 'Split the file, or check that it is the file you meant.',
    });
    return [];
  }
  const documents = parse(source, report);
  if (documents === undefined) return [];
  const faults = reportSyntaxFaults(
    source,
    documents.flatMap((d): readonly YAMLError[] => d.errors),
    report,
  );
  return documents.map((document): YamlDocument => {
    const own: number[] = [];
    const [start, , end] = document.range;
    const root =
      document.contents === null || isOnlyComments(document.contents, text)
        ? undefined
        : buildTree(document.contents, { source, report, childPath: options.childPath ?? childPath, faults: own });
    own.push(...faults.filter((f) => f >= start && f <= end));
    return { root, faults: own.sort((a, b) => a - b) };
  });
};

const parse = (source: SourceText, report: Report): readonly Document.Parsed<ParsedNode>[] | undefined => {
  const parser = new Parser();
  // `failsafe` keeps every scalar text; keys are compared by buildTree, since the library's own check is quadratic.
  const composer = new Composer({ schema: 'failsafe', uniqueKeys: false, prettyErrors: false, logLevel: 'silent' });
  const documents: Document.Parsed<ParsedNode>[] = [];
  for (const lexeme of new Lexer().lex(source.text)) {
    for (const token of parser.next(lexeme)) documents.push(...composer.next(token));
    if (parser.stack.length > deepest) {
      const start = Math.min(parser.offset, source.text.length);
      report({
        code: 'yaml/too-deep',
        severity: 'error',
        message: `lists and maps are nested more than ${deepest} levels deep`,
        at: { source, start, end: start },
        hint: 'Flatten the structure, or check that it is the file you meant.',
      });
      return undefined;
    }
  }
  for (const token of parser.end()) documents.push(...composer.next(token));
  documents.push(...composer.end(false, source.text.length));
  return documents;
};

/** An empty plain scalar stands for a document without content. */
const isOnlyComments = (node: ParsedNode, text: string): boolean =>
  'source' in node && node.source === '' && text.slice(node.range[0], node.range[1]).trim() === '';

/** `a.b[0]`; names with other characters than letters, digits, `_` and `-` stand in `["…"]`. */
export const childPath: ChildPath = (parent, child) => {
  if (typeof child === 'number') return `${parent}[${child}]`;
  if (!/^[\w-]+$/.test(child)) return `${parent}[${JSON.stringify(child.slice(0, 80))}]`;
  return parent === '' ? child : `${parent}.${child}`;
};
