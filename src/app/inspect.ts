// What an image is, for `slipway inspect`: found in a tar, in the image store or in a registry, in this order.
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Failure } from '../base/failure.ts';
import { openArchive } from '../oci/archive.ts';
import type { Descriptor, Image, ImageConfig, ImageIndex, Manifest } from '../oci/image.ts';
import {
  formatPlatform,
  linuxPlatform,
  normalPlatform,
  parsePlatform,
  type Platform,
  samePlatform,
} from '../refs/platform.ts';
import { isBadReference, parseReference, withDefaultTag } from '../refs/reference.ts';
import { revealText } from '../refs/text.ts';
import { createClients } from './clients.ts';
import { imageStore } from './images.ts';
import { connectorFor, loadProject, projectSecrets, secretOf } from './project.ts';

export interface InspectRequest {
  readonly platform?: string;
  readonly insecure?: boolean;
  readonly config?: string;
}

interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  readonly signal: AbortSignal;
}

export interface Inspection {
  /** `tar`, `image store` or the registry's host. */
  readonly from: string;
  readonly tags: readonly string[];
  /** Platforms of the index that the image is a member of. */
  readonly platforms: readonly string[];
  readonly platform: string;
  readonly descriptor: Descriptor;
  readonly manifest: Manifest;
  readonly manifestText: string;
  readonly config: ImageConfig;
  readonly configText: string;
}

interface Found {
  readonly from: string;
  readonly tags: readonly string[];
  readonly image: Image | ImageIndex;
}

const isFile = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false; // then it is a reference
  }
};

const platformsOf = (index: ImageIndex): readonly string[] =>
  index.index.manifests.flatMap((m) =>
    m.platform === undefined || m.platform.os === 'unknown' ? [] : [formatPlatform(normalPlatform(m.platform))],
  );

const memberFor = async (image: Image | ImageIndex, platform: Platform, signal: AbortSignal): Promise<Image> => {
  if (image.kind === 'image') return image;
  const chosen = image.index.manifests.find((m) => m.platform !== undefined && samePlatform(m.platform, platform));
  if (chosen === undefined) {
    throw new Failure('app/no-such-platform', `the image has no ${formatPlatform(platform)}`, {
      facts: { platform: formatPlatform(platform) },
      hint: `it has ${platformsOf(image).join(', ') || 'no platforms'}; choose one with --platform`,
      failureClass: 'ConfigurationFailure',
    });
  }
  return memberFor(await image.member(chosen, signal), platform, signal);
};

const describe = async (found: Found, platform: Platform, signal: AbortSignal): Promise<Inspection> => {
  const image = await memberFor(found.image, platform, signal);
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return {
    from: found.from,
    tags: found.tags,
    platforms: found.image.kind === 'index' ? platformsOf(found.image) : [],
    platform: formatPlatform(normalPlatform(image.config)),
    descriptor: image.descriptor,
    manifest: image.manifest,
    manifestText: text(image.manifestBytes),
    config: image.config,
    configText: text(image.configBytes),
  };
};

/** Failures of the archive, the store or the registry; `app/no-such-platform`. */
export const inspectImage = async (
  name: string,
  request: InspectRequest,
  around: Surroundings,
): Promise<Inspection> => {
  const platform = request.platform === undefined ? linuxPlatform(process.arch) : parsePlatform(request.platform);
  if (platform === undefined) {
    throw new Failure('app/bad-platform', `"${request.platform}" is no platform`, {
      hint: 'write it like linux/amd64 or linux/arm64',
    });
  }
  const path = resolve(around.folder, name);
  if (await isFile(path)) {
    await using archive = await openArchive(path, { signal: around.signal });
    const first = archive.images[0];
    if (first === undefined) throw new Failure('app/empty-archive', `${name} holds no image`, { facts: { path } });
    return await describe({ from: 'tar', tags: first.tags, image: first.image }, platform, around.signal);
  }
  const stored = await (await imageStore(around.environment)).find(name, around.signal);
  if (stored !== undefined)
    return describe({ from: 'image store', tags: [name], image: stored }, platform, around.signal);

  const reference = parseReference(name);
  if (isBadReference(reference))
    throw new Failure('app/bad-reference', reference.problem, {
      hint: 'name a tar file, an image of the image store or registry/repository:tag',
    });
  const { folder, environment } = around;
  const project = await loadProject({ folder, config: request.config });
  const connector = connectorFor(reference.registry, project.connectors);
  const secrets = projectSecrets(project, around);
  const client = await createClients(project.connectors, environment).forDestination(
    { insecure: request.insecure === true, ...(connector === undefined ? {} : { connector }) },
    { reveal: (text) => revealText(text, (id) => secretOf(secrets, id)) },
  );
  const image = await client.pull(withDefaultTag(reference), { platform: 'all', signal: around.signal });
  return describe({ from: reference.registry, tags: [name], image }, platform, around.signal);
};
