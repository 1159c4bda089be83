import type { CodeTable } from '../../base/codes.ts';

export const localRunnerCodes = {
  'runner/bad-environment': {
    meaning: 'An environment variable of a step has a name or a value that no process can have.',
    remedy: 'Names must not be empty or have "=", and neither names nor values a NUL character.',
  },
  'runner/command-failed': {
    meaning: 'The command of a step ended with an exit code other than 0.',
    remedy: 'Read the log of the step; the last lines usually say why.',
  },
  'runner/command-killed': {
    meaning: 'The command of a step was ended by a signal.',
    remedy: 'SIGKILL without a cancellation usually means that memory ran out.',
  },
  'runner/no-codebase': {
    meaning: 'The folder of the code base cannot be copied.',
    remedy: 'Check its rights and the space left, or use --bind.',
  },
  'runner/no-shell': {
    meaning: 'The shell that a step asks for is not on this machine.',
    remedy: 'Install it, or choose another shell.',
  },
  'runner/service-needs-container': {
    meaning: 'A Background step is an image without a command, which the local runner cannot start.',
    remedy: 'Give the step a command, or run the pipeline where containers run.',
  },
} as const satisfies CodeTable;
