import { expect, test } from 'vitest';
import { type TestMember, fileMember, imageOf, layerOf, member, tarOf } from '../../test/images.ts';
import { digestOf } from './digest.ts';
import { flatten } from './tree.ts';

const base = [
  member('d', 'directory'),
  fileMember('d/a', 'a'),
  member('d/sub', 'directory'),
  fileMember('d/sub/b', 'b'),
  fileMember('f', 'f'),
];

test.each<{ name: string; upper: readonly TestMember[]; paths: readonly string[] }>([
  { name: 'layers add up', upper: [fileMember('new', '')], paths: ['d', 'd/a', 'd/sub', 'd/sub/b', 'f', 'new'] },
  { name: 'a whiteout hides a file', upper: [fileMember('d/.wh.a', '')], paths: ['d', 'd/sub', 'd/sub/b', 'f'] },
  { name: 'a whiteout hides a folder with all in it', upper: [fileMember('.wh.d', '')], paths: ['f'] },
  {
    name: 'an opaque folder keeps itself and what its own layer puts there, in any order',
    upper: [fileMember('d/own', ''), member('d', 'directory'), fileMember('d/.wh..wh..opq', '')],
    paths: ['d', 'd/own', 'f'],
  },
  {
    name: 'a whiteout after the same file hides only what was below',
    upper: [fileMember('f', 'new'), fileMember('.wh.f', '')],
    paths: ['d', 'd/a', 'd/sub', 'd/sub/b', 'f'],
  },
  { name: 'a file replaces a folder', upper: [fileMember('d', 'now a file')], paths: ['d', 'f'] },
  {
    name: 'a folder over a folder keeps what is in it',
    upper: [member('d', 'directory')],
    paths: ['d', 'd/a', 'd/sub', 'd/sub/b', 'f'],
  },
])('$name', async ({ upper, paths }) => {
  const tree = await flatten(imageOf([layerOf(tarOf(base)), layerOf(tarOf(upper))]));
  expect([...tree.keys()]).toEqual(paths);
});

test('files have the digest of their content, hardlinks that of their target', async () => {
  const tree = await flatten(
    imageOf([layerOf(tarOf([fileMember('f', 'f'), member('h', 'hardlink', { linkTarget: 'f' })]))]),
  );
  expect(tree.get('f')?.content).toBe(digestOf('f'));
  expect(tree.get('h')?.content).toBe(digestOf('f'));
});
