/** At most `most` holders at once; a place is given back by disposing it. */
export const limiter = (most: number): (() => Promise<Disposable>) => {
  const waiting: (() => void)[] = [];
  let free = most;
  return async () => {
    if (free > 0) free -= 1;
    else await new Promise<void>((go) => waiting.push(go));
    return {
      [Symbol.dispose]: () => {
        const next = waiting.shift();
        if (next === undefined) free += 1;
        else next();
      },
    };
  };
};
