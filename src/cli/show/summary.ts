// The end of a run for people: images and where they are, or what failed, where it was asked for and what to do next.
import type { DestinationResult } from '../../journal/event.ts';
import type { Plan } from '../../plan/operation.ts';
import type { Paint } from '../color.ts';
import { formatBytes, formatDuration } from './format.ts';
import { harmless, harmlessLine } from './harmless.ts';
import { type RunState, shortId, type StepState } from './run-state.ts';

/** A label and its value: a digest just fits into 80 columns. */
const fact = (label: string, value: string): string => `  ${label.padEnd(6)} ${harmlessLine(value)}`;

const destinationLine = (destination: DestinationResult, paint: Paint): string => {
  const { reference, status, message } = destination;
  if (status === 'pushed') return paint.good(fact('pushed', reference));
  return paint.bad(fact('failed', `${reference}: ${status === 'canceled' ? 'canceled' : (message ?? 'see below')}`));
};

const imageLines = (step: StepState, paint: Paint): string[] =>
  step.images.flatMap((image) => {
    const first = image.destinations.find((d) => d.status === 'pushed');
    return [
      `${paint.bold(shortId(step.id))}  ${formatBytes(image.sizeBytes)}${image.platform === undefined ? '' : `  ${image.platform}`}`,
      ...(image.digest === undefined ? [] : [fact('digest', image.digest)]),
      fact('image', image.imageId),
      ...(image.tar === undefined ? [] : [fact('saved', image.tar)]),
      ...(image.destinations.length === 0 ? image.tags.map((tag) => fact('kept', tag)) : []),
      ...image.destinations.map((destination) => destinationLine(destination, paint)),
      ...(first === undefined ? [] : [fact('pull', `docker pull ${first.reference}`)]),
    ];
  });

/** `others`: steps that failed by the very same failure, such as those of a stage that could not begin. */
const failureLines = (
  step: StepState,
  others: readonly StepState[],
  plan: Plan | undefined,
  state: RunState,
  paint: Paint,
): string[] => {
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
          paint.dim(`  last lines of ${shortId(step.id)}:`),
          ...step.tail.map((line) => paint.dim(`  | ${harmlessLine(line)}`)),
        ]),
    ...(others.length === 0 ? [] : [`  also: ${others.map(({ id }) => shortId(id)).join(', ')}`]),
    `  next: slipway logs ${state.runId} ${shortId(step.id)}`,
  ];
};

export interface Summary {
  /** For stdout: the images. */
  readonly results: string;
  /** For stderr: failures, counts, next steps. */
  readonly rest: string;
}

export const summary = (state: RunState, plan: Plan | undefined, paint: Paint): Summary => {
  const steps = [...state.steps.values()];
  const images = steps.flatMap((step) => imageLines(step, paint));
  const failed = steps.filter((s) => s.failure !== undefined && (s.status === 'failed' || s.status === 'canceled'));
  const sameFailure = Map.groupBy(failed, (step) => `${step.stage} ${JSON.stringify(step.failure)}`);
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
    ...[...sameFailure.values()].flatMap(([step, ...others]) =>
      step === undefined ? [] : failureLines(step, others, plan, state, paint),
    ),
    ...(failed.length === 0 ? [] : ['']),
    `${harmlessLine(state.pipeline)}${state.sequenceId > 0 ? ` #${state.sequenceId}` : ''} ${word} in ${formatDuration(state.durationMs)} (${counts.join(', ')})`,
  ];
  return { results: images.length === 0 ? '' : `${images.join('\n')}\n`, rest: `${rest.join('\n')}\n` };
};
