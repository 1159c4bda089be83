import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { needs } from '../../test/needs.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { placeOf, SourceText } from '../diagnostics/source.ts';
import { showText } from '../refs/text.ts';
import { readYaml } from '../yaml/read.ts';
import type { YamlNode } from '../yaml/node.ts';
import { isParseFault, parseExpression } from './expression/parse.ts';
import { segmentsOf } from './expression/segments.ts';
import type { Pipeline, Stage, Step, Value } from './model.ts';
import { readPipelines } from './read.ts';
import { createScope } from './scope.ts';

/** One stage with one Run step; `command` and `when` are the places under test. */
const written = (parts: { variables?: string; command?: string; condition?: string }): string => `pipeline:
  identifier: p
  name: P
  variables:
${parts.variables ?? '    - { name: x, type: String, value: one }'}
  stages:
    - stage:
        identifier: s
        name: S
        type: CI
        spec:
          runtime: { type: Cloud, spec: {} }
          execution:
            steps:
              - step:
                  identifier: t
                  name: T
                  type: Run
                  spec:
                    shell: Sh
                    command: |
                      ${parts.command ?? 'true'}
                  when:
                    stageStatus: Success
                    condition: ${parts.condition ?? "'true'"}
`;

const open = (text: string, inputs: Readonly<Record<string, string>> = {}, branch: string | undefined = 'main') => {
  const diagnostics: Diagnostic[] = [];
  const report = (d: Diagnostic): void => {
    diagnostics.push(d);
  };
  const pipeline: Pipeline | undefined = readPipelines(new SourceText('p.yaml', text), report).pipelines[0];
  const item = pipeline?.stages[0];
  const stage: Stage | undefined = item?.kind === 'stage' ? item.stage : undefined;
  const stepItem = stage?.ci?.steps[0];
  const step: Step | undefined = stepItem?.kind === 'step' ? stepItem.step : undefined;
  if (pipeline === undefined || stage === undefined || step?.type !== 'Run')
    throw new Error(diagnostics.map((d) => d.message).join());
  diagnostics.length = 0;
  const scope = createScope({
    pipeline,
    facts: {
      sequenceId: 7,
      executionId: 'run-1',
      startedAt: 0,
      codebase: branch === undefined ? {} : { branch, commitSha: '0123456789abcdef' },
      environment: { HOME: '/home/me' },
    },
    inputs: { values: new Map(Object.entries(inputs)), used: new Set() },
    lenientInputs: false,
  });
  const bound = scope.forStage(stage).forStep(step, new Set(['earlier', 'group.steps.inner']));
  const value = (v: Value | undefined): string | undefined => {
    const resolved = bound.resolver(report).text(v);
    return resolved === undefined ? undefined : showText(resolved).trimEnd();
  };
  return {
    scope,
    command: value(step.spec.command),
    condition: step.when?.condition === undefined ? undefined : bound.condition(step.when.condition, report),
    seen: diagnostics.map(
      (d) => `${d.severity} ${d.code} ${d.at === undefined ? '' : placeOf(d.at).line} ${d.message}`,
    ),
    columns: diagnostics.map((d) => (d.at === undefined ? 0 : placeOf(d.at).column)),
  };
};

describe('a text', () => {
  it.each([
    ['v.<+pipeline.sequenceId>', 'v.7'],
    ['<+pipeline.variables.x>-<+stage.identifier>-<+step.name>', 'one-s-T'],
    ['<+codebase.branch>@<+codebase.shortCommitSha>', 'main@0123456'],
    ['<+codebase.build.type>', 'branch'],
    ['<+secrets.getValue("account.k")>', '<+secrets.getValue("account.k")>'],
    ['<+steps.earlier.output.outputVariables.v>', '<+steps.earlier.output.outputVariables.v>'],
    [
      '<+execution.steps.group.steps.inner.output.outputVariables.v>',
      '<+execution.steps.group.steps.inner.output.outputVariables.v>',
    ],
    ['<+env.HOME>', '/home/me'],
    ['no <+ trigger.prNumber == null ? "pr" : "x" >', 'no pr'],
  ])('%s becomes %s', (command, expected) => {
    const { command: resolved, seen } = open(written({ command }));
    expect(seen).toEqual([]);
    expect(resolved).toBe(expected);
  });

  it.each([
    ['<+pipeline.variables.y>', 'error expression/unknown-name 22', 'has no "y"'],
    ['<+steps.later.output.outputVariables.v>', 'error expression/unknown-name 22', '"steps" has no "later"'],
    ['<+matrix.image>', 'error expression/unknown-name 22', 'nothing is called "matrix"'],
    ['<+pipeline.name', 'error expression/syntax 22', 'never closed'],
    ['v-<+codebase.tag>', 'warning expression/cannot-evaluate 22', 'has no value on this run'],
    ['<+trigger.payload.ref>', 'warning expression/cannot-evaluate 22', 'has no value on this run'],
    ['<+env.NOPE>', 'error expression/unknown-name 22', 'has no "NOPE"'],
    ['<+pipeline.constructor>', 'error expression/unknown-name 22', 'has no "constructor"'],
    ['<+pipeline.variables["__proto__"]>', 'error expression/unknown-name 22', 'has no "__proto__"'],
  ])('%s is reported at its place', (command, start, words) => {
    const { seen } = open(written({ command }));
    expect(seen).toHaveLength(1);
    expect(seen[0]?.startsWith(start)).toBe(true);
    expect(seen[0]).toContain(words);
  });

  it('points at the name inside of a block of several lines', () => {
    const { columns, seen } = open(written({ command: 'echo 1\n                      echo <+pipeline.nam>' }));
    expect(seen[0]).toContain('error expression/unknown-name 23');
    expect(columns).toEqual([39]);
  });
});

