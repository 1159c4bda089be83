// Connectors, secrets and defaults of a project: slipway.yaml, and connector YAML as Harness exports it.
import { hasErrors, type Diagnostic, type Report } from '../diagnostics/diagnostic.ts';
import type { SourceText } from '../diagnostics/source.ts';
import { entryOf, type YamlEntry, type YamlNode } from '../yaml/node.ts';
import { readYaml } from '../yaml/read.ts';
import { confidential } from './confidential.ts';
import type { Confidential, Connector } from './connector.ts';
import { type Fields, fieldsOf } from './fields.ts';

export interface ProjectConfig {
  readonly connectors: readonly Connector[];
  /** Input values by name. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Paths relative to the file. */
  readonly secretFiles: readonly string[];
  readonly secretFolders: readonly string[];
  readonly connectorFiles: readonly string[];
  readonly runner?: string;
  readonly builder?: string;
  readonly flags: readonly string[];
}

export const configKeys = ['connectors', 'inputs', 'secrets', 'connectorFiles', 'runner', 'builder', 'flags'] as const;
export const connectorKeys = [
  'type',
  'name',
  'url',
  'username',
  'usernameRef',
  'password',
  'passwordRef',
  'insecure',
  'endpoints',
  'credential',
] as const;
export const connectorTypes = ['docker', 'aws', 'gcp', 'azure', 'kubernetes', 'git'] as const;

export const emptyConfig: ProjectConfig = {
  connectors: [],
  inputs: {},
  secretFiles: [],
  secretFolders: [],
  connectorFiles: [],
  flags: [],
};

const scalarMap = (entries: readonly YamlEntry[], what: string, report: Report): Readonly<Record<string, string>> =>
  Object.fromEntries(
    entries.flatMap((entry): [string, string][] => {
      if (entry.value.kind === 'scalar') return [[entry.name, entry.value.text]];
      report({
        code: 'config/wrong-kind',
        severity: 'error',
        message: `${what} "${entry.name}" must be a text`,
        at: entry.value.at,
        path: entry.value.path,
      });
      return [];
    }),
  );

const endpointsOf = (fields: Fields, report: Report): Readonly<Record<string, string>> => {
  const entries = fields.each('endpoints');
  const endpoints = scalarMap(entries, 'endpoint', report);
  for (const { name, value } of entries) {
    if (value.kind === 'scalar' && !/^https?:\/\/[^/]+/.test(value.text)) {
      report({
        code: 'config/bad-url',
        severity: 'error',
        message: `the endpoint of "${name}" is no URL: "${value.text}"`,
        at: value.at,
        path: value.path,
        hint: 'write it like http://localhost:5000',
      });
    }
  }
  return endpoints;
};

const readConnector = (entry: YamlEntry, report: Report): Connector | undefined => {
  const fields = fieldsOf(entry.value, `connector "${entry.name}"`, connectorKeys, report);
  if (fields === undefined) return undefined;
  const type = fields.text('type') ?? 'docker';
  const base = {
    identifier: entry.name,
    name: fields.text('name') ?? entry.name,
    endpoints: endpointsOf(fields, report),
  };
  const username = confidential(fields, 'username', report, false);
  const password = confidential(fields, 'password', report, true);
  const login = { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) };
  const url = fields.text('url');
  switch (type) {
    case 'docker':
      return {
        ...base,
        ...login,
        type,
        ...(url === undefined ? {} : { url }),
        insecure: fields.boolean('insecure') ?? false,
      };
    case 'aws':
    case 'gcp':
    case 'azure':
      return { ...base, ...login, type, credential: scalarMap(fields.each('credential'), 'credential', report) };
    case 'kubernetes':
    case 'git':
      return { ...base, type, written: type };
    default:
      report({
        code: 'config/unknown-connector-type',
        severity: 'error',
        message: `connector "${entry.name}" has the unknown type "${type}"`,
        at: fields.entry('type')?.value.at ?? entry.key,
        path: entry.value.path,
        hint: `known are ${connectorTypes.join(', ')}`,
      });
      return undefined;
  }
};

