// A registry store on disk. Blobs are files named by their digest; a repository holds small files that say which blobs
// and manifests are its own. Names of repositories never start with "_", so "_blobs" and its like cannot be repositories.
//
//   blobs/sha256/1a/1a2b…                        content of blobs and manifests
//   uploads/<id>/{repository,data}               unfinished uploads
//   repositories/team/app/_blobs/sha256/1a2b…    empty
//                        /_manifests/sha256/…    the media type
//                        /_tags/1.0              the digest
//                        /_referrers/sha256/<subject>/sha256-…   the descriptor as JSON
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileChunks } from '../base/file-chunks.ts';
import { writeFileWhole } from '../base/write-file-whole.ts';
import type { Descriptor } from '../oci/image.ts';
import { algorithmOf, type Digest, hexOf, parseDigest } from '../refs/digest.ts';
import { namesIn, readIfThere, removeIfThere, sizeIfThere } from './disk-files.ts';
import { createDiskUploads } from './disk-uploads.ts';
import { readManifest } from './manifest.ts';
import type { RegistryStore } from './store.ts';

/** Makes the folder and removes uploads that nobody has touched for a day. */
export const openDiskStore = async (root: string): Promise<RegistryStore> => {
  await mkdir(join(root, 'repositories'), { recursive: true });
  const blobPath = (digest: Digest): string =>
    join(root, 'blobs', algorithmOf(digest), hexOf(digest).slice(0, 2), hexOf(digest));
  const inRepository = (repository: string, ...parts: readonly string[]): string =>
    join(root, 'repositories', repository, ...parts);
  const link = (repository: string, kind: '_blobs' | '_manifests', digest: Digest): string =>
    inRepository(repository, kind, algorithmOf(digest), hexOf(digest));
  const referrer = (repository: string, subject: Digest, digest: Digest): string =>
    inRepository(
      repository,
      '_referrers',
      algorithmOf(subject),
      hexOf(subject),
      `${algorithmOf(digest)}-${hexOf(digest)}`,
    );
  const linkBlob = (repository: string, digest: Digest): Promise<void> =>
    writeFileWhole(link(repository, '_blobs', digest), '');

  const uploads = await createDiskUploads(join(root, 'uploads'), { blobPath, linkBlob });

  const store: RegistryStore = {
    async blob(repository, digest) {
      if ((await sizeIfThere(link(repository, '_blobs', digest))) === undefined) return undefined;
      const path = blobPath(digest);
      const size = await sizeIfThere(path);
      return size === undefined ? undefined : { size, read: (start, end) => fileChunks(path, { start, end: end + 1 }) };
    },
    async mountBlob(repository, digest, from) {
      if (from !== undefined && (await sizeIfThere(link(from, '_blobs', digest))) === undefined) return false;
      if ((await sizeIfThere(blobPath(digest))) === undefined) return false;
      await linkBlob(repository, digest);
      return true;
    },
    deleteBlob: (repository, digest) => removeIfThere(link(repository, '_blobs', digest)),
    createUpload: uploads.create,
    upload: uploads.find,
    async putManifest(repository, manifest) {
      await writeFileWhole(blobPath(manifest.digest), manifest.bytes);
      if (manifest.subject !== undefined)
        await writeFileWhole(
          referrer(repository, manifest.subject, manifest.digest),
          JSON.stringify(manifest.descriptor),
        );
      await writeFileWhole(link(repository, '_manifests', manifest.digest), manifest.mediaType);
    },
    async manifest(repository, digest) {
      const mediaType = await readIfThere(link(repository, '_manifests', digest));
      if (mediaType === undefined) return undefined;
      const bytes = await readFile(blobPath(digest));
      return readManifest(bytes, mediaType, digest);
    },
    async deleteManifest(repository, digest) {
      const manifest = await store.manifest(repository, digest);
      if (manifest === undefined) return false;
      for (const tag of (await store.tags(repository)) ?? [])
        if ((await store.tagged(repository, tag)) === digest) await store.untag(repository, tag);
      if (manifest.subject !== undefined) await removeIfThere(referrer(repository, manifest.subject, digest));
      return removeIfThere(link(repository, '_manifests', digest));
    },
    async referrers(repository, subject) {
      const folder = inRepository(repository, '_referrers', algorithmOf(subject), hexOf(subject));
      const found: Descriptor[] = [];
      for (const name of await namesIn(folder)) {
        const text = await readIfThere(join(folder, name));
        if (text !== undefined) found.push(JSON.parse(text) as Descriptor); // written by putManifest
      }
      return found;
    },
    tag: (repository, tag, digest) => writeFileWhole(inRepository(repository, '_tags', tag), digest),
    async tagged(repository, tag) {
      const text = await readIfThere(inRepository(repository, '_tags', tag));
      return text === undefined ? undefined : parseDigest(text);
    },
    untag: (repository, tag) => removeIfThere(inRepository(repository, '_tags', tag)),
    async tags(repository) {
      const tags = await namesIn(inRepository(repository, '_tags'));
      if (tags.length > 0) return tags;
      const folder = await namesIn(inRepository(repository));
      return folder.some((name) => name.startsWith('_')) ? [] : undefined;
    },
    async repositories() {
      const found: string[] = [];
      const walk = async (path: string): Promise<void> => {
        const entries = await readdir(join(root, 'repositories', path), { withFileTypes: true });
        if (path !== '' && entries.some((entry) => entry.name === '_manifests')) found.push(path);
        for (const entry of entries)
          if (entry.isDirectory() && !entry.name.startsWith('_'))
            await walk(path === '' ? entry.name : `${path}/${entry.name}`);
      };
      await walk('');
      return found;
    },
  };
  return store;
};
