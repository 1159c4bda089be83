// The end of a run for people: images and where they are, or what failed, where it was asked for and what to do next.
import type { Plan } from '../../plan/operation.ts';
import type { Paint } from '../color.ts';
import { formatBytes, formatDuration } from './format.ts';
import type { RunState, StepState } from './run-state.ts';

const shortName = (step: StepState): string => step.id.slice(step.id.indexOf('.') + 1);

/** Text of a registry or a tool cannot move the cursor. */
export const harmless = (text: string): string =>
  text.replaceAll(/\u001B\[[0-9;]*m/g, '').replaceAll(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g, '');

const imageLines = (step: StepState, paint: Paint): string[] =>
  step.images.flatMap((image) => {
    const pushed = image.destinations.filter((d) => d.status === 'pushed');
    return [
      `${paint.bold(shortName(step))}  ${formatBytes(image.sizeBytes)}${image.platform === undefined ? '' : `  ${image.platform}`}`,
      ...(image.digest === undefined ? [] : [`  digest    ${image.digest}`]),
      `  image id  ${image.imageId}`,
      ...(image.tar === undefined ? [] : [`  saved     ${image.tar}`]),
      ...(pushed.length === 0 ? image.tags.map((tag) => `  kept      ${tag}`) : []),
      ...pushed.map((d) => `  ${paint.good('pushed')}    ${d.reference}`),
      ...image.destinations
        .filter((d) => d.status !== 'pushed')
        .map((d) => `  ${paint.bad(d.status.padEnd(8))}  ${d.reference}`),
    ];
  });

const failureLines = (step: StepState, plan: Plan | undefined, state: RunState, paint: Paint): string[] => {
  const { failure } = step;
  if (failure === undefined) return [];
  const from = plan?.operations.find((o) => o.id === step.id)?.from;
  return [
    '',
    `${paint.bad(`error[${failure.code}]`)}: ${paint.bold(harmless(failure.message))}`,
    ...(from === undefined || from.file === '<command line>'
      ? []
      : [`  asked for at ${from.file}:${from.line}:${from.column}${from.path === undefined ? '' : ` (${from.path})`}`]),
    ...failure.causes.map((cause) => `  because: ${harmless(cause)}`),
    ...(failure.hint === undefined ? [] : [`  help: ${harmless(failure.hint).replaceAll('\n', '\n        ')}`]),
    ...(step.tail.length === 0
      ? []
      : [
          paint.dim(`  last lines of ${shortName(step)}:`),
          ...step.tail.map((line) => paint.dim(`  | ${harmless(line)}`)),
        ]),
    ...(failure.code === 'engine/bug' ? ['  this is a fault of Slipway: please report it with the journal'] : []),
    `  next: slipway logs ${state.runId} ${shortName(step)}`,
  ];
};

export interface Summary {
  /** For stdout: the images. */
  readonly results: string;
  /** For stderr: failures, counts, next steps. */
  readonly rest: string;
}

const example = (state: RunState): string[] => {
  const pushed = [...state.steps.values()].flatMap((s) =>
    s.images.flatMap((i) => i.destinations.filter((d) => d.status === 'pushed')),
  );
  const [first] = pushed;
  return first === undefined ? [] : [`pull it: docker pull ${first.reference}`];
};

export const summary = (state: RunState, plan: Plan | undefined, paint: Paint): Summary => {
  const steps = [...state.steps.values()];
  const images = steps.flatMap((step) => imageLines(step, paint));
  const failed = steps.filter((s) => s.failure !== undefined && (s.status === 'failed' || s.status === 'canceled'));
  const counts = (['succeeded', 'failed', 'ignored', 'skipped', 'canceled'] as const)
    .map((status) => ({ status, count: steps.filter((s) => s.status === status).length }))
    .filter(({ count }) => count > 0)
    .map(({ status, count }) => `${count} ${status}`);
  const word =
    state.status === 'succeeded'
      ? paint.good('succeeded')
      : state.status === 'canceled'
        ? paint.warn('canceled')
        : paint.bad('failed');
  const rest = [
    ...failed.flatMap((step) => failureLines(step, plan, state, paint)),
    ...(failed.length === 0 ? [] : ['']),
    `${state.pipeline}${state.sequenceId > 0 ? ` #${state.sequenceId}` : ''} ${word} in ${formatDuration(state.durationMs)} (${counts.join(', ')})`,
    ...(state.status === 'succeeded' ? example(state) : []),
  ];
  return { results: images.length === 0 ? '' : `${images.join('\n')}\n`, rest: `${rest.join('\n')}\n` };
};
