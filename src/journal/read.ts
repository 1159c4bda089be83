// Reads journals, finished or still being written, in flat memory.
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning } from '../base/process-mark.ts';
import type { Event } from './event.ts';
import { eventsFile } from './journal.ts';

/** Undefined for a line that a crash tore, or that is still being written. */
export const parseEvent = (line: string): Event | undefined => {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'type' in value ? (value as Event) : undefined;
  } catch {
    return undefined;
  }
};

/** Lines as they become whole. `more` says whether to wait for the file to grow; it is asked when the end was reached. */
async function* linesOf(path: string, more: () => Promise<boolean>): AsyncGenerator<string> {
  await using file = await open(path, 'r');
  const buffer = Buffer.alloc(1 << 16);
  let pieces: Buffer[] = [];
  for (let isLast = false; ;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length);
    let start = 0;
    for (let end = buffer.indexOf(10); end >= 0 && end < bytesRead; end = buffer.indexOf(10, start)) {
      pieces.push(buffer.subarray(start, end));
      yield Buffer.concat(pieces).toString('utf8');
      pieces = [];
      start = end + 1;
    }
    if (start < bytesRead) pieces.push(Buffer.from(buffer.subarray(start, bytesRead)));
    if (bytesRead > 0) continue;
    if (isLast) return;
    isLast = !(await more()); // what was written before the answer is still read
  }
}

/** All events so far. Throws ENOENT when there is no such run. */
export async function* readEvents(root: string, runId: string): AsyncGenerator<Event> {
  for await (const line of linesOf(eventsFile(root, runId), async () => false)) {
    const event = parseEvent(line);
    if (event !== undefined) yield event;
  }
}

const pollMs = 100;

/** All events so far and those to come, until the run has finished, its process is gone or `signal` is aborted. */
export async function* followEvents(root: string, runId: string, signal: AbortSignal): AsyncGenerator<Event> {
  const path = eventsFile(root, runId);
  let mark: string | undefined;
  const more = async (): Promise<boolean> => {
    if (signal.aborted || (mark !== undefined && !isRunning(mark, path))) return false;
    await sleep(pollMs, undefined, { signal }).catch(() => {}); // an abort is seen at the next question
    return true;
  };
  for await (const line of linesOf(path, more)) {
    const event = parseEvent(line);
    if (event === undefined) continue;
    yield event;
    if (event.type === 'run-finished') return;
    if (event.type === 'run-started') mark = event.process;
  }
}
