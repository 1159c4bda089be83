// Why a step is done again: what it was made of the last time, kept for each place in a Dockerfile, and a sentence for the difference.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileWhole } from '../../base/write-file-whole.ts';
import { stepKey } from './step-cache.ts';

export interface StepInputs {
  /** The instruction with its values resolved. */
  readonly instruction: string;
  /** What the step starts from. */
  readonly parent: string;
  /** Files by path and variables as `$NAME`, each with what distinguishes its content. No value is among them: it may be a secret. */
  readonly inputs: ReadonlyMap<string, string>;
}

interface Remembered {
  readonly key: string;
  readonly instruction: string;
  readonly parent: string;
  readonly inputs: Readonly<Record<string, string>>;
}

const read = async (path: string): Promise<Partial<Remembered> | undefined> => {
  try {
    const known: unknown = JSON.parse(await readFile(path, 'utf8'));
    return typeof known === 'object' && known !== null ? known : undefined;
  } catch {
    return undefined; // not there, or torn: it explains and decides nothing
  }
};

const named = (name: string): string => (name.startsWith('$') ? `the value of ${name.slice(1)}` : name);

const difference = (before: Readonly<Record<string, string>>, now: ReadonlyMap<string, string>): string | undefined => {
  const changed = [...now].flatMap(([name, value]) =>
    before[name] === value ? [] : [`${named(name)} ${before[name] === undefined ? 'is new' : 'changed'}`],
  );
  const gone = Object.keys(before).flatMap((name) => (now.has(name) ? [] : [`${named(name)} is gone`]));
  const all = [...changed, ...gone];
  const [first] = all;
  return first === undefined ? undefined : all.length === 1 ? first : `${first}, and ${all.length - 1} more`;
};

/** `place`: which step of which Dockerfile. Remembers this time for the next one. */
export const whyAgain = async (
  root: string,
  place: readonly unknown[],
  key: string,
  { instruction, parent, inputs }: StepInputs,
): Promise<string> => {
  const name = stepKey(place);
  const path = join(root, 'reasons', name.slice(0, 2), `${name}.json`);
  const before = await read(path);
  const now: Remembered = { key, instruction, parent, inputs: Object.fromEntries(inputs) };
  await writeFileWhole(path, JSON.stringify(now));
  if (before?.inputs === undefined) return 'for the first time';
  if (before.instruction !== instruction) return 'the instruction changed';
  if (before.parent !== parent) return 'what it starts from changed';
  return (
    difference(before.inputs, inputs) ??
    (before.key === key ? 'its layer is no longer in the store' : 'a default of the builder changed')
  );
};
