import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { SourceText } from '../diagnostics/source.ts';
import { field, object, required } from './object-shape.ts';
import { readYaml } from './read.ts';
import { readingOf } from './reading.ts';
import { boolean, choice, duration, integer, listOf, text, textList, textMap, tree, type Shape } from './shape.ts';

const read = <T>(shape: Shape<T>, yaml: string) => {
  const diagnostics: Diagnostic[] = [];
  const source = new SourceText('f.yaml', yaml);
  const report = (d: Diagnostic): void => void diagnostics.push(d);
  const [document] = readYaml(source, report);
  if (document?.root === undefined) return expect.unreachable();
  return { value: shape.read(document.root, readingOf(document, source, report)), diagnostics };
};

const brief = (d: Diagnostic): string => {
  const { line, column } = d.at?.source.position(d.at.start) ?? { line: 0, column: 0 };
  return `${line}:${column} ${d.severity} ${d.code}`;
};

const box = object(
  'a box',
  {
    name: required(text, 'Its name.', { notNamed: ['title'] }),
    size: field(integer, 'Its size.'),
    open: field(boolean, 'Whether it is open.'),
    wait: field(duration, 'How long.'),
    color: field(choice(['Red', 'Green'], { also: { rot: 'Red' } }), 'Its colour.'),
    tags: field(textList, 'Tags.'),
    env: field(textMap, 'Variables.'),
    extra: field(tree, 'Anything.'),
    boxes: field(listOf(object('an inner box', { name: required(text, 'Its name.') })), 'Boxes in it.'),
    old: field(text, 'Once used.', { noEffect: 'nothing reads it' }),
  },
  { misplaced: { parent: 'It belongs outside.' } },
);

describe('a shape reads', () => {
  it.each([
    [
      'name: a\nsize: "3"\nopen: "true"\nwait: 1h 30m\ncolor: Red\n',
      { name: 'a', size: '3', open: 'true', wait: '1h 30m', color: 'Red' },
    ],
    [
      'name: <+input>\nsize: <+a>\nopen: <+b>\nwait: <+c>\ncolor: <+d>\n',
      { name: '<+input>', size: '<+a>', open: '<+b>', wait: '<+c>', color: '<+d>' },
    ],
    ['name: a\nsize:\nopen: ~\nwait: ""\ncolor: null\n', { name: 'a' }],
  ])('%j', (yaml, wanted) => {
    const { value, diagnostics } = read(box, yaml);
    expect(diagnostics).toEqual([]);
    expect(Object.fromEntries(Object.entries(value ?? {}).map(([k, v]) => [k, 'text' in v ? v.text : v]))).toEqual(
      wanted,
    );
  });

  it('a list given as one text, and leaves out empty items', () => {
    expect(read(textList, 'a').value?.items.map((v) => v.text)).toEqual(['a']);
    expect(read(textList, '[a, "", ~, b]').value?.items.map((v) => v.text)).toEqual(['a', 'b']);
  });

  it('a map of text with scalars as they are written', () => {
    const { value, diagnostics } = read(textMap, 'A: true\nB: 8080\nC:\n__proto__: x\n');
    expect(diagnostics).toEqual([]);
    expect(Object.entries(value?.entries ?? {}).map(([k, v]) => [k, v.value.text])).toEqual([
      ['A', 'true'],
      ['B', '8080'],
      ['C', ''],
      ['__proto__', 'x'],
    ]);
  });

  it('a map of text given by an expression', () => {
    expect(read(textMap, '<+input>').value?.whole?.text).toBe('<+input>');
  });

  it('other capitals of a choice, with a warning', () => {
    const { value, diagnostics } = read(box, 'name: a\ncolor: GREEN\n');
    expect(value?.color?.text).toBe('Green');
    expect(diagnostics.map(brief)).toEqual(['2:8 warning yaml/choice-spelling']);
    expect(read(box, 'name: a\ncolor: rot\n').value?.color?.text).toBe('Red');
  });
});

