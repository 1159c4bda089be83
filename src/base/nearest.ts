/**
 * The known name that a wrong one most likely means, or undefined when none is near: equal but for case, `-`, `_` and blanks, or at most
 * one slip (a letter too much, too few, wrong, or two swapped) in short names, two from six letters on, three from twelve on.
 */
export const nearest = (name: string, known: Iterable<string>): string | undefined => {
  const wanted = fold(name);
  let best: string | undefined;
  let bestDistance = slipsAllowed(wanted.length) + 1;
  if (wanted.length === 0 || wanted.length > longestName) return undefined;
  for (const candidate of known) {
    const folded = fold(candidate);
    if (Math.abs(folded.length - wanted.length) >= bestDistance) continue;
    const distance = slips(wanted, folded, bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
      if (distance === 0) break;
    }
  }
  return best;
};

const longestName = 100;
const fold = (name: string): string => name.toLowerCase().replace(/[-_\s]/g, '');
const slipsAllowed = (length: number): number => (length < 3 ? 0 : length < 6 ? 1 : length < 12 ? 2 : 3);

/** Damerau-Levenshtein distance (optimal string alignment); `limit` or more means "not below limit". */
const slips = (a: string, b: string, limit: number): number => {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let smallest = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(cost);
      smallest = Math.min(smallest, cost);
    }
    if (smallest >= limit) return limit;
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? limit;
};