/** Reads slipway.yaml. All faults are reported; undefined when one of them was an error. */
export const readConfig = (source: SourceText, report: Report): ProjectConfig | undefined => {
  const found: Diagnostic[] = [];
  const tell: Report = (diagnostic) => {
    found.push(diagnostic);
    report(diagnostic);
  };
  const documents = readYaml(source, tell);
  const roots = documents.flatMap((d) => (d.root === undefined ? [] : [d.root]));
  if (roots.length > 1 && roots[1] !== undefined)
    tell({
      code: 'config/several-documents',
      severity: 'error',
      message: 'the configuration is one document, here are several',
      at: roots[1].at,
    });
  const fields = fieldsOf(roots[0], 'the configuration', configKeys, tell);
  if (fields === undefined) return hasErrors(found) ? undefined : emptyConfig;
  const secrets = fields.below('secrets', ['files', 'folders']);
  const runner = fields.text('runner');
  const builder = fields.text('builder');
  const config: ProjectConfig = {
    connectors: fields.each('connectors').flatMap((entry) => readConnector(entry, tell) ?? []),
    inputs: scalarMap(fields.each('inputs'), 'input', tell),
    secretFiles: secrets?.texts('files') ?? [],
    secretFolders: secrets?.texts('folders') ?? [],
    connectorFiles: fields.texts('connectorFiles'),
    ...(runner === undefined ? {} : { runner }),
    ...(builder === undefined ? {} : { builder }),
    flags: fields.texts('flags'),
  };
  return hasErrors(found) ? undefined : config;
};

const harnessTypes: Readonly<Record<string, Connector['type']>> = {
  DockerRegistry: 'docker',
  Aws: 'aws',
  Gcp: 'gcp',
  Azure: 'azure',
  K8sCluster: 'kubernetes',
  Github: 'git',
  Git: 'git',
  Gitlab: 'git',
  Bitbucket: 'git',
};

/** Every scalar below a node by its name, `…Ref` as the secret it names; for the parts of Harness connectors that are deep and many. */
const scalarsBelow = (
  node: YamlNode | undefined,
  into: Map<string, Confidential> = new Map(),
): Map<string, Confidential> => {
  if (node?.kind === 'map') {
    for (const { name, value } of node.entries) {
      if (value.kind === 'scalar' && value.text !== '')
        into.set(name.replace(/Ref$/, ''), name.endsWith('Ref') ? { secret: value.text } : value.text);
      else scalarsBelow(value, into);
    }
  }
  return into;
};

/** Reads the map under `connector:` of a Harness connector document. */
const readHarnessConnector = (node: YamlNode, report: Report): Connector | undefined => {
  const fields = fieldsOf(node, 'the connector', [], report);
  if (fields === undefined) return undefined;
  const written = fields.text('type') ?? '';
  const identifier = fields.text('identifier') ?? fields.text('name');
  if (identifier === undefined || written === '') {
    report({
      code: 'config/bad-connector',
      severity: 'error',
      message: `a connector needs an identifier and a type`,
      at: node.at,
      path: node.path,
    });
    return undefined;
  }
  const base = { identifier, name: fields.text('name') ?? identifier, endpoints: {} };
  const scalars = scalarsBelow(fields.entry('spec')?.value);
  const username = scalars.get('username');
  const password = scalars.get('password');
  const login = { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) };
  const type = Object.hasOwn(harnessTypes, written) ? harnessTypes[written] : 'other';
  switch (type) {
    case 'docker': {
      const url = scalars.get('dockerRegistryUrl');
      return { ...base, ...login, type, ...(typeof url === 'string' ? { url } : {}), insecure: false };
    }
    case 'aws':
    case 'gcp':
    case 'azure':
      return { ...base, type, credential: Object.fromEntries(scalars) };
    case 'kubernetes':
    case 'git':
      return { ...base, type, written };
    default:
      return { ...base, type: 'other', written };
  }
};

/** Connector documents of a file, several in one; other documents are passed over. */
export const readConnectorFile = (source: SourceText, report: Report): readonly Connector[] =>
  readYaml(source, report).flatMap(({ root }) => {
    const node = root === undefined ? undefined : entryOf(root, 'connector')?.value;
    const connector = node === undefined ? undefined : readHarnessConnector(node, report);
    return connector === undefined ? [] : [connector];
  });
