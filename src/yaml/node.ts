// Yaml: text to a tree of nodes with places, all faults at once, on input nobody trusts. Pure.
import type { Span } from '../diagnostics/source.ts';

export type YamlNode = YamlScalar | YamlList | YamlMap;

export interface YamlScalar {
  readonly kind: 'scalar';
  /** The source text of a plain scalar (`010`, `1.10`, `yes` stay so); the unescaped content of a quoted or block scalar. */
  readonly text: string;
  readonly style: 'plain' | 'quoted' | 'block';
  readonly at: Span;
  /** `stages[0].steps[2].spec.repo` */
  readonly path: string;
  /** Where `text` starts in the source, when its characters stand there unescaped and in one piece. */
  readonly textStart?: number;
}

interface YamlList {
  readonly kind: 'list';
  readonly items: readonly YamlNode[];
  readonly at: Span;
  readonly path: string;
}

export interface YamlMap {
  readonly kind: 'map';
  /** In the order written, names unique (a second entry of the same name was reported and is left out), `<<` merged in. */
  readonly entries: readonly YamlEntry[];
  readonly at: Span;
  readonly path: string;
}

export interface YamlEntry {
  readonly name: string;
  readonly key: Span;
  readonly value: YamlNode;
}

export interface YamlDocument {
  /** Absent when the document holds only comments. */
  readonly root: YamlNode | undefined;
  /** Offsets of the syntax faults, ascending: what a reader finds on those lines may be their consequence. */
  readonly faults: readonly number[];
}

/** Nothing after the colon, `~` or `null`: reads as not set. */
export const isNull = (node: YamlNode): boolean =>
  node.kind === 'scalar' && node.style === 'plain' && /^(?:~|null|Null|NULL|)$/.test(node.text);

/** Undefined also when the node is no map. */
export const entryOf = (node: YamlNode, name: string): YamlEntry | undefined =>
  node.kind === 'map' ? node.entries.find((e) => e.name === name) : undefined;
