// Masking: a secret that was revealed is never shown, as it is or as programs usually encode it.

/** Shorter ones would mask half of every text, and are guessed anyway. */
const shortest = 3;
const shortestEncoded = 6;

/** The characters of base64 that are the same whatever stands around the secret, for each of the three alignments. */
const base64Forms = (secret: string): readonly string[] =>
  [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
    const encoded = bytes.toString('base64');
    const certain = encoded.slice([0, 2, 3][offset], Math.floor((bytes.length * 8) / 6));
    return certain.length < shortestEncoded ? [] : [certain, certain.replaceAll('+', '-').replaceAll('/', '_')];
  });

const formsOf = (secret: string): readonly string[] => {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  return [secret, ...(lines.length > 1 ? lines : [])].flatMap((text) => {
    if (text.length < shortest) return [];
    const url = encodeURIComponent(text);
    return [text, url, url.replaceAll('%20', '+'), JSON.stringify(text).slice(1, -1), ...base64Forms(text)];
  });
};

export interface Mask {
  add(secret: string): void;
  /** Works on whole lines: callers join the chunks of a line first. */
  text(text: string): string;
}

export const createMask = (): Mask => {
  const forms = new Set<string>();
  const added = new Set<string>();
  let pattern: RegExp | undefined;
  return {
    add: (secret) => {
      if (added.has(secret)) return;
      added.add(secret);
      for (const form of formsOf(secret)) forms.add(form);
      const longestFirst = [...forms].sort((a, b) => b.length - a.length);
      pattern =
        forms.size === 0
          ? undefined
          : new RegExp(longestFirst.map((f) => f.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('|'), 'g');
    },
    text: (text) => (pattern === undefined ? text : text.replace(pattern, '***')),
  };
};

/** The same data with every text masked; names of fields stay. */
export const maskAll = <T>(value: T, mask: Mask): T => {
  const walk = (inner: unknown): unknown => {
    if (typeof inner === 'string') return mask.text(inner);
    if (Array.isArray(inner)) return inner.map(walk);
    if (typeof inner === 'object' && inner !== null)
      return Object.fromEntries(Object.entries(inner).map(([k, v]) => [k, walk(v)]));
    return inner;
  };
  return walk(value) as T;
};
