// slipway plan
import { Command, Option } from 'commander';
import type { PipelineRequest } from '../../app/plan-file.ts';
import type { Finish } from '../finish.ts';
import { exit } from '../exit.ts';
import type { Io } from '../io.ts';
import { withPipelineOptions } from '../options.ts';

interface PlanOptions extends PipelineRequest {
  readonly format: 'text' | 'json' | 'mermaid';
}

export const planCommand = (io: Io, finish: Finish): Command =>
  withPipelineOptions(
    new Command('plan')
      .summary('say what a run would do, and why')
      .description(
        'Says for each step which builder is used and why, what it reads, where it pushes, which credentials it needs, and what looks wrong. Nothing is started, nothing is asked of the network.',
      )
      .argument('<file>', 'pipeline file; - reads standard input'),
  )
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json', 'mermaid']).default('text'))
    .action(async (file: string, options: PlanOptions) => {
      const { planFile } = await import('../../app/plan-file.ts');
      const { showDiagnostics } = await import('../show-diagnostics.ts');
      const { explainPlan } = await import('../../app/explain-plan.ts');
      const { plan, diagnostics, snippet } = await planFile(file, options, io);
      if (diagnostics.length > 0) io.stderr.write(showDiagnostics(diagnostics, 'text', io.stderr));
      if (snippet !== undefined) io.stderr.write(`\n${snippet}\n`);
      if (plan === undefined) {
        finish(exit.invalidInput);
        return;
      }
      const { paintFor, useColor } = await import('../color.ts');
      io.stdout.write(explainPlan(plan, options.format, paintFor(useColor(io.stdout))));
    });
