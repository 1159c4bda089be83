// Connectors: how to sign in to a registry, a cloud or a cluster. Secrets in them are names, never values.
import { defaultRegistry, hubNames } from '../refs/reference.ts';

/** A text that may be a secret: `{ secret }` names one. */
export type Confidential = string | { readonly secret: string };

interface ConnectorBase {
  /** As steps name it, without `account.` or `org.`. */
  readonly identifier: string;
  readonly name: string;
  /** Registry host, or a pattern with `*`, to the URL that really answers for it: for tests, mirrors and proxies. */
  readonly endpoints: Readonly<Record<string, string>>;
}

export interface DockerConnector extends ConnectorBase {
  readonly type: 'docker';
  /** Absent: Docker Hub. */
  readonly url?: string;
  readonly username?: Confidential;
  readonly password?: Confidential;
  /** Plain HTTP is allowed, certificates are not verified. */
  readonly insecure: boolean;
}

/** Aws, Gcp and Azure: signed in by login where given; token exchange with the cloud is not done yet. */
export interface CloudConnector extends ConnectorBase {
  readonly type: 'aws' | 'gcp' | 'azure';
  readonly username?: Confidential;
  readonly password?: Confidential;
  /** Fields as written, secrets as names: access keys, key files, roles. */
  readonly credential: Readonly<Record<string, Confidential>>;
}

export interface OtherConnector extends ConnectorBase {
  readonly type: 'kubernetes' | 'git' | 'other';
  /** The type as written. */
  readonly written: string;
}

export type Connector = DockerConnector | CloudConnector | OtherConnector;

/** An identifier of a connector or secret without its scope: a project has one set of each. */
export const bareIdentifier = (reference: string): string => reference.replace(/^(?:account|org)\./, '');

/** Host and port of a connector's URL, as references write it; `docker.io` for Docker Hub's login URLs. */
export const registryOf = (url: string | undefined): string => {
  if (url === undefined || url === '') return defaultRegistry;
  const host = /^(?:[a-z]+:\/\/)?([^/?#]+)/i.exec(url)?.[1]?.toLowerCase() ?? '';
  return hubNames.has(host) ? defaultRegistry : host;
};
