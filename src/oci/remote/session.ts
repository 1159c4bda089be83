// Session: requests to one registry. Finds its scheme, authorises, follows redirects, retries what may pass.
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../base/failure.ts';
import { discardBody, requestWith } from '../../base/http-body.ts';
import { Authorizer, type Scope } from './authorizer.ts';
import type { RetryNotice } from './client.ts';
import { type CredentialSource, secretsOf } from './credential.ts';
import { apiHost, isLoopback, showUrl } from './endpoint.ts';
import { type Answer, type Asked, answerFailure, badAnswer, readAnswer } from './failures.ts';
import { attemptsWorth, isNotTls, networkFailure, reasonOf } from './network.ts';
import { backoff, isTemporary, longestRetryAfterMs, type RetryPolicy } from './retry.ts';
import type { Transport } from './transport.ts';

export interface SessionOptions {
  readonly registry: string;
  readonly credentials: CredentialSource;
  readonly isInsecure: boolean;
  readonly transport: Transport;
  readonly policy: RetryPolicy;
  readonly onRetry: ((retry: RetryNotice) => void) | undefined;
}

export interface Call {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** An address, or a path below the registry: `/v2/team/app/manifests/1.0`. */
  readonly to: string | URL;
  readonly asked: Asked;
  /** Further repositories that the request reads: the source of a mount. */
  readonly alsoPull?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A fresh stream on each call; bytes in all. */
  readonly body?: { readonly open: () => AsyncIterable<Uint8Array>; readonly size: number };
  /** Statuses to be given back; all others become Failures. */
  readonly accept: readonly number[];
  /** False for what must not be sent twice by itself: the caller knows how to go on. */
  readonly retry?: boolean;
  readonly signal?: AbortSignal | undefined;
}

const userAgent = 'slipway';
const maxRedirects = 5;
const maxChallenges = 2;

export class Session {
  readonly registry: string;
  readonly #options: SessionOptions;
  #opened: Promise<{ readonly base: URL; readonly authorizer: Authorizer }> | undefined;

  constructor(options: SessionOptions) {
    this.registry = options.registry;
    this.#options = options;
  }

  /** The answer, its body unread. Throws Failure for other statuses than those accepted, and when no answer came. */
  async call(call: Call): Promise<Response> {
    const { signal, asked, retry = true } = call;
    const { policy } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      signal?.throwIfAborted();
      try {
        const response = await this.#authorized(call);
        if (call.accept.includes(response.status)) return response;
        const answer = await readAnswer(response, await this.#secrets(asked.repository));
        const delayMs = this.#delayFor(answer, attempt);
        if (!retry || attempt >= policy.attempts || delayMs === undefined)
          throw answerFailure(answer, { ...asked, isLoggedIn: await this.#isLoggedIn(asked.repository) });
        await this.pause(
          asked,
          answer.text === '' ? `HTTP ${answer.status}` : `HTTP ${answer.status}: ${answer.text}`,
          attempt,
          delayMs,
          signal,
        );
      } catch (error) {
        if (signal?.aborted === true) throw error;
        if (error instanceof Failure || !retry || attempt >= Math.min(policy.attempts, attemptsWorth(error)))
          throw networkFailure(error, asked);
        await this.pause(asked, reasonOf(error), attempt, backoff(policy, attempt), signal);
      }
    }
  }

  /** Reports a retry and waits for it. */
  async pause(asked: Asked, reason: string, attempt: number, delayMs: number, signal?: AbortSignal): Promise<void> {
    const repository = asked.repository === '' ? '' : ` in ${asked.repository}`;
    this.#options.onRetry?.({
      registry: this.registry,
      what: `${asked.action} of ${asked.what}${repository}`,
      reason,
      attempt: attempt + 1,
      delayMs,
    });
    await sleep(delayMs, undefined, signal === undefined ? {} : { signal });
  }

  get policy(): RetryPolicy {
    return this.#options.policy;
  }

  /** The address that a `Location` header means. From TLS it never leads out of it: Failure `registry/insecure-redirect`. */
  async locate(location: string, from: URL | string, asked: Asked): Promise<URL> {
    const { base } = await this.#open(asked);
    const source = new URL(from, base);
    let url: URL;
    try {
      url = new URL(location, source);
    } catch {
      throw badAnswer('it sent a Location that is not an address', asked);
    }
    if (url.protocol !== 'https:' && url.protocol !== 'http:')
      throw badAnswer('it redirected to something that is not HTTP', asked);
    if (source.protocol === 'http:' || url.protocol === 'https:') return url;
    // A proxy that ends TLS often leaves the registry behind it believing that it is on plain HTTP.
    if (url.hostname === base.hostname) return new URL(url.pathname + url.search, base);
    throw insecureRedirect(url, asked);
  }

  #delayFor(answer: Answer, attempt: number): number | undefined {
    if (!isTemporary(answer.status)) return undefined;
    if (answer.retryAfterMs === undefined) return backoff(this.#options.policy, attempt);
    return answer.retryAfterMs > longestRetryAfterMs ? undefined : answer.retryAfterMs;
  }

