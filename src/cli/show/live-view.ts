// A run on a terminal: a line for each step, under it what moves, redrawn in place.
import stringWidth from 'fast-string-width';
import type { Event, Progress } from '../../journal/event.ts';
import { onExit } from '../../base/on-exit.ts';
import type { Paint } from '../color.ts';
import { formatBytes, formatDuration } from './format.ts';
import { fold, type RunState, type StepState } from './run-state.ts';
import { harmless } from './summary.ts';
import type { View } from './view.ts';

export interface Screen {
  readonly write: (text: string) => void;
  readonly columns: () => number;
  readonly rows: () => number;
  readonly now: () => number;
}

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMs = 80;
const mostBelow = 6;

/** Cut to a width by display columns, not by characters. Expects text without escape codes. */
export const cut = (text: string, width: number): string => {
  if (stringWidth(text) <= width) return text;
  let out = '';
  let used = 0;
  for (const character of text) {
    const w = stringWidth(character);
    if (used + w > width - 1) break;
    out += character;
    used += w;
  }
  return `${out}…`;
};

const bar = (fraction: number, width: number): string => {
  const full = Math.round(Math.max(0, Math.min(1, fraction)) * width);
  return `${'█'.repeat(full)}${'░'.repeat(width - full)}`;
};

/** Amount, rate and time left, as far as they are known. */
const amounts = (progress: Progress & { readonly startedAt: number }, now: number): string => {
  const { current, total } = progress;
  if (current === undefined || total === undefined || total === 0) return '';
  const seconds = (now - progress.startedAt) / 1000;
  const rate = seconds > 0.3 ? current / seconds : 0;
  const left = rate > 0 && current < total ? ` ${formatDuration(((total - current) / rate) * 1000)} left` : '';
  return `${bar(current / total, 10)} ${formatBytes(current)}/${formatBytes(total)}${rate > 0 ? ` ${formatBytes(rate)}/s` : ''}${left}`;
};

/** On a narrow terminal the name is worth more than the amounts. */
const lineWith = (left: string, wanted: string, columns: number, paint: (text: string) => string): string => {
  const right = stringWidth(wanted) > columns - 12 ? '' : wanted;
  const shown = cut(left, columns - stringWidth(right) - (right === '' ? 0 : 1));
  return `${shown}${right === '' ? '' : ' '.repeat(Math.max(1, columns - stringWidth(shown) - stringWidth(right)))}${paint(right)}`;
};

/** The lines of a state at one moment. Pure: tested as text. */
export const drawRun = (
  state: RunState,
  options: { readonly columns: number; readonly rows: number; readonly now: number; readonly paint: Paint },
): readonly string[] => {
  const { columns: wide, rows, now, paint } = options;
  const columns = Math.max(20, wide - 1);
  const turn = spinner[Math.floor(now / frameMs) % spinner.length] ?? '';
  const lines: string[] = [];
  for (const step of state.steps.values()) {
    const took = step.durationMs ?? (step.startedAt === undefined ? undefined : now - step.startedAt);
    const right =
      step.status === 'waiting' || took === undefined || step.status === 'skipped' ? '' : formatDuration(took);
    const mark =
      step.status === 'succeeded'
        ? '✓'
        : step.status === 'failed'
          ? '✗'
          : step.status === 'running' || step.status === 'retrying'
            ? turn
            : step.status === 'waiting'
              ? '·'
              : '-';
    const color =
      step.status === 'succeeded'
        ? paint.good
        : step.status === 'failed'
          ? paint.bad
          : step.status === 'running'
            ? paint.accent
            : paint.dim;
    const why =
      step.status === 'skipped' || step.status === 'ignored'
        ? `  ${step.status}${step.reason === undefined ? '' : `: ${step.reason}`}`
        : step.status === 'retrying'
          ? '  failed, trying again'
          : '';
    const body = lineWith(`${step.name}${why}`, right, columns - 2, paint.dim);
    lines.push(`${color(mark)} ${step.status === 'waiting' || why !== '' ? paint.dim(body) : body}`);
    if (step.status === 'running') lines.push(...below(step, columns, now, turn, paint));
  }
  const room = Math.max(4, rows - 1);
  return lines.length <= room
    ? lines
    : [paint.dim(`… ${lines.length - room + 1} lines above`), ...lines.slice(-(room - 1))];
};

const below = (step: StepState, columns: number, now: number, turn: string, paint: Paint): readonly string[] => {
  const all = [...step.progress.values()];
  const running = all.filter((p) => p.state === 'running');
  const done = all.length - running.length;
  const shown = running.slice(-mostBelow).map((p) => {
    const right = amounts(p, now);
    return `    ${paint.accent(turn)} ${lineWith(harmless(p.label), right, columns - 6, paint.dim)}`;
  });
  const last = step.tail.at(-1);
  return [
    ...(done > 0 ? [paint.dim(cut(`    ${done} of ${all.length} done`, columns))] : []),
    ...shown,
    ...(last === undefined || last.trim() === ''
      ? []
      : [paint.dim(cut(`    | ${harmless(last).replaceAll('\t', '  ')}`, columns))]),
  ];
};

/** Redraws only lines that changed; hides the cursor meanwhile and shows it again however the process ends. */
export const createLiveView = (state: RunState, screen: Screen, paint: Paint): View => {
  let drawn: readonly string[] = [];
  let ended = false;
  const show = '\u001B[?25h';
  screen.write('\u001B[?25l');
  const atExit = onExit(() => {
    screen.write(show);
  });
  const draw = (): void => {
    const next = drawRun(state, { columns: screen.columns(), rows: screen.rows(), now: screen.now(), paint });
    let out = drawn.length === 0 ? '' : `\u001B[${drawn.length}A`;
    for (const [n, line] of next.entries()) out += drawn[n] === line ? '\n' : `\r\u001B[2K${line}\n`;
    if (drawn.length > next.length) out += `\u001B[0J`;
    drawn = next;
    screen.write(out);
  };
  const timer = setInterval(draw, frameMs);
  timer.unref();
  return {
    event: (event: Event) => {
      fold(state, event);
    },
    end: () => {
      if (ended) return;
      ended = true;
      clearInterval(timer);
      draw();
      screen.write(show);
      atExit[Symbol.dispose]();
    },
  };
};
