// Pipelines as text to plans: order, loops, conditions, choices, warnings. The rooms before this one are the real ones.
import { describe, expect, it } from 'vitest';
import { planText, type PlanTextOptions } from '../../test/plan-text.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { explainPlan, planJson } from './explain.ts';
import { initFiles } from './init.ts';
import { planMermaid } from './mermaid.ts';
import type { Plan } from './operation.ts';

const notHere = 'it is not here';

const plan = (
  text: string,
  options: Partial<PlanTextOptions> = {},
  inputs: Readonly<Record<string, string>> = {},
): {
  readonly plan: Plan | undefined;
  readonly errors: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
} => {
  const result = planText(text, {
    missingBuilders: { 'docker-cli': notHere, buildx: notHere, kaniko: notHere, buildah: notHere },
    connectors: { c: 'r.example' },
    codebase: { branch: 'main', commitSha: 'abcdef1234' },
    inputs,
    ...options,
  });
  return { ...result, errors: result.diagnostics.filter((d) => d.severity === 'error').map((d) => d.code) };
};

const compiled = (
  text: string,
  options: Partial<PlanTextOptions> = {},
  inputs: Readonly<Record<string, string>> = {},
): Plan => {
  const { plan: result, diagnostics } = plan(text, options, inputs);
  if (result === undefined) throw new Error(diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'));
  return result;
};

const ci = (steps: string, more = ''): string => `pipeline:
  name: p
  identifier: p
  variables:
    - { name: v, type: String, value: "1.2" }
    - { name: w, type: String, value: <+input> }
    - { name: token, type: Secret, value: tok }
  stages:
    - stage:
        name: one
        identifier: one
        type: CI
        spec:
          cloneCodebase: true
          runtime: { type: Cloud, spec: {} }
          platform: { os: Linux, arch: Amd64 }
${more}          execution:
            steps:
${steps.replaceAll(/^/gm, '              ')}
`;

const step = (id: string, more = ''): string =>
  `- step: { type: Run, name: ${id}, identifier: ${id}, spec: { command: echo }${more} }`;
const w = { w: 'given' };
const order = (p: Plan): readonly string[] =>
  p.operations.map((o) => `${o.id.slice(4)} after ${o.after.map((a) => a.slice(4)).join('+')}`);

describe('a plan', () => {
  it('has sequences, parallels and groups in their order', () => {
    const text = ci(`${step('a')}
- parallel:
    - ${step('b').slice(2)}
    - stepGroup:
        name: g
        identifier: g
        steps:
          - ${step('c').slice(2)}
          - ${step('d').slice(2)}
${step('e')}`);
    expect(order(compiled(text, {}, w))).toEqual([
      'a after ',
      'b after a',
      'g.c after a',
      'g.d after g.c',
      'e after b+g.d',
    ]);
  });

  it('expands a matrix without what it excludes, limited, with its values in expressions', () => {
    const p = compiled(
      ci(`- step:
    type: BuildAndPushDockerRegistry
    name: build
    identifier: build
    strategy:
      matrix:
        image: [api, web]
        arch: [amd64, arm64]
        exclude: [{ image: web, arch: arm64 }]
        maxConcurrency: 2
    spec: { connectorRef: c, repo: "r.example/<+matrix.image>", tags: ["<+matrix.arch>"] }`),
      {},
      w,
    );
    expect(p.operations.map((o) => (o.kind === 'build-image' ? [o.id, o.tags[0], o.concurrency?.limit] : []))).toEqual([
      ['one.build_0', 'r.example/api:amd64', 2],
      ['one.build_1', 'r.example/api:arm64', 2],
      ['one.build_2', 'r.example/web:amd64', 2],
    ]);
  });

  it('decides conditions that are known and keeps those that are not', () => {
    const p = compiled(
      ci(`${step('a', ', when: { stageStatus: Success, condition: <+codebase.branch> == "main" }')}
${step('b', ', when: { stageStatus: All, condition: <+pipeline.name> == "other" }')}
${step('c', ', when: { stageStatus: Failure, condition: <+steps.a.output.outputVariables.x> == "1" }')}`),
      {},
      w,
    );
    expect(p.operations.map((o) => o.when)).toEqual([
      { status: 'Success', expression: true },
      { status: 'All', expression: false },
      { status: 'Failure', expression: { late: '(steps.a.output.outputVariables.x == "1")' } },
    ]);
  });

  it('holds no secret, keeps late outputs and survives JSON', () => {
    const p = compiled(
      ci(`${step('a')}
- step:
    type: Run
    name: b
    identifier: b
    spec:
      command: echo <+steps.a.output.outputVariables.x>-<+pipeline.variables.v>
      envVariables: { T: <+pipeline.variables.token>, S: 'x<+secrets.getValue("account.s")>' }`),
      {},
      w,
    );
    const b = p.operations[1];
    expect(b?.kind === 'exec' ? [b.command, b.environment] : []).toEqual([
      ['echo ', { expression: 'steps.a.output.outputVariables.x' }, '-1.2'],
      { T: [{ secret: 'tok' }], S: ['x', { secret: 'account.s' }] },
    ]);
    expect(p.secrets).toEqual(['account.s', 'tok']);
    expect(JSON.parse(planJson(p))).toEqual(JSON.parse(JSON.stringify(p)));
  });

  it('leaves a Docker-in-Docker service out when no builder needs it, and keeps it when one does', () => {
    const text =
      ci(`- step: { type: Background, name: dind, identifier: dind, spec: { connectorRef: c, image: "docker:dind", shell: Sh } }
- step: { type: BuildAndPushDockerRegistry, name: b, identifier: b, spec: { connectorRef: c, repo: r.example/a, tags: [x] } }`);
    const needless = (p: Plan): unknown =>
      p.operations.flatMap((o) => (o.kind === 'service' ? [o.needless !== undefined] : []));
    expect(needless(compiled(text, {}, w))).toEqual([true]);
    expect(needless(compiled(text, { missingBuilders: {} }, w))).toEqual([false]);
  });

  it('warns of a push no scan has seen, of a scan without gate and of a source nobody builds', () => {
    const p = compiled(
      ci(`- step: { type: BuildAndPushDockerRegistry, name: b, identifier: b, spec: { connectorRef: c, repo: r.example/a, tags: [x], envVariables: { PLUGIN_NO_PUSH: "true" } } }
- step: { type: BuildAndPushDockerRegistry, name: early, identifier: early, spec: { connectorRef: c, repo: r.example/a, tags: [y], envVariables: { PLUGIN_PUSH_ONLY: "true" } } }
- step: { type: AquaTrivy, name: s, identifier: s, spec: { mode: orchestration, config: default, target: { type: container, detection: auto }, image: { type: local_image } } }
- step: { type: BuildAndPushDockerRegistry, name: late, identifier: late, spec: { connectorRef: c, repo: r.example/a, tags: [x], envVariables: { PLUGIN_PUSH_ONLY: "true" } } }`),
      {},
      w,
    );
    const warnings = Object.fromEntries(
      p.operations.map((o) => [o.step, o.notes.filter((n) => n.startsWith('warning'))]),
    );
    expect(warnings['early']).toEqual([
      'warning: no earlier step builds r.example/a:y; "b" builds r.example/a:x (set PLUGIN_SOURCE_IMAGE to r.example/a:x if that is what you mean)',
      'warning: no scan has seen what this pushes',
    ]);
    expect(warnings['s']?.[0]).toContain('no gate');
    expect(warnings['late']).toEqual([]);
  });

  it.each([
    [
      'a connector nobody defined',
      ci(
        '- step: { type: BuildAndPushDockerRegistry, name: b, identifier: b, spec: { connectorRef: nope, repo: r.example/a, tags: [x] } }',
      ),
      w,
      ['plan/no-connector'],
    ],
    ['an input without a value', ci(step('a')), {}, ['input/missing']],
    [
      'an output of a later step',
      ci(
        `- step: { type: Run, name: a, identifier: a, spec: { command: "<+steps.b.output.outputVariables.x>" } }\n${step('b')}`,
      ),
      w,
      ['expression/unknown-name'],
    ],
    [
      'a step that is not run',
      ci('- step: { type: K8sRollingDeploy, name: k, identifier: k, spec: {} }'),
      w,
      ['plan/unsupported'],
    ],
    [
      'a variable that leads to itself',
      ci(step('a')).replace('value: "1.2"', 'value: <+pipeline.variables.v>'),
      w,
      ['expression/cannot-evaluate'],
    ],
    [
      'a matrix with nothing in it',
      ci(step('a', ', strategy: { matrix: { x: [1], exclude: [{ x: 1 }] } }')),
      w,
      ['plan/bad-strategy'],
    ],
    [
      'a builder that cannot be had',
      ci(
        '- step: { type: BuildAndPushDockerRegistry, name: b, identifier: b, spec: { connectorRef: c, repo: r.example/a, tags: [x] } }',
      ),
      w,
      ['plan/no-builder'],
    ],
  ])('refuses %s', (name, text, inputs, codes) => {
    const options = name.includes('builder') ? { strictBuilder: true } : {};
    expect(plan(text, options, inputs).errors).toEqual(codes);
  });

  it('leaves stages and steps that are not run out when told to', () => {
    const p = compiled(
      ci(`- step: { type: K8sRollingDeploy, name: k, identifier: k, spec: {} }\n${step('a')}`),
      { unsupported: 'skip' },
      w,
    );
    expect(order(p)).toEqual(['a after ']);
  });

  it('keeps every line of its text within 80 columns and its Mermaid labels harmless', () => {
    const p = compiled(
      ci(
        `- step: { type: BuildAndPushDockerRegistry, name: 'b "quoted"] & <b>', identifier: b, spec: { connectorRef: c, repo: r.example/a, tags: [x, y], caching: true } }`,
      ),
      {},
      w,
    );
    for (const line of explainPlan(p).split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(explainPlan(p)).toContain('embedded in place of buildx (caching is on)');
    expect(planMermaid(p)).toContain('"b #34;quoted#34;#93; #38; #60;b#62;"');
  });
});

it('init writes pipelines that compile, for one Dockerfile and for several', () => {
  for (const dockerfiles of [['Dockerfile'], ['api/Dockerfile', 'web/Dockerfile', 'Dockerfile.worker']]) {
    const { pipeline } = initFiles({ dockerfiles, folder: 'My Service', registry: 'localhost:5000' });
    const p = compiled(pipeline, { connectors: { registry: 'localhost:5000' } });
    expect(p.operations.map((o) => (o.kind === 'build-image' ? o.dockerfile : ''))).toEqual(dockerfiles);
  }
});

describe('nothing is passed over in silence:', () => {
  it('an input without a value is asked for where it stands, whoever uses it first', () => {
    const text = ci(step('a')).replace('value: "1.2"', 'value: <+pipeline.variables.w>');
    const { diagnostics } = plan(text);
    expect(diagnostics.filter((d) => d.code === 'input/missing').map((d) => d.path)).toEqual(['variables[1].value']);
  });

  it('so is one of a step group, and faults of its variables are told', () => {
    const text = ci(`- stepGroup:
    name: g
    identifier: g
    variables:
      - { name: v, type: String, value: <+input> }
      - { name: w, type: String, value: <+pipeline.nope> }
    steps:
      - ${step('c').slice(2)}`);
    expect(plan(text, {}, w).errors).toEqual(['input/missing', 'expression/unknown-name']);
    expect(plan(ci(`${step('a')}\n- stepGroup:`), {}, w).errors).toEqual(['yaml/missing-field']);
  });

  it.each(['zsh', 'constructor'])('the shell %s of an expression is refused', (shell) => {
    const run = `- step: { type: Run, name: a, identifier: a, spec: { shell: <+pipeline.variables.w>, command: x } }`;
    expect(plan(ci(run), {}, { w: shell }).errors).toEqual(['steps/bad-shell']);
    expect(plan(ci(run), {}, { w: 'bash' }).errors).toEqual([]);
  });

  it('fields without effect are notes of their step', () => {
    const fields = 'entrypoint: [x], reports: { type: JUnit, spec: { paths: [a] } }';
    const [operation] = compiled(
      ci(
        `- step: { type: Background, name: b, identifier: b, spec: { image: i, connectorRef: c, command: x, ${fields} } }`,
      ),
      {},
      w,
    ).operations;
    expect(operation?.notes).toEqual([
      'entrypoint is for a container, and this step runs without one',
      'reports are not collected',
    ]);
  });
});
