// The counter behind `<+pipeline.sequenceId>`: one for each pipeline, without locks, for many processes at once.
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../base/error-code.ts';

/**
 * A number is taken by creating the file of its name, which only one process can do. Files are cleared only when a number
 * `kept` above them is taken. So whoever created a file looks again: when one `kept` above is there, its own may be the
 * place of a number that was given and cleared while this process slept, and it goes on.
 */
const kept = 100;

const folderOf = (root: string, pipeline: string): string =>
  join(root, 'sequence', createHash('sha256').update(pipeline).digest('hex').slice(0, 32));

const numbersIn = async (folder: string): Promise<readonly number[]> => {
  try {
    return (await readdir(folder)).filter((name) => /^\d+$/.test(name)).map(Number);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
};

const highest = (numbers: readonly number[]): number => numbers.reduce((a, b) => Math.max(a, b), 0);

const take = async (folder: string, number: number): Promise<boolean> => {
  try {
    await (await open(join(folder, String(number)), 'wx', 0o644)).close();
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
};

/** The next number, from 1. `pipeline` is any text that names it. Survives `kill -9`: a number may then be left out, never given twice. */
export const nextSequenceId = async (root: string, pipeline: string): Promise<number> => {
  const folder = folderOf(root, pipeline);
  await mkdir(folder, { recursive: true });
  for (;;) {
    const number = highest(await numbersIn(folder)) + 1;
    if (!(await take(folder, number))) continue;
    const all = await numbersIn(folder);
    if (highest(all) >= number + kept) {
      await rm(join(folder, String(number)), { force: true });
      continue;
    }
    await Promise.all(all.filter((n) => n <= number - kept).map((n) => rm(join(folder, String(n)), { force: true })));
    return number;
  }
};

/** What `nextSequenceId` would give now; takes nothing. */
export const peekSequenceId = async (root: string, pipeline: string): Promise<number> =>
  highest(await numbersIn(folderOf(root, pipeline))) + 1;
