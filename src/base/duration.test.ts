import { expect, it } from 'vitest';
import { parseBoolean } from './boolean.ts';
import { parseDuration } from './duration.ts';

it.each([
  ['90s', 90_000],
  ['10m', 600_000],
  ['1h30m', 5_400_000],
  ['1h 30m', 5_400_000],
  [' 2w ', 1_209_600_000],
  ['1d', 86_400_000],
  ['', undefined],
  ['90', undefined],
  ['10mfoo', undefined],
  ['5 minutes', undefined],
  ['-1m', undefined],
  ['1.5h', undefined],
  ['9'.repeat(20) + 's', undefined],
])('reads %j as %j milliseconds', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

it.each([
  ['true', true],
  ['T', true],
  ['1', true],
  ['False', false],
  ['0', false],
  ['yes', undefined],
  ['tRUE', undefined],
  ['', undefined],
])('reads %j as the boolean %j', (text, value) => {
  expect(parseBoolean(text)).toBe(value);
});
