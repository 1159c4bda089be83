import stringWidth from 'fast-string-width';
import { describe, expect, it } from 'vitest';
import type { Event, EventBody } from '../../journal/event.ts';
import { paintFor } from '../color.ts';
import { formatAge, formatBytes, formatDuration } from './format.ts';
import { drawRun } from './draw-run.ts';
import { createLiveView } from './live-view.ts';
import { createPlainView } from './plain-view.ts';
import { createRunState, fold } from './run-state.ts';
import { summary } from './summary.ts';
import { table } from './table.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const bodies: readonly EventBody[] = [
  {
    type: 'run-started',
    runId: '20261124-083015-7f3a',
    pipeline: 'quickstart',
    file: 'pipeline.yaml',
    sequenceId: 3,
    pid: 1,
    operations: [
      { id: 'image.build', name: 'Build only', stage: 'image', kind: 'build-image' },
      {
        id: 'image.push',
        name: 'Push the image, whose name is so long that no terminal of eighty columns can hold all of it',
        stage: 'image',
        kind: 'push-image',
      },
      { id: 'image.after', name: 'After', stage: 'image', kind: 'exec' },
    ],
  },
  { type: 'operation-started', operation: 'image.build', attempt: 1 },
  { type: 'progress', operation: 'image.build', progress: { id: '1', label: 'COPY . /app', state: 'cached' } },
  { type: 'log', operation: 'image.build', stream: 'stdout', line: 'hello \u001B[31mred\u001B[0m \u001B[2J世界' },
  {
    type: 'operation-finished',
    operation: 'image.build',
    status: 'succeeded',
    durationMs: 1234,
    outputs: {},
    images: [
      {
        tags: ['r.example/a:1'],
        imageId: digest,
        digest,
        sizeBytes: 54_000_000,
        platform: 'linux/amd64',
        tar: 'out/a.tar',
        destinations: [
          { reference: 'r.example/a:1', digest, status: 'pushed' },
          { reference: 'down.example/a:1', status: 'failed', message: 'down' },
        ],
      },
    ],
  },
  { type: 'operation-started', operation: 'image.push', attempt: 1 },
  {
    type: 'progress',
    operation: 'image.push',
    progress: {
      id: 'x',
      label: `${digest.slice(0, 15)}… → registry.with.a.very.long.name.example:5000`,
      state: 'running',
      current: 25_000_000,
      total: 50_000_000,
    },
  },
];
const end: readonly EventBody[] = [
  {
    type: 'operation-finished',
    operation: 'image.push',
    status: 'failed',
    durationMs: 2000,
    outputs: {},
    images: [],
    failure: {
      code: 'registry/denied',
      message: 'r.example denies it',
      hint: 'ask for the right to push',
      failureClass: 'Authorization',
      facts: {},
      causes: ['HTTP 403'],
    },
  },
  {
    type: 'operation-finished',
    operation: 'image.after',
    status: 'skipped',
    durationMs: 0,
    outputs: {},
    images: [],
    reason: 'the stage has failed',
  },
  { type: 'run-finished', status: 'failed', durationMs: 3300 },
];
const events = (list: readonly EventBody[], at = 1000): readonly Event[] =>
  list.map((body, seq): Event => ({ seq, at: at + seq, ...body }));
const stateAfter = (list: readonly EventBody[]) => {
  const state = createRunState();
  for (const event of events(list)) fold(state, event);
  return state;
};
const plain = paintFor(false);

describe('numbers', () => {
  it.each([
    [0, '0 B'],
    [980, '980 B'],
    [1500, '1.5 kB'],
    [204_000_000, '204 MB'],
    [999_600, '1.0 MB'],
    [4.2e9, '4.2 GB'],
  ])('%i bytes are %s', (n, text) => {
    expect(formatBytes(n)).toBe(text);
  });
  it.each([
    [400, '0.4 s'],
    [59_940, '59.9 s'],
    [65_000, '1 min 05 s'],
    [7_380_000, '2 h 03 min'],
  ])('%i ms are %s', (n, text) => {
    expect(formatDuration(n)).toBe(text);
  });
  it('ages are rounded down', () => {
    expect([0, 5 * 60_000, 3 * 3_600_000, 100 * 3_600_000].map((ms) => formatAge(0, ms))).toEqual([
      'now',
      '5 min ago',
      '3 h ago',
      '4 days ago',
    ]);
  });
});

