import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { fuzzRuns } from '../../../test/fuzz-runs.ts';
import { parseChallenges } from './challenge.ts';

describe('challenges', () => {
  test.each([
    {
      name: "Docker Hub's",
      header:
        'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
      expected: [
        {
          scheme: 'bearer',
          parameters: {
            realm: 'https://auth.docker.io/token',
            service: 'registry.docker.io',
            scope: 'repository:a/b:pull,push',
          },
        },
      ],
    },
    {
      name: 'Basic with spaces',
      header: 'Basic  realm = "a, b" ',
      expected: [{ scheme: 'basic', parameters: { realm: 'a, b' } }],
    },
    {
      name: 'two in one header',
      header: 'Bearer realm="https://a",error=invalid_token, Basic realm="b"',
      expected: [
        { scheme: 'bearer', parameters: { realm: 'https://a', error: 'invalid_token' } },
        { scheme: 'basic', parameters: { realm: 'b' } },
      ],
    },
    {
      name: 'a scheme without parameters',
      header: 'Negotiate, Basic realm=b',
      expected: [
        { scheme: 'negotiate', parameters: {} },
        { scheme: 'basic', parameters: { realm: 'b' } },
      ],
    },
    {
      name: 'a token68',
      header: 'Negotiate a87421==, Bearer realm="x"',
      expected: [
        { scheme: 'negotiate', parameters: {} },
        { scheme: 'bearer', parameters: { realm: 'x' } },
      ],
    },
    {
      name: 'escaped quotes',
      header: 'BASIC Realm="say \\"hi\\""',
      expected: [{ scheme: 'basic', parameters: { realm: 'say "hi"' } }],
    },
    {
      name: 'a quote that is not closed',
      header: 'Basic realm="open',
      expected: [{ scheme: 'basic', parameters: {} }],
    },
    { name: 'nothing', header: '', expected: [] },
  ])('reads $name', ({ header, expected }) => {
    expect(parseChallenges(header)).toEqual(expected);
  });

  it('reads any parameters back, and ends on any text', () => {
    const word = fc.stringMatching(/^[a-z]{1,8}$/);
    fc.assert(
      fc.property(
        word,
        fc.uniqueArray(fc.tuple(word, fc.string()), { selector: ([name]) => name }),
        (scheme, parameters) => {
          const clean = parameters.map(([name, value]) => [name, value.replaceAll(/[^\x20-\x7e]/g, '')] as const);
          const header = `${scheme} ${clean.map(([name, value]) => `${name}="${value.replaceAll(/["\\]/g, '\\$&')}"`).join(', ')}`;
          expect(parseChallenges(header)).toEqual([{ scheme, parameters: Object.fromEntries(clean) }]);
        },
      ),
      { numRuns: fuzzRuns(300) },
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => Array.isArray(parseChallenges(text))),
      { numRuns: fuzzRuns(300) },
    );
  });
});
