// Which operations have ended for certain when one starts.
import type { Operation, PlanStage } from './operation.ts';

/** Its condition is decided and false: it does nothing. */
export const isNever = (operation: Operation): boolean => operation.when.expression === false;

/** Everything reachable over `after`, without the start itself. */
const reach = (start: readonly string[], after: (id: string) => readonly string[]): ReadonlySet<string> => {
  const seen = new Set<string>();
  const open = [...start];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    open.push(...after(id));
  }
  return seen;
};

/** By id of the operation: those that did their work before it, in plan order. A service counts although it only has started. */
export const earlierOperations = (
  stages: readonly PlanStage[],
  operations: readonly Operation[],
): ((operation: Operation) => readonly Operation[]) => {
  const byId = new Map(operations.map((o) => [o.id, o]));
  const stageById = new Map(stages.map((s) => [s.id, s]));
  const stagesBefore = new Map(
    stages.map((s) => [s.id, reach(s.after, (id) => stageById.get(id)?.after ?? [])] as const),
  );
  return (operation) => {
    const own = reach(operation.after, (id) => byId.get(id)?.after ?? []);
    const whole = stagesBefore.get(operation.stage) ?? new Set();
    return operations.filter((o) => !isNever(o) && (own.has(o.id) || whole.has(o.stage)));
  };
};
