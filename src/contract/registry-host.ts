// The host of a registry, out of the many ways in which settings and connectors write one.
import { defaultRegistry, hubNames } from '../refs/reference.ts';

/** `https://index.docker.io/v1/` is `docker.io`, `gcr.io/project` is `gcr.io`. Scheme, login and path are dropped. */
export const registryHost = (text: string): string => {
  const host = text
    .trim()
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
    .replace(/[/?#].*$/s, '')
    .replace(/^.*@/, '')
    .toLowerCase();
  return hubNames.has(host) ? defaultRegistry : host;
};

/** The registry that a repository names itself, as Docker reads it; undefined when it names none. */
export const ownRegistry = (repository: string): string | undefined => {
  const slash = repository.indexOf('/');
  const first = slash < 0 ? '' : repository.slice(0, slash);
  return /[.:]/.test(first) || first === 'localhost' ? registryHost(first) : undefined;
};
