// GET, HEAD and DELETE of blobs, with byte ranges (RFC 9110, section 14).
import { responseWith } from '../base/http-body.ts';
import type { Digest } from '../refs/digest.ts';
import { ApiError } from './api-error.ts';
import type { RegistryStore } from './store.ts';

const unknown = (digest: Digest): ApiError =>
  new ApiError(404, 'BLOB_UNKNOWN', 'this repository has no such blob', { digest });

/** Undefined: no range, or one we may ignore (several ranges, another unit). */
const readRange = (text: string | null, size: number): { readonly start: number; readonly end: number } | undefined => {
  const match = /^bytes=(\d*)-(\d*)$/.exec(text?.trim() ?? '');
  const [from = '', to = ''] = match?.slice(1) ?? [];
  if (from === '' && to === '') return undefined;
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (start >= size || end < start)
    throw new ApiError(416, 'SIZE_INVALID', `the blob has ${size} bytes`, undefined, {
      'content-range': `bytes */${size}`,
    });
  return { start, end };
};

export const getBlob = async (
  store: RegistryStore,
  repository: string,
  digest: Digest,
  request: Request,
): Promise<Response> => {
  const blob = await store.blob(repository, digest);
  if (blob === undefined) throw unknown(digest);
  const headers: Record<string, string> = {
    'content-type': 'application/octet-stream',
    'docker-content-digest': digest,
    'accept-ranges': 'bytes',
    etag: `"${digest}"`,
    'cache-control': 'private, max-age=31536000, immutable',
  };
  if (request.headers.get('if-none-match')?.includes(`"${digest}"`) === true)
    return new Response(null, { status: 304, headers });
  if (request.method === 'HEAD') {
    return new Response(null, { headers: { ...headers, 'content-length': String(blob.size) } });
  }
  const range = readRange(request.headers.get('range'), blob.size);
  if (range === undefined)
    return responseWith({ headers: { ...headers, 'content-length': String(blob.size) } }, blob.read(0, blob.size - 1));
  const { start, end } = range;
  return responseWith(
    {
      status: 206,
      headers: {
        ...headers,
        'content-length': String(end - start + 1),
        'content-range': `bytes ${start}-${end}/${blob.size}`,
      },
    },
    blob.read(start, end),
  );
};

export const deleteBlob = async (store: RegistryStore, repository: string, digest: Digest): Promise<Response> => {
  if (!(await store.deleteBlob(repository, digest))) throw unknown(digest);
  return new Response(null, { status: 202 });
};
