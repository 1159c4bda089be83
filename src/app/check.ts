// `slipway check`: every fault of every file, without running anything.
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { type PipelineRequest, planFile, type Surroundings } from './plan-file.ts';

export interface Checked {
  readonly diagnostics: readonly Diagnostic[];
  readonly summary: string;
}

const many = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

export const checkFiles = async (
  files: readonly string[],
  request: PipelineRequest,
  around: Surroundings,
): Promise<Checked> => {
  const diagnostics: Diagnostic[] = [];
  let pipelines = 0;
  for (const file of files) {
    const checked = await planFile(file, request, around, 'check');
    diagnostics.push(...checked.diagnostics);
    pipelines += checked.pipelines;
  }
  const of = (severity: Diagnostic['severity']): number => diagnostics.filter((d) => d.severity === severity).length;
  return {
    diagnostics,
    summary: `${many(files.length, 'file')}, ${many(pipelines, 'pipeline')}: ${many(of('error'), 'error')}, ${many(of('warning'), 'warning')}`,
  };
};
