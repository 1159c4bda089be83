// The OCI distribution API 1.1 over a store, as a fetch handler: a server mounts it, a client's transport can be it.
import { errorCode } from '../base/error-code.ts';
import { isRepository } from '../refs/reference.ts';
import { ApiError, digestFrom, errorResponse } from './api-error.ts';
import { type Access, guardOf, type RegistryAuth } from './auth.ts';
import { deleteBlob, getBlob } from './blobs.ts';
import { deleteManifest, getManifest, listReferrers, listRepositories, listTags, putManifest } from './manifests.ts';
import type { RegistryStore } from './store.ts';
import { createUploads } from './uploads.ts';

export interface RegistryOptions {
  readonly auth?: RegistryAuth;
  /** Bytes of one blob; 1 TiB unless given. */
  readonly maxBlobBytes?: number;
  /** Bytes of one manifest; 4 MiB unless given, as Docker's registry has it. */
  readonly maxManifestBytes?: number;
  /** Accept manifests whose blobs or members were not pushed. */
  readonly sparse?: boolean;
  /** Called with what was not the client's fault. */
  readonly onError?: (error: unknown) => void;
}

export type Registry = (request: Request) => Promise<Response>;

type Kind = 'blob' | 'uploads' | 'upload' | 'manifest' | 'tags' | 'referrers';

interface Route {
  readonly kind: Kind;
  readonly repository: string;
  /** The digest, tag or upload id. */
  readonly item: string;
}

const routes: readonly { readonly kind: Kind; readonly pattern: RegExp }[] = [
  { kind: 'tags', pattern: /^\/v2\/(.+)\/tags\/list()$/ },
  { kind: 'uploads', pattern: /^\/v2\/(.+)\/blobs\/uploads\/?()$/ },
  { kind: 'upload', pattern: /^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/ },
  { kind: 'blob', pattern: /^\/v2\/(.+)\/blobs\/([^/]+)$/ },
  { kind: 'manifest', pattern: /^\/v2\/(.+)\/manifests\/([^/]+)$/ },
  { kind: 'referrers', pattern: /^\/v2\/(.+)\/referrers\/([^/]+)$/ },
];

const routeOf = (path: string): Route | undefined => {
  for (const { kind, pattern } of routes) {
    const [, repository, item] = pattern.exec(path) ?? [];
    if (repository !== undefined && item !== undefined) return { kind, repository, item };
  }
  return undefined;
};

const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD';

const accessOf = (route: Route, method: string): Access => ({
  repository: route.repository,
  action:
    isRead(method) && route.kind !== 'upload'
      ? 'pull'
      : method === 'DELETE' && route.kind !== 'upload'
        ? 'delete'
        : 'push',
});

const maxBlobBytes = 2 ** 40;
const maxManifestBytes = 4 * 1024 * 1024;

export const createRegistry = (store: RegistryStore, options: RegistryOptions = {}): Registry => {
  const guard = guardOf(options.auth);
  const uploads = createUploads(store, options.maxBlobBytes ?? maxBlobBytes);
  const rules = { maxBytes: options.maxManifestBytes ?? maxManifestBytes, sparse: options.sparse ?? false };

  const dispatch = async (route: Route, request: Request, query: URLSearchParams): Promise<Response> => {
    const { repository, item } = route;
    const { method } = request;
    switch (route.kind) {
      case 'blob':
        if (isRead(method)) return getBlob(store, repository, digestFrom(item), request);
        if (method === 'DELETE') return deleteBlob(store, repository, digestFrom(item));
        break;
      case 'uploads':
        if (method === 'POST') return uploads.start(repository, request, query);
        break;
      case 'upload':
        if (method === 'GET') return uploads.status(repository, item);
        if (method === 'PATCH') return uploads.chunk(repository, item, request);
        if (method === 'PUT') return uploads.finish(repository, item, request, query);
        if (method === 'DELETE') return uploads.cancel(repository, item);
        break;
      case 'manifest':
        if (isRead(method)) return getManifest(store, repository, item, request);
        if (method === 'PUT') return putManifest(store, rules, { repository, reference: item, query }, request);
        if (method === 'DELETE') return deleteManifest(store, repository, item);
        break;
      case 'tags':
        if (isRead(method)) return listTags(store, repository, query);
        break;
      case 'referrers':
        if (isRead(method)) return listReferrers(store, repository, digestFrom(item), query);
        break;
      default:
        return route.kind satisfies never;
    }
    throw new ApiError(405, 'UNSUPPORTED', `${method} is not supported here`);
  };

  const answer = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const path = decodePath(url.pathname);
    if (path === '/token' && guard.token !== undefined) return guard.token(request, url);
    if (path === '/v2/' || path === '/v2') {
      const refusal = guard.refuse(request, undefined);
      return refusal ?? Response.json({});
    }
    if (path === '/v2/_catalog' && isRead(request.method))
      return guard.refuse(request, undefined) ?? listRepositories(store, url.searchParams);
    const route = routeOf(path);
    if (route === undefined) throw new ApiError(404, 'UNSUPPORTED', 'there is nothing at this address');
    if (!isRepository(route.repository))
      throw new ApiError(400, 'NAME_INVALID', 'not a repository name', { name: route.repository });
    return guard.refuse(request, accessOf(route, request.method)) ?? dispatch(route, request, url.searchParams);
  };

  return async (request) => {
    let response: Response;
    try {
      response = await answer(request);
    } catch (error) {
      if (!(error instanceof ApiError) && !isGone(error)) options.onError?.(error);
      response = errorResponse(error instanceof ApiError ? error : unexpected(error));
    }
    response.headers.set('docker-distribution-api-version', 'registry/2.0');
    return response;
  };
};

const decodePath = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new ApiError(400, 'NAME_INVALID', 'the address is not valid percent-encoded UTF-8');
  }
};

/** The client went away. */
const isGone = (error: unknown): boolean =>
  ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'].includes(errorCode(error) ?? '');

const unexpected = (error: unknown): ApiError =>
  errorCode(error) === 'ENOSPC' || errorCode(error) === 'EDQUOT'
    ? new ApiError(507, 'UNKNOWN', 'the registry has no space left on its disk')
    : new ApiError(500, 'UNKNOWN', 'the registry failed; its log says why');
