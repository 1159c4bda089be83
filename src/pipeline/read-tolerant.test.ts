import { describe, expect, it } from 'vitest';
import { brief, indent, readText, run, step, whole, words } from '../../test/pipeline-text.ts';
import { inOrder } from '../diagnostics/order.ts';

describe('a part of a pipeline is read with a note', () => {
  const stage = `stage:\n  name: S\n  identifier: s\n  type: CI\n  spec:\n    runtime: {type: Cloud, spec: {}}\n    platform: {os: Linux}\n    execution:\n      steps:\n${indent(run('a'), 8)}`;
  it.each([
    { name: 'a list of steps', text: run('a') + run('b'), words: 'CI ci: Run a, Run b' },
    {
      name: 'a list of steps with a parallel list',
      text: `- parallel:\n${indent(run('a') + run('b'), 4)}`,
      words: 'CI ci: [Run a, Run b]',
    },
    { name: 'one step', text: run('a').slice(2).replaceAll('\n  ', '\n'), words: 'CI ci: Run a' },
    {
      name: 'the body of a step',
      text: 'type: Run\nname: a\nidentifier: a\nspec:\n  command: make\n',
      words: 'CI ci: Run a',
    },
    { name: '`stages:`', text: `stages:\n${indent(`- ${indent(stage, 2).trimStart()}`, 2)}`, words: 'CI s: Run a' },
    {
      name: 'the body of a pipeline',
      text: `name: P\nidentifier: p\nstages:\n${indent(`- ${indent(stage, 2).trimStart()}`, 2)}`,
      words: 'CI s: Run a',
    },
    { name: '`stage:`', text: stage, words: 'CI s: Run a' },
    { name: '`stage:` indented by one blank', text: ` ${stage}`, words: 'CI s: Run a' },
    { name: 'a list of stages', text: `- ${indent(stage, 2).trimStart()}`, words: 'CI s: Run a' },
    {
      name: 'the body of a stage',
      text:
        'type: CI\nname: S\nidentifier: s\nspec:\n  runtime: {type: Cloud}\n  platform: {os: Linux}\n  execution:\n    steps:\n' +
        indent(run('a'), 6),
      words: 'CI s: Run a',
    },
    {
      name: 'the body of a template',
      text:
        'spec:\n  type: CI\n  spec:\n    runtime: {type: Cloud}\n    platform: {os: Linux}\n    execution:\n      steps:\n' +
        indent(run('a'), 8),
      words: 'CI ci: Run a',
    },
    {
      name: 'the spec of a stage',
      text: `runtime: {type: Cloud, spec: {}}\nexecution:\n  steps:\n${indent(run('a'), 4)}`,
      words: 'CI ci: Run a',
    },
    { name: '`steps:`', text: `steps:\n${indent(run('a'), 2)}`, words: 'CI ci: Run a' },
  ])('$name', ({ text, words: wanted }) => {
    const { pipelines, diagnostics } = readText(text);
    expect(words(pipelines[0])).toBe(wanted);
    expect(diagnostics.map((d) => d.code)).toContain('pipeline/fragment');
    expect(diagnostics.filter((d) => d.severity !== 'note')).toEqual([]);
  });

  it('and is called as its file', () => {
    const [pipeline] = readText(run('a'), 'deploy/01-build app.step.yaml').pipelines;
    expect(pipeline).toMatchObject({ identifier: '_01_build_app', name: '01-build app' });
  });
});

