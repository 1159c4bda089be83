import type { ExitCode } from './exit.ts';

/** How a command gives its exit code. */
export type Finish = (code: ExitCode) => void;
