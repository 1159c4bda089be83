// Scope: which names an expression can use at one place (pipeline, stage, group, step, matrix instance), and a Resolver bound to it.
import type { Report } from '../diagnostics/diagnostic.ts';
import { cycleWords } from './expression/evaluate.ts';
import { fromText, type Known, knownNode, namesOf, type ScopeNode } from './expression/value.ts';
import type { CodebaseFacts, RunFacts } from './facts.ts';
import type { Text } from '../refs/text.ts';
import type { InputValues } from './input.ts';
import type { Pipeline, Stage, Step, StepGroup, Value, Variable } from './model.ts';
import { createResolver, type ResolverOptions } from './resolve.ts';
import { type Decision, resolveCondition } from './resolve-condition.ts';
import type { MissingInput } from './resolve-input.ts';
import type { Resolver } from './resolver.ts';

export interface ScopeOptions {
  readonly pipeline: Pipeline;
  readonly facts: RunFacts;
  readonly inputs: InputValues;
  /** `check`: an input without a value is no fault; it reads as late text. */
  readonly lenientInputs: boolean;
}

/** Values of one instance of a looped node. */
export interface Loop {
  readonly axes: ReadonlyMap<string, Known>;
  readonly item?: Known;
  readonly iteration: number;
  readonly iterations: number;
}

/** Ids of steps whose outputs can be read here, as expressions name them: `build`, `group.steps.build`. */
export type VisibleSteps = ReadonlySet<string>;

export interface Asked {
  /** Every input without a value, each once. */
  readonly missingInputs: MissingInput[];
  readonly secrets: Set<string>;
}

export interface Scope {
  readonly asked: Asked;
  resolver(report: Report): Resolver;
  /** Value of a pipeline variable. Call it for all of them first, so that their faults are reported where they stand. */
  variable(variable: Variable, report: Report): Text | undefined;
  forStage(stage: Stage, loop?: Loop): StageScope;
}

/** A condition: decided, the source of a late one, or undefined after a report. */
export type ReadCondition = (value: Value, report: Report) => Decision;

export interface StepScope {
  resolver(report: Report): Resolver;
  readonly condition: ReadCondition;
  /** Value of a variable of the stage or step group, with its faults. */
  variable(variable: Variable, report: Report): Text | undefined;
}

export interface StageScope extends StepScope {
  forStep(step: Step | StepGroup, visible: VisibleSteps, loop?: Loop, group?: StepGroup): StepScope;
}

const late: ScopeNode = { kind: 'late' };
const text = (value: string | undefined): ScopeNode => knownNode(value ?? null);

const codebaseNode = (facts: CodebaseFacts): ScopeNode => {
  const type = facts.tag === undefined ? 'branch' : 'tag';
  const unknown = [
    'targetBranch',
    'sourceBranch',
    'prNumber',
    'prTitle',
    'pullRequestBody',
    'pullRequestLink',
    'baseCommitSha',
    'mergeSha',
    'gitUserId',
    'gitUserAvatar',
    'state',
  ];
  return namesOf([
    ['branch', text(facts.branch)],
    ['tag', text(facts.tag)],
    ['commitSha', text(facts.commitSha)],
    ['shortCommitSha', text(facts.commitSha?.slice(0, 7))],
    ['commitMessage', text(facts.commitMessage)],
    ['commitRef', text(facts.commitRef)],
    ['repoUrl', text(facts.repoUrl)],
    ['gitUser', text(facts.gitUser)],
    ['gitUserEmail', text(facts.gitUserEmail)],
    [
      'build',
      namesOf([
        ['type', text(type)],
        [
          'spec',
          namesOf([
            ['branch', text(facts.branch)],
            ['tag', text(facts.tag)],
            ['number', text(undefined)],
            ['commitSha', text(facts.commitSha)],
          ]),
        ],
      ]),
    ],
    ...unknown.map((name): [string, ScopeNode] => [name, text(undefined)]),
  ]);
};

const axesNode = ({ axes }: Loop): ScopeNode => namesOf([...axes].map(([name, value]) => [name, knownNode(value)]));

/** Steps as expressions walk them: `steps.group.steps.build.output…`. */
const stepsNode = (visible: VisibleSteps, prefix = ''): ScopeNode => {
  const heads = (): string[] => [
    ...new Set(
      [...visible].filter((id) => id.startsWith(prefix)).map((id) => id.slice(prefix.length).split('.')[0] ?? ''),
    ),
  ];
  return {
    kind: 'names',
    names: heads,
    get: (name) => {
      const id = prefix + name;
      const inner = `${id}.steps.`;
      if ([...visible].some((v) => v.startsWith(inner)))
        return namesOf([
          ['steps', stepsNode(visible, inner)],
          ['output', late],
          ['status', late],
        ]);
      return visible.has(id) ? late : undefined;
    },
  };
};

