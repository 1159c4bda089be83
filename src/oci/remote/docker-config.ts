// Docker's config.json: logins in it, or behind credential helpers (docker/cli, cli/config/configfile).
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { errorCode } from '../../base/error-code.ts';
import { Failure } from '../../base/failure.ts';
import { defaultRegistry } from '../../refs/reference.ts';
import { isObject } from '../untrusted-json.ts';
import type { Credential, CredentialSource } from './credential.ts';
import { askHelper } from './credential-helper.ts';

export interface DockerConfigOptions {
  /** Folder of config.json. Default: DOCKER_CONFIG, else `~/.docker`. */
  readonly folder?: string;
  readonly env?: NodeJS.ProcessEnv;
}

interface DockerConfig {
  readonly auths: Readonly<Record<string, Credential>>;
  readonly store: string | undefined;
  readonly helpers: Readonly<Record<string, string>>;
}

const hubKey = 'https://index.docker.io/v1/';
const hubHosts: ReadonlySet<string> = new Set([
  defaultRegistry,
  'index.docker.io',
  'registry-1.docker.io',
  'registry.hub.docker.com',
]);

/** `https://Host:5000/v2/` as `host:5000`; `host/team` keeps its path. All names of Docker Hub are one. */
const normalKey = (key: string): string => {
  const bare = key
    .replace(/^https?:\/\//i, '')
    .replace(/\/(?:v1|v2)?\/?$/, '')
    .replace(/\/+$/, '');
  const slash = bare.indexOf('/');
  const host = (slash < 0 ? bare : bare.slice(0, slash)).toLowerCase();
  return `${hubHosts.has(host) ? defaultRegistry : host}${slash < 0 ? '' : bare.slice(slash)}`;
};

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const bad = (path: string, problem: string, cause?: unknown): Failure =>
  new Failure('registry/bad-docker-config', `The Docker configuration ${path} cannot be used: ${problem}`, {
    facts: { path },
    hint: 'Correct the file, or remove it and run `docker login` again.',
    failureClass: 'ConfigurationFailure',
    ...(cause === undefined ? {} : { cause }),
  });

const readAuth = (value: unknown, key: string, path: string): Credential | undefined => {
  if (!isObject(value)) return undefined;
  const identityToken = text(value['identitytoken']);
  if (identityToken !== undefined) return { identityToken };
  const registryToken = text(value['registrytoken']);
  if (registryToken !== undefined) return { registryToken };
  const encoded = text(value['auth']);
  if (encoded !== undefined) {
    const decoded = Buffer.from(encoded, 'base64').toString();
    const colon = decoded.indexOf(':');
    // The text itself must not be shown: it is a password, if a damaged one.
    if (colon <= 0) throw bad(path, `the "auth" of "${key}" is not base64 of user:password`);
    return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1).replace(/\0+$/, '') };
  }
  const username = text(value['username']);
  const password = text(value['password']);
  return username === undefined || password === undefined ? undefined : { username, password };
};

const parseConfig = (content: string, path: string): DockerConfig => {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    throw bad(path, 'it is not JSON'); // the parser's message would quote the file
  }
  if (!isObject(value)) throw bad(path, 'it is not a JSON object');
  const auths: Record<string, Credential> = {};
  for (const [key, entry] of Object.entries(isObject(value['auths']) ? value['auths'] : {})) {
    const credential = readAuth(entry, key, path);
    // `docker login` writes one key for each registry; of two spellings the later one is the newer login.
    if (credential !== undefined) auths[normalKey(key)] = credential;
  }
  const helpers = Object.entries(isObject(value['credHelpers']) ? value['credHelpers'] : {}).flatMap(([key, helper]) =>
    typeof helper === 'string' ? [[normalKey(key), helper] as const] : [],
  );
  return { auths, store: text(value['credsStore']), helpers: Object.fromEntries(helpers) };
};

/** `host/a/b`, `host/a`, `host`: the most specific login wins, as in containers' auth.json. */
const keysFor = (registry: string, repository: string): readonly string[] => {
  const parts = repository === '' ? [] : repository.split('/');
  const host = normalKey(registry);
  return [...parts.keys()].map((i) => [host, ...parts.slice(0, parts.length - i)].join('/')).concat(host);
};

const own = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/**
 * Reads the file at the first question; an absent file means no logins. Throws Failure `registry/bad-docker-config`,
 * `registry/credential-helper`.
 */
export const dockerConfigCredentials = (options: DockerConfigOptions = {}): CredentialSource => {
  const env = options.env ?? process.env;
  const folder = options.folder ?? text(env['DOCKER_CONFIG']) ?? join(env['HOME'] ?? homedir(), '.docker');
  const path = join(folder, 'config.json');
  let reading: Promise<DockerConfig> | undefined;

  const read = async (): Promise<DockerConfig> => {
    try {
      return parseConfig(await readFile(path, 'utf8'), path);
    } catch (error) {
      if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR')
        return { auths: {}, store: undefined, helpers: {} };
      throw error instanceof Failure ? error : bad(path, errorCode(error) ?? 'it cannot be read', error);
    }
  };

  return async (registry, repository) => {
    reading ??= read();
    const { auths, store, helpers } = await reading;
    const keys = keysFor(registry, repository);
    const host = keys.at(-1) ?? registry;
    const helper = own(helpers, host) ?? store;
    if (helper !== undefined) {
      const server = host === defaultRegistry ? hubKey : registry;
      const found = await askHelper(helper, server, env);
      if (found !== undefined) return found;
    }
    const key = keys.find((k) => Object.hasOwn(auths, k));
    return key === undefined ? undefined : auths[key];
  };
};
