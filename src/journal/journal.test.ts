import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { EventBody } from './event.ts';
import { createJournal, followEvents, listRuns, newRunId, pruneRuns, readEvents, runFolder } from './journal.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway-journal-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const started = (pid: number): EventBody => ({
  type: 'run-started',
  runId: 'x',
  pipeline: 'p',
  file: 'p.yaml',
  sequenceId: 1,
  pid,
  operations: [],
});
const finished: EventBody = { type: 'run-finished', status: 'succeeded', durationMs: 5 };

it('keeps events in order, for their owner only, and reads past a torn last line', () => {
  const id = newRunId(new Date('2026-11-24T08:30:15Z'), () => 0.5);
  expect(id).toBe('20261124-083015-8000');
  using journal = createJournal(root, id, { 'plan.json': '{}' });
  journal.append(started(process.pid));
  journal.append({ type: 'note', message: 'hello' });
  appendFileSync(join(runFolder(root, id), 'events.jsonl'), '{"seq":2,"type":"no');
  expect(readEvents(root, id).map((e) => [e.seq, e.type])).toEqual([
    [0, 'run-started'],
    [1, 'note'],
  ]);
  expect(statSync(join(runFolder(root, id), 'events.jsonl')).mode & 0o77).toBe(0);
});

it('tells finished, running and lost runs apart, newest first', async () => {
  const gone = spawnSync(process.execPath, ['-e', '0']).pid;
  for (const [id, pid, end] of [
    ['20260101-000000-aaaa', process.pid, finished],
    ['20260102-000000-bbbb', process.pid, undefined],
    ['20260103-000000-cccc', gone, undefined],
  ] as const) {
    using journal = createJournal(root, id);
    journal.append(started(pid));
    if (end !== undefined) journal.append(end);
  }
  expect((await listRuns(root, 10)).map((r) => [r.id.slice(-4), r.status])).toEqual([
    ['cccc', 'lost'],
    ['bbbb', 'running'],
    ['aaaa', 'succeeded'],
  ]);
  await pruneRuns(root, 1);
  expect((await listRuns(root, 10)).map((r) => r.id.slice(-4))).toEqual(['cccc']);
});

it('follows a run while it is written, to its end', async () => {
  using journal = createJournal(root, '20260101-000000-aaaa');
  journal.append(started(process.pid));
  setTimeout(() => {
    journal.append({ type: 'note', message: 'later' });
    journal.append(finished);
  }, 150);
  const seen: string[] = [];
  for await (const event of followEvents(root, '20260101-000000-aaaa', new AbortController().signal))
    seen.push(event.type);
  expect(seen).toEqual(['run-started', 'note', 'run-finished']);
});
