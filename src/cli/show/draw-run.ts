// The lines of a run at one moment. Pure: tested as text.
import stringWidth from 'fast-string-width';
import type { Progress } from '../../journal/event.ts';
import type { Paint } from '../color.ts';
import { cut, formatBytes, formatDuration } from './format.ts';
import { harmlessLine } from './harmless.ts';
import type { RunState, StepState } from './run-state.ts';

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
export const frameMs = 80;
const mostBelow = 6;
const failureTail = 3;

export interface DrawOptions {
  readonly columns: number;
  readonly rows: number;
  readonly now: number;
  readonly paint: Paint;
}

const bar = (fraction: number, width: number): string => {
  const full = Math.round(Math.max(0, Math.min(1, fraction)) * width);
  return `${'█'.repeat(full)}${'░'.repeat(width - full)}`;
};

/** Amount, rate and time left, as far as they are known and fit into `room` columns. */
const amounts = (progress: Progress & { readonly startedAt: number }, now: number, room: number): string => {
  const { current, total } = progress;
  if (current === undefined || total === undefined || total === 0) return '';
  const seconds = (now - progress.startedAt) / 1000;
  const rate = seconds > 0.3 ? current / seconds : 0;
  const amount = `${formatBytes(current)}/${formatBytes(total)}`;
  const speed = rate > 0 ? ` ${formatBytes(rate)}/s` : '';
  const left = rate > 0 && current < total ? ` ${formatDuration(((total - current) / rate) * 1000)} left` : '';
  const choices = [`${bar(current / total, 10)} ${amount}${speed}${left}`, `${amount}${left}`, amount];
  return choices.find((choice) => stringWidth(choice) <= room) ?? '';
};

const lineWith = (left: string, right: string, columns: number, paint: (text: string) => string): string => {
  const room = Math.max(8, columns - stringWidth(right) - 1);
  const shown = cut(left, room);
  const gap = Math.max(1, columns - stringWidth(shown) - stringWidth(right));
  return right === '' ? shown : `${shown}${' '.repeat(gap)}${paint(right)}`;
};

const markOf = (step: StepState, turn: string): string => {
  switch (step.status) {
    case 'succeeded':
      return '✓';
    case 'failed':
      return '✗';
    case 'running':
    case 'retrying':
      return turn;
    case 'waiting':
      return '·';
    default:
      return '-';
  }
};

const colorOf = (step: StepState, paint: Paint): ((text: string) => string) => {
  switch (step.status) {
    case 'succeeded':
      return paint.good;
    case 'failed':
      return paint.bad;
    case 'running':
      return paint.accent;
    case 'retrying':
      return paint.warn;
    default:
      return paint.dim;
  }
};

const aside = (step: StepState): string => {
  if (step.status === 'retrying') return '  failed, trying again';
  if (step.status !== 'skipped' && step.status !== 'ignored' && step.status !== 'canceled') return '';
  return `  ${step.status}${step.reason === undefined ? '' : `: ${harmlessLine(step.reason)}`}`;
};

const lineOf = (step: StepState, columns: number, now: number, turn: string, paint: Paint): string => {
  const took = step.durationMs ?? (step.startedAt === undefined ? undefined : now - step.startedAt);
  const isTimed = step.status !== 'waiting' && step.status !== 'skipped' && took !== undefined;
  const why = aside(step);
  const right = isTimed ? formatDuration(took) : '';
  const body = lineWith(`${harmlessLine(step.name)}${why}`, right, columns - 2, paint.dim);
  return `${colorOf(step, paint)(markOf(step, turn))} ${step.status === 'waiting' || why !== '' ? paint.dim(body) : body}`;
};

const below = (step: StepState, columns: number, now: number, turn: string, paint: Paint): readonly string[] => {
  const all = [...step.progress.values()];
  const running = all.filter((p) => p.state === 'running');
  const done = all.length - running.length;
  const shown = running.slice(-mostBelow).map((p) => {
    const right = amounts(p, now, columns - 16);
    return `    ${paint.accent(turn)} ${lineWith(harmlessLine(p.label), right, columns - 6, paint.dim)}`;
  });
  const more = running.length - shown.length;
  const last = harmlessLine(step.tail.at(-1) ?? '').trimEnd();
  return [
    ...(done > 0 ? [paint.dim(cut(`    ${done} of ${all.length} done`, columns))] : []),
    ...shown,
    ...(more > 0 ? [paint.dim(cut(`    … and ${more} more`, columns))] : []),
    ...(last === '' ? [] : [paint.dim(cut(`    | ${last}`, columns))]),
  ];
};

const tailOf = (step: StepState, columns: number, paint: Paint): readonly string[] =>
  step.tail.slice(-failureTail).map((line) => paint.dim(cut(`    | ${harmlessLine(line)}`, columns)));

const isOver = ({ status }: StepState): boolean =>
  status !== 'waiting' && status !== 'running' && status !== 'retrying';

/** At most `rows - 1` lines of at most `columns - 1` columns; what runs is shown before what has ended or waits. */
export const drawRun = (state: RunState, { columns: wide, rows, now, paint }: DrawOptions): readonly string[] => {
  const columns = Math.max(20, wide - 1);
  const room = Math.max(4, rows - 1);
  const turn = spinner[Math.floor(now / frameMs) % spinner.length] ?? '';
  const steps = [...state.steps.values()];
  const isWork = state.status === 'running';
  const stages = new Set(steps.map((step) => step.stage));
  const draw = (shown: readonly StepState[], withDetails: boolean): readonly string[] => {
    const lines: string[] = [];
    let stage: string | undefined;
    for (const step of shown) {
      if (stages.size > 1 && step.stage !== stage) lines.push(paint.bold(cut(harmlessLine(step.stage), columns)));
      ({ stage } = step);
      lines.push(lineOf(step, columns, now, turn, paint));
      if (step.status === 'running' && withDetails) lines.push(...below(step, columns, now, turn, paint));
      if (step.status === 'failed' && withDetails && isWork) lines.push(...tailOf(step, columns, paint));
    }
    return lines;
  };
  const whole = draw(steps, true);
  if (whole.length <= room) return whole;
  const open = steps.filter((step) => !isOver(step));
  const over = steps.length - open.length;
  const counted = over === 0 ? [] : [paint.dim(cut(`… ${over} of ${steps.length} steps have ended`, columns))];
  for (const withDetails of [true, false]) {
    const lines = [...counted, ...draw(open.length > 0 ? open : steps.slice(-room), withDetails)];
    if (lines.length <= room) return lines;
    if (!withDetails) return [...lines.slice(0, room - 1), paint.dim(`… ${lines.length - room + 1} more lines`)];
  }
  return [];
};
