// A blob from a registry, going on where a broken connection stopped.
import { bodyOf, discardBody } from '../../base/http-body.ts';
import { Failure } from '../../base/failure.ts';
import { algorithmOf } from '../../refs/digest.ts';
import { Hasher } from '../digest.ts';
import type { Descriptor } from '../image.ts';
import { type Asked, badAnswer, digestLie } from './failures.ts';
import { attemptsWorth, networkFailure, reasonOf } from './network.ts';
import { backoff } from './retry.ts';
import type { Session } from './session.ts';

/** Attempts in a row that bring not one byte. */
const idleAttempts = 5;

/** OCI image-spec, descriptor.md: `urls` are other places of the same bytes. They are asked without credentials. */
const elsewhere = (descriptor: Descriptor): readonly URL[] =>
  (descriptor.urls ?? []).flatMap((text) => {
    try {
      const url = new URL(text);
      return url.protocol === 'https:' ? [url] : [];
    } catch {
      return []; // not an address
    }
  });

/** Throws Failure `registry/digest-mismatch` at the end when the bytes are not those of the descriptor. */
export async function* downloadBlob(
  session: Session,
  repository: string,
  descriptor: Descriptor,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const asked: Asked = { registry: session.registry, repository, what: `blob ${descriptor.digest}`, action: 'pull' };
  const open = async (from: number): Promise<Response> => {
    const headers: Record<string, string> = from === 0 ? {} : { range: `bytes=${from}-` };
    const places: readonly (string | URL)[] = [
      `/v2/${repository}/blobs/${descriptor.digest}`,
      ...elsewhere(descriptor),
    ];
    for (const [i, to] of places.entries()) {
      try {
        return await session.call({
          method: 'GET',
          to,
          asked,
          headers,
          accept: from === 0 ? [200] : [200, 206],
          signal,
        });
      } catch (error) {
        const isAbsent = error instanceof Failure && error.code === 'registry/not-found';
        if (!isAbsent || i === places.length - 1) throw error;
      }
    }
    throw badAnswer('there is no place to fetch it from', asked);
  };

  const hasher = new Hasher(algorithmOf(descriptor.digest));
  let received = 0;
  for (let attempt = 1; ; attempt += 1) {
    const before = received;
    try {
      const response = await open(received);
      let toSkip = response.status === 206 ? 0 : received;
      if (response.status === 206 && !startsAt(response, received)) {
        await discardBody(response);
        throw badAnswer('it sent another part of the blob than it was asked for', asked);
      }
      for await (const chunk of bodyOf(response)) {
        const fresh = toSkip >= chunk.length ? undefined : chunk.subarray(toSkip);
        toSkip = Math.max(0, toSkip - chunk.length);
        if (fresh === undefined) continue;
        received += fresh.length;
        if (received > descriptor.size)
          throw digestLie(`more than the ${descriptor.size} bytes of ${descriptor.digest} came`, asked, {
            digest: descriptor.digest,
          });
        hasher.update(fresh);
        yield fresh;
      }
      if (received === descriptor.size) {
        const actual = hasher.digest();
        if (actual === descriptor.digest) return;
        throw digestLie(`the bytes it sent for ${descriptor.digest} are others`, asked, {
          digest: descriptor.digest,
          actual,
        });
      }
      if (received === before)
        throw digestLie(`only ${received} of the ${descriptor.size} bytes of ${descriptor.digest} came`, asked, {
          digest: descriptor.digest,
        });
      // The body ended early without an error; ask for the rest.
      await session.pause(asked, 'the blob ended early', 1, backoff(session.policy, 1), signal);
      attempt = 0;
    } catch (error) {
      // A Failure has been through the session's own attempts.
      if (signal?.aborted === true || error instanceof Failure || attemptsWorth(error) === 0)
        throw networkFailure(error, asked);
      if (received > before) attempt = 1;
      if (attempt >= Math.min(idleAttempts, session.policy.attempts)) throw networkFailure(error, asked);
      await session.pause(asked, reasonOf(error), attempt, backoff(session.policy, attempt), signal);
    }
  }
}

const startsAt = (response: Response, start: number): boolean =>
  response.headers.get('content-range')?.startsWith(`bytes ${start}-`) === true;