it('tables are aligned by what is seen, also for wide characters', () => {
  const lines = table(
    ['A', 'B'],
    [
      ['世界', 'x'],
      ['a', 'y'],
    ],
  )
    .trimEnd()
    .split('\n');
  expect(lines.map((l) => stringWidth(l.slice(0, l.search(/[Bxy]/))))).toEqual([6, 6, 6]);
});

describe('the live view', () => {
  it.each([20, 40, 80, 200])('never draws beyond %i columns, nor more lines than the screen has', (columns) => {
    const lines = drawRun(stateAfter(bodies), { columns, rows: 10, now: 4000, paint: plain });
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(Math.max(columns, 26));
    expect(lines.length).toBeLessThan(10);
  });

  it('shows what runs with amount, rate and time left', () => {
    const text = drawRun(stateAfter(bodies), { columns: 100, rows: 24, now: 3006, paint: plain }).join('\n');
    expect(text).toContain('✓ Build only');
    expect(text).toContain('25 MB/50 MB 13 MB/s 2.0 s left');
    expect(text).toContain('· After');
  });

  it('redraws in place and shows the cursor again', () => {
    let out = '';
    const view = createLiveView(
      createRunState(),
      { write: (t) => (out += t), columns: () => 80, rows: () => 24, now: () => 4000 },
      plain,
    );
    for (const event of events(bodies)) view.event(event);
    view.end();
    view.end();
    expect(out.startsWith('\u001B[?25l')).toBe(true);
    expect(out.endsWith('\u001B[?25h')).toBe(true);
    expect(out).not.toContain('\u001B[2J');
  });
});

it('the plain view writes no cursor codes, and each line says whose it is', () => {
  let out = '';
  const view = createPlainView(createRunState(), (t) => (out += t), plain);
  for (const event of events([...bodies, ...end])) view.event(event);
  expect(out).not.toContain('\u001B');
  expect(out).toContain('[build] cached COPY . /app');
  expect(out).toContain('[build] hello red ');
  expect(out).toContain('[after] skipped: the stage has failed');
});

it('the summary names images, what failed, where it was asked for, and the next command', () => {
  const state = stateAfter([...bodies, ...end]);
  const from = { file: 'pipeline.yaml', line: 12, column: 5, path: 'stages[0].steps[1]' };
  const { results, rest } = summary(
    state,
    {
      pipeline: { identifier: 'q', name: 'q', file: 'pipeline.yaml' },
      sequenceId: 3,
      stages: [],
      operations: [
        {
          id: 'image.push',
          step: 'push',
          name: 'push',
          stage: 'image',
          after: [],
          from,
          when: { status: 'Success' },
          failureStrategies: [],
          notes: [],
          kind: 'unsupported',
          stepType: 'x',
        },
      ],
      scope: {},
      secrets: [],
      connectors: [],
    },
    plain,
  );
  expect(results).toBe(`build  54 MB  linux/amd64
  digest ${digest}
  image  ${digest}
  saved  out/a.tar
  pushed r.example/a:1
  failed down.example/a:1: down
  pull   docker pull r.example/a:1
`);
  for (const line of results.split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(80);
  expect(rest).toBe(`
error[registry/denied]: r.example denies it
  asked for at pipeline.yaml:12:5 (stages[0].steps[1])
  because: HTTP 403
  help: ask for the right to push
  next: slipway logs 20261124-083015-7f3a push

quickstart #3 failed in 3.3 s (1 succeeded, 1 failed, 1 skipped)
`);
});
