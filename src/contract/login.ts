// Logins written in the step itself: for the push, and for base images. They only ever go to the registry they are for.
import { defaultRegistry } from '../refs/reference.ts';
import { isKnown, showText, type Text } from '../refs/text.ts';
import type { Faults } from './fault.ts';
import type { BaseLogin, Destination } from './image-operation.ts';
import type { Settings } from './read-settings.ts';
import { ownRegistry, registryHost } from './registry-host.ts';

type Login = NonNullable<Destination['login']>;

/** Keys of Google service accounts may come in base64; the registry takes the JSON. A secret is taken as it is. */
const jsonKeyText = (key: Text): Text => {
  if (!isKnown(key) || !/^[A-Za-z0-9+/\s]+=*\s*$/.test(key)) return key;
  const decoded = Buffer.from(key, 'base64').toString('utf8');
  return decoded.trimStart().startsWith('{') ? decoded : key;
};

const half = (settings: Settings, key: 'username' | 'baseUsername', faults: Faults): void => {
  const password = key === 'username' ? 'password' : 'basePassword';
  const [there, missing] = settings.text(key) === undefined ? ([password, key] as const) : ([key, password] as const);
  faults.error(
    there,
    'contract/half-login',
    `"${settings.written(there)}" is set and "${settings.written(missing)}" is not, so nobody could sign in`,
    `set "${settings.written(missing)}" too, or remove "${settings.written(there)}"`,
  );
};

/** Of the push. `references` are what it pushes. */
export const pushLogin = (settings: Settings, references: readonly Text[], faults: Faults): Login | undefined => {
  const username = settings.text('username');
  const password = settings.text('password');
  const token = settings.text('accessToken');
  const isGoogle = settings.flavour.registry === 'gcr' || settings.flavour.registry === 'gar';
  const key = isGoogle ? settings.text('jsonKey') : undefined;
  const both = username !== undefined && password !== undefined;
  if (!both && (username ?? password) !== undefined && token === undefined && key === undefined)
    half(settings, 'username', faults);
  const login: Login | undefined = both
    ? { username, password }
    : key !== undefined
      ? { username: '_json_key', password: jsonKeyText(key) }
      : token !== undefined
        ? { username: 'oauth2accesstoken', password: token }
        : undefined;
  const registry = settings.text('registry');
  const first = references[0];
  if (settings.flavour.registry !== 'plain' || login === undefined || registry === undefined || !isKnown(registry))
    return login;
  if (first === undefined || !isKnown(first)) return login;
  const wanted = registryHost(registry);
  const target = ownRegistry(first) ?? defaultRegistry;
  if (wanted === target) return login;
  faults.error(
    'registry',
    'contract/other-registry',
    `the login is for ${wanted}, and ${showText(first)} goes to ${target}`,
    ownRegistry(first) === undefined
      ? `write the registry in front of the repository: ${wanted}/${first}`
      : 'name one registry in both',
  );
  return undefined;
};

/** For base images; empty when the step has none. */
export const baseLogins = (settings: Settings, faults: Faults): readonly BaseLogin[] => {
  const username = settings.text('baseUsername');
  const password = settings.text('basePassword');
  if (username === undefined && password === undefined) return [];
  if (username === undefined || password === undefined) {
    half(settings, 'baseUsername', faults);
    return [];
  }
  const registry = settings.text('baseRegistry');
  return [
    {
      registry: registry === undefined ? defaultRegistry : isKnown(registry) ? registryHost(registry) : registry,
      username,
      password,
    },
  ];
};
