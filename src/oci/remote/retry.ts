// How long to wait before the next attempt.

export interface RetryPolicy {
  /** The first attempt included. */
  readonly attempts: number;
  /** Milliseconds before the second attempt; doubled for each one after it. */
  readonly backoffMs: number;
}

const longestBackoffMs = 30_000;
/** A registry that asks for more patience than this gets none: the failure says when to come back. */
export const longestRetryAfterMs = 120_000;

/** Milliseconds. Half fixed, half random, so that many clients do not come back together. `attempt` counts from 1. */
export const backoff = (policy: RetryPolicy, attempt: number, random: () => number = Math.random): number => {
  const full = Math.min(longestBackoffMs, policy.backoffMs * 2 ** (attempt - 1));
  return Math.round(full / 2 + (full / 2) * random());
};

/** distribution-spec, "Errors": 502 to 504 are temporary. 500 is retried too, as registries over object stores answer it for their store's hiccups. */
export const isTemporary = (status: number): boolean =>
  status === 408 || status === 429 || [500, 502, 503, 504].includes(status);
