// Root of a user namespace, for files that the user itself may not touch: `node mapped-files-worker.ts JOB`.
import { closeSync, openSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { itemsOfUpper, unpackLayer } from './disk-tree.ts';
import type { LayerItem } from './layer-write.ts';
import type { FileJob, PackedItem } from './mapped-files.ts';
import { readLayerFiles } from './merged-tree.ts';

const buffer = Buffer.allocUnsafe(1 << 20);

/** Appends the content of an item; gives the bytes written. */
const append = ({ content }: LayerItem, out: number): number => {
  if (content === undefined || content instanceof Uint8Array) return 0;
  const from = openSync(content.file, 'r');
  let done = 0;
  try {
    while (done < content.size) {
      const read = readSync(from, buffer, 0, Math.min(buffer.length, content.size - done), content.start + done);
      if (read === 0) break;
      writeSync(out, buffer, 0, read);
      done += read;
    }
  } finally {
    closeSync(from);
  }
  return done;
};

const pack = (upper: string, contents: string, list: string): void => {
  const out = openSync(contents, 'w', 0o600);
  let at = 0;
  const packed = itemsOfUpper(upper).map((item): PackedItem => {
    const { xattrs, ...entry } = item.entry;
    const start = at;
    at += append(item, out);
    return {
      entry: item.content === undefined ? entry : { ...entry, size: at - start },
      xattrs: Object.fromEntries(Object.entries(xattrs ?? {}).map(([n, v]) => [n, Buffer.from(v).toString('base64')])),
      ...(item.content === undefined ? {} : { start }),
    };
  });
  closeSync(out);
  writeFileSync(list, JSON.stringify(packed), { mode: 0o600 });
};

const job = JSON.parse(process.argv[2] ?? '') as FileJob;
switch (job.kind) {
  case 'unpack':
    await unpackLayer(job.root, job.diffId, () => readLayerFiles(job.tar), { whiteouts: 'user', owners: job.owners });
    break;
  case 'pack':
    pack(job.upper, job.contents, job.list);
    break;
  case 'remove':
    rmSync(job.path, { recursive: true, force: true });
    break;
  default:
    job satisfies never;
}
