// The candidate a mistyped name most likely meant.

/** Edits (insert, delete, replace, swap of neighbours) that make `from` into `to`, or `limit + 1` when there are more. */
const distance = (from: string, to: string, limit: number): number => {
  if (Math.abs(from.length - to.length) > limit) return limit + 1;
  let older: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const current = [i];
    for (let j = 1; j <= to.length; j++) {
      const cost = from[i - 1] === to[j - 1] ? 0 : 1;
      let best = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1])
        best = Math.min(best, (older[j - 2] ?? 0) + 1);
      current.push(best);
    }
    older = previous;
    previous = current;
  }
  return previous[to.length] ?? 0;
};

/** Case is ignored. Undefined when nothing is near: at most 1 edit for names of up to 3 characters, else 2. */
export const nearest = (name: string, candidates: Iterable<string>): string | undefined => {
  const wanted = name.toLowerCase().slice(0, 100);
  let limit = wanted.length <= 3 ? 1 : 2;
  let found: string | undefined;
  for (const candidate of candidates) {
    const edits = distance(wanted, candidate.toLowerCase(), limit);
    if (edits > limit || (found !== undefined && edits === limit)) continue;
    found = candidate;
    limit = edits;
  }
  return found;
};
