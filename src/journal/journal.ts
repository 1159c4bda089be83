// Journal: the events of a run, one JSON line each, in `runs/<id>/events.jsonl`. Every reader tolerates a torn last line.
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Event, EventBody } from './event.ts';

export interface Journal extends Disposable {
  readonly runId: string;
  /** Writes at once; gives the event as readers will see it. */
  append(body: EventBody): Event;
}

/** Sorts by time and can be typed: `20261124-083015-7f3a`. */
export const newRunId = (now: Date, random: () => number = Math.random): string => {
  const digits = now.toISOString().replaceAll(/[-:T]/g, '');
  return `${digits.slice(0, 8)}-${digits.slice(8, 14)}-${Math.floor(random() * 65_536)
    .toString(16)
    .padStart(4, '0')}`;
};

const runsFolder = (root: string): string => join(root, 'runs');
export const runFolder = (root: string, runId: string): string => join(runsFolder(root), runId);
const eventsFile = (root: string, runId: string): string => join(runFolder(root, runId), 'events.jsonl');

/** A new run; `files` are kept beside its events (the plan). Folder and files are readable by their owner only. */
export const createJournal = (root: string, runId: string, files: Readonly<Record<string, string>> = {}): Journal => {
  mkdirSync(runFolder(root, runId), { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries(files)) {
    const file = openSync(join(runFolder(root, runId), name), 'wx', 0o600);
    writeSync(file, text);
    closeSync(file);
  }
  const file = openSync(eventsFile(root, runId), 'ax', 0o600);
  let seq = 0;
  let closed = false;
  return {
    runId,
    append: (body) => {
      const event: Event = { seq, at: Date.now(), ...body };
      seq += 1;
      if (!closed) writeSync(file, `${JSON.stringify(event)}\n`);
      return event;
    },
    [Symbol.dispose]() {
      if (!closed) closeSync(file);
      closed = true;
    },
  };
};

const parsed = (line: string): Event | undefined => {
  try {
    return JSON.parse(line) as Event;
  } catch {
    return undefined; // torn by a crash, or still being written
  }
};

export const readEvents = (root: string, runId: string): readonly Event[] =>
  readFileSync(eventsFile(root, runId), 'utf8')
    .split('\n')
    .flatMap((line) => (line === '' ? [] : (parsed(line) ?? [])));

/** All events so far and those to come, until the run has finished, its process is gone or `signal` is aborted. */
export async function* followEvents(root: string, runId: string, signal: AbortSignal): AsyncGenerator<Event> {
  await using file = await open(eventsFile(root, runId), 'r');
  const buffer = Buffer.alloc(65_536);
  let rest = Buffer.alloc(0);
  let pid: ProcessMark | undefined;
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length);
    rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      const event = parsed(rest.subarray(0, end).toString());
      rest = rest.subarray(end + 1);
      if (event === undefined) continue;
      yield event;
      if (event.type === 'run-finished') return;
      if (event.type === 'run-started') pid = { pid: event.pid, startedBefore: event.at };
    }
    if (bytesRead > 0) continue;
    if (signal.aborted || (pid !== undefined && !isRunning(pid))) return;
    await sleep(100);
  }
}

interface ProcessMark {
  readonly pid: number;
  readonly startedBefore: number;
}

/** Whether the process that wrote an event still runs: a process of the same number that started later is another one. */
const isRunning = ({ pid, startedBefore }: ProcessMark): boolean => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    const bootSeconds = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]);
    const startedAt = (bootSeconds + Number(fields[19]) / 100) * 1000;
    return fields[0] !== 'Z' && startedAt <= startedBefore + 2000;
  } catch {
    return true; // no /proc here: the number must do
  }
};

export interface RunSummary {
  readonly id: string;
  readonly pipeline: string;
  readonly file: string;
  readonly sequenceId: number;
  /** `lost`: its process is gone and it never finished. */
  readonly status: 'running' | 'succeeded' | 'failed' | 'canceled' | 'lost';
  readonly startedAt: number;
  readonly durationMs?: number;
}

export const listRunIds = async (root: string): Promise<readonly string[]> => {
  try {
    return (await readdir(runsFolder(root)))
      .filter((name) => /^\d{8}-\d{6}-/.test(name))
      .sort()
      .toReversed();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
};

const summaryOf = async (root: string, id: string): Promise<RunSummary | undefined> => {
  let text: string;
  try {
    text = await readFile(eventsFile(root, id), 'utf8');
  } catch {
    return undefined; // removed meanwhile, or never begun
  }
  const first = parsed(text.slice(0, Math.max(0, text.indexOf('\n'))));
  const last = parsed(text.slice(text.lastIndexOf('\n', text.length - 2) + 1));
  if (first?.type !== 'run-started') return undefined;
  const common = { id, pipeline: first.pipeline, file: first.file, sequenceId: first.sequenceId, startedAt: first.at };
  if (last?.type === 'run-finished') return { ...common, status: last.status, durationMs: last.durationMs };
  return { ...common, status: isRunning({ pid: first.pid, startedBefore: first.at }) ? 'running' : 'lost' };
};

/** Newest first. */
export const listRuns = async (root: string, most: number): Promise<readonly RunSummary[]> => {
  const summaries = await Promise.all((await listRunIds(root)).slice(0, most).map((id) => summaryOf(root, id)));
  return summaries.flatMap((summary) => summary ?? []);
};

/** Keeps the newest runs. */
export const pruneRuns = async (root: string, keep: number): Promise<void> => {
  for (const id of (await listRunIds(root)).slice(keep))
    await rm(runFolder(root, id), { recursive: true, force: true });
};
