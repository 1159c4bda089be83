// Dockerfiles built for real in a folder of a test: `<root>/context`, `<root>/Dockerfile`, caches and images in `<root>/<home>`.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildDockerfile, type DockerfileBuild } from '../src/builders/embedded/build.ts';
import type { Progress } from '../src/journal/event.ts';
import type { Image } from '../src/oci/image.ts';
import { openStore } from '../src/oci/store.ts';
import { flatten } from '../src/oci/tree.ts';

export interface Built {
  readonly image: Image;
  /** `cached COPY a /`, one for each step that makes a layer. */
  readonly steps: readonly string[];
  readonly log: readonly string[];
}

export type BuildOptions = Partial<DockerfileBuild> & { readonly home?: string };

export const builderRoot = (): string => {
  const root = mkdtempSync(join(tmpdir(), 'slipway builder-'));
  mkdirSync(join(root, 'context'));
  return root;
};

export const writeContext = (root: string, files: Readonly<Record<string, string | Uint8Array>>): void => {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, 'context', path)), { recursive: true });
    writeFileSync(join(root, 'context', path), content);
  }
};

export const buildIn = async (root: string, dockerfile: string, more: BuildOptions = {}): Promise<Built> => {
  const { home = 'home', ...options } = more;
  const file = join(root, 'Dockerfile');
  if (options.dockerfile === undefined) writeFileSync(file, dockerfile);
  const store = options.store ?? (await openStore(join(root, home, 'images')));
  const progress = new Map<string, Progress>();
  const log: string[] = [];
  const image = await buildDockerfile({
    context: join(root, 'context'),
    dockerfile: file,
    dockerfileName: 'Dockerfile',
    buildArgs: new Map(),
    labels: {},
    noCache: false,
    secret: () => undefined,
    store,
    pull: async (reference) => {
      const found = await store.find(reference);
      if (found?.kind !== 'image') throw new Error(`no ${reference}`);
      return found;
    },
    root: join(root, home, 'cache'),
    signal: new AbortController().signal,
    progress: (p) => progress.set(p.id, p),
    log: (line) => log.push(line),
    ...options,
  });
  return { image, steps: [...progress.values()].map((p) => `${p.state} ${p.label}`), log };
};

/** `path type mode uid:gid` of everything in the image, sorted. */
export const treeLines = async (image: Image): Promise<readonly string[]> =>
  [...(await flatten(image))].map(
    ([path, { entry }]) =>
      `${path} ${entry.type} ${entry.mode.toString(8)} ${entry.uid}:${entry.gid}${entry.type === 'symlink' ? ` -> ${entry.linkTarget ?? ''}` : ''}`,
  );

export const pathsOf = async (image: Image): Promise<readonly string[]> => [...(await flatten(image)).keys()];
