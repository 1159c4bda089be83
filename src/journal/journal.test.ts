import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { folderMaker } from '../../test/new-folder.ts';
import { markOf } from '../base/process-mark.ts';
import type { Event, EventBody } from './event.ts';
import { createJournal, eventsFile, isRunId, newRunId, runFolder } from './journal.ts';
import { followEvents, readEvents } from './read.ts';
import { listRuns, pruneRuns } from './runs.ts';

const newFolder = folderMaker();
const newRoot = (): string => newFolder('journal');
const id = (n: number): string => `20261124-0830${String(n).padStart(2, '0')}-000f`;
const begun = (pid: number = process.pid): EventBody => ({
  type: 'run-started',
  runId: 'r',
  pipeline: 'p',
  file: 'p.yaml',
  sequenceId: 7,
  pid,
  process: markOf(pid),
  operations: [],
});
const logged = (line: string): EventBody => ({ type: 'log', operation: 's.a', stream: 'stdout', line });
const finished: EventBody = { type: 'run-finished', status: 'succeeded', durationMs: 5 };
const all = async (events: AsyncIterable<Event>): Promise<readonly Event[]> => {
  const list: Event[] = [];
  for await (const event of events) list.push(event);
  return list;
};

describe('run ids', () => {
  it('sort by time and can be typed', () => {
    const early = newRunId(new Date('2026-11-24T08:30:15.123Z'), () => 0.999_999);
    expect(early).toBe('20261124-083015-ffff');
    expect(newRunId(new Date('2026-11-24T08:30:16Z'), () => 0) > early).toBe(true);
    expect([early, '../x', '20261124-083015-ffff.tmp'].map(isRunId)).toEqual([true, false, false]);
  });
});

describe('a journal', () => {
  it('gives back what was written, with numbers and times, and keeps the plan beside it', async () => {
    const root = newRoot();
    using journal = createJournal(root, id(1), { 'plan.json': '{}' });
    for (const body of [begun(), logged('a "line"\u2028\n'), finished]) journal.append(body);
    const events = await all(readEvents(root, id(1)));
    expect(events.map((e) => [e.seq, e.type])).toEqual([
      [0, 'run-started'],
      [1, 'log'],
      [2, 'run-finished'],
    ]);
    expect(events[1]).toMatchObject({ line: 'a "line"\u2028\n', at: expect.any(Number) });
    expect(readFileSync(join(runFolder(root, id(1)), 'plan.json'), 'utf8')).toBe('{}');
    expect(statSync(eventsFile(root, id(1))).mode & 0o777).toBe(0o600);
    expect(statSync(runFolder(root, id(1))).mode & 0o777).toBe(0o700);
  });

  it('torn at any byte still gives the whole lines before', async () => {
    const root = newRoot();
    const lengths: number[] = [];
    {
      using journal = createJournal(root, id(1));
      for (const body of [begun(), logged('ä'.repeat(50)), finished]) {
        journal.append(body);
        lengths.push(statSync(eventsFile(root, id(1))).size);
      }
    }
    for (let size = (lengths[2] ?? 0) - 1; size >= 0; size -= 7) {
      truncateSync(eventsFile(root, id(1)), size);
      expect((await all(readEvents(root, id(1)))).length, String(size)).toBe(lengths.filter((l) => l <= size).length);
    }
  });

  it('refuses a run that is there already', () => {
    const root = newRoot();
    using _journal = createJournal(root, id(1));
    expect(() => createJournal(root, id(1))).toThrow(expect.objectContaining({ code: 'journal/write-failed' }));
  });

  it('says when it cannot be written', () => {
    expect(() => createJournal('/proc/self/status', id(1))).toThrow(
      expect.objectContaining({ code: 'journal/write-failed', failureClass: 'ResourceLimitsFailure' }),
    );
  });

  it('reads 200,000 lines in flat memory', async () => {
    const root = newRoot();
    {
      using journal = createJournal(root, id(1));
      journal.append(begun());
    }
    const line = `${JSON.stringify({ seq: 1, at: 1, ...logged('x'.repeat(200)) })}\n`;
    for (let n = 0; n < 20; n += 1) appendFileSync(eventsFile(root, id(1)), line.repeat(10_000));
    const before = process.memoryUsage().rss;
    let count = 0;
    for await (const _ of readEvents(root, id(1))) count += 1;
    expect(count).toBe(200_001);
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
  });
});

