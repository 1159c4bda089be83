import { describe, expect, it } from 'vitest';
import { graph, operationNamed, planText, type PlanTextOptions } from '../../test/plan-text.ts';
import { brief, indent, step, whole } from '../../test/pipeline-text.ts';
import { showText } from '../refs/text.ts';

const run = (id: string, more = ''): string =>
  `- step:\n    type: Run\n    name: ${id}\n    identifier: ${id}\n${indent(more, 4)}\n    spec:\n      command: make ${id}\n      outputVariables: [{name: x}]\n`;
const group = (id: string, steps: string, more = ''): string =>
  `- stepGroup:\n    name: ${id}\n    identifier: ${id}\n${indent(more, 4)}\n    steps:\n${indent(steps, 6)}`;
const parallel = (...items: readonly string[]): string => `- parallel:\n${items.map((i) => indent(i, 4)).join('')}`;
const planSteps = (steps: string, options?: PlanTextOptions) => planText(whole({ steps }), options);
const errors = (
  diagnostics: readonly { readonly severity: string; readonly code: string; readonly message: string }[],
) => diagnostics.filter((d) => d.severity === 'error').map((d) => `${d.code}: ${d.message}`);

describe('order', () => {
  it.each<{ name: string; steps: string; expected: readonly string[] }>([
    { name: 'steps follow each other', steps: run('a') + run('b'), expected: ['s.a', 's.b after s.a'] },
    {
      name: 'parallel steps wait for the same and are waited for together',
      steps: run('a') + parallel(run('b'), run('c')) + run('d'),
      expected: ['s.a', 's.b after s.a', 's.c after s.a', 's.d after s.b, s.c'],
    },
    {
      name: 'a group is entered at its first step and left after its last',
      steps: run('a') + group('g', run('b') + run('c')) + run('d'),
      expected: ['s.a', 's.g.b after s.a', 's.g.c after s.g.b', 's.d after s.g.c'],
    },
    {
      name: 'parallel groups go their own ways',
      steps: parallel(group('g', run('a') + run('b')), run('c')) + run('d'),
      expected: ['s.g.a', 's.g.b after s.g.a', 's.c', 's.d after s.g.b, s.c'],
    },
    {
      name: 'a matrix is one node with many instances',
      steps: run('a', 'strategy: {matrix: {os: [linux, mac], arch: [x, y], exclude: [{os: mac, arch: x}]}}') + run('b'),
      expected: ['s.a_0', 's.a_1', 's.a_2', 's.b after s.a_0, s.a_1, s.a_2'],
    },
    {
      name: 'a looped group repeats its inner order',
      steps: group('g', run('a') + run('b'), 'strategy: {repeat: {items: [p, q]}}') + run('c'),
      expected: ['s.g_0.a', 's.g_0.b after s.g_0.a', 's.g_1.a', 's.g_1.b after s.g_1.a', 's.c after s.g_0.b, s.g_1.b'],
    },
    {
      name: 'a looped group with a limit lets an instance wait for the one whose place it takes',
      steps: group('g', run('a'), 'strategy: {parallelism: 3, maxConcurrency: 1}'),
      expected: ['s.g_0.a', 's.g_1.a after s.g_0.a', 's.g_2.a after s.g_1.a'],
    },
  ])('$name', ({ steps, expected }) => {
    const { plan, diagnostics } = planSteps(steps);
    expect(errors(diagnostics)).toEqual([]);
    expect(graph(plan)).toEqual(expected);
  });

  it('of stages is kept, and parallel stages wait for the same', () => {
    const stage = (id: string): string =>
      `- stage:\n    name: ${id}\n    identifier: ${id}\n    type: CI\n    spec:\n      runtime: {type: Cloud, spec: {}}\n      execution:\n        steps:\n${indent(run('x'), 10)}`;
    const text = `pipeline:\n  name: p\n  identifier: p\n  stages:\n${indent(stage('a') + parallel(stage('b'), stage('c')) + stage('d'), 4)}`;
    const { plan } = planText(text);
    expect(plan?.stages.map((s) => `${s.id}: ${s.after.join(', ')}`)).toEqual(['a: ', 'b: a', 'c: a', 'd: b, c']);
  });
});

