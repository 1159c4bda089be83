import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { expand, heredocExpansion, isBadExpansion } from './expand.ts';

const variables = new Map([
  ['x', 'value'],
  ['empty', ''],
  ['file', '/a/b.tar.gz'],
  ['words', 'one two'],
  ['newlines', 'a\nb'],
]);

const text = (word: string, escape: '\\' | '`' = '\\'): string => {
  const result = expand(word, variables, { escape });
  return isBadExpansion(result) ? `bad: ${result.problem}` : result.text;
};

describe('expansion', () => {
  test.each([
    ['reads plain and braced names', '$x-${x}', 'value-value'],
    ['makes unset variables empty', 'a${no}b$no', 'ab'],
    ['takes the default when unset', '${no-d}${empty-d}', 'd'],
    ['takes the default when unset or empty with a colon', '${no:-d}${empty:-d}${x:-d}', 'ddvalue'],
    ['takes the alternative when set', '${x+a}${empty+a}${no+a}', 'aa'],
    ['takes the alternative when not empty with a colon', '${x:+a}${empty:+a}', 'a'],
    ['nests', '${no:-${empty:-${x}}}', 'value'],
    ['says the message of a missing value', '${no:?give it}', 'bad: no: give it'],
    ['has a message of its own', '${empty:?}', 'bad: empty: is not allowed to be empty'],
    ['allows an empty value without a colon', '[${empty?}]', '[]'],
    ['removes the shortest prefix', '${file#*/}', 'a/b.tar.gz'],
    ['removes the longest prefix', '${file##*/}', 'b.tar.gz'],
    ['removes the shortest suffix', '${file%.*}', '/a/b.tar'],
    ['removes the longest suffix', '${file%%.*}', '/a/b'],
    ['replaces the first match', '${file/a/A}', '/A/b.tar.gz'],
    ['replaces every match', '${file//?a/-}', '-/b.-r.gz'],
    ['replaces with nothing', '${file//./}', '/a/btargz'],
    ['does not let a wildcard cross a line end', '${newlines/a*b/-}', 'a\nb'],
    ['leaves single quotes literal', "'$x'", '$x'],
    ['expands in double quotes', '"$x  y"', 'value  y'],
    ['lets an escape protect', '\\$x "\\$x" \\a', '$x $x a'],
    ['keeps an escape before other characters in double quotes', '"\\a"', '\\a'],
    ['keeps a dollar that names nothing', 'a$ $', 'a$ $'],
    ['knows the special parameters, which are empty', 'a$@$?$1b', 'ab'],
    ['refuses an open quote', 'a"b', 'bad: a double quote (") is not closed'],
    ['refuses an open brace', '${x', 'bad: "}" is missing after "${"'],
    ['refuses what only other shells have', '${x^^}', 'bad: ${x^…} is not a substitution that Dockerfiles have'],
  ])('%s: %s', (_, word, expected) => {
    expect(text(word)).toBe(expected);
  });

  it('escapes with a backtick when the file says so', () => {
    expect(text('`$x C:\\dir\\$x', '`')).toBe('$x C:\\dir\\value');
  });

  it('splits words after expanding, not inside quotes, and keeps what stands before a default', () => {
    const result = expand('$words "$words" 8${no:-0}', variables, { escape: '\\' });
    expect(result).toMatchObject({ words: ['one', 'two', 'one two', '80'] });
  });

  it('keeps quotes in heredocs', () => {
    expect(expand('"$x" \\$x', variables, heredocExpansion)).toMatchObject({ text: '"value" $x' });
  });

  it('tells which variables were unset', () => {
    const result = expand('$x ${no:-a} $also', variables, { escape: '\\' });
    expect(!isBadExpansion(result) && [...result.unset]).toEqual(['no', 'also']);
  });

  it.each([
    ['deep nesting', `${'${a:-'.repeat(5000)}${'}'.repeat(5000)}`],
    ['values that multiply', '${big//a/$big}'.repeat(50)],
    ['patterns that retry', '${big//*b*b*b*b*c/x}'],
    ['patterns with many wildcards', `\${big##${'*?'.repeat(2000)}c}`],
  ])('ends soon for %s', (_, word) => {
    const start = performance.now();
    expand(word, new Map([['big', 'a'.repeat(50_000)]]), { escape: '\\' });
    expect(performance.now() - start).toBeLessThan(3000);
  });

  it('never throws', () => {
    const piece = fc.constantFrom(
      '$',
      '{',
      '}',
      ':',
      '-',
      '%',
      '#',
      '/',
      '\\',
      '"',
      "'",
      'x',
      '${x',
      '<',
      ' ',
      '`',
      '?',
      '*',
    );
    const word = fc.oneof(
      fc.string(),
      fc.array(piece).map((p) => p.join('')),
    );
    fc.assert(
      fc.property(word, fc.boolean(), fc.boolean(), fc.boolean(), (w, keepQuotes, keepEscapes, keepUnset) => {
        expand(w, variables, { escape: '\\', keepQuotes, keepEscapes, keepUnset });
      }),
      { numRuns: 500 },
    );
  });

  it('leaves text without special characters as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('abc é😀/.-_=:,')) }), (word) => {
        expect(text(word)).toBe(word);
      }),
      { numRuns: 200 },
    );
  });
});
