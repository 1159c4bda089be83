/** Harness durations: a sum of whole numbers with units, blanks between them allowed (`90s`, `1h 30m`, `2w`). */
const pattern = /^\s*(?:\d{1,9}\s*[wdhms]\s*)+$/;
const unitMs: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Milliseconds, or undefined when the text is no duration. */
export const parseDuration = (text: string): number | undefined => {
  if (text.length > 100 || !pattern.test(text)) return undefined;
  let ms = 0;
  for (const [, count = '', unit = ''] of text.matchAll(/(\d+)\s*([wdhms])/g))
    ms += Number(count) * (unitMs[unit] ?? 0);
  return Number.isSafeInteger(ms) ? ms : undefined;
};
