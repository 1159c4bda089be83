// Image references: `[registry/]repository[:tag][@digest]` (distribution-spec, "Pulling manifests"; Docker's short names).
import { type Digest, parseDigest } from './digest.ts';

export interface ImageReference {
  /** Host with optional port, in lower case as written: `docker.io`, `localhost:5000`. */
  readonly registry: string;
  /** Path below the registry: `library/alpine`, `team/app`. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

export const defaultRegistry = 'docker.io';
export const defaultTag = 'latest';

/** Names of Docker Hub in settings and connectors, which hold login URLs and web addresses too. */
export const hubNames: ReadonlySet<string> = new Set([
  defaultRegistry,
  'index.docker.io',
  'registry-1.docker.io',
  'registry.hub.docker.com',
  'hub.docker.com',
]);

/** distribution-spec: `<name>` and `<reference>`. */
const repositoryPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const tagPattern = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const registryPattern = /^(?:\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?)(?::[0-9]{1,5})?$/;

export const isTag = (text: string): boolean => tagPattern.test(text);

/** A sentence for a text that `isTag` refuses. */
export const notATag = (text: string): string =>
  `"${text}" is not a tag (letters, digits, "_", "." and "-"; at most 128; not starting with "." or "-")`;

export const isRepository = (text: string): boolean => text.length <= 255 && repositoryPattern.test(text);

/** What is wrong with a reference, in words for a message: `the repository "A/b" has capital letters`. */
export interface BadReference {
  readonly problem: string;
}

/**
 * Reads a reference as `docker pull` does: the first part is a registry when it has a dot or a colon or is `localhost`;
 * one-word names on Docker Hub get `library/`. No tag is added: see `withDefaultTag`.
 */
export const parseReference = (text: string): ImageReference | BadReference => {
  if (text === '') return { problem: 'the image reference is empty' };
  const scheme = /^[a-z]+:\/\//i.exec(text)?.[0];
  if (scheme !== undefined) return { problem: `a reference has no "${scheme}"; write "${text.slice(scheme.length)}"` };
  const at = text.indexOf('@');
  let rest = at < 0 ? text : text.slice(0, at);
  let digest: Digest | undefined;
  if (at >= 0) {
    digest = parseDigest(text.slice(at + 1));
    if (digest === undefined) return { problem: `"${text.slice(at + 1)}" is not a digest (sha256: and 64 hex digits)` };
  }
  let tag: string | undefined;
  const colon = rest.lastIndexOf(':');
  if (colon > rest.lastIndexOf('/')) {
    tag = rest.slice(colon + 1);
    rest = rest.slice(0, colon);
    if (!isTag(tag)) return { problem: tag === '' ? 'the tag after ":" is empty' : notATag(tag) };
  }
  const slash = rest.indexOf('/');
  const first = slash < 0 ? '' : rest.slice(0, slash);
  let registry = defaultRegistry;
  if (first !== '' && (/[.:]/.test(first) || first === 'localhost')) {
    registry = first.toLowerCase();
    rest = rest.slice(slash + 1);
    if (!registryPattern.test(registry)) return { problem: `"${first}" is not a registry host` };
    if (registry === 'index.docker.io' || registry === 'registry-1.docker.io') registry = defaultRegistry;
  }
  if (rest === '') return { problem: 'the repository is empty' };
  if (registry === defaultRegistry && !rest.includes('/')) rest = `library/${rest}`;
  if (!isRepository(rest)) {
    const lower = rest.toLowerCase();
    if (lower !== rest && isRepository(lower))
      return { problem: `the repository "${rest}" has capital letters; write "${lower}"` };
    return {
      problem: `"${rest}" is not a repository name (lower-case letters and digits, joined by ".", "_", "-" and "/")`,
    };
  }
  return {
    registry,
    repository: rest,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
};

export const isBadReference = (value: ImageReference | BadReference): value is BadReference => 'problem' in value;

export const withDefaultTag = (reference: ImageReference): ImageReference =>
  reference.tag === undefined && reference.digest === undefined ? { ...reference, tag: defaultTag } : reference;

/** The full form: `docker.io/library/alpine:3.20`. */
export const formatReference = (reference: ImageReference): string =>
  `${reference.registry}/${reference.repository}${reference.tag === undefined ? '' : `:${reference.tag}`}${reference.digest === undefined ? '' : `@${reference.digest}`}`;

/** The form that Docker prints and writes into archives: `alpine:3.20`, `team/app:1`, `localhost:5000/app:1`. */
export const familiarReference = (reference: ImageReference): string => {
  const full = formatReference(reference);
  if (reference.registry !== defaultRegistry) return full;
  return full.slice(reference.repository.startsWith('library/') ? 'docker.io/library/'.length : 'docker.io/'.length);
};
