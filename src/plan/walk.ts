// The steps of a stage in their order: sequence, parallel, groups, loops.
import { familyFor, selectBuilder } from '../contract/select-builder.ts';
import { placeOf } from '../diagnostics/source.ts';
import type { Stage, Step, StepGroup, StepItem } from '../pipeline/model.ts';
import type { Loop, StageScope, StepScope } from '../pipeline/scope.ts';
import { showText } from '../refs/text.ts';
import type { Compilation } from './compile.ts';
import { instanceName, instancesOf } from './loops.ts';
import { needlessDind } from './needless.ts';
import type { Operation, OperationBase, PlanStage } from './operation.ts';
import { conditionOf, strategiesOf } from './rules.ts';
import type { StepSurroundings } from './step-kind.ts';
import { reportUnsupported } from './unsupported.ts';

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
  const kubernetes = planStage.infrastructure === 'KubernetesDirect';

  const surroundings = (step: StepScope): StepSurroundings => ({
    resolver: step.resolver(report),
    report,
    choose: (question, of) => {
      const answer = selectBuilder({
        ...question,
        kubernetes,
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
    familyOf: (caching) => familyFor({ caching, kubernetes, flags: options.flags }),
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
      const { isDind, skip, ...part } = result;
      if (part.kind === 'unsupported') {
        if (options.unsupported === 'skip') return [];
        const message = `step "${step.name}" (${part.stepType}) is read but not run by Slipway`;
        const hint = part.notes[0] ?? 'leave such steps out with --skip-unsupported';
        reportUnsupported(compilation, step, message, hint);
      }
      const levels = [step, ...at.groups.toReversed()];
      const condition = conditionOf(levels, own.condition, report);
      const whyLeftOut = skip !== undefined ? [skip] : condition.expression === false ? ['its condition is false'] : [];
      const timeoutMs = around.resolver.durationMs(step.timeout);
      const base: OperationBase = {
        id,
        step: identifier,
        name: instanceName(step, loop, around.resolver),
        stage: planStage.id,
        after: at.after,
        from: placeOf(step.at, step.path),
        when: skip === undefined ? condition : { ...condition, expression: false },
        failureStrategies: strategiesOf(levels, around.resolver),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        ...(maxConcurrency === undefined
          ? {}
          : { concurrency: { group: `${planStage.id}.${step.identifier}`, limit: maxConcurrency } }),
        notes: [],
      };
      const operation: Operation = { ...base, ...part, notes: [...part.notes, ...whyLeftOut] };
      compilation.spans.set(id, step.at);
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
      const message = `step group "${group.name}" is the template ${showText(group.template.templateRef.text)}, which is not here`;
      reportUnsupported(compilation, group, message, 'leave it out with --skip-unsupported');
      return { ids: [], names: [] };
    }
    const { loops, maxConcurrency } = instancesOf(group.strategy, bare.resolver(report), report);
    const done: Done[] = [];
    loops.forEach((loop, n) => {
      const own = scope.forStep(group, at.visible, loop ?? at.loop, group);
      for (const variable of group.variables) own.variable(variable, report);
      const identifier = loop === undefined ? group.identifier : `${group.identifier}_${loop.iteration}`;
      // At most so many instances at once: each waits for the one whose place it takes.
      const place = maxConcurrency === undefined ? undefined : done[n - maxConcurrency];
      const instance = walk(group.steps, {
        ...at,
        after: place === undefined || place.ids.length === 0 ? at.after : place.ids,
        groups: [...at.groups, group],
        loop: loop ?? at.loop,
        idPrefix: `${at.idPrefix}${identifier}.`,
        namePrefix: `${at.namePrefix}${identifier}.steps.`,
      });
      done.push(instance);
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
    let after = start.after;
    let visible = start.visible;
    const names: string[] = [];
    for (const item of items) {
      const done = compileItem(item, { ...start, after, visible });
      names.push(...done.names);
      if (done.ids.length > 0) after = done.ids;
      visible = new Set([...visible, ...done.names]);
    }
    return { ids: after === start.after ? [] : after, names };
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
