// A small seeded generator (mulberry32), so that made cases are the same on every machine.

export interface Random {
  /** From 0 to below 1. */
  next(): number;
  pick<T>(choices: readonly [T, ...T[]]): T;
  /** Up to `most` results of `make`. */
  some<T>(most: number, make: () => T): T[];
  chance(probability: number): boolean;
}

export const seeded = (seed: number): Random => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    pick: (choices) => choices[Math.floor(next() * choices.length)] ?? choices[0],
    some: (most, make) => Array.from({ length: Math.floor(next() * (most + 1)) }, make),
    chance: (probability) => next() < probability,
  };
};
