import type { CodeTable } from '../base/codes.ts';

export const transferCodes = {
  'transfer/push-failed': {
    meaning: 'The image did not reach all of its destinations.',
    remedy: 'The message names each destination and what its registry said; those marked as pushed are there.',
  },
  'transfer/bad-destination': {
    meaning: 'A destination is not an image reference.',
    remedy: 'Write it as registry/repository:tag, in lower case.',
  },
  'transfer/bad-source': {
    meaning: 'The source of a push is not an image reference.',
    remedy: 'Write it as registry/repository:tag, in lower case.',
  },
  'transfer/tar-missing': {
    meaning: 'The archive that a step should push is not there.',
    remedy: 'Check the path: it is relative to the workspace, and the step that writes it must run before.',
  },
  'transfer/path-outside': {
    meaning: 'A path leaves the workspace and the shared paths of the stage.',
    remedy: 'Write a path inside the workspace, or add its folder to sharedPaths.',
  },
  'transfer/several-images': {
    meaning: 'An archive holds several images, and the step does not say which one to push.',
    remedy: 'Write an archive with one image, or name the image as source.',
  },
  'transfer/empty-archive': {
    meaning: 'An archive holds no image.',
    remedy: 'Write the archive again.',
  },
  'transfer/image-absent': {
    meaning: 'The image to push is not in the image store.',
    remedy: 'Build it first with this tag, or correct the name: the message lists what the store has.',
  },
  'transfer/cannot-write': {
    meaning: 'A file that a step should leave behind could not be written.',
    remedy: 'Check that the folder can be written and that the disk has space.',
  },
} as const satisfies CodeTable;
