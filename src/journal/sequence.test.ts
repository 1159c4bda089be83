import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
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

it('gives no number twice to four processes that take fifty each', async () => {
  const script = `import(${JSON.stringify(join(import.meta.dirname, 'sequence.ts'))}).then(async ({ nextSequenceId }) => {
    for (let i = 0; i < 50; i += 1) console.log(await nextSequenceId(${JSON.stringify(root)}, 'p'));
  });`;
  const outputs = await Promise.all(
    [1, 2, 3, 4].map(
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
