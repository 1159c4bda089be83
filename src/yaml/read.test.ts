import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { SourceText } from '../diagnostics/source.ts';
import type { YamlNode } from './node.ts';
import { readYaml } from './read.ts';

const read = (text: string) => {
  const diagnostics: Diagnostic[] = [];
  const documents = readYaml(new SourceText('f.yaml', text), (d) => diagnostics.push(d));
  return { documents, diagnostics };
};

/** The tree as plain data. */
const plain = (node: YamlNode | undefined): unknown => {
  if (node === undefined) return undefined;
  if (node.kind === 'scalar') return node.text;
  if (node.kind === 'list') return node.items.map(plain);
  return Object.fromEntries(node.entries.map((e) => [e.name, plain(e.value)]));
};

const brief = (d: Diagnostic): string => {
  const { line, column } = d.at?.source.position(d.at.start) ?? { line: 0, column: 0 };
  return `${line}:${column} ${d.code}`;
};

const scalars = (node: YamlNode | undefined): (YamlNode & { kind: 'scalar' })[] => {
  if (node === undefined) return [];
  if (node.kind === 'scalar') return [node];
  return node.kind === 'list' ? node.items.flatMap(scalars) : node.entries.flatMap((e) => scalars(e.value));
};

describe('a text is read', () => {
  it.each([
    {
      name: 'with plain scalars as they are written',
      text: 'a: 010\nb: 1.10\nc: yes\nd: 0x1F',
      tree: { a: '010', b: '1.10', c: 'yes', d: '0x1F' },
    },
    {
      name: 'with quoted and block scalars unescaped',
      text: "a: \"x\\ty\"\nb: 'it''s'\nc: |\n  1\n  2\nd: >-\n  1\n  2\n",
      tree: { a: 'x\ty', b: "it's", c: '1\n2\n', d: '1 2' },
    },
    { name: 'with aliases and anchors', text: 'a: &x {k: v}\nb: *x\n', tree: { a: { k: 'v' }, b: { k: 'v' } } },
    {
      name: 'with merge keys, the own entries first',
      text: 'a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}\n',
      tree: { a: { k: '1', l: '2' }, b: { k: '3', l: '2' } },
    },
    {
      name: 'with a list of merges, the earlier first',
      text: 'a: &x {k: 1}\nb: &y {k: 2, l: 2}\nc:\n  <<: [*x, *y]\n',
      tree: { a: { k: '1' }, b: { k: '2', l: '2' }, c: { k: '1', l: '2' } },
    },
    {
      name: 'with keys that are numbers and booleans',
      text: '1: a\ntrue: b\n"x y": c\n',
      tree: { 1: 'a', true: 'b', 'x y': 'c' },
    },
    { name: 'with Windows line ends', text: 'a: 1\r\nb: |\r\n  x\r\n  y\r\n', tree: { a: '1', b: 'x\ny\n' } },
    { name: 'with tabs in values and comments', text: 'a: x\ty\t# tab\there\n', tree: { a: 'x\ty' } },
    { name: 'with a byte order mark', text: '\uFEFFa: 1\n', tree: { a: '1' } },
    {
      name: 'with a key that names the prototype',
      text: '__proto__: {polluted: 1}\nconstructor: 2\n',
      tree: Object.fromEntries([
        ['__proto__', { polluted: '1' }],
        ['constructor', '2'],
      ]),
    },
  ])('$name', ({ text, tree }) => {
    const { documents, diagnostics } = read(text);
    expect(diagnostics).toEqual([]);
    expect(plain(documents[0]?.root)).toEqual(tree);
  });

  it('as several documents, some of comments only', () => {
    const { documents, diagnostics } = read('# one\n---\na: 1\n---\n# nothing\n---\nb: 2\n');
    expect(diagnostics).toEqual([]);
    expect(documents.map((d) => plain(d.root))).toEqual([{ a: '1' }, undefined, { b: '2' }]);
  });

  it('with paths and places', () => {
    const { documents } = read('a:\n  - b: "x"\n    c.d: y\n');
    const found = scalars(documents[0]?.root).map((s) => [s.path, s.at.source.position(s.at.start)]);
    expect(found).toEqual([
      ['a[0].b', { line: 2, column: 8 }],
      ['a[0]["c.d"]', { line: 3, column: 10 }],
    ]);
  });

  it.each([
    { name: 'a plain scalar', text: 'a: v.<+x>\n', start: 3 },
    { name: 'a quoted scalar', text: "a: 'v.<+x>'\n", start: 4 },
    { name: 'a block of one line', text: 'a: |-\n    v.<+x>\n', start: 10 },
    { name: 'a quoted scalar with escapes', text: 'a: "v\\t<+x>"\n', start: undefined },
    { name: 'a block of several lines', text: 'a: |\n  v\n  <+x>\n', start: undefined },
  ])('with the start of the text of $name', ({ text, start }) => {
    expect(scalars(read(text).documents[0]?.root)[0]?.textStart).toBe(start);
  });
});

