import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { nextSequenceId, peekSequenceId } from './sequence.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway-sequence-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

it('counts from 1, for each pipeline by itself, and looking takes nothing', async () => {
  expect(await peekSequenceId(root, 'a')).toBe(1);
  expect(await nextSequenceId(root, 'a')).toBe(1);
  expect(await nextSequenceId(root, 'a')).toBe(2);
  expect(await nextSequenceId(root, '../b')).toBe(1);
  expect(await peekSequenceId(root, 'a')).toBe(3);
});

it('goes on after a process was killed in the middle, and leaves nothing that blocks', async () => {
  const script = `import(${JSON.stringify(join(import.meta.dirname, 'sequence.ts'))}).then(async ({ nextSequenceId }) => {
    for (;;) console.log(await nextSequenceId(${JSON.stringify(root)}, 'p'));
  });`;
  const seen: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (output.split('\n').length > 20 + round * 7) child.kill('SIGKILL');
      });
      child.once('error', reject);
      child.once('close', () => {
        resolve();
      });
    });
    seen.push(...output.split('\n').slice(0, -1).map(Number));
    seen.push(await nextSequenceId(root, 'p'));
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
});

it('gives no number twice to fifty calls at once in one process', async () => {
  const numbers = await Promise.all(Array.from({ length: 50 }, () => nextSequenceId(root, 'p')));
  expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
});

it('keeps few files, and is not led astray by an old one that comes back', async () => {
  for (let i = 0; i < 350; i += 1) await nextSequenceId(root, 'p');
  const [folder = ''] = readdirSync(join(root, 'sequence'));
  const files = readdirSync(join(root, 'sequence', folder)).map(Number);
  expect(files.length).toBeLessThanOrEqual(101);
  expect(Math.max(...files)).toBe(350);
  expect(Math.min(...files)).toBeGreaterThan(200);
  writeFileSync(join(root, 'sequence', folder, '7'), '');
  expect(await nextSequenceId(root, 'p')).toBe(351);
});

it('gives each number once to eight processes that take twenty-five each', async () => {
  const script = `import(${JSON.stringify(join(import.meta.dirname, 'sequence.ts'))}).then(async ({ nextSequenceId }) => {
    for (let i = 0; i < 25; i += 1) console.log(await nextSequenceId(${JSON.stringify(root)}, 'p'));
  });`;
  const outputs = await Promise.all(
    [1, 2, 3, 4, 5, 6, 7, 8].map(
      () =>
        new Promise<string>((resolve, reject) => {
          const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
            stdio: ['ignore', 'pipe', 'inherit'],
          });
          let output = '';
          child.stdout.on('data', (chunk: Buffer) => {
            output += chunk.toString();
          });
          child.once('error', reject);
          child.once('close', () => {
            resolve(output);
          });
        }),
    ),
  );
  const numbers = outputs.flatMap((o) => o.trim().split('\n').map(Number));
  expect(numbers).toHaveLength(200);
  expect(new Set(numbers).size).toBe(200);
});