describe('loops', () => {
  it('name their instances by nodeName, else by their values', () => {
    const { plan } = planSteps(
      run('a', 'strategy: {matrix: {os: [linux, mac]}}') +
        run('b', 'strategy: {matrix: {os: [linux, mac], nodeName: "on <+matrix.os>"}}') +
        run('c', 'strategy: {parallelism: 2}'),
    );
    expect(plan?.operations.map((o) => o.name)).toEqual(['a (linux)', 'a (mac)', 'on linux', 'on mac', 'c 0', 'c 1']);
  });

  it('carry maxConcurrency from either place, and fill in their values', () => {
    const { plan } = planSteps(
      step(
        'Run',
        'command: echo <+matrix.os> <+strategy.iteration>',
        'strategy: {matrix: {os: [linux, mac], maxConcurrency: 1}}',
      ),
    );
    expect(plan?.operations.map((o) => (o.kind === 'exec' ? showText(o.command) : ''))).toEqual([
      'echo linux 0',
      'echo mac 1',
    ]);
    expect(plan?.operations.map((o) => o.concurrency)).toEqual([
      { group: 's.x', limit: 1 },
      { group: 's.x', limit: 1 },
    ]);
  });

  it('say a fault of all their instances once', () => {
    const { diagnostics } = planSteps(
      step('BuildAndPushDockerRegistry', 'connectorRef: hub\nrepo: o/r\ntags: ["a b"]', 'strategy: {parallelism: 3}'),
    );
    expect(errors(diagnostics)).toHaveLength(1);
  });

  it.each([
    { strategy: '{matrix: {a: [1], exclude: [{a: 1}]}}', says: /no combination left/ },
    { strategy: '{parallelism: 0}', says: /a loop of 0/ },
    { strategy: '{parallelism: 5000}', says: /5000/ },
  ])('$strategy is refused', ({ strategy, says }) => {
    expect(errors(planSteps(run('a', `strategy: ${strategy}`)).diagnostics).join()).toMatch(says);
  });
});

describe('conditions', () => {
  const when = (condition: string, status = 'Success'): string =>
    `when: {stageStatus: ${status}, condition: '${condition}'}`;
  it('are decided when all is known, and left for later when not', () => {
    const { plan } = planSteps(
      run('a') +
        run('yes', when('<+pipeline.sequenceId> == 7')) +
        run('no', when('<+pipeline.sequenceId> == 8')) +
        run('late', when('<+steps.a.output.outputVariables.x> == "1"', 'All')),
    );
    expect(operationNamed(plan, 's.yes').when).toEqual({ status: 'Success', expression: true });
    expect(operationNamed(plan, 's.no')).toMatchObject({
      when: { status: 'Success', expression: false },
      notes: ['its condition is false'],
    });
    expect(operationNamed(plan, 's.late').when).toMatchObject({
      status: 'All',
      expression: { late: expect.any(String) },
    });
  });

  it('and failure strategies come from the nearest level that has any', () => {
    const ignore = 'failureStrategies: [{onFailure: {errors: [AllErrors], action: {type: Ignore}}}]';
    const retry =
      'failureStrategies: [{onFailure: {errors: [Timeout], action: {type: Retry, spec: {retryCount: 3, retryIntervals: [10s, 20s], onRetryFailure: {action: {type: Abort}}}}}}]';
    const { plan } = planSteps(
      group(
        'g',
        run('own', `${when('true', 'Failure')}\n${retry}`) + run('inherits'),
        `${when('true', 'All')}\n${ignore}`,
      ),
    );
    expect(operationNamed(plan, 's.g.own')).toMatchObject({
      when: { status: 'Failure' },
      failureStrategies: [
        {
          errors: ['Timeout'],
          action: { type: 'Retry', retryCount: 3, intervalsMs: [10_000, 20_000], then: 'Abort' },
        },
      ],
    });
    expect(operationNamed(plan, 's.g.inherits')).toMatchObject({
      when: { status: 'All' },
      failureStrategies: [{ errors: ['AllErrors'], action: { type: 'Ignore' } }],
    });
  });

  it('an auto tag that skips the branch leaves the step out and the plan whole', () => {
    const { plan } = planSteps(
      step('Plugin', 'image: plugins/docker\nsettings: {repo: o/r, auto_tag: true, username: u, password: p}'),
      { gitReference: 'refs/heads/dev', defaultBranch: 'main' },
    );
    expect(operationNamed(plan, 's.x')).toMatchObject({ kind: 'build-image', when: { expression: false } });
    expect(operationNamed(plan, 's.x').notes.join()).toMatch(/auto_tag builds git tags and the default branch only/);
  });
});

