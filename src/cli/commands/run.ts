// slipway run
import { Command } from 'commander';
import type { RunFileRequest } from '../../app/run-file.ts';
import type { Finish } from '../finish.ts';
import type { Io } from '../io.ts';
import { withPipelineOptions } from '../options.ts';

interface RunOptions extends RunFileRequest {
  readonly json?: boolean;
}

export const runCommand = (io: Io, finish: Finish): Command =>
  withPipelineOptions(
    new Command('run')
      .summary('run a pipeline')
      .description(
        'Runs a pipeline on this machine. Steps work in a copy of the code base (the Git checkout, or the folder, that holds the pipeline). Ctrl-C stops cleanly, a second one at once.',
      )
      .argument('<file>', 'pipeline file; - reads standard input'),
  )
    .option('--bind', 'work in the folder itself instead of a copy')
    .option('--json', 'print events as JSON lines')
    .action(async (file: string, options: RunOptions) => {
      const { runFile } = await import('../../app/run-file.ts');
      const { watchRun } = await import('../watch-run.ts');
      finish(await watchRun(io, options.json === true, (deps) => runFile(file, options, deps)));
    });
