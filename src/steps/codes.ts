import type { CodeTable } from '../base/codes.ts';

export const stepsCodes = {
  'steps/bad-severity': {
    meaning: 'The gate of a scan is no severity.',
    remedy: 'Write critical, high, medium, low or none.',
  },
} as const satisfies CodeTable;
