// OCI image layouts (image-spec, image-layout.md), read from a folder or a tar.
import { type Digest, algorithmOf, hexOf } from '../refs/digest.ts';
import type { ArchivedImage } from './archived-image.ts';
import { badArchive } from './bad-archive.ts';
import type { Descriptor, Image, ImageIndex } from './image.ts';
import type { LayoutFiles } from './layout-files.ts';
import { mediaTypes } from './media-types.ts';
import { type BlobSource, openDescriptor } from './open.ts';
import { isIndex, isIndexType, isManifestType, parseManifest } from './parse-manifest.ts';
import { manifestLimitBytes, readBytes } from './read-bytes.ts';
import { asString, parseJson } from './untrusted-json.ts';

export const refNameAnnotation = 'org.opencontainers.image.ref.name';
export const imageNameAnnotation = 'io.containerd.image.name';

export const layoutBlobPath = (digest: Digest): string => `blobs/${algorithmOf(digest)}/${hexOf(digest)}`;

/** containerd's name is a whole reference; the other is often only a tag. */
const tagOf = ({ annotations }: Descriptor): string | undefined =>
  annotations?.[imageNameAnnotation] ?? annotations?.[refNameAnnotation];

const blobSource = (files: LayoutFiles): BlobSource => ({
  async *blob({ digest }, signal) {
    const path = layoutBlobPath(digest);
    if ((await files.size(path)) === undefined) throw badArchive(files.name, `the blob ${digest} is missing`);
    yield* files.read(path, signal);
  },
});

const checkVersion = async (files: LayoutFiles): Promise<void> => {
  const bad = (problem: string) => badArchive(files.name, `in its file "oci-layout", ${problem}`);
  const object = parseJson(await readBytes(files.read('oci-layout'), manifestLimitBytes, 'file "oci-layout"'), bad);
  const version = asString(object['imageLayoutVersion'], '"imageLayoutVersion"', bad);
  if (!version.startsWith('1.')) throw bad(`the layout version is "${version}", not 1.0.0`);
};

/** True when the tar or folder claims to be a layout. */
export const isLayout = async (files: LayoutFiles): Promise<boolean> =>
  (await files.size('oci-layout')) !== undefined && (await files.size('index.json')) !== undefined;

/** The images that `index.json` lists, those with several names once. */
export const readLayout = async (files: LayoutFiles, signal?: AbortSignal): Promise<readonly ArchivedImage[]> => {
  await checkVersion(files);
  const bytes = await readBytes(files.read('index.json', signal), manifestLimitBytes, 'file "index.json"');
  const index = parseManifest(bytes, mediaTypes.ociIndex);
  if (!isIndex(index)) throw badArchive(files.name, 'its index.json is no index');
  const source = blobSource(files);
  const found = new Map<Digest, { readonly tags: string[]; readonly image: Image | ImageIndex }>();
  for (const descriptor of index.manifests) {
    if (!isIndexType(descriptor.mediaType) && !isManifestType(descriptor.mediaType)) continue; // something beside images
    const tag = tagOf(descriptor);
    const known = found.get(descriptor.digest);
    const { annotations: _, ...plain } = descriptor;
    const image = known ?? { tags: [], image: await openDescriptor(plain, source, signal) };
    if (tag !== undefined && !image.tags.includes(tag)) image.tags.push(tag);
    found.set(descriptor.digest, image);
  }
  return [...found.values()];
};

/** True when every blob that the image reaches is there: `docker save` may list platforms that it leaves out. */
export const isComplete = async (image: Image | ImageIndex, files: LayoutFiles): Promise<boolean> => {
  const has = async ({ digest }: Descriptor) => (await files.size(layoutBlobPath(digest))) !== undefined;
  if (image.kind === 'image') {
    for (const layer of image.layers) if (!(await has(layer.descriptor))) return false;
    return true;
  }
  for (const member of image.index.manifests) {
    if (!(await has(member)) || !(await isComplete(await image.member(member), files))) return false;
  }
  return true;
};
