import { expect, it } from 'vitest';
import { otherReading } from './other-reading.ts';

it.each([
  ['010', '8 or 10'],
  ['1.10', '1.1'],
  ['1.0', '1'],
  ['yes', 'true'],
  ['Off', 'false'],
  ['0x1F', '31'],
  ['1e3', '1000'],
  ['1_000', '1000'],
  ['12:30', '750'],
  ['12345678901234567890', '12345678901234567000'],
  ['012345678901', '12345678901'],
  ['+5', '5'],
  ['10', undefined],
  ['1.5', undefined],
  ['-3', undefined],
  ['true', undefined],
  ['1.2.3', undefined],
  ['v1.10', undefined],
  ['2024-01-01', undefined],
  ['0', undefined],
  ['north', undefined],
  ['99999999999', undefined],
  ['', undefined],
])('other readers make %j into %j', (text, read) => {
  expect(otherReading(text)).toBe(read);
});
