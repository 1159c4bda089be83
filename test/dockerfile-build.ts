// Builds of small Dockerfiles for tests: a context, a store and a cache in one temporary folder; base images by name.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DockerfileBuild } from '../src/builders/embedded/build.ts';
import { Failure } from '../src/base/failure.ts';
import type { Image, ImageConfig } from '../src/oci/image.ts';
import { openStore, type ImageStore } from '../src/oci/store.ts';
import { flatten } from '../src/oci/tree.ts';
import type { TarEntry } from '../src/oci/tar/entry.ts';
import { readTar } from '../src/oci/tar/read.ts';
import { builderRoot, buildIn } from './dockerfiles.ts';
import { bytesOf, fileMember, imageOf, layerOf, member, type TestMember, tarOf } from './images.ts';

export interface BuildSpace extends AsyncDisposable {
  /** Absolute; has a space in it. */
  readonly folder: string;
  readonly context: string;
  readonly store: ImageStore;
  readonly bases: Map<string, Image>;
  readonly lines: string[];
  readonly steps: string[];
  file(path: string, content: string | Uint8Array, mode?: number): void;
  build(dockerfile: string, options?: Partial<DockerfileBuild>): Promise<Image>;
  /** What a build refuses, as a Failure. */
  refusal(dockerfile: string, options?: Partial<DockerfileBuild>): Promise<Failure>;
}

export const openBuildSpace = async (): Promise<BuildSpace> => {
  const folder = builderRoot();
  const context = join(folder, 'context');
  const store = await openStore(join(folder, 'store'));
  const bases = new Map<string, Image>();
  const lines: string[] = [];
  const steps: string[] = [];
  const build: BuildSpace['build'] = async (dockerfile, options = {}) => {
    lines.length = 0;
    steps.length = 0;
    const { image } = await buildIn(folder, dockerfile, {
      store,
      pull: async (reference) => {
        const found = bases.get(reference);
        if (found === undefined) throw new Failure('test/no-base', `no base ${reference}`);
        return found;
      },
      root: join(folder, 'cache'),
      progress: ({ label, state }) => {
        if (state !== 'running') steps.push(`${state} ${label}`);
      },
      log: (line) => {
        lines.push(line);
      },
      ...options,
    });
    return image;
  };
  return {
    folder,
    context,
    store,
    bases,
    lines,
    steps,
    build,
    file: (path, content, mode = 0o644) => {
      const full = join(context, path);
      mkdirSync(dirname(full), { recursive: true });
      writeFileSync(full, content, { mode });
    },
    refusal: async (dockerfile, options) => {
      try {
        await build(dockerfile, options);
      } catch (error) {
        if (error instanceof Failure) return error;
        throw error;
      }
      throw new Error('the build succeeded');
    },
    [Symbol.asyncDispose]: async () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const applets = [
  'sh',
  'cat',
  'echo',
  'ls',
  'mkdir',
  'touch',
  'rm',
  'mv',
  'ln',
  'id',
  'env',
  'sleep',
  'stat',
  'chown',
  'mknod',
  'mount',
  'test',
  'tr',
  'readlink',
  'wc',
  'dd',
  'sort',
  'grep',
];

/** A root file system of busybox with users, without /proc, /sys and /dev. */
export const busyboxBase = (more: readonly TestMember[] = [], config: Partial<ImageConfig> = {}): Image =>
  imageOf(
    [
      layerOf(
        tarOf([
          member('bin', 'directory'),
          fileMember('bin/busybox', readFileSync('/bin/busybox'), { mode: 0o755 }),
          ...applets.map((name) => member(`bin/${name}`, 'symlink', { linkTarget: 'busybox', mode: 0o777 })),
          member('etc', 'directory'),
          fileMember('etc/passwd', 'root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n'),
          fileMember('etc/group', 'root:x:0:\napp:x:1001:\nextra:x:2000:app\n'),
          ...more,
        ]),
      ),
    ],
    config,
  );

export interface TextTree {
  readonly [path: string]: string;
}

/** Merged files with their text; folders as `dir`, links as `-> target`. */
export const textTree = async (image: Image): Promise<TextTree> => {
  const tree: Record<string, string> = {};
  for (const [path, { entry }] of await flatten(image))
    tree[path] = entry.type === 'directory' ? 'dir' : `-> ${entry.linkTarget ?? ''}`;
  for (const layer of image.layers)
    for await (const { entry, content } of readTar(layer.tar()))
      if (entry.type === 'file' && tree[entry.path] !== undefined)
        tree[entry.path] = (await bytesOf(content())).toString('latin1');
  return tree;
};

/** Members of one layer, in order; the last one when no index is given. */
export const membersOf = async (image: Image, at = -1): Promise<readonly TarEntry[]> => {
  const entries: TarEntry[] = [];
  const layer = image.layers.at(at);
  if (layer === undefined) return entries;
  for await (const { entry } of readTar(layer.tar())) entries.push(entry);
  return entries;
};

export const namesOf = async (image: Image, at = -1): Promise<readonly string[]> =>
  (await membersOf(image, at)).map((e) => e.path);