describe('variables', () => {
  it('may use each other, and hold secrets', () => {
    const variables = `    - { name: a, type: String, value: <+pipeline.variables.b>! }
    - { name: b, type: String, value: b }
    - { name: k, type: Secret, value: account.key }`;
    const { command, seen, scope } = open(
      written({ variables, command: '<+pipeline.variables.a> <+pipeline.variables.k>' }),
    );
    expect(seen).toEqual([]);
    expect(command).toBe('b! <+secrets.getValue("account.key")>');
    expect([...scope.asked.secrets]).toEqual(['account.key']);
  });

  it.each([
    ['another one', '<+pipeline.variables.b>', '<+pipeline.variables.a>'],
    ['the stage of their own name', '<+pipeline.stages.s.variables.c>', 'b'],
    ['themselves', '<+pipeline.variables.a>', 'b'],
    ['a part of a text', 'x-<+pipeline.variables.b>-y', 'z<+pipeline.variables.a>'],
  ])('that lead to themselves by %s are refused at their place', (_, a, b) => {
    const text = written({
      variables: `    - { name: a, type: String, value: '${a}' }\n    - { name: b, type: String, value: '${b}' }`,
    }).replace(
      '        type: CI\n',
      `        type: CI\n        variables:\n          - { name: c, type: String, value: '<+pipeline.stages.s.variables.c>' }\n`,
    );
    const diagnostics: Diagnostic[] = [];
    const [pipeline] = readPipelines(new SourceText('p.yaml', text), () => {}).pipelines;
    if (pipeline === undefined) throw new Error('no pipeline');
    const scope = createScope({
      pipeline,
      facts: { sequenceId: 1, executionId: 'r', startedAt: 0, codebase: {}, environment: {} },
      inputs: { values: new Map(), used: new Set() },
      lenientInputs: false,
    });
    for (const variable of pipeline.variables) scope.variable(variable, (d) => diagnostics.push(d));
    expect(diagnostics[0]?.message).toContain('leads to itself');
    expect(diagnostics[0]?.at === undefined ? 0 : placeOf(diagnostics[0].at).line).toBe(5);
  });
});

describe('inputs', () => {
  it.each([
    ['<+input>', { command: 'make' }, 'make'],
    ['<+input>.default(test)', {}, 'test'],
    ['<+input>.default(a).allowedValues(a,b)', { command: 'b' }, 'b'],
    ["<+input>.default(\\'a,b\\')", {}, 'a,b'],
    ['<+input>.selectManyFrom(a,b,c)', { command: 'a,c' }, 'a,c'],
    ['<+input>.regex(^v[0-9]+$)', { command: 'v12' }, 'v12'],
    ['<+input>.executionInput()', { 'pipeline.stages.s.spec.execution.steps.t.spec.command': 'x' }, 'x'],
  ])('%s with %j is %s', (command, inputs, expected) => {
    const { command: resolved, seen } = open(written({ command }), { ...inputs });
    expect(seen).toEqual([]);
    expect(resolved).toBe(expected);
  });

  it.each([
    ['<+input>', {}, 'error input/missing'],
    ['<+input>.allowedValues(a,b)', { command: 'c' }, 'error input/not-allowed'],
    ['<+input>.selectManyFrom(a,b)', { command: 'a,c' }, 'error input/not-allowed'],
    ['<+input>.regex(^v[0-9]+$)', { command: 'v1x' }, 'error input/not-allowed'],
  ])('%s with %j is refused', (command, inputs, expected) => {
    const { seen } = open(written({ command }), { ...inputs });
    expect(seen.map((s) => s.slice(0, expected.length))).toEqual([expected]);
  });

  it('that are missing are all listed, each once', () => {
    const { scope } = open(written({ command: '<+input>', condition: '<+input>' }));
    expect(scope.asked.missingInputs.map((m) => m.name)).toEqual([
      'pipeline.stages.s.spec.execution.steps.t.spec.command',
      'pipeline.stages.s.spec.execution.steps.t.when.condition',
    ]);
  });
});

