import { performance } from 'node:perf_hooks';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import { createMask, type Mask } from './mask.ts';

const maskOf = (...secrets: readonly string[]): Mask => {
  const mask = createMask();
  for (const secret of secrets) mask.add(secret);
  return mask;
};

const json =
  '{\n  "type": "service_account",\n  "private_key": "-----BEGIN KEY-----\\nabc/def+g=\\n-----END KEY-----\\n"\n}\n';
const long =
  'The quick brown fox jumps over 13 lazy dogs while 42 foxes watch, and says "well, why not"; then it leaves.';

describe('a secret is hidden', () => {
  it.each<{ name: string; secret: string; line: string; shown: string }>([
    { name: 'as it is', secret: 's3cret', line: 'a s3cret, s3crets3cret', shown: 'a ***, ***' },
    { name: 'of three characters', secret: 'abc', line: 'xabcx', shown: 'x***x' },
    { name: 'without the blanks around it', secret: ' s3cret\n', line: '(s3cret)', shown: '(***)' },
    { name: 'when one secret is in another', secret: 'token-1234', line: 'token-1234 token', shown: '*** token' },
    { name: 'in a URL', secret: 'p@ss w/rd', line: 'https://u:p%40ss%20w%2Frd@h', shown: 'https://u:***@h' },
    {
      name: 'in a URL with small hex digits and an open slash',
      secret: 'p@ss w/rd',
      line: 'x=p%40ss%20w/rd',
      shown: 'x=***',
    },
    { name: 'in a form', secret: 'p@ss word', line: 'q=p%40ss+word', shown: 'q=***' },
    { name: 'in a URL beyond ASCII', secret: 'pässwörd', line: '?k=p%C3%A4ssw%c3%b6rd&', shown: '?k=***&' },
    { name: 'in JSON', secret: 'a"b\\c\td', line: String.raw`{"k":"a\"b\\c\td"}`, shown: '{"k":"***"}' },
    { name: 'in JSON as Go writes it', secret: 'a<b>&c', line: String.raw`"a\u003cb\u003e\u0026c"`, shown: '"***"' },
    { name: 'in JSON as Python writes it', secret: 'pässwörd', line: String.raw`"p\u00e4ssw\u00f6rd"`, shown: '"***"' },
    {
      name: 'of several lines, in JSON',
      secret: 'one\ntwo\r\nthree',
      line: String.raw`"one\ntwo\nthree"`,
      shown: '"***"',
    },
    { name: 'of several lines, each line', secret: 'first\nsecond\n', line: 'then second', shown: 'then ***' },
    { name: 'in base64', secret: 'hello world', line: Buffer.from('hello world').toString('base64'), shown: '***=' },
    {
      name: 'in base64 in a URL',
      secret: 'a>>>b???c',
      line: encodeURIComponent(Buffer.from('a>>>b???c').toString('base64')),
      shown: '***',
    },
    { name: 'cut at the end of a line', secret: long, line: `says: ${long.slice(0, 30)}`, shown: 'says: ***' },
    { name: 'cut at the start of a line', secret: long, line: `${long.slice(40)} end`, shown: '*** end' },
    { name: 'with both ends in other lines', secret: long, line: long.slice(20, 60), shown: '***' },
  ])('$name', ({ secret, line, shown }) => {
    expect(maskOf(secret).text(line)).toBe(shown);
  });

  it.each([76, 64, 60])('in base64 wrapped at %i columns, whatever stands before it', (columns) => {
    for (const before of ['', 'a', 'ab']) {
      const encoded = Buffer.from(`${before}${json}`).toString('base64');
      const lines = encoded.match(new RegExp(`.{1,${columns}}`, 'g')) ?? [];
      const shown = lines.map((line) => maskOf(json).text(line));
      expect(
        shown.filter((line) => line.replaceAll('***', '').length > 8),
        shown.join('\n'),
      ).toEqual([]);
    }
  });

  it('and text that only looks alike is not', () => {
    const mask = maskOf('s3cret', 'ab', '', '\n', long);
    for (const line of ['s3cre', 'ab', 'The quick cat', '100% \\ sure %zz \\u12', 'says "well"', ''])
      expect(mask.text(line)).toBe(line);
  });
});

/** No control characters: they never reach a line as they are. */
const secrets = fc
  .string({ unit: 'grapheme', minLength: 3, maxLength: 40 })
  .filter((s) => s.trim().length >= 3 && !/[\r\n]/.test(s));
const around = fc.string({ maxLength: 20 }).filter((s) => !/[\r\n]/.test(s));

describe('for every secret', () => {
  it('nothing that decodes to it stays, in any of the encodings and alignments', () => {
    fc.assert(
      fc.property(secrets, around, around, (secret, before, after) => {
        const mask = maskOf(secret);
        const core = secret.trim();
        expect(mask.text(`${before}${secret}${after}`)).not.toContain(core);
        if (secret.isWellFormed()) {
          const url = mask.text(encodeURIComponent(secret));
          expect(decodeURIComponent(url.replaceAll('%', url.includes('***') ? '%25' : '%'))).not.toContain(core);
        }
        const quoted = mask.text(JSON.stringify(secret));
        expect(quoted).not.toContain(JSON.stringify(core).slice(1, -1));
        if (Buffer.from(core).length < 5) return;
        for (const alphabet of ['base64', 'base64url'] as const) {
          const encoded = Buffer.from(`${before}${core}${after}`).toString(alphabet);
          const shown = mask.text(encoded);
          // Whatever is put for the stars, decoding what is left does not give the secret.
          const left = shown.split('***').map((part) => Buffer.from(part, alphabet).toString());
          expect(shown).toContain('***');
          for (const part of left) expect(part).not.toContain(core);
        }
      }),
      { numRuns: fuzzRuns(300) },
    );
  });

  it('lines without any form of it come out as they went in', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b', '%', '\\', '4', 'u'), maxLength: 200 }), (line) => {
        expect(maskOf('Zebra-9').text(line)).toBe(line);
      }),
      { numRuns: fuzzRuns(300) },
    );
  });

  it('masking twice changes nothing more', () => {
    fc.assert(
      fc.property(secrets, around, (secret, before) => {
        fc.pre(!secret.includes('*'));
        const mask = maskOf(secret);
        const once = mask.text(`${before}${secret}`);
        expect(mask.text(once)).toBe(once);
      }),
      { numRuns: fuzzRuns(200) },
    );
  });
});

describe('the cost', () => {
  const milliseconds = (mask: Mask, line: string): number => {
    const started = performance.now();
    mask.text(line);
    return performance.now() - started;
  };

  it.each([
    {
      name: 'ordinary text, 50 secrets',
      secrets: Array.from({ length: 50 }, (_, n) => `secret-number-${n}-x${n * 7919}`),
      unit: 'GET /v2/app/blobs 200 12ms ',
    },
    { name: 'text made of the start of the secret', secrets: [`${'a'.repeat(2000)}b`], unit: 'a' },
    { name: 'percents and backslashes', secrets: ['p@ss w/rd'], unit: '%41\\u0041' },
    { name: 'a large secret', secrets: [json.repeat(100)], unit: 'abc/def+g ' },
  ])('of a line of 1 MiB is small: $name', ({ secrets, unit }) => {
    const mask = maskOf(...secrets);
    const line = unit.repeat(Math.ceil((1 << 20) / unit.length));
    milliseconds(mask, line.slice(0, 10_000));
    expect(milliseconds(mask, line)).toBeLessThan(1500);
  });
});
