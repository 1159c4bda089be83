/** Runs at most `limit` pieces of work at once, in the order they came. A wait is left when its signal is aborted. */
export const limiter = (limit: number): (<T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<T>) => {
  let running = 0;
  const waiting: (() => void)[] = [];

  const turn = async (signal: AbortSignal | undefined): Promise<void> => {
    signal?.throwIfAborted();
    if (running < limit) {
      running += 1;
      return;
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
  };

  return async (work, signal) => {
    await turn(signal);
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
};
