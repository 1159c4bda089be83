import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import { concurrently } from './concurrently.ts';
import { fileChunks } from './file-chunks.ts';
import { FileWriter } from './file-writer.ts';
import { isTemporaryName, temporaryName } from './temporary-name.ts';
import { writeFileWhole } from './write-file-whole.ts';

const root = mkdtempSync(join(tmpdir(), 'slipway base '));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('FileWriter and fileChunks', () => {
  test('give back what was written, in chunks of any size, from any place', async () => {
    const path = join(root, 'chunks');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 700_000 }), { maxLength: 8 }),
        fc.nat(),
        fc.nat(),
        async (sizes, a, b) => {
          const chunks = sizes.map((size, i) => Buffer.alloc(size, i + 1));
          const file = await open(path, 'w');
          const writer = new FileWriter(file);
          for (const chunk of chunks) await writer.write(chunk);
          await writer.end();
          await file.close();
          const whole = Buffer.concat(chunks);
          expect(writer.size).toBe(whole.length);
          expect(readFileSync(path).equals(whole)).toBe(true);
          const start = a % (whole.length + 1);
          const end = b % (whole.length + 1);
          const read: Uint8Array[] = [];
          for await (const chunk of fileChunks(path, { start, end })) read.push(chunk);
          expect(Buffer.concat(read).equals(whole.subarray(start, Math.max(start, end)))).toBe(true);
        },
      ),
      { numRuns: fuzzRuns(40) },
    );
  });

  test('a failing write is thrown', async () => {
    const path = join(root, 'read only');
    writeFileSync(path, '');
    const file = await open(path, 'r');
    const writer = new FileWriter(file);
    await writer.write(Buffer.alloc(10));
    await expect(writer.end()).rejects.toThrow('EBADF');
    await file.close();
  });

  test('an aborted read stops', async () => {
    const path = join(root, 'long');
    writeFileSync(path, Buffer.alloc(3_000_000));
    const stop = new AbortController();
    const read = async () => {
      for await (const _ of fileChunks(path, { signal: stop.signal })) stop.abort(new Error('stop'));
    };
    await expect(read()).rejects.toThrow('stop');
  });
});

test('writeFileWhole makes parents, replaces, and leaves nothing when it fails', async () => {
  const path = join(root, 'a', 'b c', 'file');
  await writeFileWhole(path, 'one');
  await writeFileWhole(path, 'two');
  expect(readFileSync(path, 'utf8')).toBe('two');
  await expect(writeFileWhole(join(root, 'a'), 'over a folder')).rejects.toThrow();
  expect(readdirSync(root).filter(isTemporaryName)).toEqual([]);
});

test('temporary names are known again and stay short enough', () => {
  const name = temporaryName(`/x/${'n'.repeat(250)}`);
  expect(isTemporaryName(name.slice(3))).toBe(true);
  expect(name.length).toBeLessThan(120);
  expect(isTemporaryName('file.tmp')).toBe(false);
});

describe('concurrently', () => {
  test('keeps order and the limit', async () => {
    let running = 0;
    let most = 0;
    const results = await concurrently([3, 1, 2, 5, 4], 2, async (n) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, n * 3));
      running -= 1;
      return n * 10;
    });
    expect(results).toEqual([30, 10, 20, 50, 40]);
    expect(most).toBe(2);
  });

  test('the first failure stops the others and is thrown after they ended', async () => {
    const log: string[] = [];
    const work = concurrently(['fails', 'waits', 'never'], 2, async (name, signal) => {
      if (name === 'fails') throw new Error('first');
      log.push(`${name} starts`);
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      log.push(`${name} ends`);
    });
    await expect(work).rejects.toThrow('first');
    expect(log).toEqual(['waits starts', 'waits ends']);
  });

  test('an aborted signal stops it', async () => {
    await expect(
      concurrently([1], 1, async () => expect.unreachable(), AbortSignal.abort(new Error('stop'))),
    ).rejects.toThrow('stop');
  });
});
