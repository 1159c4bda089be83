// Where Slipway keeps things on this machine (XDG base directory specification).
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

export interface Paths {
  /** Everything below is in here: `$SLIPWAY_HOME`, else `$XDG_DATA_HOME/slipway`, else `~/.local/share/slipway`. */
  readonly home: string;
  /** The image store. */
  readonly images: string;
  /** Build cache and unpacked base images. */
  readonly cache: string;
  /** Journals of runs. */
  readonly runs: string;
  /** The folder that `registry serve` keeps its content in. */
  readonly registry: string;
  /** Counters: `pipeline.sequenceId`. */
  readonly state: string;
  /** Short-lived folders of work under way. */
  readonly scratch: string;
}

export const pathsFrom = (environment: Readonly<Record<string, string | undefined>>): Paths => {
  const named = environment['SLIPWAY_HOME'];
  const xdg = environment['XDG_DATA_HOME'];
  const home =
    named !== undefined && named !== ''
      ? named
      : join(
          xdg !== undefined && isAbsolute(xdg) ? xdg : join(environment['HOME'] ?? homedir(), '.local/share'),
          'slipway',
        );
  return {
    home,
    images: join(home, 'images'),
    cache: join(home, 'cache'),
    runs: home,
    registry: join(home, 'registry'),
    state: join(home, 'state'),
    scratch: join(home, 'scratch'),
  };
};
