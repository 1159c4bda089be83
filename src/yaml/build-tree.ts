// From the library's nodes to ours: aliases and merges expanded within bounds, duplicate keys found.
import { isAlias, isScalar, isSeq, type Alias, type Pair, type ParsedNode } from 'yaml';
import type { Diagnostic, Report } from '../diagnostics/diagnostic.ts';
import type { SourceText, Span } from '../diagnostics/source.ts';
import type { YamlEntry, YamlMap, YamlNode, YamlScalar } from './node.ts';
import type { ChildPath } from './read.ts';
import { textStartOf } from './text-start.ts';

export interface TreeContext {
  readonly source: SourceText;
  readonly report: Report;
  readonly childPath: ChildPath;
  /** Where values start that were no YAML and were masked to read the rest. */
  readonly masked: ReadonlySet<number>;
  /** Offsets of faults that only the tree shows are added here. */
  readonly faults: number[];
}

/** Nodes that aliases and merges may add to a document. */
const mostRepeated = 50_000;
const deepestWithAliases = 200;

export const buildTree = (root: ParsedNode, context: TreeContext): YamlNode => new Builder(context).node(root, '', 0);

class Builder {
  readonly #context: TreeContext;
  readonly #anchors = new Map<string, ParsedNode>();
  readonly #targets = new Map<Alias, ParsedNode | undefined>();
  readonly #open = new Set<ParsedNode>();
  #repeated = 0;
  #aliasDepth = 0;
  #saidLimit = false;

  constructor(context: TreeContext) {
    this.#context = context;
  }

