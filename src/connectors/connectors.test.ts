import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { placeOf, SourceText } from '../diagnostics/source.ts';
import { readConfig, readConnectorFile } from './config.ts';
import { allowsInsecure, connectorSet, credentialFor, endpointFor } from './connector-set.ts';
import { openSecrets } from './secrets.ts';

const read = (text: string) => {
  const diagnostics: Diagnostic[] = [];
  const config = readConfig(new SourceText('slipway.yaml', text), (d) => diagnostics.push(d));
  return {
    config,
    seen: diagnostics.map(
      (d) =>
        `${d.at === undefined ? '' : placeOf(d.at).line} ${d.code} ${d.message}${d.hint === undefined ? '' : ` | ${d.hint}`}`,
    ),
  };
};

const reveal = (value: string | { readonly secret: string }): string =>
  typeof value === 'string' ? value : `value-of-${value.secret}`;

describe('slipway.yaml', () => {
  it('gives connectors whose secrets are names', () => {
    const { config, seen } = read(`connectors:
  hub: { username: me, password: <+secrets.getValue("hub_token")> }
  local: { type: docker, url: "http://localhost:5000" }
  aws:
    type: aws
    endpoints:
      "*.dkr.ecr.*.amazonaws.com": http://localhost:5001
inputs: { version: 1.10 }
secrets: { files: [a.env], folders: secrets }
flags: [CI_USE_BUILDX_ON_K8]
`);
    expect(seen).toEqual([]);
    const set = connectorSet(config?.connectors ?? []);
    expect(credentialFor(set.find('account.hub'), 'docker.io', reveal)).toEqual({
      username: 'me',
      password: 'value-of-hub_token',
    });
    expect(credentialFor(set.find('hub'), 'evil.example', reveal)).toBeUndefined();
    expect(allowsInsecure(set.find('local'), 'localhost:5000')).toBe(true);
    expect(allowsInsecure(set.find('local'), 'other.example')).toBe(false);
    expect(endpointFor(set.find('aws'), '123456789012.dkr.ecr.eu-central-1.amazonaws.com')).toEqual({
      url: 'http://localhost:5001',
      host: 'localhost:5001',
      insecure: true,
    });
    expect(endpointFor(set.find('aws'), '1.dkr.ecr.x.amazonaws.com.evil.example')).toBeUndefined();
    expect(config).toMatchObject({
      inputs: { version: '1.10' },
      secretFiles: ['a.env'],
      secretFolders: ['secrets'],
      flags: ['CI_USE_BUILDX_ON_K8'],
    });
  });

  it('shows all faults at once with their lines', () => {
    const { config, seen } = read(`connectors:
  a: { type: doker }
  b: { urll: x }
  c: text
  d: { password: swordfish }
  e: { type: aws, endpoints: { x: nowhere } }
conectors: {}
inputs: [a]
`);
    expect(config).toBeUndefined();
    expect(seen).toEqual([
      '7 config/unknown-key the configuration has no "conectors" | did you mean "connectors"?',
      '2 config/unknown-connector-type connector "a" has the unknown type "doker" | known are docker, aws, gcp, azure, kubernetes, git',
      '3 config/unknown-key connector "b" has no "urll" | did you mean "url"?',
      '4 config/wrong-kind connector "c" must be a map, not a text',
      '5 config/literal-secret "password" is written in clear | keep it as a secret: password: <+secrets.getValue("name")>',
      '6 config/bad-url the endpoint of "x" is no URL: "nowhere" | write it like http://localhost:5000',
      '8 config/wrong-kind "inputs" must be a map, not a list',
    ]);
    expect(seen.join()).not.toContain('swordfish');
  });

  it('says once that endpoints are no map', () => {
    expect(read('connectors:\n  a: { endpoints: [x] }\n').seen).toEqual([
      '2 config/wrong-kind "endpoints" must be a map, not a list',
    ]);
  });
});

