import stringWidth from 'fast-string-width';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fuzzRuns } from '../../../test/fuzz-runs.ts';
import { TestScreen } from '../../../test/screen.ts';
import type { EventBody } from '../../journal/event.ts';
import { paintFor } from '../color.ts';
import { drawRun, frameMs } from './draw-run.ts';
import { harmless, harmlessLine } from './harmless.ts';
import { createLiveView } from './live-view.ts';
import { createRunState, fold, type RunState } from './run-state.ts';

const names = [
  'build',
  'push to 世界',
  'a step whose name is longer than any terminal is wide, or so it seems to be',
  'last',
];
const ids = names.map((_, n) => `s.n${n}`);
const begun: EventBody = {
  type: 'run-started',
  runId: 'r',
  pipeline: 'p',
  file: 'p.yaml',
  sequenceId: 1,
  pid: 1,
  operations: names.map((name, n) => ({ id: `s.n${n}`, name, stage: 's', kind: 'exec' })),
};
const failure = { code: 'x/y', message: 'm', failureClass: 'Unknown', facts: {}, causes: [] };
const label = fc.string({
  unit: fc.constantFrom('a', ' ', '世', '\u001B[31m', '\t', '\n', '\r', '😀', '/'),
  maxLength: 120,
});
const id = fc.constantFrom(...ids);
const bodies: fc.Arbitrary<EventBody> = fc.oneof(
  fc.record({ type: fc.constant('operation-started' as const), operation: id, attempt: fc.constant(1) }),
  fc.record({ type: fc.constant('log' as const), operation: id, stream: fc.constant('stdout' as const), line: label }),
  fc.record({ type: fc.constant('note' as const), message: label }),
  fc.record({
    type: fc.constant('progress' as const),
    operation: id,
    progress: fc.record({
      id: fc.constantFrom('1', '2', '3'),
      label,
      state: fc.constantFrom('running' as const, 'done' as const, 'cached' as const),
      current: fc.nat(5_000_000_000),
      total: fc.nat(5_000_000_000),
    }),
  }),
  fc.record({
    type: fc.constant('operation-finished' as const),
    operation: id,
    status: fc.constantFrom('succeeded' as const, 'failed' as const, 'skipped' as const),
    durationMs: fc.nat(100_000),
    outputs: fc.constant({}),
    images: fc.constant([]),
    reason: label,
  }),
);

describe('the live view on a screen', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Feeds events with a frame after each, and gives the screen and what should be on it. */
  const show = (
    steps: readonly { readonly body?: EventBody; readonly columns?: number }[],
    columns: number,
    height = 24,
  ): { readonly screen: TestScreen; readonly state: RunState; readonly notes: readonly string[] } => {
    const screen = new TestScreen(columns);
    const state = createRunState();
    screen.write('$ slipway run\n');
    const view = createLiveView(
      state,
      {
        write: (text) => {
          screen.write(text);
        },
        columns: () => screen.columns,
        rows: () => height,
        now: () => Date.now(),
      },
      paintFor(true),
    );
    const notes: string[] = [];
    for (const [seq, { body, columns: next }] of steps.entries()) {
      if (next !== undefined) screen.resize(next);
      if (body !== undefined) {
        view.event({ seq, at: Date.now(), ...body });
        if (body.type === 'note') notes.push(`note: ${harmless(body.message)}`);
      }
      vi.advanceTimersByTime(frameMs);
    }
    view.end();
    return { screen, state, notes };
  };
  const expected = (state: RunState, columns: number, rows = 24): readonly string[] =>
    drawRun(state, { columns, rows, now: Date.now(), paint: paintFor(false) }).map((line) => line.trimEnd());

  it.each([80, 40])(
    'shows at %i columns, after any events, exactly the drawing of the state below what was there before',
    (columns) => {
      fc.assert(
        fc.property(fc.array(bodies, { maxLength: 25 }), (list) => {
          const { screen, state, notes } = show([{ body: begun }, ...list.map((body) => ({ body }))], columns);
          const rows = screen.rows();
          const drawing = expected(state, columns);
          expect(rows[0]).toBe('$ slipway run');
          expect(rows.slice(-1 - drawing.length)).toEqual([...drawing, '']);
          if (notes.length === 0) expect(rows).toHaveLength(drawing.length + 2);
          expect(screen.cursorIsShown).toBe(true);
        }),
        { numRuns: fuzzRuns(60) },
      );
    },
  );

  it('leaves nothing of an earlier drawing behind when the window changes its width', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(bodies, fc.constantFrom(80, 40, 30, 120)), { maxLength: 20 }), (list) => {
        const steps = list.filter(([body]) => body.type !== 'note').map(([body, columns]) => ({ body, columns }));
        const { screen, state } = show([{ body: begun }, ...steps], 80);
        expect(screen.rows()).toEqual(['$ slipway run', ...expected(state, screen.columns), '']);
      }),
      { numRuns: fuzzRuns(60) },
    );
  });

  it('keeps notes above', () => {
    const { screen } = show(
      [
        { body: begun },
        { body: { type: 'note', message: 'the first' } },
        { body: { type: 'note', message: 'the second' } },
      ],
      80,
    );
    expect(screen.rows().slice(0, 4)).toEqual(['$ slipway run', 'note: the first', 'note: the second', '· build']);
  });

  it('never draws more lines than there are rows', () => {
    const operations = Array.from({ length: 50 }, (_, n) => ({
      id: `s.x${n}`,
      name: `step ${n}`,
      stage: 's',
      kind: 'exec',
    }));
    const { screen } = show(
      [
        { body: { ...begun, operations } },
        ...operations.slice(0, 48).map(({ id: operation }): { body: EventBody } => ({
          body: { type: 'operation-finished', operation, status: 'succeeded', durationMs: 1, outputs: {}, images: [] },
        })),
        { body: { type: 'operation-started', operation: 's.x48', attempt: 1 } },
      ],
      80,
      10,
    );
    expect(screen.rows().length).toBeLessThan(1 + 10 + 1);
    expect(screen.rows().slice(-4)).toEqual([
      '… 48 of 50 steps have ended',
      expect.stringMatching(/^. step 48 +0\.\d s$/),
      '· step 49',
      '',
    ]);
  });
});

