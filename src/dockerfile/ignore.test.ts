import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { SourceText } from '../diagnostics/source.ts';
import { parseIgnore } from './ignore.ts';

const read = (text: string) => {
  const diagnostics: Diagnostic[] = [];
  return { rules: parseIgnore(new SourceText('.dockerignore', text), (d) => diagnostics.push(d)), diagnostics };
};

describe('.dockerignore', () => {
  it('reads comments, spaces, a byte order mark, and leading and trailing slashes', () => {
    const { rules } = read('\ufeff# a\n  /a/b/  \r\n\n!./c/../d\n #e');
    expect(rules.patterns).toEqual(['a/b', '!d', '#e']);
  });

  test.each([
    {
      name: 'folders with what is below',
      text: 'node_modules',
      excluded: ['node_modules', 'node_modules/a/b'],
      included: ['a/node_modules'],
    },
    { name: 'any depth', text: '**/*.log', excluded: ['a.log', 'a/b/c.log'], included: ['a.logs'] },
    {
      name: 'exceptions, the last match winning',
      text: '*\n!src\nsrc/*.md\n!src/keep.md',
      excluded: ['a', 'src/a.md'],
      included: ['src', 'src/a.ts', 'src/keep.md'],
    },
    {
      name: 'files whose names are not UTF-8',
      text: 'a\n*.x',
      excluded: ['\udcff.x', 'a/\udcff'],
      included: ['\udcff'],
    },
    { name: 'classes as RE2 reads them', text: '[[:digit:]]*', excluded: ['1a'], included: ['a1'] },
  ])('leaves out $name', ({ text, excluded, included }) => {
    const { rules } = read(text);
    expect(excluded.filter((p) => !rules.excludes(p))).toEqual([]);
    expect(included.filter((p) => rules.excludes(p))).toEqual([]);
  });

  test.each([
    { name: 'enters no excluded folder without exceptions', text: 'a', folder: 'a', enter: false },
    { name: 'enters the way to an exception', text: '*\n!a/b/c', folder: 'a/b', enter: true },
    { name: 'does not enter beside the way', text: '*\n!a/b/c', folder: 'a/x', enter: false },
    { name: 'does not enter deeper than an exception reaches', text: '*\n!*/b', folder: 'a/x', enter: false },
    { name: 'enters everything for an exception at any depth', text: '*\n!**/b', folder: 'a/x', enter: true },
    { name: 'keeps to the fixed part before any depth', text: '*\n!src/**/b', folder: 'docs', enter: false },
    { name: 'follows wildcards part by part', text: '*\n!a*/b', folder: 'ab', enter: true },
  ])('a walk $name', ({ text, folder, enter }) => {
    expect(read(text).rules.mayIncludeBelow(folder)).toBe(enter);
  });

  it('reports malformed patterns at their place and keeps the others', () => {
    const { rules, diagnostics } = read('a\n[b\n!\nc\\\n[z-a]\nd');
    expect(rules.patterns).toEqual(['a', 'd']);
    expect(diagnostics.map((d) => d.at?.source.position(d.at.start).line)).toEqual([2, 3, 4, 5]);
    expect(new Set(diagnostics.map((d) => d.code))).toEqual(new Set(['dockerfile/bad-ignore-pattern']));
  });

  it('judges 20,000 files of 1,000 folders by 30 patterns in under a second', () => {
    const { rules } = read(
      Array.from({ length: 10 }, (_, i) => `**/*.tmp${i}\nlogs${i}/*.log\n!keep${i}/**/x?.md`).join('\n'),
    );
    const start = performance.now();
    for (let folder = 0; folder < 1000; folder++)
      for (let file = 0; file < 20; file++) rules.excludes(`src/part${folder}/deep/file-${file}.ts`);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('is not slowed down by patterns made to retry', () => {
    const { rules } = read(`${'*a'.repeat(30)}b\n${'**/a/'.repeat(20)}b`);
    const start = performance.now();
    rules.excludes('a/'.repeat(200) + 'a'.repeat(200));
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it('never throws, and prunes no folder below which something comes back', () => {
    const part = fc.constantFrom('a', 'b', '*', '**', '?', '[ab]', 'a*', '\\a', '[', '!');
    const pattern = fc
      .tuple(fc.constantFrom('', '!', '/'), fc.array(part, { minLength: 1, maxLength: 4 }))
      .map(([p, parts]) => p + parts.join('/'));
    const path = fc.array(fc.constantFrom('a', 'b', 'ab', 'c'), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 5 }), path, (patterns, parts) => {
        const { rules } = read(patterns.join('\n'));
        const folders = parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('/'));
        const pruned = folders.some((f) => rules.excludes(f) && !rules.mayIncludeBelow(f));
        if (pruned) expect(rules.excludes(parts.join('/'))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
