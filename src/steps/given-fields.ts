// Fields of native steps as the settings that Harness hands to its plugins (plugin-contract 1.8).
import type { Given, GivenValue, Origin } from '../contract/given.ts';
import type { Tree, Value, ValueList, ValueMap } from '../pipeline/model.ts';
import type { Resolver } from '../pipeline/resolver.ts';
import { joinText, type Text } from '../refs/text.ts';

export const originOf = (value: { readonly at: Value['at']; readonly path: string }): Origin => ({
  at: value.at,
  path: value.path,
});

const given = (name: string, written: string, value: GivenValue, origin: Origin): Given => ({
  name,
  written,
  value,
  origin,
});

/** For a value whose fault was reported. */
const broken = (name: string, written: string, value: Value): Given => ({
  ...given(name, written, { kind: 'text', text: [{ expression: value.text }] }, originOf(value)),
  isBroken: true,
});

export const fromValue = (
  name: string,
  written: string,
  value: Value | undefined,
  resolver: Resolver,
): readonly Given[] => {
  if (value === undefined) return [];
  const text = resolver.text(value);
  return [
    text === undefined ? broken(name, written, value) : given(name, written, { kind: 'text', text }, originOf(value)),
  ];
};

export const fromList = (
  name: string,
  written: string,
  list: ValueList | undefined,
  resolver: Resolver,
): readonly Given[] => {
  if (list === undefined) return [];
  const items = resolver.list(list);
  const first = list.items.find((item) => item.text.trim() !== '');
  if (items.length === 0 && first !== undefined) return [broken(name, written, first)];
  return [given(name, written, { kind: 'list', items }, originOf(list))];
};

export const fromMap = (
  name: string,
  written: string,
  map: ValueMap | undefined,
  resolver: Resolver,
): readonly Given[] =>
  map === undefined ? [] : [given(name, written, { kind: 'map', entries: resolver.map(map) }, originOf(map))];

/** `envVariables`: settings among them, and the environment of the step. Each keeps its own place. */
export const fromEnvironment = (map: ValueMap | undefined, resolver: Resolver): readonly Given[] => {
  if (map === undefined) return [];
  const texts = resolver.map(map);
  return Object.entries(texts).map(([name, text]) => {
    const entry = map.entries[name];
    return given(name, name, { kind: 'text', text }, entry === undefined ? originOf(map) : originOf(entry.value));
  });
};

/** A setting of any shape: lists of scalars stay lists, maps of scalars maps, deeper ones become JSON text. */
export const fromTree = (name: string, written: string, tree: Tree, resolver: Resolver): readonly Given[] => {
  switch (tree.kind) {
    case 'scalar':
      return fromValue(name, written, tree.value, resolver);
    case 'list': {
      const items = tree.items.map((item) => textOf(item, resolver)).filter((t) => t !== undefined);
      return [given(name, written, { kind: 'list', items }, originOf(tree))];
    }
    case 'map': {
      const entries = Object.fromEntries(
        tree.entries.flatMap((e): [string, Text][] => {
          const text = textOf(e.tree, resolver);
          return text === undefined ? [] : [[e.name, text]];
        }),
      );
      return [given(name, written, { kind: 'map', entries }, originOf(tree))];
    }
    default:
      return tree satisfies never;
  }
};

const quoted = (text: Text): Text => (typeof text === 'string' ? JSON.stringify(text) : joinText('"', text, '"'));

const textOf = (tree: Tree, resolver: Resolver): Text | undefined => {
  if (tree.kind === 'scalar') return resolver.text(tree.value);
  return jsonOf(tree, resolver);
};

const jsonOf = (tree: Tree, resolver: Resolver): Text => {
  if (tree.kind === 'scalar') {
    const text = resolver.text(tree.value) ?? '';
    return typeof text === 'string' && /^(?:true|false|null|-?\d+(?:\.\d+)?)$/.test(text) ? text : quoted(text);
  }
  const items: Text[] =
    tree.kind === 'list'
      ? tree.items.map((item) => jsonOf(item, resolver))
      : tree.entries.map((e) => joinText(JSON.stringify(e.name), ':', jsonOf(e.tree, resolver)));
  const inner = items.flatMap((item, n): Text[] => (n === 0 ? [item] : [',', item]));
  return tree.kind === 'list' ? joinText('[', ...inner, ']') : joinText('{', ...inner, '}');
};
