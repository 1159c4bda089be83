import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** The stream after a Node transform. A failure of either side reaches the reader; leaving early stops both. */
export async function* through(
  stream: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  transform: Transform,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let failure: unknown;
  const pumping = pipeline(stream, transform, signal === undefined ? {} : { signal }).catch((error: unknown) => {
    failure ??= error;
  });
  try {
    for await (const chunk of transform as AsyncIterable<Uint8Array>) yield chunk;
  } catch (error) {
    await pumping;
    throw failure ?? error;
  } finally {
    transform.destroy();
    await pumping;
  }
}
