// Compiler: a pipeline and a scope to a plan. Pure; step kinds come as an argument.
import type { BuilderName } from '../contract/image-operation.ts';
import type { Diagnostic, Report } from '../diagnostics/diagnostic.ts';
import { hasErrors } from '../diagnostics/diagnostic.ts';
import { placeOf, type Span } from '../diagnostics/source.ts';
import type { InfrastructureSpec, Pipeline, Stage, StageItem } from '../pipeline/model.ts';
import type { Scope } from '../pipeline/scope.ts';
import type { Text } from '../refs/text.ts';
import { checkPlan } from './checks.ts';
import { instanceName, instancesOf } from './loops.ts';
import type { Infrastructure, Operation, Plan, PlanStage } from './operation.ts';
import { conditionOf, strategiesOf } from './rules.ts';
import type { OperationOf } from './step-kind.ts';
import { reportUnsupported } from './unsupported.ts';
import { walkSteps } from './walk.ts';

export interface ConnectorLookup {
  find(reference: string): { readonly type: string; readonly registry?: string } | undefined;
  hintFor(reference: string): string;
}

export interface CompileOptions {
  /** Overrides what the infrastructure says. */
  readonly runner?: string;
  readonly builder?: BuilderName | 'auto';
  readonly strictBuilder: boolean;
  readonly flags: ReadonlySet<string>;
  readonly missingBuilders: Readonly<Partial<Record<BuilderName, string>>>;
  readonly connectors: ConnectorLookup;
  /** What stages and steps that Slipway does not run are: a fault, a note, or left out. */
  readonly unsupported: 'error' | 'note' | 'skip';
  /** `check` and `plan`: what a run needs and may still be given is no error. */
  readonly lenient: boolean;
  readonly sequenceId: number;
  readonly tagsFile?: string;
  readonly gitReference?: string;
  readonly defaultBranch?: string;
  readonly commitSha?: string;
  readonly repoUrl?: string;
  readonly operationOf: OperationOf;
}

export interface Compilation {
  readonly options: CompileOptions;
  readonly report: Report;
  readonly operations: Operation[];
  readonly connectors: Set<string>;
  /** By id of the operation: the step as written. */
  readonly spans: Map<string, Span>;
}

const runnerOf = (infrastructure: Infrastructure, options: CompileOptions): string =>
  options.runner ?? (infrastructure === 'KubernetesDirect' ? 'kubernetes' : 'local');

const infrastructureOf = (spec: InfrastructureSpec, stages: readonly Stage[], report: Report): Infrastructure => {
  if (spec.type !== 'useFromStage') return spec.type;
  const name = spec.useFromStage?.text ?? '';
  const other = stages.find((s) => s.identifier === name);
  const type = other?.ci?.infrastructure.type;
  if (type === undefined || type === 'useFromStage') {
    report({
      code: 'plan/no-such-stage',
      severity: 'error',
      message: `useFromStage names "${name}", which has no infrastructure of its own`,
      at: spec.at,
      hint:
        stages.length === 0
          ? 'no stage comes before this one'
          : `earlier stages are ${stages.map((s) => s.identifier).join(', ')}`,
    });
    return 'none';
  }
  return type;
};

/** Undefined when a fault was an error; the faults went to `report`. */
export const compile = (
  pipeline: Pipeline,
  scope: Scope,
  options: CompileOptions,
  report: Report,
): Plan | undefined => {
  const found: Diagnostic[] = [];
  const told = new Set<string>();
  // Instances of a loop have one text: what is wrong with it is said once.
  const tell: Report = (d) => {
    const key = [d.code, d.message, d.at?.source.name, d.at?.start, d.path].join('\0');
    if (told.has(key)) return;
    told.add(key);
    found.push(d);
    report(d);
  };
  const stages: PlanStage[] = [];
  const compilation: Compilation = { options, report: tell, operations: [], connectors: new Set(), spans: new Map() };
  const seen: Stage[] = [];
  // Every variable is resolved once and first, so that its faults are shown where it stands, even when nothing uses it.
  for (const v of pipeline.variables) {
    const value = scope.variable(v, tell);
    if (v.type === 'Secret' && typeof value === 'string' && value !== '') scope.asked.secrets.add(value);
  }

  const compileStage = (stage: Stage, after: readonly string[]): readonly string[] => {
    const base = scope.forStage(stage);
    const { loops, maxConcurrency } = instancesOf(stage.strategy, base.resolver(tell), tell);
    const ids = loops.flatMap((loop) => {
      const inner = loop === undefined ? base : scope.forStage(stage, loop);
      const resolver = inner.resolver(tell);
      const id = loop === undefined ? stage.identifier : `${stage.identifier}_${loop.iteration}`;
      if (stage.ci === undefined) {
        const what =
          stage.template === undefined
            ? `stage of type ${stage.type}`
            : `stage template ${stage.template.templateRef.text}`;
        const message = `stage "${stage.name}" is a ${what}, which Slipway reads but does not run`;
        reportUnsupported(compilation, stage, message, 'leave such stages out with --skip-unsupported');
        return [];
      }
      const infrastructure = infrastructureOf(stage.ci.infrastructure, seen, tell);
      const timeoutMs = resolver.durationMs(stage.timeout);
      const environment: Record<string, Text> = {};
      for (const v of stage.variables) {
        const text = inner.variable(v, tell);
        if (text === undefined) continue;
        if (v.type === 'Secret' && typeof text === 'string') scope.asked.secrets.add(text);
        environment[v.name] = v.type === 'Secret' && typeof text === 'string' ? [{ secret: text }] : text;
      }
      const runner = runnerOf(infrastructure, options);
      const planStage: PlanStage = {
        id,
        name: instanceName(stage, loop, resolver),
        type: stage.type,
        infrastructure,
        runner,
        cloneCodebase: resolver.boolean(stage.ci.cloneCodebase) ?? false,
        sharedPaths: stage.ci.sharedPaths.flatMap((value) => resolver.known(value) ?? []).filter((path) => path !== ''),
        after,
        when: conditionOf([stage], inner.condition, tell),
        failureStrategies: strategiesOf([stage], resolver),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        from: placeOf(stage.at, stage.path),
        ...(maxConcurrency === undefined
          ? {}
          : { concurrency: { group: `stage ${stage.identifier}`, limit: maxConcurrency } }),
        environment,
        notes:
          infrastructure === 'KubernetesDirect' && runner === 'local'
            ? ['written for Kubernetes; runs on this machine']
            : [],
      };
      stages.push(planStage);
      walkSteps(stage, planStage, inner, compilation);
      return [id];
    });
    seen.push(stage);
    return ids;
  };

  const walkStages = (items: readonly StageItem[], after: readonly string[]): readonly string[] => {
    let before = after;
    for (const item of items) {
      const ids =
        item.kind === 'stage'
          ? compileStage(item.stage, before)
          : item.items.flatMap((inner) => walkStages([inner], before));
      if (ids.length > 0) before = ids;
    }
    return before;
  };
  walkStages(pipeline.stages, []);
  const timeoutMs = scope.resolver(tell).durationMs(pipeline.timeout);

  checkPlan(stages, compilation);
  if (hasErrors(found)) return undefined;
  return {
    pipeline: { identifier: pipeline.identifier, name: pipeline.name, file: pipeline.file },
    sequenceId: options.sequenceId,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    stages,
    operations: compilation.operations,
    scope: {},
    secrets: [...scope.asked.secrets].sort(),
    connectors: [...compilation.connectors].sort(),
  };
};
