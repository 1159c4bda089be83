// slipway push
import { Command } from 'commander';
import type { PushRequest } from '../../app/push-once.ts';
import type { Finish } from '../finish.ts';
import type { Io } from '../io.ts';

interface PushOptions extends PushRequest {
  readonly json?: boolean;
}

export const pushCommand = (io: Io, finish: Finish): Command =>
  new Command('push')
    .summary('push an image to one or many registries')
    .description(
      'Pushes an image to all references at once. It is compressed once, every layer is read once for each registry that lacks it, and each destination is reported by itself.',
    )
    .argument(
      '<image>',
      'an image of the image store (reference, digest or id), or a tar written by docker save, slipway or skopeo',
    )
    .argument('<reference...>', 'where it goes: registry/repository:tag')
    .option('--insecure', 'allow plain HTTP and unverified certificates')
    .option('-c, --config <file>', 'configuration with the connectors that sign in (default: the nearest slipway.yaml)')
    .option('--json', 'print events as JSON lines')
    .action(async (image: string, references: readonly string[], options: PushOptions) => {
      const { pushOnce } = await import('../../app/push-once.ts');
      const { watchRun } = await import('../watch-run.ts');
      finish(await watchRun(io, options.json === true, (deps) => pushOnce(image, references, options, deps)));
    });
