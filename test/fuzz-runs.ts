// How often a property is tried: the short number in `npm test`, a multiple of it in `npm run fuzz`.
export const fuzzRuns = (short: number): number => short * Number(process.env['SLIPWAY_FUZZ'] ?? 1);
