// Steps that are read and checked but not run yet: their settings are kept as a tree.
import { definition } from '../../yaml/json-schema.ts';
import { field, object, required, type Fields, type ObjectShape } from '../../yaml/object-shape.ts';
import { boolean, choice, integer, raw, text, textList, textMap, tree } from '../../yaml/shape.ts';
import { containerFields, resources } from './container.ts';
import { runFields } from './run.ts';

/** GitClone and `properties.ci.codebase`. */
export const cloneFields = {
  connectorRef: field(text, 'Connector of the Git provider; absent: Harness Code.'),
  repoName: field(text, 'Repository, when the connector is for a whole account.'),
  depth: field(integer, 'Commits to fetch; 0 is all.'),
  sslVerify: field(boolean, 'Checks the certificate of the Git server.'),
  lfs: field(boolean, 'Fetches large files (Git LFS).'),
  debug: field(boolean, 'Prints what Git does.'),
  fetchTags: field(boolean, 'Fetches tags.'),
  persistCredentials: field(boolean, 'Leaves the credentials in the Git configuration.'),
  sparseCheckout: field(textList, 'Folders to check out.'),
  submoduleStrategy: field(choice(['true', 'false', 'recursive']), 'Submodules.'),
  cloneDirectory: field(text, 'Folder to clone to.'),
  preFetchCommand: field(text, 'Command before the fetch.'),
  prCloneStrategy: field(choice(['MergeCommit', 'SourceBranch']), 'What is checked out for a pull request.'),
  resources: field(resources, 'Limits and requests of the container.'),
} as const satisfies Fields;

const buildSpec = object('the build of a code base', {
  branch: field(text, 'Branch, with type branch.'),
  tag: field(text, 'Tag, with type tag.'),
  number: field(text, 'Number of the pull request, with type PR.'),
  commitSha: field(text, 'Commit, with type commitSha.'),
});

export const codebaseBuild = object('the build of a code base', {
  type: required(choice(['branch', 'tag', 'PR', 'commitSha']), 'branch, tag, PR or commitSha.'),
  spec: field(buildSpec, 'Which branch, tag, pull request or commit.'),
});

const build = raw({ anyOf: [codebaseBuild.schema, definition('expression')] });
export const buildField = required(build, '<+input>, or type and spec.');

const container = { runAsUser: containerFields.runAsUser, privileged: containerFields.privileged } as const;

const gitClone = object('a GitClone step', {
  ...cloneFields,
  ...container,
  build: buildField,
  projectName: field(text, 'Project of the repository (Azure).'),
  outputFilePathsContent: field(textList, 'Files whose text becomes an output.'),
});

const key = required(text, 'Cache key, such as cache-{{ checksum "package.json" }}.');
const archiveFormat = field(choice(['Tar', 'Gzip', 'Zstd']), 'Format of the archive.');
const transfer = { resources: field(resources, 'Limits and requests.'), runAsUser: containerFields.runAsUser } as const;
const save = {
  sourcePaths: required(textList, 'What is saved.'),
  override: field(boolean, 'Replaces an entry of the same key.'),
};
const restore = {
  failIfKeyNotFound: field(boolean, 'Fails when there is no such entry.'),
  preserveMetadata: field(boolean, 'Keeps owners and times.'),
};
const connectorRef = required(text, 'Connector of the store.');
const bucket = required(text, 'Bucket.');
const s3 = {
  region: field(text, 'Region.'),
  endpoint: field(text, 'Address of an S3-compatible store.'),
  pathStyle: field(boolean, 'Bucket in the path of the address.'),
  preserveMetadata: restore.preserveMetadata,
};
const azure = {
  connectorRef,
  storageAccount: required(text, 'Storage account.'),
  containerName: required(text, 'Container.'),
};
const cache = {
  providerType: required(choice(['Gcs', 'S3', 'Harness', 'Azure']), 'Kind of store.'),
  connectorRef: field(text, 'Connector of the store.'),
  bucket: field(text, 'Bucket.'),
};
const source = required(text, 'What is uploaded.');
const upload = { ...transfer, target: field(text, 'Path in the store.') };

