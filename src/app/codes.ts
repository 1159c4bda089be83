import type { CodeTable } from '../base/codes.ts';

export const appCodes = {
  'app/bad-input-file': {
    meaning: 'An input file is neither a map nor an input set.',
    remedy: 'Write name: value lines, or export the input set again.',
  },
  'app/file-exists': {
    meaning: 'A file that would be written is there already.',
    remedy: 'Overwrite it with --force, or choose another name.',
  },
  'app/no-connector': { meaning: 'A connector is not defined.', remedy: 'Define it in slipway.yaml.' },
  'app/no-dockerfiles': { meaning: 'No Dockerfile was found.', remedy: 'Write one first.' },
  'app/no-folder': { meaning: 'A folder is not there.', remedy: 'Check its path.' },
  'app/no-pipeline': { meaning: 'A file holds no pipeline.', remedy: 'Name the file with the pipeline.' },
  'app/no-scanner': {
    meaning: 'A scan cannot be run by this version.',
    remedy: 'Take the step out; a scan that did not happen never passes.',
  },
  'app/no-secret': {
    meaning: 'A secret has no value.',
    remedy: 'Give it in the environment, a --secret-file or a --secret-folder.',
  },
  'app/no-such-run': { meaning: 'There is no such run.', remedy: 'List them with `slipway runs`.' },
  'app/no-such-step': { meaning: 'A run has no such step.', remedy: 'Name one that the message lists.' },
  'app/several-pipelines': {
    meaning: 'A file holds more than one pipeline.',
    remedy: 'Put the one to run into a file of its own.',
  },
  'app/two-outputs': {
    meaning: 'Two formats were asked for at once.',
    remedy: 'Build twice: the second build takes everything from the cache.',
  },
  'app/unreadable-file': { meaning: 'A file cannot be read.', remedy: 'Check its path and rights.' },
  'app/no-such-image': {
    meaning: 'The image store has no image of this name.',
    remedy: 'List what it has with `slipway images list`.',
  },
  'app/no-such-platform': {
    meaning: 'An index holds no image for the platform asked for.',
    remedy: 'Choose one of the platforms that the message names.',
  },
  'app/bad-platform': {
    meaning: 'A platform is not written as os/architecture.',
    remedy: 'Write it like linux/amd64 or linux/arm64.',
  },
  'app/empty-archive': {
    meaning: 'A tar holds no image.',
    remedy: 'Check that the file was written by docker save, slipway, skopeo or another image tool.',
  },
  'app/bad-reference': {
    meaning: 'A text is neither a file nor an image reference.',
    remedy: 'Name a tar file, an image of the image store or registry/repository:tag.',
  },
} as const satisfies CodeTable;
