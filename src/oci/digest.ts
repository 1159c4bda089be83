// Digests made and checked (OCI image-spec, descriptor.md, "Digests" and "Verification").
import { type Hash, createHash, hash } from 'node:crypto';
import { Failure } from '../base/failure.ts';
import { type Digest, algorithmOf } from '../refs/digest.ts';

export type DigestAlgorithm = 'sha256' | 'sha512';

const digestFrom = (algorithm: DigestAlgorithm, hex: string): Digest => `${algorithm}:${hex}` as Digest;

export const digestOf = (bytes: Uint8Array | string, algorithm: DigestAlgorithm = 'sha256'): Digest =>
  digestFrom(algorithm, hash(algorithm, bytes, 'hex'));

/** Hashes while something else is done with the bytes. */
export class Hasher {
  readonly #algorithm: DigestAlgorithm;
  readonly #hash: Hash;
  size = 0;

  constructor(algorithm: DigestAlgorithm = 'sha256') {
    this.#algorithm = algorithm;
    this.#hash = createHash(algorithm);
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.size += bytes.length;
  }

  /** Ends the hasher: can be called once. */
  digest(): Digest {
    return digestFrom(this.#algorithm, this.#hash.digest('hex'));
  }
}

export const digestOfStream = async (
  stream: AsyncIterable<Uint8Array>,
  algorithm: DigestAlgorithm = 'sha256',
): Promise<Digest> => {
  const hasher = new Hasher(algorithm);
  for await (const chunk of stream) hasher.update(chunk);
  return hasher.digest();
};

export interface Expected {
  readonly digest: Digest;
  /** Bytes; unchecked when the source does not say. */
  readonly size?: number;
}

export const digestMismatch = (expected: Expected, found: { digest?: Digest; size: number }): Failure =>
  new Failure(
    'oci/digest-mismatch',
    found.digest === undefined
      ? `The bytes of ${expected.digest} are not what was promised: more than ${expected.size} bytes came.`
      : `The bytes of ${expected.digest} are not what was promised: ${found.size} bytes with the digest ${found.digest} came.`,
    {
      facts: {
        expected: expected.digest,
        ...(expected.size === undefined ? {} : { expectedBytes: expected.size }),
        ...(found.digest === undefined ? {} : { found: found.digest }),
        foundBytes: found.size,
      },
      hint: 'Fetch or build it again; if it happens again, the source is damaged or changed on the way.',
      failureClass: 'InfrastructureFailure',
      transient: true,
    },
  );

/** Passes the stream on and throws Failure `oci/digest-mismatch` at its end, or as soon as it is longer than promised. */
export async function* hashing(stream: AsyncIterable<Uint8Array>, expected: Expected): AsyncGenerator<Uint8Array> {
  const hasher = new Hasher(algorithmOf(expected.digest));
  for await (const chunk of stream) {
    hasher.update(chunk);
    if (expected.size !== undefined && hasher.size > expected.size) {
      throw digestMismatch(expected, { size: hasher.size });
    }
    yield chunk;
  }
  const { size } = hasher;
  const digest = hasher.digest();
  if (digest !== expected.digest || (expected.size !== undefined && size !== expected.size)) {
    throw digestMismatch(expected, { digest, size });
  }
}

/** Throws Failure `oci/digest-mismatch`. */
export const checkDigest = (bytes: Uint8Array, expected: Expected): void => {
  const digest = digestOf(bytes, algorithmOf(expected.digest));
  if (digest !== expected.digest || (expected.size !== undefined && bytes.length !== expected.size)) {
    throw digestMismatch(expected, { digest, size: bytes.length });
  }
};
