import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import { isTag } from '../refs/reference.ts';
import { showText, type Text } from '../refs/text.ts';
import { autoTags, expandedTags, tagProblem } from './tags.ts';
import { splitPair, splitText, trimText } from './text-list.ts';

describe('autoTags', () => {
  it.each<{ name: string; ref?: string; branch?: string; suffix?: string; expected: ReturnType<typeof autoTags> }>([
    { name: 'a version gives three tags', ref: 'refs/tags/v1.2.3', expected: { tags: ['1', '1.2', '1.2.3'] } },
    { name: 'a major version 0 is no tag', ref: 'refs/tags/0.9.0', expected: { tags: ['0.9', '0.9.0'] } },
    { name: 'a pre-release is itself only', ref: 'refs/tags/v1.0.0-rc.1', expected: { tags: ['1.0.0-rc.1'] } },
    { name: 'build metadata loses its plus', ref: 'refs/tags/v1.0.0+7', expected: { tags: ['1.0.0-7'] } },
    { name: 'the default branch is latest', ref: 'refs/heads/main', branch: 'main', expected: { tags: ['latest'] } },
    {
      name: 'the suffix alone stands for the default branch',
      ref: 'refs/heads/main',
      branch: 'main',
      suffix: 'arm64',
      expected: { tags: ['arm64'] },
    },
    { name: 'nothing known is the default branch', expected: { tags: ['latest'] } },
    {
      name: 'another branch is skipped',
      ref: 'refs/heads/dev',
      branch: 'main',
      expected: { skip: 'auto_tag builds git tags and the default branch only, and this is "dev", not "main"' },
    },
    {
      name: 'a tag that is no version is a fault',
      ref: 'refs/tags/release',
      expected: { problem: 'auto_tag needs a git tag like v1.2.3, and this is "release"' },
    },
    {
      name: 'two numbers are no version',
      ref: 'refs/tags/v1.2',
      expected: { problem: 'auto_tag needs a git tag like v1.2.3, and this is "v1.2"' },
    },
  ])('$name', ({ ref, branch, suffix, expected }) => {
    expect(autoTags(ref, branch, suffix ?? '')).toEqual(expected);
  });
});

describe('expandedTags', () => {
  it.each([
    { tag: 'v1', expected: ['1', '1.0', '1.0.0'] },
    { tag: 'v1.2', expected: ['1', '1.2', '1.2.0'] },
    { tag: '1.2.3', expected: ['1', '1.2', '1.2.3'] },
    { tag: 'v1.2.3-rc1', expected: ['1.2.3-rc1'] },
    { tag: 'latest', expected: ['latest'] },
    { tag: '20240131-nightly', expected: ['20240131-nightly'] },
  ])('$tag', ({ tag, expected }) => {
    expect(expandedTags(tag)).toEqual(expected);
  });

  it('gives tags that a registry takes for every version', () => {
    const number = fc.nat({ max: 999 });
    fc.assert(
      fc.property(number, number, number, fc.stringMatching(/^[a-z0-9]{0,8}$/), (major, minor, patch, build) => {
        const tag = `v${major}.${minor}.${patch}${build === '' ? '' : `+${build}`}`;
        const tags = expandedTags(tag);
        expect(tags.every(isTag)).toBe(true);
        expect(tags[0]).toMatch(new RegExp(`^${major}(-|$)`));
      }),
      { numRuns: fuzzRuns(200) },
    );
  });
});

describe('tagProblem', () => {
  it.each([
    { tag: '1.2', ok: true },
    { tag: 'a'.repeat(128), ok: true },
    { tag: 'a'.repeat(129), ok: false },
    { tag: '.a', ok: false },
    { tag: 'a b', ok: false },
    { tag: '1+2', ok: false },
    { tag: '', ok: false },
  ])('$tag is allowed: $ok', ({ tag, ok }) => {
    expect(tagProblem(tag) === undefined).toBe(ok);
  });
});

const part = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constant({ secret: 'a,b;c' }),
  fc.constant({ expression: 'steps.x.output.y' }),
);
const text: fc.Arbitrary<Text> = fc.oneof(fc.string({ maxLength: 30 }), fc.array(part, { maxLength: 5 }));

describe('splitText', () => {
  it.each<{ text: Text; separator: ',' | ';'; expected: readonly Text[] }>([
    { text: 'a, b ,,c,', separator: ',', expected: ['a', 'b', 'c'] },
    { text: 'A=1,2; B=3;', separator: ';', expected: ['A=1,2', 'B=3'] },
    { text: '', separator: ',', expected: [] },
    { text: ['a,b', { secret: 's,t' }, ',c'], separator: ',', expected: ['a', ['b', { secret: 's,t' }], 'c'] },
  ])('$text at $separator', ({ text, separator, expected }) => {
    expect(splitText(text, separator)).toEqual(expected);
  });

  it('gives items that are trimmed, not blank and without separator, and keeps every late part', () => {
    fc.assert(
      fc.property(text, fc.constantFrom(',' as const, ';' as const), (value, separator) => {
        const items = splitText(value, separator);
        const late = (t: Text): number => (typeof t === 'string' ? 0 : t.filter((p) => typeof p !== 'string').length);
        expect(items.reduce((sum, item) => sum + late(item), 0)).toBe(late(value));
        for (const item of items) {
          expect(trimText(item)).toEqual(item);
          const literal = typeof item === 'string' ? item : item.filter((p) => typeof p === 'string').join('');
          expect(literal).not.toContain(separator);
          if (typeof item === 'string') expect(item).not.toBe('');
        }
        expect(splitText(items.map(showText).join(separator), separator).map(showText).length).toBeGreaterThanOrEqual(
          items.length,
        );
      }),
      { numRuns: fuzzRuns(300) },
    );
  });
});

describe('splitPair', () => {
  it.each<{ text: Text; expected: ReturnType<typeof splitPair> }>([
    { text: 'A=1=2', expected: { name: 'A', value: '1=2' } },
    { text: 'A', expected: { name: 'A', value: undefined } },
    { text: 'A=', expected: { name: 'A', value: '' } },
    { text: ['A=', { secret: 's' }], expected: { name: 'A', value: [{ secret: 's' }] } },
    { text: [{ secret: 's' }, '=1'], expected: undefined },
  ])('$text', ({ text, expected }) => {
    expect(splitPair(text)).toEqual(expected);
  });
});
