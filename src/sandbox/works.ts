import { spawnSync } from 'node:child_process';

/** Whether a command ends well here: what a machine allows is found out by doing it. At most ten seconds. */
export const works = ([program = '', ...rest]: readonly string[]): boolean =>
  spawnSync(program, rest, { stdio: 'ignore', timeout: 10_000 }).status === 0;
