// Whether what came before a node has failed: what `when` calls the status so far. It depends on the order written in the
// plan only, never on which of two parallel nodes was faster.

export interface ProgressOf {
  fail(id: string): void;
  /** The node itself failed. */
  hasFailed(id: string): boolean;
  /** Something that the node comes after, directly or not, has failed. All of it must have ended. */
  hasFailedBefore(id: string): boolean;
  readonly anyFailed: boolean;
}

interface Node {
  readonly id: string;
  readonly after: readonly string[];
}

export const createProgressOf = (nodes: readonly Node[]): ProgressOf => {
  const after = new Map(nodes.map((node) => [node.id, node.after]));
  const failed = new Set<string>();
  return {
    fail: (id) => {
      failed.add(id);
    },
    hasFailed: (id) => failed.has(id),
    hasFailedBefore: (id) => {
      if (failed.size === 0) return false;
      const seen = new Set<string>();
      const open = [...(after.get(id) ?? [])];
      for (let next = open.pop(); next !== undefined; next = open.pop()) {
        if (seen.has(next)) continue;
        seen.add(next);
        if (failed.has(next)) return true;
        open.push(...(after.get(next) ?? []));
      }
      return false;
    },
    get anyFailed() {
      return failed.size > 0;
    },
  };
};
