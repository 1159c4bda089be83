// Bodies of fetch messages as async iterables. A web stream costs a promise and an event for each chunk, so a body that
// stays inside this process is handed over as it is; whoever knows only `fetch` still finds a real `body` on the message.

interface Attached {
  readonly source: AsyncIterable<Uint8Array>;
  readonly discard: (() => Promise<void>) | undefined;
}

const attached = new WeakMap<Request | Response, Attached>();

/** Hands a body over for bodyOf alone: only for a message that stays in this process. `discard` ends an unread body. */
export const attachBody = (
  message: Request | Response,
  source: AsyncIterable<Uint8Array>,
  discard?: () => Promise<void>,
): void => {
  attached.set(message, { source, discard });
};

/** Reads nothing before the first `pull`. */
const lazyStream = (source: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> => {
  let iterator: AsyncIterator<Uint8Array> | undefined;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        iterator ??= source[Symbol.asyncIterator]();
        const { done, value } = await iterator.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await iterator?.return?.();
      },
    },
    { highWaterMark: 0 },
  );
};

/** A request whose body is `source`, read once. Set `content-length` in `init.headers` when it is known. */
export const requestWith = (url: string, init: RequestInit, source: AsyncIterable<Uint8Array>): Request => {
  const request = new Request(url, { ...init, body: lazyStream(source), duplex: 'half' });
  attachBody(request, source);
  return request;
};

/** A response whose body is `source`, read once. Give `discard` when `source` holds something open before it is read. */
export const responseWith = (
  init: ResponseInit,
  source: AsyncIterable<Uint8Array>,
  discard?: () => Promise<void>,
): Response => {
  const response = new Response(lazyStream(source), init);
  attachBody(response, source, discard);
  return response;
};

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** The body, to be read once. Leaving the loop early closes its source. */
export const bodyOf = (message: Request | Response): AsyncIterable<Uint8Array> =>
  attached.get(message)?.source ?? message.body ?? nothing();

export const requestHasBody = (request: Request): boolean => attached.has(request) || request.body !== null;

/** Closes a body that nobody will read, so that its connection is free again. */
export const discardBody = async (message: Request | Response): Promise<void> => {
  const body = attached.get(message);
  try {
    if (body === undefined) await message.body?.cancel();
    else await body.discard?.();
  } catch {
    return; // the connection is gone already
  }
};

/** The first `limit` bytes; the rest is not read. */
export const readAtMost = async (
  source: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<{ readonly bytes: Buffer; readonly truncated: boolean }> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > limit) break;
  }
  const bytes = Buffer.concat(chunks);
  return bytes.length > limit ? { bytes: bytes.subarray(0, limit), truncated: true } : { bytes, truncated: false };
};
