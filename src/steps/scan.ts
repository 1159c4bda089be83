// AquaTrivy: read and planned; a later version runs it.
import { showValue } from '../contract/given.ts';
import { nearest } from '../base/nearest.ts';
import type { Step, Value } from '../pipeline/model.ts';
import type { ScanImage } from '../plan/operation.ts';
import type { Text } from '../refs/text.ts';
import { fromTree } from './given-fields.ts';
import type { StepResult, StepSurroundings } from '../plan/step-kind.ts';

const severities = ['critical', 'high', 'medium', 'low', 'none'] as const;

type Severity = (typeof severities)[number];

/** `info` is documented and below `low`: both let nothing pass. A word that is no severity would leave the pipeline without its gate. */
const gateOf = (value: Value | undefined, { resolver, report }: StepSurroundings): Severity | undefined => {
  const text = resolver.known(value)?.trim().toLowerCase();
  if (value === undefined || text === undefined || text === '') return undefined;
  const severity = text === 'info' ? 'low' : severities.find((s) => s === text);
  if (severity !== undefined) return severity;
  const near = nearest(text, severities);
  report({
    code: 'steps/bad-severity',
    severity: 'error',
    message: `"${text}" is no severity`,
    at: value.at,
    path: value.path,
    hint: near === undefined ? `write one of ${severities.join(', ')}` : `did you mean "${near}"?`,
  });
  return undefined;
};

export const scan = (step: Extract<Step, { type: 'AquaTrivy' }>, around: StepSurroundings): StepResult => {
  const { resolver } = around;
  const { spec } = step;
  const text = (name: string, value: Value | undefined): Readonly<Record<string, Text>> => {
    const resolved = resolver.text(value);
    return resolved === undefined ? {} : { [name]: resolved };
  };
  const mode = (resolver.known(spec.mode) ?? 'orchestration').toLowerCase();
  const severity = gateOf(spec.advanced.failOnSeverity, around);
  const imageType = resolver.known(spec.scanImage['type']);
  const scanImage = Object.fromEntries(
    Object.entries(spec.scanImage).flatMap(([name, value]) => Object.entries(text(`image_${name}`, value))),
  );
  const free = Object.fromEntries(
    spec.settings
      .flatMap(({ name, tree }) => fromTree(name, name, tree, resolver))
      .map((g): [string, Text] => [g.name, g.value.kind === 'text' ? g.value.text : showValue(g.value)]),
  );
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
      ...text('config', spec.config),
      ...text('detection', spec.target.detection),
      ...scanImage,
      ...text('include_raw', spec.advanced.includeRaw),
      ...text('log_level', spec.advanced.logLevel),
      ...text('cli', spec.advanced.cli),
      ...text('ingestion_file', spec.ingestionFile),
      ...text('sbom_generate', spec.sbom?.generate),
      ...text('sbom_format', spec.sbom?.format),
      ...free,
    },
    notes: [],
  };
};
