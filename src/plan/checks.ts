// What looks wrong in a plan as a whole: sources that nobody makes, pushes that no scan has seen, services that nobody needs.
import { showText } from '../refs/text.ts';
import type { Compilation } from './compile.ts';
import { whyNeedless } from './needless.ts';
import type { Operation, PlanStage } from './operation.ts';
import { earlierOperations, isNever } from './order.ts';
import { imageKey } from './same-image.ts';
import { isScanned } from './scan-cover.ts';
import { sourceDoubt } from './sources.ts';

const pushesOf = (operation: Operation) =>
  operation.kind === 'push-image'
    ? operation.destinations
    : operation.kind === 'build-image'
      ? operation.outputs.push
      : [];

/** Adds warnings as notes to the operations and, before a run, reports what is worth a diagnostic. */
export const checkPlan = (stages: readonly PlanStage[], compilation: Compilation): void => {
  const { operations, report, options, spans } = compilation;
  const all = [...operations];
  const done = all.filter((o) => !isNever(o));
  const earlierThan = earlierOperations(stages, all);
  const pushed = new Map<string, string>();

  const sourceNotes = (operation: Operation, earlier: readonly Operation[]): readonly string[] => {
    if (operation.kind !== 'push-image') return [];
    const doubt = sourceDoubt(operation, earlier, done);
    if (doubt === undefined) return [];
    const at = spans.get(operation.id);
    if (!options.lenient && doubt.hint !== undefined)
      report({
        code: 'plan/source-not-built',
        severity: 'warning',
        message: `step "${operation.name}": ${doubt.note}`,
        ...(at === undefined ? {} : { at }),
        ...(operation.from.path === undefined ? {} : { path: operation.from.path }),
        hint: doubt.hint,
      });
    return [`warning: ${doubt.note}${doubt.hint === undefined ? '' : ` (${doubt.hint})`}`];
  };

  const pushNotes = (operation: Operation, earlier: readonly Operation[]): readonly string[] => {
    const pushes = pushesOf(operation);
    if (pushes.length === 0 || (operation.kind !== 'push-image' && operation.kind !== 'build-image')) return [];
    const notes = isScanned(operation, earlier) ? [] : ['warning: no scan has seen what this pushes'];
    for (const { reference } of pushes) {
      const key = imageKey(reference);
      const other = pushed.get(key);
      if (other !== undefined) notes.push(`warning: "${other}" pushes ${showText(reference)} too; the last one wins`);
      pushed.set(key, operation.name);
    }
    return notes;
  };

  const gateNotes = (operation: Operation): readonly string[] =>
    operation.kind === 'scan-image' && (operation.failOnSeverity === undefined || operation.failOnSeverity === 'none')
      ? ['warning: this scan has no gate and never fails the pipeline; set advanced.fail_on_severity']
      : [];

  all.forEach((operation, index) => {
    if (isNever(operation)) return;
    const earlier = earlierThan(operation);
    const notes = [
      ...operation.notes,
      ...sourceNotes(operation, earlier),
      ...pushNotes(operation, earlier),
      ...gateNotes(operation),
    ];
    if (operation.kind !== 'service' || operation.needless === undefined) {
      operations[index] = { ...operation, notes };
      return;
    }
    const { needless: _, ...service } = operation;
    const needless = whyNeedless(
      stages.find((s) => s.id === operation.stage),
      done,
    );
    operations[index] = { ...service, notes, ...(needless === undefined ? {} : { needless }) };
  });
};
