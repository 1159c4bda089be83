import type { CodeTable } from '../base/codes.ts';

export const stepsCodes = {
  'steps/bad-severity': {
    meaning: 'The gate of a scan is no severity.',
    remedy: 'Write critical, high, medium, low or none.',
  },
  'steps/bad-shell': {
    meaning: 'A shell that an expression gives does not exist.',
    remedy: 'Use Sh, Bash, Python, Pwsh or Powershell.',
  },
} as const satisfies CodeTable;
