import { describe, expect, it } from 'vitest';
import { brief, docker, indent, readText, run, step, whole, words } from '../../test/pipeline-text.ts';
import { inOrder } from '../diagnostics/order.ts';

describe('what has two meanings is refused', () => {
  it.each([
    {
      name: 'a step and a parallel list in one item',
      text: whole({ steps: `${run('a')}  parallel:\n${indent(run('b'), 4)}` }),
      faults: ['22 error pipeline/two-in-one-item'],
    },
    {
      name: 'a key beside the step',
      text: whole({ steps: `${run('a')}  when: {stageStatus: All}\n` }),
      faults: ['22 error pipeline/beside-item'],
    },
    {
      name: 'an item that is nothing',
      text: whole({ steps: '- stp: {type: Run}\n' }),
      faults: ['16 error pipeline/unknown-item'],
      hint: '`step`',
    },
    {
      name: 'an unknown step type',
      text: whole({ steps: step('BuildAndPushDocker', docker) }),
      faults: ['17 error pipeline/unknown-step-type'],
    },
    {
      name: 'a mistyped step type',
      text: whole({ steps: step('BuildAndPushDockerRegisty', docker) }),
      faults: ['17 error pipeline/unknown-step-type'],
      hint: 'BuildAndPushDockerRegistry',
    },
    {
      name: 'a step without type',
      text: whole({ steps: '- step:\n    name: x\n    identifier: x\n    spec: {}\n' }),
      faults: ['16 error pipeline/no-type'],
    },
    {
      name: 'a stage without type',
      text: whole({}).replace('        type: CI\n', ''),
      faults: ['6 error pipeline/no-type'],
    },
    {
      name: 'an unknown stage type',
      text: whole({}).replace('type: CI\n', 'type: CD\n'),
      faults: ['9 error pipeline/unknown-stage-type'],
      hint: 'Deployment',
    },
    {
      name: 'a missing required field',
      text: whole({ steps: step('BuildAndPushECR', 'connectorRef: a\naccount: "1"\nimageName: b\ntags: [c]') }),
      faults: ['21 error yaml/missing-field'],
      hint: 'Add region',
    },
    {
      name: 'empty tags',
      text: whole({ steps: step('BuildAndPushDockerRegistry', 'connectorRef: hub\nrepo: a\ntags: []') }),
      faults: ['24 error yaml/missing-field'],
    },
    {
      name: 'a Docker step that pushes and has no connector',
      text: whole({ steps: step('BuildAndPushDockerRegistry', 'repo: a\ntags: [b]') }),
      faults: ['21 error pipeline/no-registry'],
    },
    {
      name: 'a Docker step with two registries',
      text: whole({ steps: step('BuildAndPushDockerRegistry', `${docker}\nregistryRef: har`) }),
      faults: ['25 error pipeline/two-registries'],
    },
    {
      name: 'taggs',
      text: whole({ steps: step('BuildAndPushDockerRegistry', 'connectorRef: hub\nrepo: a\ntaggs: [b]') }),
      faults: ['24 error yaml/unknown-key'],
      hint: '`tags`',
    },
    {
      name: 'outputs in a Run step',
      text: whole({ steps: step('Run', 'command: a\noutputs: [A]') }),
      faults: ['23 error yaml/wrong-name'],
      hint: 'outputVariables',
    },
    {
      name: 'environmentVariables',
      text: whole({ steps: step('Run', 'command: a\nenvironmentVariables: {A: b}') }),
      faults: ['23 error yaml/wrong-name'],
      hint: 'envVariables',
    },
    {
      name: 'text where a map is needed',
      text: whole({ steps: '- step:\n    type: Run\n    name: x\n    identifier: x\n    spec: make\n' }),
      faults: ['20 error yaml/wrong-type'],
    },
    {
      name: 'a Plugin step without image',
      text: whole({ steps: step('Plugin', 'settings: {a: b}') }),
      faults: ['21 error yaml/missing-field'],
    },
    {
      name: 'a boolean that is none',
      text: whole({ steps: step('BuildAndPushDockerRegistry', `${docker}\ncaching: yes`) }),
      faults: ['25 error yaml/bad-boolean'],
    },
    {
      name: 'a duration that is none',
      text: whole({ steps: step('Run', 'command: a', 'timeout: 10mfoo') }),
      faults: ['20 error yaml/bad-duration'],
    },
    {
      name: 'a status that is none',
      text: whole({ steps: step('Run', 'command: a', 'when: {stageStatus: Sucess}') }),
      faults: ['20 error yaml/unknown-choice'],
      hint: 'Success',
    },
    {
      name: 'two steps with one identifier',
      text: whole({ steps: run('a') + run('a') }),
      faults: ['25 error pipeline/duplicate-identifier'],
    },
    {
      name: 'two steps with one identifier, one of them in parallel',
      text: whole({ steps: `${run('a')}- parallel:\n${indent(run('a'), 4)}` }),
      faults: ['26 error pipeline/duplicate-identifier'],
    },
    {
      name: 'two variables with one name',
      text: whole({
        pipeline: 'variables:\n  - {name: a, type: String, value: b}\n  - {name: a, type: String, value: c}',
      }),
      faults: ['6 error pipeline/duplicate-variable'],
    },
    {
      name: 'a duplicate key',
      text: whole({ steps: `${run('a')}    name: b\n` }),
      faults: ['22 error yaml/duplicate-key'],
    },
    {
      name: 'infrastructure and runtime',
      text: whole({
        spec: 'infrastructure: {type: VM, spec: {type: Pool, spec: {poolName: a}}}\nruntime: {type: Cloud}\nplatform: {os: Linux}',
      }),
      faults: ['13 error pipeline/two-infrastructures'],
    },
    {
      name: 'an unknown infrastructure',
      text: whole({ spec: 'infrastructure: {type: Nomad, spec: {}}' }),
      faults: ['12 error pipeline/unknown-infrastructure'],
    },
    {
      name: 'Kubernetes without connector and namespace',
      text: whole({ spec: 'infrastructure: {type: KubernetesDirect, spec: {os: Linux}}' }),
      faults: ['12 error yaml/missing-field', '12 error yaml/missing-field'],
    },
    {
      name: 'matrix and repeat',
      text: whole({ steps: step('Run', 'command: a', 'strategy: {matrix: {a: [1]}, repeat: {times: 2}}') }),
      faults: ['20 error pipeline/strategy-kind'],
    },
    {
      name: 'repeat with times and items',
      text: whole({ steps: step('Run', 'command: a', 'strategy: {repeat: {times: 2, items: [a]}}') }),
      faults: ['20 error pipeline/strategy-kind'],
    },
    {
      name: 'a filled insert',
      text: whole({ steps: `- insert:\n    identifier: i\n    steps:\n${indent(run('a'), 6)}` }),
      faults: ['16 error pipeline/insert'],
    },
    {
      name: 'a stage without execution',
      text: whole({}).replace(/ {10}execution:[^]*/, ''),
      faults: ['11 error yaml/missing-field'],
    },
    {
      name: 'a stage whose execution is empty',
      text: whole({}).replace(/(execution:)[^]*/, '$1\n'),
      faults: ['14 error yaml/missing-field'],
    },
    {
      name: 'a pipeline without stages',
      text: 'pipeline:\n  name: P\n  identifier: p\n',
      faults: ['1 error yaml/missing-field'],
    },
    { name: 'an empty pipeline', text: 'pipeline:\n', faults: ['1 error yaml/missing-field'] },
    {
      name: 'stages beside the pipeline',
      text: 'pipeline:\n  name: P\n  identifier: p\n  template: {templateRef: a}\nstages: []\n',
      faults: ['5 error pipeline/beside-pipeline'],
    },
    {
      name: 'the v1 format',
      text: 'version: 1\npipeline:\n  stages:\n    - steps:\n        - run: make\n',
      faults: ['1 error pipeline/v1'],
    },
    { name: 'something else', text: 'services:\n  web: {}\n', faults: ['1 error pipeline/not-a-pipeline'] },
    { name: 'a text', text: 'hello\n', faults: ['1 error pipeline/not-a-pipeline'] },
    { name: 'an empty file', text: '# nothing\n', faults: ['1 error pipeline/empty-file'] },
    {
      name: 'steps and stages in one list',
      text: `${run('a')}- stage: {name: s, identifier: s, type: CI, spec: {}}\n`,
      faults: ['1 error pipeline/not-a-pipeline'],
    },
    {
      name: 'a code base with a type and nothing else',
      text: whole({ pipeline: 'properties: {ci: {codebase: {connectorRef: a, build: {type: branch}}}}' }),
      faults: ['4 error pipeline/incomplete-build'],
    },
    {
      name: 'a scan without name and variant',
      text: whole({
        steps: step('AquaTrivy', 'mode: orchestration\nconfig: default\ntarget: {type: container, detection: manual}'),
      }),
      faults: ['24 error yaml/missing-field', '24 error yaml/missing-field'],
    },
  ])('$name', ({ text, faults, hint }) => {
    const { diagnostics } = readText(text);
    expect(inOrder(diagnostics).map(brief)).toEqual(faults);
    if (hint !== undefined) expect(diagnostics[0]?.hint).toContain(hint);
  });

  it('with both places of a duplicate identifier', () => {
    const [fault] = readText(whole({ steps: run('a') + run('a') })).diagnostics;
    expect(fault?.related?.map((r) => r.at.source.position(r.at.start).line)).toEqual([19]);
  });

  it('and a broken step does not hide the next one', () => {
    const { diagnostics, pipelines } = readText(
      whole({
        steps: `- step: nothing\n${step('Runn', 'a: b')}${step('Run', 'command: a\nshel: Bash', 'timeout: x')}`,
      }),
    );
    expect(diagnostics.map((d) => d.code)).toEqual([
      'yaml/wrong-type',
      'pipeline/unknown-step-type',
      'yaml/bad-duration',
      'pipeline/duplicate-identifier',
      'yaml/unknown-key',
    ]);
    expect(words(pipelines[0])).toBe('CI s: Run x');
  });
});
