// slipway registry serve
import { Command } from 'commander';
import type { Finish } from '../finish.ts';
import type { Io } from '../io.ts';
import { port } from '../options.ts';

interface ServeOptions {
  readonly root?: string;
  readonly host: string;
  readonly port: number;
  readonly verbose?: boolean;
}

export const registryCommand = (io: Io, _finish: Finish): Command => {
  const serve = new Command('serve')
    .summary('serve a registry')
    .description(
      'Serves an OCI registry that keeps its content in a folder. It has no sign-in, so it listens on this machine only unless --host says otherwise. The first line on stdout is its address; Ctrl-C stops it.',
    )
    .option('--root <folder>', 'where the content is kept (default: registry/ in the data folder)')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('-p, --port <number>', 'port to listen on; 0 takes a free one', port, 5000)
    .option('-v, --verbose', 'print a line for each request')
    .action(async (options: ServeOptions) => {
      const { serveUntilStopped } = await import('../../app/registry.ts');
      await serveUntilStopped(
        { ...options, environment: io.environment, folder: io.folder, signal: io.signal },
        {
          listening: (url, root) => {
            io.stdout.write(`${url}\n`);
            io.stderr.write(`registry on ${url}, content in ${root}; Ctrl-C stops it\n`);
          },
          request: (line) => io.stderr.write(`${line}\n`),
        },
      );
    });
  return new Command('registry')
    .summary('a registry of your own')
    .description('A registry of your own.')
    .addCommand(serve);
};
