// Durations as Harness writes them: `10m`, `1h30m`, `1h 30m`, `90s`, `2d`, `1w`.

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Milliseconds; undefined when the text is not a duration. */
export const parseDuration = (text: string): number | undefined => {
  const trimmed = text.trim();
  if (!/^(?:\d{1,9}\s*(?:ms|[smhdw])\s*)+$/.test(trimmed)) return undefined;
  let sum = 0;
  for (const part of trimmed.matchAll(/(\d+)\s*(ms|[smhdw])/g)) sum += Number(part[1]) * (unitMs[part[2] ?? ''] ?? 0);
  return sum;
};
