// What looks wrong in a plan as a whole: sources that nobody makes, pushes that no scan has seen, services that nobody needs.
import type { Compilation } from './compile.ts';
import type { BuildImage, Operation, PlanStage, PushImage } from './operation.ts';
import { showText } from '../refs/text.ts';
import { needlessDind } from './needless.ts';

/** Ids of everything that has ended when an operation starts. */
const before = (
  operation: Operation,
  byId: ReadonlyMap<string, Operation>,
  earlierStages: ReadonlySet<string>,
): ReadonlySet<string> => {
  const seen = new Set<string>();
  const visit = (id: string): void => {
    if (seen.has(id)) return;
    seen.add(id);
    for (const next of byId.get(id)?.after ?? []) visit(next);
  };
  for (const id of operation.after) visit(id);
  for (const o of byId.values()) if (earlierStages.has(o.stage)) seen.add(o.id);
  return seen;
};

const stagesBefore = (stage: PlanStage | undefined, stages: readonly PlanStage[]): ReadonlySet<string> => {
  const seen = new Set<string>();
  const visit = (id: string): void => {
    if (seen.has(id)) return;
    seen.add(id);
    for (const next of stages.find((s) => s.id === id)?.after ?? []) visit(next);
  };
  for (const id of stage?.after ?? []) visit(id);
  return seen;
};

const usesOtherBuilder = (operation: Operation): boolean =>
  (operation.kind === 'build-image' || operation.kind === 'push-image') && operation.builder.name !== 'embedded';

/** Adds warnings as notes to the operations and reports what is worth a diagnostic. */
export const checkPlan = (stages: readonly PlanStage[], { operations, report, options }: Compilation): void => {
  const byId = new Map(operations.map((o) => [o.id, o]));
  const destinations = new Map<string, string>();
  operations.forEach((operation, index) => {
    const notes: string[] = [...operation.notes];
    const earlier = before(
      operation,
      byId,
      stagesBefore(
        stages.find((s) => s.id === operation.stage),
        stages,
      ),
    );
    const done = operations.filter((o) => earlier.has(o.id));
    if (operation.kind === 'push-image') notes.push(...sourceNotes(operation, done, options.lenient, report));
    const pushes =
      operation.kind === 'push-image'
        ? operation.destinations
        : operation.kind === 'build-image'
          ? operation.outputs.push
          : [];
    if (pushes.length > 0 && !done.some((o) => o.kind === 'scan-image'))
      notes.push('warning: no scan has seen what this pushes');
    for (const { reference } of pushes) {
      const name = showText(reference);
      const other = destinations.get(name);
      if (other !== undefined) notes.push(`warning: "${other}" pushes ${name} too; the last one wins`);
      destinations.set(name, operation.name);
    }
    if (
      operation.kind === 'scan-image' &&
      (operation.failOnSeverity === undefined || operation.failOnSeverity === 'none')
    ) {
      notes.push('warning: this scan has no gate and never fails the pipeline; set advanced.fail_on_severity');
    }
    const needed =
      operation.kind === 'service' &&
      operation.needless === needlessDind &&
      operations.some((o) => o.stage === operation.stage && usesOtherBuilder(o));
    if (needed && operation.kind === 'service') {
      const { needless: _, ...service } = operation;
      operations[index] = { ...service, notes };
    } else {
      operations[index] = { ...operation, notes };
    }
  });
};

const sourceNotes = (
  push: PushImage,
  done: readonly Operation[],
  lenient: boolean,
  report: Compilation['report'],
): readonly string[] => {
  const builds = done.filter((o): o is BuildImage => o.kind === 'build-image');
  const { source } = push;
  if (source.kind === 'tar') {
    const tars = builds.flatMap((b) => (b.outputs.tar === undefined ? [] : [showText(b.outputs.tar.path)]));
    const path = showText(source.path);
    if (tars.includes(path) || done.some((o) => o.kind === 'exec')) return [];
    return [
      `warning: no earlier step writes ${path}${tars.length === 0 ? '; it must be in the code base' : `; earlier steps write ${tars.join(', ')}`}`,
    ];
  }
  if (source.kind !== 'store') return [];
  const name = showText(source.reference);
  const built = builds.flatMap((b) => b.tags.map(showText));
  if (built.includes(name)) return [];
  const [only, ...more] = [...new Set(built)];
  if (only !== undefined && more.length === 0 && !lenient) {
    report({
      code: 'plan/source-not-built',
      severity: 'warning',
      message: `step "${push.name}" pushes ${name}, which no earlier step builds`,
      path: push.from.path ?? '',
      hint: `an earlier step builds ${only}: set PLUGIN_SOURCE_IMAGE to it if that is what you mean`,
    });
  }
  return [
    built.length === 0
      ? `warning: no earlier step builds ${name}; it must be in the image store already`
      : `warning: no earlier step builds ${name}; earlier steps build ${built.join(', ')}`,
  ];
};
