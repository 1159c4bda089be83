// AquaTrivy, and what the scan steps of Harness STO share.
import { field, object, required, type Fields } from '../../yaml/object-shape.ts';
import { boolean, choice, listOf, text, tree } from '../../yaml/shape.ts';
import { containerFields } from './container.ts';
import { outputVariable } from './run.ts';

const target = object('the target of a scan', {
  type: required(choice(['repository', 'container', 'instance', 'configuration']), 'What is scanned.'),
  name: field(text, 'Image name; needed with detection manual.'),
  variant: field(text, 'Image tag; needed with detection manual.'),
  detection: field(choice(['manual', 'auto']), 'manual: name and variant are given; auto: read from the image.'),
  workspace: field(text, 'File or folder to scan; the tar for a local_archive.'),
});

const scanImage = object('the image of a scan', {
  type: required(
    choice(['docker_v2', 'aws_ecr', 'jfrog_artifactory', 'local_image', 'local_archive', 'harness'], { isOpen: true }),
    'Where the image comes from.',
  ),
  name: field(text, 'Image name.'),
  tag: field(text, 'Image tag.'),
  domain: field(text, 'Registry host.'),
  region: field(text, 'Region of the registry.'),
  access_id: field(text, 'User name or key id.'),
  access_token: field(text, 'Password or token.'),
  registry: field(text, 'Registry name.'),
  image_path: field(text, 'Path of the image in the registry.'),
});

const advanced = object(
  'the advanced settings of a scan',
  {
    log: field(
      object('the log settings of a scan', {
        level: field(choice(['info', 'debug', 'warning', 'error']), 'Log level.'),
        serializer: field(text, 'Log format.'),
      }),
      'Log of the scanner.',
    ),
    args: field(
      object('the arguments of a scan', {
        cli: field(text, 'More flags for the scanner.'),
        passthrough: field(text, 'More flags for the result parser.'),
      }),
      'More arguments.',
    ),
    fail_on_severity: field(
      choice(['critical', 'high', 'medium', 'low', 'info', 'none']),
      'Fails the step when something at least this severe is found.',
    ),
    include_raw: field(boolean, 'Keeps the raw report.'),
  },
  { isOpen: true },
);

const common = {
  ...containerFields,
  mode: required(
    choice(['orchestration', 'ingestion', 'extraction', 'dataload']),
    'orchestration runs the scanner, ingestion reads a report.',
  ),
  config: required(text, 'Scan configuration: default, fs or sbom.'),
  advanced: field(advanced, 'Log level, arguments, gate.'),
  ingestion: field(
    object('the ingestion of a scan', { file: field(text, 'Report to read.') }, { isOpen: true }),
    'With mode ingestion: where the report is.',
  ),
  sbom: field(
    object('the SBOM of a scan', {
      generate: field(boolean, 'Writes a bill of materials.'),
      format: field(choice(['spdx-json', 'cyclonedx-json']), 'Its format.'),
    }),
    'Bill of materials.',
  ),
  settings: field(tree, 'Free settings of the scanner.'),
  outputVariables: field(listOf(outputVariable), 'Outputs for later steps.'),
  imageTag: field(text, 'Tag of the scanner image.'),
  repository: field(tree, 'Repository that is scanned.'),
} as const satisfies Fields;

export const aquaTrivy = object('an AquaTrivy step', {
  ...common,
  target: required(target, 'What is scanned.'),
  image: field(scanImage, 'Where the image to scan comes from.'),
});
