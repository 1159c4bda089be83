// Exit codes of every command, listed in docs/reference/cli.md.
export const exit = { ok: 0, failed: 1, usage: 2, invalidInput: 3, bug: 70, canceled: 130 } as const;

export type ExitCode = (typeof exit)[keyof typeof exit];

export const exitCodeMeanings: readonly (readonly [ExitCode, string])[] = [
  [exit.ok, 'done'],
  [exit.failed, 'a step, a build, a push or another piece of work failed'],
  [exit.usage, 'the command line is wrong'],
  [exit.invalidInput, 'the input (pipeline, Dockerfile, settings) has errors; nothing was started'],
  [exit.bug, 'a fault of Slipway itself: please report it'],
  [exit.canceled, 'ended by Ctrl-C or a signal'],
];
