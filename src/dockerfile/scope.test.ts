import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { SourceText } from '../diagnostics/source.ts';
import { parseDockerfile } from './parse.ts';
import { openScope } from './scope.ts';

/** Walks the ENV and ARG instructions of the first stage. */
const walk = (body: string, buildArgs: Readonly<Record<string, string>> = {}, header = '') => {
  const diagnostics: Diagnostic[] = [];
  const dockerfile = parseDockerfile(new SourceText('Dockerfile', `${header}FROM a\n${body}`), () => {});
  if (dockerfile === undefined) throw new Error('not a Dockerfile');
  const scope = openScope({
    dockerfile,
    buildArgs: new Map(Object.entries(buildArgs)),
    globals: new Map([
      ['TARGETARCH', 'arm64'],
      ['GLOBAL', 'g'],
    ]),
    environment: new Map([['PATH', '/bin']]),
    report: (d) => diagnostics.push(d),
  });
  for (const instruction of dockerfile.stages[0]?.instructions ?? []) {
    if (instruction.kind === 'env') scope.env(instruction);
    if (instruction.kind === 'arg') scope.arg(instruction);
    if (instruction.kind === 'workdir') scope.word(instruction.path);
  }
  return {
    variables: Object.fromEntries(scope.variables),
    arguments: Object.fromEntries(scope.arguments),
    diagnostics,
  };
};

describe('the scope of a stage', () => {
  it('gives one ENV the variables before it', () => {
    expect(walk('ENV A=1 B=$A\nENV C=$A').variables).toEqual({ PATH: '/bin', A: '1', B: '', C: '1' });
  });
  it('prefers a build argument to the default, and the default to the global value', () => {
    const { variables } = walk('ARG A=1\nARG GLOBAL\nARG TARGETARCH=mine\nARG B=$A', { A: '2' });
    expect(variables).toMatchObject({ A: '2', GLOBAL: 'g', TARGETARCH: 'mine', B: '2' });
  });
  it('does not look at a default that a build argument replaces', () => {
    expect(walk('ARG A=${none?must}', { A: '1' }).diagnostics).toEqual([]);
  });
  it('ignores a build argument that no ARG declares', () => {
    expect(walk('ENV B=$A', { A: '1' }).variables['B']).toBe('');
  });
  it('keeps a declared argument without value out of the environment, but not of the history', () => {
    const { variables, arguments: args, diagnostics } = walk('ARG A\nENV B=[$A]');
    expect(variables).toEqual({ PATH: '/bin', B: '[]' });
    expect(args).toEqual({ A: '' });
    expect(diagnostics).toEqual([]);
  });
  it('warns at the word that uses an undefined variable, with the nearest name', () => {
    const { diagnostics } = walk('ENV VERSION=1\nWORKDIR /app/$VERSOIN');
    expect(diagnostics).toMatchObject([
      { code: 'dockerfile/undefined-var', severity: 'warning', hint: 'Did you mean $VERSION?' },
    ]);
    expect(diagnostics[0]?.at?.source.position(diagnostics[0].at.start)).toEqual({ line: 3, column: 9 });
  });
  it('leaves the warning out when the file skips the rule', () => {
    expect(walk('WORKDIR /$x', {}, '# check=skip=UndefinedVar\n').diagnostics).toEqual([]);
  });
  it('reports a bad expansion as an error', () => {
    expect(walk('ENV A="${B:?no B}"').diagnostics).toMatchObject([
      { code: 'dockerfile/bad-expansion', severity: 'error', message: 'B: no B' },
    ]);
  });
});
