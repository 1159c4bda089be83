// slipway runs
import { Command } from 'commander';
import type { Finish } from '../finish.ts';
import type { Io } from '../io.ts';

export const runsCommand = (io: Io, _finish: Finish): Command =>
  new Command('runs')
    .summary('list runs')
    .description('Lists the runs of this machine, newest first.')
    .option('-n, --last <count>', 'how many', '20')
    .option('--json', 'print one JSON array')
    .action(async (options: { readonly last: string; readonly json?: boolean }) => {
      const { recentRuns } = await import('../../app/runs.ts');
      const { runTable } = await import('../show/run-table.ts');
      const runs = await recentRuns(io.environment, Number(options.last));
      io.stdout.write(options.json === true ? `${JSON.stringify(runs, undefined, 2)}\n` : runTable(runs));
    });
