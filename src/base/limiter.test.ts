import { expect, it } from 'vitest';
import { limiter } from './limiter.ts';

it('runs no more at once than it may, in the order they came', async () => {
  const limited = limiter(2);
  let running = 0;
  let most = 0;
  const started: number[] = [];
  await Promise.all(
    Array.from({ length: 10 }, (_, i) =>
      limited(async () => {
        started.push(i);
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 1));
        running -= 1;
      }),
    ),
  );
  expect(most).toBe(2);
  expect(started).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

it('frees the place of work that failed, and of a wait that was given up', async () => {
  const limited = limiter(1);
  await expect(limited(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  const { promise: blocked, resolve: unblock } = Promise.withResolvers<void>();
  const first = limited(() => blocked);
  const stop = new AbortController();
  const second = limited(() => Promise.resolve('never'), stop.signal);
  const third = limited(() => Promise.resolve('third'));
  stop.abort(new Error('given up'));
  await expect(second).rejects.toThrow('given up');
  unblock();
  await first;
  await expect(third).resolves.toBe('third');
});
