import type { CodeTable } from '../base/codes.ts';

export const sandboxCodes = {
  'sandbox/cannot-isolate': {
    meaning: 'This machine does not let a RUN have a root file system of its own.',
    remedy: 'Run as root, or build a Dockerfile without RUN.',
  },
  'sandbox/no-program': {
    meaning: 'A program that is needed is not on this machine.',
    remedy: 'Install it; most systems have it in util-linux or coreutils.',
  },
} as const satisfies CodeTable;
