// Where an image goes: registry, repository and tags put together, never with the registry twice.
import { defaultRegistry, isBadReference, parseReference } from '../refs/reference.ts';
import { isKnown, joinText, type Text } from '../refs/text.ts';
import type { Settings } from './read-settings.ts';
import { ownRegistry, registryHost } from './registry-host.ts';

const withoutScheme = (text: Text): Text =>
  isKnown(text) ? text.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').replace(/\/+$/, '') : text;

const leadingText = (text: Text): string => (isKnown(text) ? text : typeof text[0] === 'string' ? text[0] : '');

/** `registry/repo`, unless the repository begins with the registry already. The registry may have a path: `gcr.io/project`. */
export const prefixed = (registry: Text | undefined, repo: Text): Text => {
  if (registry === undefined || registry === '') return repo;
  const start = withoutScheme(registry);
  const name = leadingText(repo);
  if (isKnown(start) && (name === start || name.startsWith(`${start}/`))) return repo;
  // `gcr.io/project` and `gcr.io/other/app`: the host is there, so the path is the user's own.
  if (isKnown(start) && ownRegistry(name) === registryHost(start)) return repo;
  return joinText(start, '/', repo);
};

const expanded = (registry: Text | undefined, repo: Text): Text => {
  if (registry === undefined) return repo;
  return isKnown(registry) && registryHost(registry) === defaultRegistry ? repo : prefixed(registry, repo);
};

/** The registry in front of the repository, by the kind of registry the step is for. */
export const repositoryOf = (settings: Settings): Text | undefined => {
  const repo = settings.text('repo');
  const registry = settings.text('registry');
  if (settings.flavour.registry === 'heroku') {
    const app = settings.text('app');
    if (app === undefined) return repo;
    return joinText('registry.heroku.com/', app, '/', settings.text('processType') ?? 'web');
  }
  if (repo === undefined) return undefined;
  switch (settings.flavour.registry) {
    case 'ecr': {
      const account = settings.text('account');
      const region = settings.text('region') ?? 'us-east-1';
      return prefixed(registry ?? (account === undefined ? undefined : ecrHost(account, region)), repo);
    }
    case 'gcr':
      return prefixed(registry ?? 'gcr.io', repo);
    case 'gar': {
      const location = settings.text('location');
      return prefixed(registry ?? (location === undefined ? undefined : joinText(location, '-docker.pkg.dev')), repo);
    }
    case 'acr':
      return ownRegistry(leadingText(repo)) === undefined ? prefixed(registry, repo) : repo;
    case 'plain':
      return settings.boolean('expandRepo') === true ? expanded(registry, repo) : repo;
    default:
      return settings.flavour.registry satisfies never;
  }
};

/** Regions in China have a domain of their own. */
export const ecrHost = (account: Text, region: Text): Text =>
  joinText(
    account,
    '.dkr.ecr.',
    region,
    isKnown(region) && region.startsWith('cn-') ? '.amazonaws.com.cn' : '.amazonaws.com',
  );

/** What is wrong with a reference that is known already. */
export const referenceProblem = (reference: Text): string | undefined => {
  if (!isKnown(reference)) return undefined;
  const parsed = parseReference(reference);
  return isBadReference(parsed) ? parsed.problem : undefined;
};
