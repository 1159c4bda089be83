// Media types of the OCI image specification 1.1 (media-types.md) and Docker Image Manifest V2, Schema 2.
export const mediaTypes = {
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar',
  ociLayerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  ociLayerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  ociEmpty: 'application/vnd.oci.empty.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerManifestList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar',
  dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const;

const configTypes: ReadonlySet<string> = new Set([mediaTypes.ociConfig, mediaTypes.dockerConfig]);

/** False for the configuration of an artifact. */
export const isImageConfigType = (mediaType: string): boolean => configTypes.has(mediaType);

/** OCI image-spec, layer.md, "Non-Distributable Layers": registries take manifests that name them without having them. */
export const isNonDistributable = (mediaType: string): boolean => /nondistributable|foreign/.test(mediaType);

/** What a media type says about compression; undefined when it is not a layer's. */
export const layerCompression = (mediaType: string): 'none' | 'gzip' | 'zstd' | undefined => {
  if (!/layer|rootfs/.test(mediaType)) return undefined;
  if (mediaType.endsWith('gzip')) return 'gzip';
  if (mediaType.endsWith('zstd')) return 'zstd';
  return mediaType.endsWith('tar') ? 'none' : undefined;
};

/** The type of the same layer when it is gzip: Docker's stay Docker's. */
export const gzipLayerType = (mediaType: string): string =>
  mediaType.startsWith('application/vnd.docker.') ? mediaTypes.dockerLayerGzip : mediaTypes.ociLayerGzip;

/** The type of the same layer when it is not compressed. */
export const plainLayerType = (mediaType: string): string =>
  mediaType.startsWith('application/vnd.docker.') ? mediaTypes.dockerLayer : mediaTypes.ociLayer;
