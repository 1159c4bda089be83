import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync, symlinkSync, lstatSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { needs } from '../../test/needs.ts';
import { runTree } from './process-tree.ts';
import { syscalls } from './syscalls.ts';

const root = mkdtempSync(join(tmpdir(), 'slipway sandbox '));
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

const isRoot = process.getuid?.() === 0;
const calls = syscalls();

needs([], calls === undefined ? ['koffi'] : [])('system calls', () => {
  test('extended attributes, times of a link and named pipes', () => {
    const file = join(root, 'f');
    writeFileSync(file, '');
    symlinkSync('nowhere', join(root, 'link'));
    expect(calls?.setXattr(Buffer.from(file), 'user.x', Buffer.of(0, 255))).toBe(true);
    expect(calls?.xattrs(Buffer.from(file))).toEqual({ 'user.x': Uint8Array.of(0, 255) });
    expect(calls?.setTimes(Buffer.from(join(root, 'link')), 1_000_000_000, 5)).toBe(true);
    expect(lstatSync(join(root, 'link'), { bigint: true }).mtimeNs).toBe(1_000_000_000_000_000_005n);
    expect(calls?.makeNode(Buffer.from(join(root, 'pipe')), 0o010600, 0, 0)).toBe(true);
    expect(lstatSync(join(root, 'pipe')).isFIFO()).toBe(true);
    expect(calls?.setXattr(Buffer.from(join(root, 'none')), 'user.x', Buffer.of(1))).toBe(false);
  });
});

needs([], isRoot ? [] : ['root'])('device nodes', () => {
  test('have their numbers', () => {
    calls?.makeNode(Buffer.from(join(root, 'node')), 0o020600, 300, 70_000);
    const { rdev } = lstatSync(join(root, 'node'), { bigint: true });
    expect([Number((rdev >> 8n) & 0xfffn), Number((rdev & 0xffn) | ((rdev >> 12n) & 0xfff00n))]).toEqual([300, 70_000]);
  });
});

describe('runTree', () => {
  const run = async (script: string, signal = new AbortController().signal) => {
    const lines: string[] = [];
    const ended = await runTree({
      command: ['sh', '-c', script],
      folder: root,
      environment: { PATH: process.env['PATH'] ?? '' },
      signal,
      line: (text, stream) => {
        lines.push(`${stream} ${text}`);
      },
    });
    return { ended, lines: lines.toSorted() };
  };

  test('gives all output before it ends, and the exit code', async () => {
    const { ended, lines } = await run('seq 1 20000; echo oops >&2; exit 7');
    expect(ended).toEqual({ exitCode: 7 });
    expect(lines).toHaveLength(20_001);
    expect(lines[0]).toBe('stderr oops');
  });

  test('output can be opened again by path, and no pipe stays behind', async () => {
    const before = process.env['TMPDIR'];
    const pipes = join(root, 'pipes');
    mkdirSync(pipes);
    process.env['TMPDIR'] = pipes;
    try {
      expect((await run('echo a > /dev/stdout; echo b > /dev/stderr')).lines).toEqual(['stderr b', 'stdout a']);
    } finally {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
    }
    expect(readdirSync(pipes)).toEqual([]);
  });

  test('a grandchild that holds the output does not hold the end back', async () => {
    const start = performance.now();
    expect((await run('sleep 30 & echo done')).lines).toEqual(['stdout done']);
    expect(performance.now() - start).toBeLessThan(5000);
  });

  test('a signal is told, a missing program is a failure', async () => {
    expect((await run('kill -9 $$')).ended).toEqual({ signalName: 'SIGKILL' });
    await expect(
      runTree({
        command: ['/no/such'],
        folder: root,
        environment: {},
        signal: new AbortController().signal,
        line: () => {},
      }),
    ).rejects.toMatchObject({ code: 'sandbox/no-program' });
  });
});
