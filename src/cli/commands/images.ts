// slipway images
import { Command } from 'commander';
import type { Finish } from '../finish.ts';
import type { Io } from '../io.ts';

export const imagesCommand = (io: Io, _finish: Finish): Command => {
  const list = new Command('list')
    .summary('list the images of the image store')
    .description('Lists the images that builds have kept in the image store, newest first.')
    .option('--json', 'print one JSON array')
    .action(async (options: { readonly json?: boolean }) => {
      const { listImages } = await import('../../app/images.ts');
      const { imageTable } = await import('../show/image-table.ts');
      const images = await listImages(io.environment);
      io.stdout.write(options.json === true ? `${JSON.stringify(images, undefined, 2)}\n` : imageTable(images));
    });
  const remove = new Command('remove')
    .summary('remove references from the image store')
    .description(
      'Removes references from the image store. What no reference needs any more is removed by `images prune`.',
    )
    .argument('<reference...>', 'references as `images list` shows them')
    .action(async (references: readonly string[]) => {
      const { removeImages } = await import('../../app/images.ts');
      for (const reference of await removeImages(references, io.environment)) io.stdout.write(`removed ${reference}\n`);
    });
  const prune = new Command('prune')
    .summary('remove content that no reference needs')
    .description('Removes content of the image store that no reference needs and nobody has used for an hour.')
    .action(async () => {
      const { pruneImages } = await import('../../app/images.ts');
      const { formatBytes } = await import('../show/format.ts');
      const { removedBlobs, freedBytes } = await pruneImages(io.environment);
      io.stdout.write(`removed ${removedBlobs} blobs, ${formatBytes(freedBytes)}\n`);
    });
  return new Command('images')
    .summary('the image store')
    .description('The image store: what builds have kept on this machine.')
    .addCommand(list)
    .addCommand(remove)
    .addCommand(prune);
};
