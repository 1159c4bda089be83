import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderMaker } from '../../../test/new-folder.ts';
import { needs } from '../../../test/needs.ts';
import { copyCodebase } from './codebase.ts';

const makeFolder = folderMaker();
const newFolder = (): string => makeFolder('copy');
const never = new AbortController().signal;

const write = (folder: string, files: Readonly<Record<string, string>>): void => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
};

/** Files and links below a folder, without `.git`. */
const listOf = (folder: string): readonly string[] =>
  execFileSync('find', ['.', '-name', '.git', '-prune', '-o', '-not', '-type', 'd', '-print'], {
    cwd: folder,
    encoding: 'utf8',
  })
    .trim()
    .split('\n')
    .map((name) => name.slice(2))
    .sort();

const copyOf = async (from: string, excluded: readonly string[] = []): Promise<string> => {
  const to = join(newFolder(), 'harness');
  await copyCodebase(from, to, excluded, never);
  return to;
};

describe('a folder', () => {
  it('is copied with modes, times, links and odd names, without .slipway and what is excluded', async () => {
    const from = newFolder();
    write(from, {
      'a b/ü\n.txt': 'x',
      'run.sh': '#!/bin/sh\n',
      '.slipway/runs/x': '1',
      'home/data': '2',
      'home2/data': '3',
      '.env': 'y',
    });
    chmodSync(join(from, 'run.sh'), 0o751);
    utimesSync(join(from, 'run.sh'), new Date(1_000_000_000_000), new Date(1_000_000_000_000));
    symlinkSync('../outside', join(from, 'link'));
    mkdirSync(join(from, 'empty'), { mode: 0o700 });
    writeFileSync(Buffer.concat([Buffer.from(`${from}/`), Buffer.of(0xff, 0x61)]), 'raw');
    execFileSync('sh', ['-c', 'mkfifo "$0"', join(from, 'pipe')]);
    const to = await copyOf(from, [join(from, 'home')]);
    expect(
      readdirSync(to, { encoding: 'buffer' })
        .map((name) => name.toString('latin1'))
        .sort(),
    ).toEqual(['.env', 'a b', 'empty', 'home2', 'link', 'run.sh', '\u00ffa'].sort());
    expect(readFileSync(join(to, 'a b/ü\n.txt'), 'utf8')).toBe('x');
    expect([statSync(join(to, 'run.sh')).mode & 0o777, statSync(join(to, 'run.sh')).mtimeMs]).toEqual([
      0o751, 1_000_000_000_000,
    ]);
    expect([readlinkSync(join(to, 'link')), statSync(join(to, 'empty')).mode & 0o777]).toEqual(['../outside', 0o700]);
  });

  it('that is not there is a failure with a hint, and a copy that is stopped ends', async () => {
    await expect(copyOf('/slipway-none')).rejects.toMatchObject({
      code: 'runner/no-codebase',
      hint: expect.stringContaining('--bind'),
    });
    const from = newFolder();
    write(from, { a: 'x' });
    await expect(copyCodebase(from, join(newFolder(), 'to'), [], AbortSignal.abort())).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  it('with 5,000 files is counted and does not hold the process up', async () => {
    const from = newFolder();
    for (let n = 0; n < 50; n += 1)
      write(from, Object.fromEntries(Array.from({ length: 100 }, (_, m) => [`d${n}/f${m}`, 'x'.repeat(10)])));
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1), 5);
    const started = Date.now();
    expect(await copyCodebase(from, join(newFolder(), 'to'), [], never)).toEqual({ files: 5000, sizeBytes: 50_000 });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan((Date.now() - started) / 50);
  });
});

needs(['git'])('a Git checkout', () => {
  const git = (folder: string, ...args: readonly string[]): string =>
    execFileSync(
      'git',
      ['-C', folder, '-c', 'user.email=a@b', '-c', 'user.name=a', '-c', 'commit.gpgsign=false', ...args],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
  const newCheckout = (): string => {
    const folder = newFolder();
    write(folder, { '.gitignore': 'ignored/\n*.log\n', 'src/a.txt': 'a', 'src/b.txt': 'b', 'kept.log': 'k' });
    git(folder, 'init', '-q');
    git(folder, 'add', '-f', '.');
    git(folder, 'commit', '-q', '-m', 'one');
    return folder;
  };

  it('is copied as its work tree is: changed, new and deleted files, without ignored ones', async () => {
    const from = newCheckout();
    write(from, { 'src/a.txt': 'changed', 'new.txt': 'new', 'ignored/x': 'i', 'x.log': 'l', '.slipway/x': 's' });
    rmSync(join(from, 'src/b.txt'));
    const to = await copyOf(from);
    expect(listOf(to)).toEqual(['.gitignore', 'kept.log', 'new.txt', 'src/a.txt']);
    expect(readFileSync(join(to, 'src/a.txt'), 'utf8')).toBe('changed');
    expect(git(to, 'status', '--porcelain')).toBe(' M src/a.txt\n D src/b.txt\n?? new.txt\n');
    expect(git(to, 'log', '--format=%s')).toBe('one\n');
  });

  it('is copied from a folder inside it, and with checkouts inside it', async () => {
    const from = newCheckout();
    expect(listOf(await copyOf(join(from, 'src')))).toEqual(['a.txt', 'b.txt']);
    const inner = join(from, 'inner');
    mkdirSync(inner);
    write(inner, { 'c.txt': 'c' });
    git(inner, 'init', '-q');
    git(inner, 'add', '.');
    git(inner, 'commit', '-q', '-m', 'inner');
    expect(listOf(await copyOf(from))).toContain('inner/c.txt');
  });

  it('does not lead out through a folder that became a link', async () => {
    const from = newCheckout();
    const outside = newFolder();
    write(outside, { 'a.txt': 'secret', 'b.txt': 'secret' });
    renameSync(join(from, 'src'), join(from, 'old'));
    symlinkSync(outside, join(from, 'src'));
    const to = await copyOf(from);
    expect(lstatSync(join(to, 'src')).isSymbolicLink()).toBe(true);
    expect(listOf(to)).toEqual(['.gitignore', 'kept.log', 'old/a.txt', 'old/b.txt', 'src']);
    expect(readFileSync(join(outside, 'a.txt'), 'utf8')).toBe('secret');
  });

  it('leaves out what is excluded inside it', async () => {
    const from = newCheckout();
    write(from, { 'data/home/runs/x': '1' });
    expect(existsSync(join(await copyOf(from, [join(from, 'data/home')]), 'data'))).toBe(false);
  });
});
