// The shape of a room's table of codes. docs/reference/errors.md is generated from all tables together.

/** Key: `room/name`. A code is never reused for another meaning. */
export type CodeTable = Readonly<Record<string, CodeEntry>>;

export interface CodeEntry {
  /** One sentence: what is wrong when this code is shown. */
  readonly meaning: string;
  /** One sentence: what the reader should do. */
  readonly remedy: string;
}
