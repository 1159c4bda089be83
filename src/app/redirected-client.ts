// A client whose registry really answers elsewhere: references keep their names, requests go to the endpoint.
import type { Endpoint } from '../connectors/connector-set.ts';
import type { PushOptions, RegistryClient } from '../oci/remote/client.ts';
import type { Image, ImageIndex } from '../oci/image.ts';
import type { Platform } from '../refs/platform.ts';
import type { ImageReference } from '../refs/reference.ts';

export const redirected = (
  endpointOf: (registry: string) => Endpoint | undefined,
  clientFor: (registry: string) => RegistryClient,
): RegistryClient => {
  const at = (reference: ImageReference): { readonly client: RegistryClient; readonly reference: ImageReference } => {
    const endpoint = endpointOf(reference.registry);
    return {
      client: clientFor(reference.registry),
      reference: endpoint === undefined ? reference : { ...reference, registry: endpoint.host },
    };
  };
  function pull(
    reference: ImageReference,
    options?: { readonly platform?: Platform; readonly signal?: AbortSignal },
  ): Promise<Image>;
  function pull(
    reference: ImageReference,
    options: { readonly platform: 'all'; readonly signal?: AbortSignal },
  ): Promise<Image | ImageIndex>;
  function pull(
    reference: ImageReference,
    options: { readonly platform?: Platform | 'all'; readonly signal?: AbortSignal } = {},
  ): Promise<Image | ImageIndex> {
    const to = at(reference);
    const { platform, ...rest } = options;
    return platform === 'all'
      ? to.client.pull(to.reference, { ...rest, platform })
      : to.client.pull(to.reference, { ...rest, ...(platform === undefined ? {} : { platform }) });
  }
  return {
    resolve: (reference, signal) => at(reference).client.resolve(at(reference).reference, signal),
    pull,
    push: (image: Image | ImageIndex, reference: ImageReference, options?: PushOptions) =>
      at(reference).client.push(image, at(reference).reference, options),
    tags: (registry, repository, signal) =>
      clientFor(registry).tags(endpointOf(registry)?.host ?? registry, repository, signal),
  };
};
