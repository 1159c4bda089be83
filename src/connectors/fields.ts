// Reads maps of YAML nodes by name: unknown keys are faults that name the nearest known one.
import { nearest } from '../base/nearest.ts';
import type { Report } from '../diagnostics/diagnostic.ts';
import { entryOf, isNull, type YamlEntry, type YamlNode } from '../yaml/node.ts';

export interface Fields {
  entry(name: string): YamlEntry | undefined;
  text(name: string): string | undefined;
  boolean(name: string): boolean | undefined;
  texts(name: string): readonly string[];
  below(name: string, known: readonly string[]): Fields | undefined;
  /** Every entry of a map whose names are free. */
  each(name: string): readonly YamlEntry[];
}

const fault = (report: Report, code: string, node: YamlNode, message: string, hint?: string): undefined => {
  report({ code, severity: 'error', message, at: node.at, path: node.path, ...(hint === undefined ? {} : { hint }) });
};

const kindName = (node: YamlNode): string =>
  node.kind === 'map' ? 'a map' : node.kind === 'list' ? 'a list' : 'a text';

/** `known` empty: every name is allowed. */
export const fieldsOf = (
  node: YamlNode | undefined,
  what: string,
  known: readonly string[],
  report: Report,
): Fields | undefined => {
  if (node === undefined || isNull(node)) return undefined;
  if (node.kind !== 'map')
    return fault(report, 'config/wrong-kind', node, `${what} must be a map, not ${kindName(node)}`);
  if (known.length > 0) {
    for (const entry of node.entries) {
      if (known.includes(entry.name)) continue;
      const near = nearest(entry.name, known);
      report({
        code: 'config/unknown-key',
        severity: 'error',
        message: `${what} has no "${entry.name}"`,
        at: entry.key,
        path: entry.value.path,
        hint: near === undefined ? `known are ${known.join(', ')}` : `did you mean "${near}"?`,
      });
    }
  }
  const entry = (name: string): YamlEntry | undefined => entryOf(node, name);
  const scalar = (name: string): (YamlNode & { kind: 'scalar' }) | undefined => {
    const value = entry(name)?.value;
    if (value === undefined || isNull(value)) return undefined;
    if (value.kind === 'scalar') return value;
    return fault(report, 'config/wrong-kind', value, `"${name}" must be a text, not ${kindName(value)}`);
  };
  return {
    entry,
    text: (name) => scalar(name)?.text,
    boolean: (name) => {
      const value = scalar(name);
      if (value === undefined) return undefined;
      if (/^(?:true|True|TRUE)$/.test(value.text)) return true;
      if (/^(?:false|False|FALSE)$/.test(value.text)) return false;
      return fault(report, 'config/wrong-kind', value, `"${name}" must be true or false, not "${value.text}"`);
    },
    texts: (name) => {
      const value = entry(name)?.value;
      if (value === undefined || isNull(value)) return [];
      if (value.kind === 'scalar') return [value.text];
      if (value.kind === 'map')
        return fault(report, 'config/wrong-kind', value, `"${name}" must be a list, not a map`) ?? [];
      return value.items.flatMap((item) =>
        item.kind === 'scalar'
          ? [item.text]
          : (fault(report, 'config/wrong-kind', item, `an item of "${name}" must be a text, not ${kindName(item)}`) ??
            []),
      );
    },
    below: (name, names) => fieldsOf(entry(name)?.value, `"${name}"`, names, report),
    each: (name) => {
      const value = entry(name)?.value;
      if (value === undefined || isNull(value)) return [];
      if (value.kind !== 'map')
        return fault(report, 'config/wrong-kind', value, `"${name}" must be a map, not ${kindName(value)}`) ?? [];
      return value.entries;
    },
  };
};
