import { Failure } from '../base/failure.ts';
import { type Digest, hexOf, parseDigest } from '../refs/digest.ts';
import { formatReference, isBadReference, parseReference, withDefaultTag } from '../refs/reference.ts';
import type { Descriptor, Image, ImageIndex } from './image.ts';
import { type BlobSource, imageFromManifest, openDescriptor } from './open.ts';
import { manifestLimitBytes, readBytes } from './read-bytes.ts';
import type { ImageStore } from './store.ts';
import type { BlobFiles } from './store-blobs.ts';
import type { Records } from './store-records.ts';

interface Parts {
  readonly blobs: BlobFiles;
  readonly records: Records;
}

const idPattern = /^(?:sha256:)?([0-9a-f]{12,64})$/;

export const createFinder = ({ blobs, records }: Parts): ImageStore['find'] => {
  const source: BlobSource = {
    isChecked: true,
    blob: (descriptor, signal) => blobs.read(descriptor.digest, signal),
  };

  const open = async (descriptor: Descriptor, signal?: AbortSignal): Promise<Image | ImageIndex | undefined> =>
    (await blobs.touch(descriptor.digest)) ? openDescriptor(descriptor, source, signal) : undefined;

  const byDigest = async (digest: Digest, signal?: AbortSignal): Promise<Image | ImageIndex | undefined> => {
    const known = await records.byId(digest);
    if (known !== undefined) return open(known, signal);
    const size = await blobs.size(digest);
    if (size === undefined || size > manifestLimitBytes) return undefined;
    const bytes = await readBytes(blobs.read(digest, signal), manifestLimitBytes, 'image manifest');
    try {
      return await imageFromManifest({ bytes, digest, source }, signal);
    } catch (error) {
      if (error instanceof Failure && error.code === 'oci/bad-manifest') return undefined; // a layer or a configuration
      throw error;
    }
  };

  const byIdPrefix = async (prefix: string, signal?: AbortSignal): Promise<Image | ImageIndex | undefined> => {
    const [id, other] = (await records.ids()).filter((known) => hexOf(known).startsWith(prefix));
    if (id !== undefined && other !== undefined) {
      throw new Failure('oci/ambiguous-id', `More than one image has an id that starts with ${prefix}.`, {
        facts: { id: prefix },
        hint: 'Write more digits of the id.',
        failureClass: 'ConfigurationFailure',
      });
    }
    return id === undefined ? undefined : byDigest(id, signal);
  };

  return async (reference, signal) => {
    const digest = parseDigest(reference);
    if (digest !== undefined) return byDigest(digest, signal);
    const parsed = parseReference(reference);
    if (!isBadReference(parsed)) {
      if (parsed.digest !== undefined) return byDigest(parsed.digest, signal);
      const tagged = await records.tagged(formatReference(withDefaultTag(parsed)));
      if (tagged !== undefined) return open(tagged.descriptor, signal);
    }
    const prefix = idPattern.exec(reference)?.[1];
    return prefix === undefined ? undefined : byIdPrefix(prefix, signal);
  };
};
