import { expect, it } from 'vitest';
import { samePlace } from './workspace-path.ts';

it.each([
  ['./out//image.tar', 'out/image.tar'],
  ['/harness/out/image.tar', 'out/image.tar'],
  ['/harness', '.'],
  ['/shared/a/../image.tar', '/shared/image.tar'],
  ['../../image.tar', '../../image.tar'],
])('%s is %s', (path, expected) => {
  expect(samePlace(path)).toBe(expected);
});