describe('a drawing', () => {
  const at = (list: readonly EventBody[]): RunState => {
    const state = createRunState();
    for (const [seq, body] of [begun, ...list].entries()) fold(state, { seq, at: 1000, ...body });
    return state;
  };

  it.each([20, 40, 80, 200])('fits into %i columns', (columns) => {
    fc.assert(
      fc.property(fc.array(bodies, { maxLength: 15 }), (list) => {
        for (const line of drawRun(at(list), { columns, rows: 30, now: 65_000, paint: paintFor(false) }))
          expect(stringWidth(line)).toBeLessThanOrEqual(Math.max(columns, 21) - 1 + (columns <= 20 ? 10 : 0));
      }),
      { numRuns: fuzzRuns(60) },
    );
  });

  it('shows the end of the log of what failed while the rest goes on', () => {
    const lines = ['one', 'two', 'three', 'four'].map((line): EventBody => ({
      type: 'log',
      operation: 's.n0',
      stream: 'stderr',
      line,
    }));
    const state = at([
      { type: 'operation-started', operation: 's.n0', attempt: 1 },
      ...lines,
      {
        type: 'operation-finished',
        operation: 's.n0',
        status: 'failed',
        durationMs: 5,
        outputs: {},
        images: [],
        failure,
      },
    ]);
    const text = drawRun(state, { columns: 80, rows: 30, now: 2000, paint: paintFor(false) }).slice(0, 4);
    expect(text.map((line) => line.trim())).toEqual([
      expect.stringMatching(/^✗ build +0\.0 s$/),
      '| two',
      '| three',
      '| four',
    ]);
  });

  it('names the stages when there are several', () => {
    const operations = [
      { id: 'one.a', name: 'a', stage: 'one', kind: 'exec' },
      { id: 'two.b', name: 'b', stage: 'two', kind: 'exec' },
    ];
    expect(
      drawRun(at([{ ...begun, operations }]), {
        columns: 80,
        rows: 30,
        now: 0,
        paint: paintFor(false),
      }).slice(-4),
    ).toEqual(['one', '· a', 'two', '· b']);
  });

  it('uses only colors by meaning that read on light and on dark', () => {
    const state = at([
      { type: 'operation-started', operation: 's.n0', attempt: 1 },
      {
        type: 'operation-finished',
        operation: 's.n1',
        status: 'failed',
        durationMs: 5,
        outputs: {},
        images: [],
        failure,
      },
      { type: 'operation-retrying', operation: 's.n2', attempt: 2, delayMs: 5, failure },
    ]);
    const text = drawRun(state, { columns: 80, rows: 30, now: 2000, paint: paintFor(true) }).join('\n');
    const codes = new Set([...text.matchAll(/\u001B\[(\d+)m/g)].map((match) => match[1]));
    // Dim, red, green, magenta and cyan, and what ends them: neither yellow, white nor black, and nothing bright.
    expect([...codes].filter((code) => !['1', '2', '22', '31', '32', '35', '36', '39'].includes(code ?? ''))).toEqual(
      [],
    );
    expect(codes.has('31') && codes.has('35') && codes.has('36')).toBe(true);
  });
});

describe('text of others', () => {
  it.each([
    ['\u001B[31mred\u001B[0m', 'red'],
    ['\u001B]0;title\u0007x', 'x'],
    ['\u001B]8;;http://x\u001B\\link\u001B]8;;\u001B\\', 'link'],
    ['\u001B[2J\u001B[1;1Hx\u001B(B', 'x'],
    ['10%\r50%\r100%\r', '100%'],
    ['a\tb\u0000\u009Bc', 'a  bc'],
    ['user\u202Etxt.exe', 'usertxt.exe'],
  ])('%j becomes %j', (text, shown) => {
    expect(harmless(text)).toBe(shown);
  });

  it('cannot forge a line of its own', () => {
    expect(harmlessLine('a\r\nb\nc')).toBe('a b c');
  });
});
