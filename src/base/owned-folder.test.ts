import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folderMaker } from '../../test/new-folder.ts';
import { openOwnedFolder } from './owned-folder.ts';
import { isRunning, markOf } from './process-mark.ts';
import { removeTree } from './remove-tree.ts';

const newFolder = folderMaker();
const newRoot = (): string => newFolder('owned');

it('knows a process that runs from one that is gone and from a later one of the same number', async () => {
  const child = spawn('sleep', ['60']);
  const mark = markOf(child.pid ?? 0);
  expect(isRunning(mark)).toBe(true);
  expect(isRunning(mark.replace(/-\d+-/, '-77-'))).toBe(false);
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
  expect(isRunning(mark)).toBe(false);
});

it('leaves what another container or boot marked until it is a day old', () => {
  const evidence = newRoot();
  const mark = '7-1234-0123abcd.4026531999';
  expect([isRunning(mark), isRunning(mark, evidence)]).toEqual([true, true]);
  utimesSync(evidence, new Date(), new Date(Date.now() - 90_000_000));
  expect([isRunning(mark, evidence), isRunning(mark, join(evidence, 'none'))]).toEqual([false, false]);
});

it('makes a private folder, removes it, and removes what others have left', async () => {
  const root = newRoot();
  const gone = execFileSync('sh', ['-c', 'echo $$']).toString().trim();
  const place = markOf(process.pid).split('-')[2] ?? '';
  for (const name of [`${gone}-55-${place}~left-Ab12Cd`, 'not ours', '12-old'])
    mkdirSync(join(root, name, 'x'), { recursive: true });
  let path: string;
  {
    await using folder = await openOwnedFolder(root, 'run-');
    await using other = await openOwnedFolder(root, 'run-');
    ({ path } = folder);
    expect(other.path).not.toBe(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(readdirSync(root)).toHaveLength(4);
  }
  expect(existsSync(path)).toBe(false);
  expect(readdirSync(root).sort()).toEqual(['12-old', 'not ours']);
});

it('removes folders that were made read-only, and follows no link', async () => {
  const root = newRoot();
  const outside = join(newRoot(), 'keep');
  writeFileSync(outside, 'x');
  mkdirSync(join(root, 'tree/a/b'), { recursive: true });
  writeFileSync(join(root, 'tree/a/b/file'), 'x');
  symlinkSync(join(outside, '..'), join(root, 'tree/a/link'));
  for (const folder of ['tree/a/b', 'tree/a', 'tree']) chmodSync(join(root, folder), 0o500);
  await removeTree(join(root, 'tree'));
  await removeTree(join(root, 'tree'));
  expect([existsSync(join(root, 'tree')), existsSync(outside)]).toEqual([false, true]);
});