export const createScope = (options: ScopeOptions): Scope => {
  const { pipeline, facts, inputs, lenientInputs } = options;
  const asked: Asked = { missingInputs: [], secrets: new Set() };

  const optionsFor = (root: () => ScopeNode, place: string, report: Report): ResolverOptions => ({
    root,
    place,
    report,
    inputs,
    lenientInputs,
    asked,
  });
  const resolverFor = (root: () => ScopeNode, place: string, report: Report): Resolver =>
    createResolver(optionsFor(root, place, report));

  /** Variables are evaluated when asked for; one that leads to itself is a fault. */
  const variablesNode = (variables: readonly Variable[], root: () => ScopeNode, place: string): ScopeNode => {
    const memo = new Map<string, ScopeNode>();
    const busy = new Set<string>();
    return {
      kind: 'names',
      names: () => variables.map((v) => v.name),
      get: (name) => {
        const done = memo.get(name);
        if (done !== undefined) return done;
        const variable = variables.find((v) => v.name === name);
        if (variable === undefined) return undefined;
        if (busy.has(name)) return { kind: 'cycle', names: [...busy, name] };
        busy.add(name);
        // Its faults are reported where it stands; here only that it leads to itself matters.
        let leadsToItself = false;
        const resolver = createResolver({
          ...optionsFor(root, `${place}.variables.${name}`, ({ message }) => {
            leadsToItself ||= message.includes(cycleWords);
          }),
          asked: { ...asked, missingInputs: [] },
        });
        const value = resolver.text(variable.value) ?? resolver.text(variable.default);
        busy.delete(name);
        const node: ScopeNode = leadsToItself
          ? { kind: 'cycle', names: [name, name] }
          : fromText(value ?? '', variable.type);
        memo.set(name, node);
        return node;
      },
    };
  };

  const identity = (identifier: string, name: string): [string, ScopeNode][] => [
    ['identifier', text(identifier)],
    ['name', text(name)],
  ];

  const executionUrl = text(`slipway logs ${facts.executionId}`);
  const org = pipeline.orgIdentifier?.text ?? 'default';
  const project = pipeline.projectIdentifier?.text ?? 'default';

  const shared: [string, ScopeNode][] = [
    ['codebase', codebaseNode(facts.codebase)],
    ['trigger', knownNode(null)],
    // Of deployment stages: known there only.
    ...['fileStore', 'artifact', 'artifacts', 'service', 'serviceVariables', 'infra'].map(
      (name): [string, ScopeNode] => [name, late],
    ),
    ['account', namesOf([...identity('local', 'local'), ['companyName', text('local')]])],
    ['org', namesOf(identity(org, org))],
    ['project', namesOf(identity(project, project))],
    [
      'env',
      {
        kind: 'names',
        names: () => Object.keys(facts.environment),
        get: (name) => (Object.hasOwn(facts.environment, name) ? text(facts.environment[name]) : undefined),
      },
    ],
  ];

  const stepIds = new Map<string, Set<string>>();
  const pipelineNode = (root: () => ScopeNode): ScopeNode =>
    namesOf([
      ...identity(pipeline.identifier, pipeline.name),
      ['executionId', text(facts.executionId)],
      ['resumedExecutionId', text(facts.executionId)],
      ['sequenceId', knownNode(facts.sequenceId)],
      ['executionUrl', executionUrl],
      ['executionMode', text('NORMAL')],
      ['startTs', knownNode(facts.startedAt)],
      ['triggerType', text('MANUAL')],
      [
        'triggeredBy',
        namesOf([
          ['name', text(facts.user)],
          ['email', text(facts.codebase.gitUserEmail)],
        ]),
      ],
      ['storeType', text('INLINE')],
      ['repo', text(facts.codebase.repoUrl)],
      ['branch', text(facts.codebase.branch)],
      ['orgIdentifier', text(org)],
      ['projectIdentifier', text(project)],
      ['variables', variablesNode(pipeline.variables, root, 'pipeline')],
      [
        'tags',
        namesOf(Object.entries(pipeline.tags?.entries ?? {}).map(([name, { value }]) => [name, text(value.text)])),
      ],
      ['currentStatus', late],
      ['status', late],
      ['stages', stagesNode(root)],
      ['selectedStages', text('')],
      ['delegateSelectors', text('')],
    ]);

  const stagesIn = (items: Pipeline['stages']): Stage[] =>
    items.flatMap((item) => (item.kind === 'stage' ? [item.stage] : stagesIn(item.items)));
  const stages = stagesIn(pipeline.stages);

  const stagesNode = (root: () => ScopeNode): ScopeNode => {
    // One node of variables for each stage, so that a variable that leads to itself is noticed.
    const variables = new Map<string, ScopeNode>();
    return {
      kind: 'names',
      names: () => stages.map((s) => s.identifier),
      get: (id) => {
        const stage = stages.find((s) => s.identifier === id);
        if (stage === undefined) return undefined;
        const own = variables.get(id) ?? variablesNode(stage.variables, root, `pipeline.stages.${id}`);
        variables.set(id, own);
        return namesOf([
          ...identity(stage.identifier, stage.name),
          ['variables', own],
          ['status', late],
          ['currentStatus', late],
          ['liveStatus', late],
          ['spec', namesOf([['execution', namesOf([['steps', stepsNode(stepIds.get(id) ?? new Set())]])]])],
        ]);
      },
    };
  };

  const loopNames = (loop: Loop | undefined): [string, ScopeNode][] =>
    loop === undefined
      ? []
      : [
          ['matrix', axesNode(loop)],
          ['repeat', namesOf([['item', loop.item === undefined ? undefined : knownNode(loop.item)]])],
          [
            'strategy',
            namesOf([
              ['iteration', knownNode(loop.iteration)],
              ['iterations', knownNode(loop.iterations)],
              ['identifierPostFix', text(`_${loop.iteration}`)],
              ['currentStatus', late],
            ]),
          ],
        ];

  const rootOf = (more: (root: () => ScopeNode) => readonly [string, ScopeNode][]): (() => ScopeNode) => {
    let node: ScopeNode | undefined;
    const root = (): ScopeNode => {
      node ??= namesOf([...shared, ['pipeline', pipelineNode(root)], ...more(root)]);
      return node;
    };
    return root;
  };

  const valueOf = (variable: Variable, root: () => ScopeNode, place: string, report: Report): Text | undefined => {
    const resolver = resolverFor(root, `${place}.variables.${variable.name}`, report);
    return resolver.text(variable.value) ?? resolver.text(variable.default);
  };

  /** `variablesPlace`: where the variables of the node itself stand. */
  const at = (root: () => ScopeNode, place: string, variablesPlace: string): StepScope => ({
    variable: (variable, report) => valueOf(variable, root, variablesPlace, report),
    resolver: (report) => resolverFor(root, place, report),
    condition: (value, report) => resolveCondition(value, optionsFor(root, place, report)),
  });

  const pipelineRoot = rootOf(() => []);
  return {
    asked,
    variable: (variable, report) => valueOf(variable, pipelineRoot, 'pipeline', report),
    resolver: (report) => resolverFor(pipelineRoot, 'pipeline', report),
    forStage: (stage, stageLoop) => {
      const place = `pipeline.stages.${stage.identifier}`;
      const stageNames = (root: () => ScopeNode): [string, ScopeNode][] => [
        [
          'stage',
          namesOf([
            ...identity(stage.identifier, stage.name),
            ['type', text(stage.type)],
            ['description', text('')],
            ['variables', variablesNode(stage.variables, root, place)],
            ['matrix', stageLoop === undefined ? undefined : axesNode(stageLoop)],
            ['currentStatus', late],
            ['executionUrl', executionUrl],
          ]),
        ],
        ...loopNames(stageLoop),
      ];
      const stageRoot = rootOf(stageNames);
      return {
        ...at(stageRoot, place, place),
        forStep: (step, visible, loop, group) => {
          const known = stepIds.get(stage.identifier) ?? new Set<string>();
          for (const id of visible) known.add(id);
          stepIds.set(stage.identifier, known);
          const steps = stepsNode(visible);
          const root = rootOf((self) => [
            ...stageNames(self),
            ['steps', steps],
            ['execution', namesOf([['steps', steps]])],
            [
              'step',
              namesOf([...identity(step.identifier, step.name), ['exitCode', late], ['executionUrl', executionUrl]]),
            ],
            [
              'stepGroup',
              group === undefined
                ? knownNode(null)
                : namesOf([
                    ...identity(group.identifier, group.name),
                    ['variables', variablesNode(group.variables, self, `${place}.${group.identifier}`)],
                    ['steps', stepsNode(visible, `${group.identifier}.steps.`)],
                  ]),
            ],
            ...loopNames(loop ?? stageLoop),
          ]);
          const below = group === undefined ? '' : `.${group.identifier}.steps`;
          return at(root, `${place}.spec.execution.steps${below}.${step.identifier}`, `${place}.${step.identifier}`);
        },
      };
    },
  };
};
