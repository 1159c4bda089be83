// Serves the embedded registry until told to stop.
import { resolve } from 'node:path';
import { serveRegistry } from '../registry/serve.ts';
import { pathsFrom } from './paths.ts';

export interface ServeUntilStopped {
  /** Relative to `folder`; default: below the data folder. */
  readonly root?: string;
  readonly host: string;
  readonly port: number;
  readonly verbose?: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  readonly signal: AbortSignal;
}

export interface ServeObserver {
  listening(url: string, root: string): void;
  request(line: string): void;
}

/** Resolves when `signal` was aborted and the server has stopped. Failure `registry/port-taken` and others of serveRegistry. */
export const serveUntilStopped = async (options: ServeUntilStopped, observer: ServeObserver): Promise<void> => {
  const root =
    options.root === undefined ? pathsFrom(options.environment).registry : resolve(options.folder, options.root);
  await using server = await serveRegistry({
    root,
    host: options.host,
    port: options.port,
    ...(options.verbose === true
      ? {
          log: (line: string) => {
            observer.request(line);
          },
        }
      : {}),
  });
  observer.listening(server.url, root);
  if (!options.signal.aborted) {
    await new Promise<void>((stop) => {
      options.signal.addEventListener(
        'abort',
        () => {
          stop();
        },
        { once: true },
      );
    });
  }
};
