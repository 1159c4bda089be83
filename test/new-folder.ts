// Folders of one test file, removed when it ends.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { removeTreeNow } from '../src/base/remove-tree.ts';

/** A maker of empty folders whose names say what they are for. Call it at the top of the file. */
export const folderMaker = (): ((name: string) => string) => {
  const made: string[] = [];
  afterAll(() => {
    for (const folder of made) removeTreeNow(folder);
  });
  return (name) => {
    const folder = mkdtempSync(join(tmpdir(), `slipway ${name}-`));
    made.push(folder);
    return folder;
  };
};
