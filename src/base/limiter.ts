/** At most `limit` holders at once, in the order they came; a place is given back by disposing it. A wait is left when its signal is aborted. */
export const places = (limit: number): ((signal?: AbortSignal) => Promise<Disposable>) => {
  let free = limit;
  const waiting: (() => void)[] = [];
  const place: Disposable = {
    [Symbol.dispose]() {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    },
  };

  return async (signal) => {
    signal?.throwIfAborted();
    if (free > 0) {
      free -= 1;
      return place;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => {
      const at = waiting.indexOf(resolve);
      if (at < 0) return;
      waiting.splice(at, 1);
      reject(signal?.reason as Error);
    };
    waiting.push(resolve);
    signal?.addEventListener('abort', leave, { once: true });
    try {
      await promise; // the one that ended hands its place over
    } finally {
      signal?.removeEventListener('abort', leave);
    }
    return place;
  };
};

/** Runs at most `limit` pieces of work at once, in the order they came. A wait is left when its signal is aborted. */
export const limiter = (limit: number): (<T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<T>) => {
  const enter = places(limit);
  return async (work, signal) => {
    using _place = await enter(signal);
    return await work();
  };
};