describe('a fault is reported with its place', () => {
  it.each([
    {
      name: 'an expression without quotes',
      text: 'a: <+x ? "a" : "b">\nb: 1\n',
      faults: ['1:4 yaml/unquoted-expression'],
      hint: `a: '<+x ? "a" : "b">'`,
    },
    {
      name: 'an expression with quotes of its own in a list',
      text: '- <+x ? "y" : "z">\n- b\n',
      faults: ['1:3 yaml/unquoted-expression'],
      hint: `- '<+x ? "y" : "z">'`,
    },
    {
      name: 'an expression in brackets',
      text: 'a: [<+y["z"]>]\nb: c\n',
      faults: ['1:4 yaml/unquoted-expression'],
      hint: 'each item',
    },
    {
      name: 'a quoted text that goes on after the quote',
      text: 'a: "<+x>" + "y"\nb: 1\n',
      faults: ['1:4 yaml/unquoted-expression'],
      hint: `a: '"<+x>" + "y"'`,
    },
    { name: 'a text after the quote', text: "a: 'it's'\nb: 1\n", faults: ['1:8 yaml/syntax'], hint: "''" },
    { name: 'a value with a second colon', text: 'a: b: c\nd: e\n', faults: ['1:4 yaml/nested-value'], hint: 'quotes' },
    {
      name: 'a map below a value',
      text: 'a: b\n  c: d\n',
      faults: ['1:4 yaml/nested-value'],
      hint: 'Align the next line',
    },
    { name: 'a tab that indents', text: 'a:\n\tb: 1\n', faults: ['2:1 yaml/tab-indent'], hint: 'blanks' },
    {
      name: 'a line between two columns',
      text: 'a:\n    b: 1\n  c: 2\n',
      faults: ['3:3 yaml/bad-indent'],
      hint: 'Align',
    },
    {
      name: 'a quote that is never closed',
      text: 'a: "open\nb: 1\nc: 2\n',
      faults: ['1:4 yaml/unclosed-quote'],
      hint: 'closing quote',
    },
    {
      name: 'a value that starts with a reserved sign',
      text: 'a: @scope/name\nb: `x`\n',
      faults: ['1:4 yaml/reserved-start', '2:4 yaml/reserved-start'],
      hint: "'@scope/name'",
    },
    { name: 'an escape that is none', text: 'a: "C:\\dir"\n', faults: ['1:7 yaml/bad-escape'], hint: 'single quotes' },
    { name: 'a missing bracket', text: 'a: [1, 2\nb: 1\n', faults: ['2:1 yaml/syntax'], hint: 'Close the bracket' },
    {
      name: 'a missing blank after the colon',
      text: 'a:1\nb: 2\n',
      faults: ['1:1 yaml/syntax'],
      hint: 'blank after the colon',
    },
    { name: 'a map after a list', text: '- a\nb: c\nd: e\n', faults: ['2:1 yaml/syntax'], hint: 'indentation' },
    { name: 'a duplicate key', text: 'a: 1\nb: 2\na: 3\n', faults: ['3:1 yaml/duplicate-key'], hint: 'Remove' },
    { name: 'an alias without anchor', text: 'a: &x 1\nb: *y\n', faults: ['2:4 yaml/unknown-alias'], hint: '&x' },
    { name: 'an alias inside its anchor', text: 'a: &x\n  b: *x\n', faults: ['2:6 yaml/alias-loop'] },
    { name: 'a merge of text', text: 'a:\n  <<: text\n', faults: ['2:3 yaml/bad-merge'] },
    { name: 'a template sign as key', text: '{{ x }}: 1\n', faults: ['1:1 yaml/bad-key'], hint: 'Quote' },
    { name: 'an empty key', text: ': x\n', faults: ['1:1 yaml/bad-key'] },
    { name: 'an unknown tag', text: 'a: !!js/function x\n', faults: ['1:18 yaml/unknown-tag'] },
    { name: 'a fault after a byte order mark', text: '\uFEFFa: @\n', faults: ['1:4 yaml/reserved-start'] },
  ])('$name', ({ text, faults, hint }) => {
    const { diagnostics } = read(text);
    expect(diagnostics.map(brief)).toEqual(faults);
    if (hint !== undefined) expect(diagnostics[0]?.hint).toContain(hint);
  });

  it('a duplicate key names the first place too', () => {
    const [fault] = read('x:\n  a: 1\n  a: 2\n').diagnostics;
    expect(fault?.path).toBe('x.a');
    expect(fault?.related?.map((r) => r.at.source.position(r.at.start))).toEqual([{ line: 2, column: 3 }]);
  });

  it('and what follows the faulty value is read', () => {
    const { documents } = read('a: <+x ? "1" : "2">\nb: "open\nc:\n  d: 1\ne: k: v\nf: 2\n');
    expect(plain(documents[0]?.root)).toEqual({ a: '<+x ? "1" : "2">', b: '"open', c: { d: '1' }, e: 'k: v', f: '2' });
    expect(documents[0]?.faults).toHaveLength(3);
  });

  it('but no more than fifty, with the number of the rest', () => {
    const { diagnostics } = read('a: @\n'.repeat(80).replaceAll(/a/g, () => `k${Math.random()}`));
    expect(diagnostics).toHaveLength(51);
    expect(diagnostics.at(-1)).toMatchObject({
      code: 'yaml/more-faults',
      message: '30 more lines of f.yaml are not YAML',
    });
  });
});

