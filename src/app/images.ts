// The image store on this machine, for `slipway images`.
import { Failure } from '../base/failure.ts';
import { openStore, type ImageStore } from '../oci/store.ts';
import { shortDigest } from '../refs/digest.ts';
import { familiarReference, isBadReference, parseReference } from '../refs/reference.ts';
import { pathsFrom } from './paths.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export const imageStore = (environment: Environment): Promise<ImageStore> => openStore(pathsFrom(environment).images);

export interface StoredImageRow {
  /** As Docker prints it: `team/app:1`. */
  readonly reference: string;
  /** Twelve hex digits; absent for an index of several platforms. */
  readonly imageId?: string;
  /** Twelve hex digits of the manifest as stored, that is, before compression. */
  readonly digest: string;
  /** Milliseconds since the epoch. */
  readonly storedAt: number;
}

const familiar = (text: string): string => {
  const reference = parseReference(text);
  return isBadReference(reference) ? text : familiarReference(reference);
};

/** Newest first. */
export const listImages = async (environment: Environment): Promise<readonly StoredImageRow[]> => {
  const store = await imageStore(environment);
  return (await store.list())
    .toSorted((a, b) => b.storedAt - a.storedAt)
    .map((image) => ({
      reference: familiar(image.reference),
      ...(image.imageId === undefined ? {} : { imageId: shortDigest(image.imageId) }),
      digest: shortDigest(image.descriptor.digest),
      storedAt: image.storedAt,
    }));
};

/** Removes all or none: every reference is looked up first. Failure `app/no-such-image`. */
export const removeImages = async (
  references: readonly string[],
  environment: Environment,
): Promise<readonly string[]> => {
  const store = await imageStore(environment);
  const known = await store.list();
  for (const reference of references) {
    if ((await store.find(reference)) !== undefined) continue;
    throw new Failure('app/no-such-image', `the image store has no "${reference}"`, {
      facts: { reference },
      hint:
        known.length === 0 ? 'the image store is empty' : `it has ${known.map((image) => image.reference).join(', ')}`,
      failureClass: 'ConfigurationFailure',
    });
  }
  for (const reference of references) await store.untag(reference);
  return references;
};

const hourMs = 3_600_000;

export const pruneImages = async (
  environment: Environment,
): Promise<{ readonly removedBlobs: number; readonly freedBytes: number }> =>
  (await imageStore(environment)).collectGarbage(hourMs);
