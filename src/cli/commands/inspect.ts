// slipway inspect
import { Command, Option } from 'commander';
import type { InspectRequest } from '../../app/inspect.ts';
import type { Finish } from '../finish.ts';
import type { Io } from '../io.ts';

interface InspectOptions extends InspectRequest {
  readonly format: 'text' | 'json' | 'config' | 'manifest';
}

export const inspectCommand = (io: Io, _finish: Finish): Command =>
  new Command('inspect')
    .summary('show what an image is')
    .description(
      'Shows an image of the image store, of a tar or of a registry: digest, platform, layers, what it runs, its history.',
    )
    .argument('<image>', 'a tar file, a reference or id in the image store, else a reference in a registry')
    .addOption(
      new Option('--format <format>', 'what to print').choices(['text', 'json', 'config', 'manifest']).default('text'),
    )
    .option('--platform <os/architecture>', 'which image of an index (default: Linux on this processor)')
    .option('--insecure', 'allow plain HTTP and unverified certificates')
    .option('-c, --config <file>', 'configuration with the connectors that sign in (default: the nearest slipway.yaml)')
    .action(async (image: string, options: InspectOptions) => {
      const { inspectImage } = await import('../../app/inspect.ts');
      const { showInspection } = await import('../show/inspection.ts');
      io.stdout.write(showInspection(await inspectImage(image, options, io), options.format));
    });
