// Matrix, repeat and parallelism: one node to its instances.
import type { Report } from '../diagnostics/diagnostic.ts';
import { isMap, type Known, showKnown } from '../pipeline/expression/value.ts';
import type { NodeBase, Strategy, Tree } from '../pipeline/model.ts';
import type { Resolver } from '../pipeline/resolver.ts';
import type { Loop } from '../pipeline/scope.ts';
import { showText } from '../refs/text.ts';

export interface Instances {
  /** One without a loop when the node has no strategy. */
  readonly loops: readonly (Loop | undefined)[];
  readonly maxConcurrency?: number;
}

/** More would be a mistake, and every instance costs. */
const mostInstances = 1000;

const knownOf = (tree: Tree, resolver: Resolver): Known => {
  switch (tree.kind) {
    case 'scalar':
      return resolver.known(tree.value) ?? null;
    case 'list':
      return tree.items.map((item) => knownOf(item, resolver));
    case 'map':
      return new Map(tree.entries.map((e) => [e.name, knownOf(e.tree, resolver)]));
    default:
      return tree satisfies never;
  }
};

const excludes = (exclude: Known, axes: ReadonlyMap<string, Known>): boolean =>
  isMap(exclude) &&
  exclude.size > 0 &&
  [...exclude].every(([name, value]) => axes.has(name) && showKnown(axes.get(name) ?? null) === showKnown(value));

const combinations = (
  axes: readonly { readonly name: string; readonly values: readonly Known[] }[],
): ReadonlyMap<string, Known>[] =>
  axes.reduce<ReadonlyMap<string, Known>[]>(
    (maps, { name, values }) => maps.flatMap((map) => values.map((value) => new Map([...map, [name, value]]))),
    [new Map()],
  );

export const instancesOf = (strategy: Strategy | undefined, resolver: Resolver, report: Report): Instances => {
  if (strategy === undefined) return { loops: [undefined] };
  const fault = (message: string, hint?: string): Instances => {
    report({
      code: 'plan/bad-strategy',
      severity: 'error',
      message,
      at: strategy.at,
      ...(hint === undefined ? {} : { hint }),
    });
    return { loops: [] };
  };
  const maxConcurrency = resolver.integer(strategy.maxConcurrency);
  const limit = maxConcurrency === undefined || maxConcurrency < 1 ? {} : { maxConcurrency };
  const counted = (count: number, items: readonly Known[] = []): Instances => {
    if (count < 1 || count > mostInstances)
      return fault(`a loop of ${count} instances is not between 1 and ${mostInstances}`);
    return {
      ...limit,
      loops: Array.from({ length: count }, (_, iteration): Loop => ({
        axes: new Map(),
        iteration,
        iterations: count,
        ...(items[iteration] === undefined ? {} : { item: items[iteration] }),
      })),
    };
  };
  switch (strategy.kind) {
    case 'parallelism':
      return counted(resolver.integer(strategy.times) ?? 0);
    case 'repeat': {
      const items = resolver.list(strategy.items).map(showText);
      return items.length > 0 ? counted(items.length, items) : counted(resolver.integer(strategy.times) ?? 0);
    }
    case 'matrix': {
      const axes = strategy.axes.map(({ name, items, whole }) => ({
        name,
        values:
          whole === undefined
            ? items.map((item) => knownOf(item, resolver))
            : resolver.list({ items: [whole], at: whole.at, path: whole.path }).map(showText),
      }));
      const size = axes.reduce((product, { values }) => product * values.length, 1);
      if (size > mostInstances)
        return fault(`a matrix of ${size} combinations is more than the ${mostInstances} allowed`);
      const left = combinations(axes).filter(
        (map) => !strategy.exclude.some((tree) => excludes(knownOf(tree, resolver), map)),
      );
      if (left.length === 0) return fault('the matrix has no combination left', 'check its axes and exclude');
      return {
        ...limit,
        loops: left.map((map, iteration): Loop => ({ axes: map, iteration, iterations: left.length })),
      };
    }
    default:
      return strategy.kind satisfies never;
  }
};

/** `nodeName` of the strategy, else the node's name with the values of its axes. `resolver` is bound to the instance. */
export const instanceName = (node: NodeBase, loop: Loop | undefined, resolver: Resolver): string => {
  if (loop === undefined) return node.name;
  const given = resolver.known(node.strategy?.nodeName)?.trim();
  if (given !== undefined && given !== '') return given;
  if (loop.axes.size === 0) return `${node.name} ${loop.iteration}`;
  return `${node.name} (${[...loop.axes.values()].map((value) => (isMap(value) ? '…' : showKnown(value))).join(', ')})`;
};
