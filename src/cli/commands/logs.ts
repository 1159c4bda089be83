// slipway logs
import { Command } from 'commander';
import type { Finish } from '../finish.ts';
import type { Io } from '../io.ts';

interface LogsOptions {
  readonly follow?: boolean;
  readonly json?: boolean;
}

export const logsCommand = (io: Io, _finish: Finish): Command =>
  new Command('logs')
    .summary('show the logs of a run')
    .description('Shows what the steps of a run printed. Without a run, the newest one.')
    .argument('[run]', 'id of the run, or its first letters')
    .argument('[step]', 'identifier of one step')
    .option('-f, --follow', 'go on until the run ends')
    .option('--json', 'print the events as JSON lines')
    .action(async (run: string | undefined, step: string | undefined, options: LogsOptions) => {
      const { readLogs } = await import('../../app/runs.ts');
      const { logLines } = await import('../show/log-lines.ts');
      for await (const text of logLines(
        readLogs(run, step, options.follow === true, io),
        options.json === true,
        step === undefined,
      )) {
        io.stdout.write(text);
      }
    });
