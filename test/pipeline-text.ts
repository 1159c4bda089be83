// Pipelines as text for the tests of the reader, and short words for what was read.
import type { Diagnostic } from '../src/diagnostics/diagnostic.ts';
import { SourceText } from '../src/diagnostics/source.ts';
import type { Pipeline, StageItem, StepItem } from '../src/pipeline/model.ts';
import { readPipelines } from '../src/pipeline/read.ts';

export const readText = (text: string, name = 'ci.yaml') => {
  const diagnostics: Diagnostic[] = [];
  const file = readPipelines(new SourceText(name, text), (d) => diagnostics.push(d));
  return { ...file, diagnostics };
};

export const brief = (d: Diagnostic): string => {
  const line = d.at === undefined ? 0 : d.at.source.position(d.at.start).line;
  return `${line} ${d.severity} ${d.code}`;
};

/** `Run a`, `[Run a, Run b]` for parallel, `group g(Run a)`. */
const stepWords = (items: readonly StepItem[]): string[] =>
  items.map((item) =>
    item.kind === 'parallel'
      ? `[${stepWords(item.items).join(', ')}]`
      : item.kind === 'group'
        ? `group ${item.group.identifier}(${stepWords(item.group.steps).join(', ')})`
        : `${item.step.type} ${item.step.identifier}`,
  );

const stageWords = (items: readonly StageItem[]): string[] =>
  items.map((item) =>
    item.kind === 'parallel'
      ? `[${stageWords(item.items).join(', ')}]`
      : `${item.stage.type} ${item.stage.identifier}: ${stepWords(item.stage.ci?.steps ?? []).join(', ')}`,
  );

export const words = (pipeline: Pipeline | undefined): string => stageWords(pipeline?.stages ?? []).join(' | ');

export const indent = (text: string, by: number): string =>
  text
    .split('\n')
    .map((line) => (line === '' ? line : ' '.repeat(by) + line))
    .join('\n');

export const run = (id: string): string =>
  `- step:\n    type: Run\n    name: ${id}\n    identifier: ${id}\n    spec:\n      command: make\n`;

/** A whole pipeline of one stage; `spec` stands before its execution, `steps` in it. */
export const whole = ({
  steps = run('a'),
  spec = 'runtime: {type: Cloud, spec: {}}\nplatform: {os: Linux, arch: Amd64}',
  stage = '',
  pipeline = '',
}) =>
  `pipeline:\n  name: P\n  identifier: p\n${indent(pipeline, 2)}\n  stages:\n    - stage:\n        name: S\n        identifier: s\n        type: CI\n${indent(stage, 8)}\n        spec:\n${indent(spec, 10)}\n          execution:\n            steps:\n${indent(steps, 14)}\n`;

export const step = (type: string, spec: string, more = ''): string =>
  `- step:\n    type: ${type}\n    name: x\n    identifier: x\n${indent(more, 4)}\n    spec:\n${indent(spec, 6)}\n`;

export const docker = 'connectorRef: hub\nrepo: org/app\ntags: [latest]';
