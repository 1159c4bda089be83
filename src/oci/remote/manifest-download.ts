// Manifests from a registry, as the bytes that were asked for or not at all.
import { Failure } from '../../base/failure.ts';
import { bodyOf } from '../../base/http-body.ts';
import { type Digest, algorithmOf, parseDigest } from '../../refs/digest.ts';
import { type ImageReference, defaultTag } from '../../refs/reference.ts';
import { digestOf } from '../digest.ts';
import type { Descriptor } from '../image.ts';
import { mediaTypes } from '../media-types.ts';
import { manifestLimitBytes, readBytes } from '../read-bytes.ts';
import { type Asked, badAnswer, digestLie } from './failures.ts';
import { attemptsWorth, networkFailure } from './network.ts';
import type { Session } from './session.ts';

const accept = [
  mediaTypes.ociIndex,
  mediaTypes.dockerManifestList,
  mediaTypes.ociManifest,
  mediaTypes.dockerManifest,
].join(', ');

export interface FetchedManifest {
  readonly bytes: Buffer;
  readonly mediaType: string | undefined;
  readonly digest: Digest;
}

/** The tag or digest of a reference, as the address has it: a digest wins, as in `docker pull`. */
const identifierOf = ({ digest, tag = defaultTag }: ImageReference): string => digest ?? tag;

const askedFor = (reference: ImageReference): Asked => ({
  registry: reference.registry,
  repository: reference.repository,
  what: `manifest ${identifierOf(reference)}`,
  action: 'pull',
});

const pathOf = (reference: ImageReference): string =>
  `/v2/${reference.repository}/manifests/${identifierOf(reference)}`;

const mediaTypeOf = (response: Response): string | undefined => {
  const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  // Registries that know no better say application/json or text/plain: the text decides then.
  return type === undefined || !type.startsWith('application/vnd.') ? undefined : type;
};

/** Throws Failure `registry/digest-mismatch` when the bytes are not those of the digest asked for or of the one the registry names. */
export const fetchManifest = async (
  session: Session,
  reference: ImageReference,
  signal?: AbortSignal,
): Promise<FetchedManifest> => {
  const asked = askedFor(reference);
  const call = { method: 'GET', to: pathOf(reference), asked, headers: { accept }, accept: [200], signal } as const;
  const read = async (): Promise<FetchedManifest> => {
    const response = await session.call(call);
    const bytes = await readBytes(bodyOf(response), manifestLimitBytes, `image manifest from ${reference.registry}`);
    const claimed = response.headers.get('docker-content-digest');
    const digest = checked(bytes, reference, claimed, asked);
    return { bytes, mediaType: mediaTypeOf(response), digest };
  };
  try {
    return await read();
  } catch (error) {
    // The connection broke inside the body: once more.
    if (error instanceof Failure || signal?.aborted === true || attemptsWorth(error) === 0)
      throw networkFailure(error, asked);
    return read().catch((again: unknown) => Promise.reject(networkFailure(again, asked) as Error));
  }
};

const checked = (bytes: Buffer, reference: ImageReference, claimed: string | null, asked: Asked): Digest => {
  if (reference.digest !== undefined) {
    const actual = digestOf(bytes, algorithmOf(reference.digest));
    if (actual === reference.digest) return actual;
    throw digestLie('the manifest it sent has another digest than the one asked for', asked, {
      wanted: reference.digest,
      actual,
    });
  }
  const claim = parseDigest(claimed ?? '');
  if (claim === undefined) return digestOf(bytes);
  const actual = digestOf(bytes, algorithmOf(claim));
  if (actual !== claim)
    throw digestLie('the manifest it sent has another digest than the one it names', asked, { claimed: claim, actual });
  return digestOf(bytes);
};

/** By HEAD; by GET where the registry does not answer that fully. */
export const resolveManifest = async (
  session: Session,
  reference: ImageReference,
  signal?: AbortSignal,
): Promise<Descriptor> => {
  const asked = askedFor(reference);
  const response = await session.call({
    method: 'HEAD',
    to: pathOf(reference),
    asked,
    headers: { accept },
    accept: [200, 400, 405],
    signal,
  });
  const digest = parseDigest(response.headers.get('docker-content-digest') ?? '');
  const mediaType = mediaTypeOf(response);
  const size = Number(response.headers.get('content-length') ?? Number.NaN);
  if (response.status === 200 && digest !== undefined && mediaType !== undefined && Number.isSafeInteger(size)) {
    if (
      reference.digest !== undefined &&
      reference.digest !== digest &&
      algorithmOf(reference.digest) === algorithmOf(digest)
    )
      throw digestLie('it names another digest than the one asked for', asked, {
        wanted: reference.digest,
        claimed: digest,
      });
    return { mediaType, digest, size };
  }
  const fetched = await fetchManifest(session, reference, signal);
  if (fetched.mediaType === undefined) throw badAnswer('it does not say what kind of manifest it holds', asked);
  return { mediaType: fetched.mediaType, digest: fetched.digest, size: fetched.bytes.length };
};
