import { describe, expect, it } from 'vitest';
import { operationNamed, planText, type PlanTextOptions } from '../../test/plan-text.ts';
import { indent, whole } from '../../test/pipeline-text.ts';

const docker = (id: string, repo: string, variables: Readonly<Record<string, string>> = {}): string =>
  `- step:\n    type: BuildAndPushDockerRegistry\n    name: ${id}\n    identifier: ${id}\n    spec:\n      connectorRef: hub\n      repo: ${repo}\n      tags: ["1"]\n      caching: true\n      envVariables:\n        A: b\n${Object.entries(
    variables,
  )
    .map(([name, value]) => `        PLUGIN_${name}: "${value}"\n`)
    .join('')}`;
const build = (id: string, repo: string, more: Readonly<Record<string, string>> = {}): string =>
  docker(id, repo, { NO_PUSH: 'true', ...more });
const push = (id: string, repo: string, more: Readonly<Record<string, string>> = {}): string =>
  docker(id, repo, { PUSH_ONLY: 'true', ...more });
const scan = (id: string, target: string, advanced = '{fail_on_severity: high}'): string =>
  `- step:\n    type: AquaTrivy\n    name: ${id}\n    identifier: ${id}\n    spec:\n      mode: orchestration\n      config: default\n      target: ${target}\n      image: {type: local_archive}\n      advanced: ${advanced}\n`;
const command = '- step:\n    type: Run\n    name: r\n    identifier: r\n    spec:\n      command: docker build .\n';
const parallel = (...items: readonly string[]): string => `- parallel:\n${items.map((i) => indent(i, 4)).join('')}`;

const planned = (steps: string, options: PlanTextOptions = {}) => {
  const { plan, diagnostics } = planText(whole({ steps }), options);
  expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
  const warnings = (id: string): string[] =>
    operationNamed(plan, `s.${id}`)
      .notes.filter((n) => n.startsWith('warning: '))
      .map((n) => n.slice(9));
  return { plan, diagnostics, warnings };
};
const unscanned = 'no scan has seen what this pushes';