describe('a condition', () => {
  it.each([
    [`<+codebase.build.type> == "branch"`, true],
    [`<+codebase.build.type>=="tag"`, false],
    [`<+codebase.build.type == "branch">`, true],
    [`'<+codebase.build.type> == "tag" || <+codebase.branch> =^ "ma"'`, true],
    [`(<+trigger.event> != "PR")`, true],
    [`<+trigger.tag> == null && <+trigger.count> > 3`, false],
    [`<+pipeline.variables.x>`, true],
    [`'!<+pipeline.variables.x>'`, false],
    [`<+steps.earlier.status> == "SUCCESS"`, { late: '(steps.earlier.status == "SUCCESS")' }],
    [`<+codebase.build.type> == "tag" && <+steps.earlier.status> == "x"`, false],
  ])('%s is %j', (condition, expected) => {
    const { condition: decided, seen } = open(written({ condition }));
    expect(seen).toEqual([]);
    expect(decided).toEqual(expected);
  });

  it.each([
    ['<+input>', { condition: '<+codebase.branch> == "main"' }, true],
    ['<+input>', { condition: 'false' }, false],
    ['<+input>.default(false)', {}, false],
    ['<+input> == "prod"', { 'when.condition': 'prod' }, true],
    ['<+input>.allowedValues(a,b) == "a"', { condition: 'b' }, false],
    ['<+input> == "x"', { condition: '"x" || "x" == "x' }, false],
  ])('%s with the input %j is %j', (condition, inputs, expected) => {
    const { condition: decided, seen } = open(written({ condition }), { ...inputs });
    expect(seen).toEqual([]);
    expect(decided).toBe(expected);
  });

  it.each([
    ['<+codebase.build.type> == "tag" || "branch"', 'warning expression/always-true', true],
    [
      '<+codebase.build.type> == "tag" || "branch" || <+codebase.branch> == "x"',
      'warning expression/always-true',
      true,
    ],
    ['if <+codebase.branch> == "main"', 'error expression/syntax', undefined],
    ['<+codebase.branch> = "main"', 'error expression/syntax', undefined],
    ['<+secrets.getValue("k")>', 'error expression/cannot-evaluate', undefined],
    ['<+codebase.brunch> == "main"', 'error expression/unknown-name', undefined],
  ])('%s is said to be wrong', (condition, said, expected) => {
    const { condition: decided, seen } = open(written({ condition }));
    expect(seen.map((s) => s.slice(0, said.length))).toEqual([said]);
    expect(decided).toBe(expected);
  });
});

const corpus = join(import.meta.dirname, '../../../shared/corpus');
const files = ['seed', 'pipelines'].flatMap((folder) =>
  existsSync(join(corpus, folder))
    ? readdirSync(join(corpus, folder))
        .filter((name) => name.endsWith('.yaml'))
        .map((name) => join(folder, name))
    : [],
);

needs([], files.length === 0 ? ['the shared corpus'] : [])('expressions that people wrote', () => {
  it('are all read', () => {
    const faults: string[] = [];
    let count = 0;
    for (const file of files) {
      const stack: YamlNode[] = readYaml(
        new SourceText(file, readFileSync(join(corpus, file), 'utf8')),
        () => {},
      ).flatMap(({ root }) => (root === undefined ? [] : [root]));
      for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
        if (node.kind === 'list') stack.push(...node.items);
        else if (node.kind === 'map') stack.push(...node.entries.map((e) => e.value));
        else
          for (const segment of segmentsOf(node.text)) {
            if (segment.kind === 'text') continue;
            count += 1;
            if (segment.kind === 'open') faults.push(`${file}: open`);
            else if (segment.kind === 'expression') {
              const ast = parseExpression(segment.text);
              if (isParseFault(ast)) faults.push(`${file}: <+${segment.text}>: ${ast.problem}`);
            }
          }
      }
    }
    expect(count).toBeGreaterThan(600);
    expect(faults).toEqual([]);
  });
});
