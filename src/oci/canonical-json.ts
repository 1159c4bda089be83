// JSON whose bytes depend on the values only: keys sorted by code unit, no blanks.

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, v]) => v !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, sorted(v)]));
};

export const canonicalJson = (value: unknown): Buffer => Buffer.from(JSON.stringify(sorted(value)));
