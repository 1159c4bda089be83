// Secrets from files, folders and the environment. Values are read when asked for and never printed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../base/failure.ts';
import type { Report } from '../diagnostics/diagnostic.ts';
import { SourceText } from '../diagnostics/source.ts';
import { entryOf, type YamlMap, type YamlNode } from '../yaml/node.ts';
import { readYaml } from '../yaml/read.ts';
import { bareIdentifier } from './connector.ts';

export interface SecretSources {
  /** Read in this order, a later one wins: `NAME=value` lines, or a YAML map. */
  readonly files: readonly string[];
  /** One file for each secret, as Kubernetes mounts them. */
  readonly folders: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told of values that stand in a file in clear as `secret:` documents. */
  readonly report?: Report;
}

export interface Secrets {
  get(id: string): string | undefined;
  /** How to give a secret, for a hint. */
  howToGive(id: string): string;
}

const environmentName = (id: string): string =>
  bareIdentifier(id)
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]/g, '_');

/** One trailing line end is not part of a secret: editors and `echo` add it. */
const withoutLineEnd = (text: string): string => text.replace(/\r?\n$/, '');

const unquoted = (value: string): string => {
  const quote = value[0];
  if ((quote === '"' || quote === "'") && value.length > 1 && value.endsWith(quote)) {
    const inner = value.slice(1, -1);
    return quote === '"' ? inner.replaceAll('\\n', '\n').replaceAll('\\"', '"').replaceAll('\\\\', '\\') : inner;
  }
  return value;
};

const scalarIn = (node: YamlNode | undefined, name: string): string | undefined => {
  const value = node === undefined ? undefined : entryOf(node, name)?.value;
  return value?.kind === 'scalar' ? value.text : undefined;
};

/** A `secret:` document as Harness exports it. Only `valueType: Inline` holds the value. */
const harnessSecret = (node: YamlNode, report: Report): readonly (readonly [string, string])[] => {
  const identifier = scalarIn(node, 'identifier');
  const spec = entryOf(node, 'spec')?.value;
  const value = scalarIn(spec, 'value');
  if (identifier === undefined || value === undefined || scalarIn(spec, 'valueType') !== 'Inline') return [];
  report({
    code: 'config/literal-secret',
    severity: 'warning',
    message: `the value of the secret "${identifier}" stands in this file in clear`,
    at: node.at,
    path: node.path,
    hint: 'give it in the environment or a file that is not checked in',
  });
  return [[identifier, withoutLineEnd(value)]];
};

const documentSecrets = (root: YamlMap, report: Report): readonly (readonly [string, string])[] => {
  const harness = entryOf(root, 'secret')?.value;
  if (harness?.kind === 'map') return harnessSecret(harness, report);
  return root.entries.flatMap((e) =>
    e.value.kind === 'scalar' ? [[e.name, withoutLineEnd(e.value.text)] as const] : [],
  );
};

const fileSecrets = (path: string, report: Report): ReadonlyMap<string, string> => {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Failure('connectors/secret-file', `cannot read the secret file ${path}`, {
      facts: { path },
      cause,
      failureClass: 'ConfigurationFailure',
    });
  }
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'));
  if (lines.every((line) => /^\s*(?:export\s+)?[A-Za-z_][\w.-]*\s*=/.test(line))) {
    return new Map(
      lines.map((line) => {
        const equals = line.indexOf('=');
        return [
          line
            .slice(0, equals)
            .trim()
            .replace(/^export\s+/, ''),
          unquoted(line.slice(equals + 1).trim()),
        ];
      }),
    );
  }
  let faulty = false;
  const roots = readYaml(new SourceText(path, text), ({ severity }) => {
    faulty ||= severity === 'error';
  }).flatMap(({ root }) => (root === undefined ? [] : [root]));
  if (faulty || roots.length === 0 || !roots.every((root) => root.kind === 'map')) {
    throw new Failure('connectors/secret-file', `${path} is neither NAME=value lines nor a YAML map`, {
      facts: { path },
      failureClass: 'ConfigurationFailure',
    });
  }
  return new Map(roots.flatMap((root) => documentSecrets(root, report)));
};

/** Failure `connectors/secret-file` when a file cannot be read. An id is looked up as written, then without `account.` or `org.`. */
export const openSecrets = (sources: SecretSources): Secrets => {
  const fromFiles = new Map<string, string>();
  const report = sources.report ?? (() => {});
  for (const file of sources.files) for (const [name, value] of fileSecrets(file, report)) fromFiles.set(name, value);
  const fromFolders = (id: string): string | undefined => {
    if (!/^[\w.-]+$/.test(id) || id.startsWith('..')) return undefined;
    for (const folder of sources.folders) {
      try {
        return withoutLineEnd(readFileSync(join(folder, id), 'utf8'));
      } catch {
        continue; // not in this folder
      }
    }
    return undefined;
  };
  return {
    get: (id) =>
      fromFiles.get(id) ??
      fromFiles.get(bareIdentifier(id)) ??
      fromFolders(id) ??
      fromFolders(bareIdentifier(id)) ??
      sources.environment[`SLIPWAY_SECRET_${environmentName(id)}`] ??
      sources.environment[environmentName(id)],
    howToGive: (id) =>
      `SLIPWAY_SECRET_${environmentName(id)}=… in the environment, or ${bareIdentifier(id)}=… in a --secret-file`,
  };
};
