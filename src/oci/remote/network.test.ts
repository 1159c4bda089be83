import { describe, expect, it, test } from 'vitest';
import { isLoopback } from './endpoint.ts';
import { networkFailure, attemptsWorth } from './network.ts';
import { backoff } from './retry.ts';

const asked = { registry: 'registry.example.com', repository: 'team/app', what: 'manifest 1', action: 'pull' } as const;
const withCode = (code: string): Error => Object.assign(new Error(code), { code });

describe('errors of the network', () => {
  test.each([
    { code: 'DEPTH_ZERO_SELF_SIGNED_CERT', failure: 'registry/tls', hint: 'NODE_EXTRA_CA_CERTS', again: false },
    { code: 'CERT_HAS_EXPIRED', failure: 'registry/tls', hint: 'NODE_EXTRA_CA_CERTS', again: false },
    { code: 'ERR_SSL_WRONG_VERSION_NUMBER', failure: 'registry/tls', hint: 'insecure', again: false },
    { code: 'ENOTFOUND', failure: 'registry/unreachable', hint: 'DNS', again: false },
    { code: 'ECONNREFUSED', failure: 'registry/unreachable', hint: 'port', again: true },
    { code: 'ECONNRESET', failure: 'registry/unreachable', hint: 'proxy', again: true },
    { code: 'UND_ERR_CONNECT_TIMEOUT', failure: 'registry/timeout', hint: 'proxy', again: true },
  ])('$code is $failure', ({ code, failure, hint, again }) => {
    // As undici gives them, and as fetch wraps them.
    for (const error of [
      withCode(code),
      new TypeError('fetch failed', { cause: withCode(code) }),
      new AggregateError([withCode(code)]),
    ]) {
      expect(networkFailure(error, asked)).toMatchObject({
        code: failure,
        message: expect.stringContaining('registry.example.com'),
        hint: expect.stringContaining(hint),
        transient: again,
      });
      expect(attemptsWorth(error) > 0).toBe(again);
    }
  });

  it('leaves bugs and aborts as they are', () => {
    const bug = new TypeError('x is not a function');
    expect(networkFailure(bug, asked)).toBe(bug);
    const abort = new DOMException('stopped', 'AbortError');
    expect(networkFailure(abort, asked)).toBe(abort);
  });
});

test.each([
  ['localhost', true],
  ['localhost:5000', true],
  ['127.0.0.1:5000', true],
  ['127.9.8.7', true],
  ['[::1]:5000', true],
  ['registry.localhost:80', true],
  ['127.0.0.1.example.com', false],
  ['localhost.example.com', false],
  ['10.0.0.1:5000', false],
  ['[::2]', false],
])('%s is loopback: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

it('waits twice as long each time, with half of it left to chance, and never longer than half a minute', () => {
  const policy = { attempts: 10, backoffMs: 100 };
  expect([1, 2, 3].map((attempt) => backoff(policy, attempt, () => 0))).toEqual([50, 100, 200]);
  expect([1, 2, 3].map((attempt) => backoff(policy, attempt, () => 1))).toEqual([100, 200, 400]);
  expect(backoff(policy, 30, () => 1)).toBe(30_000);
});
