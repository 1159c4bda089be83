import { describe, expect, it, test } from 'vitest';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { SourceText } from '../diagnostics/source.ts';
import { buildGraph, type GraphInput } from './graph.ts';
import { parseDockerfile } from './parse.ts';

const graphOf = (text: string, input: Partial<GraphInput> = {}) => {
  const diagnostics: Diagnostic[] = [];
  const dockerfile = parseDockerfile(new SourceText('Dockerfile', text), () => {});
  if (dockerfile === undefined) throw new Error('not a Dockerfile');
  const amd64 = { os: 'linux', architecture: 'amd64' };
  const whole = { buildArgs: new Map(), targetPlatform: amd64, buildPlatform: amd64, ...input };
  return { graph: buildGraph(dockerfile, whole, (d) => diagnostics.push(d)), diagnostics };
};

const three = 'FROM a AS one\nFROM b AS Two\nCOPY --from=one /x /y\nFROM c AS three\nRUN true';

describe('the stages that a target needs', () => {
  test.each([
    { name: 'the last stage alone when it needs no other', text: three, target: undefined, order: [2] },
    { name: 'a named stage and what it copies from', text: three, target: 'two', order: [0, 1] },
    { name: 'a name in other case', text: three, target: 'TWO', order: [0, 1] },
    { name: 'a stage by its index', text: three, target: '1', order: [0, 1] },
    { name: 'the base stage', text: 'FROM a AS one\nFROM one\nFROM one', target: undefined, order: [0, 2] },
    {
      name: 'a stage copied from by index',
      text: 'FROM a\nFROM b\nCOPY --from=0 /x /y',
      target: undefined,
      order: [0, 1],
    },
    {
      name: 'a stage mounted from',
      text: 'FROM a AS one\nFROM b\nRUN --mount=from=one,target=/x true',
      target: undefined,
      order: [0, 1],
    },
    {
      name: 'what a trigger of its base copies from',
      text: 'FROM t AS tools\nFROM a AS base\nONBUILD COPY --from=tools /x /y\nFROM base',
      target: undefined,
      order: [0, 1, 2],
    },
    {
      name: 'the last of two stages with one name',
      text: 'FROM a AS x\nFROM b AS x\nFROM x',
      target: undefined,
      order: [1, 2],
    },
  ])('$name', ({ text, target, order }) => {
    const { graph } = graphOf(text, target === undefined ? {} : { target });
    expect(graph?.order).toEqual(order);
  });

  it('names the candidates for an unknown target', () => {
    expect(graphOf(three, { target: 'nope' }).diagnostics).toMatchObject([
      { code: 'dockerfile/unknown-target', hint: 'Its stages: one, two, three.' },
    ]);
    expect(graphOf(three, { target: 'thre' }).diagnostics).toMatchObject([{ hint: 'Did you mean three?' }]);
  });

  test.each([
    {
      name: 'a later stage',
      text: 'FROM a\nCOPY --from=b /x /y\nFROM c AS b\nFROM a',
      target: '0',
      code: 'dockerfile/unknown-stage',
    },
    { name: 'itself', text: 'FROM a AS b\nCOPY --from=b /x /y', target: undefined, code: 'dockerfile/stage-cycle' },
    {
      name: 'an index that does not exist',
      text: 'FROM a\nCOPY --from=7 /x /y',
      target: undefined,
      code: 'dockerfile/unknown-stage',
    },
    {
      name: 'a variable',
      text: 'FROM a\nARG s=1\nCOPY --from=$s /x /y',
      target: undefined,
      code: 'dockerfile/unknown-stage',
    },
  ])('refuses a stage that copies from $name', ({ text, target, code }) => {
    const { graph, diagnostics } = graphOf(text, target === undefined ? {} : { target });
    expect(graph).toBeUndefined();
    expect(diagnostics.map((d) => d.code)).toEqual([code]);
  });

  it('only warns of a fault in a stage that is not needed', () => {
    const { graph, diagnostics } = graphOf('FROM a\nCOPY --from=later /x /y\nFROM b AS later');
    expect(graph?.order).toEqual([1]);
    expect(diagnostics.map((d) => d.severity)).toEqual(['warning']);
  });
});

describe('the base of a stage', () => {
  it('is expanded with global arguments, build arguments and predefined ones', () => {
    const text = 'ARG tag=1\nARG image=a:$tag-$TARGETARCH\nFROM --platform=$BUILDPLATFORM $image';
    const arm = { os: 'linux', architecture: 'arm64' };
    const { graph } = graphOf(text, { buildArgs: new Map([['tag', '2']]), targetPlatform: arm });
    expect(graph?.nodes[0]).toMatchObject({
      base: { image: 'a:2-arm64' },
      platform: { os: 'linux', architecture: 'amd64' },
    });
  });
  test.each([
    ['FROM scratch', { scratch: true }],
    ['FROM a AS one\nFROM one', { stage: 0 }],
    ['FROM one AS one', { image: 'one' }],
    ['FROM a AS scratch\nFROM scratch', { stage: 0 }],
    ['FROM 0', { image: '0' }],
  ])('%j begins with %j', (text, base) => {
    expect(graphOf(text).graph?.nodes.at(-1)?.base).toEqual(base);
  });
  test.each(['FROM $none', 'FROM Alpine', 'ARG a=${b?must}\nFROM x', 'FROM --platform=a/b/c/d x'])(
    'is refused: %j',
    (text) => {
      expect(graphOf(text).graph).toBeUndefined();
    },
  );
});
