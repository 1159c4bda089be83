// The connectors of a project, found by the references that steps write.
import { nearest } from '../base/nearest.ts';
import type { Credential } from '../oci/remote/credential.ts';
import { bareIdentifier, type Confidential, type Connector, registryOf } from './connector.ts';

export interface Endpoint {
  /** `http://localhost:5000` */
  readonly url: string;
  readonly host: string;
  readonly insecure: boolean;
}

export interface ConnectorSet {
  /** `x`, `org.x` and `account.x` name the same connector here: a project has one set. */
  find(reference: string): Connector | undefined;
  /** What to say when there is none: the nearest names, or that it is a placeholder. */
  hintFor(reference: string): string;
  readonly identifiers: readonly string[];
}

const isPlaceholder = (reference: string): boolean => /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/.test(bareIdentifier(reference));

/** Later connectors of the same identifier win: slipway.yaml comes after exported files. */
export const connectorSet = (connectors: readonly Connector[]): ConnectorSet => {
  const byIdentifier = new Map(connectors.map((c) => [c.identifier, c]));
  const identifiers = [...byIdentifier.keys()];
  return {
    identifiers,
    find: (reference) => byIdentifier.get(reference) ?? byIdentifier.get(bareIdentifier(reference)),
    hintFor: (reference) => {
      const near = nearest(bareIdentifier(reference), identifiers);
      const known = identifiers.length === 0 ? 'no connector is defined' : `there are: ${identifiers.join(', ')}`;
      if (near !== undefined) return `did you mean "${near}"? ${known}`;
      return isPlaceholder(reference) ? `it looks like a placeholder of an example; ${known}` : known;
    },
  };
};

const wildcard = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('[^/]*')}$`,
    'i',
  );

/** Where a registry really answers, when the connector says so. */
export const endpointFor = (connector: Connector | undefined, registry: string): Endpoint | undefined => {
  for (const [pattern, url] of Object.entries(connector?.endpoints ?? {})) {
    if (wildcard(pattern).test(registry)) return { url, host: registryOf(url), insecure: url.startsWith('http://') };
  }
  return undefined;
};

/** True when the connector allows plain HTTP and unverified certificates for its registry. */
export const allowsInsecure = (connector: Connector | undefined, registry: string): boolean =>
  connector?.type === 'docker' &&
  registryOf(connector.url) === registry &&
  (connector.insecure || (connector.url ?? '').startsWith('http://'));

/** Hosts that belong to the registries of a cloud. */
const cloudHosts = {
  aws: /(?:^|\.)amazonaws\.com(?:\.cn)?$|^public\.ecr\.aws$/i,
  gcp: /(?:^|\.)gcr\.io$|\.pkg\.dev$/i,
  azure: /\.azurecr\.(?:io|us|cn)$/i,
} as const;

/**
 * The login that a connector has for a registry: a Docker connector's only for its own host, a cloud connector's for its
 * cloud's hosts and those it maps to an endpoint, so that nothing is shown to another one. Undefined: anonymous.
 */
export const credentialFor = (
  connector: Connector | undefined,
  registry: string,
  reveal: (value: Confidential) => string,
): Credential | undefined => {
  if (
    connector === undefined ||
    (connector.type !== 'docker' && connector.type !== 'aws' && connector.type !== 'gcp' && connector.type !== 'azure')
  )
    return undefined;
  const isItsOwn =
    connector.type === 'docker'
      ? registryOf(connector.url) === registry
      : cloudHosts[connector.type].test(registry) || endpointFor(connector, registry) !== undefined;
  if (!isItsOwn) return undefined;
  if (connector.username === undefined || connector.password === undefined) return undefined;
  return { username: reveal(connector.username), password: reveal(connector.password) };
};
