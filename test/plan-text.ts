// Pipelines as text to plans, for the tests of the compiler. No file, no network, no git.
import type { BuilderName } from '../src/contract/image-operation.ts';
import type { Diagnostic } from '../src/diagnostics/diagnostic.ts';
import type { CodebaseFacts } from '../src/pipeline/facts.ts';
import { createScope } from '../src/pipeline/scope.ts';
import { compile, type CompileOptions } from '../src/plan/compile.ts';
import type { Operation, Plan } from '../src/plan/operation.ts';
import { operationOf } from '../src/steps/step.ts';
import { readText } from './pipeline-text.ts';

export interface PlanTextOptions extends Partial<Omit<CompileOptions, 'connectors'>> {
  /** Reference → registry host; an empty text is a connector of a cloud. Absent: every connector is there. */
  readonly connectors?: Readonly<Record<string, string>>;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly codebase?: CodebaseFacts;
  readonly file?: string;
}

const noneHere: Readonly<Partial<Record<BuilderName, string>>> = {
  'docker-cli': 'no Docker daemon answers',
  buildx: 'no docker buildx here',
  kaniko: 'no Kaniko executor here',
  buildah: 'no buildah here',
};

export const planText = (
  text: string,
  { connectors, inputs = {}, codebase = {}, file, ...options }: PlanTextOptions = {},
): { readonly plan: Plan | undefined; readonly diagnostics: readonly Diagnostic[] } => {
  const { pipelines, diagnostics } = readText(text, file);
  const [pipeline] = pipelines;
  if (pipeline === undefined) return { plan: undefined, diagnostics };
  const report = (d: Diagnostic): void => {
    diagnostics.push(d);
  };
  const lenient = options.lenient ?? false;
  const scope = createScope({
    pipeline,
    facts: { sequenceId: 7, executionId: 'run-1', startedAt: 0, user: 'me', codebase, environment: {} },
    inputs: { values: new Map(Object.entries(inputs)), used: new Set() },
    lenientInputs: lenient,
  });
  const plan = compile(
    pipeline,
    scope,
    {
      strictBuilder: false,
      flags: new Set(),
      missingBuilders: noneHere,
      unsupported: 'error',
      lenient,
      sequenceId: 7,
      operationOf,
      connectors: {
        find: (reference) => {
          if (connectors === undefined) return { type: 'docker' };
          const registry = connectors[reference];
          if (registry === undefined) return undefined;
          return registry === '' ? { type: 'aws' } : { type: 'docker', registry };
        },
        hintFor: () => 'define it in slipway.yaml',
      },
      ...options,
    },
    report,
  );
  return { plan, diagnostics };
};

/** `id after a, b`, for graphs at a glance. */
export const graph = (plan: Plan | undefined): string[] =>
  (plan?.operations ?? []).map((o) => `${o.id}${o.after.length === 0 ? '' : ` after ${o.after.join(', ')}`}`);

export const operationNamed = (plan: Plan | undefined, id: string): Operation => {
  const found = plan?.operations.find((o) => o.id === id);
  if (found === undefined) throw new Error(`no operation ${id}: ${graph(plan).join('; ')}`);
  return found;
};
