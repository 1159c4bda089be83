import type { CodeTable } from '../base/codes.ts';

export const journalCodes = {
  'journal/write-failed': {
    meaning: 'The journal of a run cannot be written; the run was stopped.',
    remedy: 'Check the rights and the free space of the data folder, or choose another with SLIPWAY_HOME.',
  },
} as const satisfies CodeTable;