describe('a sloppy form is read', () => {
  it.each([
    {
      name: 'steps directly under execution',
      text: whole({}).replace('            steps:\n', ''),
      faults: ['14 warning pipeline/execution-list'],
      words: 'CI s: Run a',
    },
    {
      name: 'contextType beside a step',
      text: whole({ steps: `${run('a')}  contextType: Pipeline\n` }),
      faults: ['22 note pipeline/editor-residue'],
      words: 'CI s: Run a',
    },
    {
      name: 'a stage item without `stage:`',
      text:
        'pipeline:\n  name: P\n  identifier: p\n  stages:\n    - name: S\n      identifier: s\n      type: CI\n      spec:\n        runtime: {type: Cloud}\n        platform: {os: Linux}\n        execution:\n          steps:\n' +
        indent(run('a'), 12),
      faults: ['5 warning pipeline/bare-item'],
      words: 'CI s: Run a',
    },
    {
      name: 'a step item without `step:`',
      text: whole({ steps: '- type: Run\n  name: a\n  identifier: a\n  spec: {command: make}\n' }),
      faults: ['16 warning pipeline/bare-item'],
      words: 'CI s: Run a',
    },
    {
      name: 'an empty list item',
      text: whole({ steps: `-\n${run('a')}` }),
      faults: ['16 warning pipeline/empty-item'],
      words: 'CI s: Run a',
    },
    {
      name: 'when without status',
      text: whole({ steps: step('Run', 'command: make', 'when:\n  condition: <+a> == "b"') }),
      faults: [],
      words: 'Run x',
    },
    {
      name: 'other capitals of enumerated values',
      text: whole({
        spec: 'runtime: {type: cloud, spec: {}}\nplatform: {os: linux, arch: AMD64}',
        steps: step('Run', 'command: make\nshell: bash'),
      }),
      faults: [
        '12 warning pipeline/old-infrastructure',
        '13 warning yaml/choice-spelling',
        '13 warning yaml/choice-spelling',
        '23 warning yaml/choice-spelling',
      ],
      words: 'Run x',
    },
    {
      name: 'other capitals of a step type',
      text: whole({ steps: step('run', 'command: make') }),
      faults: ['17 warning yaml/choice-spelling'],
      words: 'Run x',
    },
    {
      name: 'an empty timeout',
      text: whole({ steps: step('Run', 'command: make', 'timeout: ""') }),
      faults: [],
      words: 'Run x',
    },
    {
      name: 'exclude: null',
      text: whole({ steps: step('Run', 'command: make', 'strategy:\n  matrix:\n    a: [1, 2]\n    exclude: null') }),
      faults: [],
      words: 'Run x',
    },
    {
      name: 'an empty shared path',
      text: whole({ spec: 'runtime: {type: Cloud}\nplatform: {os: Linux}\nsharedPaths:\n  - /var/run\n  -' }),
      faults: [],
      words: 'Run a',
    },
    {
      name: 'one text in place of a list',
      text: whole({ steps: step('BuildAndPushDockerRegistry', 'connectorRef: hub\nrepo: a\ntags: latest') }),
      faults: [],
      words: 'BuildAndPushDockerRegistry x',
    },
    {
      name: 'numbers and booleans in a map of text',
      text: whole({ steps: step('Run', 'command: make\nenvVariables: {A: true, B: 8080}') }),
      faults: [],
      words: 'Run x',
    },
    {
      name: 'text that other readers change',
      text: whole({ steps: step('Run', 'command: make\nenvVariables: {A: 010}') }),
      faults: ['23 warning yaml/changed-by-yaml'],
      words: 'Run x',
    },
    {
      name: 'an identifier with a hyphen',
      text: whole({ steps: run('a-b') }),
      faults: ['19 warning pipeline/odd-identifier'],
      words: 'Run a-b',
    },
    {
      name: 'a missing identifier',
      text: whole({ steps: '- step:\n    type: Run\n    name: Go test!\n    spec: {command: make}\n' }),
      faults: ['18 warning pipeline/no-identifier'],
      words: 'Run Go_test_',
    },
    {
      name: 'two missing identifiers and names',
      text: whole({ steps: '- step:\n    type: Run\n    spec: {command: a}\n'.repeat(2) }),
      faults: ['16 warning pipeline/no-identifier', '19 warning pipeline/no-identifier'],
      words: 'Run Run, Run Run_2',
    },
    {
      name: 'a name with punctuation',
      text: whole({ steps: run('a').replace('name: a', 'name: "Build & push (all)"') }),
      faults: [],
      words: 'Run a',
    },
    {
      name: 'tags of a pipeline as a list',
      text: whole({ pipeline: 'tags: [a, b]' }),
      faults: ['4 warning pipeline/tag-list'],
      words: 'Run a',
    },
    {
      name: 'no infrastructure',
      text: whole({ spec: 'cloneCodebase: true' }),
      faults: ['11 note pipeline/no-infrastructure'],
      words: 'Run a',
    },
    {
      name: 'a runtime without platform',
      text: whole({ spec: 'runtime: {type: Cloud}' }),
      faults: ['12 note pipeline/no-platform'],
      words: 'Run a',
    },
    {
      name: 'HostedVm',
      text: whole({ spec: 'infrastructure: {type: HostedVm, spec: {identifier: x}}' }),
      faults: ['12 warning pipeline/old-infrastructure'],
      words: 'Run a',
    },
    {
      name: 'Kubernetes-direct',
      text: whole({ spec: 'infrastructure: {type: Kubernetes-direct, spec: {connectorRef: x}}' }),
      faults: ['12 warning pipeline/old-infrastructure'],
      words: 'Run a',
    },
    {
      name: 'envVariables of a Plugin',
      text: whole({ steps: step('Plugin', 'image: a\nenvVariables: {A: b}') }),
      faults: [],
      words: 'Plugin x',
    },
    {
      name: 'a template in place of a step',
      text: whole({
        steps: '- step:\n    name: t\n    identifier: t\n    template: {templateRef: account.x, versionLabel: v1}\n',
      }),
      faults: [],
      words: 'other t',
    },
    {
      name: 'a stage that cannot run here',
      text: 'pipeline:\n  name: P\n  identifier: p\n  stages:\n    - stage: {name: D, identifier: d, type: Deployment, spec: {anything: [1]}}\n',
      faults: ['5 note pipeline/opaque-stage'],
      words: 'Deployment d: ',
    },
    {
      name: 'a step type that is known but not run here',
      text: whole({ steps: step('Semgrep', 'mode: ingestion') }),
      faults: [],
      words: 'other x',
    },
    {
      name: 'an empty list of failure strategies',
      text: whole({ steps: step('Run', 'command: a', 'failureStrategies: []') }),
      faults: [],
      words: 'Run x',
    },
    {
      name: 'a Docker step without connector that does not push',
      text: whole({
        steps: step('BuildAndPushDockerRegistry', 'repo: a\ntags: [b]\nenvVariables: {PLUGIN_NO_PUSH: "true"}'),
      }),
      faults: ['21 warning pipeline/no-registry'],
      words: 'Docker',
    },
    {
      name: 'an empty insert',
      text: whole({ steps: `- insert: {identifier: i, name: i, steps: []}\n${run('a')}` }),
      faults: ['16 note pipeline/insert'],
      words: 'Run a',
    },
    {
      name: 'expressions of another system',
      text: whole({ steps: step('Run', 'command: echo ${{ github.sha }}') }),
      faults: ['22 warning pipeline/foreign-expression'],
      words: 'Run x',
    },
    { name: 'version: 1 above a v0 pipeline', text: `version: 1\n${whole({})}`, faults: [], words: 'Run a' },
    {
      name: 'misplaced keys',
      text: whole({ spec: 'runtime: {type: Cloud}\nplatform: {os: Linux}\nvariables: []' }),
      faults: ['14 warning yaml/unknown-key'],
      words: 'Run a',
    },
    { name: 'Windows line ends', text: whole({}).replaceAll('\n', '\r\n'), faults: [], words: 'CI s: Run a' },
    { name: 'a byte order mark', text: `\uFEFF${whole({})}`, faults: [], words: 'CI s: Run a' },
  ])('$name', ({ text, faults, words: wanted }) => {
    const { pipelines, diagnostics } = readText(text);
    expect(inOrder(diagnostics).map(brief)).toEqual(faults);
    expect(words(pipelines[0])).toContain(wanted);
  });
});
