// Images and indexes to a registry: blobs first and in parallel, manifests last.
import { concurrently } from '../../base/concurrently.ts';
import { Failure } from '../../base/failure.ts';
import { discardBody } from '../../base/http-body.ts';
import type { Digest } from '../../refs/digest.ts';
import { type ImageReference, withDefaultTag } from '../../refs/reference.ts';
import type { Descriptor, Image, ImageIndex, Layer } from '../image.ts';
import { isNonDistributable } from '../media-types.ts';
import { bytesStream } from '../read-bytes.ts';
import { type Blob, uploadBlob } from './blob-upload.ts';
import type { PushOptions } from './client.ts';
import { type Asked, digestLie } from './failures.ts';
import { fetchManifest } from './manifest-download.ts';
import type { Session } from './session.ts';

/** What this client knows about where blobs of one registry are. */
export interface Known {
  /** Blobs and manifests seen in or sent to a repository: `team/app sha256:…`. */
  readonly present: Set<string>;
  /** Repositories by digest, for mounts. */
  readonly repositories: Map<Digest, Set<string>>;
  /** Uploads under way: two tags pushed at once send a blob once. */
  readonly sending: Map<string, Promise<void>>;
}

export const nothingKnown = (): Known => ({ present: new Set(), repositories: new Map(), sending: new Map() });

export interface PushTo {
  readonly session: Session;
  readonly known: Known;
  /** Runs when an upload slot of this registry is free. */
  readonly limited: <T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<T>;
}

const keyOf = (repository: string, digest: Digest): string => `${repository} ${digest}`;

export const remember = (known: Known, repository: string, digest: Digest): void => {
  known.present.add(keyOf(repository, digest));
  const repositories = known.repositories.get(digest) ?? new Set();
  known.repositories.set(digest, repositories.add(repository));
};

const sendBlob = async (to: PushTo, repository: string, blob: Blob, options: PushOptions): Promise<void> => {
  const { known, session, limited } = to;
  const key = keyOf(repository, blob.digest);
  const report = options.progress ?? (() => undefined);
  if (known.present.has(key)) {
    report(blob.digest, blob.size, blob.size, 'cached');
    return;
  }
  const underWay = known.sending.get(key);
  if (underWay !== undefined) {
    await underWay;
    report(blob.digest, blob.size, blob.size, 'cached');
    return;
  }
  const sending = limited(
    () =>
      uploadBlob(session, repository, blob, {
        signal: options.signal,
        mountFrom: [...(known.repositories.get(blob.digest) ?? [])].find((from) => from !== repository),
        progress: (sent, state) => {
          report(blob.digest, sent, blob.size, state);
        },
      }),
    options.signal,
  );
  known.sending.set(key, sending);
  try {
    await sending;
    remember(known, repository, blob.digest);
  } finally {
    known.sending.delete(key);
  }
};

const blobsOf = (image: Image): readonly Blob[] => {
  const layers = image.layers.filter((layer) => !isNonDistributable(layer.descriptor.mediaType)).map(blobOf);
  const { digest, size } = image.manifest.config;
  const config: Blob = { digest, size, open: () => bytesStream(image.configBytes) };
  return [...new Map([...layers, config].map((blob) => [blob.digest, blob])).values()];
};

const blobOf = (layer: Layer): Blob => ({
  digest: layer.descriptor.digest,
  size: layer.descriptor.size,
  open: (signal) => layer.blob(signal),
});

interface ManifestToSend {
  readonly bytes: Uint8Array;
  readonly descriptor: Descriptor;
}

const sendManifest = async (
  to: PushTo,
  target: ImageReference,
  manifest: ManifestToSend,
  signal?: AbortSignal,
): Promise<void> => {
  const { session } = to;
  const identifier = target.tag ?? manifest.descriptor.digest;
  const asked: Asked = {
    registry: target.registry,
    repository: target.repository,
    what: `manifest ${identifier}`,
    action: 'push',
  };
  const response = await session.call({
    method: 'PUT',
    to: `/v2/${target.repository}/manifests/${identifier}`,
    asked,
    headers: { 'content-type': manifest.descriptor.mediaType },
    body: { size: manifest.bytes.length, open: () => bytesStream(manifest.bytes) },
    accept: [201, 200],
    signal,
  });
  await discardBody(response);
  const claimed =
    response.headers.get('docker-content-digest') ?? (await fetchManifest(session, target, signal)).digest;
  if (claimed !== manifest.descriptor.digest)
    throw digestLie(`it confirmed the digest ${claimed} for ${manifest.descriptor.digest}`, asked, {
      sent: manifest.descriptor.digest,
      claimed,
    });
};

const pushImage = async (to: PushTo, target: ImageReference, image: Image, options: PushOptions): Promise<void> => {
  const { signal } = options;
  const send = async (): Promise<void> => {
    await concurrently(
      blobsOf(image),
      Number.POSITIVE_INFINITY,
      (blob, signal) => sendBlob(to, target.repository, blob, { ...options, signal }),
      signal,
    );
    await sendManifest(to, target, { bytes: image.manifestBytes, descriptor: image.descriptor }, signal);
  };
  try {
    await send();
  } catch (error) {
    if (!isBlobMissing(error) || to.known.present.size === 0) throw error;
    // Something was removed from the registry since we saw it.
    to.known.present.clear();
    await send();
  }
};

const isBlobMissing = (error: unknown): boolean =>
  error instanceof Failure && /BLOB_UNKNOWN/.test(String(error.facts['registryCode'] ?? ''));

/** The member manifests go first, by digest; the index last. */
const pushIndex = async (
  to: PushTo,
  target: ImageReference,
  index: ImageIndex,
  options: PushOptions,
): Promise<void> => {
  const { signal } = options;
  for (const descriptor of index.index.manifests) {
    const key = keyOf(target.repository, descriptor.digest);
    if (to.known.present.has(key)) continue;
    const member = await index.member(descriptor, signal);
    await pushOne(
      to,
      { registry: target.registry, repository: target.repository, digest: descriptor.digest },
      member,
      options,
    );
    to.known.present.add(key);
  }
  await sendManifest(to, target, { bytes: index.indexBytes, descriptor: index.descriptor }, signal);
};

const pushOne = (to: PushTo, target: ImageReference, image: Image | ImageIndex, options: PushOptions): Promise<void> =>
  image.kind === 'index' ? pushIndex(to, target, image, options) : pushImage(to, target, image, options);

export const push = async (
  to: PushTo,
  reference: ImageReference,
  image: Image | ImageIndex,
  options: PushOptions,
): Promise<Descriptor> => {
  const target = withDefaultTag(reference);
  if (target.digest !== undefined && target.digest !== image.descriptor.digest)
    throw new Failure(
      'registry/digest-mismatch',
      `The reference asks for ${target.digest}, but the image to push is ${image.descriptor.digest}`,
      {
        facts: { wanted: target.digest, actual: image.descriptor.digest },
        hint: 'Leave the digest out of the destination.',
        failureClass: 'ConfigurationFailure',
      },
    );
  await pushOne(to, target, image, options);
  return image.descriptor;
};
