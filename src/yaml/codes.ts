import type { CodeTable } from '../base/codes.ts';

export const yamlCodes = {
  'yaml/too-large': {
    meaning: 'The text is longer than a YAML file that Slipway reads.',
    remedy: 'Split the file, or check that it is the file you meant.',
  },
  'yaml/too-deep': {
    meaning: 'Lists and maps are nested deeper than Slipway reads.',
    remedy: 'Flatten the structure; 100 levels are read.',
  },
  'yaml/syntax': {
    meaning: 'The text is not YAML at this place.',
    remedy: 'Correct the line that is shown.',
  },
  'yaml/unquoted-expression': {
    meaning: 'A value with an expression holds characters that mean something else in YAML, and has no quotes.',
    remedy: 'Put the whole value in single quotes.',
  },
  'yaml/nested-value': {
    meaning: 'A second `key:` stands on the line of a value.',
    remedy: 'Start a new, indented line for a nested map, or quote the value.',
  },
  'yaml/tab-indent': {
    meaning: 'A line is indented with a tab.',
    remedy: 'Indent with blanks; tabs are allowed inside values and comments.',
  },
  'yaml/bad-indent': {
    meaning: 'The indentation of a line fits neither the entries above it nor a nested value.',
    remedy: 'Align the line with its siblings.',
  },
  'yaml/unclosed-quote': {
    meaning: 'A quote is opened and never closed.',
    remedy: 'Add the closing quote at the end of the value.',
  },
  'yaml/reserved-start': {
    meaning: 'A value without quotes starts with a character that YAML keeps for itself.',
    remedy: 'Put the value in quotes.',
  },
  'yaml/bad-escape': {
    meaning: 'A backslash in a double-quoted value is not followed by an escape that YAML knows.',
    remedy: 'Double the backslash, or use single quotes.',
  },
  'yaml/more-faults': {
    meaning: 'The text has more syntax faults than are shown.',
    remedy: 'Correct those shown and check again.',
  },
  'yaml/duplicate-key': {
    meaning: 'A map has the same key twice.',
    remedy: 'Remove or rename one: YAML readers differ in which of the two they keep.',
  },
  'yaml/bad-key': {
    meaning: 'A key is a list, a map or empty.',
    remedy: 'Write a name as key; quote text that starts with `{` or `[`.',
  },
  'yaml/unknown-alias': {
    meaning: 'An alias `*name` has no anchor `&name` before it.',
    remedy: 'Define the anchor above, or quote the value if it is meant as text.',
  },
  'yaml/alias-loop': {
    meaning: 'An alias stands inside the value of its own anchor.',
    remedy: 'Write the inner value out.',
  },
  'yaml/alias-limit': {
    meaning: 'Aliases repeat so much that the document would grow beyond what Slipway reads.',
    remedy: 'Write fewer or smaller aliases.',
  },
  'yaml/bad-merge': {
    meaning: 'The merge key `<<` is given something that is not a map or a list of maps.',
    remedy: 'Give it an alias of a map.',
  },
  'yaml/unknown-tag': {
    meaning: 'A value has a tag that Slipway does not know; it is read without it.',
    remedy: 'Remove the tag.',
  },
  'yaml/changed-by-yaml': {
    meaning: 'A value without quotes is text here, but other YAML readers change it.',
    remedy: 'Quote it, so that every reader sees the same text.',
  },
  'yaml/unknown-key': {
    meaning: 'A key is not known at this place.',
    remedy: 'Use the name that is suggested, or remove the key.',
  },
  'yaml/wrong-name': {
    meaning: 'A key has another name at this place.',
    remedy: 'Use the name that is given.',
  },
  'yaml/no-effect': {
    meaning: 'A field of Harness is set that changes nothing in Slipway.',
    remedy: 'Nothing to do; the message says why.',
  },
  'yaml/missing-field': {
    meaning: 'A required field is missing or empty.',
    remedy: 'Add it.',
  },
  'yaml/wrong-type': {
    meaning:
      'A value has another form than is needed: text where a map is needed, a list where text is needed, and so on.',
    remedy: 'Write it in the form that is named.',
  },
  'yaml/bad-boolean': {
    meaning: 'A value is neither true nor false.',
    remedy: 'Write true or false.',
  },
  'yaml/bad-number': {
    meaning: 'A value is not a whole number, or is out of range.',
    remedy: 'Write digits only.',
  },
  'yaml/bad-duration': {
    meaning: 'A value is not a duration.',
    remedy: 'Write it like 90s, 10m or 1h 30m.',
  },
  'yaml/unknown-choice': {
    meaning: 'A value is not one of those allowed at this place.',
    remedy: 'Use one of the values that are listed.',
  },
  'yaml/choice-spelling': {
    meaning: 'A value is spelled with other capitals than Harness uses; it is read all the same.',
    remedy: 'Use the spelling that is shown.',
  },
} as const satisfies CodeTable;
