// The invariants of an Image, said once: tests of every source and builder hold their images against them.
import { Failure } from '../base/failure.ts';
import { algorithmOf } from '../refs/digest.ts';
import { canonicalJson } from './canonical-json.ts';
import { Hasher, digestOf } from './digest.ts';
import type { Descriptor, Image, ImageIndex, Layer } from './image.ts';
import { layerCompression } from './media-types.ts';
import { parseConfig } from './parse-config.ts';
import { parseManifest } from './parse-manifest.ts';
import { readTar } from './tar/read.ts';

export interface Violation {
  /** `manifest`, `config`, `layer 3` (from 1), `index`, `member sha256:…`. */
  readonly part: string;
  readonly problem: string;
}

type Say = (part: string, problem: string) => void;

const same = (a: unknown, b: unknown): boolean => canonicalJson(a).equals(canonicalJson(b));

const checkBytes = (part: string, bytes: Uint8Array, descriptor: Descriptor, say: Say): void => {
  const digest = digestOf(bytes, algorithmOf(descriptor.digest));
  if (descriptor.size !== bytes.length || digest !== descriptor.digest) {
    say(part, `is promised as ${descriptor.digest} of ${descriptor.size} bytes, but is ${digest} of ${bytes.length}`);
  }
};

/** What is thrown as a Failure becomes a violation; bugs go on. */
const attempt = async (part: string, say: Say, work: () => void | Promise<void>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    say(part, error.message);
  }
};

const checkStream = async (
  stream: AsyncIterable<Uint8Array>,
  expected: { readonly digest: Descriptor['digest']; readonly size?: number },
  say: (problem: string) => void,
): Promise<void> => {
  const hasher = new Hasher(algorithmOf(expected.digest));
  for await (const chunk of stream) hasher.update(chunk);
  const { size } = hasher;
  const digest = hasher.digest();
  if (digest !== expected.digest) say(`is promised as ${expected.digest}, but is ${digest}`);
  if (expected.size !== undefined && size !== expected.size) {
    say(`is promised with ${expected.size} bytes, but has ${size}`);
  }
};

const checkLayer = async (layer: Layer, part: string, say: Say): Promise<void> => {
  await attempt(part, say, () =>
    checkStream(layer.blob(), layer.descriptor, (problem) => say(part, `blob ${problem}`)),
  );
  if (layerCompression(layer.descriptor.mediaType) === undefined) return; // an artifact's blob
  await attempt(part, say, () =>
    checkStream(layer.tar(), { digest: layer.diffId }, (problem) => say(part, `tar ${problem}`)),
  );
  await attempt(part, say, async () => {
    for await (const _ of readTar(layer.tar()));
  });
};

const checkConfig = async (image: Image, say: Say): Promise<void> => {
  checkBytes('config', image.configBytes, image.manifest.config, say);
  const { config, layers } = image;
  const ids = config.rootfs.diff_ids;
  const isImage = ids.length > 0 || layers.length === 0 || config.os !== '';
  if (!isImage) return; // an artifact
  await attempt('config', say, () => {
    if (!same(parseConfig(image.configBytes), config)) say('config', 'the bytes say something else than the value');
  });
  if (config.os === '') say('config', 'names no os');
  if (config.architecture === '') say('config', 'names no architecture');
  if (
    !same(
      ids,
      layers.map((layer) => layer.diffId),
    )
  )
    say('config', 'its diff ids are not those of the layers');
  const filled = config.history?.filter((entry) => entry.empty_layer !== true).length;
  if (filled !== undefined && filled !== layers.length) {
    say('config', `its history has ${filled} entries that fill a layer, but there are ${layers.length} layers`);
  }
};

const checkImage = async (image: Image, say: Say): Promise<void> => {
  checkBytes('manifest', image.manifestBytes, image.descriptor, say);
  await attempt('manifest', say, () => {
    if (!same(parseManifest(image.manifestBytes, image.descriptor.mediaType), image.manifest)) {
      say('manifest', 'the bytes say something else than the value');
    }
  });
  if (
    !same(
      image.manifest.layers,
      image.layers.map((layer) => layer.descriptor),
    )
  ) {
    say('manifest', 'its layers are not those of the image');
  }
  await checkConfig(image, say);
  for (const [i, layer] of image.layers.entries()) await checkLayer(layer, `layer ${i + 1}`, say);
};

const checkIndex = async (index: ImageIndex, say: Say): Promise<void> => {
  checkBytes('index', index.indexBytes, index.descriptor, say);
  await attempt('index', say, () => {
    if (!same(parseManifest(index.indexBytes, index.descriptor.mediaType), index.index)) {
      say('index', 'the bytes say something else than the value');
    }
  });
  for (const descriptor of index.index.manifests) {
    const part = `member ${descriptor.digest}`;
    await attempt(part, say, async () => {
      const member = await index.member(descriptor);
      if (member.descriptor.digest !== descriptor.digest) say(part, `is ${member.descriptor.digest}`);
      for (const { part: inner, problem } of await validate(member)) say(`${part}, ${inner}`, problem);
    });
  }
};

/** Reads everything. Empty when all is well: digests and sizes, bytes and values, diff ids, counts, readable tars. */
export const validate = async (image: Image | ImageIndex): Promise<readonly Violation[]> => {
  const violations: Violation[] = [];
  const say: Say = (part, problem) => {
    violations.push({ part, problem });
  };
  await (image.kind === 'image' ? checkImage(image, say) : checkIndex(image, say));
  return violations;
};
