// A plan for people: what each step does and why, what it needs, what looks wrong. 80 columns.
import { showText } from '../refs/text.ts';
import type { Operation, Plan, PlanStage } from './operation.ts';

/** Marks are for people only; `bold` and `warn` may color. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly dim: (text: string) => string;
}

export const plainStyle: Style = { bold: (t) => t, warn: (t) => t, dim: (t) => t };

const width = 80;

/** Breaks at blanks; a word longer than a line stays whole, since references must be copied. */
const wrapped = (text: string, indent: number, first: string): string[] => {
  const lines: string[] = [];
  let line = first;
  for (const word of text.split(' ')) {
    if (line.length > indent && line.trim() !== '' && line.length + 1 + word.length > width && line !== first) {
      lines.push(line.trimEnd());
      line = ' '.repeat(indent);
    }
    line += line.endsWith(' ') ? word : ` ${word}`;
  }
  return [...lines, line.trimEnd()];
};

const field = (name: string, text: string): string[] => wrapped(text, 19, `      ${name.padEnd(12)} `);

const login = (operation: Operation): string[] => {
  const destinations =
    operation.kind === 'build-image'
      ? operation.outputs.push
      : operation.kind === 'push-image'
        ? operation.destinations
        : [];
  const of = new Set(
    destinations.map((d) =>
      d.login !== undefined
        ? `login of the step (user ${showText(d.login.username)})`
        : d.connector !== undefined
          ? `connector ${d.connector}`
          : 'your Docker login, else anonymous',
    ),
  );
  return [...of];
};

const modeOf = (operation: Operation): string => {
  switch (operation.kind) {
    case 'build-image': {
      const { push, tar, load } = operation.outputs;
      const ways = [
        ...(push.length > 0 ? ['push'] : []),
        ...(tar === undefined ? [] : ['save']),
        ...(load ? ['keep'] : []),
      ];
      return `build${ways.length === 0 ? ' only' : `, ${ways.join(', ')}`}`;
    }
    case 'push-image':
      return 'push only';
    case 'scan-image':
      return `scan with ${operation.scanner}`;
    case 'exec':
      return `run a ${operation.shell} command`;
    case 'service':
      return operation.needless === undefined ? 'service' : 'service, left out';
    case 'unsupported':
      return `${operation.stepType}: not run`;
    default:
      return operation satisfies never;
  }
};

const details = (operation: Operation): string[] => {
  switch (operation.kind) {
    case 'build-image': {
      const { outputs } = operation;
      const args = Object.keys(operation.buildArgs);
      return [
        ...field('builder', operation.builder.reason),
        ...field(
          'source',
          `${showText(operation.dockerfile)}, context ${showText(operation.context)}${operation.target === undefined ? '' : `, stage ${showText(operation.target)}`}${operation.platforms.length === 0 ? '' : `, for ${operation.platforms.join(', ')}`}`,
        ),
        ...(args.length === 0 ? [] : field('arguments', args.join(', '))),
        ...outputs.push.flatMap((d) => field('push to', showText(d.reference))),
        ...(outputs.tar === undefined ? [] : field('save as', `${showText(outputs.tar.path)} (${outputs.tar.format})`)),
        ...(outputs.load ? operation.tags.flatMap((t) => field('keep as', showText(t))) : []),
        ...(outputs.push.length === 0 ? [] : login(operation).flatMap((l) => field('sign in', l))),
        ...operation.baseConnectors.flatMap((c) => field('base images', `connector ${c}`)),
      ];
    }
    case 'push-image': {
      const { source } = operation;
      const from =
        source.kind === 'tar'
          ? `tar ${showText(source.path)}`
          : source.kind === 'store'
            ? `image ${showText(source.reference)} of the image store`
            : `image ${showText(source.reference)} in its registry`;
      return [
        ...field('builder', operation.builder.reason),
        ...field('source', from),
        ...operation.destinations.flatMap((d) => field('push to', showText(d.reference))),
        ...login(operation).flatMap((l) => field('sign in', l)),
      ];
    }
    case 'scan-image':
      return field(
        'target',
        [operation.target.name, operation.target.variant, operation.target.workspace]
          .flatMap((t) => (t === undefined ? [] : [showText(t)]))
          .join(' '),
      );
    case 'exec':
      return [
        ...field('command', (showText(operation.command).trim().split('\n')[0] ?? '').slice(0, 56)),
        ...(operation.container.image === undefined ? [] : field('image', showText(operation.container.image))),
        ...(operation.outputs.length === 0 ? [] : field('puts out', operation.outputs.join(', '))),
      ];
    case 'service':
      return [
        ...(operation.container.image === undefined ? [] : field('image', showText(operation.container.image))),
        ...(operation.needless === undefined ? [] : field('why', operation.needless)),
      ];
    case 'unsupported':
      return [];
    default:
      return operation satisfies never;
  }
};

const conditionText = ({ when }: Operation): string[] => {
  const status =
    when.status === 'Success' ? '' : when.status === 'All' ? 'whatever happened before' : 'only after a failure';
  const { expression } = when;
  const condition =
    expression === undefined || expression === true
      ? ''
      : expression === false
        ? 'never: its condition is false'
        : `if ${expression.late}`;
  const text = [status, condition].filter((t) => t !== '').join(', ');
  return text === '' ? [] : field('when', text);
};

const stageLines = (stage: PlanStage, plan: Plan, style: Style): string[] => {
  const operations = plan.operations.filter((o) => o.stage === stage.id);
  const parallel = (o: Operation): boolean =>
    operations.some((other) => other !== o && other.after.join() === o.after.join() && o.after.length > 0);
  return [
    '',
    `${style.bold(`stage ${stage.id}`)}  ${style.dim(`${stage.infrastructure === 'none' ? 'no infrastructure' : stage.infrastructure}, runs with the ${stage.runner} runner`)}`,
    ...stage.notes.map((n) => style.dim(`  note: ${n}`)),
    ...(stage.after.length === 0 ? [] : [style.dim(`  after ${stage.after.join(', ')}`)]),
    ...operations.flatMap((o) => [
      '',
      `  ${style.bold(o.id.slice(stage.id.length + 1))}  ${modeOf(o)}${parallel(o) ? style.dim('  (in parallel)') : ''}`,
      ...details(o),
      ...conditionText(o),
      ...(o.timeoutMs === undefined ? [] : field('timeout', `${o.timeoutMs / 1000} s`)),
      ...o.notes.flatMap((n) =>
        n.startsWith('warning: ')
          ? wrapped(n.slice(9), 19, '      warning      ').map(style.warn)
          : wrapped(n, 19, '      note         '),
      ),
    ]),
  ];
};

export const explainPlan = (plan: Plan, style: Style = plainStyle): string =>
  [
    `${style.bold(plan.pipeline.name)}  ${style.dim(`${plan.pipeline.file}, run ${plan.sequenceId}`)}`,
    ...plan.stages.flatMap((stage) => stageLines(stage, plan, style)),
    '',
    ...(plan.connectors.length === 0 ? [] : [`connectors: ${plan.connectors.join(', ')}`]),
    ...(plan.secrets.length === 0 ? [] : [`secrets: ${plan.secrets.join(', ')}`]),
    `${plan.stages.length} stage${plan.stages.length === 1 ? '' : 's'}, ${plan.operations.length} step${plan.operations.length === 1 ? '' : 's'}`,
    '',
  ].join('\n');

/** The stable machine form: the plan as it is. */
export const planJson = (plan: Plan): string => `${JSON.stringify(plan, undefined, 2)}\n`;
