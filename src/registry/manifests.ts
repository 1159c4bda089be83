// GET, HEAD, PUT and DELETE of manifests, and what is found through them: tags and referrers.
import { bodyOf, readAtMost } from '../base/http-body.ts';
import { digestOf } from '../oci/digest.ts';
import type { Index } from '../oci/image.ts';
import { mediaTypes } from '../oci/media-types.ts';
import { type Digest, parseDigest } from '../refs/digest.ts';
import { isTag } from '../refs/reference.ts';
import { ApiError, notADigest } from './api-error.ts';
import { type References, mediaTypeOf, parseManifestJson, readManifest, referencesOf } from './manifest.ts';
import type { RegistryStore, StoredManifest } from './store.ts';

export interface ManifestRules {
  /** Bytes. */
  readonly maxBytes: number;
  /** Accept manifests whose blobs or members are not in the repository. */
  readonly sparse: boolean;
}

const unknown = (reference: string): ApiError =>
  new ApiError(404, 'MANIFEST_UNKNOWN', 'this repository has no such manifest', { reference });

const headersOf = (manifest: StoredManifest): Record<string, string> => ({
  'content-type': manifest.mediaType,
  'content-length': String(manifest.bytes.length),
  'docker-content-digest': manifest.digest,
  etag: `"${manifest.digest}"`,
});

export const getManifest = async (
  store: RegistryStore,
  repository: string,
  reference: string,
  request: Request,
): Promise<Response> => {
  const digest = parseDigest(reference) ?? (isTag(reference) ? await store.tagged(repository, reference) : undefined);
  const manifest = digest === undefined ? undefined : await store.manifest(repository, digest);
  if (manifest === undefined) throw unknown(reference);
  const headers = headersOf(manifest);
  if (request.headers.get('if-none-match')?.includes(`"${manifest.digest}"`) === true)
    return new Response(null, { status: 304, headers: { etag: `"${manifest.digest}"` } });
  return new Response(request.method === 'HEAD' ? null : Buffer.from(manifest.bytes), { headers });
};

const readBody = async (request: Request, maxBytes: number): Promise<Buffer> => {
  const { bytes, truncated } = await readAtMost(bodyOf(request), maxBytes);
  if (truncated) throw new ApiError(413, 'SIZE_INVALID', `a manifest may have at most ${maxBytes} bytes`);
  return bytes;
};

const checkReferences = async (
  store: RegistryStore,
  repository: string,
  { blobs, manifests }: References,
): Promise<void> => {
  for (const digest of new Set(blobs))
    if ((await store.blob(repository, digest)) === undefined)
      throw new ApiError(404, 'MANIFEST_BLOB_UNKNOWN', 'the manifest names a blob that this repository lacks', {
        digest,
      });
  for (const digest of new Set(manifests))
    if (
      (await store.manifest(repository, digest)) === undefined &&
      (await store.blob(repository, digest)) === undefined
    )
      throw new ApiError(404, 'MANIFEST_BLOB_UNKNOWN', 'the index names a manifest that this repository lacks', {
        digest,
      });
};

/** A digest in the address decides what the manifest must be; `?tag=` then names it (distribution-spec, "Pushing Manifests"). */
export const putManifest = async (
  store: RegistryStore,
  rules: ManifestRules,
  target: { readonly repository: string; readonly reference: string; readonly query: URLSearchParams },
  request: Request,
): Promise<Response> => {
  const { repository, reference } = target;
  const asked = parseDigest(reference);
  const tags = asked === undefined ? [reference] : target.query.getAll('tag');
  const badTag = tags.find((tag) => !isTag(tag));
  if (badTag !== undefined)
    throw reference.includes(':')
      ? notADigest(reference)
      : new ApiError(400, 'TAG_INVALID', 'not a tag', { tag: badTag });
  const bytes = await readBody(request, rules.maxBytes);
  const value = parseManifestJson(bytes);
  const mediaType = mediaTypeOf(value, request.headers.get('content-type'));
  const digest = asked ?? digestOf(bytes);
  const manifest = readManifest(bytes, mediaType, digest);
  const references = referencesOf(value, mediaType);
  if (!rules.sparse) await checkReferences(store, repository, references);
  await store.putManifest(repository, manifest);
  for (const tag of tags) await store.tag(repository, tag, digest);
  const headers = new Headers({
    location: `/v2/${repository}/manifests/${digest}`,
    'docker-content-digest': digest,
    ...(manifest.subject === undefined ? {} : { 'oci-subject': manifest.subject }),
  });
  if (asked !== undefined) for (const tag of tags) headers.append('oci-tag', tag);
  return new Response(null, { status: 201, headers });
};

export const deleteManifest = async (
  store: RegistryStore,
  repository: string,
  reference: string,
): Promise<Response> => {
  const digest = parseDigest(reference);
  const gone =
    digest === undefined
      ? isTag(reference) && (await store.untag(repository, reference))
      : await store.deleteManifest(repository, digest);
  if (!gone) throw unknown(reference);
  return new Response(null, { status: 202 });
};

const bytewise = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** One page of names after `last`, and the address of the next (RFC 5988). */
const pageOf = (
  names: readonly string[],
  path: string,
  query: URLSearchParams,
): { readonly names: readonly string[]; readonly headers: Record<string, string> } => {
  const asked = query.get('n');
  if (asked !== null && !/^\d{1,9}$/.test(asked))
    throw new ApiError(400, 'UNSUPPORTED', 'the parameter "n" is not a number', { n: asked });
  const last = query.get('last');
  const after = names.toSorted(bytewise).filter((name) => last === null || name > last);
  const page = asked === null ? after : after.slice(0, Number(asked));
  const final = page.at(-1);
  return {
    names: page,
    headers:
      final === undefined || page.length === after.length
        ? {}
        : { link: `<${path}?n=${asked}&last=${encodeURIComponent(final)}>; rel="next"` },
  };
};

export const listTags = async (store: RegistryStore, repository: string, query: URLSearchParams): Promise<Response> => {
  const tags = await store.tags(repository);
  if (tags === undefined) throw new ApiError(404, 'NAME_UNKNOWN', 'there is no such repository', { name: repository });
  const page = pageOf(tags, `/v2/${repository}/tags/list`, query);
  return Response.json({ name: repository, tags: page.names }, { headers: page.headers });
};

/** Docker's `_catalog`; reserved by the specification, used by many tools. */
export const listRepositories = async (store: RegistryStore, query: URLSearchParams): Promise<Response> => {
  const page = pageOf(await store.repositories(), '/v2/_catalog', query);
  return Response.json({ repositories: page.names }, { headers: page.headers });
};

export const listReferrers = async (
  store: RegistryStore,
  repository: string,
  subject: Digest,
  query: URLSearchParams,
): Promise<Response> => {
  const all = await store.referrers(repository, subject);
  const wanted = query.get('artifactType');
  const index: Index = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: all
      .filter((descriptor) => wanted === null || descriptor.artifactType === wanted)
      .toSorted((a, b) => bytewise(a.digest, b.digest)),
  };
  return new Response(JSON.stringify(index), {
    headers: {
      'content-type': mediaTypes.ociIndex,
      ...(wanted === null ? {} : { 'oci-filters-applied': 'artifactType' }),
    },
  });
};
