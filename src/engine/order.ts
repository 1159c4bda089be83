// The order of a plan: what a node comes after has ended, well or not, before it begins.

interface Node {
  readonly id: string;
  /** Ids that are not among the nodes are passed over. */
  readonly after: readonly string[];
}

/** Runs each node once. All have ended when it ends; it then rejects with the first error in the nodes' order. */
export const runInOrder = async <N extends Node>(
  nodes: readonly N[],
  work: (node: N) => Promise<void>,
): Promise<void> => {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const begun = new Map<string, Promise<void>>();
  const start = (node: N): Promise<void> => {
    const known = begun.get(node.id);
    if (known !== undefined) return known;
    const before = Promise.allSettled(node.after.flatMap((id) => byId.get(id) ?? []).map(start));
    const running = before.then(() => work(node));
    begun.set(node.id, running);
    return running;
  };
  const ends = await Promise.allSettled(nodes.map(start));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
};