describe('following a run', () => {
  it('gives events as they come, also one written in two pieces, and ends with the run', async () => {
    const root = newRoot();
    using journal = createJournal(root, id(1));
    journal.append(begun());
    const seen: string[] = [];
    const reading = (async () => {
      for await (const event of followEvents(root, id(1), new AbortController().signal)) seen.push(event.type);
    })();
    await sleep(30);
    appendFileSync(eventsFile(root, id(1)), '{"seq":1,"at":1,"type":"note","mes');
    await sleep(150);
    expect(seen).toEqual(['run-started']);
    appendFileSync(eventsFile(root, id(1)), 'sage":"x"}\n');
    await sleep(150);
    expect(seen).toEqual(['run-started', 'note']);
    journal.append(finished);
    await reading;
    expect(seen.at(-1)).toBe('run-finished');
  });

  it('ends when the process is gone, with all it wrote', async () => {
    const root = newRoot();
    const child = spawn('sleep', ['60']);
    const gone = new Promise((resolve) => child.once('exit', resolve));
    using journal = createJournal(root, id(1));
    journal.append(begun(child.pid));
    journal.append(logged('last'));
    const reading = all(followEvents(root, id(1), new AbortController().signal));
    await sleep(50);
    child.kill('SIGKILL');
    await gone;
    expect((await reading).map((e) => e.type)).toEqual(['run-started', 'log']);
  });

  it('ends when it is told to', async () => {
    const root = newRoot();
    using journal = createJournal(root, id(1));
    journal.append(begun());
    expect(await all(followEvents(root, id(1), AbortSignal.timeout(60)))).toHaveLength(1);
  });
});

describe('the list of runs', () => {
  it('is newest first and tells running, finished and lost runs apart', async () => {
    const root = newRoot();
    const gone = Number(execFileSync('sh', ['-c', 'echo $$']).toString());
    const write = (n: number, ...bodies: readonly EventBody[]): void => {
      using journal = createJournal(root, id(n));
      for (const body of bodies) journal.append(body);
    };
    write(1, begun(gone), finished);
    write(2, begun(gone), logged('killed here'));
    write(3, begun());
    write(4);
    // The number of a process that runs, with the start time of another.
    write(5, { ...begun(), process: markOf(process.pid).replace(/-\d+-/, '-1-') } as EventBody);
    write(6, begun(), logged('x'.repeat(10_000)), { ...finished, status: 'failed' });
    expect((await listRuns(root, 10)).map((r) => [r.id, r.status])).toEqual([
      [id(6), 'failed'],
      [id(5), 'lost'],
      [id(3), 'running'],
      [id(2), 'lost'],
      [id(1), 'succeeded'],
    ]);
    expect(await listRuns(root, 1)).toMatchObject([{ id: id(6), sequenceId: 7, durationMs: 5 }]);
  });

  it('is empty where nothing has run', async () => {
    expect(await listRuns(join(newRoot(), 'none'), 5)).toEqual([]);
  });

  it('loses its oldest runs, but none that still runs', async () => {
    const root = newRoot();
    for (const n of [1, 2, 3, 4]) {
      using journal = createJournal(root, id(n));
      journal.append(begun());
      if (n !== 1) journal.append(finished);
    }
    await pruneRuns(root, 2);
    expect([1, 2, 3, 4].map((n) => existsSync(runFolder(root, id(n))))).toEqual([true, false, true, true]);
  });
});
