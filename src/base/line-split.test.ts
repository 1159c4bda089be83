import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import { lineSplitter } from './line-split.ts';

const linesOf = (chunks: readonly Uint8Array[]): readonly string[] => {
  const lines: string[] = [];
  const splitter = lineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return lines;
};

it.each([
  { name: 'nothing', text: '', lines: [] },
  { name: 'a last line without an end', text: 'a\nb', lines: ['a', 'b'] },
  { name: 'empty lines', text: '\n\na\n', lines: ['', '', 'a'] },
  { name: 'line ends of Windows', text: 'a\r\nb\r', lines: ['a', 'b'] },
])('splits $name', ({ text, lines }) => {
  expect(linesOf([Buffer.from(text)])).toEqual(lines);
});

it('gives the same lines however the bytes are cut into chunks', () => {
  const texts = fc.string({ unit: fc.constantFrom('a', '\n', 'ä', '😀', '\r'), maxLength: 60 });
  fc.assert(
    fc.property(texts, fc.array(fc.nat(100), { maxLength: 10 }), (text, cuts) => {
      const bytes = Buffer.from(text);
      const at = [0, ...cuts.map((c) => c % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
      expect(linesOf(at.slice(1).map((end, n) => bytes.subarray(at[n], end)))).toEqual(linesOf([bytes]));
    }),
    { numRuns: fuzzRuns(200) },
  );
});

it('cuts a line without end into pieces, between characters', () => {
  const text = '😀'.repeat(1_000_000);
  const bytes = Buffer.from(`x${text}`);
  const chunks = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, n) =>
    bytes.subarray(n * 65_536, (n + 1) * 65_536),
  );
  const lines = linesOf(chunks);
  expect(lines.join('')).toBe(`x${text}`);
  expect(lines.length).toBe(4);
});
