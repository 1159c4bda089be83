// Blob uploads: in one request, in one PUT after a POST, or in chunks; mounted from another repository; cancelled.
import { bodyOf } from '../base/http-body.ts';
import { digestOf } from '../oci/digest.ts';
import { algorithmOf, type Digest } from '../refs/digest.ts';
import { isRepository } from '../refs/reference.ts';
import { ApiError, digestFrom } from './api-error.ts';
import { type RegistryStore, type Upload, UploadTooLarge } from './store.ts';

export interface Uploads {
  /** POST /v2/<name>/blobs/uploads/ */
  start(repository: string, request: Request, query: URLSearchParams): Promise<Response>;
  /** GET */
  status(repository: string, id: string): Promise<Response>;
  /** PATCH */
  chunk(repository: string, id: string, request: Request): Promise<Response>;
  /** PUT */
  finish(repository: string, id: string, request: Request, query: URLSearchParams): Promise<Response>;
  /** DELETE */
  cancel(repository: string, id: string): Promise<Response>;
}

const place = (repository: string, upload: Upload): Record<string, string> => ({
  location: `/v2/${repository}/blobs/uploads/${upload.id}`,
  // With nothing received there is no last byte to name; clients expect `0-0`, as Docker's registry says.
  range: `0-${Math.max(0, upload.size - 1)}`,
  'docker-upload-uuid': upload.id,
});

const created = (repository: string, digest: Digest): Response =>
  new Response(null, {
    status: 201,
    headers: { location: `/v2/${repository}/blobs/${digest}`, 'docker-content-digest': digest },
  });

const readDigest = (text: string | null): Digest => {
  if (text === null) throw new ApiError(400, 'DIGEST_INVALID', 'the parameter "digest" is missing', { digest: text });
  return digestFrom(text);
};

const isDigestOfNothing = (digest: Digest): boolean => digestOf('', algorithmOf(digest)) === digest;

const lengthOf = (request: Request): number | undefined => {
  const text = request.headers.get('content-length');
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
};

const checkRange = (repository: string, upload: Upload, request: Request): void => {
  const text = request.headers.get('content-range');
  if (text === null) return;
  const [start, end] = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/.*)?$/.exec(text)?.slice(1).map(Number) ?? [];
  if (start === undefined || end === undefined || start !== upload.size || end < start)
    throw new ApiError(
      416,
      'BLOB_UPLOAD_INVALID',
      `the next chunk must start at byte ${upload.size}; Content-Range is "${text}"`,
      undefined,
      place(repository, upload),
    );
  const length = lengthOf(request);
  if (length !== undefined && length !== end - start + 1)
    throw new ApiError(400, 'SIZE_INVALID', `Content-Range has ${end - start + 1} bytes, Content-Length ${length}`);
};

export const createUploads = (store: RegistryStore, maxBytes: number): Uploads => {
  const writers = new Map<string, { readonly stop: AbortController; readonly ended: Promise<unknown> }>();

  /**
   * One writer for each upload. A client whose connection broke comes back before we notice the break: the new request
   * stops the old one.
   */
  const alone = async <T>(id: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const before = writers.get(id);
    before?.stop.abort(new ApiError(409, 'BLOB_UPLOAD_INVALID', 'another request took this upload over'));
    const stop = new AbortController();
    const running = (async () => {
      await before?.ended;
      return work(stop.signal);
    })();
    const mine = { stop, ended: running.catch(() => undefined) };
    writers.set(id, mine);
    try {
      return await running;
    } finally {
      if (writers.get(id) === mine) writers.delete(id);
    }
  };

  const find = async (repository: string, id: string): Promise<Upload> => {
    const upload = await store.upload(repository, id);
    if (upload === undefined)
      throw new ApiError(404, 'BLOB_UPLOAD_UNKNOWN', 'there is no such upload; start a new one');
    return upload;
  };

  const receive = async (upload: Upload, request: Request, signal: AbortSignal): Promise<void> => {
    const length = lengthOf(request);
    const tooLarge = new ApiError(413, 'SIZE_INVALID', `a blob may have at most ${maxBytes} bytes`);
    if (length !== undefined && upload.size + length > maxBytes) throw tooLarge;
    const expected = upload.size + (length ?? 0);
    try {
      await upload.append(stoppable(bodyOf(request), signal), { maxBytes, signal });
    } catch (error) {
      throw error instanceof UploadTooLarge ? tooLarge : error;
    }
    if (length !== undefined && upload.size !== expected)
      throw new ApiError(400, 'SIZE_INVALID', `Content-Length promised ${length} bytes, others arrived`);
  };

  const commit = async (repository: string, upload: Upload, digest: Digest): Promise<Response> => {
    if (await upload.commit(digest)) return created(repository, digest);
    throw new ApiError(400, 'DIGEST_INVALID', 'the bytes received have another digest', { digest });
  };

  return {
    async start(repository, request, query) {
      const mount = query.get('mount');
      if (mount !== null) {
        const digest = readDigest(mount);
        const from = query.get('from') ?? undefined;
        if ((from === undefined || isRepository(from)) && (await store.mountBlob(repository, digest, from)))
          return created(repository, digest);
      }
      const whole = mount === null && query.has('digest') ? readDigest(query.get('digest')) : undefined;
      const algorithm = whole === undefined ? query.get('digest-algorithm') : algorithmOf(whole);
      const upload = await store.createUpload(repository, algorithm === 'sha512' ? 'sha512' : 'sha256');
      const hasBody =
        lengthOf(request) !== 0 && (lengthOf(request) !== undefined || request.headers.has('transfer-encoding'));
      if (whole === undefined || (!hasBody && !isDigestOfNothing(whole)))
        return new Response(null, { status: 202, headers: place(repository, upload) });
      try {
        await alone(upload.id, (signal) => receive(upload, request, signal));
      } catch (error) {
        await upload.cancel();
        throw error;
      }
      return commit(repository, upload, whole);
    },
    async status(repository, id) {
      return new Response(null, { status: 204, headers: place(repository, await find(repository, id)) });
    },
    chunk: (repository, id, request) =>
      alone(id, async (signal) => {
        const upload = await find(repository, id);
        checkRange(repository, upload, request);
        await receive(upload, request, signal);
        return new Response(null, { status: 202, headers: place(repository, upload) });
      }),
    finish: (repository, id, request, query) =>
      alone(id, async (signal) => {
        const upload = await find(repository, id);
        const digest = readDigest(query.get('digest'));
        if (lengthOf(request) !== 0) {
          checkRange(repository, upload, request);
          await receive(upload, request, signal);
        }
        return commit(repository, upload, digest);
      }),
    cancel: (repository, id) =>
      alone(id, async () => {
        await (await find(repository, id)).cancel();
        return new Response(null, { status: 204 });
      }),
  };
};

/** Ends with the signal's reason even while the source is silent. */
async function* stoppable(source: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncIterable<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  let refuse: ((reason: unknown) => void) | undefined;
  const stop = (): void => refuse?.(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      const { done, value } = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        refuse = reject;
        iterator.next().then(resolve, reject);
      });
      if (done === true) return;
      yield value;
    }
  } finally {
    signal.removeEventListener('abort', stop);
    iterator.return?.().catch(() => undefined);
  }
}