describe('hostile text is answered fast', () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...Array.from('bcdefghij').map((c, i) => `${c}: &${c} [${`*${'abcdefghi'[i]},`.repeat(9)}]`),
  ];
  it.each([
    { name: 'ten megabytes', text: 'a: b\n'.repeat(2_000_000), code: 'yaml/too-large' },
    { name: '100,000 brackets', text: '['.repeat(100_000), code: 'yaml/too-deep' },
    { name: '100,000 flow maps', text: '{a: '.repeat(100_000), code: 'yaml/too-deep' },
    { name: '20,000 dashes', text: '- '.repeat(20_000), code: 'yaml/too-deep' },
    {
      name: 'deep blocks',
      text: Array.from({ length: 500 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
      code: 'yaml/too-deep',
    },
    { name: 'an alias bomb', text: bomb.join('\n'), code: 'yaml/alias-limit' },
    { name: '200,000 aliases', text: `a: &a 1\nb: [${'*a, '.repeat(200_000)}]`, code: 'yaml/alias-limit' },
    {
      name: 'a chain of nested aliases',
      text: Array.from({ length: 3000 }, (_, i) => `k${i}: &a${i} [*a${i - 1}]`)
        .join('\n')
        .replace('*a-1', 'x'),
      code: 'yaml/alias-limit',
    },
    { name: '50,000 equal keys', text: 'a: 1\n'.repeat(50_000), code: 'yaml/duplicate-key' },
    { name: 'a megabyte of signs', text: '}{][,:&*!|>%@`"\'\n\t'.repeat(55_000), code: 'yaml/syntax' },
    { name: 'half a megabyte of quotes', text: '"'.repeat(500_000), code: 'yaml/syntax' },
  ])('$name', { timeout: 30_000 }, ({ text, code }) => {
    expect(read(text).diagnostics.map((d) => d.code)).toContain(code);
  });

  it('a map with 20,000 keys is read', () => {
    const { documents, diagnostics } = read(Array.from({ length: 20_000 }, (_, i) => `k${i}: v`).join('\n'));
    expect(diagnostics).toEqual([]);
    expect(documents[0]?.root).toMatchObject({ kind: 'map', entries: { length: 20_000 } });
  });
});

describe('any text', () => {
  const pieces = fc.array(
    fc.constantFrom(
      'a',
      'key',
      ': ',
      ':',
      '- ',
      '\n',
      '\n  ',
      '\n    ',
      '"',
      "'",
      '<+x>',
      '<+a["b"] ? "c" : "d">',
      '[',
      ']',
      '{',
      '}',
      ', ',
      '&a ',
      '*a',
      '<<: *a',
      '|\n',
      '>-\n',
      '#',
      '\t',
      '---\n',
      '!!x ',
      '%',
      '\uFEFF',
      '\r\n',
      '?',
      '\u{1F600}',
      '\0',
      '\\',
      '…',
    ),
    { maxLength: 60 },
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    pieces.map((p) => p.join('')),
  );

  it('is read without an exception, and every span lies in it', () => {
    fc.assert(
      fc.property(text, (input) => {
        const { documents, diagnostics } = read(input);
        const check = (start: number, end: number): void => {
          expect(start).toBeGreaterThanOrEqual(0);
          expect(end).toBeGreaterThanOrEqual(start);
          expect(end).toBeLessThanOrEqual(input.length);
        };
        for (const d of diagnostics) {
          if (d.at !== undefined) check(d.at.start, d.at.end);
          for (const r of d.related ?? []) check(r.at.start, r.at.end);
        }
        for (const document of documents) {
          for (const s of scalars(document.root)) {
            check(s.at.start, s.at.end);
            if (s.textStart !== undefined) expect(input.slice(s.textStart, s.textStart + s.text.length)).toBe(s.text);
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  it('written as JSON comes back as it was', () => {
    const tree = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.string(),
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(
          fc.string({ minLength: 1 }).filter((k) => k !== '<<'),
          tie('tree'),
          { maxKeys: 4 },
        ),
      ),
    })).tree;
    fc.assert(
      fc.property(tree, (value) => {
        const { documents, diagnostics } = read(JSON.stringify(value));
        expect(diagnostics).toEqual([]);
        expect(plain(documents[0]?.root)).toEqual(value);
      }),
      { numRuns: 200 },
    );
  });
});
