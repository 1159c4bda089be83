import type { CodeTable } from '../base/codes.ts';

export const engineCodes = {
  'engine/bug': {
    meaning: 'Slipway itself failed in a way it should not.',
    remedy: 'Report it, with the run’s journal.',
  },
  'engine/late-expression': {
    meaning: 'An expression that waited for the run has no value.',
    remedy: 'Check that the step it names ran and put that variable out.',
  },
  'engine/no-runner': {
    meaning: 'A stage asks for a runner that does not exist.',
    remedy: 'Choose another with --runner.',
  },
  'engine/no-scratch': {
    meaning: 'The private folder of a step cannot be made.',
    remedy: 'Check the rights and the free space of the scratch folder, or choose another with SLIPWAY_HOME.',
  },
  'engine/timeout': {
    meaning: 'A step, stage or pipeline took longer than its timeout.',
    remedy: 'Raise `timeout`, or find out in the log what it waited for.',
  },
  'engine/unsupported': {
    meaning: 'The plan has a step that Slipway reads but does not run.',
    remedy: 'Leave such steps out with --skip-unsupported.',
  },
} as const satisfies CodeTable;
