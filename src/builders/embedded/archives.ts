// Archives that ADD unpacks: known by their content, as Docker knows them, never by their name.
import { createWriteStream, openSync, readSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileChunks } from '../../base/file-chunks.ts';
import type { Span } from '../../diagnostics/source.ts';
import { compressionOf, decompress } from '../../oci/decompress.ts';
import { buildFailure } from './fault.ts';
import type { FileNode } from './file-tree.ts';
import { readLayerFiles } from './merged-tree.ts';

const startOf = (node: FileNode): Buffer => {
  const { content } = node;
  if (content === undefined) return Buffer.alloc(0);
  const bytes = Buffer.alloc(Math.min(512, content.size));
  const file = openSync(content.file, 'r');
  readSync(file, bytes, 0, bytes.length, content.start);
  closeSync(file);
  return bytes;
};

const isTar = (head: Buffer): boolean => head.length >= 512 && head.subarray(257, 262).toString('latin1') === 'ustar';

/** The members of an archive, or undefined when the file is none. `scratch` holds what must be decompressed. */
export const archiveFiles = async (
  node: FileNode,
  at: Span,
  scratch: string,
  signal: AbortSignal,
): Promise<readonly FileNode[] | undefined> => {
  const { content } = node;
  if (content === undefined) return undefined;
  const head = startOf(node);
  if (isTar(head)) return content.start === 0 ? readLayerFiles(content.file.toString(), signal) : undefined;
  const unread =
    head.subarray(0, 3).toString('latin1') === 'BZh'
      ? 'bzip2'
      : head.subarray(0, 6).equals(Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]))
        ? 'xz'
        : undefined;
  if (unread !== undefined)
    throw buildFailure('embedded/unsupported', at, `ADD of an archive compressed with ${unread} is not supported`, {
      hint: 'use gzip or zstd, or COPY it and unpack it with RUN',
    });
  const compression = compressionOf(head);
  if (compression === 'none') return undefined;
  const file = join(
    scratch,
    `archive-${node.entry.path.replaceAll(/[^\w.-]/g, '_').slice(-60)}-${process.hrtime.bigint()}`,
  );
  await pipeline(
    decompress(fileChunks(content.file, { start: content.start, end: content.start + content.size, signal }), {
      signal,
    }),
    createWriteStream(file),
  );
  const handle = openSync(file, 'r');
  const first = Buffer.alloc(512);
  const read = readSync(handle, first);
  closeSync(handle);
  return isTar(first.subarray(0, read)) ? readLayerFiles(file, signal) : undefined;
};
