import type { ParsedNode } from 'yaml';
import type { Report } from '../diagnostics/diagnostic.ts';
import type { SourceText } from '../diagnostics/source.ts';
import { buildTree } from './build-tree.ts';
import type { YamlDocument } from './node.ts';
import { parseYaml } from './parse.ts';
import { reportSyntaxFaults } from './syntax-fault.ts';

export interface YamlOptions {
  /** The path of a child: of a map's entry by its name, of a list's item by its index. */
  readonly childPath?: ChildPath;
}

export type ChildPath = (parent: string, child: string | number) => string;

/** UTF-16 code units. Far above any pipeline; the parser needs about two seconds for so much hostile text. */
const longestText = 1 << 20;

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
  const parsed = parseYaml(source);
  if (!('documents' in parsed)) {
    report(parsed);
    return [];
  }
  const faults = reportSyntaxFaults(source, parsed, report);
  const context = {
    source,
    report,
    childPath: options.childPath ?? childPath,
    masked: new Set(parsed.faults.map((fault) => fault.at.start)),
  };
  return parsed.documents.map((document): YamlDocument => {
    const own: number[] = [];
    const [start, , end] = document.range;
    const root =
      document.contents === null || isOnlyComments(document.contents, text)
        ? undefined
        : buildTree(document.contents, { ...context, faults: own });
    own.push(...faults.filter((f) => f >= start && f <= end));
    return { root, faults: own.sort((a, b) => a - b) };
  });
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
