// A project's surroundings: slipway.yaml, connector files, secrets. Found from the pipeline upwards.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { Failure } from '../base/failure.ts';
import { emptyConfig, type ProjectConfig, readConfig, readConnectorFile } from '../connectors/config.ts';
import { registryOf } from '../connectors/connector.ts';
import { type ConnectorSet, connectorSet } from '../connectors/connector-set.ts';
import { openSecrets, type Secrets } from '../connectors/secrets.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { SourceText } from '../diagnostics/source.ts';

export interface ProjectRequest {
  /** Relative to `folder`. Absent: the nearest slipway.yaml. */
  readonly config?: string | undefined;
  readonly connectorFiles?: readonly string[];
  /** Absolute: where to look from. */
  readonly folder: string;
}

export interface Project {
  readonly config: ProjectConfig;
  /** Absolute folder of the configuration, to which its paths are relative; the request's folder when there is none. */
  readonly folder: string;
  readonly configFile: string | undefined;
  readonly connectors: ConnectorSet;
  readonly diagnostics: readonly Diagnostic[];
}

const nearestConfig = (folder: string): string | undefined => {
  for (let at = folder; ; at = dirname(at)) {
    for (const name of ['slipway.yaml', 'slipway.yml']) if (existsSync(join(at, name))) return join(at, name);
    // A repository is the project: what lies above it belongs to somebody else.
    if (existsSync(join(at, '.git')) || at === dirname(at)) return undefined;
  }
};

/** How messages name a file: relative to the working folder when that is shorter. */
export const shownPath = (path: string, folder: string): string => {
  const short = relative(folder, path);
  return short !== '' && !short.startsWith('..') ? short : path;
};

export const readInput = (path: string, folder: string): SourceText => {
  const name = shownPath(path, folder);
  try {
    return new SourceText(name, readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new Failure('app/unreadable-file', `cannot read ${name}`, {
      cause,
      facts: { path },
      failureClass: 'ConfigurationFailure',
      hint: 'check the path',
    });
  }
};

/** Failure `app/unreadable-file`. Faults of the files are in `diagnostics`. */
export const loadProject = async (request: ProjectRequest): Promise<Project> => {
  const configFile =
    request.config === undefined ? nearestConfig(request.folder) : resolve(request.folder, request.config);
  const diagnostics: Diagnostic[] = [];
  const report = (d: Diagnostic): void => {
    diagnostics.push(d);
  };
  const config =
    configFile === undefined ? emptyConfig : (readConfig(readInput(configFile, request.folder), report) ?? emptyConfig);
  const folder = configFile === undefined ? request.folder : dirname(configFile);
  const files = [
    ...config.connectorFiles.map((f) => resolve(folder, f)),
    ...(request.connectorFiles ?? []).map((f) => resolve(request.folder, f)),
  ];
  const exported = files.flatMap((file) => readConnectorFile(readInput(file, request.folder), report));
  return { config, folder, configFile, connectors: connectorSet([...exported, ...config.connectors]), diagnostics };
};

/** Values from the files and folders of the configuration, then those of the command line (relative to `folder`), then the environment. */
export const projectSecrets = (
  { config, folder: configFolder }: Project,
  around: { readonly environment: Readonly<Record<string, string | undefined>>; readonly folder: string },
  given: { readonly files?: readonly string[]; readonly folders?: readonly string[] } = {},
): Secrets =>
  openSecrets({
    files: [
      ...config.secretFiles.map((f) => resolve(configFolder, f)),
      ...(given.files ?? []).map((f) => resolve(around.folder, f)),
    ],
    folders: [
      ...config.secretFolders.map((f) => resolve(configFolder, f)),
      ...(given.folders ?? []).map((f) => resolve(around.folder, f)),
    ],
    environment: around.environment,
  });

/** Failure `app/no-secret`. */
export const secretOf = (secrets: Secrets, id: string): string => {
  const value = secrets.get(id);
  if (value !== undefined) return value;
  throw new Failure('app/no-secret', `the secret "${id}" has no value`, {
    hint: secrets.howToGive(id),
    failureClass: 'ConfigurationFailure',
  });
};

/** The connector of a project that is for a registry, so that nobody names it on the command line. */
export const connectorFor = (registry: string, connectors: ConnectorSet): string | undefined =>
  connectors.identifiers.find((id) => {
    const connector = connectors.find(id);
    return connector?.type === 'docker' && registryOf(connector.url) === registry;
  });
