// Images made here: equal configuration and layers give equal bytes, so equal digests.
import type { Platform } from '../refs/platform.ts';
import { canonicalJson } from './canonical-json.ts';
import { digestOf } from './digest.ts';
import type { Image, ImageConfig, Index, Layer, Manifest } from './image.ts';
import { mediaTypes } from './media-types.ts';

interface Parts {
  readonly config: ImageConfig;
  readonly layers: readonly Layer[];
  readonly annotations?: Readonly<Record<string, string>>;
}

const platformOf = (config: ImageConfig): Platform => ({
  os: config.os,
  architecture: config.architecture,
  ...(config.variant === undefined ? {} : { variant: config.variant }),
  ...(config['os.version'] === undefined ? {} : { 'os.version': config['os.version'] }),
});

const assemble = (
  config: ImageConfig,
  configBytes: Uint8Array,
  layers: readonly Layer[],
  manifestWithoutParts: Omit<Manifest, 'config' | 'layers'> & { readonly configType: string },
): Image => {
  const { configType, ...rest } = manifestWithoutParts;
  const manifest: Manifest = {
    ...rest,
    config: { mediaType: configType, digest: digestOf(configBytes), size: configBytes.length },
    layers: layers.map((layer) => layer.descriptor),
  };
  const manifestBytes = canonicalJson(manifest);
  return {
    kind: 'image',
    descriptor: {
      mediaType: manifest.mediaType,
      digest: digestOf(manifestBytes),
      size: manifestBytes.length,
      ...(config.os === '' ? {} : { platform: platformOf(config) }),
    },
    manifest,
    manifestBytes,
    config,
    configBytes,
    layers,
  };
};

/** `config.rootfs.diff_ids` must be those of `layers`, in order: anything else is a bug of the caller. */
export const imageFrom = ({ config, layers, annotations }: Parts): Image => {
  const ids = config.rootfs.diff_ids;
  if (ids.length !== layers.length || ids.some((id, i) => id !== layers[i]?.diffId)) {
    throw new Error('imageFrom: the configuration lists other diff ids than those of the layers');
  }
  return assemble(config, canonicalJson(config), layers, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    configType: mediaTypes.ociConfig,
    ...(annotations === undefined || Object.keys(annotations).length === 0 ? {} : { annotations }),
  });
};

/** As `imageFrom`, with a configuration whose bytes are given: the image id depends on them. */
export const imageFromBytes = (config: ImageConfig, configBytes: Uint8Array, layers: readonly Layer[]): Image =>
  assemble(config, configBytes, layers, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    configType: mediaTypes.ociConfig,
  });

/** The same image with its layers held in another form (compressed, say). Its configuration, so its image id, stays. */
export const withLayers = (image: Image, layers: readonly Layer[]): Image => {
  const { config, layers: _, ...rest } = image.manifest;
  return assemble(image.config, image.configBytes, layers, { ...rest, configType: config.mediaType });
};

/** An index over images that are at hand. */
export const indexOf = (
  index: Omit<Index, 'schemaVersion'>,
): { readonly index: Index; readonly indexBytes: Buffer } => {
  const whole: Index = { schemaVersion: 2, ...index };
  return { index: whole, indexBytes: canonicalJson(whole) };
};