describe('where the image of a push comes from', () => {
  it.each<{ name: string; steps: string }>([
    { name: 'an earlier build of the same name', steps: build('b', 'o/r') + push('p', 'o/r') },
    { name: 'the same name, spelled in full', steps: build('b', 'docker.io/o/r') + push('p', 'o/r') },
    {
      name: 'the image named as source',
      steps: build('b', 'o/r') + push('p', 'x/y', { SOURCE_IMAGE: 'o/r:1' }),
    },
    {
      name: 'a tar, spelled in two ways',
      steps:
        build('b', 'o/r', { TAR_PATH: './out/i.tar' }) + push('p', 'x/y', { SOURCE_TAR_PATH: '/harness/out/i.tar' }),
    },
    { name: 'a command, which may make anything', steps: command + push('p', 'o/r', { SOURCE_TAR_PATH: 'i.tar' }) },
  ])('$name is no reason for doubt', ({ steps }) => {
    const { diagnostics, warnings } = planned(steps);
    expect(warnings('p')).toEqual([unscanned]);
    expect(diagnostics.map((d) => d.code)).not.toContain('plan/source-not-built');
  });

  it.each<{ name: string; steps: string; says: string; isReported: boolean }>([
    {
      name: 'another image: suggests it',
      steps: build('b', 'o/r') + push('p', 'x/y'),
      says: 'no earlier step builds x/y:1; "b" builds o/r:1 (set PLUGIN_SOURCE_IMAGE to o/r:1 if that is what you mean)',
      isReported: true,
    },
    {
      name: 'several others: lists them',
      steps: build('b', 'o/r') + build('c', 'o/s') + push('p', 'x/y'),
      says: 'no earlier step builds x/y:1; "b", "c" builds o/r:1, o/s:1 (name one of them in PLUGIN_SOURCE_IMAGE)',
      isReported: true,
    },
    {
      name: 'another tar: suggests it',
      steps: build('b', 'o/r', { TAR_PATH: 'a.tar' }) + push('p', 'o/r', { SOURCE_TAR_PATH: 'i.tar' }),
      says: 'no earlier step writes i.tar; "b" writes a.tar (set PLUGIN_SOURCE_TAR_PATH to a.tar if that is what you mean)',
      isReported: true,
    },
    {
      name: 'a build beside it: says so',
      steps: parallel(build('b', 'o/r'), push('p', 'o/r')),
      says: '"b" builds o/r:1, and does not end before this step starts (move "p" behind "b")',
      isReported: true,
    },
    {
      name: 'nothing in this pipeline',
      steps: push('p', 'o/r'),
      says: 'no earlier step builds o/r:1; it must be in the image store already',
      isReported: false,
    },
    {
      name: 'a tar that nobody writes',
      steps: push('p', 'o/r', { SOURCE_TAR_PATH: 'i.tar' }),
      says: 'no earlier step writes i.tar; it must be in the code base already',
      isReported: false,
    },
    {
      name: 'a build that is left out',
      steps:
        build('b', 'o/r').replace('    spec:', "    when: {stageStatus: Success, condition: 'false'}\n    spec:") +
        push('p', 'o/r'),
      says: 'no earlier step builds o/r:1; it must be in the image store already',
      isReported: false,
    },
  ])('$name', ({ steps, says, isReported }) => {
    const { diagnostics, warnings } = planned(steps);
    expect(warnings('p')[0]).toBe(says);
    const reported = diagnostics.filter((d) => d.code === 'plan/source-not-built');
    expect(reported.map((d) => d.severity)).toEqual(isReported ? ['warning'] : []);
    expect(reported.every((d) => d.at !== undefined)).toBe(true);
  });

  it('is a note only while looking', () => {
    const { diagnostics } = planned(build('b', 'o/r') + push('p', 'x/y'), { lenient: true });
    expect(diagnostics.map((d) => d.code)).not.toContain('plan/source-not-built');
  });
});

describe('scans', () => {
  const tar = { TAR_PATH: 'i.tar' };
  it.each<{ name: string; steps: string; isSeen: boolean }>([
    {
      name: 'of the tar that is pushed',
      steps:
        build('b', 'o/r', tar) +
        scan('s', '{type: container, workspace: i.tar}') +
        push('p', 'o/r', { SOURCE_TAR_PATH: 'i.tar' }),
      isSeen: true,
    },
    {
      name: 'of the tar that the pushed image was saved to',
      steps: build('b', 'o/r', tar) + scan('s', '{type: container, workspace: i.tar}') + push('p', 'o/r'),
      isSeen: true,
    },
    {
      name: 'by name and tag',
      steps:
        build('b', 'reg.example.com/o/r') +
        scan('s', '{type: container, name: o/r, variant: "1"}') +
        push('p', 'reg.example.com/o/r'),
      isSeen: true,
    },
    {
      name: 'of something found out later',
      steps: build('b', 'o/r') + scan('s', '{type: container, detection: auto}') + push('p', 'o/r'),
      isSeen: true,
    },
    {
      name: 'of another image',
      steps: build('b', 'o/r') + scan('s', '{type: container, name: other, variant: "1"}') + push('p', 'o/r'),
      isSeen: false,
    },
    {
      name: 'beside the push',
      steps: build('b', 'o/r') + parallel(scan('s', '{type: container, name: o/r, variant: "1"}'), push('p', 'o/r')),
      isSeen: false,
    },
  ])('$name: seen $isSeen', ({ steps, isSeen }) => {
    expect(planned(steps).warnings('p').includes(unscanned)).toBe(!isSeen);
  });

  it('cannot see what a step builds and pushes at once', () => {
    const { warnings } = planned(scan('s', '{type: container, detection: auto}') + docker('p', 'o/r'));
    expect(warnings('p')).toEqual([unscanned]);
  });

  it.each([
    { advanced: '{log: {level: info}}', warned: true },
    { advanced: '{fail_on_severity: none}', warned: true },
    { advanced: '{fail_on_severity: critical}', warned: false },
  ])('with $advanced are warned about: $warned', ({ advanced, warned }) => {
    const { warnings } = planned(scan('s', '{type: container, workspace: i.tar}', advanced));
    expect(warnings('s').length).toBe(warned ? 1 : 0);
  });
});

