// JSON schema of slipway.yaml, for editors; made of the names that the reader knows.
import { configKeys, connectorKeys, connectorTypes } from './config.ts';

const text = { type: 'string' };
const texts = { oneOf: [text, { type: 'array', items: text }] };
const textMap = { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } };

const connectorProperties: Readonly<Record<(typeof connectorKeys)[number], object>> = {
  type: { enum: [...connectorTypes], description: 'What it signs in to. Default: docker.' },
  name: { ...text, description: 'Name for people.' },
  url: { ...text, description: 'Registry of a docker connector; absent: Docker Hub. http:// allows plain HTTP.' },
  username: { ...text, description: 'User, or <+secrets.getValue("name")>.' },
  usernameRef: { ...text, description: 'Secret that holds the user.' },
  password: { ...text, description: '<+secrets.getValue("name")>.' },
  passwordRef: { ...text, description: 'Secret that holds the password or token.' },
  insecure: { type: 'boolean', description: 'Allow plain HTTP and unverified certificates.' },
  endpoints: { ...textMap, description: 'Registry host, or a pattern with *, to the URL that really answers for it.' },
  credential: { ...textMap, description: 'Fields of a cloud sign-in.' },
};

const properties: Readonly<Record<(typeof configKeys)[number], object>> = {
  connectors: {
    type: 'object',
    additionalProperties: { type: 'object', properties: connectorProperties, additionalProperties: false },
    description: 'Connectors by the name that steps give as connectorRef.',
  },
  inputs: { ...textMap, description: 'Values for <+input>, by name.' },
  secrets: {
    type: 'object',
    properties: { files: texts, folders: texts },
    additionalProperties: false,
    description: 'Where secrets are read from.',
  },
  connectorFiles: { ...texts, description: 'Files with connector YAML as Harness exports it.' },
  runner: { enum: ['local'], description: 'Where steps run, whatever the infrastructure says.' },
  builder: {
    enum: ['auto', 'embedded', 'docker-cli', 'buildx', 'kaniko', 'buildah'],
    description: 'What builds images, whatever the table says.',
  },
  flags: { ...texts, description: 'Feature flags that are on, such as CI_USE_BUILDX_ON_K8.' },
};

export const configJsonSchema = (): object => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'slipway.yaml',
  type: 'object',
  properties,
  additionalProperties: false,
});
