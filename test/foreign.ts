// What clients that are not ours find in a registry.
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Pulled {
  readonly digest: string;
}

/** Asks a foreign client for the digest of a reference on a plain HTTP registry. */
export const pulledBy = async (client: 'skopeo' | 'crane', reference: string): Promise<Pulled> => {
  if (client === 'crane') {
    const { stdout } = await run('crane', ['digest', '--insecure', reference]);
    return { digest: stdout.trim() };
  }
  const { stdout } = await run('skopeo', [
    'inspect',
    '--tls-verify=false',
    '--format',
    '{{.Digest}}',
    `docker://${reference}`,
  ]);
  return { digest: stdout.trim() };
};

/** Pulls with skopeo, unpacks the layers in order with GNU tar and gives each regular file's text by its path. */
export const treeOf = async (source: string): Promise<Readonly<Record<string, string>>> => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-foreign-'));
  try {
    const layout = join(folder, 'layout');
    await run('skopeo', ['copy', '--insecure-policy', '--src-tls-verify=false', source, `dir:${layout}`]);
    const manifest = JSON.parse(await readFile(join(layout, 'manifest.json'), 'utf8')) as {
      layers: { digest: string }[];
    };
    const root = join(folder, 'root');
    await run('mkdir', [root]);
    for (const { digest } of manifest.layers) {
      await run('tar', ['-xf', join(layout, digest.replace('sha256:', '')), '-C', root]);
    }
    const tree: Record<string, string> = {};
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile()) tree[path.slice(root.length + 1)] = await readFile(path, 'utf8');
    }
    return tree;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
