// Images from a registry: manifest and configuration at once, layers when they are read.
import { Failure } from '../../base/failure.ts';
import type { Digest } from '../../refs/digest.ts';
import { formatPlatform, normalPlatform, type Platform, samePlatform } from '../../refs/platform.ts';
import { formatReference, type ImageReference, withDefaultTag } from '../../refs/reference.ts';
import type { Descriptor, Image, ImageIndex } from '../image.ts';
import { type BlobSource, imageFromManifest } from '../open.ts';
import { downloadBlob } from './blob-download.ts';
import { fetchManifest } from './manifest-download.ts';
import type { Session } from './session.ts';

/** `seen` is told each blob that the repository has. */
export const pullImage = async (
  session: Session,
  reference: ImageReference,
  seen: (digest: Digest) => void,
  signal?: AbortSignal,
): Promise<Image | ImageIndex> => {
  const { registry, repository } = reference;
  const source: BlobSource = {
    isChecked: true,
    async *blob(descriptor, signal) {
      yield* downloadBlob(session, repository, descriptor, signal);
      seen(descriptor.digest);
    },
    manifest: async ({ digest }, signal) =>
      (await fetchManifest(session, { registry, repository, digest }, signal)).bytes,
  };
  const { bytes, mediaType, digest } = await fetchManifest(session, reference, signal);
  const from = { bytes, digest, source, ...(mediaType === undefined ? {} : { mediaType }) };
  const pulled = await imageFromManifest(from, signal);
  if (pulled.kind === 'image')
    for (const layer of pulled.manifest.layers) if (layer.urls === undefined) seen(layer.digest);
  return pulled;
};

/** Attestations and the like are listed for the platform `unknown/unknown`. */
const isForPlatform = (descriptor: Descriptor): boolean =>
  descriptor.platform !== undefined && descriptor.platform.os !== 'unknown';

/** The same first; else one of the same architecture that runs there too (containerd: arm/v7 runs v6 and v5). */
const bestOf = (members: readonly Descriptor[], wanted: Platform): Descriptor | undefined => {
  const exact = members.find((m) => m.platform !== undefined && samePlatform(m.platform, wanted));
  if (exact !== undefined) return exact;
  const target = normalPlatform(wanted);
  const variantNumber = (platform: Platform): number => Number(/^v(\d+)$/.exec(platform.variant ?? '')?.[1] ?? 0);
  return members
    .flatMap((member) => (member.platform === undefined ? [] : [{ member, platform: normalPlatform(member.platform) }]))
    .filter(({ platform }) => platform.os === target.os && platform.architecture === target.architecture)
    .filter(({ platform }) => variantNumber(platform) <= variantNumber(target))
    .toSorted((a, b) => variantNumber(b.platform) - variantNumber(a.platform))[0]?.member;
};

/** Throws Failure `registry/no-matching-platform`. */
export const chooseImage = async (
  pulled: Image | ImageIndex,
  wanted: Platform,
  reference: ImageReference,
  signal?: AbortSignal,
): Promise<Image> => {
  if (pulled.kind === 'image') return pulled;
  const members = pulled.index.manifests;
  const candidates = members.filter(isForPlatform);
  // An index of one image without a platform means that image.
  const chosen =
    bestOf(candidates, wanted) ?? (members.length === 1 && candidates.length === 0 ? members[0] : undefined);
  if (chosen !== undefined) return chooseImage(await pulled.member(chosen, signal), wanted, reference, signal);
  const name = formatReference(withDefaultTag(reference));
  const has = candidates.flatMap((m) => (m.platform === undefined ? [] : [formatPlatform(m.platform)])).join(', ');
  throw new Failure(
    'registry/no-matching-platform',
    `${name} has no image for ${formatPlatform(wanted)}; it has ${has === '' ? 'none that names a platform' : has}`,
    {
      facts: { reference: name, wanted: formatPlatform(wanted), has },
      hint: 'Choose one of the platforms it has, or another image.',
      failureClass: 'ConfigurationFailure',
    },
  );
};
