import type { CodeTable } from '../base/codes.ts';

export const appCodes = {
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
