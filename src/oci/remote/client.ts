// RegistryClient: images to and from a registry, over the OCI distribution API.
import { limiter } from '../../base/limiter.ts';
import { linuxPlatform, type Platform } from '../../refs/platform.ts';
import type { ImageReference } from '../../refs/reference.ts';
import type { Descriptor, Image, ImageIndex } from '../image.ts';
import type { CredentialSource } from './credential.ts';
import { resolveManifest } from './manifest-download.ts';
import { chooseImage, pullImage } from './pull.ts';
import { nothingKnown, push, type PushTo, remember } from './push.ts';
import { Session } from './session.ts';
import { listTags } from './tags.ts';
import { createTransport, type Transport } from './transport.ts';

export interface RegistryClientOptions {
  /** Asked once for each repository. */
  readonly credentials: CredentialSource;
  /** True: plain HTTP is tried when TLS does not answer, and certificates are not verified. */
  readonly insecure?: (registry: string) => boolean;
  readonly transport?: Transport;
  readonly onRetry?: (retry: RetryNotice) => void;
  /** Attempts of one request, the first one included; 5 unless given. */
  readonly attempts?: number;
  /** Milliseconds before the second attempt; doubled for each one after it. 500 unless given. */
  readonly backoffMs?: number;
}

export interface RetryNotice {
  readonly registry: string;
  /** `PUT team/app blob sha256:1a2b…`: no query, no credentials. */
  readonly what: string;
  /** Why the attempt before failed. */
  readonly reason: string;
  /** Number of the attempt that follows: 2 for the first retry. */
  readonly attempt: number;
  readonly delayMs: number;
}

export type UploadState = 'running' | 'done' | 'cached' | 'failed';

export interface PushOptions {
  readonly signal?: AbortSignal;
  /** `cached`: the registry had the blob, or could mount it from another repository. */
  readonly progress?: (digest: string, sentBytes: number, totalBytes: number, state: UploadState) => void;
}

export interface RegistryClient {
  /** What a reference names now, without fetching it. Failure `registry/not-found` when nothing. */
  resolve(reference: ImageReference, signal?: AbortSignal): Promise<Descriptor>;
  /** The image for `platform` (default: this machine's). Layers are read when asked for and verified at their end. */
  pull(
    reference: ImageReference,
    options?: { readonly platform?: Platform; readonly signal?: AbortSignal },
  ): Promise<Image>;
  /** The whole index when the reference names one. */
  pull(
    reference: ImageReference,
    options: { readonly platform: 'all'; readonly signal?: AbortSignal },
  ): Promise<Image | ImageIndex>;
  /**
   * Sends what the registry lacks, the manifest last. The descriptor is what the registry confirmed. A second push to
   * the same repository (another tag) sends only its manifest.
   */
  push(image: Image | ImageIndex, reference: ImageReference, options?: PushOptions): Promise<Descriptor>;
  /** All tags, in the registry's order. */
  tags(registry: string, repository: string, signal?: AbortSignal): Promise<readonly string[]>;
}

/** To one registry. */
const uploadsAtOnce = 4;
const defaults = { attempts: 5, backoffMs: 500 } as const;

export const createRegistryClient = (options: RegistryClientOptions): RegistryClient => {
  const isInsecure = options.insecure ?? (() => false);
  const transport = options.transport ?? createTransport({ insecure: isInsecure });
  const peers = new Map<string, PushTo>();

  const peer = (registry: string): PushTo => {
    const known = peers.get(registry);
    if (known !== undefined) return known;
    const session = new Session({
      registry,
      credentials: options.credentials,
      isInsecure: isInsecure(registry),
      transport,
      policy: { attempts: options.attempts ?? defaults.attempts, backoffMs: options.backoffMs ?? defaults.backoffMs },
      onRetry: options.onRetry,
    });
    const made: PushTo = { session, known: nothingKnown(), limited: limiter(uploadsAtOnce) };
    peers.set(registry, made);
    return made;
  };

  async function pull(
    reference: ImageReference,
    options?: { readonly platform?: Platform; readonly signal?: AbortSignal },
  ): Promise<Image>;
  async function pull(
    reference: ImageReference,
    options: { readonly platform: 'all'; readonly signal?: AbortSignal },
  ): Promise<Image | ImageIndex>;
  async function pull(
    reference: ImageReference,
    { platform, signal }: { readonly platform?: Platform | 'all'; readonly signal?: AbortSignal } = {},
  ): Promise<Image | ImageIndex> {
    const { session, known } = peer(reference.registry);
    const pulled = await pullImage(
      session,
      reference,
      (digest) => {
        remember(known, reference.repository, digest);
      },
      signal,
    );
    if (platform === 'all') return pulled;
    return chooseImage(pulled, platform ?? linuxPlatform(process.arch), reference, signal);
  }

  return {
    resolve: (reference, signal) => resolveManifest(peer(reference.registry).session, reference, signal),
    pull,
    push: (image, reference, pushOptions = {}) => push(peer(reference.registry), reference, image, pushOptions),
    tags: (registry, repository, signal) => listTags(peer(registry).session, repository, signal),
  };
};
