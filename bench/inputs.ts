// Made inputs: the same bytes on every machine.
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface Folder extends Disposable {
  readonly path: string;
}

/** A temporary folder; it lives below `$SLIPWAY_BENCH_FOLDER` when that is set (a disk with room for 20 GB). */
export const temporaryFolder = (): Folder => {
  const path = mkdtempSync(join(process.env['SLIPWAY_BENCH_FOLDER'] ?? tmpdir(), 'slipway-bench-'));
  return {
    path,
    [Symbol.dispose]() {
      rmSync(path, { recursive: true, force: true });
    },
  };
};

/** Xorshift; good enough to defeat compression, and the same everywhere. */
export const noise = (sizeBytes: number, seed = 1): Buffer => {
  const words = new Uint32Array(Math.ceil(sizeBytes / 4));
  let state = seed >>> 0 || 1;
  for (let i = 0; i < words.length; i += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state >>> 0;
  }
  return Buffer.from(words.buffer, 0, sizeBytes);
};

/** `count` files of `sizeBytes` on average, a hundred in each folder, half of their bytes compressible. */
export const writeManyFiles = (folder: string, count: number, sizeBytes: number): void => {
  const random = noise(sizeBytes * 4, 7);
  for (let i = 0; i < count; i += 1) {
    const path = join(folder, `d${Math.floor(i / 100)}`, `file-${i}.txt`);
    if (i % 100 === 0) mkdirSync(dirname(path), { recursive: true });
    const half = Math.floor((sizeBytes * (1 + (i % 3))) / 4);
    const start = (i * 131) % (random.length - half);
    writeFileSync(path, Buffer.concat([random.subarray(start, start + half), Buffer.alloc(half, `line ${i}\n`)]));
  }
};

/** One file of `sizeBytes`, three quarters compressible, without holding it in memory. */
export const writeBigFile = (path: string, sizeBytes: number): void => {
  const piece = Buffer.concat([noise(1 << 20), Buffer.alloc(3 << 20, 'the quick brown fox jumps over the lazy dog\n')]);
  const file = openSync(path, 'w');
  for (let written = 0; written < sizeBytes; written += piece.length) {
    piece.writeUInt32LE(written / piece.length, 0);
    writeSync(file, piece, 0, Math.min(piece.length, sizeBytes - written));
  }
  closeSync(file);
};

/** A pipeline of at least `lines` lines: stages of five steps, as people write them. */
export const longPipeline = (lines: number): string => {
  const text = ['pipeline:', '  name: long', '  identifier: long', '  stages:'];
  for (let stage = 0; text.length < lines; stage += 1) {
    text.push(
      '    - stage:',
      `        name: stage ${stage}`,
      `        identifier: stage_${stage}`,
      '        type: CI',
      '        spec:',
      '          cloneCodebase: true',
      '          runtime:',
      '            type: Cloud',
      '            spec: {}',
      '          execution:',
      '            steps:',
    );
    for (let step = 0; step < 5; step += 1) {
      text.push(
        '              - step:',
        '                  type: BuildAndPushDockerRegistry',
        `                  name: build ${step}`,
        `                  identifier: build_${step}`,
        '                  spec:',
        '                    connectorRef: registry',
        `                    repo: localhost:5055/team/app-${stage}-${step}`,
        '                    tags:',
        '                      - v.<+pipeline.sequenceId>',
        '                      - <+pipeline.name>-<+stage.identifier>',
        '                    dockerfile: Dockerfile',
        '                    caching: true',
      );
    }
  }
  return `${text.join('\n')}\n`;
};
