// slipway init
import { Command } from 'commander';
import type { InitRequest } from '../../app/init.ts';
import type { Finish } from '../finish.ts';
import type { Io } from '../io.ts';

export const initCommand = (io: Io, _finish: Finish): Command =>
  new Command('init')
    .summary('write a pipeline for the Dockerfiles of a folder')
    .description(
      'Finds the Dockerfiles of a folder and writes a pipeline that builds, saves and pushes them, and a slipway.yaml for its connector.',
    )
    .argument('[folder]', 'folder to look in', '.')
    .option('--registry <host>', 'registry to push to', 'localhost:5000')
    .option('-o, --output <file>', 'file to write, below the folder', 'pipeline.yaml')
    .option('--force', 'overwrite files that are there')
    .action(async (folder: string, options: InitRequest) => {
      const { initFolder } = await import('../../app/init.ts');
      const { written, next } = await initFolder(folder, options, io);
      for (const file of written) io.stdout.write(`wrote ${file}\n`);
      io.stderr.write(`${next}\n`);
    });