describe('a shape reports', () => {
  it.each([
    {
      name: 'a text where a map is needed',
      yaml: 'box',
      faults: ['1:1 error yaml/wrong-type'],
      says: 'not the text `box`',
    },
    {
      name: 'an expression where a map is needed',
      yaml: '<+input>',
      faults: ['1:1 error yaml/wrong-type'],
      says: 'an expression cannot give it',
    },
    {
      name: 'a list where text is needed',
      yaml: 'name: [a]',
      faults: ['1:7 error yaml/wrong-type'],
      says: '`name` must be text, not a list',
    },
    {
      name: 'a near name',
      yaml: 'name: a\nsizee: 3',
      faults: ['2:1 error yaml/unknown-key'],
      hint: 'Did you mean `size`?',
    },
    {
      name: 'a name that is near none',
      yaml: 'name: a\nzebra: 3',
      faults: ['2:1 warning yaml/unknown-key'],
      hint: 'Known are name, size',
    },
    { name: 'a name of another system', yaml: 'title: a', faults: ['1:1 error yaml/wrong-name'], hint: 'Write name.' },
    {
      name: 'a key that belongs elsewhere',
      yaml: 'name: a\nparent: b',
      faults: ['2:1 warning yaml/unknown-key'],
      hint: 'It belongs outside.',
    },
    {
      name: 'a field without effect',
      yaml: 'name: a\nold: b',
      faults: ['2:1 note yaml/no-effect'],
      says: 'nothing reads it',
    },
    { name: 'a missing field', yaml: 'size: 3', faults: ['1:1 error yaml/missing-field'], says: 'a box needs `name`' },
    {
      name: 'an empty field',
      yaml: 'name:\nsize: 3',
      faults: ['1:1 error yaml/missing-field'],
      says: '`name` is empty',
    },
    {
      name: 'a missing field of an inner map at its key',
      yaml: 'name: a\nboxes:\n  - {}\n',
      faults: ['2:1 error yaml/missing-field'],
      says: 'an inner box needs `name`',
    },
    { name: 'a word where a number is needed', yaml: 'name: a\nsize: big', faults: ['2:7 error yaml/bad-number'] },
    { name: 'yes where true is needed', yaml: 'name: a\nopen: yes', faults: ['2:7 error yaml/bad-boolean'] },
    {
      name: 'a duration without unit',
      yaml: 'name: a\nwait: 90',
      faults: ['2:7 error yaml/bad-duration'],
      hint: '90s',
    },
    {
      name: 'an unknown choice',
      yaml: 'name: a\ncolor: Blue',
      faults: ['2:8 error yaml/unknown-choice'],
      hint: 'Use one of Red, Green.',
    },
    {
      name: 'a mistyped choice',
      yaml: 'name: a\ncolor: Gren',
      faults: ['2:8 error yaml/unknown-choice'],
      hint: 'Did you mean Green?',
    },
    { name: 'a list in a map of text', yaml: 'name: a\nenv: {A: [1]}', faults: ['2:10 error yaml/wrong-type'] },
    {
      name: 'text that other readers change',
      yaml: 'name: 1.10\ntags: [010]\nenv: {A: yes, B: "yes"}',
      faults: [
        '1:7 warning yaml/changed-by-yaml',
        '2:8 warning yaml/changed-by-yaml',
        '3:10 warning yaml/changed-by-yaml',
      ],
    },
  ])('$name', ({ yaml, faults, says, hint }) => {
    const { diagnostics } = read(box, yaml);
    expect(diagnostics.map(brief)).toEqual(faults);
    if (says !== undefined) expect(diagnostics[0]?.message).toContain(says);
    if (hint !== undefined) expect(diagnostics[0]?.hint).toContain(hint);
  });

  it('no consequence of a line that is not YAML', () => {
    const { diagnostics } = read(box, 'name: a\nopen: b: c\nsize: x\n');
    expect(diagnostics.map(brief)).toEqual(['2:7 error yaml/nested-value', '3:7 error yaml/bad-number']);
  });

  it('at most twenty unknown keys of one map', () => {
    const yaml = Array.from({ length: 500 }, (_, i) => `zebra${i}: 1`).join('\n');
    expect(read(box, yaml).diagnostics).toHaveLength(22);
  });
});

it('a shape gives its JSON schema', () => {
  expect(object('x', { a: required(text, 'An a.'), b: field(choice(['P', 'Q']), 'A b.') }).schema).toEqual({
    type: 'object',
    properties: {
      a: { description: 'An a.', $ref: '#/$defs/text' },
      b: { description: 'A b.', anyOf: [{ enum: ['P', 'Q', '', null] }, { $ref: '#/$defs/expression' }] },
    },
    required: ['a'],
    additionalProperties: false,
  });
});
