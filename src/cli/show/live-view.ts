// A run on a terminal: a line for each step, under it what moves, redrawn in place.
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'fast-string-width';
import { onExit } from '../../base/on-exit.ts';
import type { Event } from '../../journal/event.ts';
import type { Paint } from '../color.ts';
import { drawRun, frameMs } from './draw-run.ts';
import { harmless } from './harmless.ts';
import { fold, type RunState } from './run-state.ts';
import type { View } from './view.ts';

export interface Screen {
  readonly write: (text: string) => void;
  readonly columns: () => number;
  readonly rows: () => number;
  readonly now: () => number;
}

const hideCursor = '\u001B[?25l';
const showCursor = '\u001B[?25h';
const eraseLine = '\u001B[2K';
const eraseBelow = '\u001B[0J';
const up = (rows: number): string => (rows === 0 ? '' : `\u001B[${rows}A`);

/** Rows that lines take on a terminal of this width, which has wrapped what is longer. */
const rowsOf = (lines: readonly string[], columns: number): number =>
  lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(stringWidth(stripVTControlCharacters(line)) / columns)), 0);

/** Redraws only lines that changed; notes go above and stay. Hides the cursor meanwhile and shows it again however the process ends. */
export const createLiveView = (state: RunState, screen: Screen, paint: Paint): View => {
  let drawn: readonly string[] = [];
  let width = screen.columns();
  let notes: string[] = [];
  let ended = false;
  screen.write(hideCursor);
  const atExit = onExit(() => {
    screen.write(showCursor);
  });
  const draw = (): void => {
    const columns = screen.columns();
    const next = drawRun(state, { columns, rows: screen.rows(), now: screen.now(), paint });
    let out = up(rowsOf(drawn, columns));
    if (columns === width && notes.length === 0) {
      for (const [n, line] of next.entries()) out += drawn[n] === line ? '\n' : `\r${eraseLine}${line}\n`;
      if (drawn.length > next.length) out += eraseBelow;
    } else {
      out += `\r${eraseBelow}${[...notes, ...next].map((line) => `${line}\n`).join('')}`;
    }
    drawn = next;
    width = columns;
    notes = [];
    screen.write(out);
  };
  const timer = setInterval(draw, frameMs);
  timer.unref();
  return {
    event: (event: Event) => {
      fold(state, event);
      if (event.type === 'note') notes.push(`note: ${harmless(event.message)}`);
    },
    end: () => {
      if (ended) return;
      ended = true;
      clearInterval(timer);
      draw();
      screen.write(showCursor);
      atExit[Symbol.dispose]();
    },
  };
};
