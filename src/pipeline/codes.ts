import type { CodeTable } from '../base/codes.ts';

export const resolveCodes = {
  'expression/always-true': {
    meaning: 'A condition has a text beside `||`, which always counts as true.',
    remedy: 'Repeat the comparison on both sides of `||`.',
  },
  'expression/cannot-evaluate': {
    meaning: 'An expression is well formed but has no value.',
    remedy: 'Read what the message says of the part that fails.',
  },
  'expression/late': {
    meaning: 'A value is needed before the run but depends on a step that runs later.',
    remedy: 'Use a literal, an input or a variable there.',
  },
  'expression/syntax': {
    meaning: 'An expression is not well formed.',
    remedy: 'Close every `<+` with `>`, every bracket and every quote.',
  },
  'expression/unknown-name': {
    meaning: 'An expression names something that does not exist.',
    remedy: 'Use one of the names that the message lists.',
  },
  'input/missing': {
    meaning: 'An `<+input>` has no value.',
    remedy: 'Give it with `--input name=value` or in an input file.',
  },
  'input/not-allowed': {
    meaning: 'The value of an input is not among those allowed.',
    remedy: 'Give one that the message lists.',
  },
  'input/syntax': {
    meaning: 'An `<+input>` has a suffix that means nothing.',
    remedy: 'Write .default(x), .allowedValues(a,b) or .regex(r) behind it.',
  },
  'pipeline/bad-boolean': { meaning: 'A value is neither true nor false.', remedy: 'Write true or false.' },
  'pipeline/bad-duration': { meaning: 'A value is not a duration.', remedy: 'Write it like 90s, 10m or 1h30m.' },
  'pipeline/bad-integer': { meaning: 'A value is not a whole number.', remedy: 'Write digits only.' },
  'pipeline/not-a-map': {
    meaning: 'An expression gives a text where a map is needed.',
    remedy: 'Write the map, or an expression that gives one.',
  },
} as const satisfies CodeTable;
