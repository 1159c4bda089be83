// How a command enters its root: as data for enter-root-worker.ts, so that neither command nor environment is ever in argv.
import { writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface EnterSpec {
  readonly command: readonly string[];
  /** Exactly this. */
  readonly environment: readonly (readonly [name: string, value: string])[];
  /** Made when it is not there. */
  readonly folder: string;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

/** The worker lies beside this file, or in the bundle beside the chunk that this file became part of. */
const worker = fileURLToPath(new URL(`enter-root-worker${extname(import.meta.url)}`, import.meta.url));

/** What to execute in the folder that becomes `/`. The worker removes the file that holds the specification. */
export const enterCommand = (spec: EnterSpec, scratch: string): readonly string[] => {
  const file = join(scratch, 'enter.json');
  writeFileSync(file, JSON.stringify(spec), { mode: 0o600 });
  return [process.execPath, '--disable-warning=ExperimentalWarning', worker, file];
};
