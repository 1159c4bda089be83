// Resolver: what the plan asks for values. Bound to one place (stage, step, matrix instance), it turns what was written into what is meant.
import type { Text } from '../refs/text.ts';
import type { Value, ValueList, ValueMap } from './model.ts';

/**
 * Reports each fault itself (unresolved input, unknown variable, bad boolean) and then gives undefined; absent input gives undefined
 * without a report. Text may keep late parts; the other forms must be known before the run, else that is reported.
 */
export interface Resolver {
  text(value: Value | undefined): Text | undefined;
  /** Known text: a late part is a fault. */
  known(value: Value | undefined): string | undefined;
  /** `true`, `True`, `TRUE`, `t`, `T`, `1` and their opposites, as Go's strconv.ParseBool. */
  boolean(value: Value | undefined): boolean | undefined;
  integer(value: Value | undefined): number | undefined;
  /** Milliseconds. Empty text is undefined. */
  durationMs(value: Value | undefined): number | undefined;
  /** Expressions that give a list are spliced in; an item of one comma-joined string is not split. Empty items are dropped. */
  list(values: ValueList | undefined): readonly Text[];
  map(values: ValueMap | undefined): Readonly<Record<string, Text>>;
}
