// Transport: sends one request to a registry. Ours is undici; a registry of this process serves as one too.
import { Readable } from 'node:stream';
import type { Agent, Dispatcher } from 'undici';
import { bodyOf, requestHasBody, responseWith } from '../../base/http-body.ts';
import { isLoopback } from './endpoint.ts';

/**
 * Does not follow redirects. Rejects when no answer came: with an error whose `code` tells why (`ECONNREFUSED`,
 * `UND_ERR_HEADERS_TIMEOUT`…). Bodies are handed over as base/http-body.ts says.
 */
export type Transport = (request: Request) => Promise<Response>;

export interface TransportOptions {
  /** True: certificates of this host are not verified. */
  readonly insecure?: (host: string) => boolean;
  readonly env?: NodeJS.ProcessEnv;
  /** From the end of a request to its answer; for uploads also without a byte taken. 120,000 unless given. */
  readonly answerTimeoutMs?: number;
  /** Without a byte of a body; there is no limit on a whole body. 60,000 unless given. */
  readonly stallTimeoutMs?: number;
}

const proxiesIn = (env: NodeJS.ProcessEnv) => {
  const read = (name: string): string | undefined => {
    const value = env[name.toLowerCase()] ?? env[name];
    return value === undefined || value === '' ? undefined : value;
  };
  return { http: read('HTTP_PROXY'), https: read('HTTPS_PROXY') ?? read('ALL_PROXY'), no: read('NO_PROXY') };
};

type Undici = typeof import('undici');

/** In a bundle the module has its exports below `default` only. */
const loadUndici = async (): Promise<Undici> => {
  const loaded: Undici | { readonly default: Undici } = await import('undici');
  return 'Agent' in loaded ? loaded : loaded.default;
};

/** Over undici, which is loaded at the first request. Honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY; loopback goes direct, as Go has it. */
export const createTransport = (options: TransportOptions = {}): Transport => {
  const dispatchers = new Map<string, Dispatcher>();
  const proxies = proxiesIn(options.env ?? process.env);
  const agentOptions = (verify: boolean): Agent.Options => ({
    connections: 16,
    pipelining: 1,
    allowH2: false,
    connect: { timeout: 15_000, rejectUnauthorized: verify },
    headersTimeout: options.answerTimeoutMs ?? 120_000,
    bodyTimeout: options.stallTimeoutMs ?? 60_000,
  });

  const dispatcherFor = (undici: Undici, host: string): Dispatcher => {
    const local = isLoopback(host);
    const verify = !(local || options.insecure?.(host) === true);
    const proxied = !local && (proxies.http !== undefined || proxies.https !== undefined);
    const key = `${verify} ${proxied}`;
    const known = dispatchers.get(key);
    if (known !== undefined) return known;
    const made = proxied
      ? new undici.EnvHttpProxyAgent({
          ...agentOptions(verify),
          ...(proxies.http === undefined ? {} : { httpProxy: proxies.http }),
          ...(proxies.https === undefined ? {} : { httpsProxy: proxies.https }),
          noProxy: proxies.no ?? '',
          requestTls: { rejectUnauthorized: verify },
        })
      : new undici.Agent(agentOptions(verify));
    dispatchers.set(key, made);
    return made;
  };

  return async (request) => {
    const undici = await loadUndici();
    const url = new URL(request.url);
    const answer = await undici.request(url, {
      method: request.method,
      headers: Object.fromEntries(request.headers),
      body: requestHasBody(request)
        ? Readable.from(bodyOf(request), { objectMode: false, highWaterMark: 256 * 1024 })
        : null,
      signal: request.signal,
      dispatcher: dispatcherFor(undici, url.host),
    });
    const headers = new Headers();
    for (const [name, value] of Object.entries(answer.headers))
      for (const one of Array.isArray(value) ? value : [value ?? '']) headers.append(name, one);
    const init = { status: answer.statusCode, headers };
    if (request.method === 'HEAD' || answer.statusCode === 204 || answer.statusCode === 304) {
      await answer.body.dump();
      return new Response(null, init);
    }
    return responseWith(init, answer.body, () => answer.body.dump({ limit: 128 * 1024 }));
  };
};
