// Flags of instructions, `--name` and `--name=value`: each instruction says which it has.
import { nearest } from '../base/nearest.ts';
import type { Report } from '../diagnostics/diagnostic.ts';
import { fault, meant } from './fault.ts';
import type { Word } from './instructions.ts';
import type { SplitLine } from './split.ts';

/** `list`: may be given again. */
type FlagKind = 'boolean' | 'text' | 'list';
export type FlagTable = Readonly<Record<string, FlagKind>>;

export interface Flags {
  text(name: string): Word | undefined;
  list(name: string): readonly Word[];
  boolean(name: string): boolean | undefined;
}

/** Undefined when a flag had a fault; all faults are reported. Values carry the span of the whole flag. */
export const readFlags = (split: SplitLine, table: FlagTable, report: Report): Flags | undefined => {
  const found = new Map<string, Word[]>();
  let good = true;
  for (const flag of split.flags) {
    const equals = flag.text.indexOf('=');
    const name = flag.text.slice(2, equals < 0 ? undefined : equals);
    const value = equals < 0 ? undefined : flag.text.slice(equals + 1);
    const read = readValue(split, table, { name, value, flag }, found, report);
    if (read === undefined) good = false;
    else found.set(name, [...(found.get(name) ?? []), { text: read, at: flag.at }]);
  }
  if (!good) return undefined;
  return {
    text: (name) => found.get(name)?.[0],
    list: (name) => found.get(name) ?? [],
    boolean: (name) => {
      const word = found.get(name)?.[0];
      return word === undefined ? undefined : word.text === 'true';
    },
  };
};

interface WrittenFlag {
  readonly name: string;
  readonly value: string | undefined;
  readonly flag: Word;
}

const readValue = (
  split: SplitLine,
  table: FlagTable,
  { name, value, flag }: WrittenFlag,
  found: ReadonlyMap<string, readonly Word[]>,
  report: Report,
): string | undefined => {
  const keyword = split.keyword.text.toUpperCase();
  const names = Object.keys(table);
  const kind = Object.hasOwn(table, name) ? table[name] : undefined;
  if (kind === undefined) {
    const close = nearest(name, names);
    const all = names.map((n) => `--${n}`).join(', ');
    return fault(
      report,
      'dockerfile/unknown-flag',
      flag.at,
      `${keyword} has no flag --${name}`,
      meant(
        close === undefined ? undefined : `--${close}`,
        names.length === 0 ? 'Put -- before arguments that begin with --.' : `${keyword} has ${all}.`,
      ),
    );
  }
  if (found.has(name) && kind !== 'list')
    return fault(report, 'dockerfile/duplicate-flag', flag.at, `the flag --${name} is given twice`);
  if (kind !== 'boolean') {
    if (value !== undefined) return value;
    return fault(report, 'dockerfile/bad-flag-value', flag.at, `the flag --${name} needs a value`, {
      hint: `Write --${name}=VALUE.`,
    });
  }
  const lower = value?.toLowerCase() ?? 'true';
  if (lower === 'true' || lower === 'false') return lower;
  return fault(report, 'dockerfile/bad-flag-value', flag.at, `--${name} is true or false, not "${value}"`);
};
