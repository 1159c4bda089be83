// Who may use the registry: one user, by Basic (RFC 7617) or by Bearer tokens (Docker's token authentication), which
// the registry then issues itself at /token.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { bodyOf, readAtMost } from '../base/http-body.ts';
import { isRepository } from '../refs/reference.ts';
import { ApiError, errorResponse } from './api-error.ts';

export type RegistryAuth =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | {
      readonly kind: 'token';
      readonly username: string;
      readonly password: string;
      /** Who does not log in may pull. */
      readonly anonymousPull?: boolean;
      /** 300 unless given. */
      readonly lifetimeSeconds?: number;
    };

/** What a request needs; undefined: only a login (`/v2/`). */
export interface Access {
  readonly repository: string;
  readonly action: 'pull' | 'push' | 'delete';
}

export interface Guard {
  /** Undefined when the request may go on. */
  refuse(request: Request, access: Access | undefined): Response | undefined;
  /** Answers /token; undefined when this registry issues none. */
  token?(request: Request, url: URL): Promise<Response>;
}

const unauthorized = (challenge: string): Response =>
  errorResponse(new ApiError(401, 'UNAUTHORIZED', 'log in first', undefined, { 'www-authenticate': challenge }));

const same = (a: string, b: string): boolean => {
  const key = randomBytes(32);
  const digest = (text: string): Buffer => createHmac('sha256', key).update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
};

const isUser = (auth: RegistryAuth, header: string | null): boolean => {
  const encoded = /^basic +(\S+)$/i.exec(header ?? '')?.[1];
  return encoded !== undefined && same(Buffer.from(encoded, 'base64').toString(), `${auth.username}:${auth.password}`);
};

const basicGuard = (auth: RegistryAuth): Guard => ({
  refuse: (request) =>
    isUser(auth, request.headers.get('authorization')) ? undefined : unauthorized('Basic realm="slipway registry"'),
});

interface Claims {
  /** `repository:team/app:pull` */
  readonly access: readonly string[];
  readonly refresh: boolean;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

const scopeOf = (access: Access | undefined): string =>
  access === undefined ? '' : `,scope="repository:${access.repository}:${actionsOf(access).join(',')}"`;

const actionsOf = (access: Access): readonly string[] =>
  access.action === 'push' ? ['pull', 'push'] : [access.action];

const tokenGuard = (auth: Extract<RegistryAuth, { kind: 'token' }>): Guard => {
  const key = randomBytes(32);
  const lifetimeSeconds = auth.lifetimeSeconds ?? 300;
  const seal = (payload: string): string => createHmac('sha256', key).update(payload).digest('base64url');
  const issue = (claims: Claims): string => {
    const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
    return `${payload}.${seal(payload)}`;
  };
  const open = (token: string): Claims | undefined => {
    const [payload = '', mac = ''] = token.split('.');
    if (!same(mac, seal(payload))) return undefined;
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims; // sealed by issue
    return claims.until > Date.now() ? claims : undefined;
  };
  const grantOf = (scopes: readonly string[], isKnown: boolean): string[] =>
    scopes.flatMap((scope) => {
      const [, name = '', actions = ''] = /^repository:([^:]+):([a-z,*]+)$/.exec(scope) ?? [];
      if (!isRepository(name)) return [];
      return actions
        .split(',')
        .filter((action) => isKnown || (auth.anonymousPull === true && action === 'pull'))
        .map((action) => `${name}:${action}`);
    });
  const answer = (access: readonly string[], withRefresh: boolean): Response => {
    const token = issue({ access, refresh: false, until: Date.now() + lifetimeSeconds * 1000 });
    return Response.json({
      token,
      access_token: token,
      expires_in: lifetimeSeconds,
      issued_at: new Date().toISOString(),
      ...(withRefresh ? { refresh_token: issue({ access: [], refresh: true, until: Date.now() + 86_400_000 }) } : {}),
    });
  };

  return {
    refuse(request, access) {
      const token = /^bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
      const claims = token === undefined ? undefined : open(token);
      const wanted = access === undefined ? [] : actionsOf(access).map((action) => `${access.repository}:${action}`);
      if (claims?.refresh === false && wanted.every((w) => claims.access.includes(w))) return undefined;
      const problem =
        token === undefined ? '' : `,error="${claims === undefined ? 'invalid_token' : 'insufficient_scope'}"`;
      const realm = new URL('/token', request.url).href;
      return unauthorized(`Bearer realm="${realm}",service="slipway registry"${scopeOf(access)}${problem}`);
    },
    async token(request, url) {
      if (request.method === 'GET') {
        const header = request.headers.get('authorization');
        const isKnown = isUser(auth, header);
        if (!isKnown && (header !== null || auth.anonymousPull !== true))
          return unauthorized('Basic realm="slipway registry"');
        const scopes = url.searchParams.getAll('scope').flatMap((scope) => scope.split(' '));
        return answer(grantOf(scopes, isKnown), url.searchParams.get('offline_token') === 'true' && isKnown);
      }
      const form = new URLSearchParams((await readAtMost(bodyOf(request), 65_536)).bytes.toString());
      const isKnown =
        form.get('grant_type') === 'refresh_token'
          ? open(form.get('refresh_token') ?? '')?.refresh === true
          : same(`${form.get('username')}:${form.get('password')}`, `${auth.username}:${auth.password}`);
      if (!isKnown) return unauthorized('Basic realm="slipway registry"');
      return answer(grantOf((form.get('scope') ?? '').split(' '), true), form.get('access_type') === 'offline');
    },
  };
};

export const guardOf = (auth: RegistryAuth | undefined): Guard =>
  auth === undefined ? { refuse: () => undefined } : auth.kind === 'basic' ? basicGuard(auth) : tokenGuard(auth);
