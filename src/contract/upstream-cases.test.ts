import { describe, expect, it } from 'vitest';
import { stepOf } from '../../test/contract-step.ts';
import { showText, type Text } from '../refs/text.ts';
import type { Given } from './given.ts';
import type { ImageStep } from './image-step.ts';
import type { Outcome, UpstreamCase } from './upstream-case.ts';
import { upstreamCases } from './upstream-cases.ts';

const outcomeOf = (row: UpstreamCase) => {
  const given = Object.entries({ REPO: 'o/r', ...row.given }).map(([name, text]): Given => {
    const variable = name.startsWith('=') ? name.slice(1) : `PLUGIN_${name}`;
    return { name: variable, written: variable, value: { kind: 'text', text }, origin: { path: variable } };
  });
  const environment = Object.fromEntries(
    given.flatMap((g): [string, Text][] => (g.value.kind === 'text' ? [[g.name, g.value.text]] : [])),
  );
  const around = row.tagsFile === undefined ? {} : { tagsFile: row.tagsFile };
  return stepOf({ image: row.image, given, environment, around });
};

/** The parts of the operation that the row speaks of. */
const seen = (step: ImageStep, expected: Outcome): Outcome => {
  if (step.skip !== undefined) return { skipped: true };
  if (step.kind === 'push-image') {
    const { source, destinations } = step.spec;
    const from =
      source.kind === 'tar' ? `tar ${showText(source.path)}` : `${source.kind} ${showText(source.reference)}`;
    return { push: { from, to: destinations.map((d) => showText(d.reference)) } };
  }
  const { spec } = step;
  const { tar, push, load } = spec.outputs;
  const build = {
    push: push.map((d) => showText(d.reference)),
    tags: spec.tags.map(showText),
    tar: tar === undefined ? '' : showText(tar.path),
    format: tar?.format ?? 'docker',
    load,
    args: Object.fromEntries(Object.entries(spec.buildArgs).map(([name, text]) => [name, showText(text)])),
    secrets: spec.buildSecrets.map(({ id, from }) =>
      'file' in from ? `${id} file ${from.file}` : `${id} env ${from.environment}`,
    ),
    user: showText(push[0]?.login?.username ?? ''),
    baseRegistry: showText(spec.baseLogins?.[0]?.registry ?? ''),
    cacheTo: spec.cacheTo.map(showText),
  } as const;
  const asked = 'build' in expected ? Object.keys(expected.build) : Object.keys(build);
  return { build: Object.fromEntries(Object.entries(build).filter(([name]) => asked.includes(name))) };
};

const decided = upstreamCases.filter((row) => row.expect !== undefined);

describe('what the plugins of upstream do', () => {
  it.each(decided.map((row) => ({ ...row, settings: JSON.stringify(row.given) })))(
    '$id $image $settings: $upstream',
    (row) => {
      const { step, faults } = outcomeOf(row);
      const expected = row.expect ?? { skipped: true };
      if ('fault' in expected) {
        expect(step).toBeUndefined();
        expect(faults.filter((f) => f.severity === 'error').map((f) => f.code)).toContain(expected.fault);
        return;
      }
      expect(faults.filter((f) => f.severity === 'error')).toEqual([]);
      if (step === undefined) expect.unreachable('no operation');
      else expect(seen(step, expected)).toEqual(expected);
    },
  );

  it('has every case, and each is decided or says by what it will be', () => {
    const ids = new Set<string>(upstreamCases.map((row) => row.id));
    const all = Array.from({ length: 65 }, (_, n) => `T${String(n + 1).padStart(2, '0')}`);
    expect([...ids].sort()).toEqual(all);
    for (const row of upstreamCases) expect(row.expect === undefined, row.id).toBe(row.open !== undefined);
  });

  it('decodes a Google key that comes in base64', () => {
    const row = upstreamCases.find((r) => r.id === 'T65');
    const { step } = outcomeOf(row ?? expect.unreachable('T65'));
    const login = step?.kind === 'build-image' ? step.spec.outputs.push[0]?.login : undefined;
    expect(login?.password).toBe('{"type":"x"}');
  });
});
