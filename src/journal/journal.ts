// Journal: the events of a run, one JSON line each, in `runs/<id>/events.jsonl`. Every reader tolerates a torn last line.
import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../base/failure.ts';
import type { Event, EventBody } from './event.ts';

export interface Journal extends Disposable {
  readonly runId: string;
  /** Writes at once, so that an engine that is killed loses nothing; gives the event as readers will see it. Failure `journal/write-failed`. */
  append(body: EventBody): Event;
}

/** Sorts by time (UTC) and can be typed: `20261124-083015-7f3a`. */
export const newRunId = (now: Date, random: () => number = Math.random): string => {
  const digits = now.toISOString().replaceAll(/[-:T]/g, '');
  return `${digits.slice(0, 8)}-${digits.slice(8, 14)}-${Math.floor(random() * 65_536)
    .toString(16)
    .padStart(4, '0')}`;
};

export const isRunId = (name: string): boolean => /^\d{8}-\d{6}-[0-9a-f]{4}$/.test(name);

export const runsFolder = (root: string): string => join(root, 'runs');
export const runFolder = (root: string, runId: string): string => join(runsFolder(root), runId);
export const eventsFile = (root: string, runId: string): string => join(runFolder(root, runId), 'events.jsonl');

const writing = <T>(file: string, work: () => T): T => {
  try {
    return work();
  } catch (cause) {
    throw new Failure('journal/write-failed', `the journal ${file} cannot be written`, {
      facts: { file },
      failureClass: 'ResourceLimitsFailure',
      hint: 'check the rights and the free space of its folder, or choose another with SLIPWAY_HOME',
      cause,
    });
  }
};

const writeAll = (file: number, text: string): void => {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
};

/** A new run; `files` are kept beside its events (the plan). Folder and files are readable by their owner only. Failure `journal/write-failed`. */
export const createJournal = (root: string, runId: string, files: Readonly<Record<string, string>> = {}): Journal => {
  const path = eventsFile(root, runId);
  const file = writing(path, () => {
    mkdirSync(runFolder(root, runId), { recursive: true, mode: 0o700 });
    for (const [name, text] of Object.entries(files)) {
      const beside = openSync(join(runFolder(root, runId), name), 'wx', 0o600);
      try {
        writeAll(beside, text);
      } finally {
        closeSync(beside);
      }
    }
    return openSync(path, 'ax', 0o600);
  });
  let seq = 0;
  let closed = false;
  return {
    runId,
    append: (body) => {
      const event: Event = { seq, at: Date.now(), ...body };
      seq += 1;
      if (closed) return event;
      writing(path, () => {
        writeAll(file, `${JSON.stringify(event)}\n`);
        if (body.type === 'run-finished') fsyncSync(file);
      });
      return event;
    },
    [Symbol.dispose]() {
      if (!closed) closeSync(file);
      closed = true;
    },
  };
};