const test = {
  ...runFields,
  globs: field(textList, 'Test files.'),
  intelligenceMode: field(boolean, 'Runs only tests that a change touches.'),
};

export const otherStepShapes: Readonly<Record<string, ObjectShape<Fields>>> = {
  GitClone: gitClone,
  SaveCacheGCS: object('a SaveCacheGCS step', { connectorRef, bucket, key, archiveFormat, ...save, ...transfer }),
  RestoreCacheGCS: object('a RestoreCacheGCS step', {
    connectorRef,
    bucket,
    key,
    archiveFormat,
    ...restore,
    ...transfer,
  }),
  SaveCacheS3: object('a SaveCacheS3 step', { connectorRef, bucket, key, archiveFormat, ...s3, ...save, ...transfer }),
  RestoreCacheS3: object('a RestoreCacheS3 step', {
    connectorRef,
    bucket,
    key,
    archiveFormat,
    ...s3,
    ...restore,
    ...transfer,
  }),
  SaveCacheAzure: object('a SaveCacheAzure step', { ...azure, key, archiveFormat, ...save, ...transfer }),
  RestoreCacheAzure: object('a RestoreCacheAzure step', { ...azure, key, archiveFormat, ...restore, ...transfer }),
  SaveCache: object('a SaveCache step', { ...cache, key, archiveFormat, ...save, ...transfer }),
  RestoreCache: object('a RestoreCache step', { ...cache, key, archiveFormat, ...restore, ...transfer }),
  GCSUpload: object('a GCSUpload step', { connectorRef, bucket, sourcePath: source, ...upload }),
  S3Upload: object('an S3Upload step', {
    connectorRef,
    bucket,
    region: required(text, 'Region.'),
    sourcePath: source,
    ...upload,
    endpoint: s3.endpoint,
    stripPrefix: field(text, 'Leading part of the path that is left out.'),
  }),
  ArtifactoryUpload: object('an ArtifactoryUpload step', {
    connectorRef,
    sourcePath: source,
    ...upload,
    target: required(text, 'Path in the store.'),
    uploadAsFlat: field(boolean, 'Leaves out folders.'),
  }),
  HarUpload: object('a HarUpload step', {
    registryRef: required(text, 'Registry.'),
    packageType: required(text, 'Type of the package.'),
    sourcePath: source,
    packageName: field(text, 'Name of the package.'),
    packageVersion: field(text, 'Version of the package.'),
    ...upload,
    settings: field(tree, 'Free settings.'),
  }),
  Test: object('a Test step', test),
  RunTests: object('a RunTests step', {
    ...test,
    language: required(text, 'Language of the tests.'),
    buildTool: required(text, 'Build tool.'),
    args: field(text, 'Arguments of the build tool.'),
    packages: field(text, 'Packages to test.'),
    testAnnotations: field(text, 'Annotations that mark tests.'),
    preCommand: field(text, 'Before the tests.'),
    postCommand: field(text, 'After the tests.'),
    runOnlySelectedTests: field(boolean, 'Runs only tests that a change touches.'),
    enableTestSplitting: field(boolean, 'Spreads the tests over parallel steps.'),
  }),
  Action: object('an Action step', {
    uses: required(text, 'GitHub Action with its version.'),
    with: field(tree, 'Inputs of the action.'),
    env: field(textMap, 'Environment variables.'),
    envVariables: containerFields.envVariables,
  }),
  Bitrise: object('a Bitrise step', {
    uses: required(text, 'Bitrise step with its version.'),
    with: field(tree, 'Inputs of the step.'),
    env: field(textMap, 'Environment variables.'),
    envVariables: containerFields.envVariables,
  }),
};