  async #isLoggedIn(repository: string): Promise<boolean> {
    return (await (await this.#opened)?.authorizer.credential(repository)) !== undefined;
  }

  async #secrets(repository: string): Promise<readonly string[]> {
    return secretsOf(await (await this.#opened)?.authorizer.credential(repository));
  }

  async #authorized(call: Call): Promise<Response> {
    const { base, authorizer } = await this.#open(call.asked, call.signal);
    const scope = scopeOf(call);
    for (let challenges = 0; ; challenges += 1) {
      const header = await authorizer.header(scope, call.asked);
      const { response, origin } = await this.#redirected(call, base, header);
      // Another host's challenge would name a token server of its own, which must not get the login (CVE-2020-15157).
      if (response.status !== 401 || origin !== base.origin || challenges >= maxChallenges) return response;
      if (!(await authorizer.challenged(response, scope, header))) return response;
      await discardBody(response);
    }
  }

  /** Credentials go to the registry's own origin only. */
  async #redirected(
    call: Call,
    base: URL,
    authorization: string | undefined,
  ): Promise<{ readonly response: Response; readonly origin: string }> {
    let url = new URL(call.to, base);
    for (let redirects = 0; ; redirects += 1) {
      const headers = new Headers(call.headers);
      headers.set('user-agent', userAgent);
      if (authorization !== undefined && url.origin === base.origin) headers.set('authorization', authorization);
      const response = await this.#options.transport(requestFor(call, url, headers));
      const location = response.headers.get('location');
      if (
        ![301, 302, 303, 307, 308].includes(response.status) ||
        location === null ||
        call.accept.includes(response.status)
      )
        return { response, origin: url.origin };
      await discardBody(response);
      if (redirects >= maxRedirects) throw badAnswer(`it redirected more than ${maxRedirects} times`, call.asked);
      url = await this.locate(location, url, call.asked);
    }
  }

  #open(asked: Asked, signal?: AbortSignal): Promise<{ readonly base: URL; readonly authorizer: Authorizer }> {
    if (this.#opened !== undefined) return this.#opened;
    const opening = this.#findBase(asked, signal).then((base) => ({ base, authorizer: this.#authorizer(base, asked) }));
    this.#opened = opening;
    opening.catch(() => {
      this.#opened = undefined;
    });
    return opening;
  }

  #authorizer(base: URL, asked: Asked): Authorizer {
    const { registry, credentials } = this.#options;
    const send = (request: () => Request): Promise<Response> => this.#sendToTokenServer(request, asked);
    return new Authorizer({ registry, base, credentials, send });
  }

  async #sendToTokenServer(request: () => Request, asked: Asked): Promise<Response> {
    const { policy, transport } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      let reason: string;
      let delayMs = backoff(policy, attempt);
      try {
        const made = request();
        made.headers.set('user-agent', userAgent);
        const response = await transport(made);
        if (!isTemporary(response.status) || attempt >= policy.attempts) return response;
        reason = `HTTP ${response.status} from the token server`;
        const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
        if (seconds * 1000 > longestRetryAfterMs) return response;
        if (seconds >= 0) delayMs = seconds * 1000;
        await discardBody(response);
      } catch (error) {
        if (attempt >= Math.min(policy.attempts, attemptsWorth(error)))
          throw networkFailure(error, { ...asked, what: `token for ${asked.what}` });
        reason = `${reasonOf(error)} at the token server`;
      }
      await this.pause(asked, reason, attempt, delayMs);
    }
  }

  /** HTTPS; where plain HTTP is allowed, that too when TLS does not answer, as Docker does. The question carries no credentials. */
  async #findBase(asked: Asked, signal?: AbortSignal): Promise<URL> {
    const host = apiHost(this.registry);
    const secure = new URL(`https://${host}`);
    if (!this.#options.isInsecure && !isLoopback(host)) return secure;
    try {
      await discardBody(await this.#ping(secure, signal));
      return secure;
    } catch (error) {
      signal?.throwIfAborted();
      if (!isNotTls(error)) throw networkFailure(error, asked);
      return new URL(`http://${host}`);
    }
  }

  #ping(base: URL, signal?: AbortSignal): Promise<Response> {
    const headers = { 'user-agent': userAgent };
    return this.#options.transport(new Request(new URL('/v2/', base), { headers, signal: signal ?? null }));
  }
}

const requestFor = (call: Call, url: URL, headers: Headers): Request => {
  const init: RequestInit = { method: call.method, headers, redirect: 'manual', signal: call.signal ?? null };
  if (call.body === undefined) {
    if (call.method !== 'GET' && call.method !== 'HEAD') headers.set('content-length', '0');
    return new Request(url, init);
  }
  headers.set('content-length', String(call.body.size));
  return requestWith(url.href, init, call.body.open());
};

const scopeOf = ({ asked, alsoPull }: Call): Scope => {
  if (asked.repository === '') return { repository: '', scopes: [] };
  const own = `repository:${asked.repository}:${asked.action === 'push' ? 'pull,push' : 'pull'}`;
  return {
    repository: asked.repository,
    scopes: alsoPull === undefined ? [own] : [own, `repository:${alsoPull}:pull`].toSorted(),
  };
};

const insecureRedirect = (url: URL, asked: Asked): Failure =>
  new Failure(
    'registry/insecure-redirect',
    `${asked.registry} redirected the ${asked.action} of ${asked.what} to ${showUrl(url)}, which is not encrypted`,
    {
      facts: { registry: asked.registry, repository: asked.repository, address: showUrl(url) },
      hint: 'Correct the storage or proxy settings of the registry, so that it redirects to HTTPS.',
      failureClass: 'Connectivity',
    },
  );
