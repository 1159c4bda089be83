// A plan for people: what each step does and why, what it needs, what looks wrong. 80 columns.
import { cells, printable } from '../diagnostics/printable.ts';
import { explainOperation, field, modeOf, width, wrapped } from './explain-operation.ts';
import type { Condition, Operation, Plan, PlanStage } from './operation.ts';
import { isNever } from './order.ts';

/** Marks are for people only; they may color. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly dim: (text: string) => string;
}

export const plainStyle: Style = { bold: (t) => t, warn: (t) => t, dim: (t) => t };

const conditionLines = ({ status, expression }: Condition): readonly string[] => {
  const before = status === 'Success' ? [] : [status === 'All' ? 'whatever happened before' : 'only after a failure'];
  const condition = typeof expression === 'object' ? [`if ${expression.late}`] : [];
  const text = [...before, ...condition].join(', ');
  return text === '' ? [] : field('when', text);
};

const noteLines = (notes: readonly string[], style: Style): readonly string[] =>
  notes.flatMap((note) =>
    note.startsWith('warning: ') ? field('warning', note.slice(9)).map(style.warn) : field('note', note),
  );

/** A heading with something about it: on one line where they fit, else below each other. */
const beside = (heading: string, about: string, style: Style): readonly string[] => {
  const [first, second] = [printable(heading), printable(about)];
  return cells(first) + 2 + cells(second) <= width
    ? [`${style.bold(first)}  ${style.dim(second)}`]
    : [style.bold(first), `  ${style.dim(second)}`];
};

const operationLines = (operation: Operation, peers: readonly Operation[], style: Style): readonly string[] => {
  const id = operation.id.slice(operation.stage.length + 1);
  const after = operation.after.join(' ');
  const isParallel =
    !isNever(operation) && peers.some((other) => other !== operation && other.after.join(' ') === after);
  const mode = isNever(operation) ? 'left out' : modeOf(operation);
  return [
    '',
    `  ${style.bold(printable(id))}  ${printable(mode)}${isParallel ? style.dim('  (in parallel)') : ''}`,
    ...(operation.name === id ? [] : field('name', operation.name)),
    ...(isNever(operation)
      ? []
      : [
          ...explainOperation(operation),
          ...conditionLines(operation.when),
          ...(operation.timeoutMs === undefined ? [] : field('timeout', `${operation.timeoutMs / 1000} s`)),
        ]),
    ...noteLines(operation.notes, style),
  ];
};

const stageLines = (stage: PlanStage, plan: Plan, style: Style): readonly string[] => {
  const operations = plan.operations.filter((o) => o.stage === stage.id);
  const where = stage.infrastructure === 'none' ? 'no infrastructure' : stage.infrastructure;
  const about =
    stage.when.expression === false
      ? 'left out: its condition is false'
      : `${where}, runs with the ${stage.runner} runner`;
  return [
    '',
    ...beside(`stage ${stage.id}`, about, style),
    ...stage.notes.flatMap((note) => wrapped(note, '  note: ')).map(style.dim),
    ...(stage.after.length === 0 ? [] : wrapped(stage.after.join(', '), '  after ').map(style.dim)),
    ...conditionLines(stage.when),
    ...operations.flatMap((o) => operationLines(o, operations, style)),
  ];
};

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

export const explainPlan = (plan: Plan, style: Style = plainStyle): string =>
  [
    ...beside(plan.pipeline.name, `${plan.pipeline.file}, run ${plan.sequenceId}`, style),
    ...plan.stages.flatMap((stage) => stageLines(stage, plan, style)),
    '',
    ...(plan.connectors.length === 0 ? [] : wrapped(plan.connectors.join(', '), 'connectors: ')),
    ...(plan.secrets.length === 0 ? [] : wrapped(plan.secrets.join(', '), 'secrets: ')),
    `${counted(plan.stages.length, 'stage')}, ${counted(plan.operations.length, 'step')}`,
    '',
  ].join('\n');

/** The stable machine form: the plan as it is. */
export const planJson = (plan: Plan): string => `${JSON.stringify(plan, undefined, 2)}\n`;
