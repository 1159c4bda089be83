// The steps of a stage in their order: sequence, parallel, groups, loops.
import { selectBuilder } from '../contract/select-builder.ts';
import { placeOf } from '../diagnostics/source.ts';
import type { Stage, Step, StepGroup, StepItem } from '../pipeline/model.ts';
import type { Loop, StageScope, StepScope } from '../pipeline/scope.ts';
import { showText } from '../refs/text.ts';
import type { Compilation } from './compile.ts';
import { instancesOf } from './loops.ts';
import { needlessDind } from './needless.ts';
import type { Operation, OperationBase, PlanStage } from './operation.ts';
import { conditionOf, strategiesOf } from './rules.ts';
import type { StepSurroundings } from './step-kind.ts';

interface Position {
  readonly after: readonly string[];
  /** Steps whose outputs can be read here, as expressions name them. */
  readonly visible: ReadonlySet<string>;
  readonly groups: readonly StepGroup[];
  readonly loop: Loop | undefined;
  /** `group.` in front of ids. */
  readonly idPrefix: string;
  /** `group.steps.` in front of names in expressions. */
  readonly namePrefix: string;
}

interface Done {
  readonly ids: readonly string[];
  readonly names: readonly string[];
}

export const walkSteps = (stage: Stage, planStage: PlanStage, scope: StageScope, compilation: Compilation): void => {
  const { options, report, operations } = compilation;

  const surroundings = (step: StepScope): StepSurroundings => ({
    resolver: step.resolver(report),
    report,
    choose: (question, of) => {
      const answer = selectBuilder({
        ...question,
        kubernetes: planStage.infrastructure === 'KubernetesDirect',
        flags: options.flags,
        ...(options.builder === undefined ? {} : { requested: options.builder }),
        strict: options.strictBuilder,
        missing: options.missingBuilders,
      });
      if ('name' in answer) return answer;
      report({
        code: 'plan/no-builder',
        severity: 'error',
        message: answer.problem,
        at: of.at,
        path: of.path,
        hint: answer.hint,
      });
      return undefined;
    },
    connector: (reference, of) => {
      compilation.connectors.add(reference);
      if (options.connectors.find(reference) !== undefined) return;
      const severity = options.lenient ? 'warning' : 'error';
      report({
        code: 'plan/no-connector',
        severity,
        message: `step "${of.name}" uses the connector "${reference}", which is not defined`,
        at: of.at,
        path: of.path,
        hint: options.connectors.hintFor(reference),
      });
    },
    registryOf: (reference) => options.connectors.find(reference)?.registry,
    stageEnvironment: planStage.environment,
    sharedPaths: planStage.sharedPaths,
    ...(options.tagsFile === undefined ? {} : { tagsFile: options.tagsFile }),
    ...(options.gitReference === undefined ? {} : { gitReference: options.gitReference }),
    ...(options.defaultBranch === undefined ? {} : { defaultBranch: options.defaultBranch }),
    ...(options.commitSha === undefined ? {} : { commitSha: options.commitSha }),
    ...(options.repoUrl === undefined ? {} : { repoUrl: options.repoUrl }),
    placeholders: options.lenient ? 'warning' : 'error',
  });

  const compileStep = (step: Step, at: Position): Done => {
    const group = at.groups.at(-1);
    const bare = scope.forStep(step, at.visible, at.loop, group);
    const { loops, maxConcurrency } = instancesOf(step.strategy, bare.resolver(report), report);
    const done = loops.flatMap((loop): { id: string; name: string }[] => {
      const own = loop === undefined ? bare : scope.forStep(step, at.visible, loop, group);
      const around = surroundings(own);
      const identifier = loop === undefined ? step.identifier : `${step.identifier}_${loop.iteration}`;
      const id = `${planStage.id}.${at.idPrefix}${identifier}`;
      const result = options.operationOf(step, around);
      if (result === undefined) return [{ id: '', name: `${at.namePrefix}${identifier}` }];
      const { isDind, ...part } = result;
      if (part.kind === 'unsupported') {
        if (options.unsupported === 'skip') return [];
        report({
          code: 'plan/unsupported',
          severity: options.unsupported === 'error' ? 'error' : 'note',
          message: `step "${step.name}" (${part.stepType}) is read but not run by Slipway`,
          at: step.at,
          path: step.path,
          hint: part.notes[0] ?? 'leave such steps out with --skip-unsupported',
        });
      }
      const levels = [step, ...at.groups.toReversed()];
      const timeoutMs = around.resolver.durationMs(step.timeout);
      const suffix =
        loop === undefined
          ? ''
          : loop.axes.size > 0
            ? ` (${[...loop.axes.values()].map((v) => (typeof v === 'object' ? '…' : String(v))).join(', ')})`
            : ` ${loop.iteration}`;
      const base: OperationBase = {
        id,
        step: identifier,
        name: `${step.name}${suffix}`,
        stage: planStage.id,
        after: at.after,
        from: placeOf(step.at, step.path),
        when: conditionOf(levels, own.condition, report),
        failureStrategies: strategiesOf(levels, around.resolver),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        ...(maxConcurrency === undefined
          ? {}
          : { concurrency: { group: `${planStage.id}.${step.identifier}`, limit: maxConcurrency } }),
        notes: [],
      };
      const operation: Operation = { ...base, ...part };
      operations.push(
        isDind === true && operation.kind === 'service' ? { ...operation, needless: needlessDind } : operation,
      );
      return [{ id, name: `${at.namePrefix}${identifier}` }];
    });
    return { ids: done.map((d) => d.id).filter((id) => id !== ''), names: done.map((d) => d.name) };
  };

  const compileGroup = (group: StepGroup, at: Position): Done => {
    const bare = scope.forStep(group, at.visible, at.loop, at.groups.at(-1));
    if (group.template !== undefined) {
      if (options.unsupported !== 'skip')
        report({
          code: 'plan/unsupported',
          severity: options.unsupported === 'error' ? 'error' : 'note',
          message: `step group "${group.name}" is the template ${showText(group.template.templateRef.text)}, which is not here`,
          at: group.at,
          path: group.path,
          hint: 'leave it out with --skip-unsupported',
        });
      return { ids: [], names: [] };
    }
    const { loops } = instancesOf(group.strategy, bare.resolver(report), report);
    const done = loops.map((loop) => {
      const identifier = loop === undefined ? group.identifier : `${group.identifier}_${loop.iteration}`;
      return walk(group.steps, {
        ...at,
        groups: [...at.groups, group],
        loop: loop ?? at.loop,
        idPrefix: `${at.idPrefix}${identifier}.`,
        namePrefix: `${at.namePrefix}${identifier}.steps.`,
      });
    });
    return { ids: done.flatMap((d) => d.ids), names: done.flatMap((d) => d.names) };
  };

  const compileItem = (item: StepItem, at: Position): Done => {
    switch (item.kind) {
      case 'step':
        return compileStep(item.step, at);
      case 'group':
        return compileGroup(item.group, at);
      case 'parallel': {
        const done = item.items.map((inner) => compileItem(inner, at));
        return { ids: done.flatMap((d) => d.ids), names: done.flatMap((d) => d.names) };
      }
      default:
        return item satisfies never;
    }
  };

  /** Gives the ids that the next item waits for, and every name below. */
  const walk = (items: readonly StepItem[], start: Position): Done => {
    let at = start;
    const names: string[] = [];
    for (const item of items) {
      const done = compileItem(item, at);
      names.push(...done.names);
      at = {
        ...at,
        after: done.ids.length > 0 ? done.ids : at.after,
        visible: new Set([...at.visible, ...done.names]),
      };
    }
    return { ids: at.after === start.after ? [] : at.after, names };
  };

  if (stage.ci === undefined) return;
  walk([...stage.ci.services, ...stage.ci.steps], {
    after: [],
    visible: new Set(),
    groups: [],
    loop: undefined,
    idPrefix: '',
    namePrefix: '',
  });
};
