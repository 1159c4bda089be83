import { Failure } from '../base/failure.ts';

/** distribution-spec, "Pushing Manifests": registries should accept at least 4 MiB, so nothing that works everywhere is larger. */
export const manifestLimitBytes = 4 * 1024 * 1024;

/** The whole of a small stream. `what` names it in the Failure `oci/too-large`. */
export const readBytes = async (
  stream: AsyncIterable<Uint8Array>,
  limitBytes: number,
  what: string,
): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > limitBytes) throw tooLarge(what, limitBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

export const tooLarge = (what: string, limitBytes: number): Failure =>
  new Failure('oci/too-large', `The ${what} is larger than ${limitBytes} bytes, the limit for it.`, {
    facts: { limitBytes },
    hint: 'Check that this is the image you mean.',
    failureClass: 'ConfigurationFailure',
  });

export async function* bytesStream(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield chunk;
}
