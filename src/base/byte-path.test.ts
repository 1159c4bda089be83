import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import { decodePath, encodePath } from './byte-path.ts';

test.each([
  { name: 'ASCII stays', bytes: [0x61, 0x2f, 0x62], path: 'a/b' },
  { name: 'UTF-8 is decoded', bytes: [0xc3, 0xa9, 0xf0, 0x9f, 0x98, 0x80], path: 'é😀' },
  { name: 'a Latin-1 byte is escaped', bytes: [0x63, 0x61, 0x66, 0xe9], path: 'caf\udce9' },
  { name: 'an overlong slash is escaped, not decoded', bytes: [0xc0, 0xaf], path: '\udcc0\udcaf' },
  { name: 'an encoded surrogate is escaped byte by byte', bytes: [0xed, 0xb2, 0x80], path: '\udced\udcb2\udc80' },
  {
    name: 'a cut sequence is escaped, what follows is decoded',
    bytes: [0xe2, 0x82, 0x41, 0xc3, 0xa9],
    path: '\udce2\udc82Aé',
  },
  { name: 'bytes above U+10FFFF are escaped', bytes: [0xf5, 0x80], path: '\udcf5\udc80' },
  { name: 'a byte order mark is kept', bytes: [0xef, 0xbb, 0xbf, 0x61], path: '\ufeffa' },
])('$name', ({ bytes, path }) => {
  expect(decodePath(Uint8Array.from(bytes))).toBe(path);
  expect([...encodePath(path)]).toEqual(bytes);
});

test('any bytes survive the way there and back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(encodePath(decodePath(bytes))).toEqual(Buffer.from(bytes));
    }),
    { numRuns: fuzzRuns(500) },
  );
});

test('bytes like those of real names survive too', () => {
  const byte = fc.constantFrom(0x61, 0x2f, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0xed, 0xff);
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 12 }), (bytes) => {
      expect([...encodePath(decodePath(Uint8Array.from(bytes)))]).toEqual(bytes);
    }),
    { numRuns: fuzzRuns(1000) },
  );
});

test('every valid string is its own path', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (path) => {
      expect(decodePath(encodePath(path))).toBe(path);
    }),
  );
});
