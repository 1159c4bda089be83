// Digests, as the OCI image specification spells them (descriptor.md, "Digests").

/** `algorithm:hex`, checked. Only parseDigest and the hashers make one. */
export type Digest = string & { readonly __brand: 'Digest' };

const registered: Readonly<Record<string, RegExp>> = {
  sha256: /^[a-f0-9]{64}$/,
  sha512: /^[a-f0-9]{128}$/,
};

/** Undefined when the text is not a digest of a registered algorithm: the caller knows what it was reading and says so. */
export const parseDigest = (text: string): Digest | undefined => {
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  return registered[text.slice(0, colon)]?.test(text.slice(colon + 1)) === true ? (text as Digest) : undefined;
};

export const algorithmOf = (digest: Digest): 'sha256' | 'sha512' =>
  digest.startsWith('sha512:') ? 'sha512' : 'sha256';

export const hexOf = (digest: Digest): string => digest.slice(digest.indexOf(':') + 1);

/** For people: the first twelve hex digits, as Docker shows image ids. */
export const shortDigest = (digest: Digest): string => hexOf(digest).slice(0, 12);
