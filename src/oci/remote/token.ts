// Bearer tokens of Docker's token authentication (distribution: docs/spec/auth/token.md, oauth.md): asked for at the
// realm that the registry names, kept until shortly before they end.
import { Failure } from '../../base/failure.ts';
import { bodyOf, readAtMost } from '../../base/http-body.ts';
import type { Credential } from './credential.ts';
import { isLoopback, showUrl } from './endpoint.ts';
import { type Asked, answerFailure, badAnswer, readAnswer } from './failures.ts';

export interface TokenRequest {
  readonly realm: string;
  readonly service: string | undefined;
  /** `repository:team/app:pull,push` */
  readonly scopes: readonly string[];
  readonly credential: Credential | undefined;
  /** Address of the registry's API. */
  readonly base: URL;
}

export interface Token {
  readonly value: string;
  /** Milliseconds since the epoch; a little before the token server's own end. */
  readonly until: number;
}

/** Sends with retries; throws network Failures. */
export type Send = (request: () => Request) => Promise<Response>;

/** Larger than any seen: Azure's have up to 10 KiB, Harbor's with many scopes 30 KiB. */
const answerLimitBytes = 512 * 1024;
/** token.md: what a token lives when the server does not say. */
const defaultLifetimeSeconds = 60;
const clientId = 'slipway';

/** Throws Failure `registry/insecure-realm` where the credentials would travel in clear to a host other than the registry. */
const realmUrl = (request: TokenRequest, asked: Asked): URL => {
  let realm: URL;
  try {
    realm = new URL(request.realm, request.base);
  } catch {
    throw badAnswer('it names a token server whose address is not valid', asked);
  }
  realm.username = '';
  realm.password = '';
  if (realm.protocol !== 'https:' && realm.protocol !== 'http:')
    throw badAnswer('it names a token server that is not reached over HTTP', asked);
  const isSameHost = realm.hostname === request.base.hostname && request.base.protocol === 'http:';
  const isLocal = isLoopback(realm.hostname) && isLoopback(request.base.hostname);
  if (realm.protocol === 'http:' && !isSameHost && !isLocal)
    throw new Failure(
      'registry/insecure-realm',
      `${asked.registry} wants the login sent to ${showUrl(realm)}, over plain HTTP to another address than its own; it was not sent`,
      {
        facts: { registry: asked.registry, realm: showUrl(realm) },
        hint: 'Correct the token address in the configuration of the registry: it must be HTTPS.',
        failureClass: 'Authentication',
      },
    );
  return realm;
};

const requestFor = (request: TokenRequest, realm: URL): Request => {
  const { credential } = request;
  if (credential !== undefined && 'identityToken' in credential) {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: clientId,
      refresh_token: credential.identityToken,
      scope: request.scopes.join(' '),
      ...(request.service === undefined ? {} : { service: request.service }),
    });
    return new Request(realm, {
      method: 'POST',
      body: form.toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    });
  }
  const url = new URL(realm);
  if (request.service !== undefined) url.searchParams.set('service', request.service);
  for (const scope of request.scopes) url.searchParams.append('scope', scope);
  const headers = new Headers({ accept: 'application/json' });
  if (credential !== undefined && 'password' in credential) {
    url.searchParams.set('account', credential.username);
    headers.set('authorization', basicHeader(credential));
  }
  return new Request(url, { headers });
};

export const basicHeader = (credential: { readonly username: string; readonly password: string }): string =>
  `Basic ${Buffer.from(`${credential.username}:${credential.password}`).toString('base64')}`;

const readToken = (text: string, asked: Asked): Token => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badAnswer('its token server did not answer with JSON', asked);
  }
  const fields: Readonly<Record<string, unknown>> = typeof value === 'object' && value !== null ? { ...value } : {};
  const token = [fields['token'], fields['access_token']].find((t) => typeof t === 'string' && t !== '');
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token))
    throw badAnswer('its token server sent no token', asked);
  const seconds = Number(fields['expires_in'] ?? defaultLifetimeSeconds);
  const lifetime = Number.isFinite(seconds) && seconds > 0 ? seconds : defaultLifetimeSeconds;
  return { value: token, until: Date.now() + (lifetime - Math.min(10, lifetime / 4)) * 1000 };
};

/** Failure `registry/unauthorized` when the token server does not accept the login. */
export const fetchToken = async (request: TokenRequest, send: Send, asked: Asked): Promise<Token> => {
  const realm = realmUrl(request, asked);
  const response = await send(() => requestFor(request, realm));
  if (response.status !== 200) {
    const answer = await readAnswer(response, asked.secrets);
    // A token server says "no" with 400 (RFC 6749, invalid_grant), 401 or 403; all mean the login.
    const isRefusal = [400, 401, 403].includes(answer.status);
    throw answerFailure(isRefusal ? { ...answer, status: 401 } : answer, {
      ...asked,
      what: isRefusal ? asked.what : `token for ${asked.what} from ${showUrl(realm)}`,
    });
  }
  const { bytes, truncated } = await readAtMost(bodyOf(response), answerLimitBytes);
  if (truncated) throw badAnswer('its token server sent more than a token can be', asked);
  return readToken(bytes.toString(), asked);
};
