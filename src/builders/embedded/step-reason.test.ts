import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openBuildSpace } from '../../../test/dockerfile-build.ts';
import type { DockerfileBuild } from './build.ts';

const open = async () => {
  const space = await openBuildSpace();
  for (const name of ['a', 'b', 'c']) space.file(`src/${name}`, name);
  const reasons = async (dockerfile: string, options: Partial<DockerfileBuild> = {}): Promise<readonly string[]> => {
    const found: string[] = [];
    await space.build(dockerfile, {
      progress: ({ state, reason = '' }) => {
        if (state === 'done' || state === 'cached') found.push(state === 'cached' ? 'cached' : reason);
      },
      ...options,
    });
    return found;
  };
  return { space, reasons, [Symbol.asyncDispose]: () => space[Symbol.asyncDispose]() };
};

const dockerfile = 'FROM scratch\nCOPY src /src\nCOPY src/a /a\n';

test.each([
  {
    name: 'a changed file is named',
    change: { 'src/b': 'other' },
    reasons: ['src/b changed', 'what it starts from changed'],
  },
  { name: 'a new file', change: { 'src/d': 'd' }, reasons: ['src/d is new', 'what it starts from changed'] },
  {
    name: 'several',
    change: { 'src/a': '1', 'src/b': '2', 'src/c': '3' },
    reasons: ['src/a changed, and 2 more', 'what it starts from changed'],
  },
  { name: 'nothing', change: {}, reasons: ['cached', 'cached'] },
])('$name', async ({ change, reasons }) => {
  await using it = await open();
  expect(await it.reasons(dockerfile)).toEqual(['for the first time', 'for the first time']);
  for (const [path, content] of Object.entries(change)) it.space.file(path, content);
  expect(await it.reasons(dockerfile)).toEqual(reasons);
});

test('a changed instruction, a file that is gone, a lost layer, no cache', async () => {
  await using it = await open();
  await it.reasons(dockerfile);
  expect(await it.reasons(dockerfile.replace('/a\n', '/b\n'))).toEqual(['cached', 'the instruction changed']);
  rmSync(join(it.space.context, 'src/c'));
  expect((await it.reasons(dockerfile))[0]).toBe('src/c is gone');
  rmSync(join(it.space.store.root, 'blobs'), { recursive: true });
  expect((await it.reasons(dockerfile))[0]).toBe('its layer is no longer in the store');
  expect(await it.reasons(dockerfile, { noCache: true })).toEqual(['the cache is not used', 'the cache is not used']);
});
