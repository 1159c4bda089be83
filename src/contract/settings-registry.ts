// Settings: registries and logins.
import { setting as s, type SettingTable, type Support } from './setting.ts';

const byConnector = (kind: string): Support => ({
  refused: `Put it into a connector of type ${kind} and name that in connectorRef.`,
});

export const registrySettings = {
  registry: s('text', 'REGISTRY =DOCKER_REGISTRY', 'dxkb', 'Registry of the push login.'),
  username: s('text', 'USERNAME =DOCKER_USERNAME', 'dxkb', 'User of the push login.'),
  password: s('text', 'PASSWORD =DOCKER_PASSWORD', 'dxkb', 'Password of the push login.'),
  accessToken: s('text', '=ACCESS_TOKEN', 'dx', 'OAuth token of the push login, when there is no password.'),
  baseRegistry: s(
    'text',
    'DOCKER_REGISTRY BASE_IMAGE_REGISTRY =DOCKER_BASE_IMAGE_REGISTRY',
    'dxk',
    'Registry of the base image login.',
  ),
  baseUsername: s(
    'text',
    'DOCKER_USERNAME BASE_IMAGE_USERNAME =DOCKER_BASE_IMAGE_USERNAME',
    'dxk',
    'User of the base image login.',
  ),
  basePassword: s(
    'text',
    'DOCKER_PASSWORD BASE_IMAGE_PASSWORD =DOCKER_BASE_IMAGE_PASSWORD',
    'dxk',
    'Password of the base image login.',
  ),
  insecure: s('boolean', 'INSECURE', 'dxkb', 'Allows plain HTTP and unverified TLS to the push registry.'),
  skipTlsVerify: s('boolean', 'SKIP_TLS_VERIFY', 'k', 'Does not verify TLS of the push registry.'),
  insecurePull: s('boolean', 'INSECURE_PULL', 'k', 'Plain HTTP for base images.', {
    refused: 'Mark the registry as insecure in its connector.',
  }),
  skipTlsVerifyPull: s('boolean', 'SKIP_TLS_VERIFY_PULL', 'k', 'Unverified TLS for base images.', {
    refused: 'Mark the registry as insecure in its connector.',
  }),
  insecureRegistry: s('text', 'INSECURE_REGISTRY', 'k', 'Further registry with plain HTTP.', {
    refused: 'Mark the registry as insecure in its connector.',
  }),
  skipTlsVerifyRegistry: s('text', 'SKIP_TLS_VERIFY_REGISTRY', 'k', 'Further registry with unverified TLS.', {
    refused: 'Mark the registry as insecure in its connector.',
  }),
  registryCertificate: s('text', 'REGISTRY_CERTIFICATE', 'k', 'Certificate of a registry.', {
    refused: 'Set NODE_EXTRA_CA_CERTS for the whole run.',
  }),
  registryClientCert: s('text', 'REGISTRY_CLIENT_CERT', 'k', 'Client certificate for a registry.', {
    refused: 'Client certificates are not supported.',
  }),
  registryMirrors: s('list', 'REGISTRY_MIRRORS', 'k', 'Mirrors for base images.', {
    refused: 'Write the mirror into FROM, or use a connector.',
  }),
  config: s('text', 'CONFIG =DOCKER_PLUGIN_CONFIG', 'dxkb', 'Docker config.json with logins.', {
    refused: 'Put it in $DOCKER_CONFIG/config.json, which is read when no connector is named.',
  }),
  email: s('text', 'EMAIL =DOCKER_EMAIL =HEROKU_EMAIL', 'dxb', 'Mail address of the login.', {
    accepted: 'registries ignore it',
  }),
  account: s('text', 'ACCOUNT', '', 'AWS account of the ECR registry.'),
  region: s('text', 'REGION =ECR_REGION =AWS_REGION', 'dxkb', 'AWS region of the ECR registry; us-east-1 by default.'),
  location: s('text', 'LOCATION', 'd', 'Location of the Artifact Registry: `europe-west1`.'),
  jsonKey: s('text', 'JSON_KEY =GCR_JSON_KEY =GOOGLE_CREDENTIALS', 'dxkb', 'Key of a Google service account, as JSON.'),
  accessKey: s('text', 'ACCESS_KEY =ECR_ACCESS_KEY =AWS_ACCESS_KEY_ID', 'dxkb', 'AWS access key.', byConnector('Aws')),
  secretKey: s(
    'text',
    'SECRET_KEY =ECR_SECRET_KEY =AWS_SECRET_ACCESS_KEY',
    'dxkb',
    'AWS secret key.',
    byConnector('Aws'),
  ),
  assumeRole: s('text', 'ASSUME_ROLE', 'dxkb', 'AWS role to assume.', byConnector('Aws')),
  externalId: s('text', 'EXTERNAL_ID', 'dxk', 'External id for the role.', byConnector('Aws')),
  userRoleArn: s('text', 'USER_ROLE_ARN', '', 'AWS role of the machine.', byConnector('Aws')),
  oidcTokenId: s('text', 'OIDC_TOKEN_ID', 'dk', 'OIDC token for the cloud.', byConnector('Aws, Gcp or Azure')),
  createRepository: s('boolean', 'CREATE_REPOSITORY =ECR_CREATE_REPOSITORY', 'dxkb', 'Makes the ECR repository.', {
    refused: 'Make the repository before the run.',
  }),
  scanOnPush: s('boolean', 'SCAN_ON_PUSH', 'dxb', 'Turns on scans of the ECR repository.', {
    refused: 'Turn it on at the repository.',
  }),
  lifecyclePolicy: s('path', 'LIFECYCLE_POLICY', 'dxkb', 'Lifecycle policy of the ECR repository.', {
    refused: 'Set it at the repository.',
  }),
  repositoryPolicy: s('path', 'REPOSITORY_POLICY', 'dxkb', 'Policy of the ECR repository.', {
    refused: 'Set it at the repository.',
  }),
  skipPushIfTagExists: s('boolean', 'SKIP_PUSH_IF_TAG_EXISTS', 'd', 'Does nothing when a tag exists in ECR.', {
    refused: 'Use a `when` condition.',
  }),
  workloadIdentity: s('boolean', 'WORKLOAD_IDENTITY', 'd', 'Google workload identity.', byConnector('Gcp')),
  projectNumber: s('text', 'PROJECT_NUMBER', 'd', 'Google project number.', byConnector('Gcp')),
  poolId: s('text', 'POOL_ID', 'd', 'Google workload pool.', byConnector('Gcp')),
  providerId: s('text', 'PROVIDER_ID', 'd', 'Google workload provider.', byConnector('Gcp')),
  serviceAccountEmail: s('text', 'SERVICE_ACCOUNT_EMAIL', 'd', 'Google service account.', byConnector('Gcp')),
  principalId: s('text', '=SERVICE_PRINCIPAL_CLIENT_ID', 'dxb', 'Azure service principal.', byConnector('Azure')),
  principalSecret: s(
    'text',
    '=SERVICE_PRINCIPAL_CLIENT_SECRET',
    'dxb',
    'Secret of the service principal.',
    byConnector('Azure'),
  ),
  clientId: s(
    'text',
    'CLIENT_ID =CLIENT_ID =AZURE_CLIENT_ID =AZURE_APP_ID',
    'dk',
    'Azure application.',
    byConnector('Azure'),
  ),
  clientSecret: s(
    'text',
    'CLIENT_SECRET =CLIENT_SECRET',
    'dk',
    'Secret of the Azure application.',
    byConnector('Azure'),
  ),
  clientCertificate: s(
    'text',
    'CLIENT_CERTIFICATE =CLIENT_CERTIFICATE',
    'dk',
    'Certificate of the Azure application.',
    byConnector('Azure'),
  ),
  tenantId: s('text', 'TENANT_ID =TENANT_ID =AZURE_TENANT_ID', 'dk', 'Azure tenant.', byConnector('Azure')),
  subscriptionId: s('text', 'SUBSCRIPTION_ID =SUBSCRIPTION_ID', 'dk', 'Azure subscription, for links.', {
    accepted: 'it only makes a link to the portal',
  }),
  azureAuthority: s(
    'text',
    'AZURE_AUTHORITY_HOST =AZURE_AUTHORITY_HOST',
    'dk',
    'Azure login host.',
    byConnector('Azure'),
  ),
  daemonRegistry: s('text', 'DAEMON_REGISTRY =DAEMON_REGISTRY', 'd', 'Registry in the artifact file.', {
    accepted: 'the artifact file names the registries pushed to',
  }),
  artifactRegistry: s('text', '=ARTIFACT_REGISTRY', 'x', 'Registry in the artifact file.', {
    accepted: 'the artifact file names the registries pushed to',
  }),
  app: s('text', 'APP', 'dxb', 'Heroku application.'),
  processType: s('text', 'PROCESS_TYPE', 'dxb', 'Heroku process type; `web` by default.'),
  apiKey: s('text', 'API_KEY =HEROKU_API_KEY', 'dxb', 'Heroku API key.', { refused: 'Use username and password.' }),
} as const satisfies SettingTable;
