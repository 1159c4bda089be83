// How benches call us and find peers.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { version } from '../src/cli/version.ts';

const project = join(import.meta.dirname, '..');

/** Our command as users start it: Node and the bundle. */
export const slipway = (...args: readonly string[]): readonly string[] => [
  process.execPath,
  join(project, 'bin/slipway.cjs'),
  ...args,
];

export const ourVersion = version();

/** First line of what the tool says of its version; undefined when it is not on PATH. */
export const versionOf = (command: string, ...args: readonly string[]): string | undefined => {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .split('\n')[0]
      ?.trim();
  } catch {
    return undefined;
  }
};
