// Where a pushed image comes from: a tar, the image store, or a registry.
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Failure } from '../base/failure.ts';
import { namesIn } from './names-in.ts';
import type { ImageSource } from '../contract/image-operation.ts';
import type { StepContext } from '../engine/executor.ts';
import { openArchive } from '../oci/archive.ts';
import type { Image, ImageIndex } from '../oci/image.ts';
import { familiarReference, type ImageReference, isBadReference, parseReference } from '../refs/reference.ts';
import type { TransferDeps } from './deliver.ts';
import { workspacePath } from './workspace-path.ts';

export interface OpenSource extends AsyncDisposable {
  readonly image: Image | ImageIndex;
  /** For messages: `image.tar`, `team/app:1 of the image store`. */
  readonly name: string;
  /** True when a registry holds it, so that its digest must stay. */
  readonly isHeld: boolean;
}

const nothing = async (): Promise<void> => {};

/** Throws Failure `transfer/bad-source` or `transfer/bad-destination`. */
export const referenceFrom = (text: string, what: 'source' | 'destination'): ImageReference => {
  const reference = parseReference(text);
  if (!isBadReference(reference)) return reference;
  throw new Failure(
    what === 'source' ? 'transfer/bad-source' : 'transfer/bad-destination',
    `The ${what} "${text}" is not an image reference: ${reference.problem}`,
    {
      facts: { [what]: text },
      hint: 'Write it as registry/repository:tag.',
      failureClass: 'ConfigurationFailure',
    },
  );
};

/** Throws Failure `transfer/tar-missing`, `transfer/several-images`, `transfer/image-absent` and those of registries and archives. */
export const openSource = async (
  source: ImageSource,
  deps: TransferDeps,
  context: StepContext,
): Promise<OpenSource> => {
  switch (source.kind) {
    case 'tar':
      return openTar(context.reveal(source.path), context);
    case 'store':
      return openStored(context.reveal(source.reference), deps, context);
    case 'registry':
      return openRemote(context.reveal(source.reference), source.connector, deps, context);
    default:
      return source satisfies never;
  }
};

const openTar = async (path: string, context: StepContext): Promise<OpenSource> => {
  const full = await workspacePath(path, context);
  await checkTar(path, full);
  const archive = await openArchive(full, { signal: context.signal });
  try {
    // Tags of one image in several entries of an OCI archive are one image.
    const images = [...new Map(archive.images.map((entry) => [entry.image.descriptor.digest, entry])).values()];
    const [only] = images;
    if (only === undefined)
      throw new Failure('transfer/empty-archive', `The archive ${path} holds no image`, {
        facts: { path },
        hint: 'Write the archive again.',
        failureClass: 'ConfigurationFailure',
      });
    if (images.length > 1)
      throw new Failure(
        'transfer/several-images',
        `The archive ${path} holds ${images.length} images (${images.map((i) => i.tags.join(' ') || i.image.descriptor.digest).join(', ')}), and only one can be pushed`,
        {
          facts: { path, images: images.length },
          hint: 'Write an archive with one image.',
          failureClass: 'ConfigurationFailure',
        },
      );
    return {
      image: only.image,
      name: path,
      isHeld: false,
      [Symbol.asyncDispose]: () => archive[Symbol.asyncDispose](),
    };
  } catch (error) {
    await archive[Symbol.asyncDispose]();
    throw error;
  }
};

const checkTar = async (path: string, full: string): Promise<void> => {
  const found = await stat(full).catch(() => undefined);
  if (found?.isFile() === true || found?.isDirectory() === true) return;
  const others = (await namesIn(dirname(full))).filter((name) => /\.tar(?:\.(?:gz|zst))?$|\.tgz$/.test(name));
  const near = others.length === 0 ? '' : ` Its folder has ${others.slice(0, 5).join(', ')}.`;
  throw new Failure('transfer/tar-missing', `There is no archive ${path} in the workspace.${near}`, {
    facts: { path, name: basename(full) },
    hint: 'Check the path, and that the step that writes the archive runs before this one.',
    failureClass: 'ConfigurationFailure',
  });
};

const openStored = async (text: string, deps: TransferDeps, context: StepContext): Promise<OpenSource> => {
  const image = await deps.store.find(text, context.signal);
  if (image !== undefined)
    return { image, name: `${text} of the image store`, isHeld: false, [Symbol.asyncDispose]: nothing };
  const stored = (await deps.store.list()).map(({ reference }) => shown(reference));
  const near = nearest3(text, stored);
  const has =
    stored.length === 0
      ? 'It is empty.'
      : `It has ${near.join(', ')}${stored.length > near.length ? ` and ${stored.length - near.length} more` : ''}.`;
  throw new Failure('transfer/image-absent', `The image store has no ${text}. ${has}`, {
    facts: { reference: text, stored: stored.length, nearest: near[0] ?? '' },
    hint: 'Build it first with this tag (load), or correct the name.',
    failureClass: 'ConfigurationFailure',
  });
};

const shown = (reference: string): string => {
  const parsed = parseReference(reference);
  return isBadReference(parsed) ? reference : familiarReference(parsed);
};

/** Those that share most: the repository, then the beginning. */
const nearest3 = (wanted: string, names: readonly string[]): readonly string[] => {
  const repository = wanted.split(':')[0] ?? wanted;
  const score = (name: string): number => {
    if (name.startsWith(`${repository}:`)) return 1000;
    const last = repository.split('/').at(-1) ?? repository;
    if (name.includes(last)) return 500;
    let same = 0;
    while (same < name.length && name[same] === wanted[same]) same += 1;
    return same;
  };
  return names.toSorted((a, b) => score(b) - score(a)).slice(0, 3);
};

const openRemote = async (
  text: string,
  connector: string | undefined,
  deps: TransferDeps,
  context: StepContext,
): Promise<OpenSource> => {
  const reference = referenceFrom(text, 'source');
  const client = await deps.clientFor(connector === undefined ? {} : { connector }, context);
  const image = await client.pull(reference, { platform: 'all', signal: context.signal });
  return { image, name: text, isHeld: true, [Symbol.asyncDispose]: nothing };
};
