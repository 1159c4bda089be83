// Where an image goes: registry, repository and tags put together, never with the registry twice.
import { isBadReference, parseReference } from '../refs/reference.ts';
import { isKnown, joinText, type Text } from '../refs/text.ts';
import type { Settings } from './read-settings.ts';

const known = (text: Text | undefined): string | undefined => (text !== undefined && isKnown(text) ? text : undefined);

const withoutScheme = (text: Text): Text =>
  isKnown(text) ? text.replace(/^[a-z]+:\/\//i, '').replace(/\/+$/, '') : text;

/** `registry/repo`, unless the repository begins with the registry already. */
export const prefixed = (registry: Text | undefined, repo: Text): Text => {
  if (registry === undefined || registry === '') return repo;
  const host = withoutScheme(registry);
  const start = known(host);
  const name = known(repo) ?? (Array.isArray(repo) && typeof repo[0] === 'string' ? repo[0] : undefined);
  if (start !== undefined && name !== undefined && (name === start || name.startsWith(`${start}/`))) return repo;
  return joinText(host, '/', repo);
};

/** The registry in front of the repository, by the kind of registry the step is for. */
export const repositoryOf = (settings: Settings): Text | undefined => {
  const repo = settings.text('repo');
  const registry = settings.text('registry');
  switch (settings.flavour.registry) {
    case 'heroku': {
      const app = settings.text('app');
      return app === undefined
        ? repo
        : joinText('registry.heroku.com/', app, '/', settings.text('processType') ?? 'web');
    }
    case 'ecr': {
      if (repo === undefined) return undefined;
      const account = settings.text('account');
      const region = settings.text('region') ?? 'us-east-1';
      return prefixed(
        registry ?? (account === undefined ? undefined : joinText(account, '.dkr.ecr.', region, '.amazonaws.com')),
        repo,
      );
    }
    case 'gcr':
      return repo === undefined ? undefined : prefixed(registry ?? 'gcr.io', repo);
    case 'gar': {
      if (repo === undefined) return undefined;
      const location = settings.text('location');
      return prefixed(registry ?? (location === undefined ? undefined : joinText(location, '-docker.pkg.dev')), repo);
    }
    case 'acr': {
      if (repo === undefined) return undefined;
      const text = known(repo);
      const has = text === undefined || /^[^/]+[.:][^/]*\//.test(text);
      return has ? repo : prefixed(registry, repo);
    }
    case 'plain':
      if (repo === undefined) return undefined;
      return settings.boolean('expandRepo') === true ? prefixed(registry, repo) : repo;
    default:
      return settings.flavour.registry satisfies never;
  }
};

/** What is wrong with a reference that is known already. */
export const referenceProblem = (reference: Text): string | undefined => {
  if (!isKnown(reference)) return undefined;
  const parsed = parseReference(reference);
  return isBadReference(parsed) ? parsed.problem : undefined;
};
