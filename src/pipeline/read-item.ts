// An entry of `stages` or `steps`: a map with one key that says what it is.
import { nearest } from '../base/nearest.ts';
import type { Span } from '../diagnostics/source.ts';
import { isNull, type YamlEntry, type YamlNode } from '../yaml/node.ts';
import { report, type Reading } from '../yaml/reading.ts';
import { excerpt, wrongType } from '../yaml/shape.ts';

export interface Item {
  /** `step`, `stage`, `stepGroup`, `parallel`, `insert`. */
  readonly kind: string;
  readonly node: YamlNode;
  readonly key: Span;
}

/** `bare` is the kind of an item that has `type` and no wrapping key. */
export const readItem = (
  node: YamlNode,
  kinds: readonly string[],
  bare: string,
  reading: Reading,
): Item | undefined => {
  if (isNull(node)) {
    report(reading, 'warning', node, {
      code: 'pipeline/empty-item',
      message: 'this list item is empty',
      hint: `Remove the dash, or add \`${bare}:\`.`,
    });
    return undefined;
  }
  if (node.kind !== 'map') {
    wrongType(node, `a map with \`${bare}:\``, reading);
    return undefined;
  }
  const found = node.entries.filter((e) => kinds.includes(e.name));
  if (found.length === 0) return bareItem(node.entries, node, { kinds, bare, reading });
  const [first, second] = found;
  if (first === undefined) return undefined;
  if (second !== undefined) {
    report(
      reading,
      'error',
      { at: second.key, path: node.path },
      {
        code: 'pipeline/two-in-one-item',
        message: `this list item has \`${first.name}\` and \`${second.name}\``,
        hint: 'Start each with a dash of its own: is a `-` missing?',
        related: [{ at: first.key, message: `the \`${first.name}\` is here` }],
      },
    );
  }
  for (const entry of node.entries) if (!kinds.includes(entry.name)) beside(entry, first.name, reading);
  return { kind: first.name, node: first.value, key: first.key };
};

const beside = (entry: YamlEntry, kind: string, reading: Reading): void => {
  const place = { at: entry.key, path: entry.value.path };
  if (entry.name === 'contextType') {
    report(reading, 'note', place, {
      code: 'pipeline/editor-residue',
      message: '`contextType` is left over from the editor of Harness; it has no effect',
    });
    return;
  }
  report(reading, 'error', place, {
    code: 'pipeline/beside-item',
    message: `\`${excerpt(entry.name)}\` stands beside \`${kind}\`, not in it`,
    hint: `Indent it, so that it belongs to the ${kind}, or remove it.`,
  });
};

interface BareContext {
  readonly kinds: readonly string[];
  readonly bare: string;
  readonly reading: Reading;
}

const bareItem = (
  entries: readonly YamlEntry[],
  node: YamlNode,
  { kinds, bare, reading }: BareContext,
): Item | undefined => {
  const first = entries[0];
  if (first === undefined) {
    report(reading, 'error', node, {
      code: 'pipeline/unknown-item',
      message: 'this list item is an empty map',
      hint: `Write \`${bare}:\` with its type and spec.`,
    });
    return undefined;
  }
  if (entries.some((e) => e.name === 'type')) {
    report(
      reading,
      'warning',
      { at: first.key, path: node.path },
      {
        code: 'pipeline/bare-item',
        message: `this list item has no \`${bare}:\`; it is read as a ${bare}`,
        hint: `Write \`- ${bare}:\` and indent the lines below it.`,
      },
    );
    return { kind: bare, node, key: first.key };
  }
  const near = entries.map((e) => nearest(e.name, kinds)).find((name) => name !== undefined);
  report(
    reading,
    'error',
    { at: first.key, path: node.path },
    {
      code: 'pipeline/unknown-item',
      message: `\`${excerpt(first.name)}\` is not what a list item here can be`,
      hint: near === undefined ? `Use one of ${kinds.join(', ')}.` : `Did you mean \`${near}\`?`,
    },
  );
  return undefined;
};
