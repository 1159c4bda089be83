// A blob to a registry: not at all when it is there, mounted when another repository has it, else sent; a broken upload
// goes on where the registry says it stopped (distribution-spec, "Pushing blobs").
import { Failure } from '../../base/failure.ts';
import { discardBody } from '../../base/http-body.ts';
import type { Digest } from '../../refs/digest.ts';
import type { UploadState } from './client.ts';
import { type Asked, badAnswer, digestLie } from './failures.ts';
import { attemptsWorth, networkFailure, reasonOf } from './network.ts';
import { backoff, isTemporary } from './retry.ts';
import type { Session } from './session.ts';

export interface Blob {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** A fresh stream of all bytes on each call. */
  open(signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

export interface UploadOptions {
  readonly signal?: AbortSignal | undefined;
  /** A repository of the same registry that is known to have the blob. */
  readonly mountFrom: string | undefined;
  readonly progress: (sentBytes: number, state: UploadState) => void;
}

/** Up to here a blob is sent in the request that also completes it. */
const smallBytes = 1024 * 1024;
/** Where a proxy limits bodies (HTTP 413), blobs go in pieces of this size. */
const pieceBytes = 16 * 1024 * 1024;
/** Attempts in a row in which the registry keeps not one byte more. */
const idleAttempts = 5;

/** Sends nothing when the registry has it. */
export const uploadBlob = async (
  session: Session,
  repository: string,
  blob: Blob,
  options: UploadOptions,
): Promise<void> => {
  const asked: Asked = { registry: session.registry, repository, what: `blob ${blob.digest}`, action: 'push' };
  const { mountFrom, progress, signal } = options;
  try {
    if (await hasBlob(session, asked, blob, signal)) {
      progress(blob.size, 'cached');
      return;
    }
    progress(0, 'running');
    const answer = mountFrom === undefined ? undefined : await mount(session, asked, blob.digest, mountFrom, signal);
    if (answer === 'mounted') {
      progress(blob.size, 'cached');
      return;
    }
    await new Upload(session, asked, blob, options).send(answer);
    progress(blob.size, 'done');
  } catch (error) {
    progress(0, 'failed');
    throw error;
  }
};

const hasBlob = async (session: Session, asked: Asked, blob: Blob, signal?: AbortSignal): Promise<boolean> => {
  const to = `/v2/${asked.repository}/blobs/${blob.digest}`;
  const response = await session.call({ method: 'HEAD', to, asked, accept: [200, 404], signal });
  if (response.status === 404) return false;
  const size = response.headers.get('content-length');
  if (size !== null && Number(size) !== blob.size)
    throw digestLie(`it has ${size} bytes under the digest of a blob of ${blob.size} bytes`, asked, {
      digest: blob.digest,
    });
  return true;
};

const uploadsPath = (asked: Asked): string => `/v2/${asked.repository}/blobs/uploads/`;

/** The address of a new upload. */
const start = async (session: Session, asked: Asked, signal?: AbortSignal): Promise<URL> => {
  const to = uploadsPath(asked);
  const response = await session.call({ method: 'POST', to, asked, accept: [202], signal });
  await discardBody(response);
  return uploadUrl(session, response, to, asked);
};

/** The address of an upload that the registry started instead; undefined when it refuses to mount (a private source, an old registry). */
const mount = async (
  session: Session,
  asked: Asked,
  digest: Digest,
  from: string,
  signal?: AbortSignal,
): Promise<URL | 'mounted' | undefined> => {
  const path = uploadsPath(asked);
  const to = `${path}?mount=${digest}&from=${encodeURIComponent(from)}`;
  try {
    const response = await session.call({ method: 'POST', to, asked, accept: [201, 202], alsoPull: from, signal });
    await discardBody(response);
    return response.status === 201 ? 'mounted' : await uploadUrl(session, response, path, asked);
  } catch (error) {
    const isRefusal =
      error instanceof Failure &&
      ['registry/unauthorized', 'registry/denied', 'registry/refused', 'registry/not-found'].includes(error.code);
    if (isRefusal) return undefined;
    throw error;
  }
};

const uploadUrl = (session: Session, response: Response, from: string | URL, asked: Asked): Promise<URL> => {
  const location = response.headers.get('location');
  if (location === null) throw badAnswer('it did not say where to upload to (no Location)', asked);
  return session.locate(location, from, asked);
};

/** One blob on its way. */
class Upload {
  readonly #session: Session;
  readonly #asked: Asked;
  readonly #blob: Blob;
  readonly #options: UploadOptions;
  /** Bytes that the registry has confirmed. */
  #confirmed = 0;
  #pieceBytes = Number.POSITIVE_INFINITY;

  constructor(session: Session, asked: Asked, blob: Blob, options: UploadOptions) {
    this.#session = session;
    this.#asked = asked;
    this.#blob = blob;
    this.#options = options;
  }

  async send(started?: URL): Promise<void> {
    let url: URL | undefined = started;
    const { signal } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      const before = this.#confirmed;
      try {
        url ??= await this.#start();
        url = await this.#sendFrom(url);
        return;
      } catch (error) {
        signal?.throwIfAborted();
        if (this.#confirmed > before) attempt = 1;
        if (isTooLarge(error) && this.#pieceBytes > pieceBytes && this.#blob.size > pieceBytes) {
          this.#pieceBytes = pieceBytes;
        } else {
          if (attempt >= Math.min(idleAttempts, this.#session.policy.attempts, this.#worth(error)))
            throw networkFailure(error, this.#asked);
          await this.#session.pause(
            this.#asked,
            reasonOf(error),
            attempt,
            backoff(this.#session.policy, attempt),
            signal,
          );
        }
        url = url === undefined ? undefined : await this.#resumeAt(url);
      }
    }
  }

  async #start(): Promise<URL> {
    this.#confirmed = 0;
    return start(this.#session, this.#asked, this.#options.signal);
  }

  #worth(error: unknown): number {
    const status = error instanceof Failure ? Number(error.facts['status'] ?? 0) : 0;
    // 404: the registry has forgotten the upload. 416: it has other bytes than we thought.
    return isTemporary(status) || status === 404 || status === 416 ? idleAttempts : attemptsWorth(error);
  }

  async #sendFrom(url: URL): Promise<URL> {
    const { size } = this.#blob;
    let at = url;
    if (size > smallBytes || this.#confirmed > 0) {
      while (this.#confirmed < size) {
        const end = Math.min(size, this.#confirmed + this.#pieceBytes);
        const isWhole = this.#confirmed === 0 && end === size;
        const response = await this.#put('PATCH', at, end, {
          'content-type': 'application/octet-stream',
          // Docker's registry takes the whole as a stream only without a range.
          ...(isWhole ? {} : { 'content-range': `${this.#confirmed}-${end - 1}` }),
        });
        at = await uploadUrl(this.#session, response, at, this.#asked);
        this.#confirmed = receivedOf(response) ?? end;
        if (this.#confirmed > size) throw badAnswer(`it says it has ${this.#confirmed} of ${size} bytes`, this.#asked);
      }
    }
    const last = new URL(at);
    last.searchParams.set('digest', this.#blob.digest);
    const response = await this.#put('PUT', last, size, { 'content-type': 'application/octet-stream' });
    const claimed = response.headers.get('docker-content-digest');
    if (claimed !== null && claimed !== this.#blob.digest)
      throw digestLie(`it confirmed the digest ${claimed}`, this.#asked, { sent: this.#blob.digest, claimed });
    return at;
  }

  /** Sends bytes from the confirmed ones to `end`; none when they are all there. */
  async #put(
    method: 'PUT' | 'PATCH',
    to: URL,
    end: number,
    headers: Readonly<Record<string, string>>,
  ): Promise<Response> {
    const { signal, progress } = this.#options;
    const from = this.#confirmed;
    const body = {
      size: end - from,
      open: () =>
        counted(slice(this.#blob.open(signal), from, end), from, (sent) => {
          progress(sent, 'running');
        }),
    };
    const response = await this.#session.call({
      method,
      to,
      asked: this.#asked,
      headers,
      ...(body.size === 0 ? {} : { body }),
      accept: method === 'PUT' ? [201, 204] : [202, 201, 204],
      // A PUT without bytes can be repeated; bytes must not be sent before we know how many have arrived.
      retry: body.size === 0,
      signal,
    });
    await discardBody(response);
    return response;
  }

  /** Where the upload can go on; undefined: from the start. */
  async #resumeAt(url: URL): Promise<URL | undefined> {
    try {
      const { signal } = this.#options;
      const response = await this.#session.call({
        method: 'GET',
        to: url,
        asked: this.#asked,
        accept: [204, 200],
        signal,
      });
      await discardBody(response);
      const received = receivedOf(response);
      // `0-0` is said for nothing and for one byte.
      if (received === undefined || received <= 1 || received > this.#blob.size) return undefined;
      this.#confirmed = received;
      return response.headers.has('location') ? await uploadUrl(this.#session, response, url, this.#asked) : url;
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      if (error instanceof Failure && ['registry/unauthorized', 'registry/denied'].includes(error.code)) throw error;
      return undefined; // it does not tell: a new upload is always right
    }
  }
}

const isTooLarge = (error: unknown): boolean => error instanceof Failure && error.code === 'registry/too-large';

/** Bytes by the `Range` header of an upload: `0-1023`, from Docker's registry also `bytes=0-1023`. */
const receivedOf = (response: Response): number | undefined => {
  const end = /^(?:bytes=)?0-(\d{1,15})$/.exec(response.headers.get('range')?.trim() ?? '')?.[1];
  return end === undefined ? undefined : Number(end) + 1;
};

/** Bytes `from` (included) to `end` (excluded) of a stream. */
async function* slice(stream: AsyncIterable<Uint8Array>, from: number, end: number): AsyncIterable<Uint8Array> {
  let at = 0;
  for await (const chunk of stream) {
    const start = Math.max(0, from - at);
    const stop = Math.min(chunk.length, end - at);
    at += chunk.length;
    if (stop > start) yield start === 0 && stop === chunk.length ? chunk : chunk.subarray(start, stop);
    // The whole stream is read to its end, so that it can check itself.
    if (at > end) return;
  }
}

async function* counted(
  stream: AsyncIterable<Uint8Array>,
  from: number,
  report: (sentBytes: number) => void,
): AsyncIterable<Uint8Array> {
  let sent = from;
  for await (const chunk of stream) {
    yield chunk;
    sent += chunk.length;
    report(sent);
  }
}
