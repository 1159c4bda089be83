// AquaTrivy: read and planned; a later version runs it.
import type { Step, Value } from '../pipeline/model.ts';
import type { ScanImage } from '../plan/operation.ts';
import type { Text } from '../refs/text.ts';
import type { StepResult, StepSurroundings } from '../plan/step-kind.ts';

const severities = ['critical', 'high', 'medium', 'low', 'none'] as const;

export const scan = (step: Extract<Step, { type: 'AquaTrivy' }>, { resolver }: StepSurroundings): StepResult => {
  const { spec } = step;
  const text = (name: string, value: Value | undefined): Readonly<Record<string, Text>> => {
    const resolved = resolver.text(value);
    return resolved === undefined ? {} : { [name]: resolved };
  };
  const mode = (resolver.known(spec.mode) ?? 'orchestration').toLowerCase();
  const severity = severities.find((s) => s === resolver.known(spec.advanced.failOnSeverity)?.toLowerCase());
  const imageType = resolver.known(spec.scanImage['type']);
  const target: ScanImage['target'] = {
    type: resolver.known(spec.target.type) ?? 'container',
    ...text('name', spec.target.name),
    ...text('variant', spec.target.variant),
    ...text('workspace', spec.target.workspace),
    ...(imageType === undefined ? {} : { imageType }),
  };
  return {
    kind: 'scan-image',
    scanner: 'trivy',
    mode: mode === 'ingestion' || mode === 'extraction' ? mode : 'orchestration',
    target,
    ...(severity === undefined ? {} : { failOnSeverity: severity }),
    settings: {
      ...text('log_level', spec.advanced.logLevel),
      ...text('cli', spec.advanced.cli),
      ...text('ingestion_file', spec.ingestionFile),
      ...text('sbom_generate', spec.sbom?.generate),
      ...text('sbom_format', spec.sbom?.format),
    },
    notes: [],
  };
};
