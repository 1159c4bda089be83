// Io: what a command may use of the process it runs in. Results go to stdout, everything else to stderr.
import { exit } from './exit.ts';

export interface Io {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly folder: string;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Aborted by the first Ctrl-C or SIGTERM; the second one ends the process at once. */
  readonly signal: AbortSignal;
}

/** Wraps the real process. */
export const processIo = (): Io => {
  const controller = new AbortController();
  let interrupts = 0;
  const interrupt = (signal: NodeJS.Signals): void => {
    interrupts += 1;
    controller.abort(new DOMException(`interrupted by ${signal}`, 'AbortError'));
    if (interrupts > 1) process.exit(exit.canceled); // what ends processes and removes folders at exit still runs
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  process.on('SIGHUP', interrupt);
  // A reader that left (`slipway logs | head`) is no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    if (error.code !== 'EIO') throw error; // the terminal is gone: the work ends as SIGHUP says
  });
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error; // nobody reads it; the journal has it all
  });
  return {
    environment: process.env,
    folder: process.cwd(),
    stdout: process.stdout,
    stderr: process.stderr,
    signal: controller.signal,
  };
};
