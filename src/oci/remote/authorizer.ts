// Authorizer: which Authorization header a request to one registry needs. Knows nothing at first; learns from the
// registry's first challenge, and asks for tokens before requests from then on.
import { parseChallenges } from './challenge.ts';
import { type Credential, type CredentialSource, secretsOf } from './credential.ts';
import type { Asked } from './failures.ts';
import { basicHeader, fetchToken, type Send, type Token } from './token.ts';

/** What a request needs: a scope for each repository it touches. */
export interface Scope {
  readonly repository: string;
  /** `repository:team/app:pull,push`, sorted. */
  readonly scopes: readonly string[];
}

interface Bearer {
  readonly kind: 'bearer';
  readonly realm: string;
  readonly service: string | undefined;
}

export interface AuthorizerOptions {
  readonly registry: string;
  readonly base: URL;
  readonly credentials: CredentialSource;
  readonly send: Send;
}

/** `repository:team/app` of `repository:team/app:pull`. */
const resourceOf = (scope: string): string => scope.slice(0, scope.lastIndexOf(':'));

export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #credentials = new Map<string, Promise<Credential | undefined>>();
  readonly #tokens = new Map<string, Promise<Token>>();
  #challenge: Bearer | { readonly kind: 'basic' } | undefined;
  /** Scopes that the registry asked for beyond ours. */
  readonly #extra = new Map<string, readonly string[]>();

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  credential(repository: string): Promise<Credential | undefined> {
    const known = this.#credentials.get(repository);
    if (known !== undefined) return known;
    const asked = this.#options.credentials(this.#options.registry, repository);
    this.#credentials.set(repository, asked);
    return asked;
  }

  /** Undefined: send none. Throws Failure when the token server refuses. */
  async header(scope: Scope, asked: Asked): Promise<string | undefined> {
    if (this.#challenge === undefined) return undefined;
    const credential = await this.credential(scope.repository);
    if (credential !== undefined && 'registryToken' in credential) return `Bearer ${credential.registryToken}`;
    if (this.#challenge.kind === 'basic')
      return credential !== undefined && 'password' in credential ? basicHeader(credential) : undefined;
    return `Bearer ${(await this.#token(this.#challenge, scope, credential, asked)).value}`;
  }

  /** After a 401: true when another attempt with a fresh `header` may fare better. A cached token may have been withdrawn, so the caller bounds the attempts. */
  async challenged(response: Response, scope: Scope, sent: string | undefined): Promise<boolean> {
    const challenges = parseChallenges(response.headers.get('www-authenticate') ?? '');
    const bearer = challenges.find((c) => c.scheme === 'bearer' && c.parameters['realm'] !== undefined);
    const credential = await this.credential(scope.repository);
    if (bearer !== undefined) {
      const { realm = '', service, scope: wanted = '' } = bearer.parameters;
      this.#challenge = { kind: 'bearer', realm, service };
      const own = new Set(scope.scopes.map(resourceOf));
      const extra = wanted.split(' ').filter((s) => s !== '' && !own.has(resourceOf(s)));
      if (extra.length > 0) this.#extra.set(scope.scopes.join(' '), extra);
      this.#tokens.delete(this.#key(scope));
      return sent === undefined || credential === undefined || !('registryToken' in credential);
    }
    if (challenges.some((c) => c.scheme === 'basic')) {
      this.#challenge = { kind: 'basic' };
      return sent === undefined && credential !== undefined && !('identityToken' in credential);
    }
    return false;
  }

  #key(scope: Scope): string {
    return `${scope.repository}\n${scope.scopes.join(' ')}`;
  }

  async #token(challenge: Bearer, scope: Scope, credential: Credential | undefined, asked: Asked): Promise<Token> {
    const key = this.#key(scope);
    const known = this.#tokens.get(key);
    if (known !== undefined) {
      const token = await known;
      if (token.until > Date.now()) return token;
    }
    const { base, send } = this.#options;
    const scopes = [...scope.scopes, ...(this.#extra.get(scope.scopes.join(' ')) ?? [])];
    const fetched = fetchToken({ realm: challenge.realm, service: challenge.service, scopes, credential, base }, send, {
      ...asked,
      isLoggedIn: credential !== undefined,
      secrets: secretsOf(credential),
    });
    this.#tokens.set(key, fetched);
    fetched.catch(() => this.#tokens.delete(key));
    return fetched;
  }
}
