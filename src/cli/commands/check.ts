// slipway check
import { Command, Option } from 'commander';
import type { PipelineRequest } from '../../app/plan-file.ts';
import type { Finish } from '../finish.ts';
import { exit } from '../exit.ts';
import type { Io } from '../io.ts';
import { withPipelineOptions } from '../options.ts';

interface CheckOptions extends PipelineRequest {
  readonly format: 'text' | 'json' | 'sarif' | 'github';
}

export const checkCommand = (io: Io, finish: Finish): Command =>
  withPipelineOptions(
    new Command('check')
      .summary('find what is wrong with pipelines')
      .description(
        'Reads pipelines and reports everything that is wrong with them at once, with file, line and column. Inputs and secrets need not be given: what a run would still ask for is listed as a note.',
      )
      .argument('<file...>', 'pipeline files; - reads standard input'),
  )
    .addOption(
      new Option('--format <format>', 'how to print').choices(['text', 'json', 'sarif', 'github']).default('text'),
    )
    .action(async (files: readonly string[], options: CheckOptions) => {
      const { checkFiles } = await import('../../app/check.ts');
      const { showDiagnostics } = await import('../show-diagnostics.ts');
      const { diagnostics, summary } = await checkFiles(files, options, io);
      io.stdout.write(showDiagnostics(diagnostics, options.format, io.stdout));
      if (options.format === 'text') io.stderr.write(`${summary}\n`);
      finish(diagnostics.some((d) => d.severity === 'error') ? exit.invalidInput : exit.ok);
    });