describe('stages', () => {
  const stage = (id: string, spec: string): string =>
    `- stage:\n    name: ${id}\n    identifier: ${id}\n    type: CI\n    spec:\n${indent(spec, 6)}\n      execution:\n        steps:\n${indent(run('x'), 10)}`;
  const kubernetes = 'infrastructure: {type: KubernetesDirect, spec: {connectorRef: k8s, namespace: ci}}';
  const pipeline = (...stages: readonly string[]): string =>
    `pipeline:\n  name: p\n  identifier: p\n  stages:\n${indent(stages.join(''), 4)}`;

  it('choose their runner by infrastructure, unless the command line does', () => {
    const text = pipeline(stage('a', kubernetes), stage('b', 'infrastructure: {useFromStage: a}'));
    expect(planText(text).plan?.stages.map((s) => `${s.infrastructure} ${s.runner}`)).toEqual([
      'KubernetesDirect kubernetes',
      'KubernetesDirect kubernetes',
    ]);
    const local = planText(text, { runner: 'local' }).plan;
    expect(local?.stages.map((s) => `${s.runner} ${s.notes.join()}`)).toEqual([
      'local written for Kubernetes; runs on this machine',
      'local written for Kubernetes; runs on this machine',
    ]);
  });

  it.each([
    { name: 'missing', text: pipeline(stage('a', 'infrastructure: {useFromStage: z}')) },
    { name: 'later', text: pipeline(stage('a', 'infrastructure: {useFromStage: b}'), stage('b', kubernetes)) },
  ])('may not borrow from a $name stage', ({ text }) => {
    const { plan, diagnostics } = planText(text);
    expect(plan).toBeUndefined();
    expect(errors(diagnostics).join()).toMatch(/plan\/no-such-stage/);
  });

  it('give their variables to their steps, secrets as references', () => {
    const { plan } = planText(
      whole({
        stage:
          'variables:\n  - {name: MODE, type: String, value: fast}\n  - {name: TOKEN, type: Secret, value: account.t}',
      }),
    );
    expect(plan?.stages[0]?.environment).toEqual({ MODE: 'fast', TOKEN: [{ secret: 'account.t' }] });
    expect(plan?.secrets).toEqual(['account.t']);
  });

  it('steer plugins with their variables, and the step has the last word', () => {
    const steps = step('BuildAndPushDockerRegistry', 'connectorRef: hub\nrepo: o/r\ntags: [a]');
    const own = step(
      'BuildAndPushDockerRegistry',
      'connectorRef: hub\nrepo: o/r\ntags: [a]\nenvVariables: {PLUGIN_NO_PUSH: "false"}',
    );
    const variables = 'variables:\n  - {name: PLUGIN_NO_PUSH, type: String, value: "true"}';
    const pushes = (text: string): number => {
      const operation = operationNamed(planText(text).plan, 's.x');
      return operation.kind === 'build-image' ? operation.outputs.push.length : -1;
    };
    expect(pushes(whole({ steps, stage: variables }))).toBe(0);
    expect(pushes(whole({ steps: own, stage: variables }))).toBe(1);
  });
});

it('time-outs of pipeline, stage and step are milliseconds, and empty ones are none', () => {
  const { plan } = planText(
    whole({
      pipeline: 'timeout: 1h',
      stage: 'timeout: 90s',
      steps: run('a', 'timeout: 10m') + run('b', 'timeout: ""'),
    }),
  );
  expect(plan?.timeoutMs).toBe(3_600_000);
  expect(plan?.stages[0]?.timeoutMs).toBe(90_000);
  expect(plan?.operations.map((o) => o.timeoutMs)).toEqual([600_000, undefined]);
});

describe('what Slipway does not run', () => {
  const steps = step('K8sRollingDeploy', 'skipDryRun: false') + run('a');
  it.each([
    { unsupported: 'error' as const, severity: 'error', planned: false },
    { unsupported: 'note' as const, severity: 'note', planned: true },
  ])('is a fault, or $unsupported while only looking', ({ unsupported, severity, planned }) => {
    const { plan, diagnostics } = planSteps(steps, { unsupported });
    expect(plan !== undefined).toBe(planned);
    expect(diagnostics.map(brief).join()).toContain(`${severity} plan/unsupported`);
  });

  it('is left out when that is asked for', () => {
    const { plan, diagnostics } = planSteps(steps, { unsupported: 'skip' });
    expect(errors(diagnostics)).toEqual([]);
    expect(graph(plan)).toEqual(['s.a']);
  });
});

describe('outputs of other steps', () => {
  const reads = (id: string): string => step('Run', `command: echo <+steps.${id}.output.outputVariables.x>`);
  it('are read by later steps', () => {
    const { plan } = planSteps(run('a') + reads('a'));
    expect(operationNamed(plan, 's.x')).toMatchObject({
      command: ['echo ', { expression: 'steps.a.output.outputVariables.x' }],
    });
  });

  it.each([
    { name: 'missing', steps: run('a') + reads('b') },
    { name: 'later', steps: reads('b') + run('b') },
    { name: 'parallel', steps: parallel(reads('b'), run('b')) },
  ])('of a $name step are a fault', ({ steps }) => {
    const { plan, diagnostics } = planSteps(steps);
    expect(plan).toBeUndefined();
    expect(errors(diagnostics).join()).toMatch(/"steps" has no "b"|nothing is/);
  });
});
