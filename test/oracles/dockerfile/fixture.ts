// Reads the fixtures that regenerate.ts wrote, and compares answers.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Fixture<Question, Answer> {
  /** What answered, with versions. */
  readonly tool: string;
  /** Variables of the expand questions, `NAME=value`. */
  readonly env: readonly string[];
  readonly cases: readonly { readonly question: Question; readonly answer: Answer }[];
}

const folder = process.env['SLIPWAY_ORACLE'] ?? join(import.meta.dirname, '../../../src/dockerfile/testdata/oracle');

export const fixture = <Question, Answer>(name: string): Fixture<Question, Answer> =>
  JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Fixture<Question, Answer>;

/** One line for each difference, so that a failure shows the question and both answers. */
export const differences = <Question, Answer>(
  cases: Fixture<Question, Answer>['cases'],
  answer: (question: Question, expected: Answer) => unknown,
): readonly string[] =>
  cases.flatMap(({ question, answer: expected }) => {
    const actual = answer(question, expected);
    return JSON.stringify(sorted(actual)) === JSON.stringify(sorted(expected))
      ? []
      : [JSON.stringify({ question, expected, actual })];
  });

/** Keys in order, absent values away. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map((v) => sorted(v));
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, v]) => v !== undefined);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, sorted(v)]));
};