it('connector YAML as Harness exports it is read, several in a file', () => {
  const connectors = readConnectorFile(
    new SourceText(
      'connectors.yaml',
      `connector:
  name: Hub
  identifier: hub
  type: DockerRegistry
  spec:
    dockerRegistryUrl: https://index.docker.io/v2/
    providerType: DockerHub
    auth:
      type: UsernamePassword
      spec:
        username: me
        passwordRef: account.hub_pw
---
# only a comment
---
connector:
  name: cluster
  identifier: cluster
  type: K8sCluster
  spec:
    credential: { type: InheritFromDelegate }
`,
    ),
    () => {},
  );
  const set = connectorSet(connectors);
  expect(set.identifiers).toEqual(['hub', 'cluster']);
  expect(credentialFor(set.find('org.hub'), 'docker.io', reveal)).toEqual({
    username: 'me',
    password: 'value-of-account.hub_pw',
  });
  expect(set.find('cluster')?.type).toBe('kubernetes');
  expect(set.hintFor('YOUR_CONNECTOR')).toContain('placeholder');
  expect(set.hintFor('hubb')).toContain('did you mean "hub"');
});

describe('the login of a cloud connector', () => {
  const { config } = read(`connectors:
  aws: { type: aws, username: u, password: <+secrets.getValue("p")>, endpoints: { "mirror.example": http://localhost:1 } }
  gcp: { type: gcp, username: u, password: <+secrets.getValue("p")> }
  azure: { type: azure, username: u, password: <+secrets.getValue("p")> }
`);
  const set = connectorSet(config?.connectors ?? []);
  it.each([
    ['aws', '1.dkr.ecr.eu-west-1.amazonaws.com', true],
    ['aws', 'public.ecr.aws', true],
    ['aws', 'mirror.example', true],
    ['aws', 'evil.example', false],
    ['aws', '1.dkr.ecr.eu-west-1.amazonaws.com.evil.example', false],
    ['aws', 'evilamazonaws.com', false],
    ['gcp', 'europe-docker.pkg.dev', true],
    ['gcp', 'eu.gcr.io', true],
    ['gcp', '1.dkr.ecr.eu-west-1.amazonaws.com', false],
    ['azure', 'team.azurecr.io', true],
    ['azure', 'team.azurecr.io.evil.example', false],
  ])('%s is shown to %s: %s', (connector, registry, shown) => {
    const expected = shown ? { username: 'u', password: 'value-of-p' } : undefined;
    expect(credentialFor(set.find(connector), registry, reveal)).toEqual(expected);
  });
});

describe('secrets', () => {
  it('of Harness documents are read where the value is inline, with a warning that never shows it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-secrets-'));
    const told: Diagnostic[] = [];
    try {
      const file = join(folder, 'secrets.yaml');
      writeFileSync(
        file,
        `secret:
  type: SecretText
  identifier: hub
  spec: { secretManagerIdentifier: m, valueType: Inline, value: swordfish }
---
secret:
  type: SecretText
  identifier: vaulted
  spec: { secretManagerIdentifier: m, valueType: Reference, value: path/in/vault }
---
plain: text
`,
      );
      const secrets = openSecrets({ files: [file], folders: [], environment: {}, report: (d) => told.push(d) });
      expect(['account.hub', 'vaulted', 'plain'].map((id) => secrets.get(id))).toEqual([
        'swordfish',
        undefined,
        'text',
      ]);
      expect(told.map((d) => `${d.severity} ${d.code} ${d.at === undefined ? '' : placeOf(d.at).line}`)).toEqual([
        'warning config/literal-secret 2',
      ]);
      expect(told.map((d) => `${d.message} ${d.hint ?? ''}`).join()).not.toContain('swordfish');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('come from lines, YAML, a folder and the environment, in this order', () => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-secrets-'));
    try {
      writeFileSync(join(folder, 'a.env'), '# comment\nexport one="first value"\ntwo=2=2\n');
      writeFileSync(join(folder, 'b.yaml'), 'three: |\n  line\n  line\nquoted: "a: b"\n');
      writeFileSync(join(folder, 'mounted'), 'from a file\n');
      const secrets = openSecrets({
        files: [join(folder, 'a.env'), join(folder, 'b.yaml')],
        folders: [folder],
        environment: { SLIPWAY_SECRET_MY_TOKEN: 'env', OTHER: 'plain' },
      });
      expect(
        ['one', 'two', 'account.three', 'quoted', 'org.mounted', 'my-token', 'other', 'absent', '../a.env', '..'].map(
          (id) => secrets.get(id),
        ),
      ).toEqual([
        'first value',
        '2=2',
        'line\nline',
        'a: b',
        'from a file',
        'env',
        'plain',
        undefined,
        undefined,
        undefined,
      ]);
      expect(() => openSecrets({ files: [join(folder, 'no.env')], folders: [], environment: {} })).toThrow(
        'cannot read the secret file',
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
