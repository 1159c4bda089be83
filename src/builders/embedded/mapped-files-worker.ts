// Root of a user namespace, for files that the user itself may not touch: `node mapped-files-worker.ts JOB`.
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { copyContent, itemsOfUpper, unpackLayer } from './disk-tree.ts';
import type { FileJob, PackedItem } from './mapped-files.ts';
import { readLayerFiles } from './merged-tree.ts';

const pack = (upper: string, contents: string, list: string): void => {
  const out = openSync(contents, 'w', 0o600);
  let at = 0;
  const packed = itemsOfUpper(upper).map((item): PackedItem => {
    const { xattrs, ...entry } = item.entry;
    const { content } = item;
    const start = at;
    if (content !== undefined && !(content instanceof Uint8Array)) at += copyContent(content, out);
    return {
      entry: content === undefined ? entry : { ...entry, size: at - start },
      xattrs: Object.fromEntries(Object.entries(xattrs ?? {}).map(([n, v]) => [n, Buffer.from(v).toString('base64')])),
      ...(content === undefined ? {} : { start }),
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
