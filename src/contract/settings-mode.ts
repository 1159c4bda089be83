// Settings: what happens with the image, and where results are written.
import { setting as s, type SettingTable } from './setting.ts';

export const modeSettings = {
  noPush: s('boolean', 'DRY_RUN NO_PUSH', 'dxkb', 'Builds without pushing.'),
  pushOnly: s('boolean', 'PUSH_ONLY', 'dxkb', 'Pushes an image that exists, without building.'),
  load: s(
    'boolean',
    'BUILDX_LOAD',
    'x',
    'Keeps the image in the image store (or daemon) for later steps; on by default when nothing is pushed.',
  ),
  tarPath: s(
    'path',
    'TAR_PATH DESTINATION_TAR_PATH',
    'xkb',
    'Writes the image with all its tags to this archive; parent folders are made.',
  ),
  outputFormat: s('text', 'BUILDX_OUTPUT_FORMAT', 'x', 'Format of the archive: `docker` or `oci`.'),
  sourceTarPath: s('path', 'SOURCE_TAR_PATH', 'xkb', 'Archive to push, with push_only.'),
  sourceImage: s(
    'text',
    'SOURCE_IMAGE',
    'dx',
    "Image to push under the step's names, with push_only; the step's own first name by default.",
  ),
  artifactFile: s('path', 'ARTIFACT_FILE', 'dxk', 'JSON list of what was pushed.'),
  outputFile: s('path', '=DRONE_OUTPUT', 'k', 'File of variables for later steps: `digest`, `IMAGE_TAR_PATH`.'),
  digestFile: s('path', 'DIGEST_FILE', '', 'File that gets the digest of the image.'),
  registryType: s('text', 'REGISTRY_TYPE', 'dx', 'Name of the registry type in the artifact file.', {
    accepted: 'the artifact file names the registry kind of the step',
  }),
  metadataFile: s('path', 'METADATA_FILE', 'x', 'Build metadata as JSON.', {
    refused: 'Use artifact_file, which has the digest of every image pushed.',
  }),
  nameWithDigestFile: s('path', 'IMAGE_NAME_WITH_DIGEST_FILE', 'k', 'File that gets `repo@digest`.', {
    refused: 'Use digest_file or artifact_file.',
  }),
  nameTagWithDigestFile: s('path', 'IMAGE_NAME_TAG_WITH_DIGEST_FILE', 'k', 'File that gets `repo:tag@digest`.', {
    refused: 'Use digest_file or artifact_file.',
  }),
  ociLayoutPath: s('path', 'OCI_LAYOUT_PATH', 'k', 'Folder that gets the image as OCI layout.', {
    refused: 'Use tar_path with buildx_output_format: oci.',
  }),
  cacheMetricsFile: s('path', 'CACHE_METRICS_FILE', 'x', 'Statistics of cached layers.', {
    refused: "The run's journal says which steps came from the cache.",
  }),
  cardPath: s('path', '=DRONE_CARD_PATH', 'dx', 'Card for the Drone user interface.', {
    accepted: 'cards are drawn by Drone only',
  }),
} as const satisfies SettingTable;
