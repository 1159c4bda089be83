// The texts under which a secret may turn up.

/** Shorter ones would mask half of every text, and are guessed anyway. */
const shortestSecret = 3;
const shortestBase64 = 4;

export interface Form {
  readonly text: string;
  /** Characters around it that hold some bits of the secret and some of what stands beside it. */
  readonly before: 0 | 1;
  readonly after: 0 | 1;
  /** Its pieces are looked for too. */
  readonly isWhole: boolean;
}

/** The characters of base64 that are the same whatever stands around the secret, for each of the three alignments (RFC 4648, sections 4 and 5). */
const base64Forms = (secret: string, isWhole: boolean): readonly Form[] =>
  [0, 1, 2].flatMap((shift) => {
    const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(secret)]);
    const bits = bytes.length * 8;
    const certain = bytes.toString('base64').slice([0, 2, 3][shift], Math.floor(bits / 6));
    if (certain.length < shortestBase64) return [];
    const around = { before: shift === 0 ? 0 : 1, after: bits % 6 === 0 ? 0 : 1, isWhole } as const;
    return [certain, certain.replaceAll('+', '-').replaceAll('/', '_')].map((text) => ({ text, ...around }));
  });

/** Blanks around a secret are not part of it. What is escaped (URL, JSON) is found by undoing it: see unescape.ts. */
export const formsOf = (secret: string): readonly Form[] => {
  const whole = secret.trim();
  const lines = whole.split(/\r\n|\r|\n/).map((line) => line.trim());
  return [...new Set([whole, whole.replaceAll('\r\n', '\n'), ...lines])]
    .filter((text) => text.length >= shortestSecret)
    .flatMap((text, n) => {
      const isWhole = n === 0;
      return [
        // The second is application/x-www-form-urlencoded.
        ...(text.includes(' ') ? [text, text.replaceAll(' ', '+')] : [text]).map((form): Form => ({
          text: form,
          before: 0,
          after: 0,
          isWhole,
        })),
        ...base64Forms(text, isWhole),
      ];
    });
};
