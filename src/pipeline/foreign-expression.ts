import type { YamlNode, YamlScalar } from '../yaml/node.ts';
import { report, type Reading } from '../yaml/reading.ts';

const signs: readonly { readonly pattern: RegExp; readonly whose: string }[] = [
  { pattern: /\$\{\{.{0,200}?\}\}/s, whose: 'GitHub Actions' },
  { pattern: /\$\((?:Build|System|Agent|Release|Pipeline)\.\w+\)/, whose: 'Azure Pipelines' },
];

/** Warns of expressions of other systems, which nothing here resolves. */
export const reportForeignExpressions = (root: YamlNode, reading: Reading): void => {
  const stack = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.kind === 'scalar') checkScalar(node, reading);
    else if (node.kind === 'list') for (const item of node.items) stack.push(item);
    else for (const { value } of node.entries) stack.push(value);
  }
};

const checkScalar = (node: YamlScalar, reading: Reading): void => {
  if (!node.text.includes('$')) return;
  for (const { pattern, whose } of signs) {
    const match = pattern.exec(node.text);
    if (match === null) continue;
    const start = node.textStart === undefined ? undefined : node.textStart + match.index;
    const at = start === undefined ? node.at : { ...node.at, start, end: start + match[0].length };
    report(
      reading,
      'warning',
      { at, path: node.path },
      {
        code: 'pipeline/foreign-expression',
        message: `\`${match[0].slice(0, 60)}\` is an expression of ${whose}; it is left as it is`,
        hint: 'Write <+pipeline.variables.NAME>, <+codebase.branch> or <+secrets.getValue("id")> instead.',
      },
    );
  }
};
