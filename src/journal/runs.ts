// The runs of this machine: what they came to, and which may go.
import { open, readdir, rm } from 'node:fs/promises';
import { errorCode } from '../base/error-code.ts';
import { isRunning } from '../base/process-mark.ts';
import type { Event } from './event.ts';
import { eventsFile, isRunId, runFolder, runsFolder } from './journal.ts';
import { parseEvent, readEvents } from './read.ts';

export interface RunSummary {
  readonly id: string;
  readonly pipeline: string;
  readonly file: string;
  readonly sequenceId: number;
  /** `lost`: its process is gone and it never finished. */
  readonly status: 'running' | 'succeeded' | 'failed' | 'canceled' | 'lost';
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly durationMs?: number;
}

/** Newest first. */
export const listRunIds = async (root: string): Promise<readonly string[]> => {
  try {
    return (await readdir(runsFolder(root))).filter(isRunId).sort().toReversed();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
};

/** More than any `run-finished` line takes. */
const endBytes = 4096;

const lastEvent = async (path: string): Promise<Event | undefined> => {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  const { buffer, bytesRead } = await file.read(Buffer.alloc(endBytes), 0, endBytes, Math.max(0, size - endBytes));
  const lines = buffer.subarray(0, bytesRead).toString('utf8').split('\n');
  return lines.at(-1) === '' ? parseEvent(lines.at(-2) ?? '') : undefined;
};

const firstEvent = async (root: string, id: string): Promise<Event | undefined> => {
  for await (const event of readEvents(root, id)) return event;
  return undefined;
};

const summaryOf = async (root: string, id: string): Promise<RunSummary | undefined> => {
  try {
    const first = await firstEvent(root, id);
    if (first?.type !== 'run-started') return undefined;
    const path = eventsFile(root, id);
    const { pipeline, file, sequenceId } = first;
    const common = { id, pipeline, file, sequenceId, startedAt: first.at };
    // Asked first: a run that finishes meanwhile has written its end by the time we read it.
    const runs = first.process !== undefined && isRunning(first.process, path);
    const last = await lastEvent(path);
    if (last?.type === 'run-finished') return { ...common, status: last.status, durationMs: last.durationMs };
    return { ...common, status: runs ? 'running' : 'lost' };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined; // removed meanwhile, or not yet begun
    throw error;
  }
};

/** Newest first. */
export const listRuns = async (root: string, most: number): Promise<readonly RunSummary[]> => {
  const summaries: RunSummary[] = [];
  for (const id of await listRunIds(root)) {
    if (summaries.length >= most) break;
    const summary = await summaryOf(root, id);
    if (summary !== undefined) summaries.push(summary);
  }
  return summaries;
};

/** Keeps the newest runs, and those that still run. */
export const pruneRuns = async (root: string, keep: number): Promise<void> => {
  for (const id of (await listRunIds(root)).slice(keep)) {
    if ((await summaryOf(root, id))?.status === 'running') continue;
    await rm(runFolder(root, id), { recursive: true, force: true });
  }
};
