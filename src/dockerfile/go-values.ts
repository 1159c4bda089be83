// Values in flags, as Go's standard library and docker/go-units read them.

const unitNanoseconds: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** time.ParseDuration, in nanoseconds (exact up to 2^53, that is 104 days). Undefined when it is not one. */
export const parseGoDuration = (text: string): number | undefined => {
  const sign = text.startsWith('-') ? -1 : 1;
  const rest = text.replace(/^[+-]/, '');
  if (rest === '0') return 0;
  const parts = [...rest.matchAll(/([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map((p) => p[0]).join('') !== rest) return undefined;
  let total = 0;
  for (const [, number, unit] of parts) total += Number(number) * (unitNanoseconds[unit ?? ''] ?? 0);
  return total < 2 ** 63 ? sign * Math.trunc(total) : undefined;
};

const sizeUnits = ['', 'k', 'm', 'g', 't', 'p', 'e', 'z', 'y'];

/** go-units RAMInBytes: `64m`, `1.5 GiB`, `1024`; units are powers of 1024. */
export const parseByteSize = (text: string): number | undefined => {
  const match = /^\+?([0-9]+\.?[0-9]*|\.[0-9]+) ?(?:([kmgtpezy])?(?:i?b)?)$/i.exec(text);
  if (match === null) return undefined;
  if (/^\+?[0-9.]+ ?ib$/i.test(text)) return undefined;
  const power = sizeUnits.indexOf((match[2] ?? '').toLowerCase());
  const bytes = Math.trunc(Number(match[1]) * 1024 ** power);
  return bytes < 2 ** 63 ? bytes : undefined;
};