  node(node: ParsedNode, path: string, depth: number): YamlNode {
    if (this.#aliasDepth > 0) this.#repeated += 1;
    if (isAlias(node)) return this.#alias(node, path, depth);
    if (node.anchor !== undefined && this.#aliasDepth === 0) this.#anchors.set(node.anchor, node);
    this.#tag(node);
    if (isScalar(node)) return this.#scalar(node, path);
    this.#open.add(node);
    const at = this.#span(node);
    let built: YamlNode;
    if (isSeq(node)) {
      const items: YamlNode[] = [];
      for (const [i, item] of node.items.entries()) {
        if (this.#aliasDepth > 0 && this.#isFull(at)) break;
        items.push(this.#orNull(item, at.end, this.#context.childPath(path, i), depth + 1));
      }
      built = { kind: 'list', items, at, path };
    } else {
      built = this.#map(node.items, at, path, depth);
    }
    this.#open.delete(node);
    return built;
  }

  #map(pairs: readonly Pair<ParsedNode, ParsedNode | null>[], at: Span, path: string, depth: number): YamlMap {
    const own = new Map<string, YamlEntry>();
    const merged = new Map<string, YamlEntry>();
    for (const pair of pairs) {
      if (this.#aliasDepth > 0 && this.#isFull(at)) break;
      const keyNode = isAlias(pair.key) ? (this.#target(pair.key) ?? pair.key) : pair.key;
      const key = this.#span(pair.key);
      if (!isScalar(keyNode)) {
        this.#badKey(pair, key);
        continue;
      }
      const name = textOf(keyNode);
      if (name === '<<' && keyNode.type === 'PLAIN') {
        this.#merge(pair.value, key, path, depth, merged);
        continue;
      }
      if (name === '' && keyNode.type === 'PLAIN') {
        this.#badKey(pair, key);
        continue;
      }
      const value = this.#orNull(pair.value, key.end, this.#context.childPath(path, name), depth + 1);
      const first = own.get(name);
      if (first === undefined) own.set(name, { name, key, value });
      else if (this.#aliasDepth === 0) this.#duplicate(name, key, first.key, path);
    }
    for (const [name, entry] of merged) if (!own.has(name)) own.set(name, entry);
    return { kind: 'map', entries: [...own.values()], at, path };
  }

  /** YAML's merge type: the map's own entries win, then the maps merged first. */
  #merge(value: ParsedNode | null, key: Span, path: string, depth: number, into: Map<string, YamlEntry>): void {
    const built = value === null ? undefined : this.node(value, path, depth + 1);
    const maps = built?.kind === 'list' ? built.items : [built];
    for (const map of maps) {
      if (this.#saidLimit && map?.kind !== 'map') continue;
      if (map?.kind === 'map') {
        for (const entry of map.entries) if (!into.has(entry.name)) into.set(entry.name, entry);
      } else {
        this.#fault(
          'yaml/bad-merge',
          'the merge key `<<` needs a map or a list of maps',
          key,
          'Write it like `<<: *name`.',
        );
      }
    }
  }

  #alias(alias: Alias.Parsed, path: string, depth: number): YamlNode {
    const at = this.#span(alias);
    const target = this.#target(alias);
    if (target === undefined) {
      const near = [...this.#anchors.keys()].slice(0, 5).map((name) => `&${name}`);
      this.#fault(
        'yaml/unknown-alias',
        `no anchor \`&${alias.source}\` stands before the alias \`*${alias.source}\``,
        at,
        near.length > 0
          ? `Anchors so far: ${near.join(', ')}. Quote the value if it is meant as text.`
          : 'Quote the value if it is meant as text.',
      );
      return nothing(at, path);
    }
    if (this.#open.has(target)) {
      this.#fault('yaml/alias-loop', `the alias \`*${alias.source}\` stands inside its own anchor`, at);
      return nothing(at, path);
    }
    if (depth > deepestWithAliases || this.#isFull(at)) return nothing(at, path);
    this.#aliasDepth += 1;
    const built = this.node(target, path, depth + 1);
    this.#aliasDepth -= 1;
    return built;
  }

  #target(alias: Alias): ParsedNode | undefined {
    if (!this.#targets.has(alias)) this.#targets.set(alias, this.#anchors.get(alias.source));
    return this.#targets.get(alias);
  }

  #scalar(node: ParsedNode & { type?: string; source?: string; value?: unknown }, path: string): YamlScalar {
    const at = this.#span(node);
    const { source, masked } = this.#context;
    // The characters of a masked value are read as they stand there.
    const text = masked.has(at.start) ? source.text.slice(at.start, at.end) : textOf(node);
    const style = node.type === 'PLAIN' ? 'plain' : (node.type ?? '').startsWith('BLOCK') ? 'block' : 'quoted';
    const textStart = textStartOf(source.text, at, text, style);
    return { kind: 'scalar', text, style, at, path, ...(textStart === undefined ? {} : { textStart }) };
  }

  #orNull(node: ParsedNode | null, offset: number, path: string, depth: number): YamlNode {
    return node === null
      ? nothing({ source: this.#context.source, start: offset, end: offset }, path)
      : this.node(node, path, depth);
  }

  #span(node: ParsedNode): Span {
    const [start, end] = node.range;
    return { source: this.#context.source, start, end };
  }

  #isFull(at: Span): boolean {
    if (this.#repeated <= mostRepeated) return false;
    if (!this.#saidLimit) {
      this.#saidLimit = true;
      this.#fault(
        'yaml/alias-limit',
        `aliases would add more than ${mostRepeated} nodes to the document`,
        at,
        'Write fewer or smaller aliases.',
      );
    }
    return true;
  }

  #tag(node: ParsedNode): void {
    const { tag } = node;
    if (tag === undefined || this.#aliasDepth > 0) return;
    if (/^tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq|timestamp)$/.test(tag) || tag === '!') return;
    this.#context.report({
      code: 'yaml/unknown-tag',
      severity: 'warning',
      message: `the tag \`${shortTag(tag)}\` has no meaning here; the value is read without it`,
      at: this.#span(node),
      hint: 'Remove the tag.',
    });
  }

  #badKey(pair: Pair<ParsedNode, ParsedNode | null>, key: Span): void {
    const written = key.source.text.slice(key.start, key.end);
    const isTemplate = written.startsWith('{{');
    this.#fault(
      'yaml/bad-key',
      isScalar(pair.key) ? 'a key is empty' : 'a list or a map stands where a key is needed',
      key,
      isTemplate ? `Quote it: '${written.split('\n', 1)[0]?.slice(0, 60) ?? ''}'` : 'Write a name before the colon.',
    );
  }

  #duplicate(name: string, key: Span, first: Span, path: string): void {
    this.#fault(
      'yaml/duplicate-key',
      `\`${name.slice(0, 80)}\` is written twice in the same map`,
      key,
      'Remove or rename one of the two: YAML readers differ in which they keep.',
      { path: this.#context.childPath(path, name), related: [{ at: first, message: 'first written here' }] },
    );
  }

  #fault(code: string, message: string, at: Span, hint?: string, more: Partial<Diagnostic> = {}): void {
    this.#context.faults.push(at.start);
    this.#context.report({ code, severity: 'error', message, at, ...(hint === undefined ? {} : { hint }), ...more });
  }
}

const nothing = (at: Span, path: string): YamlScalar => ({ kind: 'scalar', text: '', style: 'plain', at, path });

const textOf = (node: { readonly source?: string; readonly value?: unknown }): string =>
  typeof node.value === 'string' ? node.value : (node.source ?? '');

const shortTag = (tag: string): string => tag.replace(/^tag:yaml\.org,2002:/, '!!').slice(0, 60);
