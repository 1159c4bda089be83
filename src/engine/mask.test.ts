import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import { createMask } from './mask.ts';

const masked = (secret: string, text: string): string => {
  const mask = createMask();
  mask.add(secret);
  return mask.text(text);
};

describe('masking', () => {
  const secret = 'pa$$ word/+"x';
  it.each([
    ['as it is', `a ${secret} b`],
    ['URL-encoded', encodeURIComponent(secret)],
    ['with plus for blanks', encodeURIComponent(secret).replaceAll('%20', '+')],
    ['inside JSON', JSON.stringify({ password: secret })],
  ])('hides a secret %s', (_, text) => {
    const shown = masked(secret, text);
    expect(shown).toContain('***');
    expect(shown).not.toContain('pa$$');
    expect(shown).not.toContain('word/');
  });

  it.each([0, 1, 2, 3, 4, 5])('hides a secret in base64 behind %i other bytes', (before) => {
    const encoded = Buffer.from('x'.repeat(before) + secret + 'tail').toString('base64');
    const certain = Buffer.from(secret).toString('base64').slice(4, -4);
    expect(masked(secret, encoded)).toContain('***');
    if (before % 3 === 0) expect(masked(secret, encoded)).not.toContain(certain);
  });

  it('hides each line of a secret of several lines', () => {
    expect(masked('first line\nsecond line\n', 'log: second line')).toBe('log: ***');
  });

  it('prefers the longer secret, and leaves one too short to hide anything', () => {
    const mask = createMask();
    for (const s of ['abc', 'abcdef', 'ab']) mask.add(s);
    expect(mask.text('abcdef ab abc')).toBe('*** ab ***');
  });

  it('never leaves a secret in a text, whatever surrounds it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 3 }), fc.string(), fc.string(), (s, a, b) => {
        const text = `${a}\u0000${s}\u0000${b}`;
        fc.pre(!s.includes('*'));
        expect(masked(s, text)).not.toContain(s);
      }),
      { numRuns: fuzzRuns(300) },
    );
  });
});
