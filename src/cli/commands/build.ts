// slipway build
import { Command } from 'commander';
import type { BuildRequest } from '../../app/build-once.ts';
import type { Finish } from '../finish.ts';
import type { Io } from '../io.ts';
import { collect, collectPairs } from '../options.ts';

interface BuildOptions extends BuildRequest {
  readonly json?: boolean;
}

export const buildCommand = (io: Io, finish: Finish): Command =>
  new Command('build')
    .summary('build an image')
    .description(
      'Builds an image from a Dockerfile with the embedded builder: no daemon. The image is kept in the image store under its tags, and pushed or saved when asked.',
    )
    .argument('[context]', 'folder with the files that COPY and ADD read', '.')
    .option('-f, --file <path>', 'Dockerfile (default: Dockerfile in the context)')
    .option('-t, --tag <reference>', 'name in the image store; repeatable', collect)
    .option('--push <reference>', 'push under this reference; repeatable, all at once', collect)
    .option('-o, --output <file>', 'save a tar that `docker load` reads')
    .option('--oci-output <file>', 'save a tar of an OCI layout')
    .option('--target <stage>', 'stage to build (default: the last one)')
    .option('--build-arg <name=value>', 'value for an ARG; repeatable', collectPairs)
    .option('--label <name=value>', 'label of the image; repeatable', collectPairs)
    .option('--platform <os/architecture>', 'platform to build for (default: Linux on this processor)')
    .option('--secret <id=file>', 'file for RUN --mount=type=secret; repeatable', collectPairs)
    .option('--no-cache', 'build every step anew')
    .option('-c, --config <file>', 'configuration with the connectors that sign in (default: the nearest slipway.yaml)')
    .option('--json', 'print events as JSON lines')
    .action(async (context: string, options: BuildOptions) => {
      const { buildOnce } = await import('../../app/build-once.ts');
      const { watchRun } = await import('../watch-run.ts');
      finish(await watchRun(io, options.json === true, (deps) => buildOnce(context, options, deps)));
    });
