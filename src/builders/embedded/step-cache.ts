// What each step made, by its key: parent, canonical instruction, resolved values and contents of its inputs.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileWhole } from '../../base/write-file-whole.ts';
import { type Digest, parseDigest } from '../../refs/digest.ts';

export interface StepRecord {
  readonly diffId: Digest;
  readonly sizeBytes: number;
  /** RFC 3339, when the step was first done: kept, so that a cached build gives the same digest. */
  readonly created: string;
}

export interface StepCache {
  get(key: string): Promise<StepRecord | undefined>;
  put(key: string, record: StepRecord): Promise<void>;
}

/** Digest of everything a step depends on. */
export const stepKey = (...parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex');

export const openStepCache = (root: string): StepCache => {
  const fileOf = (key: string): string => join(root, 'steps', key.slice(0, 2), `${key}.json`);
  return {
    get: async (key) => {
      try {
        const record = JSON.parse(await readFile(fileOf(key), 'utf8')) as Partial<StepRecord>;
        const diffId = parseDigest(record.diffId ?? '');
        if (diffId === undefined || typeof record.created !== 'string' || typeof record.sizeBytes !== 'number')
          return undefined;
        return { diffId, created: record.created, sizeBytes: record.sizeBytes };
      } catch {
        return undefined; // not there, or torn: the step is done again
      }
    },
    put: (key, record) => writeFileWhole(fileOf(key), JSON.stringify(record)),
  };
};