describe('two pushes to one reference', () => {
  it('are warned about at the second', () => {
    const { warnings } = planned(docker('a', 'o/r') + docker('b', 'docker.io/o/r'));
    expect(warnings('a')).toEqual([unscanned]);
    expect(warnings('b')).toEqual([unscanned, '"a" pushes docker.io/o/r:1 too; the last one wins']);
  });

  it('are fine when one of them is left out', () => {
    const never = docker('a', 'o/r').replace(
      '    spec:',
      "    when: {stageStatus: Success, condition: 'false'}\n    spec:",
    );
    expect(planned(never + docker('b', 'o/r')).warnings('b')).toEqual([unscanned]);
  });
});

describe('Docker in Docker', () => {
  const dind = (more = ''): string =>
    `- step:\n    type: Background\n    name: d\n    identifier: d\n    spec:\n      connectorRef: hub\n      image: docker:27-dind\n${more}`;
  const needlessOf = (steps: string, options: PlanTextOptions = {}): string | undefined => {
    const operation = operationNamed(planned(steps, options).plan, 's.d');
    return operation.kind === 'service' ? operation.needless : undefined;
  };

  it('is needless where the embedded builder does all the work', () => {
    expect(needlessOf(dind() + build('b', 'o/r'))).toMatch(/needs no Docker daemon/);
  });
  it('is needed by another builder', () => {
    expect(needlessOf(dind() + build('b', 'o/r'), { missingBuilders: {} })).toBeUndefined();
  });
  it('is not started by the local runner for commands, and is by others', () => {
    expect(needlessOf(dind() + command, { runner: 'local' })).toMatch(/daemon of this machine/);
    expect(needlessOf(dind() + command, { runner: 'kubernetes' })).toBeUndefined();
  });
  it('with a command of its own is a service like any other', () => {
    expect(needlessOf(`${dind()}      command: dockerd\n${build('b', 'o/r')}`)).toBeUndefined();
  });
});

describe('connectors', () => {
  it('of a push are needed, those of a build that pushes nothing are not', () => {
    const { diagnostics, plan } = planned(build('b', 'o/r'), { connectors: {} });
    expect(diagnostics.map((d) => d.code)).not.toContain('plan/no-connector');
    expect(plan?.connectors).toEqual([]);
    const missing = planText(whole({ steps: docker('b', 'o/r') }), { connectors: {} });
    expect(missing.plan).toBeUndefined();
    expect(missing.diagnostics.filter((d) => d.severity === 'error').map((d) => d.code)).toEqual(['plan/no-connector']);
  });

  it('for a registry that the repository does not name are warned about', () => {
    const { warnings } = planned(docker('b', 'o/r'), { connectors: { hub: 'https://reg.example.com' } });
    expect(warnings('b')[0]).toMatch(/goes to Docker Hub.*write reg\.example\.com\/o\/r$/);
    const fine = planned(docker('b', 'reg.example.com/o/r'), { connectors: { hub: 'https://reg.example.com' } });
    expect(fine.warnings('b')).toEqual([unscanned]);
  });
});

describe('builders', () => {
  it('that were asked for by name and are not here are a fault', () => {
    const { plan, diagnostics } = planText(whole({ steps: build('b', 'o/r') }), { builder: 'buildah' });
    expect(plan).toBeUndefined();
    expect(diagnostics).toMatchObject([{ code: 'plan/no-builder', severity: 'error' }]);
  });

  it('are chosen by the table when they are here', () => {
    const { plan } = planned(build('b', 'o/r'), { missingBuilders: {} });
    expect(operationNamed(plan, 's.b')).toMatchObject({ builder: { name: 'buildx', required: false } });
  });
});
